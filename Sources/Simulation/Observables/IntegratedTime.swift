/// The integrated autocorrelation time τ = Δ(½ + Σ_{k≥1} ρ(kΔ)) and what follows from it.
///
/// The sum ends at the first lag W ≥ 6τ(W) (Sokal's automatic window), which leaves out e⁻⁶ = 0.25 %
/// of an exponential. Beyond sixteen observations it is an integral by Simpson's rule through eight
/// points per doubling. A mean over the time T has the variance 2τ/T times that of the observable.
public struct IntegratedTime: Sendable, Equatable {
  /// τ, a time.
  public let time: Measured
  /// W, a time.
  public let window: Double
  /// Whether a window was found below the longest lag; if not, τ is a lower estimate.
  public let isConverged: Bool
  /// The number of independent observations that would give as good a mean, T/(2τ) with T the time
  /// of all trajectories together; nil unless τ is positive.
  public let effectiveSampleSize: Measured?

  /// Sokal's factor.
  static var windowFactor: Double { 6 }

  init(time: Measured, window: Double, isConverged: Bool, totalTime: Double) {
    self.time = time
    self.window = window
    self.isConverged = isConverged
    effectiveSampleSize =
      time.value > 0
      ? Measured(
        value: totalTime / (2 * time.value),
        standardError: time.standardError.map {
          totalTime / (2 * time.value) * $0 / time.value
        }) : nil
  }
}

/// Weights of the correlations at the lags of a grid in an integrated time.
struct IntegrationWindow: Sendable {
  /// The weight of lag zero.
  let first: Double
  /// The weights of the lags.
  let weights: [Double]
  /// The lag that the sum ends at, in observations.
  let lag: Int
  let isConverged: Bool

  /// - Parameters:
  ///   - grid: The lags.
  ///   - correlations: The correlations at them.
  init?(grid: LagGrid, correlations: [Double]) {
    guard let end = grid.lags.last else { return nil }
    let lags = [0] + grid.lags
    let values = [1] + correlations
    var weights = [Double](repeating: 0, count: lags.count)
    var sum = 0.0
    var k = 0
    var isFound = false
    func add(_ weight: Double, at place: Int) {
      weights[place] += weight
      sum += weight * values[place]
    }
    while k + 1 < lags.count, !isFound {
      let step = lags[k + 1] - lags[k]
      if step == 1 {
        add(0.5, at: k)
        add(0.5, at: k + 1)
        k += 1
      } else {
        // Simpson's rule over two equal intervals; a last one alone is left out.
        guard k + 2 < lags.count, lags[k + 2] - lags[k + 1] == step else { break }
        let third = Double(step) / 3
        add(third, at: k)
        add(4 * third, at: k + 1)
        add(third, at: k + 2)
        k += 2
      }
      isFound = Double(lags[k]) >= IntegratedTime.windowFactor * sum
    }
    lag = isFound ? lags[k] : min(lags[k], end)
    first = weights[0]
    self.weights = Array(weights[1...])
    isConverged = isFound
  }

  /// τ in observations.
  func time(correlations: [Double]) -> Double {
    var sum = first
    for (weight, value) in zip(weights, correlations) where weight != 0 { sum += weight * value }
    return sum
  }
}
