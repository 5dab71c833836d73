import Glibc
import Landscapes
import LinearAlgebra

/// The rate at which a process goes from A to B, in natural logarithms.
///
/// A process that lives around A makes loops: out, through a surface with the probability s, and
/// back to A. The surface is followed by B with the probability p, and a way out comes to B before
/// the surface with the probability d. The mean time to the first arrival is that of a loop over the
/// probability that it ends in B (Cérou, Guyader, Lelièvre and Pommier 2011, who have s = 1, d = 0),
///
///     T = [T_out + s ((1 − p) T_back + p T_reactive)] / (d + s p)
///
/// and the rate is 1/T. Loops that end in a third set begin anew at the start: the rate is then that
/// of the way from A to B alone, arrivals in B over the time around A.
public struct TransitionRate: Sendable, Equatable {
  /// ln(1/T); −∞ where no trajectory reached B, and where the computation was stopped.
  public let logRate: Double
  /// Its standard error.
  public let standardError: Double
  /// Its 95 % interval; from −∞ where only an upper bound is known. Where the computation was
  /// stopped the ends are the bounds of `ProbabilityEstimate.interval`.
  public let interval: ClosedRange<Double>
  /// The probability to go on to B from the surface.
  public let probability: ProbabilityEstimate
  /// T_out + s T_back, the mean time of a loop; where every way out passes the surface, the inverse
  /// of the flux through it.
  public let meanLoopTime: Double
  /// Its standard error, from the scatter between independent trajectories.
  public let loopTimeError: Double
  /// T_out, from A until the way out ends.
  public let meanTimeOut: Double
  /// T_reactive, from the surface to B; nil where no trajectory reached B, and where the computation
  /// was stopped.
  public let meanReactiveTime: Double?
  /// Time steps of single trajectories.
  public let steps: Int
  /// Whether the computation was stopped.
  public let isInterrupted: Bool
  /// What a reader should know.
  public let findings: [String]

  /// ln T, the logarithm of the mean first-passage time from A to B.
  public var logMeanTime: Double { -logRate }

  /// What a sampler found beyond the surface, in the form that the rate needs.
  struct Passage: Sendable {
    var probability: ProbabilityEstimate
    /// T_reactive per repetition; nil where none reached B.
    var reactiveTimes: [Double?]
    var steps: Int
    var isInterrupted: Bool
    var findings: [String]
  }

  init(_ loops: SourceLoops, _ passage: Passage) {
    probability = passage.probability
    let loop = loops.meanLoop
    meanLoopTime = loop.value
    loopTimeError = loop.error
    steps = loops.steps + passage.steps
    isInterrupted = loops.isInterrupted || passage.isInterrupted
    findings = passage.findings
    var all = SourceLoops.Walker()
    for total in loops.totals { all.add(total) }
    meanTimeOut = all.meanWayOut
    guard !passage.isInterrupted else {
      logRate = -.infinity
      standardError = .infinity
      meanReactiveTime = nil
      interval = TransitionRate.bounds(
        all, passage, loopError: meanLoopTime > 0 ? loop.error / meanLoopTime : 0)
      return
    }
    let runs = passage.probability.runs.map(\.logProbability)
    let used = Array(runs.indices)
    func logTime(without left: Int?, shift: Double = 0) -> Double {
      let own = used.filter { $0 != left }
      let logMean = logSumExp(own.map { runs[$0] }) - logOf(Double(own.count))
      var walker = SourceLoops.Walker()
      for index in own { walker.add(loops.totals[index]) }
      var weight = 0.0
      var sum = 0.0
      for index in own {
        guard let time = passage.reactiveTimes[index] else { continue }
        weight += Double.exp(runs[index] - logMean)
        sum += Double.exp(runs[index] - logMean) * time
      }
      return TransitionRate.logTime(
        logProbability: min(logMean, 0) + shift, loops: walker,
        reactive: weight > 0 ? sum / weight : 0)
    }
    let estimate = probability.logProbability
    guard !used.isEmpty, estimate > -.infinity || all.arrivedShare > 0 else {
      logRate = -.infinity
      standardError = .infinity
      meanReactiveTime = nil
      interval =
        -.infinity...(probability.interval.upperBound
        - logOf(max(meanLoopTime, .leastNonzeroMagnitude)))
      return
    }
    let central = logTime(without: nil)
    logRate = -central
    let pairs = used.compactMap { index in
      passage.reactiveTimes[index].map {
        (weight: Double.exp(runs[index] - estimate), time: $0)
      }
    }
    meanReactiveTime = pairs.isEmpty ? nil : weightedMean(pairs).0
    // The share of ln T that follows ln p, and that of the loops.
    let share = (logTime(without: nil, shift: -1e-3) - central) / 1e-3
    let loopError = share * (meanLoopTime > 0 ? loopTimeError / meanLoopTime : 0)
    let spread = share > 0 ? share * probability.standardError : 0
    let combined = hypot(spread, loopError.isFinite ? loopError : 0)
    var scatter = 0.0
    if used.count >= 8 {
      let partial = used.map { logTime(without: $0) }
      let n = Double(partial.count)
      let mean = partial.reduce(0, +) / n
      let squares = partial.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      scatter = ((n - 1) / n * squares).squareRoot()
    }
    standardError = scatter.isFinite ? max(combined, scatter) : combined
    let center = logRate + 0.5 * spread * spread
    let half = ProbabilityEstimate.quantile(used.count) * standardError
    interval = (center - half)...(center + half)
  }

  /// The rate where the surface was never passed, or not yet.
  ///
  /// - Parameters:
  ///   - loops: The loops.
  ///   - surface: The level of ξ.
  ///   - event: The event.
  ///   - checkpointFailure: Why the last snapshot could not be stored; nil where it was.
  init(
    incomplete loops: SourceLoops, surface: Double, event: RareEvent,
    checkpointFailure: String? = nil
  ) {
    logRate = -.infinity
    standardError = .infinity
    probability = ProbabilityEstimate(runs: [], copies: 1)
    meanLoopTime = loops.meanLoop.value
    loopTimeError = loops.meanLoop.error
    meanTimeOut = meanLoopTime
    meanReactiveTime = nil
    steps = loops.steps
    isInterrupted = loops.isInterrupted
    let passages = loops.starts.reduce(0) { $0 + $1.count }
    // Three events would have been seen with a probability of 95 %.
    let arrivals = loops.arrivals
    let bound =
      passages == 0 && arrivals == 0 && loops.totalTime > 0
      ? logOf(3 / loops.totalTime) : Double.infinity
    interval = -.infinity...bound
    findings =
      [
        loops.isInterrupted
          ? "stopped during the loops around the source (\(event.source.name)), after \(passages) "
            + "counted passages of ξ = \(surface); there is no rate yet"
          : "the stage \"loops around the source\" failed: in some repetition no trajectory passed "
            + "ξ = \(surface) (\(event.coordinate.name)), with \(loops.abandoned) given up at the "
            + "limit of steps, \(loops.diverged) no longer finite and \(arrivals) that reached the "
            + "target before; more copies or repetitions, or a surface nearer to the source, let "
            + "some pass"
      ] + (checkpointFailure.map { ["the last snapshot could not be stored: \($0)"] } ?? [])
  }

  /// The 95 % interval where repetitions were stopped: the rate grows with the probability, of which
  /// there are bounds.
  private static func bounds(
    _ loops: SourceLoops.Walker, _ passage: Passage, loopError: Double
  ) -> ClosedRange<Double> {
    let known = passage.reactiveTimes.compactMap { $0 }
    let reactive = known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
    let direct = loops.waysOut.arrived > 0 ? 1 / Double(loops.waysOut.arrived).squareRoot() : 0
    let spread =
      ProbabilityEstimate.quantile(passage.probability.runs.count)
      * hypot(loopError.isFinite ? loopError : 0, direct)
    let range = passage.probability.interval
    let lower =
      -logTime(logProbability: min(range.lowerBound, 0), loops: loops, reactive: reactive)
      - spread
    let upper =
      -logTime(logProbability: min(range.upperBound, 0), loops: loops, reactive: 0) + spread
    guard lower <= upper else { return -.infinity...(.infinity) }
    return lower...upper
  }

  /// ln T.
  private static func logTime(
    logProbability: Double, loops: SourceLoops.Walker, reactive: Double
  ) -> Double {
    let logPassed = logOf(loops.passedShare)
    let time = logSumExp([
      logOf(loops.meanWayOut),
      logPassed + logOneMinusExp(logProbability) + logOf(loops.meanWayBack),
      logPassed + logProbability + logOf(reactive),
    ])
    return time - logSumExp(logOf(loops.arrivedShare), logPassed + logProbability)
  }
}

extension AdaptiveMultilevelSplitting {
  /// The rate from A to B, and the mean first-passage time.
  ///
  /// Every repetition makes its own loops around A, and its copies start where these pass the
  /// surface, so that the scatter between repetitions holds everything.
  ///
  /// - Parameters:
  ///   - start: Where the loops start: a point of A.
  ///   - surface: The level of ξ around A through which they leave, a little outside of A.
  ///   - checkpoint: Where the state is kept after loops and rounds; nil keeps none. A run that
  ///     finds what an earlier one of the same computation left goes on from there.
  ///   - progress: Told after each round, from any thread.
  ///   - isCancelled: Asked often whether to stop.
  /// - Returns: The rate.
  /// - Throws: `SimulationError` for a start that does not fit, or a surface below it;
  ///   `CheckpointError` where the checkpoint belongs to another computation or is damaged; what its
  ///   store throws.
  public func rate(
    from start: [Double], through surface: Double, checkpoint: Checkpoint? = nil,
    progress: (@Sendable (RareEventProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> TransitionRate {
    try event.checkLoops(from: start, through: surface)
    let session = try event.session(
      checkpoint, method: methodName, settings: settings, from: start, surface: surface)
    let observer = try RareEventObserver(
      session: session, progress: progress, isCancelled: isCancelled)
    let loops = try await SourceLoops(
      event, from: start, through: surface, settings: settings, observer: observer)
    guard loops.isComplete else {
      return TransitionRate(
        incomplete: loops, surface: surface, event: event, checkpointFailure: session?.failure)
    }
    let runs = try await run(
      loops.starts.map { filled($0, settings.copies) }, observer: observer)
    let result = SplittingResult(
      runs, event: event, copies: settings.copies, checkpointFailure: session?.failure)
    return TransitionRate(
      loops,
      TransitionRate.Passage(
        probability: result.probability, reactiveTimes: runs.map(\.meanReactiveTime),
        steps: result.steps, isInterrupted: result.isInterrupted, findings: result.findings))
  }
}

/// As many starting points as there are copies; they come again where there are too few.
func filled(_ starts: [ExcursionStart], _ count: Int) -> [ExcursionStart] {
  (0..<count).map { starts[$0 % starts.count] }
}

extension RareEvent {
  /// - Parameters:
  ///   - start: Where loops start.
  ///   - surface: The level of ξ that they pass.
  /// - Throws: `SimulationError` for a start that does not fit or lies above the surface.
  func checkLoops(from start: [Double], through surface: Double) throws {
    try checkPoint(start)
    guard coordinate(start) < surface, surface.isFinite else {
      throw SimulationError.invalidSetting(
        name: "surface", value: "ξ = \(surface)",
        accepted: "a level above that of the start, ξ = \(coordinate(start))")
    }
    guard !target.contains(start) else {
      throw SimulationError.invalidSetting(
        name: "start", value: "\(start)", accepted: "a point outside of the target")
    }
  }
}
