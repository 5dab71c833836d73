public import LinearAlgebra

/// The quasi-potential of the dynamics linearised around a stable fixed point.
///
/// With b ≈ −F(x − a) and constant D the stationary density is Gaussian, and the quasi-potential
/// (V of ∇VᵀD∇V + b·∇V = 0, stationary density ~ e^{−V}) is
///
///     V(x) = ½ (x − a)ᵀ U (x − a),   U = Σ⁻¹,   FΣ + ΣFᵀ = 2D.
///
/// F need not be symmetric and need not commute with D; F = (D + Q)U with an antisymmetric Q
/// (Chaudhari & Soatto 2018, Lemma 20). For D = (ε/2)·diag(μ, 2 − μ) and F = 2I it is Hu's
/// Example 3.1, εV = 2[x₁²/μ + x₂²/(2 − μ)] (Hu et al. 2019, equation 26).
public struct LinearizedQuasiPotential: Sendable, Equatable {
  /// The fixed point a.
  public let center: [Double]
  /// F = −Db at the fixed point.
  public let stability: Matrix
  /// D at the fixed point.
  public let diffusion: Matrix
  /// Σ, the stationary covariance.
  public let covariance: Matrix
  /// U = Σ⁻¹, the Hessian of V.
  public let curvature: Matrix

  /// Solves the Lyapunov equation at a fixed point.
  ///
  /// - Parameters:
  ///   - center: The fixed point a.
  ///   - stability: F = −Db(a), the Hessian of the energy for a gradient.
  ///   - diffusion: D(a), symmetric and positive-semidefinite.
  /// - Throws: `QuasiPotentialError.unstable` or `.degenerateNoise`, or an error of the
  ///   decompositions.
  public init(center: [Double], stability: Matrix, diffusion: Matrix) throws {
    precondition(
      stability.isSquare && stability.rows == center.count && diffusion.rows == center.count
        && diffusion.columns == center.count, "F and D must have the dimension of the point")
    let slowest = try stability.eigenvalues().first?.real ?? 1
    guard slowest > 0 else { throw QuasiPotentialError.unstable(realPart: slowest) }
    let covariance = try stability.lyapunovCovariance(diffusion: diffusion)
    let eigen = try covariance.symmetricEigendecomposition()
    let smallest = eigen.values.first ?? 1
    guard smallest > 1e-13 * (eigen.values.last ?? 1) else {
      throw QuasiPotentialError.degenerateNoise(smallestEigenvalue: smallest)
    }
    self.center = center
    self.stability = stability
    self.diffusion = diffusion
    self.covariance = covariance
    self.curvature = eigen.mapValues { 1 / $0 }
  }

  /// V at a point.
  public func value(at x: [Double]) -> Double {
    0.5 * curvature.quadraticForm(zip(x, center).map { $0 - $1 })
  }

  /// Q of F = (D + Q)U: antisymmetric, zero for reversible dynamics.
  public var rotation: Matrix { stability * covariance - diffusion }
}
