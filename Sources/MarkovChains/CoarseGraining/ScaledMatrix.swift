import LinearAlgebra

/// A small dense matrix of numbers of unlimited range.
struct ScaledMatrix: Sendable, Equatable {
  let rows: Int
  let columns: Int
  var elements: [ScaledNumber]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    elements = [ScaledNumber](repeating: .zero, count: rows * columns)
  }

  init(_ matrix: Matrix) {
    rows = matrix.rows
    columns = matrix.columns
    elements = matrix.elements.map { ScaledNumber($0) }
  }

  static func identity(_ size: Int) -> ScaledMatrix {
    var result = ScaledMatrix(rows: size, columns: size)
    for i in 0..<size { result[i, i] = .one }
    return result
  }

  subscript(i: Int, j: Int) -> ScaledNumber {
    @inline(__always) get { elements[i * columns + j] }
    @inline(__always) set { elements[i * columns + j] = newValue }
  }

  /// The elements as doubles; 0 below their range.
  var values: Matrix { Matrix(rows: rows, columns: columns, elements: elements.map(\.value)) }

  func column(_ j: Int) -> [ScaledNumber] { (0..<rows).map { self[$0, j] } }

  /// The rows in the given order.
  func selecting(rows selected: [Int]) -> ScaledMatrix {
    var result = ScaledMatrix(rows: selected.count, columns: columns)
    for (i, row) in selected.enumerated() {
      for j in 0..<columns { result[i, j] = self[row, j] }
    }
    return result
  }

  static func * (lhs: ScaledMatrix, rhs: ScaledMatrix) -> ScaledMatrix {
    precondition(lhs.columns == rhs.rows, "the inner sizes of a matrix product must agree")
    var result = ScaledMatrix(rows: lhs.rows, columns: rhs.columns)
    for i in 0..<lhs.rows {
      for k in 0..<lhs.columns where !lhs[i, k].isZero {
        let factor = lhs[i, k]
        for j in 0..<rhs.columns { result[i, j] += factor * rhs[k, j] }
      }
    }
    return result
  }

  static func + (lhs: ScaledMatrix, rhs: ScaledMatrix) -> ScaledMatrix {
    var result = lhs
    for k in lhs.elements.indices { result.elements[k] += rhs.elements[k] }
    return result
  }

  static func - (lhs: ScaledMatrix, rhs: ScaledMatrix) -> ScaledMatrix {
    var result = lhs
    for k in lhs.elements.indices { result.elements[k] = lhs.elements[k] - rhs.elements[k] }
    return result
  }

  /// The solution X of A X = B by elimination with pivots that are largest beside their rows, or
  /// nil for a singular matrix.
  func solve(_ right: ScaledMatrix) -> ScaledMatrix? {
    precondition(rows == columns && right.rows == rows, "the sizes of an equation must agree")
    var a = self
    var x = right
    var order = [Int](0..<rows)
    let sizes = (0..<rows).map { i in
      (0..<columns).reduce(ScaledNumber.zero) { Swift.max($0, a[i, $1].magnitude) }
    }
    guard sizes.allSatisfy({ !$0.isZero }) else { return nil }
    for k in 0..<rows {
      let candidates = k..<rows
      let shares = candidates.map { a[order[$0], k].magnitude / sizes[order[$0]] }
      guard let best = candidates.max(by: { shares[$0 - k] < shares[$1 - k] }),
        !shares[best - k].isZero
      else { return nil }
      order.swapAt(k, best)
      let pivot = order[k]
      for i in k + 1..<rows {
        let row = order[i]
        guard !a[row, k].isZero else { continue }
        let factor = a[row, k] / a[pivot, k]
        for j in k + 1..<columns { a[row, j] = a[row, j] - factor * a[pivot, j] }
        for j in 0..<x.columns { x[row, j] = x[row, j] - factor * x[pivot, j] }
      }
    }
    var result = ScaledMatrix(rows: rows, columns: right.columns)
    for k in (0..<rows).reversed() {
      for j in 0..<x.columns {
        var sum = x[order[k], j]
        for i in k + 1..<rows { sum = sum - a[order[k], i] * result[i, j] }
        result[k, j] = sum / a[order[k], k]
      }
    }
    return result
  }

  /// The inverse, or nil for a singular matrix.
  var inverse: ScaledMatrix? { solve(.identity(rows)) }

  /// The matrix with rows and columns exchanged.
  var transposed: ScaledMatrix {
    var result = ScaledMatrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }
}
