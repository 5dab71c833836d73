import Glibc
public import LinearAlgebra

extension MarkovChain {
  /// The transition probabilities over a lag τ, e^{Qτ}.
  ///
  /// - Parameter lag: τ, finite and not negative.
  /// - Returns: A square matrix whose element (i, j) is the probability to be in j at time τ after
  ///   a start in i.
  /// - Throws: `MarkovChainError.invalidLag`.
  /// - Complexity: As that of `transitionMatrix(logLag:)`.
  public func transitionMatrix(lag: Double) throws -> Matrix {
    guard lag >= 0, lag < .infinity else { throw MarkovChainError.invalidLag(lag) }
    return matrix(lag: ScaledNumber(lag))
  }

  /// The transition probabilities over a lag τ that is given by its natural logarithm.
  ///
  /// States that are left within τ/10¹⁷ take part as equilibrated ones (`SlowDynamics`). On the
  /// others the probabilities over a short time τ/2^m come from uniformisation, a sum of positive
  /// terms, and squaring m ≤ 61 times leads to τ, or a few times more where the graph is deep. No step
  /// subtracts, and the rows are scaled to sum 1 after each, so the relative error of every element
  /// grows with m only linearly and the result is right for any stiffness and from the shortest to the
  /// longest lags. Elements below the smallest double are zero.
  ///
  /// - Parameter logLag: ln τ; −∞ stands for τ = 0.
  /// - Returns: A square matrix whose element (i, j) is the probability to be in j at time τ after
  ///   a start in i.
  /// - Throws: `MarkovChainError.invalidLag` for NaN, +∞ or a logarithm beyond 1e12.
  /// - Complexity: O(n³ log(τ · largest exit rate)), with n the number of states that are not
  ///   equilibrated within τ and a logarithm of at most 61.
  public func transitionMatrix(logLag: Double) throws -> Matrix {
    guard logLag <= 1e12, logLag >= -1e12 || logLag == -.infinity else {
      throw MarkovChainError.invalidLag(logLag)
    }
    return matrix(lag: ScaledNumber(exp: logLag))
  }

  private func matrix(lag: ScaledNumber) -> Matrix {
    guard !lag.isZero, let dynamics = SlowDynamics(network, time: lag) else {
      return .identity(stateCount)
    }
    let powers = StochasticPowers(dynamics.network, time: lag, smallestExponent: -3)
    let count = dynamics.slow.count
    var result = Matrix(rows: stateCount, columns: stateCount)
    var start = [ScaledNumber](repeating: .zero, count: stateCount)
    for i in 0..<stateCount {
      start[i] = .one
      let slow = dynamics.projected(start)
      start[i] = .zero
      var end = [ScaledNumber](repeating: .zero, count: count)
      for a in 0..<count where !slow[a].isZero {
        for b in 0..<count { end[b] += slow[a] * powers.elements[a * count + b] }
      }
      for (j, value) in dynamics.lifted(end).enumerated() { result[i, j] = value.value }
    }
    return result
  }
}
