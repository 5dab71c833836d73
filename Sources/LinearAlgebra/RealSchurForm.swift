import CLAPACK

/// The real Schur form of a square matrix, A = Q T Qᵀ, with its eigenvalues in a chosen order.
///
/// T is upper triangular but for a 2×2 block on the diagonal for each pair of complex conjugate
/// eigenvalues. The first m columns of Q span an invariant subspace of A for every m that does not
/// cut through such a block.
///
/// ```swift
/// let schur = try matrix.realSchurForm(sortedBy: .largestRealPart)
/// schur.splitsPair(at: 3)   // whether the first 3 eigenvalues end in the middle of a pair
/// ```
public struct RealSchurForm: Sendable, Equatable {
  /// In which order the eigenvalues stand.
  public enum Order: Sendable, Equatable {
    /// The largest absolute value first.
    case largestMagnitude
    /// The largest real part first.
    case largestRealPart
  }

  /// T, quasi-triangular.
  public let form: Matrix
  /// Q, orthogonal; column k is the Schur vector of `eigenvalues[k]`.
  public let vectors: Matrix
  /// The eigenvalues as they stand on the diagonal of T; of a pair, the one with the positive
  /// imaginary part first.
  public let eigenvalues: [ComplexNumber]

  /// Whether the first eigenvalues in the given number end between the two members of a complex
  /// pair, so that their Schur vectors do not span an invariant subspace.
  ///
  /// - Parameter count: A number from 0 to the number of rows.
  /// - Returns: Whether `count` divides a pair.
  public func splitsPair(at count: Int) -> Bool {
    precondition((0...form.rows).contains(count), "the number must be one of 0 to the rows")
    return count > 0 && count < form.rows && form[count, count - 1] != 0
  }
}

extension Matrix {
  /// The real Schur form with sorted eigenvalues (LAPACK `dgees`, then swaps of neighbouring
  /// blocks by `dtrexc`).
  ///
  /// - Parameters:
  ///   - order: The order of the eigenvalues on the diagonal.
  ///   - count: How many of the leading eigenvalues must be in order; nil for all. A pair that
  ///     begins within them is complete.
  /// - Returns: The sorted form. Eigenvalues too close to be told apart by a swap keep the order
  ///   in which they came.
  /// - Throws: `LinearAlgebraError.notFinite` or `.notConverged`.
  public func realSchurForm(
    sortedBy order: RealSchurForm.Order, count: Int? = nil
  ) throws -> RealSchurForm {
    let n = rows
    let size = Int32(n)
    var (form, vectors) = try schurDecomposition()
    guard n > 0 else { return RealSchurForm(form: form, vectors: form, eigenvalues: []) }
    let key = { (value: ComplexNumber) -> Double in
      switch order {
      case .largestMagnitude: value.magnitude
      case .largestRealPart: value.real
      }
    }
    let wanted = Swift.min(count ?? n, n)
    var place = 0
    while place < wanted {
      let values = form.quasiTriangularEigenvalues()
      // The first of the largest, so that equal ones stay as they are.
      let best = (place..<n).reduce(place) { key(values[$1]) > key(values[$0]) ? $1 : $0 }
      if best > place {
        var first = Int32(best + 1)
        var last = Int32(place + 1)
        let status = LAPACKE_dtrexc(
          metastability_row_major(), CChar(UInt8(ascii: "V")), size, &form.elements, size,
          &vectors.elements, size, &first, &last)
        // Code 1: two blocks are too close to swap; the form is valid as it stands.
        guard status == 0 || status == 1 else {
          throw LinearAlgebraError.notConverged(algorithm: "dtrexc", code: Int(status))
        }
      }
      place += place + 1 < n && form[place + 1, place] != 0 ? 2 : 1
    }
    return RealSchurForm(
      form: form, vectors: vectors, eigenvalues: form.quasiTriangularEigenvalues())
  }

  /// The eigenvalues of a matrix in LAPACK's standardised quasi-triangular form.
  private func quasiTriangularEigenvalues() -> [ComplexNumber] {
    var result: [ComplexNumber] = []
    result.reserveCapacity(rows)
    var k = 0
    while k < rows {
      if k + 1 < rows, self[k + 1, k] != 0 {
        // Equal diagonal elements and off-diagonal ones of opposite sign.
        let size =
          self[k, k + 1].magnitude.squareRoot() * self[k + 1, k].magnitude.squareRoot()
        result.append(ComplexNumber(self[k, k], size))
        result.append(ComplexNumber(self[k, k], -size))
        k += 2
      } else {
        result.append(ComplexNumber(self[k, k]))
        k += 1
      }
    }
    return result
  }
}
