import Glibc
public import LinearAlgebra

extension DiscreteTimeChain {
  /// The natural logarithms of the implied time scales −1/ln|λ| in steps, slowest first; see
  /// `EstimatedChain.logImpliedTimescales()`.
  ///
  /// - Returns: One logarithm per eigenvalue but one for each recurrent class.
  /// - Throws: `MarkovChainError` as `MarkovChain.relaxationTimes()` does.
  public func logImpliedTimescales() throws -> [Double] {
    try EstimatedChain(
      labels: Array(0..<stateCount), lag: 1, chain: moves,
      logStayProbabilities: logSelfProbabilities
    ).logImpliedTimescales()
  }

  /// The slowest modes of the transition matrix with their eigenvectors.
  ///
  /// Times are −1/ln|λ| in steps, and frequencies the angles of λ per step.
  ///
  /// - Parameter count: How many modes; fewer where there are no more.
  /// - Returns: The modes, slowest first.
  /// - Throws: `RelaxationModeError`, `MarkovChainError` as `MarkovChain.slowestModes(count:)`.
  /// - Complexity: That of all modes of the chain, O(n³): a mode that alternates may be slow although
  ///   1 − λ is large.
  public func slowestModes(count: Int) throws -> [RelaxationMode] {
    let all = try moves.slowestModes(count: max(count, stateCount - 1))
    let modes = all.map { mode in
      let decay = Glibc.exp(-mode.logTime)
      let frequency = Glibc.exp(mode.logFrequency)
      // −ln|λ|² = −ln(1 − (2r − r² − f²)): near 1 the difference has the digits.
      let rate = -0.5 * Glibc.log1p(decay * decay + frequency * frequency - 2 * decay)
      return RelaxationMode(
        mode, logTime: mode.logTime > 40 ? mode.logTime : -Glibc.log(rate),
        logFrequency: Glibc.log(Glibc.atan2(frequency, 1 - decay).magnitude))
    }
    return Array(modes.sorted { $0.logTime > $1.logTime }.prefix(count))
  }

  /// The transition probabilities of one step, as a matrix.
  public var transitionMatrix: Matrix {
    var result = Matrix(rows: stateCount, columns: stateCount)
    for transition in transitions {
      result[transition.from, transition.to] = Glibc.exp(transition.logProbability)
    }
    return result
  }

  /// The transition probabilities over a number of steps, by squaring: sums of positive terms.
  ///
  /// - Parameter steps: The number of steps, not negative.
  /// - Returns: A square matrix; its rows add up to 1.
  /// - Complexity: O(n³ log steps).
  public func transitionMatrix(steps: Int) -> Matrix {
    precondition(steps >= 0, "a number of steps cannot be negative")
    var result = Matrix.identity(stateCount)
    var power = transitionMatrix
    var remaining = steps
    while remaining > 0 {
      if remaining & 1 == 1 { result = (result * power).withUnitRows }
      remaining >>= 1
      if remaining > 0 { power = (power * power).withUnitRows }
    }
    return result
  }

  /// The distribution some steps after a given one.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, not negative.
  ///   - initial: A probability for each state.
  /// - Returns: A probability for each state.
  /// - Complexity: The smaller of O(steps · transitions) and O(n³ log steps).
  public func occupation(after steps: Int, from initial: [Double]) -> [Double] {
    precondition(steps >= 0, "a number of steps cannot be negative")
    precondition(initial.count == stateCount, "there must be one probability per state")
    let moves = transitions.map { ($0.from, $0.to, Glibc.exp($0.logProbability)) }
    let n = Double(stateCount)
    let squaring = n * n * n * Double(max(1, Int.bitWidth - steps.leadingZeroBitCount))
    if Double(steps) * Double(moves.count) > squaring {
      return transitionMatrix(steps: steps).transposed * initial
    }
    var result = initial
    for _ in 0..<steps {
      var next = [Double](repeating: 0, count: stateCount)
      for (from, to, probability) in moves { next[to] += result[from] * probability }
      result = next
    }
    return result
  }
}

extension Matrix {
  /// The matrix with every row divided by its sum, so that rounding does not pile up.
  fileprivate var withUnitRows: Matrix {
    var result = self
    for i in 0..<rows {
      let sum = row(i).reduce(0, +)
      for j in 0..<columns where sum > 0 { result[i, j] = self[i, j] / sum }
    }
    return result
  }
}
