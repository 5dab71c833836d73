import Landscapes

/// What a path in continuous time does between two points that a time step gives.
enum BrownianBridge {
  /// The probability that a Brownian bridge between two points on the same side of a surface
  /// touches it: exp(−2 g₀g₁/s²), g the signed distance and s² the variance of g in the step.
  ///
  /// - Parameters:
  ///   - before: g at the start of the step, positive.
  ///   - after: g at its end, positive.
  ///   - variance: 2 ∇gᵀD∇g Δt.
  /// - Returns: The probability.
  static func crossingProbability(before: Double, after: Double, variance: Double) -> Double {
    let exponent = 2 * before * after / variance
    return exponent < 40 ? Double.exp(-exponent) : 0
  }
}
