import Landscapes

/// What eight trajectories gave.
struct DiscretePart: Sendable {
  var tallies: [GroupedTally] = []
  var recorded: [[Int]] = []
  var steps = 0
}

/// What was counted of a batch of a trajectory, and the group that it belongs to.
struct GroupedTally: Sendable {
  var group: Int
  var tally: DiscreteTally
}

/// What is counted of eight trajectories on their way.
struct DiscreteCounts: Sendable {
  /// How many frames there were.
  var frame = 0
  /// The number of the batch.
  var batch = 0
  /// The last state of each lane.
  var states: [Int]
  var counters: [TransitionCounter]
  var tallies: [DiscreteTally]
  /// Batches that are over.
  var finished: [GroupedTally] = []
  /// A bit for each lane that was put elsewhere since the last step.
  var moved: UInt64
}

/// Eight discrete trajectories at a moment, with everything that is needed to go on.
struct DiscreteSnapshot: Sendable {
  var trajectories: [TrajectoryState]
  var memories: [ProcessMemory]
  var counts: DiscreteCounts
  /// The states that were recorded, which a checkpoint holds by themselves.
  var recorded: [[Int]]
  /// How many of each trajectory there are.
  var recordedFrames: Int
}

/// States of the recorded trajectories of a block in frames that follow each other.
struct RecordedStates: Sendable {
  /// The number of the first frame.
  var first: Int
  /// Per trajectory the states.
  var states: [[Int]]
}

/// Eight trajectories of a study of discrete trajectories.
struct DiscreteRun {
  private let study: DiscreteTrajectoryStudy
  private let firstTrajectory: Int
  private let active: Int
  private let stepper: any Stepper
  private let assigner: StateAssigner
  /// Whether the state is the core set that the noise is anchored in.
  private let anchors: CoreWatcher?
  private let batchLength: Int
  private let units: Int
  private var block: TrajectoryBlock
  private var counts: DiscreteCounts
  private var recorded: [[Int]]
  /// How many recorded frames a checkpoint has.
  private var storedFrames = 0

  /// Starts a block, or goes on with it.
  init(_ study: DiscreteTrajectoryStudy, number: Int, from snapshot: DiscreteSnapshot?) {
    self.study = study
    let settings = study.settings
    let width = TrajectoryBlock.width
    firstTrajectory = number * width
    active = min(width, settings.trajectories - firstTrajectory)
    assigner = study.discretisation.makeAssigner()
    let dimension = study.mover.dimension
    let cores =
      study.mover.constantDiffusion == nil
      ? study.anchorSets ?? study.discretisation.cores : nil
    anchors = cores.map { CoreWatcher($0, dimension: dimension) }
    units = settings.trajectories * study.batches
    batchLength = (settings.frames + study.batches - 1) / study.batches
    block = TrajectoryBlock(dimension: dimension)
    for lane in 0..<width {
      let start = (firstTrajectory + lane) % study.starts.count
      block.place(
        study.starts[start], lane: lane, stream: UInt64(firstTrajectory + lane),
        basin: study.startBasins[start])
    }
    stepper = study.mover.makeStepper(seed: settings.seed)
    let counter = TransitionCounter(
      span: study.discretisation.stateSpan, lags: settings.lags)
    counts = DiscreteCounts(
      states: assigner.states, counters: Array(repeating: counter, count: active),
      tallies: Array(
        repeating: DiscreteTally(lags: settings.lags.count), count: active),
      moved: (1 << UInt64(width)) - 1)
    recorded = Array(repeating: [], count: study.recordedCount(block: number))
    guard let snapshot else { return }
    counts = snapshot.counts
    recorded = snapshot.recorded
    storedFrames = snapshot.recordedFrames
    assigner.restore(counts.states)
    for (lane, state) in snapshot.trajectories.enumerated() { block.restore(state, lane: lane) }
    for (lane, state) in snapshot.trajectories.enumerated() {
      stepper.restore(snapshot.memories[lane], lane: lane, in: block)
      // The stepper has to see what it would have seen: that the lane was put here.
      if counts.moved >> UInt64(lane) & 1 == 1 {
        block.move(lane: lane, to: state.position, basin: state.basin)
      }
    }
  }

  /// Everything that is needed to go on, but for the states that were recorded.
  var snapshot: DiscreteSnapshot {
    let lanes = 0..<TrajectoryBlock.width
    var counts = counts
    counts.states = assigner.states
    return DiscreteSnapshot(
      trajectories: lanes.map { block.state(lane: $0) },
      memories: lanes.map { stepper.memory(lane: $0) }, counts: counts, recorded: [],
      recordedFrames: recorded.first?.count ?? 0)
  }

  /// The recorded states that no checkpoint has yet; nil for none.
  mutating func takeNewStates() -> RecordedStates? {
    guard let count = recorded.first?.count, count > storedFrames else { return nil }
    defer { storedFrames = count }
    return RecordedStates(
      first: storedFrames, states: recorded.map { Array($0[storedFrames...]) })
  }

  /// Runs to the end, or until it is stopped.
  ///
  /// - Parameters:
  ///   - control: Asked whether to stop.
  ///   - session: Knows when a snapshot is due; nil where none are taken.
  ///   - store: Called when a snapshot is to be taken.
  /// - Returns: What was counted, and whether the end was reached.
  mutating func run(
    control: RunControl, session: CheckpointSession?, store: (inout DiscreteRun) -> Void
  ) -> (part: DiscretePart, isComplete: Bool) {
    let settings = study.settings
    let total = settings.burnIn + settings.frames
    let stride = settings.stepsPerFrame
    if counts.frame == 0 {
      assigner.observe(block)
      if settings.burnIn == 0 { count(lost: nil) }
    }
    var lastSnapshot = ContinuousClock.now
    var unreported = 0
    var isStopping = false
    while counts.frame < total {
      observe()
      unreported += 1
      let isLast = counts.frame == total
      guard unreported * stride >= 256 || isLast || isStopping else { continue }
      if !isStopping { isStopping = !control.proceed(unreported) }
      unreported = 0
      if let session {
        // Random numbers come for pairs of steps: a trajectory goes on from even ones only.
        guard (counts.frame * stride).isMultiple(of: 2), !isLast else { continue }
        if isStopping || session.isDue(since: lastSnapshot) {
          store(&self)
          lastSnapshot = ContinuousClock.now
        }
      }
      if isStopping { break }
    }
    closeBatch()
    return (
      DiscretePart(
        tallies: counts.finished, recorded: recorded, steps: counts.frame * stride * active),
      counts.frame == total
    )
  }

  private mutating func closeBatch() {
    for lane in 0..<active {
      counts.counters[lane].flush(into: &counts.tallies[lane])
      let unit = (firstTrajectory + lane) * study.batches + counts.batch
      counts.finished.append(
        GroupedTally(group: unit * study.groupCount / units, tally: counts.tallies[lane]))
      counts.tallies[lane] = DiscreteTally(lags: study.settings.lags.count)
    }
  }

  /// Counts a frame in which lanes may be lost.
  private mutating func count(lost: [Loss?]?) {
    for lane in 0..<active {
      let state = lost?[lane] == nil ? assigner.states[lane] : -1
      counts.counters[lane].observe(state, into: &counts.tallies[lane])
      if lane < recorded.count, recorded[lane].count < study.settings.recordedFrames {
        recorded[lane].append(state)
      }
    }
  }

  /// Goes on to the next frame and counts what is seen.
  private mutating func observe() {
    stepper.advance(&block, by: study.settings.stepsPerFrame, anchors: anchors)
    counts.moved = 0
    counts.frame += 1
    let lost = losses(block.positions)
    if let lost {
      for lane in 0..<TrajectoryBlock.width {
        guard let loss = lost[lane] else { continue }
        if lane < active {
          if loss == .outside {
            counts.tallies[lane].leftDomain += 1
          } else {
            counts.tallies[lane].diverged += 1
          }
        }
        let start = (firstTrajectory + lane) % study.starts.count
        block.move(lane: lane, to: study.starts[start], basin: study.startBasins[start])
        counts.moved |= 1 << UInt64(lane)
        assigner.forget(lane: lane)
      }
    }
    assigner.observe(block)
    let index = counts.frame - study.settings.burnIn
    guard index >= 0 else { return }
    // The pair that ends with a frame belongs to the batch of the frame.
    if index > 0, (index - 1) / batchLength != counts.batch {
      closeBatch()
      counts.batch = (index - 1) / batchLength
    }
    count(lost: lost)
  }

  /// Why a trajectory is cut.
  private enum Loss: Equatable { case outside, diverged }

  /// The lanes that are no longer finite or in the domain; nil where all are well.
  private func losses(_ x: [Lanes]) -> [Loss?]? {
    // x − x is zero for every finite number, and not a number for others.
    var sum = Lanes(0.0)
    for value in x { sum = sum + (value - value) }
    if let domain = study.domain {
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
