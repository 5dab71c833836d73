public import LinearAlgebra

/// Chaudhari Example 19: a drift whose stationary density at β⁻¹ = 1 is e^{−Φ} for every λ, with
/// Φ = (x₁² − 1)²/4 + x₂²/2 and the circulating current λe^{−(x₁²+x₂²)²/4}(−x₂, x₁).
///
/// The fixed points are not the minima of Φ: at λ = 0.5 they lie at ±(0.902428, 0.388802).
public struct ChaudhariDoubleWell: VectorField {
  /// λ, the strength of the circulation.
  public let circulation: Double

  /// Creates the field.
  public init(circulation: Double = 0.5) { self.circulation = circulation }

  /// Two variables.
  public var dimension: Int { 2 }

  /// Φ, the negative logarithm of the stationary density up to a constant.
  public static func potential(at x: [Double]) -> Double {
    let u = x[0] * x[0] - 1
    return 0.25 * u * u + 0.5 * x[1] * x[1]
  }

  /// The drift −∇Φ + e^Φ J.
  @inlinable
  public func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    let xx = x[0].squared()
    let yy = x[1].squared()
    // Φ − (x₁² + x₂²)²/4, multiplied out so that the fourth powers of x₁ cancel exactly.
    let exponent = S(0.25) + S(0.5) * (yy - xx - xx * yy) - S(0.25) * yy.squared()
    let swirl = S(circulation) * S.exp(exponent)
    b[0] = x[0] - x[0].raised(to: 3) - swirl * x[1]
    b[1] = swirl * x[0] - x[1]
  }
}

/// The Maier–Stein field (x − x³ − αxy², −μ(1 + x²)y): the standard non-gradient double well
/// (R. S. Maier and D. L. Stein, Phys. Rev. Lett. 71, 1783, 1993); a gradient for α = μ.
public struct MaierStein: VectorField {
  /// α.
  public let alpha: Double
  /// μ.
  public let mu: Double

  /// Creates the field.
  public init(alpha: Double = 1, mu: Double = 1) {
    self.alpha = alpha
    self.mu = mu
  }

  /// Two variables.
  public var dimension: Int { 2 }

  /// The drift.
  @inlinable
  public func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    b[0] = x[0] - x[0].raised(to: 3) - S(alpha) * x[0] * x[1].squared()
    b[1] = -(S(mu) * (S(1.0) + x[0].squared()) * x[1])
  }
}

/// The linear drift b = −F x with any square matrix F.
public struct LinearDrift: VectorField {
  /// F.
  public let matrix: Matrix

  /// Creates the field.
  ///
  /// - Throws: `LandscapeError.invalidParameter` unless F is square and finite.
  public init(matrix: Matrix) throws {
    guard matrix.isSquare, matrix.rows > 0 else {
      throw LandscapeError.dimensionMismatch(
        quantity: "columns of the drift matrix", expected: matrix.rows, found: matrix.columns)
    }
    if let bad = matrix.elements.first(where: { !$0.isFinite }) {
      throw LandscapeError.invalidParameter(
        name: "matrix", value: bad, accepted: "finite numbers")
    }
    self.matrix = matrix
  }

  /// The size of the matrix.
  public var dimension: Int { matrix.rows }

  /// The drift −F x.
  @inlinable
  public func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    for i in 0..<dimension {
      var sum = S(0.0)
      for j in 0..<dimension { sum += S(matrix[i, j]) * x[j] }
      b[i] = -sum
    }
  }
}
