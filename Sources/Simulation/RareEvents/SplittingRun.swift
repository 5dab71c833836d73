import Landscapes
import LinearAlgebra

/// One repetition of splitting: its copies, and the product of the shares that survived.
struct SplittingRun: Sendable {
  /// One copy: its last stretch.
  struct Copy: Sendable {
    var start: ExcursionStart
    var startCoordinate: Double
    var maximum: Double
    var end: ExcursionEnd
    /// The time from leaving the source to the end.
    var time: Double
    /// The first copy that it descends from.
    var ancestor: Int

    init(_ excursion: Excursion, ancestor: Int) {
      start = excursion.start
      startCoordinate = excursion.startCoordinate
      maximum = excursion.maximum
      end = excursion.end
      time = excursion.start.elapsed + excursion.duration
      self.ancestor = ancestor
    }

    /// The level that the copy reached; +∞ in the target.
    var reach: Double { end == .target ? .infinity : maximum }
  }

  let repetition: Int
  private(set) var copies: [Copy] = []
  /// The level that each copy reached.
  private var reaches: [Double] = []
  /// ln Π(1 − K/N).
  private(set) var logWeight = 0.0
  /// Σ ln N²/(N² − K), which makes up for the pairs that have met.
  private var logPairCorrection = 0.0
  /// The last level at or below which copies were killed.
  private(set) var level = -Double.infinity
  /// All levels.
  private(set) var levels: [Double] = []
  private(set) var isFinished = false
  private(set) var isExtinct = false
  private(set) var steps = 0
  private(set) var abandoned = 0
  private(set) var diverged = 0
  private var selection: RandomStream
  private var serial: UInt64 = 0
  /// The copies that are being replaced, with those that they branch from.
  private var replacements: [(copy: Int, parent: Int)] = []

  init(repetition: Int, seed: UInt64) {
    self.repetition = repetition
    selection = RandomStream(
      seed: seed, index: RareEventStream.number(repetition: repetition, serial: 0),
      purpose: .selection)
  }

  /// The first jobs: all copies from their starting points.
  mutating func firstJobs(_ starts: [ExcursionStart]) -> [ExcursionJob] {
    starts.map { start in
      var start = start
      start.elapsed = 0
      start.stream = nextStream()
      return ExcursionJob(start: start)
    }
  }

  /// Takes the excursions of the first copies.
  mutating func begin(_ excursions: ArraySlice<Excursion>) {
    copies = excursions.enumerated().map { Copy($1, ancestor: $0) }
    reaches = copies.map { $0.reach }
    for excursion in excursions { count(excursion) }
  }

  /// The next level: kills all copies at or below the k-th lowest.
  ///
  /// - Parameter killed: k, at least 1 and fewer than the copies.
  /// - Returns: What must be simulated to replace them; empty where the run has come to its end.
  mutating func nextJobs(killed: Int) -> [ExcursionJob] {
    guard !isFinished else { return [] }
    let next = killed == 1 ? reaches.min() ?? .infinity : reaches.sorted()[killed - 1]
    guard next < .infinity else {
      isFinished = true
      return []
    }
    let survivors = reaches.indices.filter { reaches[$0] > next }
    guard !survivors.isEmpty else {
      isFinished = true
      isExtinct = true
      return []
    }
    let n = Double(copies.count)
    let k = Double(copies.count - survivors.count)
    logWeight += logOf(1 - k / n)
    logPairCorrection -= logOf(1 - k / (n * n))
    level = next
    levels.append(next)
    replacements = []
    var jobs: [ExcursionJob] = []
    for index in reaches.indices where reaches[index] <= next {
      let parent = survivors[Int.random(in: survivors.indices, using: &selection)]
      let source = copies[parent]
      if source.startCoordinate > next {
        // The first state above the level is the one that it starts from.
        var start = source.start
        start.stream = nextStream()
        replacements.append((index, parent))
        jobs.append(ExcursionJob(start: start))
      } else if source.maximum > next {
        replacements.append((index, parent))
        jobs.append(
          ExcursionJob(
            start: source.start,
            branch: ExcursionJob.Branch(level: next, stream: nextStream())))
      } else {
        // The first state above the level is already in the target.
        copies[index] = source
        reaches[index] = .infinity
      }
    }
    return jobs
  }

  /// Takes the excursions of the copies that were replaced.
  mutating func replace(_ excursions: ArraySlice<Excursion>) {
    for (pair, excursion) in zip(replacements, excursions) {
      count(excursion)
      copies[pair.copy] = Copy(excursion, ancestor: copies[pair.parent].ancestor)
      reaches[pair.copy] = copies[pair.copy].reach
    }
  }

  private mutating func count(_ excursion: Excursion) {
    steps += excursion.steps
    if excursion.end == .abandoned { abandoned += 1 }
    if excursion.end == .diverged { diverged += 1 }
  }

  private mutating func nextStream() -> UInt64 {
    serial += 1
    return RareEventStream.number(repetition: repetition, serial: serial)
  }

  /// The mean time of the copies that reached the target.
  var meanReactiveTime: Double? {
    let arrived = copies.filter { $0.end == .target }
    guard isFinished, !arrived.isEmpty else { return nil }
    return arrived.reduce(0) { $0 + $1.time } / Double(arrived.count)
  }

  /// The outcome.
  var summary: RareEventRun {
    let n = Double(copies.count)
    var families: [Int: Double] = [:]
    for copy in copies where copy.end == .target { families[copy.ancestor, default: 0] += 1 }
    let arrived = families.values.reduce(0, +)
    let hasReached = isFinished && !isExtinct && arrived > 0
    // Pairs of different families among all ordered pairs, over the square of the share arrived.
    let unrelated = arrived * arrived - families.values.reduce(0) { $0 + $1 * $1 }
    let share = unrelated / (n * (n - 1)) * (n / arrived) * (n / arrived)
    return RareEventRun(
      outcome: hasReached ? .reached : isFinished ? .extinct : .interrupted,
      logProbability: hasReached ? logWeight + logOf(arrived / n) : -.infinity,
      variance: hasReached && share > 0
        ? max(0, -logOf(share) - logPairCorrection) : .infinity,
      families: hasReached ? families.count : Set(copies.map(\.ancestor)).count, level: level,
      logLevelProbability: logWeight, rounds: levels.count)
  }
}

/// Between two rounds.
extension SplittingRun: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(copies)
    writer.write([logWeight, logPairCorrection, level])
    writer.write(levels)
    writer.write([isFinished ? 1 : 0, isExtinct ? 1 : 0, steps, abandoned, diverged])
    writer.write(selection.place)
    writer.write(serial)
  }

  mutating func restore(from reader: inout StateReader) throws {
    copies = try reader.values()
    reaches = copies.map { $0.reach }
    let numbers = try reader.numbers(count: 3)
    (logWeight, logPairCorrection, level) = (numbers[0], numbers[1], numbers[2])
    levels = try reader.numbers()
    let counts = try reader.integers(count: 5)
    (isFinished, isExtinct) = (counts[0] == 1, counts[1] == 1)
    (steps, abandoned, diverged) = (counts[2], counts[3], counts[4])
    selection.place = try reader.words()
    serial = try reader.word()
  }
}

extension SplittingRun.Copy: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(start)
    writer.write(startCoordinate)
    writer.write(maximum)
    writer.write(end.rawValue)
    writer.write(time)
    writer.write(ancestor)
  }

  init(from reader: inout StateReader) throws {
    start = try ExcursionStart(from: &reader)
    startCoordinate = try reader.number()
    maximum = try reader.number()
    guard let end = ExcursionEnd(rawValue: try reader.integer()) else { throw DamagedState() }
    self.end = end
    time = try reader.number()
    ancestor = try reader.integer()
  }
}
