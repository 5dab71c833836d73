import Landscapes
import LinearAlgebra

/// How many copies splitting replaces at a time.
public enum SplittingVariant: Sendable, Equatable {
  /// The copy that reached least far: the smallest error, many short rounds.
  case lastParticle
  /// A number of copies that reached least far; all tasks and lanes have work.
  case batch(Int)
}

/// Adaptive multilevel splitting (Cérou and Guyader 2007), in the form whose probabilities are
/// unbiased for any number of copies and any reaction coordinate (Bréhier, Gazeau, Goudenège,
/// Lelièvre and Rousset 2016).
///
/// Copies start from A and go on until they reach A or B. The k copies that came least far are
/// killed, with all that came no farther; each is replaced by a copy that follows one of the
/// others up to its first state above that level and then goes its own way. The probability to
/// reach B before A is the product of the shares that survived.
public struct AdaptiveMultilevelSplitting: Sendable {
  /// The event.
  public let event: RareEvent
  /// The size of the computation.
  public let settings: RareEventSettings
  /// How many copies are replaced at a time.
  public let variant: SplittingVariant

  /// Prepares splitting.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - settings: The size; nil for the default.
  ///   - variant: How many copies are replaced at a time; nil for an eighth of the copies.
  /// - Throws: `SimulationError.invalidSetting` for a number of copies to replace that is not
  ///   between 1 and one fewer than the copies.
  public init(
    _ event: RareEvent, settings: RareEventSettings? = nil, variant: SplittingVariant? = nil
  ) throws {
    let settings = try settings ?? RareEventSettings()
    try settings.validate()
    let variant = variant ?? .batch(max(1, settings.copies / 8))
    if case .batch(let number) = variant, !(1..<settings.copies).contains(number) {
      throw SimulationError.invalidSetting(
        name: "batch", value: "\(number)",
        accepted: "a whole number from 1 to \(settings.copies - 1)")
    }
    self.event = event
    self.settings = settings
    self.variant = variant
  }

  private var killed: Int {
    switch variant {
    case .lastParticle: 1
    case .batch(let number): number
    }
  }

  /// The probability to reach B before A.
  ///
  /// - Parameters:
  ///   - start: Where all copies start, outside of both sets.
  ///   - checkpoint: Where the state is kept after rounds; nil keeps none. A run that finds what an
  ///     earlier one of the same computation left goes on from there.
  ///   - progress: Told after each round, from any thread.
  ///   - isCancelled: Asked often whether to stop; the levels reached by then are reported. The
  ///     task's own cancellation stops the run too.
  /// - Returns: The probability, the time of the way, and what a reader should know.
  /// - Throws: `SimulationError` for a starting point that does not fit; `CheckpointError` where the
  ///   checkpoint belongs to another computation or is damaged; what its store throws.
  public func probability(
    from start: [Double], checkpoint: Checkpoint? = nil,
    progress: (@Sendable (RareEventProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> SplittingResult {
    try event.checkStart(start)
    let begin = ExcursionStart(position: start, memory: nil, elapsed: 0, stream: 0)
    let starts = Array(repeating: begin, count: settings.copies)
    let session = try event.session(
      checkpoint, method: methodName, settings: settings, from: start)
    let runs = try await run(
      Array(repeating: starts, count: settings.repetitions),
      observer: try RareEventObserver(
        session: session, progress: progress, isCancelled: isCancelled))
    return SplittingResult(
      runs, event: event, copies: settings.copies, checkpointFailure: session?.failure)
  }

  /// What decides the result besides the event and the settings, for checkpoints.
  var methodName: String { "splitting, \(killed) copies at a time" }

  /// Runs all repetitions side by side, so that there is work for all lanes.
  ///
  /// - Parameters:
  ///   - starts: The starting points of the copies of each repetition.
  ///   - observer: Who watches.
  ///   - firstRepetition: The number of the first repetition, for its random numbers.
  ///   - key: The name in a checkpoint.
  /// - Returns: The repetitions, finished or as far as they came.
  /// - Throws: `CheckpointError.damaged`.
  func run(
    _ starts: [[ExcursionStart]], observer: RareEventObserver, firstRepetition: Int = 0,
    key: String = "splitting"
  ) async throws -> [SplittingRun] {
    var runs = starts.indices.map {
      SplittingRun(repetition: firstRepetition + $0, seed: settings.seed)
    }
    let store = try SplittingStore(observer.session, key: key, &runs)
    if !store.isResumed {
      let first = runs.indices.map { runs[$0].firstJobs(starts[$0]) }
      guard let excursions = await simulate(first, observer) else {
        store.flush()
        return runs
      }
      for (index, own) in excursions.enumerated() { runs[index].begin(own) }
    }
    while true {
      store.put(runs)
      let jobs = runs.indices.map { runs[$0].nextJobs(killed: killed) }
      if runs.allSatisfy(\.isFinished) {
        store.put(runs, isLast: true)
        return runs
      }
      guard let excursions = await simulate(jobs, observer) else {
        store.flush()
        return runs
      }
      for (index, own) in excursions.enumerated() { runs[index].replace(own) }
      observer.progress?(
        RareEventProgress(
          stage: "splitting", round: runs.map(\.levels.count).max() ?? 0,
          level: runs.map(\.level).min() ?? -.infinity,
          logProbability: logSumExp(runs.map(\.logWeight)) - logOf(Double(runs.count)),
          steps: runs.reduce(0) { $0 + $1.steps }))
    }
  }

  /// Simulates the jobs of all repetitions together.
  private func simulate(
    _ jobs: [[ExcursionJob]], _ observer: RareEventObserver
  ) async -> [ArraySlice<Excursion>]? {
    guard
      let all = await event.simulate(
        jobs.flatMap { $0 }, settings: settings, observer: observer)
    else { return nil }
    var result: [ArraySlice<Excursion>] = []
    var first = 0
    for own in jobs {
      result.append(all[first..<first + own.count])
      first += own.count
    }
    return result
  }
}

/// What splitting found.
public struct SplittingResult: Sendable, Equatable {
  /// The probability to reach B before A.
  public let probability: ProbabilityEstimate
  /// The mean time from the start to B of the trajectories that reach it; nil where none did, and
  /// where the computation was stopped.
  public let meanReactiveTime: Double?
  /// Its standard error, from the scatter between repetitions; nil for fewer than two.
  public let reactiveTimeError: Double?
  /// Time steps of single trajectories, those that were followed a second time included.
  public let steps: Int
  /// Whether the computation was stopped.
  public let isInterrupted: Bool
  /// What a reader should know.
  public let findings: [String]

  init(
    _ runs: [SplittingRun], event: RareEvent, copies: Int, checkpointFailure: String? = nil
  ) {
    probability = ProbabilityEstimate(runs: runs.map(\.summary), copies: copies)
    // Each repetition counts by its probability, as its trajectories do.
    let best = runs.map(\.logWeight).max() ?? 0
    isInterrupted = runs.contains { !$0.isFinished }
    // Those that are finished first are not like the others.
    let weighted = (isInterrupted ? [] : runs).compactMap { run in
      run.meanReactiveTime.map { (weight: Double.exp(run.logWeight - best), time: $0) }
    }
    (meanReactiveTime, reactiveTimeError) = weightedMean(weighted)
    steps = runs.reduce(0) { $0 + $1.steps }
    findings =
      SplittingResult.findings(runs, probability, event: event)
      + (checkpointFailure.map { ["the last snapshot could not be stored: \($0)"] } ?? [])
  }

  private static func findings(
    _ runs: [SplittingRun], _ probability: ProbabilityEstimate, event: RareEvent
  ) -> [String] {
    var result: [String] = []
    let count = runs.count
    let unfinished = runs.filter { !$0.isFinished }
    if !unfinished.isEmpty {
      let lowest = unfinished.map(\.level).min() ?? -.infinity
      let highest = unfinished.map(\.level).max() ?? -.infinity
      result.append(
        "stopped between ξ = \(lowest) and \(highest) (\(event.coordinate.name)) in "
          + "\(unfinished.count) of \(count) repetitions; the probability to come so far is about "
          + "exp(\(logSumExp(unfinished.map(\.logWeight)) - logOf(Double(unfinished.count)))); "
          + (unfinished.count < count
            ? "the repetitions that are finished are not a fair sample of all: " : "")
          + "there is no estimate yet")
    }
    let extinct = runs.filter { $0.isFinished && $0.summary.outcome == .extinct }
    if !extinct.isEmpty {
      let highest = extinct.map(\.level).max() ?? -.infinity
      result.append(
        extinct.count == count
          ? "no copy reached the target (\(event.target.name)) in any of \(count) repetitions; the "
            + "last died out at ξ = \(highest) (\(event.coordinate.name)); use more copies or a "
            + "coordinate that does not end there"
          : "no copy reached the target in \(extinct.count) of \(count) repetitions, which count "
            + "as zero; use more copies")
    }
    let abandoned = runs.reduce(0) { $0 + $1.abandoned }
    if abandoned > 0 {
      result.append(
        "\(abandoned) trajectories reached neither set within the limit of steps and count as not "
          + "having reached the target; a third state may hold them")
    }
    let diverged = runs.reduce(0) { $0 + $1.diverged }
    if diverged > 0 {
      result.append(
        "\(diverged) trajectories were no longer finite and count as not having reached the "
          + "target; the time step may be too long")
    }
    let scatter = probability.standardError * Double(count).squareRoot()
    if probability.standardError.isFinite, scatter > 1 {
      result.append(
        "single repetitions scatter by more than a factor of e: the error may be too small; use "
          + "more copies or a better reaction coordinate")
    }
    return result
  }
}

/// The weighted mean of values of independent runs, and its standard error by the jackknife.
func weightedMean(_ values: [(weight: Double, time: Double)]) -> (Double?, Double?) {
  let weight = values.reduce(0) { $0 + $1.weight }
  guard weight > 0 else { return (nil, nil) }
  let sum = values.reduce(0) { $0 + $1.weight * $1.time }
  let mean = sum / weight
  guard values.count > 1 else { return (mean, nil) }
  let n = Double(values.count)
  let squares = values.reduce(0) {
    let rest = weight - $1.weight
    guard rest > 0 else { return $0 }
    let difference = (sum - $1.weight * $1.time) / rest - mean
    return $0 + difference * difference
  }
  return (mean, ((n - 1) / n * squares).squareRoot())
}
