/// What can be wrong with a chain or a question about it.
public enum MarkovChainError: Error, Equatable, CustomStringConvertible {
  /// A chain needs at least one state.
  case noStates
  /// A state does not exist.
  case unknownState(Int, stateCount: Int)
  /// A transition leads from a state to itself.
  case selfLoop(state: Int)
  /// The logarithm of a rate is NaN or +∞.
  case invalidRate(from: Int, to: Int, logRate: Double)
  /// A set of states that must not be empty is.
  case emptySet(name: String)
  /// Two sets of states that must be disjoint share a state.
  case overlappingSets(state: Int)
  /// A lag time is negative or not a number.
  case invalidLag(Double)
  /// The cost of an edge is NaN or −∞.
  case invalidCost(from: Int, to: Int, cost: Double)
  /// The eigenvalues of a chain without detailed balance need more work than is bearable.
  case spectrumOutOfReach(stateCount: Int, bits: Int)
  /// The iteration for the eigenvalues did not settle.
  case spectrumNotConverged(stateCount: Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .noStates: "a chain needs at least one state"
    case .unknownState(let state, let count):
      "there is no state \(state); the states are 0 to \(count - 1)"
    case .selfLoop(let state):
      "a transition leads from state \(state) to itself; rates connect different states"
    case .invalidRate(let from, let to, let logRate):
      "the log rate from \(from) to \(to) is \(logRate); accepted: a number up to 1e11 in size, or -inf"
    case .emptySet(let name): "the set of states \"\(name)\" is empty"
    case .overlappingSets(let state): "state \(state) stands in both sets; they must be disjoint"
    case .invalidLag(let lag): "the lag is \(lag); accepted: a finite number from 0"
    case .invalidCost(let from, let to, let cost):
      "the cost from \(from) to \(to) is \(cost); accepted: a finite number or +inf"
    case .spectrumOutOfReach(let count, let bits):
      """
      the relaxation times of a class of \(count) states without detailed balance need \(bits)-bit \
      arithmetic, which would take too long; use a smaller chain, or mean first-passage times
      """
    case .spectrumNotConverged(let count):
      "the eigenvalues of a class of \(count) states did not converge"
    }
  }
}
