import Landscapes
import LinearAlgebra

/// Simulates excursions in the eight lanes of one block; a lane that is done takes the next job.
///
/// No step allocates. A branch is found by following the earlier excursion again from its start,
/// with its own random numbers, up to the first state above the level: so nothing of a path needs
/// to be stored but where it starts.
final class ExcursionRunner {
  private let event: RareEvent
  private let stepper: any Stepper
  private let seed: UInt64
  private let stepLimit: Double
  private let watchesSource: Bool
  private let constantDiffusion: Matrix?
  private var block: TrajectoryBlock
  private var source: RegionWatcher
  private var target: RegionWatcher
  /// ξ at the end of the last step.
  private var coordinate = Lanes(0.0)
  private var maximum = Lanes(-Double.infinity)
  /// Steps since the start of each excursion.
  private var age = Lanes(0.0)
  /// A lane above its level needs a closer look.
  private var stop = Lanes(.infinity)
  private var work: [LaneWork?]

  /// What a lane is doing.
  private struct LaneWork {
    let index: Int
    let job: ExcursionJob
    /// Where the present stretch starts.
    var start: ExcursionStart
    /// Whether an earlier excursion is being followed.
    var isFollowing: Bool
    /// Whether the lane waits for an even step to be placed at the start.
    var isWaiting = true
    var steps = 0
  }

  init(_ event: RareEvent, watchesSource: Bool, seed: UInt64, stepLimit: Int) {
    self.event = event
    self.watchesSource = watchesSource
    self.seed = seed
    self.stepLimit = Double(stepLimit)
    stepper = event.mover.makeStepper(seed: seed)
    constantDiffusion = event.mover.constantDiffusion
    block = TrajectoryBlock(dimension: event.mover.dimension)
    let usesBridge = event.correction == .brownianBridge
    source = RegionWatcher(event.source, usesBridge: usesBridge)
    target = RegionWatcher(event.target, usesBridge: usesBridge)
    work = Array(repeating: nil, count: TrajectoryBlock.width)
  }

  /// Runs jobs until there are none left.
  ///
  /// - Parameters:
  ///   - jobs: All jobs.
  ///   - counter: Hands out their numbers.
  ///   - control: Whether to stop.
  /// - Returns: What this runner has simulated.
  func run(
    _ jobs: [ExcursionJob], counter: SharedCounter, control: RunControl
  ) -> [(index: Int, excursion: Excursion)] {
    var results: [(index: Int, excursion: Excursion)] = []
    var phase = 0
    var isExhausted = false
    while true {
      if phase.isMultiple(of: 2) {
        var isPlaced = false
        for lane in work.indices {
          if work[lane] == nil, !isExhausted {
            if let index = counter.take(below: jobs.count) {
              let job = jobs[index]
              work[lane] = LaneWork(
                index: index, job: job, start: job.start, isFollowing: job.branch != nil)
            } else {
              isExhausted = true
            }
          }
          if work[lane]?.isWaiting == true {
            place(lane)
            isPlaced = true
          }
        }
        if isPlaced { beginStretches() }
        if work.allSatisfy({ $0 == nil }) { return results }
      }
      if phase & 0x3FF == 0x3FF, !control.proceed(0) { return results }
      source.begin()
      target.begin()
      stepper.advance(&block, by: 1)
      phase += 1
      lookAround(&results)
    }
  }

  private func place(_ lane: Int) {
    guard let start = work[lane]?.start else { return }
    block.place(start.position, lane: lane, stream: start.stream, basin: event.basin)
    if let memory = start.memory {
      // A new stream starts at its beginning.
      stepper.restore(ProcessMemory(process: memory.process), lane: lane, in: block)
    }
    source.restart(lane: lane)
    target.restart(lane: lane)
    age[lane] = 0
  }

  /// Measures where the lanes start that were placed.
  private func beginStretches() {
    source.measure(block.positions.span)
    target.measure(block.positions.span)
    coordinate = event.coordinate(block.positions.span)
    for lane in work.indices where work[lane]?.isWaiting == true {
      work[lane]?.isWaiting = false
      maximum[lane] = coordinate[lane]
      let job = work[lane]?.job
      let isFollowing = work[lane]?.isFollowing == true
      stop[lane] = (isFollowing ? job?.branch?.level : job?.stopLevel) ?? .infinity
    }
  }

  /// Compares the positions at the end of a step with everything that may end an excursion.
  private func lookAround(_ results: inout [(index: Int, excursion: Excursion)]) {
    coordinate = event.coordinate(block.positions.span)
    age = age + Lanes(1.0)
    var interest = target.end(block.positions.span)
    if watchesSource {
      let other = source.end(block.positions.span)
      interest = Lanes.select(other - interest, nonnegative: interest, negative: other)
    }
    // The first steps of an excursion tell how large its steps are.
    if event.correction != .none { interest = smaller(interest, age - Lanes(8.5)) }
    interest = smaller(interest, stop - coordinate)
    interest = smaller(interest, Lanes(stepLimit - 0.5) - age)
    // Not a number where a position is not finite.
    var defect = coordinate - coordinate
    for i in block.positions.indices {
      defect = defect + (block.positions[i] - block.positions[i])
    }
    interest = interest + defect
    let previous = maximum
    maximum = Lanes.select(
      coordinate - maximum, nonnegative: coordinate, negative: maximum)
    for lane in work.indices where !(interest[lane] > 0) {
      guard let own = work[lane], !own.isWaiting else { continue }
      if own.isFollowing {
        follow(own, lane, &results)
      } else if let end = end(of: own, lane) {
        if end == .source || end == .target || end == .diverged { maximum[lane] = previous[lane] }
        finish(own, lane, end, &results)
      }
    }
  }

  private func smaller(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes.select(a - b, nonnegative: b, negative: a)
  }

  /// Goes its own way where the earlier excursion is above the level.
  private func follow(
    _ own: LaneWork, _ lane: Int, _ results: inout [(index: Int, excursion: Excursion)]
  ) {
    guard let branch = own.job.branch, coordinate[lane] > branch.level else {
      // A process that is not a function of its random numbers never comes back.
      if age[lane] >= stepLimit { finish(own, lane, .abandoned, &results) }
      return
    }
    var next = own
    next.start = state(lane, of: own)
    next.start.stream = branch.stream
    next.isFollowing = false
    next.isWaiting = true
    next.steps += Int(age[lane])
    work[lane] = next
    stop[lane] = .infinity
  }

  /// How an excursion ended in the last step; nil where it goes on.
  private func end(of own: LaneWork, _ lane: Int) -> ExcursionEnd? {
    guard block.positions.allSatisfy({ $0[lane].isFinite }), coordinate[lane].isFinite else {
      return .diverged
    }
    let isInTarget = target.isInside(lane: lane)
    if watchesSource, source.isInside(lane: lane) { return isInTarget ? .target : .source }
    if isInTarget { return .target }
    if event.correction == .brownianBridge {
      let (first, second) = RandomStream.words(
        seed: seed,
        stream: RandomStream.identifier(index: own.start.stream, purpose: .crossings),
        position: UInt64(age[lane]))
      let stay = target.stayProbability(lane: lane) { variance(of: $0, lane) }
      if stay < 1, RandomStream.uniform(second) > stay { return .target }
      if watchesSource {
        let stay = source.stayProbability(lane: lane) { variance(of: $0, lane) }
        if stay < 1, RandomStream.uniform(first) > stay { return .source }
      }
    }
    if coordinate[lane] > own.job.stopLevel { return .level }
    return age[lane] >= stepLimit ? .abandoned : nil
  }

  /// 2 ∇gᵀD∇g Δt.
  private func variance(of level: ReactionCoordinate, _ lane: Int) -> Double {
    let x = block.position(lane: lane)
    guard let matrix = constantDiffusion ?? event.mover.diffusion(at: x, basin: event.basin)
    else { return 0 }
    let step = event.mover.timeStep
    let scale = (0..<x.count).map { 0.1 * (2 * max(matrix[$0, $0], 0) * step).squareRoot() }
    return 2 * matrix.quadraticForm(level.gradient(at: x, scale: scale)) * step
  }

  /// The time since the start of the present stretch.
  private func duration(_ lane: Int) -> Double {
    event.mover.keepsClock ? block.clocks[lane] : age[lane] * event.mover.timeStep
  }

  /// Where a lane is.
  private func state(_ lane: Int, of own: LaneWork) -> ExcursionStart {
    ExcursionStart(
      position: block.position(lane: lane), memory: stepper.memory(lane: lane),
      elapsed: own.start.elapsed + duration(lane), stream: own.start.stream)
  }

  private func finish(
    _ own: LaneWork, _ lane: Int, _ end: ExcursionEnd,
    _ results: inout [(index: Int, excursion: Excursion)]
  ) {
    // A surface is crossed somewhere inside the step.
    let isInside =
      event.correction == .brownianBridge && !event.mover.keepsClock
      && (end == .source || end == .target)
    let time = duration(lane) - (isInside ? 0.5 * event.mover.timeStep : 0)
    results.append(
      (
        own.index,
        Excursion(
          start: own.start, end: end, maximum: maximum[lane], duration: time,
          steps: own.steps + Int(age[lane]),
          final: own.job.keepsEnd ? state(lane, of: own) : nil)
      ))
    work[lane] = nil
    stop[lane] = .infinity
  }
}
