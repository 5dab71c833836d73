/// Correlations of one observable at lags, from the sums of a `LagMeter`.
struct Correlations {
  private let sums: GroupedSums
  private let offset: Int
  private let lags: LagGrid
  /// The variance of the mean of all observations, which is added to every covariance: deviations
  /// from a mean of the same series are smaller than those from the true one by that much.
  private let meanVariance: Double

  init(sums: GroupedSums, offset: Int, lags: LagGrid, meanVariance: Double) {
    self.sums = sums
    self.offset = offset
    self.lags = lags
    self.meanVariance = meanVariance
  }

  private func variance(_ total: [Double]) -> Double {
    let mean = total[1] / total[0]
    return max(0, total[2] / total[0] - mean * mean) + meanVariance
  }

  private func covarianceValues(_ total: [Double]) -> [Double] {
    let mean = total[1] / total[0]
    return lags.lags.indices.map { k in
      let base = offset + 4 * k
      return (total[base + 2] - mean * total[base + 1]) / total[base] + mean * mean
        + meanVariance
    }
  }

  private func correlationValues(_ total: [Double]) -> [Double] {
    let variance = self.variance(total)
    return covarianceValues(total).map { $0 / variance }
  }

  /// C(τ).
  var covariances: [Measured] { sums.estimates(covarianceValues) }

  /// C(τ)/C(0); nil where nothing varies.
  var correlations: [Measured]? {
    variance(sums.total) > 0 ? sums.estimates(correlationValues) : nil
  }
}
