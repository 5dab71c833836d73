import Dispatch
import LinearAlgebra

extension ScaledNumber {
  static var hasFastProducts: Bool { true }

  /// Matrix products on plain doubles, where this is provably as good.
  ///
  /// Each row of a and each column of b gets a power of two of its own, so that its largest element
  /// is near 2⁴⁸⁰. Elements within 960 binary digits of the largest make a first layer of plain
  /// doubles, those within the next 960 a second one, and so on. No product of two such doubles is
  /// below 2⁻⁹⁶⁰ or above 2⁹⁶², so nothing underflows or overflows, and since nothing is subtracted
  /// by state reduction every sum is as accurate as one of scaled numbers. Rates that span less than
  /// 280 decades in every row and column need one plain product; more layers need a product for each
  /// pair, and where these are too many the numbers are multiplied one by one.
  static func addProduct(
    _ a: DenseBlock<Self>, _ b: DenseBlock<Self>, to c: DenseBlock<Self>, threads: Int
  ) {
    guard a.rows > 0, b.columns > 0, a.columns > 0 else { return }
    guard let left = ScaledLayers(rowsOf: a), let right = ScaledLayers(columnsOf: b),
      left.count * right.count <= ScaledLayers.largestPairCount
    else {
      addElementwise(a, b, to: c)
      return
    }
    let (rows, inner, columns) = (a.rows, a.columns, b.columns)
    // The tiles are the same on any number of threads, and so are the bytes.
    let (tileRows, tileColumns) = (128, 512)
    let across = (columns + tileColumns - 1) / tileColumns
    let tiles = (rows + tileRows - 1) / tileRows * across
    nonisolated(unsafe) let c = c
    let work: @Sendable (Int) -> Void = { tile in
      let firstRow = tile / across * tileRows
      let firstColumn = tile % across * tileColumns
      let height = min(tileRows, rows - firstRow)
      let width = min(tileColumns, columns - firstColumn)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: height * width) { buffer in
        guard let product = buffer.baseAddress else { return }
        for level in 0..<left.count + right.count - 1 {
          left.multiply(
            right, level: level, rows: firstRow..<firstRow + height,
            columns: firstColumn..<firstColumn + width, into: product)
          left.tops.withUnsafeBufferPointer { leftTops in
            right.tops.withUnsafeBufferPointer { rightTops in
              for i in 0..<height {
                let row = c.base + ((firstRow + i) * c.stride + firstColumn)
                let shift =
                  leftTops[firstRow + i] - 2 * ScaledLayers.top - ScaledLayers.depth * level
                for j in 0..<width {
                  let value = product[i * width + j]
                  guard value != 0 else { continue }
                  row[j] += Self(value, shiftedBy: shift &+ rightTops[firstColumn + j])
                }
              }
            }
          }
        }
      }
    }
    if threads > 1, tiles > 1, rows * inner * columns * left.count * right.count > 2_000_000 {
      DispatchQueue.concurrentPerform(iterations: tiles, execute: work)
    } else {
      for tile in 0..<tiles { work(tile) }
    }
  }

  private static func addElementwise(
    _ a: DenseBlock<Self>, _ b: DenseBlock<Self>, to c: DenseBlock<Self>
  ) {
    let (left, right) = (a.copied(), b.copied())
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        for i in 0..<a.rows {
          let row = c.base + i * c.stride
          for k in 0..<a.columns {
            let factor = left[i * a.columns + k]
            guard !factor.isZero else { continue }
            for j in 0..<b.columns { row[j] += factor * right[k * b.columns + j] }
          }
        }
      }
    }
  }

  private static let exponentMask: UInt64 = 0x7ff0_0000_0000_0000

  /// The number x · 2^shift for a normal x that is not zero.
  @inline(__always)
  init(_ x: Double, shiftedBy shift: Int) {
    let bits = x.bitPattern
    let total = Int((bits & Self.exponentMask) >> 52) &- 1023 &+ shift
    // The nearest multiple of 512, for a significand from 2⁻²⁵⁶ to 2²⁵⁶.
    let steps = (total &+ 256) >> 9
    let field = UInt64(truncatingIfNeeded: total &- steps &* 512 &+ 1023) << 52
    self.init(
      normalized: Double(bitPattern: bits & ~Self.exponentMask | field), exponent: steps)
  }

  /// The exponent of the largest power of two that is not above a number that is not zero.
  @inline(__always)
  fileprivate var binaryExponent: Int {
    exponent &* 512 &+ Int((significand.bitPattern & Self.exponentMask) >> 52) &- 1023
  }

  /// The significand between 1 and 2 times a power of two.
  @inline(__always)
  fileprivate func significand(timesPowerOfTwo power: Int) -> Double {
    let field = UInt64(truncatingIfNeeded: power &+ 1023) << 52
    return Double(bitPattern: significand.bitPattern & ~Self.exponentMask | field)
  }
}

/// A matrix of scaled numbers as a sum of plain matrices, each times powers of two for its rows or
/// columns.
private struct ScaledLayers: Sendable {
  /// The power of two of the largest elements of the first layer.
  static let top = 480
  /// The number of binary digits that a layer spans.
  static let depth = 960
  /// The largest number of layers; of pairs of layers of two factors.
  static let largestCount = 6
  static let largestPairCount = 24

  /// The power of two of the largest element of each row or column.
  private(set) var tops: [Int]
  private(set) var count = 0
  /// The layers one after the other, each row by row.
  private(set) var values: [Double] = []

  /// The layers of a matrix with scaled rows; nil where they are too many.
  init?(rowsOf block: DenseBlock<ScaledNumber>) {
    tops = [Int](repeating: .min, count: block.rows)
    var deepest = 0
    for i in 0..<block.rows {
      var (low, high) = (Int.max, Int.min)
      for k in 0..<block.columns where !block[i, k].isZero {
        let exponent = block[i, k].binaryExponent
        low = min(low, exponent)
        high = max(high, exponent)
      }
      guard high > .min else {
        tops[i] = 0
        continue
      }
      tops[i] = high
      deepest = max(deepest, high - low)
    }
    guard setCount(deepest) else { return nil }
    fill(block) { i, _ in i }
  }

  /// The layers of a matrix with scaled columns; nil where they are too many.
  init?(columnsOf block: DenseBlock<ScaledNumber>) {
    tops = [Int](repeating: .min, count: block.columns)
    var lows = [Int](repeating: .max, count: block.columns)
    for i in 0..<block.rows {
      for j in 0..<block.columns where !block[i, j].isZero {
        let exponent = block[i, j].binaryExponent
        lows[j] = min(lows[j], exponent)
        tops[j] = max(tops[j], exponent)
      }
    }
    var deepest = 0
    for j in tops.indices {
      if tops[j] == .min { tops[j] = 0 } else { deepest = max(deepest, tops[j] - lows[j]) }
    }
    guard setCount(deepest) else { return nil }
    fill(block) { _, j in j }
  }

  /// The sum of the products of all pairs of layers that stand for the same powers of two, on a tile.
  func multiply(
    _ right: ScaledLayers, level: Int, rows tileRows: Range<Int>, columns tileColumns: Range<Int>,
    into product: UnsafeMutablePointer<Double>
  ) {
    let (rows, columns) = (tops.count, right.tops.count)
    let inner = values.count / (count * rows)
    values.withUnsafeBufferPointer { leftValues in
      right.values.withUnsafeBufferPointer { rightValues in
        guard let x = leftValues.baseAddress, let y = rightValues.baseAddress else { return }
        var isFirst = true
        for e in max(0, level - right.count + 1)...min(level, count - 1) {
          denseProduct(
            rows: tileRows.count, inner: inner, columns: tileColumns.count,
            x + (e * rows + tileRows.lowerBound) * inner, aStride: inner,
            y + ((level - e) * inner * columns + tileColumns.lowerBound), bStride: columns,
            into: product, cStride: tileColumns.count, isAdded: !isFirst)
          isFirst = false
        }
      }
    }
  }

  private mutating func setCount(_ deepest: Int) -> Bool {
    count = deepest / Self.depth + 1
    return count <= Self.largestCount
  }

  @inline(__always)
  private mutating func fill(_ block: DenseBlock<ScaledNumber>, top: (Int, Int) -> Int) {
    let size = block.rows * block.columns
    values = [Double](repeating: 0, count: count * size)
    values.withUnsafeMutableBufferPointer { values in
      tops.withUnsafeBufferPointer { tops in
        for i in 0..<block.rows {
          for j in 0..<block.columns {
            let element = block[i, j]
            guard !element.isZero else { continue }
            let drop = tops[top(i, j)] &- element.binaryExponent
            let layer = drop < Self.depth ? 0 : drop / Self.depth
            values[layer &* size &+ i &* block.columns &+ j] = element.significand(
              timesPowerOfTwo: Self.top &- drop &+ layer &* Self.depth)
          }
        }
      }
    }
  }
}
