import Landscapes
import LinearAlgebra

/// Simulates excursions in the eight lanes of one block; a lane that is done takes the next job.
///
/// No step allocates. A branch is found by following the earlier excursion again from its start,
/// with its own random numbers, up to the first state above the level: so nothing of a path needs
/// to be stored but where it starts.
struct ExcursionRunner {
  private let event: RareEvent
  private let jobs: [ExcursionJob]
  /// The numbers of the jobs that are to be done.
  private let open: [Int]
  private let stepper: any Stepper
  private let seed: UInt64
  private let stepLimit: Double
  private let usesBridge: Bool
  private let needsExperience: Bool
  private let constantDiffusion: Matrix?
  private let function: CompiledField.ScalarFunction<Lanes>
  private var block: TrajectoryBlock
  /// Where the last step started, for noise that depends on it; else empty.
  private var origin: [Lanes]
  /// Watches where a way ends that does not reach the target; nil for ways out without third sets.
  private var source: RegionWatcher?
  private var target: RegionWatcher
  /// ξ at the end of the last step.
  private var coordinate = Lanes(0.0)
  private var maximum = Lanes(-Double.infinity)
  /// ξ at the start of the present stretch.
  private var startCoordinate = Lanes(0.0)
  /// Steps since the start of each stretch.
  private var age = Lanes(0.0)
  /// A lane above its level needs a closer look.
  private var stop = Lanes(.infinity)
  /// Positive in the lanes that simulate something.
  private var activity = Lanes(-1.0)
  /// The job of each lane; nil for an idle lane.
  private var index: [Int?]
  /// Where the present stretch of each lane starts.
  private var starts: [ExcursionStart]
  /// Whether a lane is following an earlier excursion.
  private var isFollowing: [Bool]
  /// Whether a lane waits for an even step to be placed.
  private var isWaiting: [Bool]
  /// The steps of the stretches before.
  private var stepsBefore: [Int]
  private var busyLanes = 0
  private var waitingLanes = 0
  private var results: [(index: Int, excursion: Excursion)] = []

  init(
    _ event: RareEvent, jobs: [ExcursionJob], open: [Int], ends: StateRegion?, seed: UInt64,
    stepLimit: Int
  ) {
    self.event = event
    self.jobs = jobs
    self.open = open
    self.seed = seed
    self.stepLimit = Double(stepLimit)
    function = event.coordinate.lanes
    stepper = event.mover.makeStepper(seed: seed)
    constantDiffusion = event.mover.constantDiffusion
    block = TrajectoryBlock(dimension: event.mover.dimension)
    origin =
      event.correction == .brownianBridge && event.mover.constantDiffusion == nil
      ? block.positions : []
    usesBridge = event.correction == .brownianBridge
    let usesBridge = usesBridge
    source = ends.map { RegionWatcher($0, mover: event.mover, usesBridge: usesBridge) }
    target = RegionWatcher(event.target, mover: event.mover, usesBridge: usesBridge)
    needsExperience = target.needsExperience || (source?.needsExperience ?? false)
    let width = TrajectoryBlock.width
    index = Array(repeating: nil, count: width)
    let nowhere = ExcursionStart(position: [], memory: nil, elapsed: 0, stream: 0)
    starts = Array(repeating: nowhere, count: width)
    isFollowing = Array(repeating: false, count: width)
    isWaiting = isFollowing
    stepsBefore = Array(repeating: 0, count: width)
  }

  /// Runs jobs until there are none left.
  ///
  /// - Parameters:
  ///   - counter: Hands out the numbers of the jobs.
  ///   - control: Whether to stop.
  ///   - keeper: Takes what is done from time to time; nil for none.
  /// - Returns: What this runner has simulated.
  mutating func run(
    counter: SharedCounter, control: RunControl, keeper: RoundKeeper?
  ) -> [(index: Int, excursion: Excursion)] {
    var phase = 0
    var isExhausted = false
    var kept = 0
    while true {
      if phase & 1 == 0 {
        if busyLanes < TrajectoryBlock.width, !isExhausted {
          for lane in index.indices where index[lane] == nil {
            guard let place = counter.take(below: open.count) else {
              isExhausted = true
              break
            }
            let next = open[place]
            index[lane] = next
            starts[lane] = jobs[next].start
            isFollowing[lane] = jobs[next].branch != nil
            isWaiting[lane] = true
            stepsBefore[lane] = 0
            busyLanes += 1
            waitingLanes += 1
          }
        }
        if busyLanes == 0 { return results }
        if waitingLanes > 0 { placeWaitingLanes() }
      }
      if phase & 0x3FF == 0x3FF {
        if !control.proceed(0) { return results }
        if let keeper {
          keeper.add(results[kept...])
          kept = results.count
        }
      }
      source?.begin()
      target.begin()
      for i in origin.indices { origin[i] = block.positions[i] }
      stepper.advance(&block, by: 1)
      phase += 1
      lookAround()
    }
  }

  private mutating func placeWaitingLanes() {
    for lane in isWaiting.indices where isWaiting[lane] {
      block.place(
        starts[lane].position, lane: lane, stream: starts[lane].stream, basin: event.basin)
      if let memory = starts[lane].memory {
        // A new stream starts at its beginning.
        stepper.restore(ProcessMemory(process: memory.process), lane: lane, in: block)
      }
      source?.restart(lane: lane)
      target.restart(lane: lane)
    }
    let positions = block.positions
    source?.measure(positions.span)
    target.measure(positions.span)
    coordinate = function(positions.span)
    for lane in isWaiting.indices where isWaiting[lane] {
      guard let number = index[lane] else { continue }
      isWaiting[lane] = false
      age[lane] = 0
      activity[lane] = 1
      maximum[lane] = coordinate[lane]
      startCoordinate[lane] = coordinate[lane]
      stop[lane] =
        isFollowing[lane] ? jobs[number].branch?.level ?? .infinity : jobs[number].stopLevel
    }
    waitingLanes = 0
  }

  /// Compares the positions at the end of a step with everything that may end an excursion.
  private mutating func lookAround() {
    let positions = block.positions
    coordinate = function(positions.span)
    age = age + Lanes(1.0)
    var interest = target.end(positions.span)
    if let own = source?.end(positions.span) { interest = smaller(interest, own) }
    if needsExperience { interest = smaller(interest, age - Lanes(8.5)) }
    interest = smaller(interest, stop - coordinate)
    interest = smaller(interest, Lanes(stepLimit - 0.5) - age)
    // Not a number where a position is not finite.
    var defect = coordinate - coordinate
    for x in positions { defect = defect + (x - x) }
    interest = Lanes.select(activity, nonnegative: interest + defect, negative: Lanes(1.0))
    let previous = maximum
    maximum = Lanes.select(coordinate - maximum, nonnegative: coordinate, negative: maximum)
    for lane in 0..<TrajectoryBlock.width where !(interest[lane] > 0) {
      guard let number = index[lane] else { continue }
      if isFollowing[lane] {
        follow(number, lane)
      } else if let end = end(of: number, lane) {
        if end == .source || end == .target || end == .diverged { maximum[lane] = previous[lane] }
        finish(number, lane, end)
      }
    }
  }

  private func smaller(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes.select(a - b, nonnegative: b, negative: a)
  }

  /// Goes its own way where the earlier excursion is above the level.
  private mutating func follow(_ number: Int, _ lane: Int) {
    guard let branch = jobs[number].branch, coordinate[lane] > branch.level else {
      // A process that is not a function of its random numbers never comes back.
      if age[lane] >= stepLimit { finish(number, lane, .abandoned) }
      return
    }
    starts[lane] = state(lane)
    starts[lane].stream = branch.stream
    stepsBefore[lane] += Int(age[lane])
    isFollowing[lane] = false
    isWaiting[lane] = true
    waitingLanes += 1
    activity[lane] = -1
  }

  /// How an excursion ended in the last step; nil where it goes on.
  private func end(of number: Int, _ lane: Int) -> ExcursionEnd? {
    guard coordinate[lane].isFinite, block.positions.allSatisfy({ $0[lane].isFinite }) else {
      return .diverged
    }
    let isInTarget = target.isInside(lane: lane)
    if source?.isInside(lane: lane) == true { return isInTarget ? .target : .source }
    if isInTarget { return .target }
    if usesBridge {
      let stayOutOfTarget = target.stayProbability(lane: lane) { variance(of: $0, lane) }
      let stayOutOfSource =
        source?.stayProbability(lane: lane) { variance(of: $0, lane) } ?? 1
      if stayOutOfTarget < 1 || stayOutOfSource < 1 {
        let (first, second) = RandomStream.words(
          seed: seed,
          stream: RandomStream.identifier(index: starts[lane].stream, purpose: .crossings),
          position: UInt64(age[lane]))
        if RandomStream.uniform(second) > stayOutOfTarget { return .target }
        if RandomStream.uniform(first) > stayOutOfSource { return .source }
      }
    }
    if coordinate[lane] > jobs[number].stopLevel { return .level }
    return age[lane] >= stepLimit ? .abandoned : nil
  }

  /// 2 ∇gᵀD∇g Δt. A step is made with the noise of its start.
  private func variance(of level: ReactionCoordinate, _ lane: Int) -> Double {
    let x = origin.isEmpty ? block.position(lane: lane) : origin.map { $0[lane] }
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
  private func state(_ lane: Int) -> ExcursionStart {
    ExcursionStart(
      position: block.position(lane: lane), memory: stepper.memory(lane: lane),
      elapsed: starts[lane].elapsed + duration(lane), stream: starts[lane].stream)
  }

  private mutating func finish(_ number: Int, _ lane: Int, _ end: ExcursionEnd) {
    // A surface is crossed somewhere inside the step.
    let isInside =
      usesBridge && !event.mover.keepsClock && (end == .source || end == .target)
    let time = duration(lane) - (isInside ? 0.5 * event.mover.timeStep : 0)
    results.append(
      (
        number,
        Excursion(
          start: starts[lane], startCoordinate: startCoordinate[lane], end: end,
          maximum: maximum[lane], duration: time,
          steps: stepsBefore[lane] + Int(age[lane]),
          final: jobs[number].keepsEnd ? state(lane) : nil)
      ))
    index[lane] = nil
    busyLanes -= 1
    activity[lane] = -1
  }
}
