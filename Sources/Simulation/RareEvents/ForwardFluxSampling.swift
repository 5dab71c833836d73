import LinearAlgebra

/// Where the interfaces of forward flux sampling lie.
public enum FluxInterfaces: Sendable, Equatable {
  /// At these values of ξ, ascending, all between the start (or the surface around A) and B.
  case given([Double])
  /// Where a pilot run finds that each stage succeeds with about this probability.
  case adaptive(stageProbability: Double)
}

/// Forward flux sampling (Allen, Warren and ten Wolde 2005): from stored states on one interface
/// {ξ = λᵢ}, how many trajectories reach the next before they return to A.
///
/// The product of the shares is an unbiased probability for any interfaces that were fixed before.
public struct ForwardFluxSampling: Sendable {
  /// The event.
  public let event: RareEvent
  /// The interfaces.
  public let interfaces: FluxInterfaces
  /// The size of the computation; `copies` is the number of trials per stage.
  public let settings: RareEventSettings

  /// Prepares forward flux sampling.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - interfaces: Where the interfaces lie.
  ///   - settings: The size; nil for the default.
  /// - Throws: `SimulationError.invalidSetting` for interfaces that do not ascend, or a probability
  ///   of stages outside [0.01, 0.9].
  public init(
    _ event: RareEvent,
    interfaces: FluxInterfaces = .adaptive(stageProbability: 0.3),
    settings: RareEventSettings? = nil
  ) throws {
    let settings = try settings ?? RareEventSettings()
    try settings.validate()
    switch interfaces {
    case .given(let levels):
      for (first, second) in zip(levels, levels.dropFirst()) where !(first < second) {
        throw SimulationError.invalidSetting(
          name: "interfaces", value: "\(first) before \(second)", accepted: "ascending levels")
      }
      if let level = levels.first(where: { !$0.isFinite }) {
        throw SimulationError.invalidSetting(
          name: "interfaces", value: "\(level)", accepted: "finite levels")
      }
    case .adaptive(let probability):
      guard (0.01...0.9).contains(probability) else {
        throw SimulationError.invalidSetting(
          name: "stageProbability", value: "\(probability)", accepted: "a number from 0.01 to 0.9")
      }
    }
    self.event = event
    self.interfaces = interfaces
    self.settings = settings
  }

  /// The probability to reach B before A.
  ///
  /// - Parameters:
  ///   - start: Where the trajectories start, outside of both sets and below the first interface.
  ///   - checkpoint: Where the state is kept after loops and stages; nil keeps none. A run that
  ///     finds what an earlier one of the same computation left goes on from there.
  ///   - progress: Told after each stage, from any thread.
  ///   - isCancelled: Asked often whether to stop; the stages done by then are reported. The task's
  ///     own cancellation stops the run too.
  /// - Returns: The probability and the stages.
  /// - Throws: `SimulationError` for a starting point that does not fit; `CheckpointError` where the
  ///   checkpoint belongs to another computation or is damaged; what its store throws.
  public func probability(
    from start: [Double], checkpoint: Checkpoint? = nil,
    progress: (@Sendable (RareEventProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> ForwardFluxResult {
    try event.checkStart(start)
    try checkInterfaces(above: event.coordinate(start), name: "the start")
    let begin = ExcursionStart(position: start, memory: nil, elapsed: 0, stream: 0)
    let session = try event.session(
      checkpoint, method: methodName, settings: settings, from: start)
    return try await run(
      Array(repeating: [begin], count: settings.repetitions),
      observer: try RareEventObserver(
        session: session, progress: progress, isCancelled: isCancelled)
    ).result
  }

  /// The rate from A to B, and the mean first-passage time.
  ///
  /// - Parameters:
  ///   - start: Where the loops around A start: a point of A.
  ///   - surface: The level λ₀ of ξ around A through which they leave.
  ///   - checkpoint: Where the state is kept after loops and stages; nil keeps none. A run that
  ///     finds what an earlier one of the same computation left goes on from there.
  ///   - progress: Told after each stage, from any thread.
  ///   - isCancelled: Asked often whether to stop.
  /// - Returns: The rate, and the stages; nil stages where the loops found no start.
  /// - Throws: `SimulationError` for a start that does not fit, or interfaces below the surface;
  ///   `CheckpointError` where the checkpoint belongs to another computation or is damaged; what its
  ///   store throws.
  public func rate(
    from start: [Double], through surface: Double, checkpoint: Checkpoint? = nil,
    progress: (@Sendable (RareEventProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> (rate: TransitionRate, stages: ForwardFluxResult?) {
    try event.checkLoops(from: start, through: surface)
    try checkInterfaces(above: surface, name: "the surface around the source")
    let observer = try RareEventObserver(
      session: try event.session(
        checkpoint, method: methodName, settings: settings, from: start, surface: surface),
      progress: progress, isCancelled: isCancelled)
    let loops = try await SourceLoops(
      event, from: start, through: surface, settings: settings, observer: observer)
    guard loops.isComplete else {
      return (
        TransitionRate(
          incomplete: loops, surface: surface, event: event,
          checkpointFailure: observer.session?.failure), nil
      )
    }
    let (runs, result) = try await run(loops.starts, observer: observer)
    let passage = TransitionRate.Passage(
      probability: result.probability, reactiveTimes: runs.map(\.meanReactiveTime),
      steps: result.steps, isInterrupted: result.isInterrupted, findings: result.findings)
    return (TransitionRate(loops, passage), result)
  }

  private func checkInterfaces(above level: Double, name: String) throws {
    guard case .given(let levels) = interfaces, let first = levels.first else { return }
    guard level < first else {
      throw SimulationError.invalidSetting(
        name: "interfaces", value: "ξ = \(first)", accepted: "levels above \(name), ξ = \(level)")
    }
  }

  /// Places interfaces where a pilot run of splitting kills all but the wanted share.
  private func placeInterfaces(
    _ starts: [ExcursionStart], observer: RareEventObserver
  ) async throws -> (levels: [Double], run: SplittingRun?) {
    guard case .adaptive(let probability) = interfaces else {
      if case .given(let levels) = interfaces { return (levels, nil) }
      return ([], nil)
    }
    var pilot = settings
    pilot.repetitions = 1
    pilot.copies = max(100, min(settings.copies, 1000))
    let killed = Int(((1 - probability) * Double(pilot.copies)).rounded())
    guard
      let splitting = try? AdaptiveMultilevelSplitting(
        event, settings: pilot, variant: .batch(max(1, killed)))
    else { return ([], nil) }
    let runs = try await splitting.run(
      [filled(starts, pilot.copies)], observer: observer,
      firstRepetition: RareEventStream.pilot, key: "pilot")
    return (runs[0].levels.filter(\.isFinite), runs[0])
  }

  private var methodName: String { "forward flux sampling, interfaces \(interfaces)" }

  private func run(
    _ starts: [[ExcursionStart]], observer: RareEventObserver
  ) async throws -> (runs: [ForwardFluxRun], result: ForwardFluxResult) {
    let (levels, pilot) = try await placeInterfaces(starts.flatMap { $0 }, observer: observer)
    let session = observer.session
    var state = ForwardFluxState(
      runs: starts.indices.map {
        ForwardFluxRun(repetition: $0, starts: starts[$0], seed: settings.seed)
      })
    let empty = state
    let earlier = try session?.take("flux") { _, reader in
      var state = empty
      try state.restore(from: &reader)
      return state
    }
    if let first = earlier?.first { state = first }
    var lastStored = ContinuousClock.now
    var isInterrupted = pilot?.isFinished == false
    // The last stage ends in the target.
    let ends: [Double?] = levels + [nil]
    while !isInterrupted, state.stages.count < ends.count, !state.isExtinct {
      let number = state.stages.count
      let end = ends[number]
      // A stage that is stopped in the middle is made again from its beginning.
      let before = session == nil ? nil : state
      let jobs = state.runs.indices.map {
        state.runs[$0].jobs(trials: settings.copies, level: end)
      }
      guard
        let excursions = await event.simulate(
          jobs.flatMap { $0 }, settings: settings,
          observer: observer)
      else {
        isInterrupted = true
        before?.store(in: session)
        session?.flush()
        break
      }
      var first = 0
      for (index, own) in jobs.enumerated() {
        state.runs[index].take(excursions[first..<first + own.count], level: end)
        first += own.count
      }
      state.stages.append(
        ForwardFluxStage(state.runs, from: number == 0 ? nil : ends[number - 1], to: end))
      let isLast = state.stages.count == ends.count || state.isExtinct
      if let session, isLast || session.isDue(since: lastStored) {
        state.store(in: session)
        if isLast { session.flush() }
        lastStored = ContinuousClock.now
      }
      observer.progress?(
        RareEventProgress(
          stage: "forward flux", round: number + 1, level: end ?? .infinity,
          logProbability: logSumExp(state.runs.map(\.logWeight))
            - logOf(Double(state.runs.count)),
          steps: state.runs.reduce(pilot?.steps ?? 0) { $0 + $1.steps }))
    }
    let result = ForwardFluxResult(
      state.runs, stages: state.stages, levels: levels, pilot: pilot, event: event,
      settings: settings, isInterrupted: isInterrupted, checkpointFailure: session?.failure)
    return (state.runs, result)
  }
}

/// All repetitions between two stages.
private struct ForwardFluxState: StateRestorable {
  var runs: [ForwardFluxRun]
  var stages: [ForwardFluxStage] = []

  /// Whether no repetition has anything left.
  var isExtinct: Bool { !stages.isEmpty && runs.allSatisfy(\.isExtinct) }

  func store(in session: CheckpointSession?) {
    var writer = StateWriter()
    write(to: &writer)
    session?.put("flux", writer)
  }

  func write(to writer: inout StateWriter) {
    for run in runs { run.write(to: &writer) }
    writer.write(stages)
  }

  mutating func restore(from reader: inout StateReader) throws {
    for repetition in runs.indices { try runs[repetition].restore(from: &reader) }
    stages = try reader.values()
  }
}
