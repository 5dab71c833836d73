import Glibc
import LinearAlgebra

/// A discrete-time Markov chain on a finite set of states.
///
/// The chain moves once a step, to another state or to its own. The probability to leave a state is
/// the sum of its transitions to others and never the difference 1 − p_ii, so states that are left
/// with a probability of 10⁻³⁰ or e⁻⁵⁰⁰⁰ are ordinary. The solvers are those of `MarkovChain`: the
/// equations π(P − 1) = 0 and (1 − P)τ = 1 are those of a chain in continuous time whose rates are the
/// probabilities of the transitions between different states.
///
/// ```swift
/// let chain = try DiscreteTimeChain(rows: [[0.9, 0.1], [0.5, 0.5]])
/// chain.logStationaryDistribution().map { exp($0) }   // [0.8333…, 0.1666…]
/// ```
public struct DiscreteTimeChain: Sendable, Equatable {
  /// A transition between two states, or from a state to itself.
  public struct Transition: Sendable, Equatable {
    /// The state before the step.
    public let from: Int
    /// The state after the step.
    public let to: Int
    /// The natural logarithm of the probability; −∞ for a transition that does not occur.
    public let logProbability: Double

    /// Creates a transition from the logarithm of its probability.
    public init(from: Int, to: Int, logProbability: Double) {
      self.from = from
      self.to = to
      self.logProbability = logProbability
    }
  }

  /// The chain in continuous time whose rates are the probabilities of the transitions between
  /// different states; a step of this chain is its unit of time.
  public let moves: MarkovChain
  /// The natural logarithms of the probabilities to stay.
  public let logSelfProbabilities: [Double]

  /// The number of states.
  public var stateCount: Int { moves.stateCount }

  /// Creates a chain from the rows of its transition matrix.
  ///
  /// - Parameters:
  ///   - rows: Row i holds the probabilities from state i to each state.
  ///   - tolerance: How far the sum of a row may be from 1. Rows are not scaled: what is missing or
  ///     too much is taken as part of the probability to stay.
  /// - Throws: `DiscreteTimeChainError`.
  public init(rows: [[Double]], tolerance: Double = 1e-9) throws {
    var transitions: [Transition] = []
    for (from, row) in rows.enumerated() {
      guard row.count == rows.count else {
        throw DiscreteTimeChainError.rowLength(
          row: from, count: row.count, stateCount: rows.count)
      }
      for (to, probability) in row.enumerated() {
        guard probability >= 0, probability <= 1 + max(0, tolerance) else {
          throw DiscreteTimeChainError.invalidProbability(
            from: from, to: to, probability: probability)
        }
        guard probability > 0 else { continue }
        transitions.append(
          .init(from: from, to: to, logProbability: min(0, Glibc.log(probability))))
      }
    }
    try self.init(stateCount: rows.count, transitions: transitions, tolerance: tolerance)
  }

  /// Creates a chain from single probabilities.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 1.
  ///   - probabilities: The transitions that occur, self-transitions included, each once.
  ///   - tolerance: How far the sum over the transitions from a state may be from 1.
  /// - Throws: `DiscreteTimeChainError`.
  public init(
    stateCount: Int, probabilities: [(from: Int, to: Int, probability: Double)],
    tolerance: Double = 1e-9
  ) throws {
    for item in probabilities
    where !(item.probability >= 0 && item.probability <= 1 + max(0, tolerance)) {
      throw DiscreteTimeChainError.invalidProbability(
        from: item.from, to: item.to, probability: item.probability)
    }
    try self.init(
      stateCount: stateCount,
      transitions: probabilities.map {
        .init(from: $0.from, to: $0.to, logProbability: min(0, Glibc.log($0.probability)))
      }, tolerance: tolerance)
  }

  /// Creates a chain from the natural logarithms of probabilities.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 1.
  ///   - transitions: The transitions that occur, self-transitions included, each once.
  ///   - tolerance: How far the sum over the transitions from a state may be from 1. Rows are not
  ///     scaled: what is missing or too much is taken as part of the probability to stay.
  /// - Throws: `DiscreteTimeChainError`.
  public init(stateCount: Int, transitions: [Transition], tolerance: Double = 1e-9) throws {
    guard stateCount >= 1 else { throw DiscreteTimeChainError.noStates }
    guard tolerance >= 0 else { throw DiscreteTimeChainError.invalidTolerance(tolerance) }
    for transition in transitions {
      for state in [transition.from, transition.to] where !(0..<stateCount).contains(state) {
        throw DiscreteTimeChainError.unknownState(state, stateCount: stateCount)
      }
      let value = transition.logProbability
      guard value <= 0, value >= -MarkovChain.largestLogarithm || value == -.infinity else {
        throw DiscreteTimeChainError.invalidLogProbability(
          from: transition.from, to: transition.to, logProbability: value)
      }
    }
    let sorted = transitions.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    for (one, next) in zip(sorted, sorted.dropFirst()) where one.from == next.from {
      guard one.to != next.to else {
        throw DiscreteTimeChainError.repeatedTransition(from: one.from, to: one.to)
      }
    }
    var sums = [Double](repeating: 0, count: stateCount)
    var logSelf = [Double](repeating: -.infinity, count: stateCount)
    for transition in sorted {
      sums[transition.from] += Glibc.exp(transition.logProbability)
      if transition.from == transition.to { logSelf[transition.from] = transition.logProbability }
    }
    for (row, sum) in sums.enumerated() where !(abs(sum - 1) <= tolerance) {
      throw DiscreteTimeChainError.rowSum(row: row, sum: sum, tolerance: tolerance)
    }
    moves = try MarkovChain(
      stateCount: stateCount,
      transitions: sorted.filter { $0.from != $0.to }.map {
        .init(from: $0.from, to: $0.to, logRate: $0.logProbability)
      })
    logSelfProbabilities = logSelf
  }

  /// Creates the chain of the jumps of a chain in continuous time, p_ij = q_ij/(−q_ii); a state that
  /// is never left stays with probability 1.
  ///
  /// - Parameter chain: The chain in continuous time.
  public init(jumpsOf chain: MarkovChain) {
    moves = chain.withUnitExitRates()
    logSelfProbabilities = (0..<chain.stateCount).map {
      chain.logExitRate(of: $0) == -.infinity ? 0 : -.infinity
    }
  }

  /// All transitions, self-transitions included, by state.
  public var transitions: [Transition] {
    var result = moves.transitions.map {
      Transition(from: $0.from, to: $0.to, logProbability: $0.logRate)
    }
    for (state, value) in logSelfProbabilities.enumerated() where value > -.infinity {
      result.append(Transition(from: state, to: state, logProbability: value))
    }
    return result.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
  }
}

extension MarkovChain {
  /// The chain whose rates are divided by the total rate from each state.
  func withUnitExitRates() -> MarkovChain {
    let network = network
    var logRates: [Double] = []
    for state in 0..<stateCount {
      let total = network.exitRate(of: state)
      network.forEachTransition(from: state) { logRates.append(min(0, ($1 / total).logarithm)) }
    }
    return MarkovChain(
      stateCount: stateCount, rowStarts: rowStarts, targets: targets, logRates: logRates)
  }
}
