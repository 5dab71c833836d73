/// The size of a rare-event computation.
public struct RareEventSettings: Sendable, Equatable {
  /// How many copies (splitting) or trials per stage (forward flux) a repetition has.
  public var copies: Int
  /// How many independent repetitions there are; the error comes from the scatter between them.
  public var repetitions: Int
  /// The seed of all random numbers.
  public var seed: UInt64
  /// How many tasks run at a time; 0: as many as the machine has processors.
  public var threads: Int
  /// When one trajectory between the sets is given up, in steps; what is given up counts as not
  /// having reached the target, and is reported.
  public var stepLimit: Int
  /// For rates: how many ways out of the source each trajectory makes that are counted.
  public var loops: Int
  /// For rates: how many ways out of the source each trajectory makes before.
  public var burnInLoops: Int

  /// Creates and checks settings; the properties above describe them.
  ///
  /// - Parameters:
  ///   - copies: From 2 to 2^24.
  ///   - repetitions: From 1 to 16 383.
  ///   - seed: Any number.
  ///   - threads: At least 0.
  ///   - stepLimit: Positive.
  ///   - loops: Positive.
  ///   - burnInLoops: At least 0.
  /// - Throws: `SimulationError.invalidSetting` that names the setting.
  public init(
    copies: Int = 256, repetitions: Int = 16, seed: UInt64 = 1, threads: Int = 0,
    stepLimit: Int = 100_000_000, loops: Int = 16, burnInLoops: Int = 8
  ) throws {
    self.copies = copies
    self.repetitions = repetitions
    self.seed = seed
    self.threads = threads
    self.stepLimit = stepLimit
    self.loops = loops
    self.burnInLoops = burnInLoops
    try validate()
  }

  /// Checks the settings.
  ///
  /// - Throws: `SimulationError.invalidSetting` that names the first setting out of its range.
  public func validate() throws {
    func require(_ value: Int, _ range: ClosedRange<Int>, _ name: String) throws {
      try SimulationError.require(
        range.contains(value), name, "\(value)",
        "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    try require(copies, 2...(1 << 24), "copies")
    try require(repetitions, 1...16_383, "repetitions")
    try require(threads, 0...Int.max, "threads")
    try require(stepLimit, 1...(1 << 52), "stepLimit")
    try require(loops, 1...(1 << 12), "loops")
    try require(burnInLoops, 0...(1 << 12), "burnInLoops")
  }

  /// The number of tasks.
  var taskCount: Int { threads > 0 ? threads : processorCount() }
}

/// How far a rare-event computation is.
public struct RareEventProgress: Sendable, Equatable {
  /// What is being done.
  public var stage: String
  /// The number of rounds of this stage that are done.
  public var round: Int
  /// The lowest ξ that a repetition has reached.
  public var level: Double
  /// The natural logarithm of the mean probability so far.
  public var logProbability: Double
  /// Time steps of single trajectories, everything included.
  public var steps: Int
}

/// Who watches a rare-event computation, keeps it, and may stop it.
struct RareEventObserver: Sendable {
  let progress: (@Sendable (RareEventProgress) -> Void)?
  let control: RunControl
  /// Where the state is kept; nil for nowhere.
  let session: CheckpointSession?
  /// Keeps the excursions of a round that is not over; nil without a checkpoint.
  let keeper: RoundKeeper?

  /// - Throws: `CheckpointError.damaged`.
  init(
    session: CheckpointSession? = nil, progress: (@Sendable (RareEventProgress) -> Void)?,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    self.session = session
    keeper = try session.map { try RoundKeeper($0) }
    self.progress = progress
    control = RunControl(total: 1, progress: nil, cancellation: isCancelled)
  }
}

/// The numbers of the random streams of rare events: the highest bit of 56 keeps them from the
/// streams of ensembles, the next 14 are the repetition.
enum RareEventStream {
  /// The repetition that pilot runs use.
  static let pilot = 16_383

  /// - Parameters:
  ///   - repetition: The repetition.
  ///   - serial: Counts the streams of the repetition.
  /// - Returns: The number of the stream.
  static func number(repetition: Int, serial: UInt64) -> UInt64 {
    1 << 55 | UInt64(repetition) << 41 | serial & (1 << 40 - 1)
  }

  /// The same for the loops around the source.
  static func loop(repetition: Int, serial: UInt64) -> UInt64 {
    number(repetition: repetition, serial: serial) | 1 << 40
  }
}
