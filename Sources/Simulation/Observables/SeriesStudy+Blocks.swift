import Landscapes

/// What eight trajectories gave.
struct SeriesBlockResult: Sendable {
  /// The sums of stretches or whole trajectories, with their groups.
  var batches: [(group: Int, sums: [[Double]])] = []
  /// Per observable and part the sums of the blocking analysis.
  var blocking: [[[Double]]] = []
  /// Per observable the sums of the bins.
  var bins: [[Double]] = []
  /// The frames of each trajectory, one after the other.
  var frames: [Double] = []
  var steps = 0
  var diverged = 0
}

extension SeriesStudy {
  /// Runs eight trajectories to their end.
  func runBlock(
    _ number: Int, origins: [Double], control: RunControl
  ) throws -> SeriesBlockResult {
    let plan = self.plan
    let width = TrajectoryBlock.width
    let firstTrajectory = number * width
    let active = min(width, trajectories - firstTrajectory)
    var block = TrajectoryBlock(dimension: plan.dimension)
    for lane in 0..<width {
      let start = (firstTrajectory + lane) % starts.count
      block.place(
        starts[start], lane: lane, stream: UInt64(firstTrajectory + lane), basin: start)
    }
    let stepper = mover.makeStepper(seed: seed)
    let meters = try SeriesBlock(plan, observables: observables, origins: origins, lanes: active)
    var result = SeriesBlockResult()
    let frameSize = plan.dimension * (plan.frames?.count ?? 0)
    result.frames = [Double](repeating: .nan, count: active * frameSize)
    var isAlive = [Bool](repeating: true, count: active)
    func keepFrame(_ frame: Int) {
      for lane in 0..<active {
        for i in 0..<plan.dimension {
          result.frames[lane * frameSize + frame * plan.dimension + i] = block.positions[i][lane]
        }
      }
    }
    var batch = 0
    var batchCount = 0
    func closeBatch() {
      for lane in 0..<active where isAlive[lane] {
        let sums = meters.collect(lane: lane, observations: batchCount)
        // An observable that is not finite takes nothing from the others.
        guard block.positions.allSatisfy({ $0[lane].isFinite }),
          sums[observables.count...].allSatisfy({ $0.allSatisfy(\.isFinite) })
        else {
          isAlive[lane] = false
          result.diverged += 1
          continue
        }
        let group = plan.group(trajectory: firstTrajectory + lane, batch: batch)
        result.batches.append((group, sums))
      }
      meters.startBatch()
      batch += 1
      batchCount = 0
    }

    var done = 0
    var unreported = 0
    if plan.burned == 0 {
      meters.start(block.positions.span)
      if plan.frames != nil { keepFrame(0) }
    }
    while done < plan.observations {
      stepper.advance(&block, by: plan.stride)
      try meters.observe(block.positions.span, index: done)
      done += 1
      unreported += 1
      if done > plan.burned {
        batchCount += 1
        if batchCount == plan.batchLength { closeBatch() }
        if let frames = plan.frames, (done - plan.burned).isMultiple(of: frames.stride) {
          keepFrame((done - plan.burned) / frames.stride)
        }
      } else if done == plan.burned {
        meters.start(block.positions.span)
        if plan.frames != nil { keepFrame(0) }
      }
      if unreported * plan.stride >= 256 || done == plan.observations {
        if !control.proceed(unreported) { break }
        unreported = 0
      }
    }
    if batchCount > 0 { closeBatch() }
    result.steps = done * plan.stride * active
    for meter in meters.meters {
      var blocking = meter.blocking.map { _ in [Double]() }
      var bins: [Double] = []
      for lane in 0..<active where isAlive[lane] {
        for (part, meter) in meter.blocking.enumerated() {
          addLevels(meter.sums(lane: lane), to: &blocking[part])
        }
        addLevels(meter.bins.sums(lane: lane), to: &bins)
      }
      result.blocking.append(blocking)
      result.bins.append(bins)
    }
    return result
  }
}
