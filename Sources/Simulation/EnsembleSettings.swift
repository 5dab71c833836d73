public import Landscapes

/// What counts as an escape from a minimum.
public enum ExitRegion: Sendable, Equatable {
  /// The first arrival in the core set of another minimum.
  case basin
  /// Leaving a ball around a centre, the minimum where none is given.
  case ball(radius: Double, center: [Double]? = nil)
  /// Leaving a box.
  case box(Domain)
  /// Reaching a loss.
  case lossThreshold(Double)

  /// The name in problem files and reports.
  public var name: String {
    switch self {
    case .basin: "basin"
    case .ball: "ball"
    case .box: "box"
    case .lossThreshold: "lossThreshold"
    }
  }
}

/// How a boundary is watched that a path in continuous time can cross and recross inside a step.
public enum BoundaryCorrection: String, Sendable, CaseIterable {
  /// Only the ends of steps count: exit times are too long by O(√Δt).
  case none
  /// The crossing probability of a Brownian bridge between the two ends of a step.
  case brownianBridge
  /// The boundary is moved inwards by 0.5826 √(2 nᵀDn Δt) (Gobet and Menozzi 2010).
  case shiftedBoundary
}

/// The size and the observables of an ensemble.
public struct EnsembleSettings: Sendable, Equatable {
  /// How many independent trajectories the occupancies are measured on; 0 leaves them out.
  public var trajectories: Int
  /// The length of each trajectory in time t = ηk; for a process that keeps a clock the number of
  /// steps times `timeStep`.
  public var time: Double
  /// Δt; the learning rate of discrete SGD.
  public var timeStep: Double
  /// The seed of all random numbers.
  public var seed: UInt64
  /// How many tasks run at a time; 0: as many as the machine has processors.
  public var threads: Int
  /// How many escapes are watched from each minimum; 0 leaves them out.
  public var exits: Int
  /// The minima that escapes are watched from; nil: all.
  public var exitMinima: [Int]?
  /// What counts as an escape.
  public var exitRegion: ExitRegion
  /// How the boundary of a region is watched; without effect for discrete processes and basins.
  public var boundaryCorrection: BoundaryCorrection
  /// The level of the core sets as a share of the lowest barrier.
  public var coreFraction: Double
  /// The first share of each trajectory, which is not observed.
  public var burnIn: Double
  /// How many states of each trajectory are assigned by exact descent and counted in histograms.
  public var frames: Int
  /// When the watch for one escape is given up, on the clock where the process keeps one; nil:
  /// after `time`.
  public var exitTimeLimit: Double?
  /// The time between two looks at the core sets; nil: a quarter of the fastest relaxation time.
  public var observationInterval: Double?
  /// The minima that the trajectories start from in turn; nil: all.
  public var initialMinima: [Int]?
  /// The grid of a histogram of positions; nil: none.
  public var histogram: HistogramGrid?

  /// Creates and checks settings; the properties above describe them.
  ///
  /// - Parameters:
  ///   - trajectories: At least 0.
  ///   - time: Positive.
  ///   - timeStep: Positive, at most `time`.
  ///   - seed: Any number.
  ///   - threads: At least 0.
  ///   - exits: At least 0.
  ///   - exitMinima: Numbers of minima or nil.
  ///   - exitRegion: The region whose exit is an escape.
  ///   - boundaryCorrection: For continuous-time exits.
  ///   - coreFraction: In (0, 1).
  ///   - burnIn: In [0, 1).
  ///   - frames: At least 0.
  ///   - exitTimeLimit: Positive or nil.
  ///   - observationInterval: Positive or nil.
  ///   - initialMinima: Numbers of minima or nil.
  ///   - histogram: A grid or nil.
  /// - Throws: `SimulationError.invalidSetting` that names the setting.
  public init(
    trajectories: Int = 64, time: Double, timeStep: Double, seed: UInt64 = 1, threads: Int = 0,
    exits: Int = 200, exitMinima: [Int]? = nil, exitRegion: ExitRegion = .basin,
    boundaryCorrection: BoundaryCorrection = .brownianBridge, coreFraction: Double = 0.25,
    burnIn: Double = 0.1, frames: Int = 100, exitTimeLimit: Double? = nil,
    observationInterval: Double? = nil, initialMinima: [Int]? = nil,
    histogram: HistogramGrid? = nil
  ) throws {
    self.trajectories = trajectories
    self.time = time
    self.timeStep = timeStep
    self.seed = seed
    self.threads = threads
    self.exits = exits
    self.exitMinima = exitMinima
    self.exitRegion = exitRegion
    self.boundaryCorrection = boundaryCorrection
    self.coreFraction = coreFraction
    self.burnIn = burnIn
    self.frames = frames
    self.exitTimeLimit = exitTimeLimit
    self.observationInterval = observationInterval
    self.initialMinima = initialMinima
    self.histogram = histogram
    try validate()
  }

  /// Checks the settings.
  ///
  /// - Throws: `SimulationError.invalidSetting` that names the first setting out of its range.
  public func validate() throws {
    try SimulationError.require(
      (0..<(1 << 32)).contains(trajectories), "trajectories", "\(trajectories)",
      "a whole number from 0")
    try SimulationError.require(
      (0..<(1 << 32)).contains(exits), "exits", "\(exits)", "a whole number from 0")
    try SimulationError.require(
      threads >= 0, "threads", "\(threads)", "a whole number from 0 (0: all)")
    try SimulationError.require(frames >= 0, "frames", "\(frames)", "a whole number from 0")
    try SimulationError.require(
      timeStep > 0 && timeStep.isFinite, "timeStep", "\(timeStep)", "a positive number")
    try SimulationError.require(
      time >= timeStep && time.isFinite, "time", "\(time)",
      "a number that is at least the time step, \(timeStep)")
    try SimulationError.require(
      time / timeStep < 9e15, "time", "\(time)", "less than 9e15 time steps")
    try SimulationError.require(
      coreFraction > 0 && coreFraction < 1, "coreFraction", "\(coreFraction)",
      "a number between 0 and 1")
    try SimulationError.require(
      burnIn >= 0 && burnIn < 1, "burnIn", "\(burnIn)", "a number from 0 and below 1")
    if let limit = exitTimeLimit {
      try SimulationError.require(
        limit >= timeStep && limit / timeStep < 9e15, "exitTimeLimit", "\(limit)",
        "a number that is at least the time step, \(timeStep)")
    }
    if let interval = observationInterval {
      try SimulationError.require(
        interval > 0 && interval.isFinite, "observationInterval", "\(interval)",
        "a positive number")
    }
    if case .ball(let radius, _) = exitRegion {
      try SimulationError.require(
        radius > 0 && radius.isFinite, "exit radius", "\(radius)", "a positive number")
    }
    if case .lossThreshold(let level) = exitRegion {
      try SimulationError.require(level.isFinite, "exit level", "\(level)", "a finite number")
    }
  }
}
