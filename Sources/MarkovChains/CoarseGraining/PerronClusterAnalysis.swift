import Glibc
public import LinearAlgebra

/// Metastable sets of a matrix of transition probabilities by (generalised) Perron cluster
/// analysis.
///
/// GPCCA (Reuter, Weber, Fackeldey, Röblitz & Garcia 2018) takes the dominant invariant subspace
/// from the sorted real Schur form of D^½ P D^−½, with the weights D, and so serves chains without
/// detailed balance: pairs of complex eigenvalues stay together. PCCA+ (Deuflhard & Weber 2005;
/// Röblitz & Weber 2013) is its special case for reversible chains, with eigenvectors of the
/// symmetric matrix.
///
/// ```swift
/// let analysis = try PerronClusterAnalysis(transitionMatrix: p)
/// let sets = try analysis.metastableSets(count: 3)
/// sets.memberships          // one row per state
/// analysis.coarseTransitionMatrix(sets)
/// ```
public struct PerronClusterAnalysis: Sendable {
  /// The eigenvalues of P, the dominant ones first.
  public let eigenvalues: [ComplexNumber]
  /// The weights of the states, adding up to 1.
  public let weights: [Double]
  private let transitionMatrix: Matrix
  /// The vectors whose first m columns span the dominant subspaces.
  private let vectors: Matrix
  /// Whether the first m columns divide a pair.
  private let splits: [Bool]
  private let stationary: [Double]?

  /// Analyses any matrix of transition probabilities (GPCCA).
  ///
  /// - Parameters:
  ///   - transitionMatrix: P, square, rows that add up to 1.
  ///   - weights: By which weights states count.
  ///   - order: What makes an eigenvalue dominant.
  /// - Throws: `CoarseGrainingError` for what is no such matrix or weight, `LinearAlgebraError`.
  public init(
    transitionMatrix: Matrix, weights: StateWeights = .uniform,
    order: RealSchurForm.Order = .largestMagnitude
  ) throws {
    let chain = try Self.chain(transitionMatrix)
    let stationary = Self.stationary(chain)
    let values = try weights.values(stateCount: transitionMatrix.rows) {
      stationary ?? [Double](repeating: 0, count: transitionMatrix.rows)
    }
    let schur = try Self.scaled(transitionMatrix, by: values).realSchurForm(sortedBy: order)
    self.init(
      transitionMatrix: transitionMatrix, eigenvalues: schur.eigenvalues, weights: values,
      vectors: schur.vectors,
      splits: (0...transitionMatrix.rows).map { schur.splitsPair(at: $0) }, stationary: stationary)
  }

  /// Analyses a matrix of transition probabilities with detailed balance (PCCA+).
  ///
  /// The weights are the stationary distribution.
  ///
  /// - Parameter matrix: P, square, rows that add up to 1, irreducible.
  /// - Throws: `CoarseGrainingError.notReversible` where π_i P_ij and π_j P_ji differ by more than
  ///   1e-8 of their sum, and the errors of the general initializer.
  public init(reversible matrix: Matrix) throws {
    let chain = try Self.chain(matrix)
    let stationary = Self.stationary(chain)
    let weights = try StateWeights.stationary.values(stateCount: matrix.rows) {
      stationary ?? [Double](repeating: 0, count: matrix.rows)
    }
    for i in 0..<matrix.rows {
      for j in 0..<i {
        let forth = weights[i] * matrix[i, j]
        let back = weights[j] * matrix[j, i]
        guard (forth - back).magnitude <= 1e-8 * (forth + back) else {
          throw CoarseGrainingError.notReversible(from: i, to: j)
        }
      }
    }
    let eigen = try Self.scaled(matrix, by: weights).symmetrized.symmetricEigendecomposition()
    let order = eigen.values.indices.sorted { eigen.values[$0] > eigen.values[$1] }
    self.init(
      transitionMatrix: matrix, eigenvalues: order.map { ComplexNumber(eigen.values[$0]) },
      weights: weights,
      vectors: Matrix((0..<matrix.rows).map { i in order.map { eigen.vectors[i, $0] } }),
      splits: [Bool](repeating: false, count: matrix.rows + 1), stationary: stationary)
  }

  private init(
    transitionMatrix: Matrix, eigenvalues: [ComplexNumber], weights: [Double], vectors: Matrix,
    splits: [Bool], stationary: [Double]?
  ) {
    self.transitionMatrix = transitionMatrix
    self.eigenvalues = eigenvalues
    self.weights = weights
    self.vectors = vectors
    self.splits = splits
    self.stationary = stationary
  }

  /// The metastable sets in a given number.
  ///
  /// - Parameter count: The number of sets, from 2 to that of the states.
  /// - Returns: The sets.
  /// - Throws: `CoarseGrainingError.setCount`; `.splitsComplexPair`, which names the neighbouring
  ///   numbers that do not; `.noSimplex`.
  public func metastableSets(count: Int) throws -> MetastableSets {
    let states = transitionMatrix.rows
    guard count >= 2, count <= states else {
      throw CoarseGrainingError.setCount(count, accepted: 2...max(2, states))
    }
    guard !splits[count] else {
      throw CoarseGrainingError.splitsComplexPair(
        count: count,
        accepted: [count - 1, count + 1].filter { $0 >= 2 && $0 <= states && !splits[$0] })
    }
    let basis = Matrix(
      (0..<states).map { i in
        let root = weights[i].squareRoot()
        return (0..<count).map { vectors[i, $0] / root }
      })
    guard let vertices = MembershipOptimizer.innerSimplex(basis, weights: weights) else {
      throw CoarseGrainingError.noSimplex(count: count)
    }
    let corner = Matrix(vertices.map { basis.row($0) })
    guard let inverse = try? corner.inverse() else {
      throw CoarseGrainingError.noSimplex(count: count)
    }
    return MetastableSets.optimized(
      (basis * inverse).withUnitRows(at: vertices), vertices: vertices, weights: weights
    ).sets
  }

  /// P on the sets, (χᵀ D χ)⁻¹ χᵀ D P χ; it has the dominant eigenvalues of P.
  ///
  /// Its rows add up to 1; elements can be slightly negative where the sets are not crisp.
  ///
  /// - Parameter sets: Sets of this matrix.
  /// - Returns: A square matrix with one row per set.
  /// - Throws: `LinearAlgebraError.singular` for memberships that depend on one another.
  public func coarseTransitionMatrix(_ sets: MetastableSets) throws -> Matrix {
    let weighted = Matrix.diagonal(weights) * sets.memberships
    let left = weighted.transposed * sets.memberships
    return try left.solve(weighted.transposed * (transitionMatrix * sets.memberships))
  }

  /// The stationary probabilities of the sets, χᵀ π.
  ///
  /// - Parameter sets: Sets of this matrix.
  /// - Returns: One probability per set; nil where P has several recurrent classes.
  public func stationaryProbabilities(_ sets: MetastableSets) -> [Double]? {
    stationary.map { sets.memberships.transposed * $0 }
  }

  /// Compares numbers of sets.
  ///
  /// - Parameter range: The numbers, within 2 to that of the states.
  /// - Returns: What speaks for each; numbers that would divide a pair are left out.
  /// - Throws: `CoarseGrainingError.setCount`.
  public func selection(in range: ClosedRange<Int>) throws -> SetCountSelection {
    let states = transitionMatrix.rows
    for count in [range.lowerBound, range.upperBound] where count < 2 || count > states {
      throw CoarseGrainingError.setCount(count, accepted: 2...max(2, states))
    }
    let logTimes = eigenvalues.map { value in
      let rate = -log(min(value.magnitude, 1))
      return -log(max(rate, 1e-16))
    }
    return SetCountSelection(
      candidates: range.filter { !splits[$0] }.map { count in
        let sets = try? metastableSets(count: count)
        return .init(
          count: count, minChi: sets?.minChi, crispness: sets?.crispness,
          logTimeGap: count < states ? logTimes[count - 1] - logTimes[count] : .infinity)
      })
  }

  private static func scaled(_ matrix: Matrix, by weights: [Double]) -> Matrix {
    var result = matrix
    for i in 0..<matrix.rows {
      for j in 0..<matrix.columns where i != j {
        result[i, j] *= (weights[i] / weights[j]).squareRoot()
      }
    }
    return result
  }

  /// The chain whose rates are the probabilities; it has the same stationary distribution.
  private static func chain(_ matrix: Matrix) throws -> MarkovChain {
    guard matrix.isSquare, matrix.rows > 0 else {
      throw CoarseGrainingError.shape(rows: matrix.rows, columns: matrix.columns)
    }
    var transitions: [MarkovChain.Transition] = []
    for i in 0..<matrix.rows {
      for j in 0..<matrix.columns {
        let value = matrix[i, j]
        guard value >= 0, value < .infinity else {
          throw CoarseGrainingError.invalidProbability(row: i, column: j, value: value)
        }
        if i != j { transitions.append(.init(from: i, to: j, logRate: logOf(value))) }
      }
      let sum = matrix.row(i).reduce(0, +)
      guard (sum - 1).magnitude <= 1e-9 else {
        throw CoarseGrainingError.rowSum(row: i, sum: sum)
      }
    }
    return try MarkovChain(stateCount: matrix.rows, transitions: transitions)
  }

  private static func stationary(_ chain: MarkovChain) -> [Double]? {
    let classes = chain.communicatingClasses
    guard classes.count(where: \.isRecurrent) == 1 else { return nil }
    return chain.stationaryDistribution(of: chain.network, classes: classes).map(\.value)
  }
}

extension MetastableSets {
  /// The crispest sets in a space of functions.
  ///
  /// - Parameters:
  ///   - basis: Functions that are the identity at the vertices, with rows that add up to 1.
  ///   - vertices: The corners of the inner simplex.
  ///   - weights: The weights of the states.
  /// - Returns: The sets, and the A of χ = X A.
  static func optimized(
    _ basis: Matrix, vertices: [Int], weights: [Double]
  ) -> (sets: MetastableSets, rotation: Matrix) {
    let solution = MembershipOptimizer(basis: basis, weights: weights).solve()
    let minChi = basis.elements.min() ?? 0
    return (
      MetastableSets(
        memberships: solution.memberships, crispness: solution.crispness, minChi: minChi,
        vertices: vertices), solution.rotation
    )
  }
}

extension Matrix {
  /// Rows scaled to sum 1, and exactly those of the identity at the given states.
  func withUnitRows(at states: [Int]) -> Matrix {
    var result = self
    for i in 0..<rows {
      let sum = row(i).reduce(0, +)
      for j in 0..<columns { result[i, j] /= sum }
    }
    for (k, state) in states.enumerated() {
      for j in 0..<columns { result[state, j] = j == k ? 1 : 0 }
    }
    return result
  }
}
