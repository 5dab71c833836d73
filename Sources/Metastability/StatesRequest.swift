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
  /// The grid of boxes; nil for other states.
  public let grid: GridRequest?
  /// The time between two frames; nil for at most a quarter of the fastest relaxation and a
  /// hundredth of a trajectory, and such that the lags are multiples of it where that is not much
  /// shorter.
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
    if reader.has("lags"), lags.isEmpty {
      throw reader.failure("lags", "is empty; expected at least one time, or no such key")
    }
    for (number, lag) in lags.enumerated() {
      let key = "\(reader.key("lags"))[\(number)]"
      guard lag > 0 else {
        throw ProblemError(
          file: reader.file, key: key, reason: "expected a number above 0, found \(lag)")
      }
      guard !lags[..<number].contains(lag) else {
        throw ProblemError(file: reader.file, key: key, reason: "\(lag) stands twice")
      }
    }
    guard kind == .boxes else {
      for key in ["axes", "box", "bins"] where reader.has(key) {
        throw reader.failure(key, "belongs to the kind \"boxes\", not to \"\(kind)\"")
      }
      grid = nil
      return
    }
    grid = try reader.grid(axisCounts: 1...64, cells: 1 << 31 - 1, for: "the kind \"boxes\"")
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
