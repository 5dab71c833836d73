public import Landscapes

/// Where a landscape comes from.
public enum LandscapeSource: Sendable {
  /// An energy as a formula.
  case formula(String)
  /// A drift as formulas, one per variable.
  case drift([String])
  /// A landscape of the catalogue, with a dimension and for the linear drift a matrix.
  case builtIn(String, dimension: Int?, matrix: [[Double]]?)
  /// A model over data.
  case model(ModelSource)
  /// A file with a chain.
  case chain(String)
  /// A database of stationary points: a folder or a file.
  case database(String)
  /// A file with the transition probabilities of a chain in discrete time.
  case probabilities(String)
  /// Trajectories of discrete states, from which a chain is estimated.
  case trajectories(TrajectorySource)

  static let keys = [
    "formula", "builtin", "drift", "database", "chain", "probabilities", "trajectories", "model",
  ]

  /// Whether it is a chain as it stands, without a noise of its own.
  var isChain: Bool {
    switch self {
    case .chain, .probabilities, .trajectories: true
    default: false
    }
  }
  static let commonKeys = [
    "variables", "parameters", "domain", "reflecting", "dimension", "matrix", "highestIndex",
    "largestCount",
  ]

  init(_ reader: ProblemReader) throws {
    let given = Self.keys.filter { reader.has($0) }
    guard given.count == 1, let key = given.first else {
      throw ProblemError(
        file: reader.file, key: reader.path,
        reason: "expected exactly one of \(Self.keys.joined(separator: ", ")); found "
          + (given.isEmpty ? "none" : given.joined(separator: " and ")))
    }
    if key != "builtin" {
      for other in ["dimension", "matrix"] where reader.has(other) {
        throw reader.failure(other, "belongs to \"builtin\", not to \"\(key)\"")
      }
    }
    switch key {
    case "formula": self = .formula(try reader.string("formula") ?? "")
    case "drift":
      let drift = try reader.strings("drift") ?? []
      guard !drift.isEmpty else {
        throw reader.failure("drift", "expected one formula per variable, found none")
      }
      self = .drift(drift)
    case "chain": self = .chain(try reader.string("chain") ?? "")
    case "database": self = .database(try reader.string("database") ?? "")
    case "probabilities": self = .probabilities(try reader.string("probabilities") ?? "")
    case "trajectories":
      guard let trajectories = try reader.object("trajectories") else {
        throw reader.failure("trajectories", "is missing")
      }
      self = .trajectories(try TrajectorySource(trajectories))
    case "model":
      guard let model = try reader.object("model") else {
        throw reader.failure("model", "is missing")
      }
      self = .model(try ModelSource(model))
    default:
      let rows = try reader.array("matrix")?.enumerated().map {
        try reader.numbers($1, "\(reader.key("matrix"))[\($0)]")
      }
      self = .builtIn(
        try reader.string("builtin") ?? "",
        dimension: try reader.integer("dimension", in: 1...Int.max), matrix: rows)
    }
  }
}

/// A model over a table of data.
public struct ModelSource: Sendable {
  /// The kinds of models.
  public enum Kind: String, Sendable, CaseIterable {
    /// Linear regression.
    case linear
    /// Logistic regression.
    case logistic
    /// A multilayer perceptron.
    case mlp
  }

  /// The kind.
  public let kind: Kind
  /// The sizes of the layers, inputs and outputs included; for perceptrons.
  public let layers: [Int]
  /// `tanh` or `softplus`.
  public let activation: String
  /// `meanSquare` or `crossEntropy`.
  public let loss: String
  /// λ of the penalty (λ/2)|θ|².
  public let weightDecay: Double
  /// Whether the layers have biases.
  public let bias: Bool
  /// The path of the table.
  public let file: String
  /// Whether the first line holds the names of the columns; nil to find out.
  public let header: Bool
  /// The character between columns.
  public let delimiter: Character
  /// The name or number of the target column.
  public let target: String
  /// The names or numbers of the feature columns; empty for all others.
  public let features: [String]
  /// Whether features are shifted and scaled to mean 0 and variance 1.
  public let normalize: Bool
  /// The values of the target that count as the positive class.
  public let positiveClasses: [String]

  init(_ reader: ProblemReader) throws {
    try reader.allow(["kind", "layers", "activation", "loss", "weightDecay", "bias", "data"])
    guard let kind = try reader.choice("kind", of: Kind.allCases.map(\.rawValue)) else {
      throw reader.failure("kind", "is missing; accepted: \"linear\", \"logistic\", \"mlp\"")
    }
    self.kind = Kind(rawValue: kind) ?? .mlp
    let layers = try reader.numbers("layers") ?? []
    self.layers = try layers.enumerated().map {
      try reader.integer($1, "\(reader.key("layers"))[\($0)]", in: 1...Int.max)
    }
    if self.kind == .mlp, self.layers.count < 2 {
      throw reader.failure(
        "layers", "expected the sizes of at least an input and an output layer, such as [4, 3, 1]")
    }
    if self.kind != .mlp, !self.layers.isEmpty {
      throw reader.failure("layers", "belongs to \"mlp\"; a \(kind) model has none")
    }
    activation = try reader.choice("activation", of: ["tanh", "softplus"]) ?? "tanh"
    loss =
      try reader.choice("loss", of: ["meanSquare", "crossEntropy"])
      ?? (self.kind == .logistic ? "crossEntropy" : "meanSquare")
    let decay = try reader.number("weightDecay") ?? 0
    guard decay >= 0 else {
      throw reader.failure("weightDecay", "expected a number from 0, found \(decay)")
    }
    weightDecay = decay
    bias = try reader.bool("bias") ?? true
    guard let data = try reader.object("data") else {
      throw reader.failure("data", "is missing; a model needs a table of data")
    }
    try data.allow([
      "file", "header", "delimiter", "target", "features", "normalize", "positiveClasses",
    ])
    guard let file = try data.string("file") else {
      throw data.failure("file", "is missing; the path of a CSV table")
    }
    self.file = file
    header = try data.bool("header") ?? true
    let delimiter = try data.string("delimiter") ?? ","
    guard delimiter.count == 1, let character = delimiter.first else {
      throw data.failure("delimiter", "expected one character, found \"\(delimiter)\"")
    }
    self.delimiter = character
    guard let target = try Self.column(data.value("target"), data, "target") else {
      throw data.failure("target", "is missing; the name or number of the target column")
    }
    self.target = target
    features = try (data.array("features") ?? []).enumerated().map {
      try Self.column($1, data, "features[\($0)]") ?? ""
    }
    normalize = try data.bool("normalize") ?? true
    positiveClasses = try (data.array("positiveClasses") ?? []).enumerated().map {
      try Self.column($1, data, "positiveClasses[\($0)]") ?? ""
    }
  }

  /// A text, or a number as text: tables name columns and classes either way.
  private static func column(
    _ value: JSONValue?, _ reader: ProblemReader, _ name: String
  ) throws -> String? {
    switch value {
    case nil: nil
    case .string(let text): text
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .some(let other):
      throw reader.failure(name, "expected a text or a number, found \(other.kind)")
    }
  }
}

/// Where the noise comes from.
public enum DynamicsSource: Sendable {
  /// Langevin dynamics.
  case langevin(temperature: Double)
  /// Stochastic gradient descent; in epochs the samples are shuffled and all batches without
  /// repetition taken before they are shuffled again.
  case sgd(
    learningRate: Double, batchSize: Int, replacement: Bool, epochs: Bool, noise: GradientNoise?)
  /// A diffusion matrix as formulas; numbers are formulas too.
  case diffusion([[String]])
  /// The noise that the literature fixes with a built-in landscape, D = (ε/2)·D_Hu.
  case hu(epsilon: Double)

  init(_ reader: ProblemReader) throws {
    guard
      let kind = try reader.choice("kind", of: ["langevin", "sgd", "diffusion", "hu"])
    else {
      throw reader.failure(
        "kind", "is missing; accepted: \"langevin\", \"sgd\", \"diffusion\", \"hu\"")
    }
    switch kind {
    case "langevin":
      try reader.allow(["kind", "temperature", "interpretation"])
      guard let temperature = try reader.positive("temperature") else {
        throw reader.failure("temperature", "is missing; a number above 0")
      }
      self = .langevin(temperature: temperature)
    case "sgd":
      try reader.allow([
        "kind", "learningRate", "batchSize", "replacement", "epochs", "noise", "interpretation",
      ])
      guard let learningRate = try reader.positive("learningRate") else {
        throw reader.failure("learningRate", "is missing; a number above 0")
      }
      guard let batchSize = try reader.integer("batchSize", in: 1...Int.max) else {
        throw reader.failure("batchSize", "is missing; a whole number from 1")
      }
      let epochs = try reader.bool("epochs") ?? false
      let replacement = try reader.bool("replacement")
      if epochs, replacement == true {
        throw reader.failure("epochs", "takes every sample once; \"replacement\" must be false")
      }
      let noise = try reader.choice("noise", of: GradientNoise.allCases.map(\.rawValue))
      self = .sgd(
        learningRate: learningRate, batchSize: batchSize,
        replacement: replacement ?? !epochs, epochs: epochs,
        noise: noise.flatMap { GradientNoise(rawValue: $0) })
    case "hu":
      try reader.allow(["kind", "epsilon", "interpretation"])
      guard let epsilon = try reader.positive("epsilon") else {
        throw reader.failure("epsilon", "is missing; a number above 0")
      }
      self = .hu(epsilon: epsilon)
    default:
      try reader.allow(["kind", "matrix", "interpretation"])
      guard let rows = try reader.array("matrix"), !rows.isEmpty else {
        throw reader.failure("matrix", "is missing; one row per variable")
      }
      self = .diffusion(
        try rows.enumerated().map { i, row in
          let key = "\(reader.key("matrix"))[\(i)]"
          let entries = try reader.array(row, key)
          guard entries.count == rows.count else {
            throw ProblemError(
              file: reader.file, key: key,
              reason: "expected \(rows.count) entries (the matrix is square), "
                + "found \(entries.count)")
          }
          return try entries.enumerated().map { j, entry in
            if case .string(let text) = entry { return text }
            return "\(try reader.number(entry, "\(key)[\(j)]"))"
          }
        })
    }
  }
}
