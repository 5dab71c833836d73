/// Trajectories of discrete states in text files, and how a chain is estimated from them.
public struct TrajectorySource: Sendable {
  /// The files, one trajectory each: whole numbers, a state per frame; negative for none.
  public let files: [String]
  /// The lag in frames.
  public let lag: Int
  /// Whether detailed balance is imposed.
  public let reversible: Bool
  /// Further lags whose implied time scales are wanted.
  public let lags: [Int]
  /// The number of posterior samples for intervals; 0 for none.
  public let samples: Int
  /// The seed of the samples.
  public let seed: UInt64

  init(_ reader: ProblemReader) throws {
    try reader.allow(["files", "lag", "reversible", "lags", "samples", "seed"])
    files = try reader.strings("files") ?? []
    guard !files.isEmpty else {
      throw reader.failure("files", "is missing; a list of text files, one trajectory each")
    }
    lag = try reader.integer("lag", in: 1...Int.max) ?? 1
    reversible = try reader.bool("reversible") ?? true
    lags = try (reader.numbers("lags") ?? []).enumerated().map {
      try reader.integer($1, "\(reader.key("lags"))[\($0)]", in: 1...Int.max)
    }
    samples = try reader.integer("samples", in: 0...100_000) ?? 100
    seed = UInt64(try reader.integer("seed", in: 0...Int.max) ?? 1)
  }
}
