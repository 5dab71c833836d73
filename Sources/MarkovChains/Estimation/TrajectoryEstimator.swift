/// How chains are estimated from trajectories at several lags.
///
/// ```swift
/// let estimator = TrajectoryEstimator(sampleCount: 200, seed: 1)
/// let rows = try estimator.impliedTimescales(of: trajectories, lags: [1, 2, 5, 10, 20])
/// let test = try estimator.chapmanKolmogorovTest(
///   of: trajectories, lag: 5, multiples: [2, 4, 8], sets: [[0, 1], [2, 3]])
/// ```
public struct TrajectoryEstimator: Sendable, Equatable {
  /// Whether detailed balance is required.
  public var reversibility: Reversibility
  /// Which pairs of frames count; the evidence behind the intervals depends on it.
  public var mode: TransitionCounts.Mode
  /// What negative states mean.
  public var unassigned: TransitionCounts.UnassignedFrames
  /// What is assumed before the first count, for the samples.
  public var prior: TransitionPrior
  /// The number of posterior samples at each lag; 0 for none.
  public var sampleCount: Int
  /// The probability of intervals.
  public var level: Double
  /// The seed of the samples.
  public var seed: UInt64

  /// Creates an estimator.
  ///
  /// - Parameters:
  ///   - reversibility: Whether detailed balance is required.
  ///   - mode: Which pairs of frames count.
  ///   - unassigned: What negative states mean.
  ///   - prior: What is assumed before the first count, for the samples.
  ///   - sampleCount: The number of posterior samples at each lag; 0 for none.
  ///   - level: The probability of intervals.
  ///   - seed: The seed of the samples.
  public init(
    reversibility: Reversibility = .detailedBalance,
    mode: TransitionCounts.Mode = .slidingOverLag,
    unassigned: TransitionCounts.UnassignedFrames = .cut, prior: TransitionPrior = .sparse,
    sampleCount: Int = 0, level: Double = 0.95, seed: UInt64 = 0
  ) {
    self.reversibility = reversibility
    self.mode = mode
    self.unassigned = unassigned
    self.prior = prior
    self.sampleCount = sampleCount
    self.level = level
    self.seed = seed
  }

  /// The counts of the largest connected set at a lag.
  func counts(of trajectories: [[Int]], lag: Int) throws -> TransitionCounts {
    try TransitionCounts(trajectories: trajectories, lag: lag, mode: mode, unassigned: unassigned)
      .largestConnectedSet()
  }

  /// Posterior samples; none where none are wanted.
  func samples(of counts: TransitionCounts) throws -> ChainPosterior<EstimatedChain> {
    guard sampleCount != 0 else { return ChainPosterior(samples: []) }
    // Each lag has a stream of its own.
    return try counts.posterior(
      reversibility, prior: prior, sampleCount: sampleCount,
      seed: seed ^ (UInt64(counts.lag) &* 0x9E37_79B9_7F4A_7C15))
  }
}

/// The implied time scales of chains estimated at one lag.
public struct ImpliedTimescales: Sendable, Equatable {
  /// The lag in frames.
  public let lag: Int
  /// The states of the largest connected set at this lag.
  public let labels: [Int]
  /// The natural logarithms of the slowest time scales of the maximum-likelihood chain, in frames.
  public let logTimescales: [Double]
  /// The posterior of each logarithm; empty without samples.
  public let summaries: [PosteriorSummary]
}

extension TrajectoryEstimator {
  /// The implied time scales at several lags.
  ///
  /// Where the states describe the slow process well they become independent of the lag. A lag
  /// longer than a time scale says little about it: ln t ≥ ln lag − ln ln(1/ε) with ε the noise of
  /// the eigenvalue.
  ///
  /// - Parameters:
  ///   - trajectories: States from 0, frame after frame; negative where there is none.
  ///   - lags: The lags in frames.
  ///   - count: How many time scales, at most.
  /// - Returns: One row for each lag, with as many time scales as its largest connected set has.
  /// - Throws: As `TransitionCounts.init` and `TransitionCounts.posterior`;
  ///   `EstimationError.invalidLevel`.
  public func impliedTimescales(
    of trajectories: [[Int]], lags: [Int], count: Int = 5
  ) throws -> [ImpliedTimescales] {
    try impliedTimescales(of: lags.map { try counts(of: trajectories, lag: $0) }, count: count)
  }

  /// The implied time scales of counts at several lags, however they were made.
  ///
  /// - Parameters:
  ///   - counts: The counts at each lag.
  ///   - count: How many time scales, at most.
  /// - Returns: One row for each of the counts, with as many time scales as its largest connected
  ///   set has.
  /// - Throws: As `TransitionCounts.posterior`; `EstimationError.invalidLevel`.
  public func impliedTimescales(
    of counts: [TransitionCounts], count: Int = 5
  ) throws -> [ImpliedTimescales] {
    try counts.map { all in
      let counts = all.largestConnectedSet()
      let estimate = try counts.maximumLikelihood(reversibility)
      return ImpliedTimescales(
        lag: counts.lag, labels: counts.labels,
        logTimescales: Array(try estimate.logImpliedTimescales().prefix(count)),
        summaries: try samples(of: counts).summaries(level: level) {
          Array(try $0.logImpliedTimescales().prefix(count))
        })
    }
  }
}
