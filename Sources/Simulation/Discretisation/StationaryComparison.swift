import LinearAlgebra
public import MarkovChains

/// The stationary probabilities of an estimated chain against those of a predicted one.
///
/// The estimate is the stationary distribution of the rates N_ij/T_i in the largest connected set;
/// its covariance follows from the counts, cov(ln π_m, ln π_l) = Σ_ab s^m_ab s^l_ab/N_ab with the
/// sensitivities s = d ln π/d ln k. It does not depend on where the trajectories started.
public struct StationaryComparison: Sendable, Equatable {
  /// One state.
  public struct Entry: Sendable, Equatable {
    /// The state, in the numbering of the prediction.
    public let state: Int
    /// ln of the predicted probability, among the states that are compared.
    public let logPredicted: Double
    /// ln of the estimated probability.
    public let logEstimated: Double
    /// The standard error of `logEstimated`.
    public let standardError: Double
    /// (ln predicted − ln estimated)/standardError.
    public let standardErrorsApart: Double
    /// The probability, under the prediction, of an estimate that is at least as far off.
    public let pValue: Double
  }

  /// The states of the largest connected set.
  public let entries: [Entry]
  /// All of them together, with their correlations: one degree of freedom less than states. Nil
  /// where the covariance has no inverse.
  public let test: ChainComparison.CombinedTest?

  /// Compares stationary probabilities.
  ///
  /// - Parameters:
  ///   - jumps: Numbers of jumps and residence times.
  ///   - predicted: The predicted chain, of the same states.
  ///   - inefficiencies: How many jumps from each state are worth one that is independent; nil for
  ///     1.
  /// - Throws: `ChainComparisonError`; `EstimationError.noResidenceTime` for jumps from a state
  ///   without time.
  /// - Complexity: One elimination for each state, and O(states² · transitions).
  public init(
    jumps: JumpCounts, predicted: MarkovChain, inefficiencies: [Double]? = nil
  ) throws {
    let factors = try ChainComparison.checked(
      inefficiencies, states: jumps.stateCount, predicted: predicted.stateCount, level: 0.5)
    let connected = jumps.largestConnectedSet()
    // Labels are what the states are called in the data; their places number the prediction.
    let numbers = Dictionary(uniqueKeysWithValues: jumps.labels.enumerated().map { ($1, $0) })
    let states = connected.labels.compactMap { numbers[$0] }
    let chain = try connected.maximumLikelihood(.unconstrained)
    let estimated = chain.logStationaryDistribution()
    let all = predicted.logStationaryDistribution()
    let norm = logSumExp(states.map { all[$0] })
    let expected = states.map { all[$0] - norm }
    let variances = chain.transitions.map {
      factors[states[$0.from]] / connected[$0.from, $0.to]
    }
    let sensitivities = try states.indices.map {
      try chain.stationarySensitivities(of: $0).map(\.value)
    }
    func covariance(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for k in variances.indices { sum += sensitivities[a][k] * sensitivities[b][k] * variances[k] }
      return sum
    }
    let errors = states.indices.map { covariance($0, $0).squareRoot() }
    var apart: [Double] = []
    entries = states.indices.map { k in
      let difference = expected[k] - estimated[k]
      apart.append(difference == 0 ? 0 : difference / errors[k])
      return Entry(
        state: states[k], logPredicted: expected[k], logEstimated: estimated[k],
        standardError: errors[k], standardErrorsApart: apart[k],
        pValue: 2 * SpecialFunctions.normalUpperTail(apart[k].magnitude))
    }
    // The probabilities add up to one: the largest follows from the others.
    guard let largest = estimated.indices.max(by: { estimated[$0] < estimated[$1] }),
      states.count > 1, errors.allSatisfy({ $0 > 0 }), apart.allSatisfy({ !$0.isNaN })
    else {
      test = nil
      return
    }
    let others = estimated.indices.filter { $0 != largest }
    guard apart.allSatisfy(\.isFinite) else {
      test = ChainComparison.CombinedTest(
        statistic: .infinity, degreesOfFreedom: others.count, pValue: 0)
      return
    }
    var correlation = Matrix.identity(others.count)
    for (a, i) in others.enumerated() {
      for (b, j) in others.enumerated() where a != b {
        correlation[a, b] = covariance(i, j) / (errors[i] * errors[j])
      }
    }
    let vector = others.map { apart[$0] }
    guard let solution = try? correlation.solve(vector) else {
      test = nil
      return
    }
    let statistic = max(0, dot(vector, solution))
    test = ChainComparison.CombinedTest(
      statistic: statistic, degreesOfFreedom: others.count,
      pValue: SpecialFunctions.chiSquareUpperTail(
        statistic, degreesOfFreedom: Double(others.count)))
  }
}

extension DiscreteTrajectoryResult {
  /// The rates in continuous time against predicted ones.
  ///
  /// - Parameters:
  ///   - predicted: The predicted chain, of the same states and unit of time.
  ///   - effective: Whether jumps count as much as they are worth (`jumpInefficiencies`).
  ///   - level: The probability of the intervals.
  /// - Returns: The comparison.
  /// - Throws: `ChainComparisonError`, `EstimationError`.
  public func comparison(
    with predicted: MarkovChain, effective: Bool = true, level: Double = 0.95
  ) throws -> ChainComparison {
    try ChainComparison(
      jumps: jumpCounts(), predicted: predicted,
      inefficiencies: effective ? jumpInefficiencies : nil, level: level)
  }

  /// The transition probabilities at a lag against predicted ones, with effective counts.
  ///
  /// - Parameters:
  ///   - predicted: The predicted chain in continuous time, of the same states and unit of time.
  ///   - lag: One of the `lags`.
  ///   - level: The probability of the intervals.
  /// - Returns: The comparison.
  /// - Throws: `ChainComparisonError`, `EstimationError`; `SimulationError.invalidSetting` for a lag
  ///   that was not counted.
  public func comparison(
    with predicted: MarkovChain, lag: Int, level: Double = 0.95
  ) throws -> ChainComparison {
    try ChainComparison(
      transitions: transitionCounts(lag: lag, mode: .effective), predicted: predicted,
      frameTime: frameTime, level: level)
  }

  /// The stationary probabilities of the estimated chain against predicted ones.
  ///
  /// - Parameters:
  ///   - predicted: The predicted chain, of the same states.
  ///   - effective: Whether jumps count as much as they are worth.
  /// - Returns: The comparison.
  /// - Throws: `ChainComparisonError`, `EstimationError`.
  public func stationaryComparison(
    with predicted: MarkovChain, effective: Bool = true
  ) throws -> StationaryComparison {
    try StationaryComparison(
      jumps: jumpCounts(), predicted: predicted,
      inefficiencies: effective ? jumpInefficiencies : nil)
  }
}
