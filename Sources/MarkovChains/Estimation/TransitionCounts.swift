public import LinearAlgebra

/// How often each state was followed by each other one after a lag.
///
/// ```swift
/// let counts = try TransitionCounts(trajectories: [[0, 0, 1, 1, 0, 2]], lag: 1)
/// counts[0, 1]                                     // 1.0
/// let estimate = try counts.largestConnectedSet().maximumLikelihood()
/// ```
public struct TransitionCounts: Sendable, Equatable {
  /// The number of states.
  public var stateCount: Int { labels.count }
  /// What each state is called in the trajectories.
  public let labels: [Int]
  /// The lag in frames.
  public let lag: Int
  let table: CountTable

  /// The largest number of states; a larger one is a slip in the data rather than a chain.
  static let largestStateCount = 100_000_000

  init(labels: [Int], lag: Int, table: CountTable) {
    self.labels = labels
    self.lag = lag
    self.table = table
  }

  /// A number of transitions from one state to another, or of frames that stayed.
  public struct Entry: Sendable, Equatable {
    /// The state at the start.
    public let from: Int
    /// The state one lag later.
    public let to: Int
    /// How often; not necessarily a whole number.
    public let count: Double

    /// Creates an entry.
    public init(from: Int, to: Int, count: Double) {
      self.from = from
      self.to = to
      self.count = count
    }
  }

  /// Creates counts from a list; those of one pair add up.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states.
  ///   - lag: The lag in frames.
  ///   - entries: The counts, in any order.
  /// - Throws: `EstimationError` for a state that does not exist, a count that is negative or not
  ///   finite, a lag or a number of states below 1.
  public init(stateCount: Int, lag: Int = 1, entries: [Entry]) throws {
    guard (1...Self.largestStateCount).contains(stateCount) else {
      throw EstimationError.invalidStateCount(stateCount)
    }
    guard lag >= 1 else { throw EstimationError.invalidLag(lag) }
    for entry in entries {
      for state in [entry.from, entry.to] where !(0..<stateCount).contains(state) {
        throw EstimationError.unknownState(state)
      }
      guard entry.count >= 0, entry.count < .infinity else {
        throw EstimationError.invalidCount(from: entry.from, to: entry.to, count: entry.count)
      }
    }
    self.init(
      labels: Array(0..<stateCount), lag: lag,
      table: CountTable(
        stateCount: stateCount, entries: entries.map { ($0.from, $0.to, $0.count) }))
  }

  /// Creates counts from a square matrix.
  ///
  /// - Parameters:
  ///   - matrix: Row i, column j: how often i was followed by j.
  ///   - lag: The lag in frames.
  /// - Throws: `EstimationError` for a count that is negative or not finite, a matrix that is not
  ///   square or empty, or a lag below 1.
  public init(matrix: Matrix, lag: Int = 1) throws {
    guard matrix.isSquare else {
      throw EstimationError.wrongLength(expected: matrix.rows, given: matrix.columns)
    }
    try self.init(
      stateCount: matrix.rows, lag: lag,
      entries: (0..<matrix.rows).flatMap { i in
        (0..<matrix.columns).map { Entry(from: i, to: $0, count: matrix[i, $0]) }
      })
  }

  /// The count from one state to another.
  public subscript(from: Int, to: Int) -> Double {
    precondition(
      (0..<stateCount).contains(from) && (0..<stateCount).contains(to), "the state must exist")
    return table.value(from: from, to: to)
  }

  /// All counts that are not zero, by state.
  public var entries: [Entry] {
    table.entries.map { Entry(from: $0.from, to: $0.to, count: $0.value) }
  }

  /// The counts as a dense square matrix.
  public var matrix: Matrix {
    var result = Matrix(rows: stateCount, columns: stateCount)
    for entry in table.entries { result[entry.from, entry.to] = entry.value }
    return result
  }

  /// The sum of all counts.
  public var total: Double { table.values.reduce(0, +) }

  /// The strongly connected sets of states: those with more states first, then those with more
  /// counts inside, then by their smallest state.
  public var connectedSets: [[Int]] { table.connectedSets }

  /// The counts between some of the states.
  ///
  /// - Parameter states: The states to keep, in the order of their new numbers.
  /// - Returns: The counts, with the labels of the states that were kept.
  /// - Throws: `EstimationError.unknownState` for a state that does not exist or stands there
  ///   twice, `.invalidStateCount` for an empty list.
  public func restricted(to states: [Int]) throws -> TransitionCounts {
    guard !states.isEmpty else { throw EstimationError.invalidStateCount(0) }
    var seen = Set<Int>()
    for state in states {
      guard (0..<stateCount).contains(state), seen.insert(state).inserted else {
        throw EstimationError.unknownState(state)
      }
    }
    return TransitionCounts(
      labels: states.map { labels[$0] }, lag: lag, table: table.restricted(to: states))
  }

  /// The counts between the states of the largest strongly connected set, the active set.
  public func largestConnectedSet() -> TransitionCounts {
    let states = table.connectedSets[0]
    return TransitionCounts(
      labels: states.map { labels[$0] }, lag: lag, table: table.restricted(to: states))
  }
}
