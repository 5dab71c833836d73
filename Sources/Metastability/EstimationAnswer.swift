import LinearAlgebra
import MarkovChains

extension EstimationAnswer {
  /// Estimates what is asked of trajectories beside the chain itself.
  init(
    _ trajectories: [[Int]], _ source: TrajectorySource, _ estimator: TrajectoryEstimator,
    _ counts: TransitionCounts, from: [Int]?, to: [Int]?
  ) throws {
    labels = counts.labels
    lag = counts.lag
    pairs = counts.total
    var findings: [String] = []
    let lags = source.lags.isEmpty ? [source.lag] : source.lags
    var timescales: [ImpliedTimescales] = []
    for lag in lags {
      do {
        timescales += try estimator.impliedTimescales(of: trajectories, lags: [lag])
      } catch {
        findings.append("no implied time scales at the lag \(lag): \(error)")
      }
    }
    self.timescales = timescales
    do {
      test = try estimator.chapmanKolmogorovTest(
        of: trajectories, lag: source.lag, multiples: [2, 4],
        sets: counts.labels.prefix(20).map { [$0] })
    } catch {
      test = nil
      findings.append("no Chapman–Kolmogorov test: \(error)")
    }
    var logStationary: [PosteriorSummary] = []
    var slowest: PosteriorSummary?
    var forward: PosteriorSummary?
    var backward: PosteriorSummary?
    if source.samples > 0 {
      let posterior = try counts.posterior(
        estimator.reversibility, prior: estimator.prior, sampleCount: source.samples,
        seed: source.seed)
      logStationary = try posterior.summaries { $0.logStationaryDistribution() }
      if counts.stateCount > 1 {
        slowest = try posterior.summary { try $0.logImpliedTimescales().first ?? -.infinity }
      }
      if let from, let to {
        forward = try posterior.summary {
          try $0.chain.passage(from: from, to: to).logMeanTime + logOf(Double(source.lag))
        }
        backward = try posterior.summary {
          try $0.chain.passage(from: to, to: from).logMeanTime + logOf(Double(source.lag))
        }
      }
    }
    self.logStationary = logStationary
    logSlowestTimescale = slowest
    logMeanTime = forward
    logReverseMeanTime = backward
    self.findings = findings
  }
}
