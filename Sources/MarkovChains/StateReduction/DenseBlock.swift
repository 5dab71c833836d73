/// A rectangle of numbers in memory that somebody else owns, row by row.
struct DenseBlock<Number> {
  let base: UnsafeMutablePointer<Number>
  let stride: Int
  let rows: Int
  let columns: Int

  init(_ base: UnsafeMutablePointer<Number>, stride: Int, rows: Int, columns: Int) {
    self.base = base
    self.stride = stride
    self.rows = rows
    self.columns = columns
  }

  subscript(i: Int, j: Int) -> Number {
    @inline(__always) get { base[i &* stride &+ j] }
    @inline(__always) nonmutating set { base[i &* stride &+ j] = newValue }
  }

  /// A rectangle inside this one.
  func part(rows: Range<Int>, columns: Range<Int>) -> DenseBlock {
    DenseBlock(
      base + (rows.lowerBound * stride + columns.lowerBound), stride: stride, rows: rows.count,
      columns: columns.count)
  }

  /// The elements, row after row without gaps.
  func copied() -> [Number] {
    [Number](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      for i in 0..<rows {
        for j in 0..<columns { buffer.initializeElement(at: i * columns + j, to: self[i, j]) }
      }
      count = rows * columns
    }
  }
}
