/// A double well along the first coordinate, a parabola along the others:
/// V = h(x₁² − 1)² + t·x₁ + (k/2) Σ xᵢ².
///
/// Without tilt the minima lie at x₁ = ±1 with V = 0 and the saddle at the origin with V = h.
public struct DoubleWell: Landscape {
  /// The number of variables.
  public let dimension: Int
  /// h, the height of the untilted barrier.
  public let height: Double
  /// t, the slope that makes the wells unequal.
  public let tilt: Double
  /// k, the curvature across.
  public let stiffness: Double

  /// Creates the landscape.
  public init(
    dimension: Int = 1, height: Double = 0.25, tilt: Double = 0, stiffness: Double = 1
  ) {
    self.dimension = dimension
    self.height = height
    self.tilt = tilt
    self.stiffness = stiffness
  }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    var result = S(height) * (x[0].squared() - 1).squared() + S(tilt) * x[0]
    for i in 1..<max(dimension, 1) { result += S(0.5 * stiffness) * x[i].squared() }
    return result
  }
}
