/// What can be wrong with the transition probabilities of a chain in discrete time.
public enum DiscreteTimeChainError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A chain needs at least one state.
  case noStates
  /// A row of a matrix does not have one element per state.
  case rowLength(row: Int, count: Int, stateCount: Int)
  /// A state does not exist.
  case unknownState(Int, stateCount: Int)
  /// A probability is negative, above 1 or not a number.
  case invalidProbability(from: Int, to: Int, probability: Double)
  /// The logarithm of a probability is above 0 or not a number.
  case invalidLogProbability(from: Int, to: Int, logProbability: Double)
  /// A transition is given twice.
  case repeatedTransition(from: Int, to: Int)
  /// The probabilities to go on from a state do not add up to 1.
  case rowSum(row: Int, sum: Double, tolerance: Double)
  /// The tolerance is negative or not a number.
  case invalidTolerance(Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .noStates: "a chain needs at least one state"
    case .rowLength(let row, let count, let stateCount):
      "row \(row) has \(count) probabilities; accepted: \(stateCount), one for each state"
    case .unknownState(let state, let count):
      "there is no state \(state); the states are 0 to \(count - 1)"
    case .invalidProbability(let from, let to, let probability):
      "the probability from \(from) to \(to) is \(probability); accepted: 0 to 1"
    case .invalidLogProbability(let from, let to, let logProbability):
      """
      the log probability from \(from) to \(to) is \(logProbability); accepted: -1e11 to 0, or -inf
      """
    case .repeatedTransition(let from, let to):
      "the transition from \(from) to \(to) is given twice; accepted: once"
    case .rowSum(let row, let sum, let tolerance):
      """
      the probabilities from state \(row) add up to \(sum), self-transition included; accepted: 1 up \
      to \(tolerance)
      """
    case .invalidTolerance(let tolerance):
      "the tolerance of row sums is \(tolerance); accepted: a number from 0"
    }
  }
}
