extension SeriesStudy {
  /// The number of blocks of eight trajectories.
  var blockCount: Int { (trajectories + TrajectoryBlock.width - 1) / TrajectoryBlock.width }

  /// Runs all trajectories.
  ///
  /// - Parameters:
  ///   - origins: What the observables are counted from.
  ///   - control: Asked whether to stop.
  ///   - session: Where the state is kept; nil for nowhere.
  /// - Returns: What they gave.
  /// - Throws: `CheckpointError.damaged`, and `LinearAlgebraError` where there is no memory for a
  ///   Fourier transform.
  func measure(
    origins: [Double], control: RunControl, session: CheckpointSession?
  ) async throws -> SeriesTally {
    let threads = self.threads > 0 ? self.threads : processorCount()
    var tally = SeriesTally(plan: plan, observables: observables.count)
    var first = 0
    let positions = try storedFrames(session)
    if let session {
      let empty = tally
      let earlier = try session.take("trajectories") { _, reader in
        var tally = empty
        let blocks = try reader.integer()
        try tally.restore(from: &reader)
        return (blocks: blocks, tally: tally)
      }.first
      if let earlier { (first, tally) = (earlier.blocks, earlier.tally) }
      for block in 0..<first {
        for chunk in positions[block] ?? [] { tally.add(chunk, block: block) }
      }
    }
    let done = first
    let chunks = positions.filter { $0.key >= done }
    let stored = try storedBlocks(session).filter { $0.key >= done }
    control.beginPart(
      alreadyDone: first * plan.observations
        + stored.values.reduce(0) { $0 + $1.observations(of: plan) })
    // A bounded number of blocks at a time keeps memory bounded whatever their number.
    var lastStored = ContinuousClock.now
    var leftovers = Array(stored.keys)
    while first < blockCount, !control.isStopped {
      let start = first
      let count = min(blockCount - first, 4 * threads)
      let parts = await concurrentMap(count: count, threads: threads) { index in
        Result {
          try runBlock(
            start + index, origins: origins, from: stored[start + index],
            chunks: chunks[start + index] ?? [], control: control, session: session)
        }
      }
      for (index, part) in parts.enumerated() { tally.add(try part.get(), block: first + index) }
      first += count
      guard let session else { continue }
      leftovers += Array(start..<first)
      // The sums of a run that was stopped hold unfinished blocks.
      if !control.isStopped, first == blockCount || session.isDue(since: lastStored) {
        var writer = StateWriter()
        writer.write(first)
        tally.write(to: &writer)
        let end = first
        session.put(
          "trajectories", writer, removing: leftovers.filter { $0 < end }.map { "block/\($0)" })
        lastStored = ContinuousClock.now
        leftovers = []
      }
    }
    session?.flush()
    return tally
  }

  /// Runs eight trajectories to their end.
  private func runBlock(
    _ number: Int, origins: [Double], from stored: StoredSeriesBlock?, chunks: [SeriesFrames],
    control: RunControl, session: CheckpointSession?
  ) throws -> SeriesBlockResult {
    let key = "block/\(number)"
    var run: SeriesRun
    switch stored {
    case .complete(var result):
      result.frames = chunks
      return result
    case .unfinished(_, var reader):
      do {
        run = try SeriesRun(
          self, number: number, origins: origins, from: &reader, chunks: chunks)
      } catch let error as DamagedState { throw session?.damage(key) ?? error }
    case nil: run = try SeriesRun(self, number: number, origins: origins)
    }
    /// The positions that are new, by key.
    func frames(_ run: inout SeriesRun) -> [String: StateWriter] {
      var values: [String: StateWriter] = [:]
      for chunk in run.takeNewFrames() {
        var writer = StateWriter()
        writer.write(chunk)
        values["frames/\(number)/\(chunk.first)"] = writer
      }
      return values
    }
    let (result, isComplete) = try run.run(control: control, session: session) { run in
      var values = frames(&run)
      var writer = StateWriter()
      writer.write(false)
      run.writeSnapshot(to: &writer)
      values[key] = writer
      session?.put(values, isUrgent: true)
    }
    if isComplete, let session {
      var values = frames(&run)
      var writer = StateWriter()
      writer.write(true)
      writer.write(result)
      values[key] = writer
      session.put(values)
    }
    return result
  }

  /// The blocks that an earlier run left, by number.
  private func storedBlocks(_ session: CheckpointSession?) throws -> [Int: StoredSeriesBlock] {
    guard let session else { return [:] }
    let blocks = try session.take("block/") { key, reader in
      guard let number = Int(key) else { throw DamagedState() }
      return (number, try StoredSeriesBlock(from: &reader))
    }
    return Dictionary(blocks) { first, _ in first }
  }

  /// The positions that an earlier run left, by block.
  private func storedFrames(_ session: CheckpointSession?) throws -> [Int: [SeriesFrames]] {
    guard let session else { return [:] }
    let chunks = try session.take("frames/") { key, reader in
      guard let number = key.split(separator: "/").first.flatMap({ Int($0) }),
        (0..<blockCount).contains(number)
      else { throw DamagedState() }
      let chunk = try SeriesFrames(from: &reader)
      let active = min(
        TrajectoryBlock.width, trajectories - number * TrajectoryBlock.width)
      guard let kept = plan.frames, chunk.first >= 0, chunk.count > 0,
        chunk.first + chunk.count <= kept.count,
        chunk.values.count == active * chunk.count * plan.dimension
      else { throw DamagedState() }
      return (number, chunk)
    }
    return Dictionary(grouping: chunks) { $0.0 }.mapValues { $0.map(\.1) }
  }
}

/// What a checkpoint holds of a block.
private enum StoredSeriesBlock: Sendable {
  case complete(SeriesBlockResult)
  /// How many observations are done, and everything that is needed to go on.
  case unfinished(Int, StateReader)

  init(from reader: inout StateReader) throws {
    if try reader.flag() {
      self = .complete(try SeriesBlockResult(from: &reader))
    } else {
      let done = try reader.integer()
      self = .unfinished(done, reader)
    }
  }

  func observations(of plan: SeriesPlan) -> Int {
    switch self {
    case .complete: plan.observations
    case .unfinished(let done, _): done
    }
  }
}
