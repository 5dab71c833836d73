import LinearAlgebra

/// The loops of a process around the source set: out of A through the surface {ξ = level}, and
/// back to A.
struct SourceLoops: Sendable {
  /// One trajectory of loops.
  struct Walker: Sendable {
    var wayOut = 0.0
    var waysOut = 0
    var wayBack = 0.0
    var waysBack = 0
    /// The same for the first ways out, which start from the given point.
    var firstWayOut = 0.0
    var firstWaysOut = 0

    mutating func add(_ other: Walker) {
      wayOut += other.wayOut
      waysOut += other.waysOut
      wayBack += other.wayBack
      waysBack += other.waysBack
      firstWayOut += other.firstWayOut
      firstWaysOut += other.firstWaysOut
    }

    /// The mean time from A to the surface.
    var meanWayOut: Double {
      if waysOut > 0 { return wayOut / Double(waysOut) }
      return firstWaysOut > 0 ? firstWayOut / Double(firstWaysOut) : 0
    }
    /// The mean time from the surface back to A.
    var meanWayBack: Double { waysBack > 0 ? wayBack / Double(waysBack) : 0 }
    /// The mean time of a loop.
    var meanLoop: Double { meanWayOut + meanWayBack }
  }

  /// For each repetition its walkers.
  var walkers: [[Walker]]
  /// For each repetition the states in which the surface was passed.
  var starts: [[ExcursionStart]]
  var steps = 0
  /// Ways out that were given up at the limit of steps.
  var abandoned = 0
  var diverged = 0
  var isInterrupted = false
  /// The total time of the ways out.
  var totalTime = 0.0

  /// Simulates loops.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - start: Where all trajectories start, in A or near it.
  ///   - surface: The level of ξ that is passed on the way out.
  ///   - settings: How many repetitions and loops.
  ///   - observer: Who watches.
  init(
    _ event: RareEvent, from start: [Double], through surface: Double,
    settings: RareEventSettings, observer: RareEventObserver
  ) async {
    let loops = min(settings.loops, settings.copies)
    let perRepetition = (settings.copies + loops - 1) / loops
    let count = settings.repetitions * perRepetition
    walkers = Array(
      repeating: Array(repeating: Walker(), count: perRepetition), count: settings.repetitions)
    starts = Array(repeating: [], count: settings.repetitions)
    let fresh = ExcursionStart(position: start, memory: nil, elapsed: 0, stream: 0)
    var current = Array(repeating: fresh, count: count)
    var isFresh = [Bool](repeating: true, count: count)
    for loop in 0..<settings.burnInLoops + loops {
      let isCounted = loop >= settings.burnInLoops
      func job(_ walker: Int, leg: Int) -> ExcursionJob {
        var start = current[walker]
        start.elapsed = 0
        let (repetition, own) = walker.quotientAndRemainder(dividingBy: perRepetition)
        start.stream = RareEventStream.loop(
          repetition: repetition, serial: UInt64((2 * loop + leg) * perRepetition + own))
        return ExcursionJob(
          start: start, stopLevel: leg == 0 ? surface : .infinity, keepsEnd: true)
      }
      guard
        let out = await event.simulate(
          (0..<count).map { job($0, leg: 0) }, watchesSource: false, settings: settings,
          control: observer.control)
      else {
        isInterrupted = true
        return
      }
      // Those that pass the surface go on to A or B; the others start again.
      var travellers: [Int] = []
      for (walker, excursion) in out.enumerated() {
        let (repetition, own) = walker.quotientAndRemainder(dividingBy: perRepetition)
        steps += excursion.steps
        totalTime += excursion.duration
        guard excursion.end == .level, let final = excursion.final else {
          if excursion.end == .abandoned { abandoned += 1 }
          if excursion.end == .diverged { diverged += 1 }
          current[walker] = fresh
          isFresh[walker] = true
          continue
        }
        if isCounted {
          if isFresh[walker] {
            walkers[repetition][own].firstWayOut += excursion.duration
            walkers[repetition][own].firstWaysOut += 1
          } else {
            walkers[repetition][own].wayOut += excursion.duration
            walkers[repetition][own].waysOut += 1
          }
          if starts[repetition].count < settings.copies { starts[repetition].append(final) }
        }
        current[walker] = final
        travellers.append(walker)
      }
      guard
        let back = await event.simulate(
          travellers.map { job($0, leg: 1) }, watchesSource: true, settings: settings,
          control: observer.control)
      else {
        isInterrupted = true
        return
      }
      for (walker, excursion) in zip(travellers, back) {
        let (repetition, own) = walker.quotientAndRemainder(dividingBy: perRepetition)
        steps += excursion.steps
        if excursion.end == .source, let final = excursion.final {
          current[walker] = final
          isFresh[walker] = false
          if isCounted {
            walkers[repetition][own].wayBack += excursion.duration
            walkers[repetition][own].waysBack += 1
          }
        } else {
          if excursion.end == .abandoned { abandoned += 1 }
          if excursion.end == .diverged { diverged += 1 }
          current[walker] = fresh
          isFresh[walker] = true
        }
      }
      observer.progress?(
        RareEventProgress(
          stage: "loops around the source", round: loop + 1, level: surface, logProbability: 0,
          steps: steps))
    }
  }

  /// Whether every repetition has found its starting points.
  var isComplete: Bool {
    !isInterrupted && starts.allSatisfy { !$0.isEmpty }
  }

  /// The sums of each repetition.
  var totals: [Walker] {
    walkers.map { own in
      var sum = Walker()
      for walker in own { sum.add(walker) }
      return sum
    }
  }

  /// The mean time of a loop over all walkers, and its standard error from the scatter between
  /// walkers, which are independent (the delete-one jackknife of both ways).
  var meanLoop: (value: Double, error: Double) {
    let all = walkers.flatMap { $0 }
    var total = Walker()
    for walker in all { total.add(walker) }
    guard all.count > 1 else { return (total.meanLoop, .infinity) }
    let partial = all.map { walker in
      var rest = total
      rest.wayOut -= walker.wayOut
      rest.waysOut -= walker.waysOut
      rest.wayBack -= walker.wayBack
      rest.waysBack -= walker.waysBack
      return rest.meanLoop
    }
    let n = Double(all.count)
    let mean = partial.reduce(0, +) / n
    let squares = partial.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (total.meanLoop, ((n - 1) / n * squares).squareRoot())
  }
}
