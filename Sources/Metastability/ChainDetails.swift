import Glibc
import LinearAlgebra
public import MarkovChains

/// What is answered about a chain only where it is asked for.
public struct ChainDetails: Sendable {
  /// The slowest modes with their eigenvectors.
  public internal(set) var modes: [RelaxationMode] = []
  /// The occupation of the states at each time that was asked for.
  public internal(set) var occupations: [Occupation] = []
  /// The distribution of the first-passage time from A to B at those times.
  public internal(set) var passageTimes: [PassageTime] = []
  /// The shortest paths from A to B.
  public internal(set) var shortestPaths: [TransitionPath] = []
  /// What passages that were drawn from A to B gave.
  public internal(set) var samples: PassageSamples?
  /// The metastable sets.
  public internal(set) var metastable: MetastableReduction?
  /// What speaks for each number of metastable sets, where the number was to be found.
  public internal(set) var setCounts: SetCountSelection?
  /// The chain on groups of states.
  public internal(set) var groups: GroupedChain?
  /// The hierarchy of cycles in the limit of no noise.
  public internal(set) var cycles: CycleHierarchy?
  /// The orders of the eigenvalues in the limit of no noise.
  public internal(set) var lowNoise: LowNoiseSpectrum?
  /// The tree of superbasins.
  public internal(set) var disconnectivity: DisconnectivityTree?
  /// What the energies of the tree are.
  public internal(set) var disconnectivitySource: String?
  /// Which of several sets is reached first.
  public internal(set) var absorption: Absorption?
  /// A trajectory that was drawn.
  public internal(set) var trajectory: Trajectory?
  /// The generator of a chain in discrete time, per step.
  public internal(set) var generator: GeneratorEstimate?
  /// Derivatives with respect to the logarithm of each rate.
  public internal(set) var sensitivities: [Sensitivity] = []

  /// The occupation at a time.
  public struct Occupation: Sendable {
    /// The time.
    public let time: Double
    /// The natural logarithms of the probabilities.
    public let logProbabilities: [Double]
  }

  /// The distribution of a first-passage time at a time.
  public struct PassageTime: Sendable {
    /// The time.
    public let time: Double
    /// The natural logarithm of the probability that B has not been reached.
    public let logSurvival: Double
    /// The natural logarithm of the probability that B has been reached.
    public let logDistribution: Double
    /// The natural logarithm of the density of the first-passage time.
    public let logDensity: Double
  }

  /// Passages that were drawn.
  public struct PassageSamples: Sendable {
    /// How many.
    public let count: Int
    /// How many of them never reach B.
    public let lost: Int
    /// The natural logarithm of the mean time of the others.
    public let logMeanTime: Double
    /// The natural logarithm of the standard error of the mean.
    public let logStandardError: Double
    /// How often each state of B was the first to be reached.
    public let targets: [(state: Int, count: Int)]
  }

  /// Which of several sets is reached first, and what happens before.
  public struct Absorption: Sendable {
    /// The sets.
    public let targets: [[Int]]
    /// For each set the natural logarithm of the probability from each state to reach it first.
    public let logProbabilities: [[Double]]
    /// The natural logarithm of the mean time spent in each state before any set is reached, from
    /// the start that was asked for; empty without one.
    public let logOccupationTimes: [Double]
    /// The natural logarithm of the mean number of visits to each state until then.
    public let logExpectedVisits: [Double]
  }

  /// The chain on groups of states.
  public struct GroupedChain: Sendable {
    /// The groups.
    public let groups: StateGroups
    /// The natural logarithm of the stationary probability of each group.
    public let logStationary: [Double]
    /// The rates of local equilibrium.
    public let localEquilibrium: MarkovChain
    /// The rates that keep mean first-passage times (Hummer & Szabo 2015).
    public let hummerSzabo: CoarseRates?
  }

  /// The derivatives of the logarithms of some quantities with respect to that of one rate.
  public struct Sensitivity: Sendable {
    /// The state that the transition leaves.
    public let from: Int
    /// The state that it reaches.
    public let to: Int
    /// Of the stationary probability of the most occupied state.
    public let selected: Double?
    /// Of the mean first-passage time from A to B.
    public let meanTime: Double?
    /// Of the probability to reach B before A from `chain.initial`, where that is a state between
    /// the sets.
    public let committor: Double?
  }
}

/// What the details of a chain need beside the chain and the settings.
struct ChainBackground {
  /// The exponent of each transition in the limit of no noise.
  var costs: [(from: Int, to: Int, cost: Double)]?
  /// The energies behind the chain.
  var energies: GivenChain.Energies?
  /// The communities of its states.
  var communities: [Int]?
  /// The chain in discrete time, where that is what was given.
  var discrete: DiscreteTimeChain?
  /// The contents of a file with groups.
  var groupsFile: StateGroups?
}

extension ChainDetails {
  /// Answers what is asked; a question that cannot be answered leaves a reason.
  init(
    of chain: MarkovChain, settings: ChainSettings, background: ChainBackground, selected: Int?,
    reasons: inout [String: String]
  ) {
    func attempt(_ name: String, _ body: () throws -> Void) {
      do { try body() } catch { reasons[name] = "\(error)" }
    }
    if settings.modes > 0 {
      attempt("modes") {
        if let discrete = background.discrete {
          guard chain.stateCount <= 1000 else {
            throw AnalysisError("more than 1000 states of a chain in discrete time")
          }
          modes = try discrete.slowestModes(count: settings.modes)
        } else {
          modes = try chain.slowestModes(count: settings.modes)
        }
      }
    }
    attempt("occupations") { try answerTimes(chain, settings, background) }
    if !settings.times.isEmpty, settings.initial == nil {
      reasons["occupations"] = "chain.times needs chain.initial, the start, for occupations"
    }
    if let from = settings.from, let to = settings.to {
      if !settings.times.isEmpty {
        attempt("passageTimes") {
          if let discrete = background.discrete {
            try answerPassageSteps(discrete, settings.times, from, to)
          } else {
            try answerPassageTimes(chain, settings.times, from, to)
          }
        }
      }
      if settings.shortestPaths > 0 {
        attempt("shortestPaths") {
          shortestPaths = try chain.shortestPaths(
            from: from, to: to, count: settings.shortestPaths, weight: settings.pathWeight)
        }
      }
      if settings.passages > 0 {
        attempt("passageSamples") {
          guard background.discrete == nil else {
            throw AnalysisError("passages are drawn of chains in continuous time only")
          }
          samples = PassageSamples(
            try chain.firstPassageSamples(
              from: from, to: to, count: settings.passages, seed: settings.seed))
        }
      }
    } else {
      for (name, isAsked) in [
        ("passageTimes", !settings.times.isEmpty && settings.initial == nil),
        ("dominantPaths", settings.pathways != .count(10)),
        ("shortestPaths", settings.shortestPaths > 0), ("passageSamples", settings.passages > 0),
      ] where isAsked {
        reasons[name] = "needs the sets A and B: chain.from and chain.to"
      }
    }
    if !settings.targets.isEmpty {
      attempt("absorption") { absorption = try Absorption(chain, settings, background.discrete) }
    }
    if settings.trajectorySteps > 0, case .state(let start) = settings.initial {
      attempt("trajectory") {
        guard background.discrete == nil else {
          throw AnalysisError("trajectories are drawn of chains in continuous time only")
        }
        trajectory = try chain.trajectory(
          from: start, to: settings.to ?? [], maximumSteps: settings.trajectorySteps,
          seed: settings.seed)
      }
    }
    if settings.generator {
      attempt("generator") {
        guard let discrete = background.discrete else {
          throw AnalysisError("the chain is one in continuous time: its rates are the generator")
        }
        guard discrete.stateCount <= 1000 else {
          throw AnalysisError("more than 1000 states: the logarithm of the matrix takes too long")
        }
        generator = try GeneratorEstimate(transitionMatrix: discrete.transitionMatrix, lag: 1)
      }
    }
    if let sets = settings.sets { attempt("metastableSets") { try answerSets(chain, sets) } }
    if let grouping = settings.groups {
      attempt("groups") {
        let answer = try GroupedChain(chain, grouping, background)
        groups = answer
        let lost = answer.hummerSzabo?.uncertainPairs() ?? []
        if let first = lost.first {
          reasons["hummerSzabo"] =
            "\(lost.count) rates, the first from group \(first.from) to \(first.to), have lost "
            + "their digits to rounding: a group is not metastable, and the chain is too large for "
            + "numbers with more digits"
        }
      }
    }
    if settings.hierarchy { attempt("hierarchy") { try answerHierarchy(chain, background) } }
    if settings.sensitivities {
      attempt("sensitivities") { try answerSensitivities(chain, settings, selected) }
    }
  }

  private mutating func answerTimes(
    _ chain: MarkovChain, _ settings: ChainSettings, _ background: ChainBackground
  ) throws {
    guard let initial = settings.initial, !settings.times.isEmpty else { return }
    let start = try initial.distribution(stateCount: chain.stateCount)
    if let discrete = background.discrete {
      // A chain in discrete time is looked at after whole steps.
      occupations = try settings.times.map { time in
        Occupation(
          time: time,
          logProbabilities: discrete.occupation(after: try Self.steps(time), from: start)
            .map(logOf))
      }
      return
    }
    occupations = try settings.times.map {
      Occupation(
        time: $0,
        logProbabilities: try chain.logOccupation(afterLogTime: logOf($0), from: start)
          .map(Self.resolved))
    }
  }

  /// Below e^(−10⁸) the logarithm of a probability at a time has no digits: it counts as zero.
  private static func resolved(_ logarithm: Double) -> Double {
    logarithm < -1e8 ? -.infinity : logarithm
  }

  private static func steps(_ time: Double) throws -> Int {
    guard let steps = Int(exactly: time), steps <= 100_000_000 else {
      throw AnalysisError(
        "the time \(time) is no whole number of steps up to 1e8 of a chain in discrete time")
    }
    return steps
  }

  /// The distribution of a number of steps, by making B absorbing; here the density is the
  /// probability of just that number.
  private mutating func answerPassageSteps(
    _ chain: DiscreteTimeChain, _ times: [Double], _ from: [Int], _ to: [Int]
  ) throws {
    let targets = Set(to)
    let absorbing = try DiscreteTimeChain(
      stateCount: chain.stateCount,
      transitions: chain.transitions.filter { !targets.contains($0.from) }
        + to.map { .init(from: $0, to: $0, logProbability: 0) })
    let stationary = chain.logStationaryDistribution()
    let weight = logSumExp(from.map { stationary[$0] })
    var start = [Double](repeating: 0, count: chain.stateCount)
    for state in from {
      start[state] = weight == -.infinity ? 1 / Double(from.count) : exp(stationary[state] - weight)
    }
    passageTimes = try times.filter { $0 >= 1 }.map { time in
      let steps = try Self.steps(time)
      let before = absorbing.occupation(after: steps - 1, from: start)
      let now = absorbing.occupation(after: steps, from: start)
      func reached(_ shares: [Double]) -> Double { to.reduce(0) { $0 + shares[$1] } }
      let left = chain.transitions.reduce(0) { sum, move in
        targets.contains(move.to) && !targets.contains(move.from)
          ? sum + before[move.from] * exp(move.logProbability) : sum
      }
      let survival = now.indices.reduce(0) { targets.contains($1) ? $0 : $0 + now[$1] }
      return PassageTime(
        time: time, logSurvival: logOf(survival), logDistribution: logOf(reached(now)),
        logDensity: logOf(left))
    }
  }

  private mutating func answerPassageTimes(
    _ chain: MarkovChain, _ times: [Double], _ from: [Int], _ to: [Int]
  ) throws {
    let distribution = try chain.firstPassageDistribution(from: from, to: to)
    passageTimes = try times.filter { $0 > 0 }.map { time in
      let values = try distribution.logValues(atLogTime: logOf(time))
      return PassageTime(
        time: time, logSurvival: Self.resolved(values.logSurvival),
        logDistribution: Self.resolved(values.logDistribution),
        logDensity: Self.resolved(values.logDensity))
    }
  }

  private mutating func answerSets(_ chain: MarkovChain, _ wanted: ChainSettings.Amount) throws {
    switch wanted {
    case .count(let count): metastable = try chain.metastableSets(count: count)
    case .automatic:
      let most = min(chain.stateCount - 1, 10)
      guard most >= 2 else {
        throw AnalysisError("a chain of \(chain.stateCount) states has no metastable sets")
      }
      let selection = try chain.metastableSetSelection(in: 2...most)
      setCounts = selection
      guard let count = selection.widestGap ?? selection.crispest else {
        throw AnalysisError("no number of sets from 2 to \(most) has an answer")
      }
      metastable = try chain.metastableSets(count: count)
    }
  }

  private mutating func answerHierarchy(
    _ chain: MarkovChain, _ background: ChainBackground
  ) throws {
    if let costs = background.costs {
      cycles = try CycleHierarchy(stateCount: chain.stateCount, edges: costs)
      lowNoise = try LowNoiseSpectrum(stateCount: chain.stateCount, edges: costs)
    }
    if let energies = background.energies {
      disconnectivity = try DisconnectivityTree(
        minima: energies.minima, saddles: energies.saddles)
      disconnectivitySource = "energy"
    } else {
      disconnectivity = try DisconnectivityTree(freeEnergiesOf: chain)
      disconnectivitySource = "free energy over the temperature, −ln π and −ln(π k)"
    }
  }

  private mutating func answerSensitivities(
    _ chain: MarkovChain, _ settings: ChainSettings, _ selected: Int?
  ) throws {
    let stationary = try selected.map { try chain.stationarySensitivities(of: $0) }
    var times: [RateSensitivity]?
    if let from = settings.from, let to = settings.to {
      times = try chain.meanFirstPassageTimeSensitivities(from: from, to: to)
    }
    var committors: [RateSensitivity]?
    if let from = settings.from, let to = settings.to, case .state(let start) = settings.initial,
      !from.contains(start), !to.contains(start)
    {
      committors = try chain.committorSensitivities(of: start, from: from, to: to)
    }
    guard stationary != nil || times != nil else {
      throw AnalysisError(
        "there is neither a most occupied state nor a passage (chain.from and chain.to)")
    }
    sensitivities = chain.transitions.enumerated().map { k, transition in
      Sensitivity(
        from: transition.from, to: transition.to, selected: stationary?[k].value,
        meanTime: times?[k].value, committor: committors?[k].value)
    }
  }
}

extension ChainDetails.PassageSamples {
  /// Sums samples up.
  fileprivate init(_ samples: [FirstPassageSample]) {
    let arrived = samples.filter { $0.target != nil }
    let n = Double(arrived.count)
    count = samples.count
    lost = samples.count - arrived.count
    let logMean = logSumExp(arrived.map(\.logTime)) - logOf(n)
    // Deviations relative to the mean, so that times of any size are summed.
    let squares = arrived.reduce(0) {
      let deviation = exp($1.logTime - logMean) - 1
      return $0 + deviation * deviation
    }
    logMeanTime = logMean
    logStandardError =
      arrived.count > 1 ? logMean + 0.5 * logOf(squares / (n * (n - 1))) : .infinity
    var hits: [Int: Int] = [:]
    for sample in arrived { hits[sample.target ?? 0, default: 0] += 1 }
    targets = hits.sorted { $0.key < $1.key }.map { (state: $0.key, count: $0.value) }
  }
}

extension ChainDetails.GroupedChain {
  fileprivate init(
    _ chain: MarkovChain, _ grouping: ChainSettings.Grouping, _ background: ChainBackground
  ) throws {
    switch grouping {
    case .logRate(let threshold):
      groups = try chain.selfConsistentGroups(logRateThreshold: threshold)
    case .energy(let energy):
      guard let energies = background.energies else {
        throw AnalysisError("the chain has no energies; group its states by logRate or by a file")
      }
      groups = try DisconnectivityTree(minima: energies.minima, saddles: energies.saddles)
        .groups(at: energy)
    case .file:
      guard let given = background.groupsFile else {
        throw AnalysisError("there is no file with groups")
      }
      groups = given
    case .communities:
      guard let communities = background.communities else {
        throw AnalysisError("the files of the chain have no communities")
      }
      groups = try StateGroups(labels: communities)
    }
    localEquilibrium = try chain.localEquilibriumChain(groups)
    hummerSzabo = try? chain.hummerSzaboRates(groups)
    let stationary = chain.logStationaryDistribution()
    logStationary = groups.members.map { logSumExp($0.map { stationary[$0] }) }
  }
}

extension ChainDetails.Absorption {
  fileprivate init(
    _ chain: MarkovChain, _ settings: ChainSettings, _ discrete: DiscreteTimeChain?
  ) throws {
    targets = settings.targets
    logProbabilities = try chain.logAbsorptionProbabilities(of: settings.targets)
    guard let initial = settings.initial else {
      logOccupationTimes = []
      logExpectedVisits = []
      return
    }
    let start = try initial.distribution(stateCount: chain.stateCount).map(logOf)
    let union = settings.targets.flatMap { $0 }
    // In discrete time a visit lasts one step, and the time in a state is the number of visits.
    logOccupationTimes = try chain.logOccupationTimes(from: start, before: union)
    logExpectedVisits =
      try discrete?.logExpectedVisits(from: start, before: union)
      ?? chain.logExpectedVisits(from: start, before: union)
  }
}
