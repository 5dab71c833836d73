/// The size of a study of discrete trajectories.
public struct DiscreteTrajectorySettings: Sendable, Equatable {
  /// How many independent trajectories.
  public var trajectories: Int
  /// How many frames each has after its first.
  public var frames: Int
  /// How many steps of the process lie between two frames.
  public var stepsPerFrame: Int
  /// How many frames pass before the first that counts.
  public var burnIn: Int
  /// The lags, in frames, at which transitions are counted.
  public var lags: [Int]
  /// How many trajectories are recorded, frame after frame.
  public var recordedTrajectories: Int
  /// How many frames of a recorded trajectory are kept, from the first that counts.
  public var recordedFrames: Int
  /// The seed of all random numbers.
  public var seed: UInt64
  /// How many tasks run at a time; 0: as many as the machine has processors.
  public var threads: Int

  /// The longest lag: the last states up to it are kept for each trajectory.
  public static var longestLag: Int { 1 << 24 }

  /// Creates and checks settings; the properties above describe them.
  ///
  /// - Parameters:
  ///   - trajectories: At least 1.
  ///   - frames: At least 1.
  ///   - stepsPerFrame: At least 1.
  ///   - burnIn: At least 0.
  ///   - lags: Different numbers from 1 to `longestLag`, below `frames`; none to count jumps only.
  ///   - recordedTrajectories: At least 0.
  ///   - recordedFrames: At least 0; at most 2³² states are recorded together.
  ///   - seed: Any number.
  ///   - threads: At least 0.
  /// - Throws: `SimulationError.invalidSetting` that names the setting.
  public init(
    trajectories: Int = 64, frames: Int, stepsPerFrame: Int = 1, burnIn: Int = 0,
    lags: [Int] = [1], recordedTrajectories: Int = 0, recordedFrames: Int = 1_000_000,
    seed: UInt64 = 1, threads: Int = 0
  ) throws {
    self.trajectories = trajectories
    self.frames = frames
    self.stepsPerFrame = stepsPerFrame
    self.burnIn = burnIn
    self.lags = lags
    self.recordedTrajectories = recordedTrajectories
    self.recordedFrames = recordedFrames
    self.seed = seed
    self.threads = threads
    try validate()
  }

  /// Checks the settings.
  ///
  /// - Throws: `SimulationError.invalidSetting` that names the first setting out of its range.
  public func validate() throws {
    try SimulationError.require(
      (1..<(1 << 32)).contains(trajectories), "trajectories", "\(trajectories)",
      "a whole number from 1, below 2^32")
    try SimulationError.require(
      (1...(1 << 50)).contains(frames), "frames", "\(frames)", "a whole number from 1 to 2^50")
    try SimulationError.require(
      (1...(1 << 30)).contains(stepsPerFrame), "stepsPerFrame", "\(stepsPerFrame)",
      "a whole number from 1 to 2^30")
    try SimulationError.require(
      (0...(1 << 50)).contains(burnIn), "burnIn", "\(burnIn)", "a whole number from 0 to 2^50")
    for lag in lags {
      try SimulationError.require(
        lag >= 1 && lag <= frames && lag <= DiscreteTrajectorySettings.longestLag, "lags",
        "\(lag)",
        "numbers of frames from 1 to \(min(frames, DiscreteTrajectorySettings.longestLag))")
    }
    try SimulationError.require(
      Set(lags).count == lags.count, "lags", "\(lags)", "different numbers of frames")
    try SimulationError.require(
      recordedTrajectories >= 0, "recordedTrajectories", "\(recordedTrajectories)",
      "a whole number from 0")
    let recorded = Double(min(recordedTrajectories, trajectories)) * Double(recordedFrames)
    try SimulationError.require(
      recordedFrames >= 0 && recorded <= 0x1p32, "recordedFrames", "\(recordedFrames)",
      "a whole number from 0, at most 2^32 frames of all trajectories together")
    try SimulationError.require(
      threads >= 0, "threads", "\(threads)", "a whole number from 0 (0: all)")
  }
}
