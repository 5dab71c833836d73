extension Matrix {
  /// Adds the product of two matrices, by BLAS (`dgemm`).
  ///
  /// - Parameters:
  ///   - lhs: The left factor, with as many rows as this matrix.
  ///   - rhs: The right factor, with as many columns as this matrix.
  public mutating func addProduct(_ lhs: Matrix, _ rhs: Matrix) {
    precondition(
      lhs.columns == rhs.rows && lhs.rows == rows && rhs.columns == columns,
      "the sizes of a matrix product must agree")
    guard rows > 0, columns > 0, lhs.columns > 0 else { return }
    let (rows, columns) = (rows, columns)
    lhs.elements.withUnsafeBufferPointer { a in
      rhs.elements.withUnsafeBufferPointer { b in
        elements.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          denseProduct(
            rows: rows, inner: lhs.columns, columns: columns, a, aStride: lhs.columns, b,
            bStride: columns, into: c, cStride: columns, isAdded: true)
        }
      }
    }
  }
}
