import EscapeRates
import Landscapes
import LinearAlgebra
import MarkovChains
public import Simulation
import StationaryPoints

/// The pipeline: landscape → network of minima and saddles → rates by every formula → Markov chain
/// → simulation → which formula was right.
///
/// ```swift
/// let system = AnalysisSystem(
///   field: CompiledField(MyLandscape()), domain: try Domain(lower: [-2], upper: [2]),
///   dynamics: try .langevin(temperature: 0.05, dimension: 1))
/// let report = try await Analysis(system: system).run()
/// print(report.formulas[0].chain?.selected)
/// ```
public struct Analysis: Sendable {
  /// How much of the pipeline is run.
  public enum Scope: String, Sendable, CaseIterable {
    /// Everything.
    case analyze
    /// Stationary points, rates and chains.
    case chain
    /// Stationary points and simulation.
    case simulate
  }

  /// What is analysed.
  public let subject: AnalysisSubject
  /// Which formulas, with their settings.
  public let rates: RateSettings
  /// Questions about the chain.
  public let chain: ChainSettings
  /// The simulation; nil for none.
  public let simulation: SimulationSettings?
  /// The highest index of the stationary points that are listed.
  public let highestIndex: Int
  /// How many stationary points the search above three dimensions collects before it ends.
  public let largestCount: Int
  /// The name of the problem file, for messages.
  let file: String
  let source: JSONValue
  /// What decides the result of a simulation, beside its settings.
  let fingerprint: String
  /// The groups of states of a file, where one is named.
  let groupsFile: StateGroups?

  /// Prepares an analysis of a system that was set up in code.
  public init(
    system: AnalysisSystem, rates: RateSettings = RateSettings(),
    chain: ChainSettings = ChainSettings(), simulation: SimulationSettings? = nil,
    highestIndex: Int = 1, largestCount: Int = 20_000
  ) {
    subject = .system(system)
    self.rates = rates
    self.chain = chain
    self.simulation = simulation
    self.highestIndex = highestIndex
    self.largestCount = largestCount
    file = "analysis"
    source = .null
    fingerprint = ""
    groupsFile = nil
  }

  /// Prepares the analysis of a problem: compiles formulas, reads tables and chains.
  ///
  /// - Parameter problem: The problem.
  /// - Throws: `ProblemError` that names the key.
  public init(_ problem: Problem) throws {
    subject = try problem.subject()
    rates = problem.rates
    var chain = problem.chain
    if case .given(let given) = subject, chain.from == nil {
      // A database brings its sets along.
      if given.setA != nil, given.setB != nil { (chain.from, chain.to) = (given.setA, given.setB) }
    }
    self.chain = chain
    groupsFile = try problem.groupsFile()
    simulation = problem.simulation
    highestIndex = problem.highestIndex
    largestCount = problem.largestCount
    file = problem.file
    source = problem.source
    fingerprint = try problem.fingerprint()
  }

  /// A report without results, to be filled by `run(_:into:progress:isCancelled:)`.
  public var emptyReport: AnalysisReport { AnalysisReport(problem: source) }

  /// Runs the analysis.
  ///
  /// - Parameter scope: How much of the pipeline is run.
  /// - Returns: The report.
  /// - Throws: `ProblemError`, `AnalysisError` or an error of the module that failed.
  public func run(_ scope: Scope = .analyze) async throws -> AnalysisReport {
    var report = emptyReport
    try await run(scope, into: &report)
    return report
  }

  /// Runs the analysis step by step into a report, which keeps what was found where a later step
  /// fails.
  ///
  /// - Parameters:
  ///   - scope: How much of the pipeline is run.
  ///   - report: Receives the results.
  ///   - progress: Told the step and how far it has come, from any thread.
  ///   - isCancelled: Asked often whether to end early.
  ///   - store: Where the simulation is kept while it runs. A run that finds what an earlier one of
  ///     the same problem left there goes on with it, and gives the same report; nil keeps nothing.
  ///   - checkpoint: Handed the report after each step.
  /// - Throws: `ProblemError`, `AnalysisError` or an error of the module that failed;
  ///   `CheckpointError` where the store belongs to another problem.
  public func run(
    _ scope: Scope, into report: inout AnalysisReport,
    progress: @escaping @Sendable (String, RunProgress) -> Void = { _, _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }, store: SimulationStore? = nil,
    checkpoint: (AnalysisReport) -> Void = { _ in }
  ) async throws {
    switch subject {
    case .given(let given):
      guard scope != .simulate else {
        throw ProblemError(
          file: file, key: "landscape",
          reason: "a given chain has no dynamics to simulate; use \"metastable chain\"")
      }
      if scope == .analyze, simulation != nil {
        throw ProblemError(
          file: file, key: "simulation", reason: "a given chain has no dynamics to simulate")
      }
      try solve(given, into: &report, progress: progress, checkpoint: checkpoint)
    case .system(let system):
      if scope == .simulate, simulation == nil {
        throw ProblemError(
          file: file, key: "simulation", reason: "is missing; there is nothing to simulate")
      }
      if scope != .chain, let simulation { _ = try checkSimulation(system, simulation) }
      report.variables = system.variables
      report.learningRate = system.dynamics.stochasticGradient?.learningRate
      try search(system, into: &report, progress: progress, isCancelled: isCancelled)
      guard let network = report.network else { return }
      report.noteOpenSaddles()
      checkpoint(report)
      if isCancelled() {
        report.isInterrupted = true
        return
      }
      try checkDiffusion(system, network)
      if scope != .simulate {
        try evaluateFormulas(
          system, network, into: &report, progress: progress, isCancelled: isCancelled)
        checkpoint(report)
      }
      if scope != .chain, let simulation, !isCancelled() {
        try await simulate(
          system, network, simulation, into: &report, store: store, progress: progress,
          isCancelled: isCancelled)
        report.compare()
      }
      if isCancelled() { report.isInterrupted = true }
    }
  }

  // MARK: Stationary points

  private func search(
    _ system: AnalysisSystem, into report: inout AnalysisReport,
    progress: @escaping @Sendable (String, RunProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    progress("Searching stationary points", RunProgress(share: 0, timeLeft: nil))
    let start = ContinuousClock.now
    defer { report.timings.search = seconds(since: start) }
    let search = StationaryPointSearch(
      domain: system.domain, highestIndex: min(highestIndex, system.field.dimension),
      largestCount: largestCount, reflecting: system.isReflecting,
      threads: simulation?.threads ?? 0)
    let network = try search.run(on: system.field, isCancelled: isCancelled)
    report.network = system.plateau.map { network.joined(through: $0, of: system.field) } ?? network
  }

  /// Refuses a given diffusion matrix that is none at a stationary point.
  private func checkDiffusion(_ system: AnalysisSystem, _ network: StationaryNetwork) throws {
    guard case .diffusion = system.dynamics.source else { return }
    for point in network.minima + network.saddles.map(\.point) {
      let matrix = system.dynamics.diffusion.matrix(at: point.coordinates)
      let place = "(\(point.coordinates.map { "\($0)" }.joined(separator: ", ")))"
      guard matrix.elements.allSatisfy(\.isFinite) else {
        throw ProblemError(
          file: file, key: "dynamics.matrix",
          reason: "is not finite at the stationary point \(place): \(matrix.elements)")
      }
      let smallest = try matrix.symmetrized.symmetricEigendecomposition().values.first ?? 0
      guard smallest >= -1e-10 * matrix.largestMagnitude else {
        throw ProblemError(
          file: file, key: "dynamics.matrix",
          reason: "has the eigenvalue \(smallest) at the stationary point \(place); a diffusion "
            + "matrix has none below zero")
      }
    }
  }

  // MARK: Formulas and chains

  private func solve(
    _ given: GivenChains, into report: inout AnalysisReport,
    progress: @escaping @Sendable (String, RunProgress) -> Void,
    checkpoint: (AnalysisReport) -> Void
  ) throws {
    try checkStates(stateCount: given.stateCount)
    if let groupsFile, groupsFile.labels.count != given.stateCount {
      throw ProblemError(
        file: file, key: "chain.groups.file",
        reason: "has \(groupsFile.labels.count) labels; expected one for each of the "
          + "\(given.stateCount) states")
    }
    if given.chains.contains(where: { $0.discrete != nil }) {
      for (key, time) in [("lag", chain.lag)]
        + chain.times.enumerated().map({
          ("times[\($0)]", Optional($1))
        })
      {
        guard let time, Int(exactly: time) == nil || time > 1e8 else { continue }
        throw ProblemError(
          file: file, key: "chain.\(key)",
          reason: "expected a whole number of steps up to 1e8 of a chain in discrete time, found "
            + "\(time)")
      }
    }
    if given.database == nil, chain.write.contains(.pathsample) {
      throw ProblemError(
        file: file, key: "chain.write",
        reason: "\"pathsample\" holds energies and determinants, which only a database has")
    }
    report.findings += given.findings
    report.stateLabels = given.labels
    report.database = given.database
    report.setA = chain.from
    report.setB = chain.to
    for (number, source) in given.chains.enumerated() {
      progress(
        "Solving chains",
        RunProgress(share: Double(number) / Double(given.chains.count), timeLeft: nil))
      let start = ContinuousClock.now
      defer { report.timings.chain += seconds(since: start) }
      var answer = FormulaAnswer(name: source.name)
      answer.rates = source.rates
      answer.source = source.source
      answer.markov = source.chain
      answer.estimate = source.estimate
      answer.chain = try ChainAnswer(
        of: source.chain, settings: chain,
        background: ChainBackground(
          costs: source.costs, energies: source.energies, communities: given.communities,
          discrete: source.discrete, groupsFile: groupsFile))
      report.formulas.append(answer)
      checkpoint(report)
    }
    for (name, reason) in given.unavailable {
      var answer = FormulaAnswer(name: name)
      answer.unavailable = reason
      report.formulas.append(answer)
    }
  }

  func evaluateFormulas(
    _ system: AnalysisSystem, _ network: StationaryNetwork, into report: inout AnalysisReport,
    progress: @escaping @Sendable (String, RunProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    try checkStates(stateCount: network.minima.count)
    report.setA = chain.from
    report.setB = chain.to
    if chain.write.contains(.pathsample) {
      throw ProblemError(
        file: file, key: "chain.write",
        reason: "\"pathsample\" holds energies and determinants, which only a database has")
    }
    let problem = EscapeProblem(
      field: system.field, network: network, dynamics: system.dynamics, domain: system.domain,
      isReflecting: system.isReflecting, basinRadius: system.plateau?.basinRadius)
    let wanted = rates.catalogue
    for (number, formula) in wanted.enumerated() where !isCancelled() {
      progress(
        "Evaluating formulas",
        RunProgress(share: Double(number) / Double(wanted.count), timeLeft: nil))
      var answer = FormulaAnswer(name: formula.name)
      answer.source = formula.source
      answer.interpretation = formula.interpretation
      let start = ContinuousClock.now
      let table = EscapeTable(formula: formula, problem: problem)
      report.timings.rates += seconds(since: start)
      answer.unavailable = table.unavailable
      // A noise that is zero but for rounding gives exponents that are rounding themselves.
      let beyond = table.rates.first {
        $0.logRate.isFinite && $0.logRate.magnitude > MarkovChain.largestLogarithm
      }
      if let beyond {
        answer.unavailable =
          "its exponent from \(beyond.from) to \(beyond.to) is beyond 1e11: the noise (all but) "
          + "vanishes there, or is too small for any number"
      } else if table.unavailable == nil {
        answer.rates = table.rates
        answer.kind = table.kind ?? .rate
        let chainStart = ContinuousClock.now
        do {
          let markov = try MarkovChain(
            stateCount: network.minima.count,
            transitions: table.rates.map {
              .init(from: $0.from, to: $0.to, logRate: $0.logRate)
            })
          answer.markov = markov
          answer.chain = try chainAnswer(table.rates, markov, network)
        } catch {
          answer.unavailable = "the chain of these rates has no answer: \(error)"
        }
        report.timings.chain += seconds(since: chainStart)
      }
      report.formulas.append(answer)
    }
  }

  private func chainAnswer(
    _ pairs: [EscapeTable.PairRate], _ markov: MarkovChain, _ network: StationaryNetwork
  ) throws -> ChainAnswer {
    // All exponents share the factor 1/noise, which does not change the order of tree costs.
    // An edge that is never taken has no exponent and no part in it.
    let pairs = pairs.filter { $0.logRate > -.infinity }
    let exponents = pairs.map(\.barrierOverNoise)
    let costs =
      exponents.contains(nil)
      ? nil
      : zip(pairs, exponents).compactMap { pair, exponent in
        exponent.flatMap { cost in
          cost.isFinite ? (from: pair.from, to: pair.to, cost: cost) : nil
        }
      }
    return try ChainAnswer(
      of: markov, settings: chain,
      background: ChainBackground(
        costs: costs, energies: GivenChain.Energies(network), groupsFile: groupsFile))
  }

  /// Refuses states that do not exist before anything is computed with them.
  private func checkStates(stateCount: Int) throws {
    func failure(_ key: String, _ reason: String) -> ProblemError {
      ProblemError(file: file, key: "chain.\(key)", reason: reason)
    }
    for (key, states) in [("from", chain.from), ("to", chain.to)] {
      if let bad = states?.first(where: { $0 >= stateCount }) {
        throw failure(key, "there is no state \(bad); the states are 0 to \(stateCount - 1)")
      }
    }
    if let both = chain.from?.first(where: { chain.to?.contains($0) ?? false }) {
      throw failure("to", "state \(both) also stands in \"from\"; the sets must be disjoint")
    }
    for (number, target) in chain.targets.enumerated() {
      if let bad = target.first(where: { $0 >= stateCount }) {
        throw failure(
          "targets[\(number)]", "there is no state \(bad); the states are 0 to \(stateCount - 1)")
      }
      if let both = target.first(where: { state in
        chain.targets[..<number].contains { $0.contains(state) }
      }) {
        throw failure("targets[\(number)]", "state \(both) stands in two sets")
      }
    }
    switch chain.initial {
    case .state(let state) where state >= stateCount:
      throw failure("initial", "there is no state \(state); the states are 0 to \(stateCount - 1)")
    case .distribution(let values) where values.count != stateCount:
      throw failure(
        "initial", "has \(values.count) probabilities; expected one per state, \(stateCount)")
    default: break
    }
  }
}

/// The time since an instant, in seconds.
func seconds(since start: ContinuousClock.Instant) -> Double {
  let duration = (ContinuousClock.now - start).components
  return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
}

extension GivenChain.Energies {
  /// The energies of a landscape's minima and saddles; nil for a drift.
  fileprivate init?(_ network: StationaryNetwork) {
    let minima = network.minima.compactMap(\.energy)
    guard minima.count == network.minima.count else { return nil }
    self.init(
      minima: minima,
      saddles: network.saddles.compactMap { saddle in
        guard let energy = saddle.point.energy, saddle.connects.count == 2,
          let first = saddle.connects[0], let second = saddle.connects[1]
        else { return nil }
        return (energy, first, second)
      })
  }
}
