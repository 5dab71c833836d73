import Landscapes
import StationaryPoints

/// Eight escapes from one minimum at a time, until there are none left to watch.
struct ExitRun {
  private let ensemble: Ensemble
  private let minimum: Int
  private let start: [Double]
  private let limit: UInt64
  private let boundary: BoundaryWatcher?
  private let core: CoreWatcher
  private let finder: SaddleFinder?
  private let stepper: any Stepper
  private let keepsClock: Bool
  /// Steps between two looks. New trajectories start at even steps only, because random numbers
  /// come for pairs of steps; a longer stride would see arrivals late.
  private let stride: Int
  private var block: TrajectoryBlock
  private var watched = [Int?](repeating: nil, count: TrajectoryBlock.width)
  private var watchedCount = 0
  private var clocks = [Double](repeating: 0, count: TrajectoryBlock.width)
  private var paths: [ExcursionPath] = []
  private var records: [ExitRecord] = []
  /// Steps that were done of the watches at hand.
  private var exitsSinceReport = 0

  /// Prepares a block that stands at the minimum.
  init(_ ensemble: Ensemble, minimum: Int) {
    self.ensemble = ensemble
    self.minimum = minimum
    let settings = ensemble.settings
    start = ensemble.network.minima[minimum].coordinates
    limit = UInt64(
      ((settings.exitTimeLimit ?? settings.time) / settings.timeStep).rounded(.up))
    boundary = ensemble.watcher(for: minimum)
    core = CoreWatcher(ensemble.targets(from: minimum), dimension: ensemble.field.dimension)
    finder = ensemble.saddleFinder(for: minimum)
    stepper = ensemble.mover.makeStepper(seed: settings.seed)
    keepsClock = ensemble.mover.keepsClock
    stride = boundary == nil ? 2 : 1
    block = TrajectoryBlock(dimension: ensemble.field.dimension)
    for lane in 0..<TrajectoryBlock.width {
      block.move(lane: lane, to: start, basin: minimum)
      if finder?.needsPath == true {
        paths.append(ExcursionPath(dimension: ensemble.field.dimension))
      }
    }
  }

  /// Watches escapes until none are left, or until the run is stopped.
  ///
  /// - Parameters:
  ///   - queue: The escapes.
  ///   - unitsPerExit: What one counts in the progress.
  ///   - control: Asked whether to stop.
  ///   - session: Takes finished escapes, and unfinished ones from time to time.
  /// - Returns: The ends of the watches.
  mutating func watch(
    _ queue: EscapeQueue, unitsPerExit: Int, control: RunControl, session: CheckpointSession?
  ) -> [ExitRecord] {
    guard !control.isStopped else { return [] }
    var phase = 0
    var sinceReport = 0
    var lastSnapshot = ContinuousClock.now
    while true {
      if phase.isMultiple(of: 2), watchedCount < TrajectoryBlock.width { fill(from: queue) }
      if watchedCount == 0 { break }
      boundary?.begin(block.positions)
      stepper.advance(&block, by: stride)
      phase += stride
      let margin = boundary?.end(block.positions) ?? Lanes(-1.0)
      let visits = boundary == nil ? core.indices(block.positions) : Lanes(-1.0)
      for lane in 0..<TrajectoryBlock.width {
        // Most steps of most trajectories end nothing.
        let steps = block.steps[lane]
        if margin[lane] > 0, steps > 8, steps < limit, !keepsClock { continue }
        if watched[lane] != nil { look(at: lane, visit: visits[lane], session: session) }
      }
      sinceReport += stride
      if sinceReport >= 256 {
        let goesOn = control.proceed(exitsSinceReport * unitsPerExit)
        if let session, !goesOn || session.isDue(since: lastSnapshot) {
          store(in: session)
          lastSnapshot = ContinuousClock.now
        }
        if !goesOn { break }
        sinceReport = 0
        exitsSinceReport = 0
      }
    }
    // The watches that were stopped; a checkpoint goes on with them.
    for lane in 0..<TrajectoryBlock.width { close(lane, .censored, session: nil) }
    return records
  }

  /// Puts escapes into the lanes that are free.
  private mutating func fill(from queue: EscapeQueue) {
    for lane in 0..<TrajectoryBlock.width where watched[lane] == nil {
      switch queue.next() {
      case nil: return
      case .new(let index):
        watched[lane] = index
        watchedCount += 1
        boundary?.restart(lane: lane)
        block.place(
          start, lane: lane, stream: UInt64(minimum + 1) << 32 | UInt64(index), basin: minimum)
        clocks[lane] = 0
        if !paths.isEmpty { paths[lane].clear() }
      case .unfinished(let escape):
        watched[lane] = escape.index
        watchedCount += 1
        block.restore(escape.trajectory, lane: lane)
        stepper.restore(escape.memory, lane: lane, in: block)
        boundary?.restore(escape.boundary, lane: lane)
        clocks[lane] = escape.trajectory.clock
        if !paths.isEmpty, let path = escape.path { paths[lane] = path }
      }
    }
  }

  /// Looks whether a watch is over.
  private mutating func look(at lane: Int, visit: Double, session: CheckpointSession?) {
    if boundary != nil {
      let (stream, step, basin) = (block.streams[lane], block.steps[lane], minimum)
      if !block.positions.allSatisfy({ $0[lane].isFinite }) {
        close(lane, .diverged, session: session)
      } else if boundary?.hasLeft(
        lane: lane, stream: stream, step: step, basin: basin) == true
      {
        close(
          lane, .boundary, halfStep: boundary?.countsHalfSteps ?? false, session: session)
      }
    } else if visit != Double(minimum) {
      let condition = ensemble.health(block.positions, lane: lane)
      if condition != .good {
        close(lane, condition == .outside ? .outside : .diverged, session: session)
      } else if visit >= 0 {
        close(lane, .minimum(Int(visit)), session: session)
      } else if !paths.isEmpty {
        paths[lane].look(at: block.positions, lane: lane)
      }
    } else if !paths.isEmpty {
      paths[lane].clear()
    }
    if keepsClock {
      let limit = ensemble.settings.exitTimeLimit ?? ensemble.settings.time
      if !block.clocks[lane].isFinite {
        close(lane, .diverged, session: session)
      } else if block.clocks[lane] >= limit {
        close(lane, .censored, session: session)
      }
      clocks[lane] = block.clocks[lane]
    } else if block.steps[lane] >= limit {
      close(lane, .censored, session: session)
    }
  }

  /// Ends a watch.
  private mutating func close(
    _ lane: Int, _ end: ExitRecord.End, halfStep: Bool = false, session: CheckpointSession?
  ) {
    guard let index = watched[lane] else { return }
    let time: Double
    if keepsClock {
      // A clock that has stopped being a number says nothing since the last look.
      let now = block.clocks[lane].isFinite ? block.clocks[lane] : clocks[lane]
      time = halfStep ? 0.5 * (clocks[lane] + now) : now
    } else {
      time = (Double(block.steps[lane]) - (halfStep ? 0.5 : 0)) * ensemble.settings.timeStep
    }
    var record = ExitRecord(
      index: index, time: time, steps: Int(block.steps[lane]), end: end)
    if end == .boundary, let boundary {
      let position = boundary.exitPosition(block.positions, lane: lane)
      record.place = ExitPlace(
        position, face: boundary.crossedFace, angle: boundary.angle(of: position),
        isKept: index < ExitLocations.capacity(dimension: position.count))
    }
    if case .minimum = end, let finder, index < finder.capacity {
      record.saddle =
        finder.saddle(
          path: paths.isEmpty ? [] : paths[lane].points, end: block.position(lane: lane)) ?? -1
    }
    records.append(record)
    if let session {
      var writer = StateWriter()
      writer.write(StoredEscape.finished(record))
      session.put("exit/\(minimum)/\(index)", writer)
    }
    watched[lane] = nil
    watchedCount -= 1
    exitsSinceReport += 1
    // The lane waits for its next trajectory where nothing can happen to it.
    block.move(lane: lane, to: start, basin: minimum)
    if keepsClock { block.clocks[lane] = 0 }
  }

  /// Stores the unfinished escapes; all lanes stand at even steps.
  private func store(in session: CheckpointSession) {
    for lane in 0..<TrajectoryBlock.width {
      guard let index = watched[lane] else { continue }
      var writer = StateWriter()
      writer.write(
        StoredEscape.unfinished(
          UnfinishedEscape(
            index: index, trajectory: block.state(lane: lane),
            memory: stepper.memory(lane: lane), boundary: boundary?.memory(lane: lane) ?? [],
            path: paths.isEmpty ? nil : paths[lane])))
      session.put("exit/\(minimum)/\(index)", writer)
    }
    session.flush()
  }
}
