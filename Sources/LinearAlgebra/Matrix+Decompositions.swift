import CLAPACK

/// Eigenvalues in ascending order and the orthonormal eigenvectors of a symmetric matrix.
public struct SymmetricEigendecomposition: Sendable, Equatable {
  /// The eigenvalues, smallest first.
  public let values: [Double]
  /// The eigenvectors; column `k` belongs to `values[k]`.
  public let vectors: Matrix

  /// The eigenvector that belongs to `values[k]`.
  public func vector(_ k: Int) -> [Double] { vectors.column(k) }

  /// The matrix with the same eigenvectors and eigenvalues changed by a function.
  public func mapValues(_ transform: (Double) -> Double) -> Matrix {
    let n = values.count
    var result = Matrix(rows: n, columns: n)
    for k in 0..<n {
      let value = transform(values[k])
      guard value != 0 else { continue }
      for i in 0..<n {
        let scaled = value * vectors[i, k]
        for j in 0..<n { result[i, j] += scaled * vectors[j, k] }
      }
    }
    return result
  }
}

/// One thread per call: parallelism belongs to the ensembles and searches above.
let singleThreadedLibrary: Void = openblas_set_num_threads(1)

extension Matrix {
  /// The matrix itself, found square and finite, with the library set up.
  func prepared() throws -> Matrix {
    _ = singleThreadedLibrary
    precondition(isSquare, "the matrix must be square")
    if let bad = elements.firstIndex(where: { !$0.isFinite }) {
      throw LinearAlgebraError.notFinite(row: bad / columns, column: bad % columns)
    }
    return self
  }

  /// The eigenvalues and eigenvectors of a symmetric matrix (LAPACK `dsyevd`).
  ///
  /// Only the upper triangle is read.
  ///
  /// - Returns: Eigenvalues in ascending order, eigenvectors in columns.
  /// - Throws: `LinearAlgebraError.notFinite` or `.notConverged`.
  public func symmetricEigendecomposition() throws -> SymmetricEigendecomposition {
    var work = try prepared()
    guard rows > 0 else { return SymmetricEigendecomposition(values: [], vectors: work) }
    var values = [Double](repeating: 0, count: rows)
    let size = Int32(rows)
    let code = LAPACKE_dsyevd(
      metastability_row_major(), CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), size,
      &work.elements, size, &values)
    guard code == 0 else {
      throw LinearAlgebraError.notConverged(algorithm: "dsyevd", code: Int(code))
    }
    return SymmetricEigendecomposition(values: values, vectors: work)
  }

  /// The eigenvalues of a general square matrix (LAPACK `dgeev`), by ascending real part.
  ///
  /// - Returns: As many eigenvalues as rows; complex ones in conjugate pairs.
  /// - Throws: `LinearAlgebraError.notFinite` or `.notConverged`.
  public func eigenvalues() throws -> [ComplexNumber] {
    try eigendecomposition().values
  }

  /// Eigenvalues and right eigenvectors of a general square matrix (LAPACK `dgeev`).
  ///
  /// - Returns: The eigenvalues by ascending real part, and for each the real and imaginary part
  ///   of its right eigenvector.
  /// - Throws: `LinearAlgebraError.notFinite` or `.notConverged`.
  public func eigendecomposition() throws -> (
    values: [ComplexNumber], vectors: [(real: [Double], imaginary: [Double])]
  ) {
    var work = try prepared()
    guard rows > 0 else { return ([], []) }
    let n = rows
    let size = Int32(n)
    var real = [Double](repeating: 0, count: n)
    var imaginary = real
    var right = [Double](repeating: 0, count: n * n)
    var unused = [0.0]
    let code = LAPACKE_dgeev(
      metastability_row_major(), CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "V")), size,
      &work.elements, size, &real, &imaginary, &unused, 1, &right, size)
    guard code == 0 else {
      throw LinearAlgebraError.notConverged(algorithm: "dgeev", code: Int(code))
    }
    var vectors: [(real: [Double], imaginary: [Double])] = []
    var k = 0
    while k < n {
      let first = (0..<n).map { right[$0 * n + k] }
      if imaginary[k] != 0, k + 1 < n {
        let second = (0..<n).map { right[$0 * n + k + 1] }
        vectors.append((first, second))
        vectors.append((first, second.map { -$0 }))
        k += 2
      } else {
        vectors.append((first, [Double](repeating: 0, count: n)))
        k += 1
      }
    }
    let order = (0..<n).sorted {
      (real[$0], imaginary[$0]) < (real[$1], imaginary[$1])
    }
    return (
      order.map { ComplexNumber(real[$0], imaginary[$0]) }, order.map { vectors[$0] }
    )
  }

  /// The solution x of A x = b (LAPACK `dgesv`, partial pivoting).
  ///
  /// - Parameter right: The right-hand side, one element per row.
  /// - Returns: The solution, one element per column.
  /// - Throws: `LinearAlgebraError.singular` or `.notFinite`.
  public func solve(_ right: [Double]) throws -> [Double] {
    try solve(Matrix(rows: right.count, columns: 1, elements: right)).elements
  }

  /// The solution X of A X = B (LAPACK `dgesv`, partial pivoting).
  ///
  /// - Parameter right: The right-hand sides, one per column.
  /// - Returns: The solutions, one per column.
  /// - Throws: `LinearAlgebraError.singular` or `.notFinite`.
  public func solve(_ right: Matrix) throws -> Matrix {
    var work = try prepared()
    precondition(right.rows == rows, "the right-hand side must have one element per row")
    guard rows > 0, right.columns > 0 else { return right }
    var result = right
    var pivots = [Int32](repeating: 0, count: rows)
    let size = Int32(rows)
    let count = Int32(right.columns)
    let code = LAPACKE_dgesv(
      metastability_row_major(), size, count, &work.elements, size, &pivots, &result.elements,
      count)
    guard code == 0 else { throw LinearAlgebraError.singular(pivot: Int(code) - 1) }
    return result
  }

  /// The inverse matrix.
  ///
  /// - Throws: `LinearAlgebraError.singular` or `.notFinite`.
  public func inverse() throws -> Matrix { try solve(.identity(rows)) }

  /// The natural logarithm of |det A| and the sign of det A (0 where the matrix is singular).
  ///
  /// - Throws: `LinearAlgebraError.notFinite`.
  public func logAbsoluteDeterminant() throws -> (sign: Double, logarithm: Double) {
    var work = try prepared()
    guard rows > 0 else { return (1, 0) }
    var pivots = [Int32](repeating: 0, count: rows)
    let size = Int32(rows)
    let code = LAPACKE_dgetrf(
      metastability_row_major(), size, size, &work.elements, size, &pivots)
    guard code == 0 else { return (0, -.infinity) }
    var sign = 1.0
    var logarithm = 0.0
    for i in 0..<rows {
      if work[i, i] < 0 { sign = -sign }
      if Int(pivots[i]) != i + 1 { sign = -sign }
      logarithm += logOf(work[i, i].magnitude)
    }
    return (sign, logarithm)
  }

  /// A factor S of a symmetric positive-semidefinite matrix, S Sᵀ = A, from its eigenvectors.
  ///
  /// Eigenvalues that are negative by rounding only (up to 1e-10 of the largest) count as zero.
  ///
  /// - Returns: The symmetric square root.
  /// - Throws: `LinearAlgebraError.notPositive` where an eigenvalue is truly negative.
  public func semidefiniteSquareRoot() throws -> Matrix {
    let eigen = try symmetricEigendecomposition()
    let largest = eigen.values.reduce(0) { Swift.max($0, $1.magnitude) }
    if let first = eigen.values.first, first < -1e-10 * largest {
      throw LinearAlgebraError.notPositive(eigenvalue: first)
    }
    return eigen.mapValues { Swift.max($0, 0).squareRoot() }
  }

  /// The real Schur form, in the order in which LAPACK leaves it (`dgees`), with its vectors.
  func schurDecomposition() throws -> (form: Matrix, vectors: Matrix) {
    var form = try prepared()
    var real = [Double](repeating: 0, count: rows)
    var imaginary = real
    var vectors = Matrix(rows: rows, columns: rows)
    guard rows > 0 else { return (form, vectors) }
    let size = Int32(rows)
    var dimension: Int32 = 0
    let code = LAPACKE_dgees(
      metastability_row_major(), CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "N")), nil, size,
      &form.elements, size, &dimension, &real, &imaginary, &vectors.elements, size)
    guard code == 0 else {
      throw LinearAlgebraError.notConverged(algorithm: "dgees", code: Int(code))
    }
    return (form, vectors)
  }

  /// The symmetric solution Σ of the Lyapunov equation F Σ + Σ Fᵀ = 2D (LAPACK Schur form and
  /// `dtrsyl`).
  ///
  /// It is the stationary covariance of dx = −F x dt + √(2D) dW.
  ///
  /// - Parameter diffusion: D, of the same size as F.
  /// - Returns: Σ, positive-definite where all eigenvalues of F have positive real parts and D is.
  /// - Throws: `LinearAlgebraError.notConverged` where the Schur form or the equation has no
  ///   solution (two eigenvalues of F add up to zero).
  public func lyapunovCovariance(diffusion: Matrix) throws -> Matrix {
    precondition(
      diffusion.rows == rows && diffusion.columns == columns, "F and D must have the same size")
    guard rows > 0 else { return self }
    let size = Int32(rows)
    let (schur, vectors) = try schurDecomposition()
    var right = vectors.transposed * (2 * diffusion) * vectors
    var scale = 1.0
    let status = LAPACKE_dtrsyl(
      metastability_row_major(), CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "T")), 1, size,
      size, schur.elements, size, schur.elements, size, &right.elements, size, &scale)
    guard status == 0, scale > 0 else {
      throw LinearAlgebraError.notConverged(algorithm: "dtrsyl", code: Int(status))
    }
    return ((1 / scale) * (vectors * right * vectors.transposed)).symmetrized
  }
}
