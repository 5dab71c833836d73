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
  private let startBasins: [Int]

  /// Prepares a study.
  ///
  /// Noise models that refer to a minimum are anchored in that of the last core set visited, where
  /// the discretisation has core sets, and else in that of the start.
  ///
  /// - Parameters:
  ///   - mover: The process.
  ///   - discretisation: How positions become states.
  ///   - starts: Where trajectories start, in turn; at least one point.
  ///   - startBasins: The minimum that the noise of each start refers to; nil for the minimum whose
  ///     number the start has.
  ///   - domain: A trajectory that leaves it is cut, counted and started again; nil for none.
  ///   - settings: The size.
  /// - Throws: `SimulationError` for parts that do not fit each other.
  public init(
    mover: any Mover, discretisation: Discretisation, starts: [[Double]],
    startBasins: [Int]? = nil, domain: Domain? = nil, settings: DiscreteTrajectorySettings
  ) throws {
    try settings.validate()
    guard !starts.isEmpty else { throw SimulationError.noMinimum }
    for (quantity, found) in starts.map({ ("start", $0.count) }) + [
      ("domain", domain?.dimension ?? mover.dimension)
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
  /// - Throws: `SimulationError` for parts that do not fit each other.
  public init(
    mover: any Mover, discretisation: Discretisation, network: StationaryNetwork,
    domain: Domain? = nil, settings: DiscreteTrajectorySettings
  ) throws {
    try self.init(
      mover: mover, discretisation: discretisation, starts: network.minima.map(\.coordinates),
      domain: domain, settings: settings)
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
    let width = TrajectoryBlock.width
    let blockCount = (settings.trajectories + width - 1) / width
    let control = RunControl(
      total: blockCount * (settings.burnIn + settings.frames), progress: progress,
      cancellation: isCancelled)
    let threads = settings.threads > 0 ? settings.threads : processorCount()
    var groups = Array(
      repeating: DiscreteTally(lags: settings.lags.count), count: groupCount)
    var recorded: [[Int]] = []
    var steps = 0
    // A bounded number of blocks at a time keeps memory bounded whatever their number.
    var first = 0
    while first < blockCount, !control.isStopped {
      let start = first
      let parts = await concurrentMap(
        count: min(blockCount - first, 16 * threads), threads: threads
      ) { runBlock(start + $0, control: control) }
      for part in parts {
        for (group, tally) in part.tallies { groups[group].add(tally) }
        recorded += part.recorded
        steps += part.steps
      }
      first += parts.count
    }
    control.finish()
    return DiscreteTrajectoryResult(
      discretisation: discretisation, settings: settings, groups: groups,
      areBatches: batches > 1, frameTime: Double(settings.stepsPerFrame) * mover.timeStep,
      recorded: recorded, steps: steps, interrupted: control.isStopped)
  }

  /// With fewer trajectories than this they are cut into batches for standard errors.
  private static var leastGroups: Int { 16 }
  private static var mostGroups: Int { 64 }

  /// Into how many batches each trajectory is cut.
  private var batches: Int {
    guard settings.trajectories < Self.leastGroups else { return 1 }
    let wanted = (Self.mostGroups + settings.trajectories - 1) / settings.trajectories
    return max(1, min(wanted, settings.frames))
  }

  private var groupCount: Int { min(settings.trajectories * batches, Self.mostGroups) }

  /// What eight trajectories gave.
  private struct Part: Sendable {
    var tallies: [(Int, DiscreteTally)] = []
    var recorded: [[Int]] = []
    var steps = 0
  }

  /// Runs eight trajectories to their end.
  private func runBlock(_ number: Int, control: RunControl) -> Part {
    let width = TrajectoryBlock.width
    let firstTrajectory = number * width
    let active = min(width, settings.trajectories - firstTrajectory)
    let assigner = discretisation.makeAssigner()
    // With milestoning the state is the core set that the noise is anchored in.
    let isMilestoning = if case .coreSets = discretisation.kind { true } else { false }
    let anchors =
      isMilestoning
      ? nil : discretisation.cores.map { CoreWatcher($0, dimension: mover.dimension) }
    var block = TrajectoryBlock(dimension: mover.dimension)
    for lane in 0..<width {
      let start = (firstTrajectory + lane) % starts.count
      block.place(
        starts[start], lane: lane, stream: UInt64(firstTrajectory + lane),
        basin: startBasins[start])
    }
    let stepper = mover.makeStepper(seed: settings.seed)
    let counter = TransitionCounter(span: discretisation.stateSpan, lags: settings.lags)
    var counters = Array(repeating: counter, count: active)
    var tallies = Array(repeating: DiscreteTally(lags: settings.lags.count), count: active)
    var part = Part()
    part.recorded = Array(
      repeating: [], count: max(0, min(active, settings.recordedTrajectories - firstTrajectory)))
    let units = settings.trajectories * batches
    let batchLength = (settings.frames + batches - 1) / batches

    func closeBatch(_ batch: Int) {
      for lane in 0..<active {
        counters[lane].flush(into: &tallies[lane])
        let unit = (firstTrajectory + lane) * batches + batch
        part.tallies.append((unit * groupCount / units, tallies[lane]))
        tallies[lane] = DiscreteTally(lags: settings.lags.count)
      }
    }
    /// Counts a frame in which lanes may be lost.
    func count(lost: [Loss?]) {
      for lane in 0..<active {
        let state = lost[lane] == nil ? assigner.states[lane] : -1
        counters[lane].observe(state, into: &tallies[lane])
        if lane < part.recorded.count, part.recorded[lane].count < settings.recordedFrames {
          part.recorded[lane].append(state)
        }
      }
    }

    assigner.observe(block)
    let none = [Loss?](repeating: nil, count: width)
    if settings.burnIn == 0 { count(lost: none) }
    let total = settings.burnIn + settings.frames
    var frame = 0
    var batch = 0
    var unreported = 0
    while frame < total {
      stepper.advance(&block, by: settings.stepsPerFrame)
      frame += 1
      unreported += 1
      var lost = none
      if let found = losses(block.positions) {
        lost = found
        for lane in 0..<width {
          guard let loss = found[lane] else { continue }
          if lane < active {
            if loss == .outside {
              tallies[lane].leftDomain += 1
            } else {
              tallies[lane].diverged += 1
            }
          }
          let start = (firstTrajectory + lane) % starts.count
          block.move(lane: lane, to: starts[start], basin: startBasins[start])
          assigner.forget(lane: lane)
        }
      }
      assigner.observe(block)
      if isMilestoning {
        for lane in 0..<width {
          let state = assigner.states[lane]
          if state >= 0, state != block.basins[lane] { block.setBasin(state, lane: lane) }
        }
      } else if let anchors {
        let visits = anchors.indices(block.positions)
        for lane in 0..<width where visits[lane] >= 0 {
          block.setBasin(Int(visits[lane]), lane: lane)
        }
      }
      if frame >= settings.burnIn {
        let index = frame - settings.burnIn
        // The pair that ends with a frame belongs to the batch of the frame.
        if index > 0, (index - 1) / batchLength != batch {
          closeBatch(batch)
          batch = (index - 1) / batchLength
        }
        count(lost: lost)
      }
      if unreported * settings.stepsPerFrame >= 256 || frame == total {
        if !control.proceed(unreported) { break }
        unreported = 0
      }
    }
    closeBatch(batch)
    part.steps = frame * settings.stepsPerFrame * active
    return part
  }

  /// Why a trajectory is cut.
  private enum Loss: Equatable { case outside, diverged }

  /// The lanes that are no longer finite or in the domain; nil where all are well.
  private func losses(_ x: [Lanes]) -> [Loss?]? {
    // x − x is zero for every finite number, and not a number for others.
    var sum = Lanes(0.0)
    for value in x { sum = sum + (value - value) }
    if let domain {
      for i in x.indices {
        let margin = (x[i] - Lanes(domain.lower[i])) * (Lanes(domain.upper[i]) - x[i])
        sum = sum + Lanes.select(margin, nonnegative: Lanes(0.0), negative: Lanes(1.0))
      }
    }
    guard sum != Lanes(0.0) else { return nil }
    return (0..<TrajectoryBlock.width).map { lane in
      x.allSatisfy { $0[lane].isFinite } ? (sum[lane] == 0 ? nil : .outside) : .diverged
    }
  }
}
