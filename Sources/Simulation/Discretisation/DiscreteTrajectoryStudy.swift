public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Many independent trajectories of one process, seen as sequences of states and counted while they
/// run.
///
/// ```swift
/// let study = try DiscreteTrajectoryStudy(
///   mover: integrator, discretisation: .coreSets(cores), network: network,
///   settings: DiscreteTrajectorySettings(frames: 1_000_000, lags: [1, 10, 100]))
/// let result = await study.run()
/// let chain = try result.estimatedChain()                      // continuous time
/// let rows = try result.impliedTimescales()
/// ```
///
/// Every trajectory has a random stream of its own: the result is the same, bit for bit, on any
/// number of threads. Transitions are counted as they happen; memory does not grow with the length
/// of the run unless trajectories are recorded.
public struct DiscreteTrajectoryStudy: Sendable {
  /// The process.
  public let mover: any Mover
  /// How positions become states.
  public let discretisation: Discretisation
  /// Where trajectories start, in turn.
  public let starts: [[Double]]
  /// Leaving it ends a trajectory; nil for none.
  public let domain: Domain?
  /// The size.
  public let settings: DiscreteTrajectorySettings
  /// Which core set each start belongs to, for noise that refers to a minimum.
  let startBasins: [Int]
  /// The core sets that the noise refers to where the discretisation has none.
  let anchorSets: CoreSets?

  /// Prepares a study.
  ///
  /// Noise models that refer to a minimum are anchored in that of the last core set visited, where
  /// the discretisation has core sets or `anchorSets` are given, and else in that of the start.
  ///
  /// - Parameters:
  ///   - mover: The process.
  ///   - discretisation: How positions become states.
  ///   - starts: Where trajectories start, in turn; at least one point.
  ///   - startBasins: The minimum that the noise of each start refers to; nil for the minimum whose
  ///     number the start has.
  ///   - domain: A trajectory that leaves it is cut, counted and started again; nil for none.
  ///   - settings: The size.
  ///   - anchorSets: The core sets of the minima, for models of noise that know minima and a
  ///     discretisation without core sets; nil for none.
  /// - Throws: `SimulationError` for parts that do not fit each other.
  public init(
    mover: any Mover, discretisation: Discretisation, starts: [[Double]],
    startBasins: [Int]? = nil, domain: Domain? = nil, settings: DiscreteTrajectorySettings,
    anchorSets: CoreSets? = nil
  ) throws {
    try settings.validate()
    guard !starts.isEmpty else { throw SimulationError.noMinimum }
    for (quantity, found) in starts.map({ ("start", $0.count) }) + [
      ("domain", domain?.dimension ?? mover.dimension),
      ("core sets", anchorSets?.sets.first?.center.count ?? mover.dimension),
    ] where found != mover.dimension {
      throw SimulationError.dimensionMismatch(
        quantity: quantity, expected: mover.dimension, found: found)
    }
    if let startBasins, startBasins.count != starts.count || startBasins.contains(where: { $0 < 0 })
    {
      throw SimulationError.invalidSetting(
        name: "startBasins", value: "\(startBasins)",
        accepted: "a number of a minimum for each of the \(starts.count) starts")
    }
    try discretisation.check(dimension: mover.dimension)
    self.mover = mover
    self.discretisation = discretisation
    self.starts = starts
    self.startBasins = startBasins ?? Array(starts.indices)
    self.anchorSets = anchorSets
    self.domain = domain
    self.settings = settings
  }

  /// Prepares a study whose trajectories start in the minima of a network in turn.
  ///
  /// - Parameters:
  ///   - mover: The process.
  ///   - discretisation: How positions become states.
  ///   - network: The minima.
  ///   - domain: A trajectory that leaves it is cut, counted and started again; nil for none.
  ///   - settings: The size.
  ///   - anchorSets: The core sets of the minima, for models of noise that know minima and a
  ///     discretisation without core sets; nil for none.
  /// - Throws: `SimulationError` for parts that do not fit each other.
  public init(
    mover: any Mover, discretisation: Discretisation, network: StationaryNetwork,
    domain: Domain? = nil, settings: DiscreteTrajectorySettings, anchorSets: CoreSets? = nil
  ) throws {
    try self.init(
      mover: mover, discretisation: discretisation, starts: network.minima.map(\.coordinates),
      domain: domain, settings: settings, anchorSets: anchorSets)
  }

  /// Runs the trajectories.
  ///
  /// - Parameters:
  ///   - progress: Told how far the run is, at most ten times a second, from any thread.
  ///   - isCancelled: Asked often whether to stop; what is done by then is kept. The task's own
  ///     cancellation stops the run too.
  /// - Returns: What was counted.
  public func run(
    progress: (@Sendable (RunProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async -> DiscreteTrajectoryResult {
    await run(from: StoredTrajectories(self), nil, progress: progress, isCancelled: isCancelled)
  }

  /// Runs the trajectories, or goes on with them.
  ///
  /// With a checkpoint the run can be ended at any moment, by `isCancelled` or by force, and started
  /// again with the same settings, on any number of threads: it goes on, and what it gives in the end
  /// is the same, bit for bit, as without the interruption.
  ///
  /// - Parameters:
  ///   - checkpoint: Where the state is kept; nil keeps none.
  ///   - progress: Told how far the run is, at most ten times a second, from any thread.
  ///   - isCancelled: Asked often whether to stop; what is done by then is kept. The task's own
  ///     cancellation stops the run too.
  /// - Returns: What was counted.
  /// - Throws: `CheckpointError` where the checkpoint belongs to another run or is damaged; what its
  ///   store throws where it cannot be read or written at the start.
  public func run(
    checkpoint: Checkpoint?, progress: (@Sendable (RunProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> DiscreteTrajectoryResult {
    let session = try checkpoint.map {
      try CheckpointSession($0, fingerprint: fingerprint(problem: $0.problem))
    }
    return await run(
      from: try StoredTrajectories(self, session), session, progress: progress,
      isCancelled: isCancelled)
  }

  private func run(
    from stored: StoredTrajectories, _ session: CheckpointSession?,
    progress: (@Sendable (RunProgress) -> Void)?, isCancelled: @escaping @Sendable () -> Bool
  ) async -> DiscreteTrajectoryResult {
    let framesPerBlock = settings.burnIn + settings.frames
    let control = RunControl(
      total: blockCount * framesPerBlock, progress: progress, cancellation: isCancelled)
    let threads = settings.threads > 0 ? settings.threads : processorCount()
    var totals = stored.totals
    control.beginPart(
      alreadyDone: totals.blocks * framesPerBlock
        + stored.blocks.values.reduce(0) { $0 + ($1.snapshot?.counts.frame ?? framesPerBlock) })
    // A bounded number of blocks at a time keeps memory bounded whatever their number.
    var lastStored = ContinuousClock.now
    var leftovers = Array(stored.blocks.keys)
    while totals.blocks < blockCount, !control.isStopped {
      let start = totals.blocks
      let parts = await concurrentMap(
        count: min(blockCount - start, 16 * threads), threads: threads
      ) { runBlock(start + $0, from: stored.blocks[start + $0], control, session) }
      for part in parts { totals.add(part) }
      totals.blocks += parts.count
      guard let session else { continue }
      leftovers += Array(start..<totals.blocks)
      // The totals of a run that was stopped hold unfinished blocks.
      if !control.isStopped, totals.blocks == blockCount || session.isDue(since: lastStored) {
        var writer = StateWriter()
        writer.write(totals)
        let end = totals.blocks
        session.put(
          "trajectories", writer, removing: leftovers.filter { $0 < end }.map { "block/\($0)" })
        lastStored = ContinuousClock.now
        leftovers = []
      }
    }
    session?.flush()
    control.finish()
    return DiscreteTrajectoryResult(
      discretisation: discretisation, settings: settings, groups: totals.groups,
      areBatches: batches > 1, frameTime: Double(settings.stepsPerFrame) * mover.timeStep,
      recorded: totals.recorded, steps: totals.steps, interrupted: control.isStopped,
      checkpointFailure: session?.failure)
  }

  /// Runs eight trajectories to their end.
  private func runBlock(
    _ number: Int, from stored: StoredDiscreteBlock?, _ control: RunControl,
    _ session: CheckpointSession?
  ) -> DiscretePart {
    if let part = stored?.part { return part }
    let key = "block/\(number)"
    var run = DiscreteRun(self, number: number, from: stored?.snapshot)
    /// The states that are new, by key.
    func newStates(_ run: inout DiscreteRun) -> [String: StateWriter] {
      guard let states = run.takeNewStates() else { return [:] }
      var writer = StateWriter()
      writer.write(states)
      return ["states/\(number)/\(states.first)": writer]
    }
    let (part, isComplete) = run.run(control: control, session: session) { run in
      var values = newStates(&run)
      var writer = StateWriter()
      writer.write(StoredDiscreteBlock(snapshot: run.snapshot))
      values[key] = writer
      session?.put(values, isUrgent: true)
    }
    if isComplete, let session {
      var values = newStates(&run)
      var writer = StateWriter()
      writer.write(StoredDiscreteBlock(part: part))
      values[key] = writer
      session.put(values)
    }
    return part
  }

  /// With fewer trajectories than this they are cut into batches for standard errors.
  private static var leastGroups: Int { 16 }
  private static var mostGroups: Int { 64 }

  /// Into how many batches each trajectory is cut.
  var batches: Int {
    guard settings.trajectories < Self.leastGroups else { return 1 }
    let wanted = (Self.mostGroups + settings.trajectories - 1) / settings.trajectories
    return max(1, min(wanted, settings.frames))
  }

  var groupCount: Int { min(settings.trajectories * batches, Self.mostGroups) }

  /// The number of blocks of eight trajectories.
  var blockCount: Int {
    (settings.trajectories + TrajectoryBlock.width - 1) / TrajectoryBlock.width
  }

  /// How many trajectories of a block are recorded.
  func recordedCount(block: Int) -> Int {
    let first = block * TrajectoryBlock.width
    return max(
      0,
      min(
        TrajectoryBlock.width, settings.trajectories - first,
        settings.recordedTrajectories - first))
  }
}
