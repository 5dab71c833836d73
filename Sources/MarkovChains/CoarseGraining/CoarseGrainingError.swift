/// What can be wrong with a question about groups of states.
public enum CoarseGrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The number of sets is outside what the chain allows.
  case setCount(Int, accepted: ClosedRange<Int>)
  /// The number of sets would keep one of two complex conjugate eigenvalues; the neighbours do not.
  case splitsComplexPair(count: Int, accepted: [Int])
  /// The slow vectors of some states do not span a simplex with as many corners as sets.
  case noSimplex(count: Int)
  /// No gap separates the eigenvalues that belong to the sets from the next.
  case noSpectralGap(count: Int, ratio: Double)
  /// A matrix of transition probabilities is not square, or has no rows.
  case shape(rows: Int, columns: Int)
  /// A transition probability is negative or not a number.
  case invalidProbability(row: Int, column: Int, value: Double)
  /// A row of transition probabilities does not add up to 1.
  case rowSum(row: Int, sum: Double)
  /// The number of weights is not that of the states.
  case weightCount(Int, stateCount: Int)
  /// A weight is too small (or not a number) beside the largest one.
  case invalidWeight(state: Int, weight: Double)
  /// A pair of states violates detailed balance.
  case notReversible(from: Int, to: Int)
  /// The number of labels is not that of the states.
  case labelCount(Int, stateCount: Int)
  /// The labels must be 0, 1, … without a gap, and one is missing or negative.
  case invalidLabel(Int)
  /// A state stands in no group, or in two.
  case notAPartition(state: Int)
  /// A group has no stationary probability: all its states are transient.
  case transientGroup(label: Int)
  /// A group mixes states of two recurrent classes.
  case groupSpansClasses(label: Int)
  /// The coarse generator has a negative rate, so no chain has it.
  case negativeRate(from: Int, to: Int, logMagnitude: Double)
  /// The coarse generator has no unique solution for this partition.
  case singularPartition
  /// A threshold or an energy is not a number.
  case notANumber(name: String, index: Int)
  /// A line of a file of labels is not a label.
  case malformedLabel(line: Int, text: String)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .setCount(let count, let accepted):
      """
      \(count) sets cannot be formed; accepted: \(accepted.lowerBound) to \(accepted.upperBound)
      """
    case .splitsComplexPair(let count, let accepted):
      """
      \(count) sets would divide a pair of complex eigenvalues; accepted beside it: \
      \(accepted.map(String.init).joined(separator: " or "))
      """
    case .noSimplex(let count):
      "the slow modes have no \(count) states that span a simplex; ask for fewer sets"
    case .noSpectralGap(let count, let ratio):
      """
      the rates of modes \(count) and \(count + 1) have the ratio \(ratio), too near to 1 to tell \
      \(count) sets apart; ask for more or fewer sets
      """
    case .shape(let rows, let columns):
      "a matrix of transition probabilities is square; this one is \(rows) by \(columns)"
    case .invalidProbability(let row, let column, let value):
      "the transition probability (\(row), \(column)) is \(value); accepted: 0 to 1"
    case .rowSum(let row, let sum):
      "row \(row) of the transition probabilities adds up to \(sum); accepted: 1 up to 1e-9"
    case .weightCount(let count, let stateCount):
      "\(count) weights were given for \(stateCount) states"
    case .invalidWeight(let state, let weight):
      """
      the weight of state \(state) is \(weight); accepted: above 1e-14 of the largest \
      (where the stationary distribution is too uneven, use uniform weights)
      """
    case .notReversible(let from, let to):
      "states \(from) and \(to) violate detailed balance; use the general method"
    case .labelCount(let count, let stateCount):
      "\(count) labels were given for \(stateCount) states"
    case .invalidLabel(let label):
      "label \(label) is negative or missing; accepted: 0, 1, 2, … without a gap"
    case .notAPartition(let state):
      "state \(state) must stand in exactly one group"
    case .transientGroup(let label):
      "group \(label) has transient states only, hence no equilibrium within it"
    case .groupSpansClasses(let label):
      "group \(label) mixes states of different recurrent classes"
    case .negativeRate(let from, let to, let logMagnitude):
      """
      the coarse rate from group \(from) to \(to) is negative, -exp(\(logMagnitude)): no Markov \
      chain on these groups has these passage times; use the local-equilibrium rates or other groups
      """
    case .singularPartition:
      "the coarse rates of this partition are not determined to the precision of numbers"
    case .notANumber(let name, let index):
      "\(name) \(index) is not a number"
    case .malformedLabel(let line, let text):
      "line \(line): \"\(text)\" is not a label; accepted: 0, 1, 2, …"
    }
  }
}
