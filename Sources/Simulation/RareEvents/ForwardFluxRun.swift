import LinearAlgebra

/// One repetition of forward flux sampling: the states stored on the present interface.
struct ForwardFluxRun: Sendable {
  /// A trajectory that has come to the present interface.
  fileprivate struct Arrival: Sendable {
    var state: ExcursionStart
    /// Whether it is in the target already.
    var isInTarget = false
    /// The start that it descends from; nil for a state that is a start itself.
    var ancestor: Int?
  }

  let repetition: Int
  private var pool: [Arrival]
  private(set) var logWeight = 0.0
  /// Σ ln N/(N − 1), which makes up for the pairs that have met.
  private var logPairCorrection = 0.0
  private(set) var level = -Double.infinity
  private(set) var rounds = 0
  private(set) var isFinished = false
  private(set) var isExtinct = false
  private(set) var steps = 0
  private(set) var abandoned = 0
  private(set) var diverged = 0
  /// Of the last stage, the trials and successes from each stored state.
  private(set) var lastTrials: [Int] = []
  private(set) var lastSuccesses: [Int] = []
  private var selection: RandomStream
  private var serial: UInt64 = 0
  /// The stored state of each trial, and those that are simulated.
  private var parents: [Int] = []
  private var simulated: [Int] = []

  init(repetition: Int, starts: [ExcursionStart], seed: UInt64) {
    self.repetition = repetition
    pool = starts.map { start in
      var start = start
      start.elapsed = 0
      return Arrival(state: start)
    }
    selection = RandomStream(
      seed: seed, index: RareEventStream.number(repetition: repetition, serial: 0),
      purpose: .selection)
  }

  /// The trials of the next stage.
  ///
  /// - Parameters:
  ///   - trials: How many.
  ///   - level: The next interface; nil for the target.
  /// - Returns: What must be simulated.
  mutating func jobs(trials: Int, level: Double?) -> [ExcursionJob] {
    parents = []
    simulated = []
    guard !isExtinct else { return [] }
    parents = (0..<trials).map { trial in
      // As many trials as stored states: one each. The first states are independent.
      rounds == 0 && pool.count == trials
        ? trial : Int.random(in: pool.indices, using: &selection)
    }
    var result: [ExcursionJob] = []
    for (trial, parent) in parents.enumerated() where !pool[parent].isInTarget {
      var start = pool[parent].state
      serial += 1
      start.stream = RareEventStream.number(repetition: repetition, serial: serial)
      simulated.append(trial)
      result.append(
        ExcursionJob(start: start, stopLevel: level ?? .infinity, keepsEnd: true))
    }
    return result
  }

  /// Takes the trials of a stage.
  ///
  /// - Parameters:
  ///   - excursions: What became of the jobs.
  ///   - level: The interface that they were to reach; nil for the target.
  mutating func take(_ excursions: ArraySlice<Excursion>, level: Double?) {
    lastTrials = []
    lastSuccesses = []
    guard !isExtinct else { return }
    lastTrials = [Int](repeating: 0, count: pool.count)
    lastSuccesses = lastTrials
    for parent in parents { lastTrials[parent] += 1 }
    var next = [Arrival?](repeating: nil, count: parents.count)
    for (trial, parent) in parents.enumerated() where pool[parent].isInTarget {
      next[trial] = pool[parent]
    }
    for (trial, excursion) in zip(simulated, excursions) {
      steps += excursion.steps
      switch excursion.end {
      case .abandoned: abandoned += 1
      case .diverged: diverged += 1
      case .source: break
      case .target, .level:
        guard var state = excursion.final else { continue }
        // The time of arrival, which may lie inside the last step.
        state.elapsed = excursion.start.elapsed + excursion.duration
        next[trial] = Arrival(
          state: state, isInTarget: excursion.end == .target,
          ancestor: pool[parents[trial]].ancestor)
      }
    }
    for (trial, arrival) in next.enumerated() where arrival != nil {
      lastSuccesses[parents[trial]] += 1
      // Independent trials from the same start are families of their own.
      if rounds == 0 { next[trial]?.ancestor = trial }
    }
    let trials = Double(parents.count)
    pool = next.compactMap { $0 }
    if rounds > 0 { logPairCorrection -= logOf(1 - 1 / trials) }
    guard !pool.isEmpty else {
      isExtinct = true
      isFinished = true
      return
    }
    rounds += 1
    logWeight += logOf(Double(pool.count) / trials)
    if let level { self.level = level } else { isFinished = true }
  }

  /// The mean time of the trajectories that reached the target.
  var meanReactiveTime: Double? {
    guard isFinished, !isExtinct, !pool.isEmpty else { return nil }
    return pool.reduce(0) { $0 + $1.state.elapsed } / Double(pool.count)
  }

  /// The outcome.
  ///
  /// - Parameter trials: The trials per stage.
  /// - Returns: What the run found.
  func summary(trials: Int) -> RareEventRun {
    let hasReached = isFinished && !isExtinct
    var families: [Int: Double] = [:]
    for arrival in pool { families[arrival.ancestor ?? -1, default: 0] += 1 }
    let arrived = families.values.reduce(0, +)
    let unrelated = arrived * arrived - families.values.reduce(0) { $0 + $1 * $1 }
    let n = Double(trials)
    let share = unrelated / (n * (n - 1)) * (n / arrived) * (n / arrived)
    return RareEventRun(
      outcome: hasReached ? .reached : isExtinct ? .extinct : .interrupted,
      logProbability: hasReached ? logWeight : -.infinity,
      variance: hasReached && share > 0
        ? max(0, -logOf(share) - logPairCorrection) : .infinity,
      families: families.count, level: level, logLevelProbability: logWeight, rounds: rounds)
  }
}

/// Between two stages.
extension ForwardFluxRun: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(pool)
    writer.write([logWeight, logPairCorrection, level])
    writer.write([
      rounds, isFinished ? 1 : 0, isExtinct ? 1 : 0, steps, abandoned, diverged,
    ])
    writer.write(selection.place)
    writer.write(serial)
  }

  mutating func restore(from reader: inout StateReader) throws {
    pool = try reader.values()
    let numbers = try reader.numbers(count: 3)
    (logWeight, logPairCorrection, level) = (numbers[0], numbers[1], numbers[2])
    let counts = try reader.integers(count: 6)
    (rounds, isFinished, isExtinct) = (counts[0], counts[1] == 1, counts[2] == 1)
    (steps, abandoned, diverged) = (counts[3], counts[4], counts[5])
    selection.place = try reader.words()
    serial = try reader.word()
  }
}

extension ForwardFluxRun.Arrival: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(state)
    writer.write(isInTarget)
    writer.write(ancestor ?? -1)
  }

  init(from reader: inout StateReader) throws {
    state = try ExcursionStart(from: &reader)
    isInTarget = try reader.flag()
    let ancestor = try reader.integer()
    self.ancestor = ancestor < 0 ? nil : ancestor
  }
}
