public import MarkovChains

/// Questions about the chain.
public struct ChainSettings: Sendable {
  /// Where the chain starts.
  public enum Initial: Sendable {
    /// The same probability for every state.
    case uniform
    /// One state.
    case state(Int)
    /// A probability for every state.
    case distribution([Double])
  }

  /// How many of something are wanted.
  public enum Amount: Sendable, Equatable {
    /// So many.
    case count(Int)
    /// All of them, or as many as the data speak for.
    case automatic
  }

  /// Into which groups states are put.
  public enum Grouping: Sendable, Equatable {
    /// States that exchange at this rate or faster in both directions (its natural logarithm).
    case logRate(Double)
    /// The superbasins at this energy; for chains of a landscape or a database.
    case energy(Double)
    /// One label per state in a file, as PyGT's communities.dat has them.
    case file(String)
    /// The communities that the database or the chain's files come with.
    case communities
  }

  /// The states A that passages start from.
  public var from: [Int]?
  /// The states B that passages end in.
  public var to: [Int]?
  /// The lag of the transition matrix.
  public var lag: Double?
  /// The distribution that the chain starts from, for the lag and the times.
  public var initial: Initial?
  /// Whether the matrix of mean first-passage times is wanted above 200 states.
  public var matrix: Bool
  /// Times at which the occupation of the states and the first-passage distribution are wanted.
  public var times: [Double]
  /// How many of the slowest modes are wanted with their eigenvectors.
  public var modes: Int
  /// How many pathways of the reactive flux are wanted.
  public var pathways: Amount
  /// How many shortest paths are wanted.
  public var shortestPaths: Int
  /// What a transition costs on a shortest path.
  public var pathWeight: PathWeight
  /// Sets whose absorption probabilities are wanted.
  public var targets: [[Int]]
  /// After how many steps a trajectory that is drawn from the start ends; 0 for none.
  public var trajectorySteps: Int
  /// Whether the generator of a chain in discrete time is wanted.
  public var generator: Bool
  /// How many passages from A to B are to be drawn.
  public var passages: Int
  /// The seed of the drawn passages.
  public var seed: UInt64
  /// How many metastable sets are wanted; nil for none.
  public var sets: Amount?
  /// The groups of a coarse chain; nil for none.
  public var groups: Grouping?
  /// Whether the hierarchy of the limit of no noise and the disconnectivity tree are wanted.
  public var hierarchy: Bool
  /// Whether the sensitivities to every rate are wanted.
  public var sensitivities: Bool
  /// The formats in which the chain is written into the output folder.
  public var write: [ChainFormat]

  /// Creates settings; the properties above describe them.
  public init(
    from: [Int]? = nil, to: [Int]? = nil, lag: Double? = nil, initial: Initial? = nil,
    matrix: Bool = false, times: [Double] = [], modes: Int = 0,
    pathways: Amount = .count(10), shortestPaths: Int = 0,
    pathWeight: PathWeight = .branchingProbability, targets: [[Int]] = [],
    trajectorySteps: Int = 0, generator: Bool = false, passages: Int = 0, seed: UInt64 = 1,
    sets: Amount? = nil, groups: Grouping? = nil, hierarchy: Bool = false,
    sensitivities: Bool = false, write: [ChainFormat] = []
  ) {
    self.from = from
    self.to = to
    self.lag = lag
    self.initial = initial
    self.matrix = matrix
    self.times = times
    self.modes = modes
    self.pathways = pathways
    self.shortestPaths = shortestPaths
    self.pathWeight = pathWeight
    self.targets = targets
    self.trajectorySteps = trajectorySteps
    self.generator = generator
    self.passages = passages
    self.seed = seed
    self.sets = sets
    self.groups = groups
    self.hierarchy = hierarchy
    self.sensitivities = sensitivities
    self.write = write
  }

  init(_ reader: ProblemReader) throws {
    try reader.allow([
      "from", "to", "lag", "initial", "matrix", "times", "modes", "pathways", "shortestPaths",
      "pathWeight", "targets", "trajectory", "generator", "passages", "seed", "sets", "groups",
      "hierarchy", "sensitivities", "write",
    ])
    from = try reader.states("from")
    to = try reader.states("to")
    if (from == nil) != (to == nil) {
      throw reader.failure(
        from == nil ? "from" : "to", "is missing; \"from\" and \"to\" go together")
    }
    lag = try reader.positive("lag")
    times = try (reader.numbers("times") ?? []).enumerated().map { i, time in
      guard time >= 0 else {
        throw reader.failure("times[\(i)]", "expected a time from 0, found \(time)")
      }
      return time
    }
    initial = try Self.initial(reader)
    trajectorySteps = try reader.integer("trajectory", in: 0...10_000_000) ?? 0
    targets = try (reader.array("targets") ?? []).enumerated().map { i, entry in
      let key = "\(reader.key("targets"))[\(i)]"
      let states = try reader.numbers(entry, key).map {
        try reader.integer($0, key, in: 0...Int.max)
      }
      guard !states.isEmpty else {
        throw reader.failure("targets[\(i)]", "expected at least one state")
      }
      return states
    }
    if initial != nil, lag == nil, times.isEmpty, trajectorySteps == 0, targets.isEmpty {
      throw reader.failure(
        "initial",
        "needs \"lag\" or \"times\", when the occupation is asked for, or \"targets\" or "
          + "\"trajectory\"")
    }
    if trajectorySteps > 0 {
      guard case .state = initial else {
        throw reader.failure("trajectory", "needs \"initial\", the state that it starts from")
      }
    }
    pathWeight =
      try reader.choice("pathWeight", of: ["branchingProbability", "rate"]) == "rate"
      ? .rate : .branchingProbability
    generator = try reader.bool("generator") ?? false
    matrix = try reader.bool("matrix") ?? false
    modes = try reader.integer("modes", in: 0...Int.max) ?? 0
    pathways = try Self.amount(reader, "pathways", word: "all", from: 0) ?? .count(10)
    shortestPaths = try reader.integer("shortestPaths", in: 0...100_000) ?? 0
    passages = try reader.integer("passages", in: 0...100_000_000) ?? 0
    seed = UInt64(try reader.integer("seed", in: 0...Int.max) ?? 1)
    sets = try Self.amount(reader, "sets", word: "auto", from: 2)
    groups = try reader.object("groups").map { try Self.grouping($0) }
    hierarchy = try reader.bool("hierarchy") ?? false
    sensitivities = try reader.bool("sensitivities") ?? false
    write = try (reader.strings("write") ?? []).enumerated().map { i, name in
      guard let format = ChainFormat(rawValue: name) else {
        throw reader.failure(
          "write[\(i)]",
          "\"\(name)\" is not known; accepted: "
            + ChainFormat.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
      }
      return format
    }
  }

  private static func initial(_ reader: ProblemReader) throws -> Initial? {
    switch reader.value("initial") {
    case nil: return nil
    case .string("uniform"): return .uniform
    case .number(let number):
      return .state(try reader.integer(number, reader.key("initial"), in: 0...Int.max))
    case .array:
      let values = try reader.numbers("initial") ?? []
      let sum = values.reduce(0, +)
      guard values.allSatisfy({ $0 >= 0 }), (sum - 1).magnitude < 1e-9 else {
        throw reader.failure(
          "initial", "expected probabilities from 0 that add up to 1; they add up to \(sum)")
      }
      return .distribution(values)
    case .some(let other):
      throw reader.failure(
        "initial", "expected \"uniform\", a state or a list of probabilities, found \(other.kind)")
    }
  }

  private static func amount(
    _ reader: ProblemReader, _ name: String, word: String, from least: Int
  ) throws -> Amount? {
    switch reader.value(name) {
    case nil: return nil
    case .string(word): return .automatic
    case .number(let number):
      return .count(try reader.integer(number, reader.key(name), in: least...Int.max))
    case .some(let other):
      throw reader.failure(
        name, "expected \"\(word)\" or a whole number from \(least), found \(other.kind)")
    }
  }

  private static func grouping(_ reader: ProblemReader) throws -> Grouping {
    try reader.allow(["logRate", "energy", "file", "communities"])
    guard reader.values.count == 1 else {
      throw ProblemError(
        file: reader.file, key: reader.path,
        reason: "expected exactly one of logRate, energy, file, communities")
    }
    if let threshold = try reader.number("logRate") { return .logRate(threshold) }
    if let energy = try reader.number("energy") { return .energy(energy) }
    if let file = try reader.string("file") { return .file(file) }
    guard try reader.bool("communities") == true else {
      throw reader.failure("communities", "expected true")
    }
    return .communities
  }
}

/// A file format of chains.
public enum ChainFormat: String, Sendable, CaseIterable {
  /// Edges as lines of from, to and the natural logarithm of the rate.
  case edges
  /// The matrix of the natural logarithms of the rates and that of the generator, for NumPy.
  case npy
  /// GraphML.
  case graphML = "graphml"
  /// Graphviz.
  case dot
  /// PyGT.
  case pyGT = "pygt"
  /// DISCOTRESS.
  case discotress
  /// PATHSAMPLE; for databases only.
  case pathsample
}
