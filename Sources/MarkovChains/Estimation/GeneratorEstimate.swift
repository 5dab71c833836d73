import Glibc
public import LinearAlgebra

/// A generator Q with e^{Qτ} equal or near to a given transition matrix.
///
/// The principal logarithm of the matrix is the generator where all its elements off the diagonal
/// are positive or zero. Elsewhere its rows are replaced by the nearest ones (in the Euclidean
/// norm) of a generator: quasi-optimisation of the generator (Kreinin & Sidelnikova 2001), a convex
/// problem for each row with a unique solution.
public struct GeneratorEstimate: Sendable, Equatable {
  /// Whether any generator has the transition matrix.
  public enum Embeddability: Sendable, Equatable {
    /// The principal logarithm is one.
    case embeddable
    /// None has: the matrix has another logarithm than the principal one in no real form, or fails
    /// a necessary condition.
    case notEmbeddable
    /// The principal logarithm is none; another branch of the logarithm might be.
    case undecided
  }

  /// The chain with the rates of the generator, in the inverse unit of the lag.
  public let chain: MarkovChain
  /// Whether any generator has the transition matrix.
  public let embeddability: Embeddability
  /// The most negative element off the diagonal of the principal logarithm over the lag; zero where
  /// there is none beyond rounding.
  public let mostNegativeRate: Double
  /// ‖e^{Qτ} − T‖, the largest sum of absolute values in a row.
  public let residual: Double

  /// Finds the generator of a transition matrix.
  ///
  /// The logarithm comes from square roots (the product form of the iteration of Denman & Beavers:
  /// Cheng, Higham, Kenney & Laub 2001) and a Padé approximant; the absolute errors of the rates
  /// are about 1e-15 of the largest one, so that rates below that are not resolved.
  ///
  /// - Parameters:
  ///   - transitionMatrix: T, square, rows of numbers from 0 that add up to 1 (within 1e-8).
  ///   - lag: τ, finite and above zero.
  /// - Throws: `EstimationError.invalidProbabilities`, `.wrongLength` for a matrix that is not
  ///   square, `.noLogarithm` for an eigenvalue that is zero or negative, `.notConverged`;
  ///   `MarkovChainError.invalidLag`.
  /// - Complexity: O(states³).
  public init(transitionMatrix: Matrix, lag: Double) throws {
    guard transitionMatrix.isSquare else {
      throw EstimationError.wrongLength(
        expected: transitionMatrix.rows, given: transitionMatrix.columns)
    }
    let count = transitionMatrix.rows
    guard count > 0 else { throw EstimationError.invalidStateCount(0) }
    guard lag > 0, lag < .infinity else { throw MarkovChainError.invalidLag(lag) }
    for row in 0..<count {
      let elements = transitionMatrix.row(row)
      let sum = elements.reduce(0, +)
      guard elements.allSatisfy({ $0 >= 0 }), abs(sum - 1) <= 1e-8 else {
        throw EstimationError.invalidProbabilities(row: row, sum: sum)
      }
    }
    let eigenvalues = try transitionMatrix.eigenvalues()
    if let bad = eigenvalues.first(where: { $0.real <= 1e-14 && $0.imaginary == 0 }) {
      throw EstimationError.noLogarithm(eigenvalue: bad.real)
    }
    let logarithm = try transitionMatrix.principalLogarithm()
    let largest = logarithm.largestMagnitude
    var worst = 0.0
    for i in 0..<count {
      for j in 0..<count where i != j { worst = min(worst, logarithm[i, j]) }
    }
    var rates = logarithm
    if worst < -1e-12 * largest {
      for i in 0..<count {
        let row = Self.nearestRow(logarithm.row(i), diagonal: i)
        for j in 0..<count { rates[i, j] = row[j] }
      }
      mostNegativeRate = worst / lag
      embeddability =
        Self.failsNecessaryCondition(transitionMatrix, eigenvalues)
        ? .notEmbeddable : .undecided
    } else {
      mostNegativeRate = 0
      embeddability = .embeddable
    }
    var transitions: [MarkovChain.Transition] = []
    for i in 0..<count {
      for j in 0..<count where i != j && rates[i, j] > 1e-15 * largest {
        transitions.append(.init(from: i, to: j, logRate: log(rates[i, j]) - log(lag)))
      }
    }
    chain = try MarkovChain(stateCount: count, transitions: transitions)
    let difference = try chain.transitionMatrix(lag: lag) - transitionMatrix
    residual = (0..<count).reduce(0) { largest, i in
      max(largest, difference.row(i).reduce(0) { $0 + $1.magnitude })
    }
  }

  /// The row of a generator nearest to a row that sums to about zero: x_j = max(a_j − μ, 0) off the
  /// diagonal, x_i = a_i − μ, with the μ for which the sum is zero.
  private static func nearestRow(_ row: [Double], diagonal: Int) -> [Double] {
    let others = row.indices.filter { $0 != diagonal }.map { row[$0] }.sorted(by: >)
    var sum = row[diagonal]
    var mean = sum
    for (k, value) in others.enumerated() {
      // With the k + 1 largest others above zero μ is the mean of them and the diagonal.
      let next = (sum + value) / Double(k + 2)
      guard value > next else { break }
      sum += value
      mean = next
    }
    var result = row.enumerated().map { $0 == diagonal ? 0 : max($1 - mean, 0) }
    result[diagonal] = -result.reduce(0, +)
    return result
  }

  /// Conditions that every matrix e^{Q} satisfies; the principal logarithm is known to be none.
  private static func failsNecessaryCondition(
    _ matrix: Matrix, _ eigenvalues: [ComplexNumber]
  ) -> Bool {
    let count = matrix.rows
    // Distinct real positive eigenvalues: there is no other real logarithm (Culver 1966).
    let reals = eigenvalues.map(\.real).sorted()
    if eigenvalues.allSatisfy({ $0.imaginary == 0 }),
      zip(reals, reals.dropFirst()).allSatisfy({ $1 - $0 > 1e-8 })
    {
      return true
    }
    // det T ≤ ∏ T_ii (Goodman 1970).
    var logProduct = 0.0
    for value in matrix.diagonal { logProduct += log(value) }
    let logDeterminant = eigenvalues.reduce(0) { $0 + log($1.magnitude) }
    if logDeterminant > logProduct + 1e-8 { return true }
    // What is reached in two steps is reached in one.
    for i in 0..<count {
      for j in 0..<count where matrix[i, j] == 0 {
        if (0..<count).contains(where: { matrix[i, $0] > 0 && matrix[$0, j] > 0 }) { return true }
      }
    }
    return false
  }
}

extension Matrix {
  /// The principal logarithm of a matrix without eigenvalues on the negative real axis or zero.
  fileprivate func principalLogarithm() throws -> Matrix {
    var root = self
    var doublings = 0
    let identity = Matrix.identity(rows)
    while (root - identity).largestRowSum > 0.25 {
      guard doublings < 60 else {
        throw EstimationError.notConverged(
          algorithm: "matrix logarithm", iterations: doublings,
          residual: (root - identity).largestRowSum)
      }
      root = try root.principalSquareRoot()
      doublings += 1
    }
    // ln(1 + Y) = ∫₀¹ Y (1 + tY)⁻¹ dt by Gauss and Legendre: the diagonal Padé approximant.
    let offset = root - identity
    var sum = Matrix(rows: rows, columns: rows)
    for (node, weight) in gaussLegendre {
      for t in [0.5 - 0.5 * node, 0.5 + 0.5 * node] {
        sum = sum + (0.5 * weight) * (try (identity + t * offset).solve(offset))
      }
    }
    return Double(sign: .plus, exponent: doublings, significand: 1) * sum
  }

  private func principalSquareRoot() throws -> Matrix {
    let identity = Matrix.identity(rows)
    var root = self
    var product = self
    for _ in 0..<60 {
      let inverse = try product.inverse()
      root = 0.5 * (root * (identity + inverse))
      product = 0.5 * (identity + 0.5 * (product + inverse))
      if (product - identity).largestRowSum <= 1e-15 * Double(rows) { return root }
    }
    let residual = (product - identity).largestRowSum
    guard residual < 1e-12 * Double(rows) else {
      throw EstimationError.notConverged(
        algorithm: "matrix square root", iterations: 60, residual: residual)
    }
    return root
  }

  private var largestRowSum: Double {
    (0..<rows).reduce(0) { largest, i in
      Swift.max(largest, row(i).reduce(0) { $0 + $1.magnitude })
    }
  }
}

/// The positive nodes of the rule of eight points on [−1, 1], with their weights.
private let gaussLegendre: [(node: Double, weight: Double)] = [
  (0.1834346424956498049394761, 0.3626837833783619829651504),
  (0.5255324099163289858177390, 0.3137066458778872873379622),
  (0.7966664774136267395915539, 0.2223810344533744705443560),
  (0.9602898564975362316835609, 0.1012285362903762591525314),
]
