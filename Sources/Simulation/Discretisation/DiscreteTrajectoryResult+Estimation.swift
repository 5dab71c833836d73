public import MarkovChains

extension DiscreteTrajectoryResult {
  /// The chain in continuous time under which jumps and residence times are most likely.
  ///
  /// - Parameter reversibility: Whether detailed balance is required.
  /// - Returns: The chain; rates are per unit of time. Without detailed balance a state that was
  ///   never left is absorbing.
  /// - Throws: `EstimationError`, with detailed balance also `.noWayBack` where states do not form
  ///   one strongly connected set: use `jumpCounts().largestConnectedSet()`.
  public func estimatedChain(
    _ reversibility: Reversibility = .unconstrained
  ) throws -> MarkovChain {
    try jumpCounts().maximumLikelihood(reversibility)
  }

  /// The chain in discrete time of the largest connected set at a lag.
  ///
  /// - Parameters:
  ///   - lag: One of the `lags`.
  ///   - reversibility: Whether detailed balance is required.
  /// - Returns: The chain; its labels are positions in `labels`, its lag is in frames.
  /// - Throws: `SimulationError.invalidSetting` for a lag that was not counted; `EstimationError`.
  public func estimatedChain(
    lag: Int, _ reversibility: Reversibility = .unconstrained
  ) throws -> EstimatedChain {
    try transitionCounts(lag: lag).largestConnectedSet().maximumLikelihood(reversibility)
  }

  /// Samples of the chain in continuous time from its posterior distribution, with the evidence of
  /// `jumpCounts(effective: true)`.
  ///
  /// - Parameters:
  ///   - reversibility: Whether every sample has detailed balance.
  ///   - prior: What is assumed before the first jump.
  ///   - sampleCount: The number of samples.
  ///   - seed: The seed of the samples.
  /// - Returns: The samples; rates are per unit of time.
  /// - Throws: `EstimationError`.
  public func posterior(
    _ reversibility: Reversibility = .unconstrained, prior: TransitionPrior = .sparse,
    sampleCount: Int = 1000, seed: UInt64
  ) throws -> ChainPosterior<MarkovChain> {
    try jumpCounts(effective: true).posterior(
      reversibility, prior: prior, sampleCount: sampleCount, seed: seed)
  }

  /// Samples of the chain in discrete time of the largest connected set at a lag, with the evidence
  /// of effective counts.
  ///
  /// - Parameters:
  ///   - lag: One of the `lags`.
  ///   - reversibility: Whether every sample has detailed balance.
  ///   - prior: What is assumed before the first count.
  ///   - sampleCount: The number of samples.
  ///   - seed: The seed of the samples.
  /// - Returns: The samples.
  /// - Throws: `SimulationError.invalidSetting` for a lag that was not counted; `EstimationError`.
  public func posterior(
    lag: Int, _ reversibility: Reversibility = .unconstrained, prior: TransitionPrior = .sparse,
    sampleCount: Int = 1000, seed: UInt64
  ) throws -> ChainPosterior<EstimatedChain> {
    try transitionCounts(lag: lag, mode: .effective).largestConnectedSet().posterior(
      reversibility, prior: prior, sampleCount: sampleCount, seed: seed)
  }

  /// The implied time scales at all lags.
  ///
  /// - Parameters:
  ///   - estimator: How chains are estimated; its `mode` says what the evidence for samples is, and
  ///     what it says of negative states is without effect.
  ///   - count: How many time scales, at most.
  /// - Returns: One row per lag, with time scales in frames: add ln `frameTime` for times.
  /// - Throws: `EstimationError`.
  public func impliedTimescales(
    _ estimator: TrajectoryEstimator = TrajectoryEstimator(mode: .effective), count: Int = 5
  ) throws -> [ImpliedTimescales] {
    try estimator.impliedTimescales(
      of: lags.sorted().map { try transitionCounts(lag: $0, mode: estimator.mode) }, count: count)
  }

  /// Compares predictions from one lag with estimates at its multiples.
  ///
  /// - Parameters:
  ///   - lag: One of the `lags`.
  ///   - multiples: What it is multiplied by; the products must be `lags` too.
  ///   - sets: The sets of states, as positions in `labels`.
  ///   - estimator: How chains are estimated, with error bars where its `sampleCount` is not zero.
  /// - Returns: The comparisons.
  /// - Throws: `SimulationError.invalidSetting` for a lag that was not counted; `EstimationError`.
  public func chapmanKolmogorovTest(
    lag: Int, multiples: [Int], sets: [[Int]],
    _ estimator: TrajectoryEstimator = TrajectoryEstimator(mode: .effective)
  ) throws -> ChapmanKolmogorovTest {
    try estimator.chapmanKolmogorovTest(
      of: try transitionCounts(lag: lag, mode: estimator.mode),
      longer: multiples.map {
        let product = lag.multipliedReportingOverflow(by: $0)
        return try transitionCounts(
          lag: product.overflow ? 0 : product.partialValue, mode: estimator.mode)
      }, sets: sets)
  }
}
