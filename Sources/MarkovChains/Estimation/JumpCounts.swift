import Glibc
import LinearAlgebra

/// How often a continuous-time chain was seen to jump between states, and how long it stayed.
///
/// These are sufficient: the likelihood of rates k_ij is ∏ k_ij^{N_ij} e^{−k_ij T_i} with N_ij jumps
/// from i to j and the time T_i spent in i.
public struct JumpCounts: Sendable, Equatable {
  /// A stay in a state.
  public struct Visit: Sendable, Equatable {
    /// The state; negative for a gap, after which the trajectory starts anew.
    public let state: Int
    /// How long it lasted, in any unit of time.
    public let duration: Double

    /// Creates a visit.
    public init(state: Int, duration: Double) {
      self.state = state
      self.duration = duration
    }
  }

  /// What each state is called in the trajectories.
  public let labels: [Int]
  /// The time spent in each state.
  public let residenceTimes: [Double]
  let table: CountTable

  init(labels: [Int], residenceTimes: [Double], table: CountTable) {
    self.labels = labels
    self.residenceTimes = residenceTimes
    self.table = table
  }

  /// The number of states.
  public var stateCount: Int { labels.count }

  /// The number of jumps from one state to another.
  public subscript(from: Int, to: Int) -> Double {
    precondition(
      (0..<stateCount).contains(from) && (0..<stateCount).contains(to), "the state must exist")
    return table.value(from: from, to: to)
  }

  /// All numbers of jumps that are not zero, by state.
  public var entries: [TransitionCounts.Entry] {
    table.entries.map { .init(from: $0.from, to: $0.to, count: $0.value) }
  }

  /// The strongly connected sets of states: those with more states first, then those with more
  /// jumps inside, then by their smallest state.
  public var connectedSets: [[Int]] { table.connectedSets }

  /// Counts the jumps of trajectories.
  ///
  /// The last visit of a trajectory, or before a gap, counts as time but not as a jump: its end was
  /// not seen. Visits of the same state in a row are one.
  ///
  /// - Parameters:
  ///   - trajectories: Visits in the order of time.
  ///   - stateCount: The number of states; nil for the largest state plus one.
  /// - Throws: `EstimationError` where there is no state at all, for a duration that is not
  ///   positive and finite, and for a state beyond `stateCount`.
  public init(trajectories: [[Visit]], stateCount: Int? = nil) throws {
    if let stateCount, stateCount < 1 { throw EstimationError.invalidStateCount(stateCount) }
    let largest = trajectories.reduce(-1) { $1.reduce($0) { max($0, $1.state) } }
    guard largest >= 0 else { throw EstimationError.noData }
    let count = stateCount ?? largest &+ 1
    guard (1...TransitionCounts.largestStateCount).contains(count) else {
      throw EstimationError.invalidStateCount(count)
    }
    var times = [Double](repeating: 0, count: count)
    var jumps: [Int: Int] = [:]
    for (number, trajectory) in trajectories.enumerated() {
      var previous = -1
      for (place, visit) in trajectory.enumerated() {
        guard visit.duration > 0, visit.duration < .infinity else {
          throw EstimationError.invalidHoldingTime(
            time: visit.duration, trajectory: number, visit: place)
        }
        guard visit.state < count else {
          throw EstimationError.stateOutOfRange(
            state: visit.state, stateCount: count, trajectory: number, frame: place)
        }
        if visit.state >= 0 {
          times[visit.state] += visit.duration
          if previous >= 0, previous != visit.state {
            jumps[previous * count + visit.state, default: 0] += 1
          }
        }
        previous = visit.state
      }
    }
    self.init(
      labels: Array(0..<count), residenceTimes: times,
      table: CountTable(
        stateCount: count,
        entries: jumps.map { ($0.key / count, $0.key % count, Double($0.value)) }))
  }

  /// Creates counts from numbers of jumps and residence times.
  ///
  /// - Parameters:
  ///   - residenceTimes: The time spent in each state, not negative and finite.
  ///   - entries: The numbers of jumps between different states, in any order.
  /// - Throws: `EstimationError` for a state that does not exist, an invalid time or number, or no
  ///   state; `MarkovChainError.selfLoop` for a jump from a state to itself.
  public init(residenceTimes: [Double], entries: [TransitionCounts.Entry]) throws {
    let count = residenceTimes.count
    guard count >= 1 else { throw EstimationError.invalidStateCount(0) }
    for (state, time) in residenceTimes.enumerated() where !(time >= 0 && time < .infinity) {
      throw EstimationError.invalidHoldingTime(time: time, trajectory: 0, visit: state)
    }
    for entry in entries {
      for state in [entry.from, entry.to] where !(0..<count).contains(state) {
        throw EstimationError.unknownState(state)
      }
      guard entry.from != entry.to else { throw MarkovChainError.selfLoop(state: entry.from) }
      guard entry.count >= 0, entry.count < .infinity else {
        throw EstimationError.invalidCount(from: entry.from, to: entry.to, count: entry.count)
      }
    }
    self.init(
      labels: Array(0..<count), residenceTimes: residenceTimes,
      table: CountTable(stateCount: count, entries: entries.map { ($0.from, $0.to, $0.count) }))
  }

  /// The counts between the states of the largest strongly connected set, with the time spent
  /// there.
  public func largestConnectedSet() -> JumpCounts {
    let states = table.connectedSets[0]
    return JumpCounts(
      labels: states.map { labels[$0] }, residenceTimes: states.map { residenceTimes[$0] },
      table: table.restricted(to: states))
  }
}
