public import LinearAlgebra

/// Hu Example 3.1: f = x₁² + x₂², with the noise D_Hu = diag(μ, 2 − μ).
///
/// The local quasi-potential is φ = 2[x₁²/μ + x₂²/(2 − μ)].
public struct HuBowl: Landscape {
  /// μ, between 0 and 2; 1 is isotropic.
  public let anisotropy: Double

  /// Creates the landscape.
  public init(anisotropy: Double = 1) { self.anisotropy = anisotropy }

  /// Two variables.
  public var dimension: Int { 2 }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S { x[0].squared() + x[1].squared() }

  /// D_Hu, to be multiplied by ε/2 for the canonical D.
  public func huMatrix(at x: [Double]) -> Matrix { .diagonal([anisotropy, 2 - anisotropy]) }
}

/// Hu Example 4.1 (34): two quadratic bowls of radius 1 at (∓2, 0) in a flat plateau, with noise of
/// different anisotropy in each.
///
/// The plateau is unbounded, so a stationary distribution needs a reflecting box.
public struct HuTwoBowls: Landscape {
  /// μ₁, the anisotropy of the noise in the left bowl.
  public let leftAnisotropy: Double
  /// μ₂, the anisotropy of the noise in the right bowl.
  public let rightAnisotropy: Double

  /// Creates the landscape.
  public init(leftAnisotropy: Double = 1.9999, rightAnisotropy: Double = 1.0001) {
    self.leftAnisotropy = leftAnisotropy
    self.rightAnisotropy = rightAnisotropy
  }

  /// Two variables.
  public var dimension: Int { 2 }

  /// The energy, equation (34).
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let left = (x[0] + 2).squared() + x[1].squared()
    let right = (x[0] - 2).squared() + x[1].squared()
    let one = S(1.0)
    let outsideLeft = S.select(one - right, nonnegative: right, negative: one)
    return S.select(one - left, nonnegative: left, negative: outsideLeft)
  }

  /// D_Hu: diag(μ, 2 − μ) in each bowl, the identity on the plateau; to be multiplied by ε/2.
  public func huMatrix(at x: [Double]) -> Matrix {
    if (x[0] + 2) * (x[0] + 2) + x[1] * x[1] < 1 {
      return .diagonal([leftAnisotropy, 2 - leftAnisotropy])
    }
    if (x[0] - 2) * (x[0] - 2) + x[1] * x[1] < 1 {
      return .diagonal([rightAnisotropy, 2 - rightAnisotropy])
    }
    return .identity(2)
  }
}
