import Glibc
public import LinearAlgebra

/// A discrete-time chain estimated from data: transition probabilities over one lag.
///
/// Its `chain` has the rates k_ij = p_ij (i ≠ j) per lag. This is not the generator of the process
/// behind the data (see ``GeneratorEstimate``), but it has the same stationary distribution and
/// committors as the discrete-time chain, and its mean first-passage times are those of the
/// discrete-time chain in steps: (1 − T) τ = 1 is −Q τ = 1 with Q = T − 1. So every exact solver
/// for `MarkovChain` answers for the estimate.
public struct EstimatedChain: Sendable, Equatable {
  /// What each state is called in the data.
  public let labels: [Int]
  /// The lag in frames, the length of one step.
  public let lag: Int
  /// The chain with rates p_ij per step.
  public let chain: MarkovChain
  /// ln p_ii for each state; −∞ where the chain never stays.
  public let logStayProbabilities: [Double]

  init(labels: [Int], lag: Int, chain: MarkovChain, logStayProbabilities: [Double]) {
    self.labels = labels
    self.lag = lag
    self.chain = chain
    self.logStayProbabilities = logStayProbabilities
  }

  /// The number of states.
  public var stateCount: Int { chain.stateCount }

  /// The natural logarithms of the stationary probabilities, for each recurrent class one
  /// distribution; −∞ for transient states.
  public func logStationaryDistribution() -> [Double] { chain.logStationaryDistribution() }

  /// The transition probabilities over one lag.
  public var transitionMatrix: Matrix {
    var result = Matrix(rows: stateCount, columns: stateCount)
    for transition in chain.transitions {
      result[transition.from, transition.to] = exp(transition.logRate)
    }
    for state in 0..<stateCount { result[state, state] = exp(logStayProbabilities[state]) }
    return result
  }

  /// The state with a label; nil where the estimate has none.
  public func state(labelled label: Int) -> Int? { labels.firstIndex(of: label) }

  /// The distribution some steps after a given one.
  ///
  /// - Parameters:
  ///   - distribution: A weight for each state.
  ///   - steps: The number of steps, not negative.
  /// - Returns: A weight for each state.
  /// - Throws: `EstimationError.wrongLength`.
  /// - Complexity: O(steps · transitions).
  public func propagate(_ distribution: [Double], steps: Int) throws -> [Double] {
    precondition(steps >= 0, "a number of steps cannot be negative")
    guard distribution.count == stateCount else {
      throw EstimationError.wrongLength(expected: stateCount, given: distribution.count)
    }
    let transitions = chain.transitions.map { ($0.from, $0.to, exp($0.logRate)) }
    let stay = logStayProbabilities.map { exp($0) }
    var result = distribution
    for _ in 0..<steps {
      var next = zip(result, stay).map { $0 * $1 }
      for (from, to, probability) in transitions { next[to] += result[from] * probability }
      result = next
    }
    return result
  }

  /// The natural logarithms of the implied time scales in frames, slowest first.
  ///
  /// t = −lag/ln|λ| for the eigenvalues λ of the transition matrix other than the ones of the
  /// recurrent classes. They come from 1 − λ, the eigenvalues of −Q, which keep their relative
  /// accuracy where λ itself is indistinguishable from 1 (see `MarkovChain.relaxationTimes`).
  ///
  /// - Returns: One logarithm per eigenvalue; −∞ for λ = 0, +∞ where |λ| is 1 to rounding, as in a
  ///   chain that alternates for ever.
  /// - Throws: `MarkovChainError` as `relaxationTimes` does.
  public func logImpliedTimescales() throws -> [Double] {
    try chain.relaxationTimes().modes.map { mode in
      if mode.logTime > 40 {
        // 2r − r² − f² without r², in logarithms: r and f may be below the smallest double.
        let share = exp(2 * mode.logFrequency + mode.logTime - log(2.0))
        return share < 1 ? log(Double(lag)) + mode.logTime - log1p(-share) : .infinity
      }
      let decay = exp(-mode.logTime)
      let frequency = exp(mode.logFrequency)
      // |λ|² = (1 − r)² + f² = 1 − (2r − r² − f²): near 1 the difference has the digits.
      let square = decay * decay + frequency * frequency
      let defect = 2 * decay - square
      if defect <= 1e-14 * square { return .infinity }
      let logSquare =
        defect < 0.5
        ? log1p(-defect) : log((1 - decay) * (1 - decay) + frequency * frequency)
      return log(Double(lag)) + log(2.0) - log(-logSquare)
    }.sorted(by: >)
  }
}

extension EstimatedChain {
  /// The chain of a table whose logarithms of probabilities a closure gives; rows of transitions
  /// that do not occur (−∞) are left out.
  init(
    counts: TransitionCounts, transitions: [MarkovChain.Transition], logStayProbabilities: [Double]
  ) throws {
    self.init(
      labels: counts.labels, lag: counts.lag,
      chain: try MarkovChain(stateCount: counts.stateCount, transitions: transitions),
      logStayProbabilities: logStayProbabilities)
  }
}
