/// The integrated autocorrelation time τ = Δ(½ + Σ_{k≥1} ρ(kΔ)) and what follows from it.
///
/// The sum is taken with the trapezoidal lag window of Politis and Romano (1995): every lag counts
/// fully up to W and less and less up to 8W/7. It is computed from the means B of blocks of b = W/7,
/// as b(½ Var B₀ + Σ_{1≤j≤7} Cov(B₀, Bⱼ))/C(0), in which no oscillation between two lags is lost.
/// The edge being soft, correlations e^{−at}cos ωt are cut off with a relative error of about
/// e^{−aW}/(ab), however fast they turn; with a sharp edge it would grow as ω/a.
///
/// W is chosen by the rule of Politis (2003): b is the shortest of 1, 2, 4, … observations at which
/// the correlations of a block with the fourth to the seventh after it are all below 2.5 times the
/// standard error that they would have if they were zero, √((1 + 2 Σ_{1≤j≤7} ρ_b(j)²)/n) of n pairs
/// (Bartlett 1946), and below 0.3. So the window grows with the length of the series, and what it
/// leaves out stays small beside the standard error, for sums of fast and slow decays and for
/// oscillations too.
/// A mean over the time T has the variance 2τ/T times that of the observable.
public struct IntegratedTime: Sendable, Equatable {
  /// τ, a time.
  public let time: Measured
  /// W, a time.
  public let window: Double
  /// Whether a window was found that the series is long enough for; if not, the correlations have
  /// not died out, and τ is a lower estimate if they do not oscillate.
  public let isConverged: Bool
  /// The number of independent observations that would give as good a mean, T/(2τ) with T the time
  /// of all trajectories together; nil unless τ is positive.
  public let effectiveSampleSize: Measured?

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

/// The sum ½ + Σ ρ from correlations of blocks.
struct BlockedSum {
  private let sums: GroupedSums
  private let offset: Int
  private let grid: BlockGrid
  /// The variance of the mean of all observations; see `Correlations`.
  private let meanVariance: Double

  /// As many pairs of blocks as a window needs.
  private static var leastPairs: Double { 64 }

  /// - Parameters:
  ///   - sums: The sums of an observable.
  ///   - offset: Where those of its `BlockCorrelationMeter` start.
  ///   - grid: The lengths of the blocks.
  ///   - meanVariance: The variance of the mean of all observations.
  init(sums: GroupedSums, offset: Int, grid: BlockGrid, meanVariance: Double) {
    self.sums = sums
    self.offset = offset
    self.grid = grid
    self.meanVariance = meanVariance
  }

  private func pairs(_ level: Int) -> Double {
    sums.total[
      offset + BlockCorrelationMeter.offset(level: level, distance: BlockGrid.reach)]
  }

  private func covariances(_ total: [Double], level: Int) -> [Double] {
    let mean = total[1] / total[0]
    return (0...BlockGrid.reach).map { distance in
      let k = offset + BlockCorrelationMeter.offset(level: level, distance: distance)
      return (total[k + 2] - mean * total[k + 1]) / total[k] + mean * mean + meanVariance
    }
  }

  /// Whether blocks have forgotten those before the last three.
  private func isWide(_ level: Int) -> Bool {
    let values = covariances(sums.total, level: level)
    guard values[0] > 0 else { return false }
    let correlations = values.dropFirst().map { $0 / values[0] }
    let squares = correlations.reduce(0) { $0 + $1 * $1 }
    let threshold = min(0.3, 2.5 * ((1 + 2 * squares) / pairs(level)).squareRoot())
    return correlations.dropFirst(3).allSatisfy { abs($0) < threshold }
  }

  /// The integrated time, all jackknife samples with the same window; nil where nothing varies.
  func integratedTime(interval: Double) -> IntegratedTime? {
    let levels = (0..<grid.levels).prefix { pairs($0) > 0 }
    let used = levels.prefix { pairs($0) >= Self.leastPairs }
    let found = used.first(where: isWide)
    guard let level = found ?? used.last ?? levels.first, variance(sums.total) > 0 else {
      return nil
    }
    let length = Double(1 << level)
    let time = sums.estimate { total in
      let values = covariances(total, level: level)
      let sum = values.dropFirst().reduce(0.5 * values[0], +)
      return interval * length * sum / variance(total)
    }
    return IntegratedTime(
      time: time, window: interval * length * Double(BlockGrid.reach), isConverged: found != nil,
      totalTime: sums.total[0] * interval)
  }

  private func variance(_ total: [Double]) -> Double {
    let mean = total[1] / total[0]
    return max(0, total[2] / total[0] - mean * mean) + meanVariance
  }
}
