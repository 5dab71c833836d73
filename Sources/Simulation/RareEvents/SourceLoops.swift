import LinearAlgebra

/// The loops of a process around the source set: out of A through the surface {ξ = level}, and
/// back to A.
struct SourceLoops: Sendable {
  /// What ways out have come to.
  struct WaysOut: Sendable {
    /// Their total time.
    var time = 0.0
    /// Their number.
    var count = 0
    /// How many passed the surface.
    var passed = 0
    /// How many reached the target instead. The others ended in a third set.
    var arrived = 0

    mutating func add(_ other: WaysOut) {
      time += other.time
      count += other.count
      passed += other.passed
      arrived += other.arrived
    }

    mutating func take(_ other: WaysOut) {
      time -= other.time
      count -= other.count
      passed -= other.passed
      arrived -= other.arrived
    }

    mutating func add(_ excursion: Excursion) {
      time += excursion.duration
      count += 1
      if excursion.end == .level { passed += 1 }
      if excursion.end == .target { arrived += 1 }
    }
  }

  /// One trajectory of loops.
  struct Walker: Sendable {
    /// The ways out that start where the source was entered.
    var later = WaysOut()
    /// Those that start from the given point.
    var first = WaysOut()
    var wayBack = 0.0
    var waysBack = 0

    mutating func add(_ other: Walker) {
      later.add(other.later)
      first.add(other.first)
      wayBack += other.wayBack
      waysBack += other.waysBack
    }

    /// The ways out that count: from where the source was entered, if there are any.
    var waysOut: WaysOut { later.count > 0 ? later : first }
    /// The mean time from A until the way out ends.
    var meanWayOut: Double {
      waysOut.count > 0 ? waysOut.time / Double(waysOut.count) : 0
    }
    /// The share of the ways out that pass the surface.
    var passedShare: Double { share(waysOut.passed) }
    /// The share of the ways out that reach the target before the surface.
    var arrivedShare: Double { share(waysOut.arrived) }
    /// The mean time from the surface back to A or to a third set.
    var meanWayBack: Double { waysBack > 0 ? wayBack / Double(waysBack) : 0 }
    /// The mean time of a loop that does not reach the target beyond the surface.
    var meanLoop: Double { meanWayOut + passedShare * meanWayBack }

    private func share(_ count: Int) -> Double {
      waysOut.count > 0 ? Double(count) / Double(waysOut.count) : 0
    }
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
  /// How many loops each trajectory has made.
  private var rounds = 0
  /// Where the trajectories are, and which of them have not entered the source since their start.
  private var current: [ExcursionStart]
  private var isFresh: [Bool]

  /// Simulates loops, or goes on with them.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - start: Where all trajectories start, in A or near it.
  ///   - surface: The level of ξ that is passed on the way out.
  ///   - settings: How many repetitions and loops.
  ///   - observer: Who watches.
  /// - Throws: `CheckpointError.damaged`.
  init(
    _ event: RareEvent, from start: [Double], through surface: Double,
    settings: RareEventSettings, observer: RareEventObserver
  ) async throws {
    let loops = min(settings.loops, settings.copies)
    let perRepetition = (settings.copies + loops - 1) / loops
    let count = settings.repetitions * perRepetition
    walkers = Array(
      repeating: Array(repeating: Walker(), count: perRepetition), count: settings.repetitions)
    starts = Array(repeating: [], count: settings.repetitions)
    let fresh = ExcursionStart(position: start, memory: nil, elapsed: 0, stream: 0)
    current = Array(repeating: fresh, count: count)
    isFresh = [Bool](repeating: true, count: count)
    let session = observer.session
    try restore(session)
    var lastStored = ContinuousClock.now
    while rounds < settings.burnInLoops + loops {
      let loop = rounds
      // A round that is stopped in the middle is made again from its beginning.
      let before = session == nil ? nil : self
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
          (0..<count).map { job($0, leg: 0) }, isOut: true, settings: settings,
          observer: observer)
      else {
        isInterrupted = true
        before?.store(in: session)
        session?.flush()
        return
      }
      // Those that pass the surface go on to A or B; the others start again.
      var travellers: [Int] = []
      for (walker, excursion) in out.enumerated() {
        let (repetition, own) = walker.quotientAndRemainder(dividingBy: perRepetition)
        steps += excursion.steps
        totalTime += excursion.duration
        let isWhole = [.level, .target, .source].contains(excursion.end)
        if isCounted, isWhole {
          if isFresh[walker] {
            walkers[repetition][own].first.add(excursion)
          } else {
            walkers[repetition][own].later.add(excursion)
          }
        }
        guard excursion.end == .level, let final = excursion.final else {
          if excursion.end == .abandoned { abandoned += 1 }
          if excursion.end == .diverged { diverged += 1 }
          current[walker] = fresh
          isFresh[walker] = true
          continue
        }
        if isCounted, starts[repetition].count < settings.copies {
          starts[repetition].append(final)
        }
        current[walker] = final
        travellers.append(walker)
      }
      guard
        let back = await event.simulate(
          travellers.map { job($0, leg: 1) }, settings: settings, observer: observer)
      else {
        isInterrupted = true
        before?.store(in: session)
        session?.flush()
        return
      }
      for (walker, excursion) in zip(travellers, back) {
        let (repetition, own) = walker.quotientAndRemainder(dividingBy: perRepetition)
        steps += excursion.steps
        if excursion.end == .source, isCounted {
          walkers[repetition][own].wayBack += excursion.duration
          walkers[repetition][own].waysBack += 1
        }
        if excursion.end == .source, let final = excursion.final,
          event.isBackInSource(final.position)
        {
          current[walker] = final
          isFresh[walker] = false
        } else {
          if excursion.end == .abandoned { abandoned += 1 }
          if excursion.end == .diverged { diverged += 1 }
          current[walker] = fresh
          isFresh[walker] = true
        }
      }
      rounds = loop + 1
      if let session, session.isDue(since: lastStored) || rounds == settings.burnInLoops + loops {
        store(in: session)
        lastStored = ContinuousClock.now
      }
      observer.progress?(
        RareEventProgress(
          stage: "loops around the source", round: loop + 1, level: surface, logProbability: 0,
          steps: steps))
    }
  }

  private func store(in session: CheckpointSession?) {
    var writer = StateWriter()
    write(to: &writer)
    session?.put("loops", writer)
  }

  /// Takes over what an earlier run left.
  private mutating func restore(_ session: CheckpointSession?) throws {
    let empty = self
    let earlier = try session?.take("loops") { _, reader in
      var loops = empty
      try loops.restore(from: &reader)
      return loops
    }
    if let first = earlier?.first { self = first }
  }

  /// Whether every repetition has found its starting points.
  var isComplete: Bool {
    !isInterrupted && starts.allSatisfy { !$0.isEmpty }
  }

  /// How many counted ways out reached the target.
  var arrivals: Int { totals.reduce(0) { $0 + $1.later.arrived + $1.first.arrived } }

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
      rest.later.take(walker.later)
      rest.first.take(walker.first)
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

extension RareEvent {
  /// Whether a way that has ended did so in the source, not in a third set. A surface may have been
  /// crossed inside the last step: then the nearer set counts.
  fileprivate func isBackInSource(_ x: [Double]) -> Bool {
    guard let elsewhere else { return true }
    func depth(_ region: StateRegion) -> Double { region.levels.map { $0(x) }.min() ?? .infinity }
    return depth(source) <= depth(elsewhere)
  }
}

extension SourceLoops: StateRestorable {
  func write(to writer: inout StateWriter) {
    for own in walkers { writer.write(own) }
    for own in starts { writer.write(own) }
    writer.write(current)
    writer.write(isFresh.map { $0 ? 1 : 0 })
    writer.write([rounds, steps, abandoned, diverged])
    writer.write(totalTime)
  }

  mutating func restore(from reader: inout StateReader) throws {
    let sizes = (walkers[0].count, current.count)
    for repetition in walkers.indices {
      walkers[repetition] = try reader.values()
      guard walkers[repetition].count == sizes.0 else { throw DamagedState() }
    }
    for repetition in starts.indices { starts[repetition] = try reader.values() }
    current = try reader.values()
    isFresh = try reader.integers(count: sizes.1).map { $0 == 1 }
    guard current.count == sizes.1 else { throw DamagedState() }
    let counts = try reader.integers(count: 4)
    (rounds, steps, abandoned, diverged) = (counts[0], counts[1], counts[2], counts[3])
    totalTime = try reader.number()
  }
}

extension SourceLoops.WaysOut: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(time)
    writer.write([count, passed, arrived])
  }

  init(from reader: inout StateReader) throws {
    time = try reader.number()
    let counts = try reader.integers(count: 3)
    (count, passed, arrived) = (counts[0], counts[1], counts[2])
  }
}

extension SourceLoops.Walker: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(later)
    writer.write(first)
    writer.write(wayBack)
    writer.write(waysBack)
  }

  init(from reader: inout StateReader) throws {
    later = try SourceLoops.WaysOut(from: &reader)
    first = try SourceLoops.WaysOut(from: &reader)
    wayBack = try reader.number()
    waysBack = try reader.integer()
  }
}
