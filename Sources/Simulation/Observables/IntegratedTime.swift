/// The integrated autocorrelation time τ = Δ(½ + Σ_{k≥1} ρ(kΔ)) and what follows from it.
///
/// The sum ends at the lag W = 6τ(W) (Sokal's automatic window), which leaves out e⁻⁶ = 0.25 %
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

/// The sum ½ + Σ ρ up to Sokal's window, in observations.
struct WindowedSum: Sendable {
  let time: Double
  /// The lag that the sum ends at.
  let window: Double
  let isConverged: Bool

  /// Between the lags of the grid the sum is taken as linear, so that it changes smoothly with the
  /// correlations, which the jackknife needs.
  ///
  /// - Parameters:
  ///   - lags: The lags in observations, of a `LagGrid`.
  ///   - correlations: The correlations at them.
  init(lags: [Int], correlations: [Double]) {
    var place = 0
    var lag = 0
    var value = 1.0
    var sum = 0.0
    while place < lags.count {
      let step = lags[place] - lag
      var next = sum
      if step == 1 {
        next += 0.5 * (value + correlations[place])
        place += 1
      } else {
        // Simpson's rule over two equal intervals; a last one alone is left out.
        guard place + 1 < lags.count, lags[place + 1] - lags[place] == step else { break }
        let inner = 4 * correlations[place] + correlations[place + 1]
        next += Double(step) / 3 * (value + inner)
        place += 2
      }
      let end = lags[place - 1]
      let missing = IntegratedTime.windowFactor * sum - Double(lag)
      let excess = Double(end) - IntegratedTime.windowFactor * next
      if excess >= 0 {
        let share = lag > 0 ? missing / (missing + excess) : 1
        time = sum + share * (next - sum)
        window = Double(lag) + share * Double(end - lag)
        isConverged = true
        return
      }
      lag = end
      sum = next
      value = correlations[place - 1]
    }
    time = sum
    window = Double(lag)
    isConverged = false
  }
}
