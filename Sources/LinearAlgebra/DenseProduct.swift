import CGSL

/// Computes the matrix product C = A B, or adds it to C, on memory that the caller owns, row by row (BLAS `dgemm`).
///
/// The result does not depend on the number of threads that call this at the same time; the call
/// itself uses one.
///
/// - Parameters:
///   - rows: The number of rows of A and C.
///   - inner: The number of columns of A and rows of B, at least 1.
///   - columns: The number of columns of B and C.
///   - a: A, its rows `aStride` elements apart.
///   - aStride: The distance between rows of A.
///   - b: B, its rows `bStride` elements apart.
///   - bStride: The distance between rows of B.
///   - c: C, its rows `cStride` elements apart.
///   - cStride: The distance between rows of C.
///   - isAdded: Whether the product is added to C; otherwise it overwrites C.
public func denseProduct(
  rows: Int, inner: Int, columns: Int, _ a: UnsafePointer<Double>, aStride: Int,
  _ b: UnsafePointer<Double>, bStride: Int, into c: UnsafeMutablePointer<Double>, cStride: Int,
  isAdded: Bool = false
) {
  guard rows > 0, columns > 0 else { return }
  _ = singleThreadedLibrary
  cblas_dgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, a,
    Int32(aStride), b, Int32(bStride), isAdded ? 1 : 0, c, Int32(cStride))
}
