import Glibc
public import LinearAlgebra
public import MarkovChains

/// Everything that is answered about one chain.
public struct ChainAnswer: Sendable {
  /// The communicating classes.
  public let components: [CommunicatingClass]
  /// Natural logarithms of the stationary distribution, within each recurrent class.
  public let logStationary: [Double]
  /// The relaxation times; nil with a reason where they cannot be had.
  public let relaxation: RelaxationSpectrum?
  /// Natural logarithms of the mean first-passage times from each state to each; nil above 200
  /// states unless it is asked for.
  public let logMeanFirstPassageTimes: [[Double]]?
  /// The natural logarithm of the Kemeny constant; nil without a single recurrent class.
  public let logKemeny: Double?
  /// The most occupied state; nil where several tie.
  public let selected: Int?
  /// The most occupied states: several where they tie, as mirror images do; none where more than
  /// one class is recurrent.
  public let selectedStates: [Int]
  /// The most occupied state in the limit of no noise; nil where that is not decided.
  public let selectedAtZeroNoise: Int?
  /// Passages between the sets A and B, where they are given.
  public let passages: PassageAnswer?
  /// The transition matrix at the lag, where one is given.
  public let transitionMatrix: Matrix?
  /// The occupation after the lag from the initial distribution, where one is given.
  public let occupationAtLag: [Double]?
  /// What is answered only where it is asked for.
  public let details: ChainDetails
  /// Reasons for what is absent, by the name of the field in the report.
  public let reasons: [String: String]

  /// Answers about the passages between two sets.
  public struct PassageAnswer: Sendable {
    /// A to B.
    public let forward: Passage
    /// B to A.
    public let backward: Passage
    /// Natural logarithms of the mean times to B from every state; +∞ where B is not certain.
    public let logMeanTimesToTarget: [Double]
    /// Probabilities of reaching B before A.
    public let committor: Committor
    /// The natural logarithm of the mean time from A to B by the rule that times of sequential legs
    /// add (Xie et al. 2020, Rule 2), along the main pathway; it ignores returns.
    public let logSequentialRuleTime: Double?
    /// The rate constants from A to B.
    public let forwardRates: PassageRates?
    /// The rate constants from B to A.
    public let backwardRates: PassageRates?
    /// The pathways that carry most of the reactive flux.
    public let dominantPaths: [ReactivePath]
  }

  /// The largest number of states all of whose relaxation times are computed.
  static let largestSpectrum = 300
  /// How many of the slowest are computed above that.
  static let slowestCount = 10
  /// The largest number of states of which the slowest are computed without being asked for.
  static let largestSlowest = 20_000
  /// The largest number of states whose matrices are computed.
  static let largestMatrix = 5000

  /// Solves a chain.
  ///
  /// - Parameters:
  ///   - chain: The chain.
  ///   - settings: What is asked for.
  ///   - costs: The exponent of each transition in the limit of no noise; nil where there is none.
  /// - Throws: `MarkovChainError` for a set of states that does not exist, `EliminationError` where
  ///   the memory does not suffice.
  public init(
    of chain: MarkovChain, settings: ChainSettings, costs: [(from: Int, to: Int, cost: Double)]?
  ) throws {
    try self.init(of: chain, settings: settings, background: ChainBackground(costs: costs))
  }

  init(of chain: MarkovChain, settings: ChainSettings, background: ChainBackground) throws {
    try chain.checkEliminationMemory()
    let costs = background.costs
    var reasons: [String: String] = [:]
    components = chain.communicatingClasses
    let logStationary = chain.logStationaryDistribution()
    self.logStationary = logStationary
    do {
      relaxation = try Self.relaxation(of: chain, background.discrete)
      if chain.stateCount > Self.largestSpectrum, background.discrete == nil {
        reasons["relaxationTimes"] =
          "more than \(Self.largestSpectrum) states: only the \(Self.slowestCount) slowest"
      }
    } catch {
      relaxation = nil
      reasons["relaxationTimes"] = "\(error)"
    }
    if chain.stateCount <= 200 || (settings.matrix && chain.stateCount <= Self.largestMatrix) {
      logMeanFirstPassageTimes = chain.logMeanFirstPassageTimeMatrix()
    } else {
      logMeanFirstPassageTimes = nil
      reasons["logMeanFirstPassageTimes"] =
        settings.matrix
        ? "more than \(Self.largestMatrix) states: a matrix would not fit the report"
        : "more than 200 states; ask for it with chain.matrix"
    }
    let recurrent = components.filter(\.isRecurrent)
    logKemeny = chain.logKemenyConstant()
    if logKemeny == nil {
      reasons["logKemeny"] =
        recurrent.count == 1 ? "a single state" : "\(recurrent.count) recurrent components"
    }
    if recurrent.count == 1 {
      let largest = logStationary.max() ?? 0
      let best = logStationary.indices.filter { logStationary[$0] > largest - 1e-9 }
      selectedStates = best
      selected = best.count == 1 ? best.first : nil
      if best.count > 1 {
        reasons["selected"] = "the states \(best.map(String.init).joined(separator: ", ")) tie"
      }
    } else {
      selectedStates = []
      selected = nil
      reasons["selected"] =
        "\(recurrent.count) recurrent components: which one is entered depends on the start"
    }
    if let costs {
      let best = try Self.selectedAtZeroNoise(chain.stateCount, costs)
      selectedAtZeroNoise = best.count == 1 ? best.first : nil
      if selectedAtZeroNoise == nil {
        reasons["selectedAtZeroNoise"] =
          best.isEmpty
          ? "no state can be reached from all others"
          : "the states \(best.map(String.init).joined(separator: ", ")) tie"
      }
    } else {
      selectedAtZeroNoise = nil
      reasons["selectedAtZeroNoise"] =
        "the formula has no exponent that grows as the noise vanishes"
    }
    if let from = settings.from, let to = settings.to {
      let count: Int? = if case .count(let count) = settings.pathways { count } else { nil }
      let paths = try chain.dominantPaths(from: from, to: to, count: count)
      let missing = 1 - paths.reduce(0) { $0 + $1.share }
      if paths.count < count ?? .max, missing > 1e-9 {
        reasons["dominantPaths"] =
          "\(missing) of the reactive flux is on transitions whose net flux is lost in the rounding "
          + "errors of their recrossings; the chain is too large for numbers with more digits"
      }
      var rates: (forward: PassageRates, backward: PassageRates)?
      do { rates = try chain.passageRates(between: from, and: to) } catch {
        reasons["passage"] = "no rate constants: \(error)"
      }
      passages = PassageAnswer(
        forward: try Self.passage(chain, background.discrete, from, to),
        backward: try Self.passage(chain, background.discrete, to, from),
        logMeanTimesToTarget: try chain.logMeanFirstPassageTimes(to: to),
        committor: try chain.committor(from: from, to: to),
        logSequentialRuleTime: paths.first.map { path in
          logSumExp(
            zip(path.states, path.states.dropFirst()).map { -chain.logRate(from: $0, to: $1) })
        }, forwardRates: rates?.forward, backwardRates: rates?.backward, dominantPaths: paths)
    } else {
      passages = nil
    }
    var lagMatrix: Matrix?
    var lagOccupation: [Double]?
    if let lag = settings.lag {
      if chain.stateCount <= Self.largestMatrix {
        lagMatrix = try Self.transitionMatrix(chain, background.discrete, lag: lag)
      } else {
        reasons["transitionMatrix"] =
          "more than \(Self.largestMatrix) states: a matrix would not fit the report"
      }
      if let initial = settings.initial {
        let start = try initial.distribution(stateCount: chain.stateCount)
        lagOccupation =
          try lagMatrix.map { $0.transposed * start } ?? chain.occupation(after: lag, from: start)
      }
    }
    transitionMatrix = lagMatrix
    occupationAtLag = lagOccupation
    details = ChainDetails(
      of: chain, settings: settings, background: background, selected: selectedStates.first,
      reasons: &reasons)
    self.reasons = reasons
  }

  /// The states of the smallest exponent; none where no state can be reached from all others.
  private static func selectedAtZeroNoise(
    _ count: Int, _ costs: [(from: Int, to: Int, cost: Double)]
  ) throws -> [Int] {
    guard count > 1000 else { return try ZeroNoiseLimit(stateCount: count, edges: costs).selected }
    // One sweep for all states together.
    let hierarchy = try CycleHierarchy(stateCount: count, edges: costs)
    guard hierarchy.roots.count(where: { hierarchy.cycles[$0].exitCost == .infinity }) == 1 else {
      return []
    }
    let exponents = hierarchy.stationaryExponents
    let largest = exponents.filter(\.isFinite).max() ?? 0
    return exponents.indices.filter { exponents[$0] <= 1e-9 * largest }
  }

  private static func relaxation(
    of chain: MarkovChain, _ discrete: DiscreteTimeChain?
  ) throws -> RelaxationSpectrum {
    if let discrete {
      return RelaxationSpectrum(
        modes: try discrete.logImpliedTimescales().map { .init(logTime: $0) })
    }
    guard chain.stateCount > largestSpectrum else { return try chain.relaxationTimes() }
    guard chain.stateCount <= largestSlowest else {
      throw AnalysisError(
        "more than \(largestSlowest) states; ask for the slowest ones with chain.modes")
    }
    return RelaxationSpectrum(
      modes: try chain.slowestModes(count: slowestCount).map {
        .init(logTime: $0.logTime, logFrequency: $0.logFrequency)
      })
  }

  /// A passage; the spread of a number of steps is not that of a time in continuous time.
  private static func passage(
    _ chain: MarkovChain, _ discrete: DiscreteTimeChain?, _ from: [Int], _ to: [Int]
  ) throws -> Passage {
    let passage = try chain.passage(from: from, to: to)
    guard let discrete else { return passage }
    let deviation: Double
    if from.count == 1 {
      deviation = try discrete.logFirstPassageStandardDeviations(to: to)[from[0]]
    } else {
      let stationary = chain.logStationaryDistribution()
      let total = logSumExp(from.map { stationary[$0] })
      let moments = try discrete.logFirstPassageSecondMoments(to: to)
      let second = logSumExp(
        from.map {
          (total == -.infinity ? -logOf(Double(from.count)) : stationary[$0] - total) + moments[$0]
        })
      deviation =
        second == .infinity
        ? .infinity : 0.5 * (second + log1p(-exp(2 * passage.logMeanTime - second)))
    }
    return Passage(
      logMeanTime: passage.logMeanTime, logStandardDeviation: deviation,
      logRateSteadyState: passage.logRateSteadyState, logReactiveFlux: passage.logReactiveFlux)
  }

  private static func transitionMatrix(
    _ chain: MarkovChain, _ discrete: DiscreteTimeChain?, lag: Double
  ) throws -> Matrix {
    guard let discrete else { return try chain.transitionMatrix(lag: lag) }
    guard let steps = Int(exactly: lag) else {
      throw AnalysisError("the lag \(lag) is no whole number of steps of a chain in discrete time")
    }
    return discrete.transitionMatrix(steps: steps)
  }
}

extension ChainSettings.Initial {
  /// The probabilities of all states.
  func distribution(stateCount: Int) throws -> [Double] {
    switch self {
    case .uniform:
      return [Double](repeating: 1 / Double(stateCount), count: stateCount)
    case .state(let state):
      guard state < stateCount else {
        throw MarkovChainError.unknownState(state, stateCount: stateCount)
      }
      return (0..<stateCount).map { $0 == state ? 1 : 0 }
    case .distribution(let values):
      guard values.count == stateCount else {
        throw AnalysisError(
          "chain.initial has \(values.count) probabilities; expected one per state, \(stateCount)")
      }
      return values
    }
  }
}
