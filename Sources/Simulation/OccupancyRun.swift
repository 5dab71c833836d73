import Landscapes
import StationaryPoints

/// How the observations of a trajectory are divided.
struct OccupancyPlan: Sendable {
  /// How often a trajectory is looked at.
  let observations: Int
  /// The first looks, which do not count.
  let burned: Int
  /// The stretches into which a trajectory is cut, and the looks in each.
  let batches: Int
  let batchLength: Int
  /// The looks from frame to frame; nil where there are no frames.
  let frameInterval: Int?
  /// Trajectories times stretches, and the groups that they are gathered in.
  let units: Int
  let groupCount: Int
}

/// What a block of trajectories gave, by group.
struct OccupancyPart: Sendable {
  var tallies: [Int: Tally]
  /// Whether it ended in its burn-in.
  var isBurnIn: Bool
  var steps: Int
}

/// What is counted of eight trajectories on their way.
struct OccupancyCounts: Sendable {
  /// The last core set that each visited.
  var states: [Int]
  var correlators: [LagCorrelator]
  var tallies: [Tally]
  /// The time since the last change of state, counted when it ends.
  var runs: [Double]
  /// What the clocks showed at the last look.
  var clocks: [Double]
  /// Stretches that are over, by group.
  var finished: [Int: Tally] = [:]
  /// How many looks there were.
  var done = 0
  /// The number of the stretch.
  var batch = 0
  /// A bit for each lane that was put elsewhere since the last step.
  var moved: UInt64
}

/// Eight trajectories of an ensemble on their way to occupancies.
struct OccupancyRun {
  private let ensemble: Ensemble
  private let plan: OccupancyPlan
  private let number: Int
  private let active: Int
  private let starts: [Int]
  private let watcher: CoreWatcher
  private let stepper: any Stepper
  private let keepsClock: Bool
  private var block: TrajectoryBlock
  private var counts: OccupancyCounts

  /// Starts a block.
  init(_ ensemble: Ensemble, number: Int, plan: OccupancyPlan) {
    self.ensemble = ensemble
    self.number = number
    self.plan = plan
    let width = TrajectoryBlock.width
    let settings = ensemble.settings
    active = min(width, settings.trajectories - number * width)
    starts = settings.initialMinima ?? Array(ensemble.network.minima.indices)
    watcher = CoreWatcher(ensemble.cores, dimension: ensemble.field.dimension)
    stepper = ensemble.mover.makeStepper(seed: settings.seed)
    keepsClock = ensemble.mover.keepsClock
    block = TrajectoryBlock(dimension: ensemble.field.dimension)
    var states = [Int](repeating: 0, count: width)
    for lane in 0..<width {
      let trajectory = number * width + lane
      states[lane] = starts[trajectory % starts.count]
      block.place(
        ensemble.network.minima[states[lane]].coordinates, lane: lane,
        stream: UInt64(trajectory), basin: states[lane])
    }
    counts = OccupancyCounts(
      states: states,
      correlators: Array(
        repeating: LagCorrelator(
          states: ensemble.network.minima.count, levels: ensemble.correlationLevels),
        count: active),
      tallies: Array(repeating: ensemble.emptyTally(), count: active),
      runs: [Double](repeating: 0, count: active), clocks: block.clocks,
      moved: (1 << UInt64(width)) - 1)
  }

  /// Goes on with a block.
  init(_ ensemble: Ensemble, number: Int, plan: OccupancyPlan, from snapshot: OccupancySnapshot) {
    self.init(ensemble, number: number, plan: plan)
    counts = snapshot.counts
    for (lane, state) in snapshot.trajectories.enumerated() { block.restore(state, lane: lane) }
    for (lane, state) in snapshot.trajectories.enumerated() {
      stepper.restore(snapshot.memories[lane], lane: lane, in: block)
      // The stepper has to see what it would have seen: that the lane was put here.
      if counts.moved >> UInt64(lane) & 1 == 1 {
        block.move(lane: lane, to: state.position, basin: state.basin)
      }
    }
  }

  /// Everything that is needed to go on.
  private var snapshot: OccupancySnapshot {
    let lanes = 0..<TrajectoryBlock.width
    return OccupancySnapshot(
      trajectories: lanes.map { block.state(lane: $0) },
      memories: lanes.map { stepper.memory(lane: $0) }, counts: counts)
  }

  /// Runs to the end, or until it is stopped.
  ///
  /// - Parameters:
  ///   - control: Asked whether to stop.
  ///   - session: Knows when a snapshot is due; nil where none are taken.
  ///   - store: Takes a snapshot from time to time, and where the run is stopped.
  /// - Returns: What was counted, and whether the end was reached.
  mutating func run(
    control: RunControl, session: CheckpointSession?, store: (OccupancySnapshot) -> Void
  ) -> (part: OccupancyPart, isComplete: Bool) {
    let stride = ensemble.stride
    var lastSnapshot = ContinuousClock.now
    var unreported = 0
    var isStopping = false
    while counts.done < plan.observations {
      observe()
      unreported += 1
      guard
        unreported * stride >= 256 || counts.done == plan.observations || isStopping
      else { continue }
      if !isStopping { isStopping = !control.proceed(unreported) }
      unreported = 0
      // Random numbers come for pairs of steps: a trajectory goes on from even ones only.
      guard (counts.done * stride).isMultiple(of: 2), counts.done < plan.observations else {
        continue
      }
      if let session, isStopping || session.isDue(since: lastSnapshot) {
        store(snapshot)
        lastSnapshot = ContinuousClock.now
      }
      if isStopping { break }
    }
    let isComplete = counts.done == plan.observations
    closeBatch(counts.batch)
    return (
      OccupancyPart(
        tallies: counts.finished, isBurnIn: counts.done <= plan.burned,
        steps: counts.done * stride * active), isComplete
    )
  }

  private mutating func closeRun(_ lane: Int) {
    counts.tallies[lane].residence[counts.states[lane]] += counts.runs[lane]
    counts.runs[lane] = 0
  }

  private mutating func closeBatch(_ batch: Int) {
    let empty = ensemble.emptyTally()
    for lane in 0..<active {
      closeRun(lane)
      counts.correlators[lane].flush(into: &counts.tallies[lane])
      let trajectory = number * TrajectoryBlock.width + lane
      let unit = trajectory * plan.batches + min(batch, plan.batches - 1)
      counts.finished[unit * plan.groupCount / plan.units, default: empty]
        .add(counts.tallies[lane])
      counts.tallies[lane] = empty
    }
  }

  /// Goes on to the next look and counts what is seen.
  private mutating func observe() {
    stepper.advance(&block, by: ensemble.stride)
    counts.moved = 0
    counts.done += 1
    let done = counts.done
    let visits = watcher.indices(block.positions)
    // What the burn-in gives is kept until it is over, for a run that is stopped before.
    let index = done > plan.burned ? done - plan.burned - 1 : done - 1
    if done == plan.burned + 1, plan.burned > 0 {
      for lane in 0..<active {
        counts.tallies[lane].forgetObservations()
        counts.correlators[lane].clear()
        counts.runs[lane] = 0
      }
    } else if done > plan.burned, index / plan.batchLength != counts.batch {
      closeBatch(counts.batch)
      counts.batch = index / plan.batchLength
    }
    let isCorrelated = !keepsClock && index.isMultiple(of: Ensemble.correlationSpacing)
    let isFrame = plan.frameInterval.map { (index + 1).isMultiple(of: $0) } ?? false
    for lane in 0..<active {
      var duration = 1.0
      if keepsClock {
        duration = block.clocks[lane] - counts.clocks[lane]
        counts.clocks[lane] = block.clocks[lane]
      }
      let visit = visits[lane]
      if visit != Double(counts.states[lane]) || !duration.isFinite {
        // Between core sets, in another one, or lost.
        let condition = ensemble.health(block.positions, lane: lane)
        if condition != .good || !duration.isFinite {
          restart(lane, isOutside: condition == .outside)
          continue
        }
        if visit >= 0 {
          let next = Int(visit)
          let key = counts.states[lane] * ensemble.network.minima.count + next
          counts.tallies[lane].transitions[key, default: 0] += 1
          closeRun(lane)
          counts.states[lane] = next
          block.setBasin(next, lane: lane)
        }
      }
      counts.runs[lane] += duration
      if isCorrelated {
        counts.correlators[lane].observe(counts.states[lane], into: &counts.tallies[lane])
      }
      if isFrame {
        ensemble.countFrame(
          block.position(lane: lane), weight: duration, into: &counts.tallies[lane])
      }
    }
  }

  /// Starts a trajectory again that was lost.
  private mutating func restart(_ lane: Int, isOutside: Bool) {
    if isOutside {
      counts.tallies[lane].leftDomain += 1
    } else {
      counts.tallies[lane].diverged += 1
    }
    closeRun(lane)
    let start = starts[(number * TrajectoryBlock.width + lane) % starts.count]
    counts.states[lane] = start
    block.move(lane: lane, to: ensemble.network.minima[start].coordinates, basin: start)
    if keepsClock {
      // A clock that is no number any more would never be one again.
      block.clocks[lane] = 0
      counts.clocks[lane] = 0
    }
    counts.moved |= 1 << UInt64(lane)
    counts.correlators[lane].reset()
  }
}
