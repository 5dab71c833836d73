import Glibc
import Landscapes
import LinearAlgebra
import StationaryPoints

/// The number of processors that the machine offers.
func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// What the long trajectories gave: tallies of independent groups.
struct OccupancyMeasurement: Sendable {
  var groups: [Tally]
  var steps: Int
  /// Whether nothing but the burn-in was seen before the run was stopped.
  var isBurnIn = false
}

extension Ensemble {
  /// With fewer trajectories than this they are cut into batches for standard errors.
  private static var leastGroups: Int { 16 }
  private static var mostGroups: Int { 64 }

  /// Whether the groups are batches of the same trajectories, which may be correlated.
  var hasBatches: Bool { settings.trajectories < Ensemble.leastGroups }

  private var batches: Int {
    guard settings.trajectories > 0, hasBatches else { return 1 }
    return (Ensemble.mostGroups + settings.trajectories - 1) / settings.trajectories
  }

  /// How many observations lie between two that are correlated: relaxation is slower than that.
  static var correlationSpacing: Int { 4 }

  /// Enough doublings of the lag to reach half of a trajectory.
  var correlationLevels: Int {
    max(1, Int(Double(observations / (16 * Ensemble.correlationSpacing) + 1).exponent) + 1)
  }

  private func emptyTally() -> Tally {
    Tally(
      states: network.minima.count, cells: settings.histogram?.cellCount ?? 0,
      levels: correlationLevels)
  }

  /// Runs all trajectories.
  func measureOccupancies(threads: Int, control: RunControl) async -> OccupancyMeasurement {
    let units = settings.trajectories * batches
    let groupCount = min(units, Ensemble.mostGroups)
    var result = OccupancyMeasurement(
      groups: Array(repeating: emptyTally(), count: groupCount), steps: 0)
    // A bounded number of blocks at a time keeps memory bounded whatever their number.
    var burnIn = result.groups
    var first = 0
    while first < blockCount, !control.isStopped {
      let count = min(blockCount - first, 16 * threads)
      let start = first
      let parts = await concurrentMap(count: count, threads: threads) { index in
        runBlock(start + index, groupCount: groupCount, units: units, control: control)
      }
      for part in parts {
        for (group, tally) in part.tallies {
          if part.isBurnIn { burnIn[group].add(tally) } else { result.groups[group].add(tally) }
        }
        result.steps += part.steps
      }
      first += count
    }
    if result.groups.allSatisfy(\.isEmpty), burnIn.contains(where: { !$0.isEmpty }) {
      result.groups = burnIn
      result.isBurnIn = true
    }
    return result
  }

  /// Runs eight trajectories to their end.
  private func runBlock(
    _ number: Int, groupCount: Int, units: Int, control: RunControl
  ) -> (tallies: [(Int, Tally)], isBurnIn: Bool, steps: Int) {
    let width = TrajectoryBlock.width
    let firstTrajectory = number * width
    let active = min(width, settings.trajectories - firstTrajectory)
    let starts = settings.initialMinima ?? Array(network.minima.indices)
    let watcher = CoreWatcher(cores, dimension: field.dimension)
    var block = TrajectoryBlock(dimension: field.dimension)
    var states = [Int](repeating: 0, count: width)
    for lane in 0..<width {
      let trajectory = firstTrajectory + lane
      states[lane] = starts[trajectory % starts.count]
      block.place(
        network.minima[states[lane]].coordinates, lane: lane, stream: UInt64(trajectory),
        basin: states[lane])
    }
    let stepper = mover.makeStepper(seed: settings.seed)
    var correlators = Array(
      repeating: LagCorrelator(
        states: network.minima.count, levels: correlationLevels), count: active)
    var tallies = Array(repeating: emptyTally(), count: active)
    var finished: [(Int, Tally)] = []

    let burned = Int((settings.burnIn * Double(observations)).rounded())
    let measured = observations - burned
    let batchLength = max(1, (measured + batches - 1) / batches)
    let frameInterval = max(1, measured / max(1, settings.frames))
    // Observations since the last change of state, counted when it ends.
    var runs = [Int](repeating: 0, count: active)
    func closeRun(_ lane: Int) {
      tallies[lane].residence[states[lane]] += runs[lane]
      runs[lane] = 0
    }
    func closeBatch(_ batch: Int) {
      for lane in 0..<active {
        closeRun(lane)
        correlators[lane].flush(into: &tallies[lane])
        let unit = (firstTrajectory + lane) * batches + min(batch, batches - 1)
        finished.append((unit * groupCount / units, tallies[lane]))
        tallies[lane] = emptyTally()
      }
    }

    var done = 0
    var unreported = 0
    var batch = 0
    while done < observations {
      stepper.advance(&block, by: stride)
      done += 1
      unreported += 1
      let visits = watcher.indices(block.positions)
      // What the burn-in gives is kept until it is over, for a run that is stopped before.
      let index = done > burned ? done - burned - 1 : done - 1
      if done == burned + 1, burned > 0 {
        for lane in 0..<active {
          tallies[lane].forgetObservations()
          correlators[lane].clear()
          runs[lane] = 0
        }
      } else if done > burned, index / batchLength != batch {
        closeBatch(batch)
        batch = index / batchLength
      }
      let isCorrelated = index.isMultiple(of: Ensemble.correlationSpacing)
      let isFrame = settings.frames > 0 && (index + 1).isMultiple(of: frameInterval)
      for lane in 0..<active {
        let visit = visits[lane]
        if visit != Double(states[lane]) {
          // Between core sets, in another one, or lost.
          let condition = health(block.positions, lane: lane)
          if condition != .good {
            if condition == .outside {
              tallies[lane].leftDomain += 1
            } else {
              tallies[lane].diverged += 1
            }
            closeRun(lane)
            states[lane] = starts[(firstTrajectory + lane) % starts.count]
            block.move(
              lane: lane, to: network.minima[states[lane]].coordinates, basin: states[lane])
            correlators[lane].reset()
            continue
          }
          if visit >= 0 {
            let next = Int(visit)
            tallies[lane].transitions[states[lane] * network.minima.count + next, default: 0] += 1
            closeRun(lane)
            states[lane] = next
            block.setBasin(next, lane: lane)
          }
        }
        runs[lane] += 1
        if isCorrelated { correlators[lane].observe(states[lane], into: &tallies[lane]) }
        if isFrame { countFrame(block.position(lane: lane), into: &tallies[lane]) }
      }
      if unreported * stride >= 256 || done == observations {
        if !control.proceed(unreported) { break }
        unreported = 0
      }
    }
    closeBatch(batch)
    return (finished, done <= burned, done * stride * active)
  }

  private func countFrame(_ x: [Double], into tally: inout Tally) {
    if let basin {
      let number = basin(x) ?? network.minima.count
      tally.frames[number] += 1
    }
    if let grid = settings.histogram, let cell = grid.cell(of: x) { tally.histogram[cell] += 1 }
  }
}
