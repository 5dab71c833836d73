/// Keeps the repetitions of splitting between two rounds.
final class SplittingStore {
  private let session: CheckpointSession?
  private let key: String
  /// Whether an earlier run left something.
  let isResumed: Bool
  private var lastStored = ContinuousClock.now
  /// The repetitions at the last end of a round, for a run that is stopped.
  private var latest: [SplittingRun] = []
  /// The repetitions whose end is stored: they do not change any more.
  private var isWritten: [Bool]

  /// Takes over what an earlier run left.
  ///
  /// - Parameters:
  ///   - session: The checkpoint; nil for none.
  ///   - key: The name in it.
  ///   - runs: The repetitions.
  /// - Throws: `CheckpointError.damaged`.
  init(_ session: CheckpointSession?, key: String, _ runs: inout [SplittingRun]) throws {
    self.session = session
    self.key = key
    isWritten = runs.map { _ in false }
    guard let session else {
      isResumed = false
      return
    }
    let empty = runs
    let stored = try session.take(key + "/") { name, reader in
      guard let number = Int(name), empty.indices.contains(number) else { throw DamagedState() }
      var run = empty[number]
      try run.restore(from: &reader)
      return (number, run)
    }
    guard stored.isEmpty || stored.count == runs.count else { throw session.damage(key) }
    for (number, run) in stored {
      runs[number] = run
      isWritten[number] = run.isFinished
    }
    isResumed = !stored.isEmpty
  }

  /// Stores the repetitions where it is time to.
  ///
  /// - Parameters:
  ///   - runs: The repetitions after a round.
  ///   - isLast: Whether they are finished.
  func put(_ runs: [SplittingRun], isLast: Bool = false) {
    guard let session else { return }
    latest = runs
    guard isLast || session.isDue(since: lastStored) else { return }
    write(runs, session)
    if isLast { session.flush() }
    lastStored = ContinuousClock.now
  }

  /// Stores what was there after the last round.
  func flush() {
    guard let session else { return }
    write(latest, session)
    session.flush()
  }

  private func write(_ runs: [SplittingRun], _ session: CheckpointSession) {
    var values: [String: StateWriter] = [:]
    for (number, run) in runs.enumerated() where !isWritten[number] {
      var writer = StateWriter()
      run.write(to: &writer)
      values["\(key)/\(number)"] = writer
      isWritten[number] = run.isFinished
    }
    if !values.isEmpty { session.put(values) }
  }
}
