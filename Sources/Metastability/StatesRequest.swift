import Landscapes
import LinearAlgebra
public import MarkovChains
public import Simulation

/// How trajectories are turned into a chain.
public struct StatesRequest: Sendable {
  /// What the states are.
  public enum Kind: String, Sendable, CaseIterable {
    /// The core set that was visited last.
    case coreSets
    /// The minimum that a position descends to.
    case basins
    /// The box of a grid.
    case boxes
  }

  /// What the states are.
  public let kind: Kind
  /// The grid of boxes: names of variables, their ranges and the numbers of boxes.
  public let grid: (axes: [String], box: [(lower: Double, upper: Double)], bins: [Int])?
  /// The time between two frames; nil for about a quarter of the fastest relaxation.
  public let interval: Double?
  /// The lags, in time.
  public let lags: [Double]

  init(_ reader: ProblemReader) throws {
    try reader.allow(["kind", "axes", "box", "bins", "interval", "lags"])
    kind =
      try reader.choice("kind", of: Kind.allCases.map(\.rawValue)).flatMap { Kind(rawValue: $0) }
      ?? .coreSets
    interval = try reader.positive("interval")
    lags = try reader.numbers("lags") ?? []
    if let bad = lags.first(where: { $0 <= 0 }) {
      throw reader.failure("lags", "expected numbers above 0, found \(bad)")
    }
    guard kind == .boxes else {
      for key in ["axes", "box", "bins"] where reader.has(key) {
        throw reader.failure(key, "belongs to the kind \"boxes\"")
      }
      grid = nil
      return
    }
    guard let axes = try reader.strings("axes"), let box = try reader.box("box"),
      let bins = try reader.numbers("bins")
    else {
      throw reader.failure("axes", "expected \"axes\", \"box\" and \"bins\" for boxes")
    }
    grid = (
      axes, box, try bins.map { try reader.integer($0, reader.key("bins"), in: 1...(1 << 30)) }
    )
  }
}

/// A chain that was learned from the simulated trajectories.
public struct StatesAnswer: Sendable {
  /// What the states are.
  public let kind: StatesRequest.Kind
  /// What was counted.
  public let result: DiscreteTrajectoryResult
  /// The implied time scales at each lag, in frames.
  public let timescales: [ImpliedTimescales]
  /// The rates of the jumps, compared with every formula, where the states are the minima.
  public var comparisons: [(formula: String, comparison: ChainComparison)]
  /// What a reader should know.
  public let findings: [String]
}
