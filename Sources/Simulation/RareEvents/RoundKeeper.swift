import Synchronization

/// Keeps the excursions of the present round and of the one before, for a computation that is ended
/// in the middle of a round: rounds can be longer than the time between two snapshots.
final class RoundKeeper: Sendable {
  /// The excursions of a round, by the number of their jobs.
  private struct Round: Sendable, StateCodable {
    /// A check sum of the jobs, whose random streams no other round has.
    var tag: UInt64
    var done: [Int: Excursion] = [:]

    init(tag: UInt64) { self.tag = tag }

    func write(to writer: inout StateWriter) {
      writer.write(tag)
      writer.write(done.count)
      for (job, excursion) in done.sorted(by: { $0.key < $1.key }) {
        writer.write(job)
        writer.write(excursion)
      }
    }

    init(from reader: inout StateReader) throws {
      tag = try reader.word()
      for _ in 0..<(try reader.integer()) {
        let job = try reader.integer()
        done[job] = try Excursion(from: &reader)
      }
    }
  }

  private struct Contents {
    /// What an earlier run left.
    var earlier: [Round]
    /// The round before and the present one.
    var rounds: [Round] = []
    var lastStored = ContinuousClock.now
  }

  private let session: CheckpointSession
  private let contents: Mutex<Contents>

  /// Takes over what an earlier run left.
  ///
  /// - Parameter session: The checkpoint.
  /// - Throws: `CheckpointError.damaged`.
  init(_ session: CheckpointSession) throws {
    self.session = session
    let earlier = try session.take("round") { _, reader -> [Round] in try reader.values() }
    contents = Mutex(Contents(earlier: earlier.first ?? []))
  }

  /// Begins a round.
  ///
  /// - Parameter jobs: Its jobs.
  /// - Returns: The excursions that an earlier run has made.
  func begin(_ jobs: [ExcursionJob]) -> [Int: Excursion] {
    var writer = StateWriter()
    for job in jobs {
      writer.write(job.start.stream)
      writer.write(job.branch?.stream ?? 0)
      writer.write(job.branch?.level ?? 0)
      writer.write(job.stopLevel)
    }
    let tag = checkSum(writer.sealed)
    return contents.withLock { contents in
      let known = contents.earlier.first { $0.tag == tag } ?? Round(tag: tag)
      contents.rounds = contents.rounds.suffix(1) + [known]
      return known.done.filter { jobs.indices.contains($0.key) }
    }
  }

  /// Takes excursions of the present round, and stores them where it is time to.
  ///
  /// - Parameters:
  ///   - excursions: The excursions with the numbers of their jobs.
  ///   - isStopped: Whether they are the last ones.
  func add(_ excursions: some Sequence<(index: Int, excursion: Excursion)>, isStopped: Bool = false)
  {
    contents.withLock { contents in
      guard let last = contents.rounds.indices.last else { return }
      for (index, excursion) in excursions { contents.rounds[last].done[index] = excursion }
      guard isStopped || session.isDue(since: contents.lastStored) else { return }
      var writer = StateWriter()
      writer.write(contents.rounds)
      session.put("round", writer, isUrgent: true)
      contents.lastStored = ContinuousClock.now
    }
  }
}

extension Excursion: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(start)
    writer.write([startCoordinate, maximum, duration])
    writer.write(end.rawValue)
    writer.write(steps)
    writer.write(final)
  }

  init(from reader: inout StateReader) throws {
    start = try ExcursionStart(from: &reader)
    let numbers = try reader.numbers(count: 3)
    (startCoordinate, maximum, duration) = (numbers[0], numbers[1], numbers[2])
    guard let end = ExcursionEnd(rawValue: try reader.integer()) else { throw DamagedState() }
    self.end = end
    steps = try reader.integer()
    final = try reader.optional()
  }
}
