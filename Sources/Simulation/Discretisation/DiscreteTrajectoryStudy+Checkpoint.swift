import Landscapes

/// What the first blocks of a study gave together.
struct DiscreteTotals: Sendable {
  var blocks = 0
  var steps = 0
  var groups: [DiscreteTally]
  var recorded: [[Int]] = []

  mutating func add(_ part: DiscretePart) {
    for entry in part.tallies { groups[entry.group].add(entry.tally) }
    recorded += part.recorded
    steps += part.steps
  }
}

/// What a checkpoint holds of a block: one of both.
struct StoredDiscreteBlock: Sendable {
  var part: DiscretePart?
  var snapshot: DiscreteSnapshot?
}

/// What an earlier run left of a study.
struct StoredTrajectories: Sendable {
  var totals: DiscreteTotals
  var blocks: [Int: StoredDiscreteBlock] = [:]

  /// Nothing.
  init(_ study: DiscreteTrajectoryStudy) {
    totals = DiscreteTotals(
      groups: Array(
        repeating: DiscreteTally(lags: study.settings.lags.count), count: study.groupCount))
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: `CheckpointError.damaged`.
  init(_ study: DiscreteTrajectoryStudy, _ session: CheckpointSession?) throws {
    self.init(study)
    guard let session else { return }
    let groupCount = totals.groups.count
    let earlier = try session.take("trajectories") { _, reader in
      let totals = try DiscreteTotals(from: &reader)
      guard totals.groups.count == groupCount, totals.blocks <= study.blockCount else {
        throw DamagedState()
      }
      return totals
    }
    if let first = earlier.first { totals = first }
    let chunks = try session.take("states/") { key, reader in
      guard let number = key.split(separator: "/").first.flatMap({ Int($0) }) else {
        throw DamagedState()
      }
      let chunk = try RecordedStates(from: &reader)
      guard chunk.first >= 0, chunk.states.count == study.recordedCount(block: number) else {
        throw DamagedState()
      }
      return (number, chunk)
    }
    let states = Dictionary(grouping: chunks) { $0.0 }.mapValues {
      $0.map(\.1).sorted { $0.first < $1.first }
    }
    /// The recorded states of a block.
    func recorded(_ block: Int, frames: Int?) -> [[Int]] {
      (0..<study.recordedCount(block: block)).map { trajectory in
        var result: [Int] = []
        // A run that was killed may have stored states that are later than its last snapshot.
        for chunk in states[block] ?? [] where chunk.first <= result.count {
          result += chunk.states[trajectory].dropFirst(result.count - chunk.first)
        }
        return frames.map { Array(result.prefix($0)) } ?? result
      }
    }
    for block in 0..<totals.blocks where study.recordedCount(block: block) > 0 {
      totals.recorded += recorded(block, frames: nil)
    }
    let width = TrajectoryBlock.width
    let found = try session.take("block/") { key, reader in
      guard let number = Int(key), (0..<study.blockCount).contains(number) else {
        throw DamagedState()
      }
      let block = try StoredDiscreteBlock(from: &reader)
      if let snapshot = block.snapshot {
        let active = min(width, study.settings.trajectories - number * width)
        guard snapshot.trajectories.count == width, snapshot.memories.count == width,
          snapshot.counts.states.count == width, snapshot.counts.counters.count == active,
          snapshot.counts.tallies.count == active
        else { throw DamagedState() }
      }
      return (number, block)
    }
    for (number, block) in found where number >= totals.blocks {
      var block = block
      block.part?.recorded = recorded(number, frames: nil)
      if let frames = block.snapshot?.recordedFrames {
        block.snapshot?.recorded = recorded(number, frames: frames)
      }
      blocks[number] = block
    }
  }
}

extension DiscreteTrajectoryStudy {
  /// Everything that decides the result, by name: a run goes on from a checkpoint only where all of
  /// it agrees. The number of threads is not part of it.
  ///
  /// - Parameter problem: What the caller says of the landscape, the noise and the data.
  /// - Returns: Names and values.
  func fingerprint(problem: String) -> [(name: String, value: String)] {
    [
      ("seed", "\(settings.seed)"),
      ("number of trajectories", "\(settings.trajectories)"),
      ("number of frames", "\(settings.frames)"),
      ("number of steps per frame", "\(settings.stepsPerFrame)"),
      ("time step", "\(mover.timeStep)"),
      ("burn-in", "\(settings.burnIn)"),
      ("list of lags", "\(settings.lags)"),
      ("number of recorded trajectories", "\(settings.recordedTrajectories)"),
      ("number of recorded frames", "\(settings.recordedFrames)"),
      ("domain", domain.map { "\($0.lower) to \($0.upper)" } ?? "none"),
      ("kind of states", discretisation.kindName),
      ("starts and states (check sum)", stateSum),
      ("problem", problem),
      ("steps (check sum of some)", stepSum),
    ]
  }

  private var stateSum: String {
    var writer = StateWriter()
    for start in starts { writer.write(start) }
    writer.write(startBasins)
    if let anchorSets { writer.write(anchorSets) }
    switch discretisation.kind {
    case .basins(_, let cores): if let cores { writer.write(cores) }
    case .attractors(let settings):
      writer.write(settings.cores)
      writer.write(settings.limit)
      writer.write([settings.step, settings.reach])
    case .nearest(let points): for point in points { writer.write(point) }
    case .coreSets(let cores): writer.write(cores)
    case .boxes(let grid): writer.write("\(grid)")
    case .function: writer.write(discretisation.stateCount ?? -1)
    }
    return writer.sum
  }

  /// A few steps, and the states after them.
  private var stepSum: String {
    let block = mover.blockAfterSomeSteps(
      from: starts, basins: startBasins, seed: settings.seed)
    let assigner = discretisation.makeAssigner()
    assigner.observe(block)
    var writer = StateWriter()
    writer.write(block)
    writer.write(assigner.states)
    return writer.sum
  }
}

extension Discretisation {
  fileprivate var kindName: String {
    switch kind {
    case .basins: "basins"
    case .attractors: "attractors"
    case .nearest: "nearest points"
    case .coreSets: "core sets"
    case .boxes: "boxes"
    case .function: "a function"
    }
  }
}

/// Without the states that were recorded, which are stored by themselves.
extension DiscreteTotals: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(blocks)
    writer.write(steps)
    writer.write(groups)
  }

  init(from reader: inout StateReader) throws {
    blocks = try reader.integer()
    steps = try reader.integer()
    groups = try reader.values()
  }
}

extension StoredDiscreteBlock: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(part)
    writer.write(snapshot)
  }

  init(from reader: inout StateReader) throws {
    part = try reader.optional()
    snapshot = try reader.optional()
    guard (part == nil) != (snapshot == nil) else { throw DamagedState() }
  }
}

/// Without the states that were recorded.
extension DiscretePart: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(tallies)
    writer.write(steps)
  }

  init(from reader: inout StateReader) throws {
    tallies = try reader.values()
    steps = try reader.integer()
  }
}

extension GroupedTally: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(group)
    writer.write(tally)
  }

  init(from reader: inout StateReader) throws {
    group = try reader.integer()
    tally = try DiscreteTally(from: &reader)
  }
}

/// Without the states that were recorded.
extension DiscreteSnapshot: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(trajectories)
    writer.write(memories)
    writer.write(counts)
    writer.write(recordedFrames)
  }

  init(from reader: inout StateReader) throws {
    trajectories = try reader.values()
    memories = try reader.values()
    counts = try DiscreteCounts(from: &reader)
    recordedFrames = try reader.integer()
    recorded = []
  }
}

extension DiscreteCounts: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(frame)
    writer.write(batch)
    writer.write(states)
    writer.write(counters)
    writer.write(tallies)
    writer.write(finished)
    writer.write(moved)
  }

  init(from reader: inout StateReader) throws {
    frame = try reader.integer()
    batch = try reader.integer()
    states = try reader.integers()
    counters = try reader.values()
    tallies = try reader.values()
    finished = try reader.values()
    moved = try reader.word()
  }
}

extension RecordedStates: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(first)
    writer.write(states.count)
    for trajectory in states { writer.write(runs: trajectory) }
  }

  init(from reader: inout StateReader) throws {
    first = try reader.integer()
    states = []
    for _ in 0..<(try reader.integer()) { states.append(try reader.runs(limit: 1 << 32)) }
  }
}
