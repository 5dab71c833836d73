import CLAPACK

/// One thread per call: parallelism belongs to the callers.
private let singleThreadedLibrary: Void = openblas_set_num_threads(1)

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
    _ = singleThreadedLibrary
    guard rows > 0, columns > 0, lhs.columns > 0 else { return }
    metastability_add_product(
      Int32(rows), Int32(columns), Int32(lhs.columns), lhs.elements, rhs.elements, &elements)
  }
}
