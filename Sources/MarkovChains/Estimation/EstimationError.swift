/// What can be wrong with data or with a question about them.
public enum EstimationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no trajectory, or none with a state.
  case noData
  /// A lag is not positive.
  case invalidLag(Int)
  /// No trajectory has two states that are one lag apart.
  case lagTooLong(lag: Int, longest: Int)
  /// A state is beyond the number of states that was given.
  case stateOutOfRange(state: Int, stateCount: Int, trajectory: Int, frame: Int)
  /// A number of states is not positive.
  case invalidStateCount(Int)
  /// A count is negative, infinite or not a number.
  case invalidCount(from: Int, to: Int, count: Double)
  /// A holding time is not positive, or infinite.
  case invalidHoldingTime(time: Double, trajectory: Int, visit: Int)
  /// A state is never left, so that its transition probabilities are unknown.
  case noCounts(state: Int)
  /// A state is left without a residence time, so that its rates are unknown.
  case noResidenceTime(state: Int)
  /// Detailed balance cannot hold with what was seen: no way back was.
  case noWayBack(from: Int, to: Int)
  /// A state does not exist.
  case unknownState(Int)
  /// A set of states is empty, or has none of those that the estimate is about.
  case emptySet(number: Int)
  /// A prior's pseudo-count is not positive, or infinite.
  case invalidPseudoCount(Double)
  /// A number of samples or steps is not positive.
  case invalidSampleCount(Int)
  /// A level of confidence is not between 0 and 1.
  case invalidLevel(Double)
  /// The logarithm of a stationary probability is not finite, or there are too few or too many.
  case invalidStationaryDistribution(state: Int, logarithm: Double)
  /// A list has the wrong length.
  case wrongLength(expected: Int, given: Int)
  /// The row of a matrix is no probability distribution.
  case invalidProbabilities(row: Int, sum: Double)
  /// A transition matrix has no real principal logarithm.
  case noLogarithm(eigenvalue: Double)
  /// An iteration ended before it reached its accuracy.
  case notConverged(algorithm: String, iterations: Int, residual: Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .noData: "there is no trajectory with a state; give at least one"
    case .invalidLag(let lag): "the lag is \(lag); accepted: a whole number of frames from 1"
    case .lagTooLong(let lag, let longest):
      """
      the lag is \(lag) frames, but the longest piece of a trajectory has \(longest); accepted: \
      a lag below that
      """
    case .stateOutOfRange(let state, let count, let trajectory, let frame):
      """
      trajectory \(trajectory) is in state \(state) at frame \(frame); accepted: states below \
      \(count), negative for none
      """
    case .invalidStateCount(let count): "the number of states is \(count); accepted: 1 to 1e8"
    case .invalidCount(let from, let to, let count):
      "the count from \(from) to \(to) is \(count); accepted: a finite number from 0"
    case .invalidHoldingTime(let time, let trajectory, let visit):
      """
      visit \(visit) of trajectory \(trajectory) lasts \(time); accepted: a finite time above 0
      """
    case .noCounts(let state):
      """
      no transition out of state \(state) was seen; estimate on the largest connected set, or with \
      a prior
      """
    case .noResidenceTime(let state):
      "state \(state) is left but no time was spent in it; give its residence time"
    case .noWayBack(let from, let to):
      """
      detailed balance needs a way back from state \(to) to state \(from), which was not seen; \
      estimate on the largest connected set, without detailed balance, or with a prior
      """
    case .unknownState(let state): "state \(state) is none of the states of the estimate"
    case .emptySet(let number): "set \(number) has no state of the estimate"
    case .invalidPseudoCount(let count):
      "the pseudo-count of the prior is \(count); accepted: a finite number above 0"
    case .invalidSampleCount(let count):
      "the number \(count) of samples or steps must be at least 1"
    case .invalidLevel(let level): "the level is \(level); accepted: between 0 and 1"
    case .invalidStationaryDistribution(let state, let logarithm):
      "the log stationary probability of state \(state) is \(logarithm); accepted: a finite number"
    case .wrongLength(let expected, let given): "\(given) values were given; accepted: \(expected)"
    case .invalidProbabilities(let row, let sum):
      """
      row \(row) is no probability distribution (sum \(sum)); accepted: numbers from 0 that add up \
      to 1
      """
    case .noLogarithm(let eigenvalue):
      """
      the transition matrix has the eigenvalue \(eigenvalue) and so no real principal logarithm; \
      accepted: none that is zero or negative. A shorter lag may do
      """
    case .notConverged(let algorithm, let iterations, let residual):
      "\(algorithm) did not converge in \(iterations) iterations (residual \(residual))"
    }
  }
}
