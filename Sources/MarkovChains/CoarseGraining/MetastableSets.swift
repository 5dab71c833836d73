import Glibc
public import LinearAlgebra

/// Fuzzy sets of states between which a chain moves slowly.
public struct MetastableSets: Sendable, Equatable {
  /// χ, one row per state and one column per set: the degree to which a state belongs to a set.
  /// Rows add up to 1 and nothing is negative.
  public let memberships: Matrix
  /// (1/m) Σ_j ⟨χ_j, χ_j⟩ / ⟨χ_j, 1⟩ in the weighted scalar product: 1 where every state belongs to
  /// one set entirely, and 1/m at least.
  public let crispness: Double
  /// The smallest element of the inner-simplex memberships before optimisation: near 0 where the
  /// number of sets suits the chain, clearly negative where it does not.
  public let minChi: Double
  /// The states at the corners of the inner simplex, one in each set.
  public let vertices: [Int]

  /// The number of sets.
  public var count: Int { memberships.columns }

  /// The set to which each state belongs most; of equal ones the first.
  public var assignment: [Int] {
    (0..<memberships.rows).map { i in
      (0..<count).reduce(0) { memberships[i, $1] > memberships[i, $0] ? $1 : $0 }
    }
  }

  /// The states of each set, by largest membership.
  public var members: [[Int]] {
    var result = [[Int]](repeating: [], count: count)
    for (state, set) in assignment.enumerated() { result[set].append(state) }
    return result
  }

  /// The partition by largest membership.
  ///
  /// - Returns: Labels in the order of the sets.
  /// - Throws: `CoarseGrainingError.invalidLabel` where a set has the largest membership of no
  ///   state.
  public func groups() throws -> StateGroups { try StateGroups(labels: assignment) }
}

/// By which weights the states count in the memberships' crispness and in the inner simplex.
///
/// The memberships' space is the same for all weights.
public enum StateWeights: Sendable, Equatable {
  /// All states alike; sets of the smallest stationary probability count as much as others.
  case uniform
  /// The stationary distribution, as in PCCA+; it must not be too uneven.
  case stationary
  /// Given weights, one positive number per state.
  case custom([Double])

  func values(stateCount: Int, stationary: () -> [Double]) throws -> [Double] {
    let weights =
      switch self {
      case .uniform: [Double](repeating: 1, count: stateCount)
      case .stationary: stationary()
      case .custom(let weights): weights
      }
    guard weights.count == stateCount else {
      throw CoarseGrainingError.weightCount(weights.count, stateCount: stateCount)
    }
    let largest = weights.max() ?? 1
    if let bad = weights.firstIndex(where: { !($0 > 1e-14 * largest && $0 < .infinity) }) {
      throw CoarseGrainingError.invalidWeight(state: bad, weight: weights[bad])
    }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}

/// What speaks for each number of metastable sets.
public struct SetCountSelection: Sendable, Equatable {
  /// One number of sets.
  public struct Candidate: Sendable, Equatable {
    /// The number of sets.
    public let count: Int
    /// The smallest element of the inner-simplex memberships; nil where there is no simplex.
    public let minChi: Double?
    /// The crispness of the optimal memberships; nil where there is no simplex.
    public let crispness: Double?
    /// The natural logarithm of the ratio of the slowest time scale that is left out to the fastest
    /// that is kept, with its sign turned: ln t_m − ln t_{m+1}; +∞ where nothing is left out.
    public let logTimeGap: Double

    /// Creates a candidate.
    public init(count: Int, minChi: Double?, crispness: Double?, logTimeGap: Double) {
      self.count = count
      self.minChi = minChi
      self.crispness = crispness
      self.logTimeGap = logTimeGap
    }
  }

  /// The numbers that were tried, ascending; those that would divide a complex pair are left out.
  public let candidates: [Candidate]

  /// The number of sets with the crispest memberships.
  public var crispest: Int? { best { $0.crispness } }
  /// The number of sets whose inner simplex leaves the fewest negative memberships.
  public var largestMinChi: Int? { best { $0.minChi } }
  /// The number of sets above the widest gap of time scales.
  public var widestGap: Int? { best { $0.logTimeGap.isFinite ? $0.logTimeGap : nil } }

  private func best(_ score: (Candidate) -> Double?) -> Int? {
    var result: (count: Int, score: Double)?
    for candidate in candidates {
      guard let value = score(candidate) else { continue }
      if let current = result, current.score >= value { continue }
      result = (candidate.count, value)
    }
    return result?.count
  }
}
