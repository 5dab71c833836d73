import Landscapes

/// Positions of the trajectories of a block in frames that follow each other.
struct SeriesFrames: Sendable {
  /// The number of the first frame.
  let first: Int
  /// The number of frames.
  let count: Int
  /// The frames of each trajectory, one after the other.
  let values: [Double]
}

/// What eight trajectories gave.
struct SeriesBlockResult: Sendable {
  /// The sums of stretches or whole trajectories, with their groups.
  var batches: [SeriesBatch] = []
  /// Per observable and part the sums of the blocking analysis.
  var blocking: [[[Double]]] = []
  /// Per observable the sums of the bins.
  var bins: [[Double]] = []
  /// The positions that were kept.
  var frames: [SeriesFrames] = []
  var steps = 0
  var diverged = 0
}

/// The sums of one stretch of a trajectory.
struct SeriesBatch: Sendable {
  var group: Int
  var sums: [[Double]]
}

/// How far eight trajectories are.
struct SeriesCounts: Sendable {
  /// How many observations there were.
  var done = 0
  /// The number of the stretch, and its observations.
  var batch = 0
  var batchCount = 0
  /// Which trajectories are finite.
  var isAlive: [Bool]
  var diverged = 0
  /// Stretches that are over.
  var batches: [SeriesBatch] = []
}

/// Eight trajectories of a study of time series.
struct SeriesRun {
  /// No more numbers than these are stored under one key.
  private static let chunkSize = 1 << 20

  private let plan: SeriesPlan
  private let firstTrajectory: Int
  private let active: Int
  private let stepper: any Stepper
  private let meters: SeriesBlock
  private let anchors: CoreWatcher?
  private var block: TrajectoryBlock
  private var counts: SeriesCounts
  /// The frames of each trajectory, one after the other.
  private var frames: [Double]
  /// How many frames a checkpoint has.
  private var storedFrames = 0

  /// Starts a block.
  ///
  /// - Throws: `LinearAlgebraError` where there is no memory for a Fourier transform.
  init(_ study: SeriesStudy, number: Int, origins: [Double]) throws {
    plan = study.plan
    let width = TrajectoryBlock.width
    firstTrajectory = number * width
    active = min(width, study.trajectories - firstTrajectory)
    block = TrajectoryBlock(dimension: plan.dimension)
    for lane in 0..<width {
      let start = (firstTrajectory + lane) % study.starts.count
      block.place(
        study.starts[start], lane: lane, stream: UInt64(firstTrajectory + lane), basin: start)
    }
    stepper = study.mover.makeStepper(seed: study.seed)
    anchors = study.anchorSets.map { CoreWatcher($0, dimension: study.mover.dimension) }
    meters = try SeriesBlock(
      plan, observables: study.observables, origins: origins, lanes: active)
    counts = SeriesCounts(isAlive: Array(repeating: true, count: active))
    frames = [Double](
      repeating: .nan, count: active * plan.dimension * (plan.frames?.count ?? 0))
  }

  /// Goes on with a block.
  ///
  /// - Parameters:
  ///   - study: The study.
  ///   - number: The number of the block.
  ///   - origins: What the observables are counted from.
  ///   - reader: What `writeSnapshot(to:)` wrote, behind the number of observations.
  ///   - chunks: The positions that were stored.
  /// - Throws: `DamagedState`.
  init(
    _ study: SeriesStudy, number: Int, origins: [Double], from reader: inout StateReader,
    chunks: [SeriesFrames]
  ) throws {
    try self.init(study, number: number, origins: origins)
    let trajectories: [TrajectoryState] = try reader.values()
    let memories: [ProcessMemory] = try reader.values()
    counts = try SeriesCounts(from: &reader)
    try meters.restore(from: &reader)
    let width = TrajectoryBlock.width
    guard trajectories.count == width, memories.count == width, counts.isAlive.count == active
    else { throw DamagedState() }
    for lane in 0..<width { block.restore(trajectories[lane], lane: lane) }
    for lane in 0..<width { stepper.restore(memories[lane], lane: lane, in: block) }
    storedFrames = keptFrames
    // A run that was killed may have stored positions that are later than its last snapshot.
    for chunk in chunks { restore(chunk) }
  }

  private mutating func restore(_ chunk: SeriesFrames) {
    let count = min(chunk.count, storedFrames - chunk.first)
    guard let kept = plan.frames, count > 0 else { return }
    let n = plan.dimension
    for lane in 0..<active {
      let source = lane * chunk.count * n
      let target = (lane * kept.count + chunk.first) * n
      frames.replaceSubrange(
        target..<target + count * n, with: chunk.values[source..<source + count * n])
    }
  }

  /// Writes how many observations are done, and everything that is needed to go on but for the
  /// positions that are kept.
  func writeSnapshot(to writer: inout StateWriter) {
    writer.write(counts.done)
    let lanes = 0..<TrajectoryBlock.width
    writer.write(lanes.map { block.state(lane: $0) })
    writer.write(lanes.map { stepper.memory(lane: $0) })
    writer.write(counts)
    meters.write(to: &writer)
  }

  /// The number of frames that were kept so far.
  private var keptFrames: Int {
    guard let kept = plan.frames, counts.done >= plan.burned else { return 0 }
    return (counts.done - plan.burned) / kept.stride + 1
  }

  /// The frames that no checkpoint has yet.
  mutating func takeNewFrames() -> [SeriesFrames] {
    guard let kept = plan.frames else { return [] }
    let n = plan.dimension
    let most = max(1, SeriesRun.chunkSize / (active * n))
    var result: [SeriesFrames] = []
    while storedFrames < keptFrames {
      let count = min(most, keptFrames - storedFrames)
      var values: [Double] = []
      values.reserveCapacity(active * count * n)
      for lane in 0..<active {
        let start = (lane * kept.count + storedFrames) * n
        values += frames[start..<start + count * n]
      }
      result.append(SeriesFrames(first: storedFrames, count: count, values: values))
      storedFrames += count
    }
    return result
  }

  /// Runs to the end, or until it is stopped.
  ///
  /// - Parameters:
  ///   - control: Asked whether to stop.
  ///   - session: Knows when a snapshot is due; nil where none are taken.
  ///   - store: Called when a snapshot is to be taken.
  /// - Returns: What was measured, and whether the end was reached.
  /// - Throws: `LinearAlgebraError` where a Fourier transform fails.
  mutating func run(
    control: RunControl, session: CheckpointSession?, store: (inout SeriesRun) -> Void
  ) throws -> (result: SeriesBlockResult, isComplete: Bool) {
    let stride = plan.stride
    var lastSnapshot = ContinuousClock.now
    var unreported = 0
    var isStopping = false
    if counts.done == 0, plan.burned == 0 { start() }
    while counts.done < plan.observations {
      try observe()
      unreported += 1
      let isLast = counts.done == plan.observations
      guard unreported * stride >= 256 || isLast || isStopping else { continue }
      if !isStopping { isStopping = !control.proceed(unreported) }
      unreported = 0
      if let session {
        // Random numbers come for pairs of steps: a trajectory goes on from even ones only.
        guard (counts.done * stride).isMultiple(of: 2), !isLast else { continue }
        if isStopping || session.isDue(since: lastSnapshot) {
          store(&self)
          lastSnapshot = ContinuousClock.now
        }
      }
      if isStopping { break }
    }
    let isComplete = counts.done == plan.observations
    if counts.batchCount > 0 { closeBatch() }
    return (result, isComplete)
  }

  /// Begins to measure where the trajectories are.
  private mutating func start() {
    meters.start(block.positions.span)
    if plan.frames != nil { keepFrame(0) }
  }

  /// Goes on to the next observation.
  private mutating func observe() throws {
    stepper.advance(&block, by: plan.stride, anchors: anchors)
    try meters.observe(block.positions.span, index: counts.done)
    counts.done += 1
    let done = counts.done
    if done > plan.burned {
      counts.batchCount += 1
      if counts.batchCount == plan.batchLength { closeBatch() }
      if let kept = plan.frames, (done - plan.burned).isMultiple(of: kept.stride) {
        keepFrame((done - plan.burned) / kept.stride)
      }
    } else if done == plan.burned {
      start()
    }
  }

  private mutating func keepFrame(_ frame: Int) {
    let size = plan.dimension * (plan.frames?.count ?? 0)
    for lane in 0..<active {
      for i in 0..<plan.dimension {
        frames[lane * size + frame * plan.dimension + i] = block.positions[i][lane]
      }
    }
  }

  private mutating func closeBatch() {
    for lane in 0..<active where counts.isAlive[lane] {
      let sums = meters.collect(lane: lane, observations: counts.batchCount)
      // An observable that is not finite takes nothing from the others.
      guard block.positions.allSatisfy({ $0[lane].isFinite }),
        sums[meters.meters.count...].allSatisfy({ $0.allSatisfy(\.isFinite) })
      else {
        counts.isAlive[lane] = false
        counts.diverged += 1
        continue
      }
      let group = plan.group(trajectory: firstTrajectory + lane, batch: counts.batch)
      counts.batches.append(SeriesBatch(group: group, sums: sums))
    }
    meters.startBatch()
    counts.batch += 1
    counts.batchCount = 0
  }

  /// What was measured, with all positions.
  private var result: SeriesBlockResult {
    var result = SeriesBlockResult()
    result.batches = counts.batches
    result.diverged = counts.diverged
    result.steps = counts.done * plan.stride * active
    if let kept = plan.frames {
      result.frames = [SeriesFrames(first: 0, count: kept.count, values: frames)]
    }
    for meter in meters.meters {
      var blocking = meter.blocking.map { _ in [Double]() }
      var bins: [Double] = []
      for lane in 0..<active where counts.isAlive[lane] {
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

extension SeriesFrames: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(first)
    writer.write(count)
    writer.write(values)
  }

  init(from reader: inout StateReader) throws {
    first = try reader.integer()
    count = try reader.integer()
    values = try reader.numbers()
  }
}

extension SeriesBatch: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(group)
    writer.write(sums.count)
    for values in sums { writer.write(values) }
  }

  init(from reader: inout StateReader) throws {
    group = try reader.integer()
    sums = []
    for _ in 0..<(try reader.integer()) { sums.append(try reader.numbers()) }
  }
}

extension SeriesCounts: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write([done, batch, batchCount, diverged])
    writer.write(isAlive.map { $0 ? 1 : 0 })
    writer.write(batches)
  }

  init(from reader: inout StateReader) throws {
    let numbers = try reader.integers(count: 4)
    (done, batch, batchCount, diverged) = (numbers[0], numbers[1], numbers[2], numbers[3])
    isAlive = try reader.integers().map { $0 == 1 }
    batches = try reader.values()
  }
}

/// Without the positions, which are stored by themselves.
extension SeriesBlockResult: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(batches)
    writer.write(blocking.count)
    for parts in blocking {
      writer.write(parts.count)
      for sums in parts { writer.write(sums) }
    }
    writer.write(bins.count)
    for sums in bins { writer.write(sums) }
    writer.write(steps)
    writer.write(diverged)
  }

  init(from reader: inout StateReader) throws {
    batches = try reader.values()
    for _ in 0..<(try reader.integer()) {
      var parts: [[Double]] = []
      for _ in 0..<(try reader.integer()) { parts.append(try reader.numbers()) }
      blocking.append(parts)
    }
    for _ in 0..<(try reader.integer()) { bins.append(try reader.numbers()) }
    steps = try reader.integer()
    diverged = try reader.integer()
  }
}
