import Glibc
import LinearAlgebra

/// A path along the transitions of a chain.
public struct TransitionPath: Sendable, Equatable {
  /// The states, none of them twice; the first is the only one in A, the last the only one in B.
  public let states: [Int]
  /// The sum of the weights of the path's transitions.
  public let cost: Double
  /// The natural logarithm of the probability that the jumps of a trajectory from the first state
  /// follow the path: Σ ln P_ij with the branching probabilities P_ij = k_ij/Σ_l k_il.
  public let logProbability: Double
}

/// What a transition costs on a path; never negative.
public enum PathWeight: Sendable, Equatable {
  /// −ln P_ij with the branching probability P_ij = k_ij/Σ_l k_il: the cheapest path is the
  /// single sequence of jumps that a trajectory follows most often, and the one that contributes
  /// most to the rate from A to B (Wales 2002; Evans & Wales 2004; PATHSAMPLE's Dijkstra analysis).
  case branchingProbability
  /// −ln(k_ij/k_max) with the largest rate of the chain: the product of the rates along the path is
  /// largest. Every further step counts as one at less than the largest rate, so the path depends
  /// on the unit k_max, and a state with many exits costs nothing extra; for a time scale or a
  /// probability take the branching probabilities.
  case rate
}

extension MarkovChain {
  /// The path of the largest product of branching probabilities from one set of states to another.
  ///
  /// Among exactly equal ones always the same is found.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  ///   - weight: What a transition costs.
  /// - Returns: The path; nil where B cannot be reached from A.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap.
  /// - Complexity: O(m log n) for m transitions and n states (Dijkstra 1959).
  public func fastestPath(
    from: [Int], to: [Int], weight: PathWeight = .branchingProbability
  ) throws -> TransitionPath? {
    try shortestPaths(from: from, to: to, count: 1, weight: weight).first
  }

  /// The paths without loops of the smallest sums of weights from one set of states to another.
  ///
  /// The paths that remain after each answer are divided by where they leave it (Yen 1971; Lawler
  /// 1972). Distances to B are computed once; they bound the cost of every part from below, so that
  /// only the parts that come first are searched, by the algorithm A*.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  ///   - count: How many paths at most.
  ///   - weight: What a transition costs.
  /// - Returns: The paths, cheapest first, fewer where there are no more; the order of exactly equal
  ///   ones is always the same.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap.
  public func shortestPaths(
    from: [Int], to: [Int], count: Int, weight: PathWeight = .branchingProbability
  ) throws -> [TransitionPath] {
    let sets = try checked(from: from, to: to)
    guard count > 0 else { return [] }
    var search = PathSearch(self, weights: pathWeights(weight), from: sets.from, to: sets.to)
    return search.paths(count: count).map { states in
      TransitionPath(
        states: states, cost: search.cost(of: states),
        logProbability: -zip(states, states.dropFirst()).reduce(0) { sum, step in
          sum + branchingCost(from: step.0, to: step.1)
        })
    }
  }

  /// The weights of all transitions, in their order.
  private func pathWeights(_ weight: PathWeight) -> [Double] {
    switch weight {
    case .branchingProbability: return (0..<stateCount).flatMap { branchingCosts(of: $0) }
    case .rate:
      let largest = logRates.max() ?? 0
      return logRates.map { largest - $0 }
    }
  }

  /// −ln P of the transitions from a state; accurate also where P is nearly 1.
  private func branchingCosts(of state: Int) -> [Double] {
    let logs = logRates[rowStarts[state]..<rowStarts[state + 1]]
    guard let fastest = logs.indices.max(by: { logs[$0] < logs[$1] }) else { return [] }
    let others = logSumExp(logs.indices.lazy.filter { $0 != fastest }.map { logs[$0] })
    let excess = Glibc.log1p(Glibc.exp(others - logs[fastest]))
    return logs.map { (logs[fastest] - $0) + excess }
  }

  private func branchingCost(from: Int, to: Int) -> Double {
    let costs = branchingCosts(of: from)
    return zip(rowStarts[from]..<rowStarts[from + 1], costs).first { targets[$0.0] == to }?.1
      ?? .infinity
  }
}
