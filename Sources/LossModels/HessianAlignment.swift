public import Landscapes
public import LinearAlgebra

/// How far the covariance of the gradient noise follows the Hessian at a point.
///
/// Xie (equation 8, figure 1) assumes C₁ ≈ H and Mori (equation 6) C₁ ≈ 2L·H for the mean square.
/// Both matrices are compared in the eigenbasis of the Hessian.
public struct HessianAlignment: Sendable, Equatable {
  /// The loss at the point, weight decay included.
  public let energy: Double
  /// The weight decay λ of the model.
  public let weightDecay: Double
  /// The eigenvalues of the Hessian of the whole loss, ascending; the weight decay adds λ to each.
  public let eigenvalues: [Double]
  /// The per-sample covariance C₁ in the eigenbasis of the Hessian, UᵀC₁U.
  public let covariance: Matrix

  /// Compares a covariance with a Hessian.
  ///
  /// - Parameters:
  ///   - hessian: The Hessian of the whole loss.
  ///   - covariance: C₁, the per-sample gradient covariance (normalised by N).
  ///   - energy: The loss at the point.
  ///   - weightDecay: λ of the model.
  /// - Throws: `LinearAlgebraError` where the Hessian has no eigenvectors (it is not finite).
  public init(
    hessian: Matrix, covariance: Matrix, energy: Double, weightDecay: Double = 0
  ) throws {
    let basis = try hessian.symmetricEigendecomposition()
    eigenvalues = basis.values
    self.covariance = basis.vectors.transposed * covariance * basis.vectors
    self.energy = energy
    self.weightDecay = weightDecay
  }

  /// The cosine of the angle between C₁ and H as vectors of their elements, tr(C₁H)/(‖C₁‖‖H‖).
  ///
  /// 1 where they are proportional; NaN where one of them is zero.
  public var cosineSimilarity: Double {
    productTrace / (covarianceNorm * norm(eigenvalues))
  }

  /// The Pearson correlation of the diagonal of C₁ with the eigenvalues, in the Hessian's
  /// eigenbasis (Xie, figure 1); NaN where one of them is constant.
  ///
  /// A correlation over all elements would depend on the arbitrary signs of the eigenvectors; the
  /// off-diagonal elements count in `cosineSimilarity`.
  public var diagonalCorrelation: Double { correlation(covariance.diagonal, eigenvalues) }

  /// The factor κ for which κH is closest to C₁ in the least-squares sense, tr(C₁H)/‖H‖²; 1 in
  /// Xie's equation 8, 0.62 and 0.90 in figure 1.
  public var proportionality: Double { productTrace / dot(eigenvalues, eigenvalues) }

  /// `proportionality`/2L for the data's own loss and Hessian; 1 where Mori's equation 6,
  /// C₁ = 2L·H, holds.
  ///
  /// - Parameter squaredNorm: |θ|², with which the weight decay is taken out of the energy.
  /// - Returns: The factor of the least-squares fit C₁ ≈ factor·2L·H.
  public func moriFactor(squaredNorm: Double) -> Double {
    let bare = eigenvalues.map { $0 - weightDecay }
    let loss = energy - 0.5 * weightDecay * squaredNorm
    return dot(covariance.diagonal, bare) / dot(bare, bare) / (2 * loss)
  }

  /// The share of the trace of C₁ along each eigenvector, in the order of `eigenvalues`.
  public var noiseShares: [Double] { covariance.diagonal.map { $0 / covariance.trace } }

  /// Mori's effective dimension of the Hessian (equation 45).
  public var effectiveDimension: Double { participationRatio(eigenvalues) }

  /// tr(C₁H); in the eigenbasis only the diagonal counts.
  private var productTrace: Double { dot(covariance.diagonal, eigenvalues) }

  private var covarianceNorm: Double { norm(covariance.elements) }
}

/// Mori's effective dimension n = (Σ pᵢ²)⁻¹, pᵢ = hᵢ/Σhⱼ (equation 45): the participation ratio
/// (Σh)²/Σh² of the eigenvalues of the Hessian at a minimum.
///
/// - Parameter eigenvalues: The eigenvalues; those that are not positive carry no weight.
/// - Returns: A number from 1 to the number of eigenvalues, or 0 where none is positive.
public func participationRatio(_ eigenvalues: [Double]) -> Double {
  // Scaled by the largest one, so that squares neither overflow nor vanish.
  let largest = eigenvalues.max() ?? 0
  guard largest > 0 else { return 0 }
  let weights = eigenvalues.filter { $0 > 0 }.map { $0 / largest }
  let sum = weights.reduce(0, +)
  return sum * sum / dot(weights, weights)
}

extension SampledLoss {
  /// Compares the covariance of the per-sample gradients with the Hessian at a point.
  ///
  /// - Parameter x: The parameters, `dimension` of them.
  /// - Returns: The comparison, in the eigenbasis of the Hessian.
  /// - Throws: `LinearAlgebraError` where the Hessian is not finite.
  @inlinable
  public func hessianAlignment(at x: [Double]) throws -> HessianAlignment {
    let covariance = gradientCovariance(at: x)
    var hessian = Matrix(rows: dimension, columns: dimension)
    do {
      var span = hessian.elements.mutableSpan
      self.hessian(at: x.span, into: &span)
    }
    return try HessianAlignment(
      hessian: hessian, covariance: covariance, energy: energy(at: x.span),
      weightDecay: weightDecay)
  }
}

private func correlation(_ x: [Double], _ y: [Double]) -> Double {
  let n = Double(x.count)
  let (a, b) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
  let (u, v) = (x.map { $0 - a }, y.map { $0 - b })
  return dot(u, v) / (norm(u) * norm(v))
}
