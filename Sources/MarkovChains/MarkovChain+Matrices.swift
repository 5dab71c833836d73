import Glibc
public import LinearAlgebra

extension MarkovChain {
  /// The natural logarithm of the rate from one state to another; −∞ where there is none.
  ///
  /// - Parameters:
  ///   - from: The state that is left.
  ///   - to: The state that is reached, another one.
  /// - Returns: The logarithm of the rate.
  public func logRate(from: Int, to: Int) -> Double {
    precondition(
      (0..<stateCount).contains(from) && (0..<stateCount).contains(to), "the state must exist")
    var low = rowStarts[from]
    var high = rowStarts[from + 1]
    while low < high {
      let middle = (low + high) / 2
      if targets[middle] < to { low = middle + 1 } else { high = middle }
    }
    return low < rowStarts[from + 1] && targets[low] == to ? logRates[low] : -.infinity
  }

  /// The natural logarithms of the absolute values of the generator's elements.
  ///
  /// Off the diagonal they belong to rates q_ij; on the diagonal to −q_ii, the total rate at which
  /// the state is left. −∞ stands for zero.
  ///
  /// - Returns: Rows of `stateCount` logarithms.
  public func logGenerator() -> [[Double]] {
    (0..<stateCount).map { state in
      var row = [Double](repeating: -.infinity, count: stateCount)
      for k in rowStarts[state]..<rowStarts[state + 1] { row[targets[k]] = logRates[k] }
      row[state] = logExitRate(of: state)
      return row
    }
  }

  /// The generator Q as plain numbers: rates off the diagonal, rows that add up to zero.
  ///
  /// Rates below the smallest double become zero and rates above the largest infinite; the solvers
  /// never use it.
  ///
  /// - Returns: A square matrix of `stateCount` rows.
  public func generatorMatrix() -> Matrix {
    var matrix = Matrix(rows: stateCount, columns: stateCount)
    for state in 0..<stateCount {
      for k in rowStarts[state]..<rowStarts[state + 1] {
        matrix[state, targets[k]] = Glibc.exp(logRates[k])
      }
      if rowStarts[state] < rowStarts[state + 1] {
        matrix[state, state] = -Glibc.exp(logExitRate(of: state))
      }
    }
    return matrix
  }

  /// The natural logarithms of the jump probabilities P_ij = q_ij/(−q_ii).
  ///
  /// - Returns: Rows of `stateCount` logarithms. A state that is never left has P_ii = 1, all
  ///   others P_ii = 0.
  public func jumpChain() -> [[Double]] {
    (0..<stateCount).map { state in
      var row = [Double](repeating: -.infinity, count: stateCount)
      let range = rowStarts[state]..<rowStarts[state + 1]
      if range.isEmpty { row[state] = 0 }
      let rates = range.map { ScaledNumber(exp: logRates[$0]) }
      let total = rates.reduce(.zero, +)
      for (k, rate) in zip(range, rates) { row[targets[k]] = (rate / total).logarithm }
      return row
    }
  }
}
