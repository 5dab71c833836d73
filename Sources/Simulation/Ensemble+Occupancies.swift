import Glibc
import Landscapes
import LinearAlgebra
import StationaryPoints

/// The number of processors that the machine offers.
func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// What the long trajectories gave: tallies of independent groups.
struct OccupancyMeasurement: Sendable {
  var groups: [Tally]
  var steps: Int
  /// Whether nothing but the burn-in was seen before the run was stopped.
  var isBurnIn = false
}

extension Ensemble {
  /// With fewer trajectories than this they are cut into batches for standard errors.
  private static var leastGroups: Int { 16 }
  private static var mostGroups: Int { 64 }

  /// Whether the groups are batches of the same trajectories, which may be correlated.
  var hasBatches: Bool { settings.trajectories < Ensemble.leastGroups }

  private var batches: Int {
    guard settings.trajectories > 0, hasBatches else { return 1 }
    return (Ensemble.mostGroups + settings.trajectories - 1) / settings.trajectories
  }

  /// How many observations lie between two that are correlated: relaxation is slower than that.
  static var correlationSpacing: Int { 4 }

  /// Enough doublings of the lag to reach half of a trajectory.
  var correlationLevels: Int {
    max(1, Int(Double(observations / (16 * Ensemble.correlationSpacing) + 1).exponent) + 1)
  }

  func emptyTally() -> Tally {
    Tally(
      states: network.minima.count, cells: histogramGrid?.cellCount ?? 0,
      levels: correlationLevels)
  }

  /// The grid of the histogram; nil for a process whose steps take different times: positions would
  /// have to be weighted, and the test of the histogram is one for counts.
  var histogramGrid: HistogramGrid? { mover.keepsClock ? nil : settings.histogram }

  /// How the observations of a trajectory are divided.
  private var plan: OccupancyPlan {
    let burned = Int((settings.burnIn * Double(observations)).rounded())
    let measured = observations - burned
    let units = settings.trajectories * batches
    return OccupancyPlan(
      observations: observations, burned: burned, batches: batches,
      batchLength: max(1, (measured + batches - 1) / batches),
      frameInterval: settings.frames > 0 ? max(1, measured / settings.frames) : nil,
      units: units, groupCount: min(units, Ensemble.mostGroups))
  }

  /// Runs all trajectories.
  ///
  /// - Throws: `CheckpointError.damaged`.
  func measureOccupancies(
    threads: Int, control: RunControl, session: CheckpointSession?
  ) async throws -> OccupancyMeasurement {
    let plan = plan
    let empty = Array(repeating: emptyTally(), count: plan.groupCount)
    var merged = OccupancyTotals(groups: empty, burnIn: empty)
    if let session {
      if let earlier = try session.take("trajectories", { try OccupancyTotals(from: &$1) }).first {
        merged = earlier
      }
    }
    let stored = try storedBlocks(session).filter { $0.key >= merged.blocks }
    control.beginPart(
      alreadyDone: merged.blocks * observations
        + stored.values.reduce(0) { $0 + $1.observations(of: plan) })
    // A bounded number of blocks at a time keeps memory bounded whatever their number.
    var lastStored = ContinuousClock.now
    var leftovers = Array(stored.keys)
    while merged.blocks < blockCount, !control.isStopped {
      let start = merged.blocks
      let count = min(blockCount - start, 16 * threads)
      let parts = await concurrentMap(count: count, threads: threads) { index in
        runBlock(
          start + index, plan: plan, from: stored[start + index], control: control,
          session: session)
      }
      for part in parts { merged.add(part) }
      merged.blocks += count
      guard let session else { continue }
      leftovers += Array(start..<(start + count))
      // The totals of a run that was stopped hold unfinished blocks.
      let isLast = merged.blocks == blockCount
      if !control.isStopped, isLast || session.isDue(since: lastStored) {
        var writer = StateWriter()
        writer.write(merged)
        session.put(
          "trajectories", writer,
          removing: leftovers.filter { $0 < merged.blocks }.map { "block/\($0)" })
        lastStored = ContinuousClock.now
        leftovers = []
      }
    }
    session?.flush()
    if merged.groups.allSatisfy(\.isEmpty), merged.burnIn.contains(where: { !$0.isEmpty }) {
      return OccupancyMeasurement(groups: merged.burnIn, steps: merged.steps, isBurnIn: true)
    }
    return OccupancyMeasurement(groups: merged.groups, steps: merged.steps)
  }

  /// The blocks that an earlier run left, by number.
  private func storedBlocks(_ session: CheckpointSession?) throws -> [Int: StoredBlock] {
    guard let session else { return [:] }
    let blocks = try session.take("block/") { key, reader in
      guard let number = Int(key) else { throw DamagedState() }
      return (number, try StoredBlock(from: &reader))
    }
    return Dictionary(blocks) { first, _ in first }
  }

  /// Runs eight trajectories to their end.
  private func runBlock(
    _ number: Int, plan: OccupancyPlan, from stored: StoredBlock?, control: RunControl,
    session: CheckpointSession?
  ) -> OccupancyPart {
    var run: OccupancyRun
    switch stored {
    case .complete(let part): return part
    case .unfinished(let snapshot):
      run = OccupancyRun(self, number: number, plan: plan, from: snapshot)
    case nil: run = OccupancyRun(self, number: number, plan: plan)
    }
    let key = "block/\(number)"
    let (part, isComplete) = run.run(control: control, session: session) { snapshot in
      var writer = StateWriter()
      writer.write(StoredBlock.unfinished(snapshot))
      session?.put(key, writer, isUrgent: true)
    }
    if isComplete, let session {
      var writer = StateWriter()
      writer.write(StoredBlock.complete(part))
      session.put(key, writer)
    }
    return part
  }

  /// Counts the basin and the cell of a position.
  func countFrame(_ x: [Double], weight: Double, into tally: inout Tally) {
    if let basin {
      let number = basin(x) ?? network.minima.count
      tally.frames[number] += weight
    }
    if let grid = histogramGrid, let cell = grid.cell(of: x) { tally.histogram[cell] += 1 }
  }
}

/// The sums over the first blocks.
private struct OccupancyTotals: StateCodable {
  var blocks = 0
  var steps = 0
  var groups: [Tally]
  /// What blocks gave that were stopped in their burn-in.
  var burnIn: [Tally]

  init(groups: [Tally], burnIn: [Tally]) {
    self.groups = groups
    self.burnIn = burnIn
  }

  mutating func add(_ part: OccupancyPart) {
    for (group, tally) in part.tallies {
      if part.isBurnIn { burnIn[group].add(tally) } else { groups[group].add(tally) }
    }
    steps += part.steps
  }

  func write(to writer: inout StateWriter) {
    writer.write(blocks)
    writer.write(steps)
    writer.write(groups)
    writer.write(burnIn)
  }

  init(from reader: inout StateReader) throws {
    blocks = try reader.integer()
    steps = try reader.integer()
    groups = try reader.values()
    burnIn = try reader.values()
  }
}

/// What a checkpoint holds of a block.
private enum StoredBlock: Sendable, StateCodable {
  case complete(OccupancyPart)
  case unfinished(OccupancySnapshot)

  /// How many observations are done.
  func observations(of plan: OccupancyPlan) -> Int {
    switch self {
    case .complete: plan.observations
    case .unfinished(let snapshot): snapshot.counts.done
    }
  }

  func write(to writer: inout StateWriter) {
    switch self {
    case .complete(let part):
      writer.write(true)
      writer.write(part)
    case .unfinished(let snapshot):
      writer.write(false)
      writer.write(snapshot)
    }
  }

  init(from reader: inout StateReader) throws {
    if try reader.flag() {
      self = .complete(try OccupancyPart(from: &reader))
    } else {
      self = .unfinished(try OccupancySnapshot(from: &reader))
    }
  }
}
