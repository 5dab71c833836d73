import Landscapes
import LinearAlgebra
import StationaryPoints

/// The watches from one minimum.
struct ExitMeasurement: Sendable {
  let minimum: Int
  var records: [ExitRecord]
  var steps: Int
}

extension Ensemble {
  /// The minima from which escapes are watched.
  var watchedMinima: [Int] {
    guard settings.exits > 0 else { return [] }
    if settings.exitRegion == .basin, network.minima.count < 2, domain == nil { return [] }
    return network.minima.indices.filter { isInsideExitRegion($0) && !isSilent($0) }
  }

  /// Whether there is no noise at a minimum: then nothing leaves it, and a watch would never end.
  func isSilent(_ number: Int) -> Bool {
    mover.diffusion(at: network.minima[number].coordinates, basin: number)
      .map { $0.largestMagnitude == 0 } ?? false
  }

  /// Whether a minimum can be left at all.
  private func isInsideExitRegion(_ number: Int) -> Bool {
    guard let watcher = watcher(for: number) else { return true }
    watcher.begin(network.minima[number].coordinates.map { Lanes($0) })
    return watcher.isInside(lane: 0)
  }

  /// - Throws: `SimulationError.startOutsideRegion` where no minimum lies in the exit region.
  func checkExitRegion() throws {
    guard settings.exits > 0, !network.minima.indices.contains(where: isInsideExitRegion) else {
      return
    }
    throw SimulationError.startOutsideRegion(region: settings.exitRegion.name)
  }

  private func watcher(for minimum: Int) -> BoundaryWatcher? {
    BoundaryWatcher(
      settings.exitRegion, minimum: network.minima[minimum].coordinates, field: field,
      mover: mover, correction: settings.boundaryCorrection, seed: settings.seed)
  }

  /// Watches all escapes. Each has a random stream of its own and runs until it is over, so that
  /// it does not matter which task watches it.
  func watchExits(
    _ minima: [Int], threads: Int, unitsPerExit: Int, control: RunControl
  ) async -> [ExitMeasurement] {
    let counters = minima.map { _ in SharedCounter() }
    let parts = await concurrentMap(count: minima.count * threads, threads: threads) { item in
      let position = item / threads
      return watchEscapes(
        from: minima[position], counter: counters[position], unitsPerExit: unitsPerExit,
        control: control)
    }
    return minima.indices.map { position in
      let own = parts[(position * threads)..<((position + 1) * threads)]
      return ExitMeasurement(
        minimum: minima[position], records: own.flatMap(\.records),
        steps: own.reduce(0) { $0 + $1.steps })
    }
  }

  /// The sets whose first visit ends an escape from a minimum.
  ///
  /// In one variable every path crosses the minimum that it reaches, and the mean time until then
  /// is the quantity of the exact formula; the sets begin there. In more variables they are the
  /// core sets.
  private func targets(from minimum: Int) -> CoreSets {
    guard field.dimension == 1, cores.sets.count == network.minima.count else { return cores }
    let start = network.minima[minimum].coordinates[0]
    let bounds = (network.minima + network.saddles.map(\.point)).map { $0.coordinates[0] }
    return CoreSets(
      sets: cores.sets.enumerated().map { number, core in
        let position = core.center[0]
        // A minimum without noise is approached for ever and never reached.
        let isSilent = mover.diffusion(at: [position], basin: minimum).map { $0[0, 0] <= 0 }
        guard number != minimum, isSilent != true else { return core }
        let sign: Double = position > start ? 1 : -1
        // Up to the next stationary point beyond, or as far again as the way there.
        let beyond = bounds.map { sign * ($0 - position) }.filter { $0 > 0 }.min()
        let reach = 0.5 * (beyond ?? (position - start).magnitude)
        return CoreSet(center: [position + sign * reach], form: [[1]], level: reach * reach)
      })
  }

  private func watchEscapes(
    from minimum: Int, counter: SharedCounter, unitsPerExit: Int, control: RunControl
  ) -> ExitMeasurement {
    let width = TrajectoryBlock.width
    let start = network.minima[minimum].coordinates
    let limit = UInt64(
      ((settings.exitTimeLimit ?? settings.time) / settings.timeStep).rounded(.up))
    let boundary = watcher(for: minimum)
    let core = CoreWatcher(targets(from: minimum), dimension: field.dimension)
    // New trajectories start at even steps only, because random numbers come for pairs of steps.
    // A longer stride would see arrivals late.
    let stride = boundary == nil ? 2 : 1
    let stepper = mover.makeStepper(seed: settings.seed)
    var block = TrajectoryBlock(dimension: field.dimension)
    var watched = [Int?](repeating: nil, count: width)
    for lane in 0..<width { block.move(lane: lane, to: start, basin: minimum) }
    var result = ExitMeasurement(minimum: minimum, records: [], steps: 0)
    var phase = 0
    var sinceReport = 0
    var exitsSinceReport = 0

    func close(_ lane: Int, _ end: ExitRecord.End, halfStep: Bool = false) {
      guard let index = watched[lane] else { return }
      let steps = Double(block.steps[lane]) - (halfStep ? 0.5 : 0)
      result.records.append(
        ExitRecord(index: index, time: steps * settings.timeStep, end: end))
      result.steps += Int(block.steps[lane])
      watched[lane] = nil
      exitsSinceReport += 1
      // The lane waits for its next trajectory where nothing can happen to it.
      block.move(lane: lane, to: start, basin: minimum)
    }

    while !control.isStopped {
      if phase.isMultiple(of: 2) {
        for lane in 0..<width where watched[lane] == nil {
          guard let index = counter.take(below: settings.exits) else { break }
          watched[lane] = index
          boundary?.restart(lane: lane)
          block.place(
            start, lane: lane, stream: UInt64(minimum + 1) << 32 | UInt64(index), basin: minimum)
        }
      }
      if watched.allSatisfy({ $0 == nil }) { break }
      boundary?.begin(block.positions)
      stepper.advance(&block, by: stride)
      phase += stride
      boundary?.end(block.positions)
      let visits = boundary == nil ? core.indices(block.positions) : Lanes(-1.0)
      for lane in 0..<width where watched[lane] != nil {
        if let boundary {
          if !block.positions.allSatisfy({ $0[lane].isFinite }) {
            close(lane, .diverged)
          } else if boundary.hasLeft(
            lane: lane, stream: block.streams[lane], step: block.steps[lane], basin: minimum)
          {
            close(lane, .boundary, halfStep: boundary.countsHalfSteps)
          }
        } else if visits[lane] != Double(minimum) {
          let condition = health(block.positions, lane: lane)
          if condition != .good {
            close(lane, condition == .outside ? .outside : .diverged)
          } else if visits[lane] >= 0 {
            close(lane, .minimum(Int(visits[lane])))
          }
        }
        if block.steps[lane] >= limit { close(lane, .censored) }
      }
      sinceReport += stride
      if sinceReport >= 256 {
        if !control.proceed(exitsSinceReport * unitsPerExit) { break }
        sinceReport = 0
        exitsSinceReport = 0
      }
    }
    for lane in 0..<width { close(lane, .censored) }
    return result
  }
}
