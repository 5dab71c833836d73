import Glibc
public import LinearAlgebra

extension MarkovChain {
  /// Creates a chain from a matrix of rates.
  ///
  /// - Parameter rates: A square matrix whose element (i, j) is the rate from i to j. The diagonal
  ///   is zero, or that of a generator: minus the sum of its row, to 1e-6 of it.
  /// - Throws: `RateMatrixError` for a matrix that is none of rates; `MarkovChainError`.
  public init(rateMatrix rates: Matrix) throws {
    guard rates.rows == rates.columns else {
      throw RateMatrixError.notSquare(rows: rates.rows, columns: rates.columns)
    }
    var transitions: [Transition] = []
    for i in 0..<rates.rows {
      var sum = 0.0
      for j in 0..<rates.columns where j != i {
        let rate = rates[i, j]
        guard rate >= 0, rate < .infinity else {
          throw RateMatrixError.invalidRate(row: i, column: j, rate: rate)
        }
        sum += rate
        if rate > 0 { transitions.append(Transition(from: i, to: j, logRate: logOf(rate))) }
      }
      let diagonal = rates[i, i]
      guard diagonal == 0 || (diagonal + sum).magnitude <= 1e-6 * sum else {
        throw RateMatrixError.invalidDiagonal(row: i, value: diagonal, sum: sum)
      }
    }
    try self.init(stateCount: rates.rows, transitions: transitions)
  }

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

/// What can be wrong with a matrix of rates.
public enum RateMatrixError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The matrix is not square.
  case notSquare(rows: Int, columns: Int)
  /// An element is negative, infinite or not a number.
  case invalidRate(row: Int, column: Int, rate: Double)
  /// A diagonal element is neither zero nor minus the sum of the others.
  case invalidDiagonal(row: Int, value: Double, sum: Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .notSquare(let rows, let columns):
      "the matrix has \(rows) rows and \(columns) columns; rates stand in a square matrix"
    case .invalidRate(let row, let column, let rate):
      "the rate in row \(row), column \(column) is \(rate); accepted: a finite number from 0"
    case .invalidDiagonal(let row, let value, let sum):
      "the diagonal element of row \(row) is \(value), the rates of the row add up to \(sum); "
        + "accepted: 0, or minus that sum"
    }
  }
}
