import Landscapes

/// Time series of observables along independent trajectories of one process, and their statistics.
///
/// ```swift
/// let study = try SeriesStudy(
///   mover: integrator, starts: [[-1, 0], [1, 0]], observables: [.coordinate(0)],
///   trajectories: 64, time: 1e4, interval: 0.05)
/// let result = try await study.run()
/// result.observables[0].integratedTime?.time    // a Measured
/// ```
///
/// Standard errors come from independent trajectories where there are at least 16; with fewer, each
/// is cut into stretches. Memory does not grow with the length. Every trajectory has a random stream
/// of its own: the result is the same, bit for bit, on any number of threads.
public struct SeriesStudy: Sendable {
  /// The process.
  public let mover: any Mover
  /// Where the trajectories start, in turn.
  public let starts: [[Double]]
  /// What is measured along them.
  public let observables: [TrajectoryObservable]
  /// The number of trajectories.
  public let trajectories: Int
  /// The length of each trajectory in time.
  public let time: Double
  /// The time between two observations, a multiple of the time step.
  public let interval: Double
  /// The first share of each trajectory, which is not observed.
  public let burnIn: Double
  /// The seed of all random numbers.
  public let seed: UInt64
  /// How many tasks run at a time; 0: as many as the machine has processors.
  public let threads: Int
  /// What is measured besides mean, variance and stationarity.
  public let measurements: SeriesMeasurements
  /// The core sets of the minima, of which the last that a trajectory was seen in is the one that
  /// its noise refers to; nil: it always refers to that of the start.
  public let anchorSets: CoreSets?
  let plan: SeriesPlan

  /// Prepares a study.
  ///
  /// - Parameters:
  ///   - mover: The process, whose steps all take the same time.
  ///   - starts: Where the trajectories start, in turn; at least one point. The noise of a trajectory
  ///     refers to the minimum of the same number at first, for models of noise that know minima.
  ///   - observables: What is measured along them.
  ///   - trajectories: How many, at least 1.
  ///   - time: The length of each, at least ten observations.
  ///   - interval: The time between two observations, rounded to steps; nil: one step.
  ///   - burnIn: The share of each trajectory that is not observed, from 0 and below 1.
  ///   - seed: Any number.
  ///   - threads: How many tasks run at a time; 0: as many as the machine has processors.
  ///   - measurements: What is measured besides mean, variance and stationarity.
  ///   - anchorSets: The core sets of the minima, for models of noise that know minima: the noise of
  ///     a trajectory refers to the last one that it was seen in; nil: to that of the start.
  /// - Throws: `SimulationError` for a setting that does not fit.
  public init(
    mover: any Mover, starts: [[Double]], observables: [TrajectoryObservable],
    trajectories: Int = 64, time: Double, interval: Double? = nil, burnIn: Double = 0.1,
    seed: UInt64 = 1, threads: Int = 0, measurements: SeriesMeasurements = SeriesMeasurements(),
    anchorSets: CoreSets? = nil
  ) throws {
    let require = SimulationError.require
    let step = mover.timeStep
    try require(
      !mover.keepsClock, "process", "one whose steps take different times",
      "a process whose steps all take the same time")
    try require(!starts.isEmpty, "starts", "empty", "at least one point")
    for start in starts {
      guard start.count == mover.dimension else {
        throw SimulationError.dimensionMismatch(
          quantity: "starting point", expected: mover.dimension, found: start.count)
      }
      try require(start.allSatisfy(\.isFinite), "starts", "\(start)", "finite coordinates")
    }
    try require(
      (1..<(1 << 32)).contains(trajectories), "trajectories", "\(trajectories)",
      "a whole number from 1")
    try require(threads >= 0, "threads", "\(threads)", "a whole number from 0 (0: all)")
    try require(
      burnIn >= 0 && burnIn < 1, "burnIn", "\(burnIn)", "a number from 0 and below 1")
    if let interval {
      try require(
        interval >= 0.5 * step && interval / step < 1e9, "interval", "\(interval)",
        "a number from the time step, \(step), to 1e9 of them")
    }
    let stride = max(1, Int(((interval ?? step) / step).rounded()))
    try require(
      time > 0 && time / step < 9e15, "time", "\(time)",
      "a positive number of less than 9e15 time steps")
    if let core = anchorSets?.sets.first, core.center.count != mover.dimension {
      throw SimulationError.dimensionMismatch(
        quantity: "core sets", expected: mover.dimension, found: core.center.count)
    }
    for observable in observables { try observable.check(dimension: mover.dimension) }
    try measurements.check(dimension: mover.dimension)
    plan = try SeriesPlan(
      steps: (time / step).rounded(), stride: stride, timeStep: step, burnIn: burnIn,
      trajectories: trajectories, dimension: mover.dimension, measurements: measurements)
    self.mover = mover
    self.starts = starts
    self.observables = observables
    self.trajectories = trajectories
    self.time = time
    self.interval = plan.interval
    self.burnIn = burnIn
    self.seed = seed
    self.threads = threads
    self.measurements = measurements
    self.anchorSets = anchorSets
  }

  /// Runs the study.
  ///
  /// With a checkpoint the run can be ended at any moment, by `isCancelled` or by force, and started
  /// again with the same settings, on any number of threads: it goes on, and what it gives in the end
  /// is the same, bit for bit, as without the interruption.
  ///
  /// - Parameters:
  ///   - checkpoint: Where the state is kept; nil keeps none.
  ///   - progress: Told how far the run is, at most ten times a second, from any thread.
  ///   - isCancelled: Asked often whether to stop; what is done by then is kept. The task's own
  ///     cancellation stops the run too.
  /// - Returns: What was measured.
  /// - Throws: `LinearAlgebraError.library` where there is no memory for a Fourier transform;
  ///   `CheckpointError` where the checkpoint belongs to another run or is damaged; what its store
  ///   throws where it cannot be read or written at the start.
  public func run(
    checkpoint: Checkpoint? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> SeriesResult {
    let session = try checkpoint.map {
      try CheckpointSession($0, fingerprint: fingerprint(problem: $0.problem))
    }
    let control = RunControl(
      total: blockCount * plan.observations, progress: progress, cancellation: isCancelled)
    // The observables are counted from their values at the first start, to keep digits.
    let origins = self.origins
    let tally = try await measure(origins: origins, control: control, session: session)
    control.finish()
    return tally.summarize(
      self, origins: origins, interrupted: control.isStopped,
      checkpointFailure: session?.failure)
  }

  private var origins: [Double] {
    var block = TrajectoryBlock(dimension: mover.dimension)
    block.move(lane: 0, to: starts[0], basin: 0)
    return observables.map {
      let value = $0.evaluate(block.positions.span)[0]
      return value.isFinite ? value : 0
    }
  }
}
