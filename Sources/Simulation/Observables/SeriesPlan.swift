/// How the trajectories of a study are observed, in numbers of observations.
struct SeriesPlan: Sendable {
  /// With fewer trajectories than this they are cut into stretches for standard errors.
  static var leastGroups: Int { 16 }
  /// About how many groups or stretches there are.
  static var mostGroups: Int { 64 }

  let dimension: Int
  let trajectories: Int
  let timeStep: Double
  /// The number of steps from one observation to the next.
  let stride: Int
  /// The number of observations of a trajectory, the burn-in included.
  let observations: Int
  /// The observations of the burn-in.
  let burned: Int
  /// The stretches of each trajectory.
  let batches: Int
  let batchLength: Int
  /// The early and the late part that the check of stationarity compares.
  let early: Range<Int>
  let late: Range<Int>
  let lags: LagGrid?
  /// The lengths of the blocks from whose correlations the integrated time is found.
  let blocks: BlockGrid
  /// The observations in a segment of the spectrum; nil where there is none.
  let segment: Int?
  let measurements: SeriesMeasurements
  /// The observations between two frames, and the number of frames; nil where none are kept.
  let frames: (stride: Int, count: Int)?

  var measured: Int { observations - burned }
  var interval: Double { Double(stride) * timeStep }
  /// Whether groups are stretches of the same trajectory.
  var hasBatches: Bool { batches > 1 }
  var groupCount: Int { hasBatches ? trajectories * batches : min(trajectories, 64) }

  /// The group of a stretch of a trajectory.
  func group(trajectory: Int, batch: Int) -> Int {
    hasBatches
      ? trajectory * batches + min(batch, batches - 1) : trajectory * groupCount / trajectories
  }

  init(
    steps: Double, stride: Int, timeStep: Double, burnIn: Double, trajectories: Int,
    dimension: Int, measurements: SeriesMeasurements
  ) throws {
    self.dimension = dimension
    self.trajectories = trajectories
    self.timeStep = timeStep
    self.stride = stride
    self.measurements = measurements
    observations = Int(steps) / stride
    burned = Int((burnIn * Double(observations)).rounded())
    let measured = observations - burned
    let interval = Double(stride) * timeStep
    guard measured >= 10 else {
      throw SimulationError.invalidSetting(
        name: "time", value: "\(steps * timeStep)",
        accepted: "at least ten observations after the burn-in, one every \(interval)")
    }
    batches =
      trajectories < SeriesPlan.leastGroups
      ? min(measured / 2, (SeriesPlan.mostGroups + trajectories - 1) / trajectories) : 1
    batchLength = (measured + batches - 1) / batches
    early = 0..<max(1, measured / 10)
    late = measured / 2..<measured
    blocks = BlockGrid(observations: measured)
    let longest = measurements.longestLag.map { ($0 / interval).rounded() }
    lags =
      measurements.correlations || !measurements.displacementAxes.isEmpty
      ? LagGrid(
        longest: max(
          1, min(Int(min(longest ?? 1e18, 1e18)), measured / (longest == nil ? 4 : 2))))
      : nil
    if let spectrum = measurements.spectrum {
      let wanted = spectrum.segment.map { ($0 / interval).rounded(.up) }
      let length = wanted ?? min(1024, Double(measured / 8))
      guard length <= 65536 else {
        throw SimulationError.invalidSetting(
          name: "segment", value: "\(spectrum.segment ?? 0)",
          accepted: "at most 65536 observations, one every \(interval)")
      }
      var power = 16
      while Double(power) < length { power *= 2 }
      segment = power
    } else {
      segment = nil
    }
    if let wanted = measurements.recordInterval {
      let every = max(1, (wanted / interval).rounded())
      let count = (Double(measured) / every).rounded(.down) + 1
      let size = count * Double(trajectories) * Double(dimension)
      guard size <= Double(TrajectoryRecord.maximumCount) else {
        throw SimulationError.invalidSetting(
          name: "recordInterval", value: "\(wanted)",
          accepted: "an interval at which all trajectories together are at most "
            + "\(TrajectoryRecord.maximumCount) numbers, not \(size)")
      }
      frames = (Int(min(every, 1e18)), Int(count))
    } else {
      frames = nil
    }
  }
}
