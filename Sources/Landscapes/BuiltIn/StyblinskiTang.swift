/// The Styblinski–Tang function in any dimension, ½ Σ (xᵢ⁴ − 16xᵢ² + 5xᵢ): 2ᵈ minima and
/// d·2ᵈ⁻¹ saddles of index 1.
///
/// In each coordinate the minima lie at −2.903534 and 2.746803 and the saddle at 0.156731.
///
/// Xie's appendix C averages the loss f(θ − x) over samples x ~ N(0, σ²I). The loss that is then
/// descended is ½ Σ (θᵢ⁴ + (6σ² − 16)θᵢ² + 5θᵢ) + const, whose minima are not those of f; set
/// `sampleVariance` to σ² for it.
public struct StyblinskiTang: Landscape {
  /// The number of variables.
  public let dimension: Int
  /// σ², the variance of the samples over which the loss is averaged; 0 for f itself.
  public let sampleVariance: Double
  /// k: the argument is scaled by √k, so that the Hessian is scaled by k (Xie, section 5).
  public let curvatureScale: Double
  /// A constant that is added, for formulas that need a positive loss.
  public let offset: Double

  /// Creates the landscape.
  public init(
    dimension: Int = 2, sampleVariance: Double = 0, curvatureScale: Double = 1, offset: Double = 0
  ) {
    self.dimension = dimension
    self.sampleVariance = sampleVariance
    self.curvatureScale = curvatureScale
    self.offset = offset
  }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let root = curvatureScale.squareRoot()
    let constant = 1.5 * sampleVariance * sampleVariance - 8 * sampleVariance
    var result = S(offset + Double(dimension) * constant)
    for i in 0..<dimension {
      let t = S(root) * x[i]
      let square = t.squared()
      result += S(0.5) * (square.squared() - S(16 - 6 * sampleVariance) * square + S(5.0) * t)
    }
    return result
  }

  /// The gradient, one coordinate at a time.
  @inlinable
  public func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>) {
    let root = curvatureScale.squareRoot()
    for i in 0..<dimension {
      let t = S(root) * x[i]
      let slope = S(2.0) * t.raised(to: 3) - S(16 - 6 * sampleVariance) * t + S(2.5)
      gradient[i] = S(root) * slope
    }
  }
}
