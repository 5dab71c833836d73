import Landscapes
import LinearAlgebra
import Simulation

/// The times of a simulation, checked against each other, in whole steps.
///
/// A time that cannot be honoured is refused with the key that the user wrote; one that is no
/// multiple of the step below it is rounded, which is said.
struct SimulationPlan {
  /// The process.
  let sampler: SimulationSettings.Sampler
  /// Δt.
  let timeStep: Double
  /// Which times are not taken as they were written.
  private(set) var findings: [String] = []
  private let file: String
  private let settings: SimulationSettings

  /// No run has more steps than these.
  private static var mostSteps: Double { 9e15 }

  /// Checks the times of a simulation.
  ///
  /// - Parameters:
  ///   - settings: What is asked for.
  ///   - sampler: The process.
  ///   - timeStep: Δt.
  ///   - file: The name of the problem file.
  /// - Throws: `ProblemError` that names the key.
  init(
    _ settings: SimulationSettings, sampler: SimulationSettings.Sampler, timeStep: Double,
    file: String
  ) throws {
    self.settings = settings
    self.sampler = sampler
    self.timeStep = timeStep
    self.file = file
    let longest = SimulationPlan.mostSteps * timeStep
    if settings.time > 0 {
      try check("time", settings.time, from: timeStep, "the time step", to: longest, "9e15 steps")
      round("time", settings.time, to: timeStep, "the time step")
    }
    if let limit = settings.exitTimeLimit {
      try check(
        "exitTimeLimit", limit, from: timeStep, "the time step", to: longest, "9e15 steps")
      // The clock of the time change is looked at as it is.
      if sampler != .timeChanged {
        round("exitTimeLimit", limit, to: timeStep, "the time step", .up)
      }
    }
    if let series = settings.series { try checkSeries(series) }
    if let states = settings.states { _ = try frames(of: states, fastest: nil) }
  }

  private func failure(_ key: String, _ reason: String) -> ProblemError {
    ProblemError(file: file, key: "simulation.\(key)", reason: reason)
  }

  // MARK: Single times

  /// Refuses a time outside a range whose ends may be missed by rounding.
  private func check(
    _ key: String, _ value: Double, from lower: Double, _ lowerName: String, to upper: Double,
    _ upperName: String
  ) throws {
    guard value < lower * (1 - 1e-9) || value > upper * (1 + 1e-9) else { return }
    let ends = (SimulationPlan.short(lower), SimulationPlan.short(upper))
    guard lower <= upper else {
      throw failure(
        key,
        "is \(value), but nothing fits: it would have to be from \(ends.0) (\(lowerName)) to "
          + "\(max(0, ends.1)) (\(upperName))")
    }
    throw failure(
      key,
      "is \(value); accepted: numbers from \(ends.0) (\(lowerName)) to \(ends.1) (\(upperName))")
  }

  /// How many units a time has; says so where it is no whole number of them.
  @discardableResult
  private mutating func round(
    _ key: String, _ value: Double, to unit: Double, _ unitName: String,
    _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
  ) -> Double {
    let share = value / unit
    let nearest = share.rounded()
    guard (share - nearest).magnitude > 1e-9 * max(1, share) else { return max(1, nearest) }
    let count = max(1, share.rounded(rule))
    findings.append(
      "simulation.\(key) is \(value), no multiple of \(unitName), \(SimulationPlan.short(unit)); "
        + "rounded to \(SimulationPlan.short(count * unit))")
    return count
  }

  /// A product of steps without the last digits of its rounding.
  private static func short(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    let text = "\(value)"
    guard text.count > 12 else { return value }
    var scale = 1.0
    while value * scale < 1e11 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded.isFinite && (rounded - value).magnitude <= 1e-10 * value ? rounded : value
  }

  // MARK: Series

  private mutating func checkSeries(_ request: SeriesRequest) throws {
    guard sampler != .timeChanged else {
      throw failure(
        "series", "needs steps that all take the same time; those of \"timeChanged\" do not")
    }
    let timeKey = request.time == nil ? "time" : "series.time"
    let time = request.time ?? settings.time
    if request.time != nil {
      try check(
        timeKey, time, from: timeStep, "the time step", to: SimulationPlan.mostSteps * timeStep,
        "9e15 steps")
    }
    let watched = (1 - settings.burnIn) * time
    var stride = 1.0
    if let interval = request.interval {
      try check(
        "series.interval", interval, from: timeStep, "the time step",
        to: min(watched / 10, 1e9 * timeStep), "ten observations after the burn-in")
      stride = round("series.interval", interval, to: timeStep, "the time step")
    }
    let interval = stride * timeStep
    let observations = ((time / timeStep).rounded() / stride).rounded(.down)
    let measured = observations - (settings.burnIn * observations).rounded()
    guard measured >= 10 else {
      throw failure(
        request.interval == nil ? timeKey : "series.interval",
        "is \(request.interval ?? time), which gives \(Int(measured)) observations after the "
          + "burn-in, one every \(SimulationPlan.short(interval)); accepted: what gives ten or more"
      )
    }
    let end = observations * interval
    if (time - end).magnitude > 1e-9 * time {
      findings.append(
        "simulation.\(timeKey) is \(time); the series end at \(SimulationPlan.short(end)), the "
          + "last observation")
    }
    let seen = measured * interval
    if let lag = request.longestLag {
      try check(
        "series.longestLag", lag, from: interval, "the interval of the series",
        to: (measured / 2).rounded(.down) * interval, "half of what is observed")
      round("series.longestLag", lag, to: interval, "the interval of the series")
    }
    if let spectrum = request.spectrum {
      try checkSpectrum(spectrum.segment, measured: measured, interval: interval)
    }
    if let record = request.record {
      try check(
        "series.record", record, from: interval, "the interval of the series", to: seen,
        "what is observed")
      round("series.record", record, to: interval, "the interval of the series")
    }
  }

  /// Segments are powers of two of observations, 16 at least.
  private mutating func checkSpectrum(
    _ segment: Double?, measured: Double, interval: Double
  ) throws {
    guard measured >= 16 else {
      throw failure(
        "series.spectrum",
        "needs 16 observations after the burn-in or more; there are \(Int(measured))")
    }
    guard let segment else { return }
    var most = 16.0
    while 2 * most <= min(measured, 65_536) { most *= 2 }
    try check(
      "series.spectrum.segment", segment, from: 16 * interval, "16 observations",
      to: most * interval, "the largest power of two of observations, at most 65536, that fits")
    let count = (segment / interval * (1 - 1e-9)).rounded(.up)
    var power = 16.0
    while power < count { power *= 2 }
    if (power * interval - segment).magnitude > 1e-9 * segment {
      findings.append(
        "simulation.series.spectrum.segment is \(segment); taken as "
          + "\(SimulationPlan.short(power * interval)), \(Int(power)) observations, a power of two")
    }
  }

  // MARK: States

  /// The frames of trajectories that a chain is learned from.
  struct Frames {
    /// The steps between two frames.
    let stride: Int
    /// The frames of a trajectory behind its first, the burn-in included.
    let count: Int
    /// Those that do not count.
    let burned: Int
    /// The lags in frames, rising.
    let lags: [Int]
  }

  /// Chooses the frames.
  ///
  /// Without an interval a quarter of the fastest relaxation is taken, at most a hundredth of a
  /// trajectory, and shorter if the lags are its multiples then.
  ///
  /// - Parameters:
  ///   - request: What is asked for.
  ///   - fastest: The rate of the fastest relaxation; nil where it is not known yet: then one step.
  /// - Returns: The frames.
  /// - Throws: `ProblemError` for times that cannot be honoured.
  mutating func frames(of request: StatesRequest, fastest: Double?) throws -> Frames {
    guard sampler != .timeChanged else {
      throw failure(
        "states", "needs steps that all take the same time; those of \"timeChanged\" do not")
    }
    let steps = (settings.time / timeStep).rounded()
    let watched = (1 - settings.burnIn) * settings.time
    let stride: Double
    if let interval = request.interval {
      try check(
        "states.interval", interval, from: timeStep, "the time step",
        to: min(watched, 1e9 * timeStep), "what is observed of a trajectory")
      stride = round("states.interval", interval, to: timeStep, "the time step")
    } else {
      stride = fastest.map { self.stride(lags: request.lags, steps: steps, fastest: $0) } ?? 1
    }
    let interval = stride * timeStep
    let count = max(1, (steps / stride).rounded(.down))
    let burned = (settings.burnIn * count).rounded(.down)
    let most = min(count - burned - 1, Double(DiscreteTrajectorySettings.longestLag))
    var lags: Set<Int> = []
    for (number, lag) in request.lags.enumerated() {
      let key = "states.lags[\(number)]"
      try check(
        key, lag, from: interval, request.interval == nil ? "the time step" : "states.interval",
        to: most * interval, "less than what is observed of a trajectory")
      // As long as the interval is not chosen, nothing is known to be rounded.
      let isKnown = request.interval != nil || fastest != nil
      let frames = isKnown ? round(key, lag, to: interval, "the interval of the frames") : 1
      lags.insert(Int(frames))
    }
    return Frames(
      stride: Int(stride), count: Int(count), burned: Int(burned), lags: lags.sorted())
  }

  /// The default number of steps between two frames.
  private func stride(lags: [Double], steps: Double, fastest: Double) -> Double {
    let relaxation = 0.25 / max(fastest, 1e-300) / timeStep
    let wanted = max(1, min(relaxation, steps / 100, 1e9).rounded(.down))
    let inSteps = lags.map { max(1, ($0 / timeStep).rounded()) }
    guard let shortest = inSteps.min() else { return wanted }
    let common = inSteps.reduce(0) { (a: Double, b: Double) in
      var (a, b) = (a, b)
      while b > 0 { (a, b) = (b, a.truncatingRemainder(dividingBy: b)) }
      return a
    }
    let first = max(1, (common / wanted).rounded(.up))
    var parts = first
    while parts <= min(4 * first, common, first + 1e6) {
      if common.truncatingRemainder(dividingBy: parts) == 0 { return common / parts }
      parts += 1
    }
    return max(1, (shortest / (shortest / wanted).rounded(.up)).rounded(.down))
  }

  // MARK: Parts

  /// Takes findings that were not there before, in their order.
  mutating func takeFindings() -> [String] {
    defer { findings = [] }
    return findings
  }
}
