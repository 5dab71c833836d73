import Simulation

/// What is simulated.
public struct SimulationSettings: Sendable {
  /// The process that is simulated.
  public enum Sampler: String, Sendable, CaseIterable {
    /// The stochastic differential equation, by the method of Euler and Maruyama. With the
    /// learning rate as its step it is SGD with normal noise.
    case eulerMaruyama
    /// The stochastic differential equation by Heun's method, of weak order 2: noise that does not
    /// depend on the position.
    case heun
    /// The stochastic differential equation by the method of Leimkuhler and Matthews: a landscape
    /// with isotropic noise.
    case leimkuhlerMatthews
    /// Loss-proportional noise after Mori's random time change; `time` and `timeStep` are in units
    /// of τ = ∫ L dt, what is reported is in t.
    case timeChanged
    /// True mini-batch gradient descent on the data of a model.
    case miniBatch

    /// The method of integration; nil where it is no stochastic differential equation in time t.
    var method: IntegrationMethod? {
      switch self {
      case .eulerMaruyama: .eulerMaruyama
      case .heun: .heun
      case .leimkuhlerMatthews: .leimkuhlerMatthews
      case .timeChanged, .miniBatch: nil
      }
    }
  }

  /// What counts as an escape.
  public enum Exit: Sendable, Equatable {
    /// The arrival in the core of another minimum.
    case basin
    /// Leaving a ball; the centre defaults to the minimum.
    case ball(radius: Double, center: [Double]?)
    /// Leaving a box.
    case box([(lower: Double, upper: Double)])
    /// The energy reaching a level.
    case lossThreshold(Double)

    /// Whether two exits are the same.
    public static func == (a: Exit, b: Exit) -> Bool {
      switch (a, b) {
      case (.basin, .basin): true
      case (.ball(let r, let c), .ball(let s, let d)): r == s && c == d
      case (.box(let x), .box(let y)): x.elementsEqual(y, by: ==)
      case (.lossThreshold(let x), .lossThreshold(let y)): x == y
      default: false
      }
    }
  }

  /// How occupancies are measured.
  public enum Occupancy: String, Sendable, CaseIterable {
    /// Time belongs to the last core set that was visited.
    case coreSets
    /// Sampled positions are followed downhill to their minimum.
    case descent
  }

  /// The number of trajectories for the occupancies.
  public let trajectories: Int
  /// The length of each in units of time; 0 for exits only.
  public let time: Double
  /// The time step; nil for the learning rate of SGD.
  public let timeStep: Double?
  /// The seed.
  public let seed: UInt64
  /// The number of threads; 0 for all.
  public let threads: Int
  /// What is simulated; nil for the process that the dynamics describe.
  public let sampler: Sampler?
  /// The number of escapes watched from each minimum; 0 for none.
  public let exits: Int
  /// What counts as an escape.
  public let exit: Exit
  /// When the watch for one escape is given up; nil for the length of the trajectories, or never
  /// where only exits are simulated.
  public let exitTimeLimit: Double?
  /// How escapes are measured that are too rare for plain simulation.
  public let rareEvents: RareEventRequest
  /// What is measured of time series; nil: nothing.
  public var series: SeriesRequest?
  /// How trajectories are turned into a chain; nil: they are not.
  public var states: StatesRequest?
  /// Whether exits are corrected for crossings inside a step; nil for the default, which is yes
  /// for continuous-time dynamics and no for SGD.
  public let boundaryCorrection: Bool?
  /// How occupancies are measured.
  public let occupancy: Occupancy
  /// The share of each trajectory that is discarded at its start.
  public let burnIn: Double

  /// Creates settings; the properties above describe them.
  public init(
    trajectories: Int = 64, time: Double, timeStep: Double? = nil, seed: UInt64 = 1,
    threads: Int = 0, sampler: Sampler? = nil, exits: Int = 0, exit: Exit = .basin,
    exitTimeLimit: Double? = nil, rareEvents: RareEventRequest = RareEventRequest(),
    boundaryCorrection: Bool? = nil, occupancy: Occupancy = .coreSets, burnIn: Double = 0.1
  ) {
    self.trajectories = trajectories
    self.time = time
    self.timeStep = timeStep
    self.seed = seed
    self.threads = threads
    self.sampler = sampler
    self.exits = exits
    self.exit = exit
    self.exitTimeLimit = exitTimeLimit
    self.rareEvents = rareEvents
    self.boundaryCorrection = boundaryCorrection
    self.occupancy = occupancy
    self.burnIn = burnIn
  }

  init(_ reader: ProblemReader) throws {
    try reader.allow([
      "trajectories", "time", "timeStep", "seed", "threads", "sampler", "exits", "exit",
      "boundaryCorrection", "occupancy", "burnIn", "exitTimeLimit", "rareEvents",
      "series", "states",
    ])
    trajectories = try reader.integer("trajectories", in: 1...(1 << 32 - 1)) ?? 64
    let time = try reader.number("time")
    let exits = try reader.integer("exits", in: 0...(1 << 32 - 1)) ?? 0
    if let time, time < 0 {
      throw reader.failure("time", "expected a number from 0, found \(time)")
    }
    if (time ?? 0) == 0, exits == 0 {
      throw reader.failure(
        "time",
        (time == nil ? "is missing" : "is 0 and nothing else is asked for")
          + "; give the length of the trajectories, or \"exits\" to watch escapes")
    }
    self.time = time ?? 0
    self.exits = exits
    timeStep = try reader.positive("timeStep")
    if let timeStep, let time, time > 0, timeStep > time {
      throw reader.failure("timeStep", "is \(timeStep), longer than the time \(time)")
    }
    seed = UInt64(try reader.integer("seed", in: 0...(1 << 53)) ?? 1)
    threads = try reader.integer("threads", in: 0...4096) ?? 0
    sampler = try reader.choice("sampler", of: Sampler.allCases.map(\.rawValue))
      .flatMap { Sampler(rawValue: $0) }
    exit = try reader.object("exit").map { try Self.exit($0) } ?? .basin
    exitTimeLimit = try reader.positive("exitTimeLimit")
    rareEvents = try reader.object("rareEvents").map { try RareEventRequest($0) } ?? .init()
    for (key, says) in [
      ("rareEvents", "says how escapes are measured"),
      ("exit", "says what counts as an escape"),
      ("exitTimeLimit", "says when the watch for an escape is given up"),
      ("boundaryCorrection", "says how escapes from a region are seen"),
    ] where exits == 0 && reader.has(key) {
      // The default changes nothing.
      if key == "exit", exit == .basin { continue }
      throw reader.failure(key, "\(says), but \"exits\" asks for none")
    }
    if exitTimeLimit != nil, rareEvents.isForced {
      throw reader.failure(
        "exitTimeLimit",
        "does nothing with \"rareEvents.method\": \"\(rareEvents.method)\", which watches no escape "
          + "to its end")
    }
    series = try reader.object("series").map { try SeriesRequest($0) }
    states = try reader.object("states").map { try StatesRequest($0) }
    for (key, isAsked) in [
      ("series", series != nil && series?.time == nil), ("states", states != nil),
      ("occupancy", reader.has("occupancy")),
      (
        "trajectories", reader.has("trajectories") && (series == nil || series?.trajectories != nil)
      ),
      ("burnIn", reader.has("burnIn") && series == nil),
    ] where isAsked && self.time == 0 {
      throw reader.failure(key, "needs trajectories; give \"time\", their length")
    }
    boundaryCorrection = try reader.bool("boundaryCorrection")
    occupancy =
      try reader.choice("occupancy", of: Occupancy.allCases.map(\.rawValue))
      .flatMap { Occupancy(rawValue: $0) } ?? .coreSets
    burnIn = try reader.number("burnIn") ?? 0.1
    guard burnIn >= 0, burnIn < 1 else {
      throw reader.failure("burnIn", "expected a share from 0 and below 1, found \(burnIn)")
    }
  }

  private static func exit(_ reader: ProblemReader) throws -> Exit {
    guard
      let kind = try reader.choice("kind", of: ["basin", "ball", "box", "lossThreshold"])
    else {
      throw reader.failure(
        "kind", "is missing; accepted: \"basin\", \"ball\", \"box\", \"lossThreshold\"")
    }
    switch kind {
    case "ball":
      try reader.allow(["kind", "radius", "center"])
      guard let radius = try reader.positive("radius") else {
        throw reader.failure("radius", "is missing; a number above 0")
      }
      return .ball(radius: radius, center: try reader.numbers("center"))
    case "box":
      try reader.allow(["kind", "box"])
      guard let box = try reader.box("box") else {
        throw reader.failure("box", "is missing; a pair of bounds per variable")
      }
      return .box(box)
    case "lossThreshold":
      try reader.allow(["kind", "level"])
      guard let level = try reader.number("level") else {
        throw reader.failure("level", "is missing; a number")
      }
      return .lossThreshold(level)
    default:
      try reader.allow(["kind"])
      return .basin
    }
  }
}
