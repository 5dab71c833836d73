import Glibc
import LinearAlgebra

/// What an estimated chain is required to satisfy.
public enum Reversibility: Sendable, Equatable {
  /// Nothing: every row by itself.
  case unconstrained
  /// Detailed balance, π_i p_ij = π_j p_ji with its own stationary distribution.
  case detailedBalance
}

extension TransitionCounts {
  /// The chain under which the counts are most likely.
  ///
  /// Without detailed balance p_ij = c_ij/c_i. With it, p_ii = c_ii/c_i as well, and
  /// p_ij = (c_ij + c_ji) y_i/((y_i + y_j) c_i) with the minimiser y of a convex function, found by
  /// Newton's method to about 1e-15 (the self-consistent iteration x_ij ← (c_ij + c_ji)/(c_i/x_i +
  /// c_j/x_j) of Bowman et al. 2009 has the same solution, but its steps become the smaller the
  /// more metastable the data are).
  ///
  /// - Parameter reversibility: Whether detailed balance is required.
  /// - Returns: The transition probabilities; with detailed balance, `logStationaryDistribution()`
  ///   is the distribution for which it holds.
  /// - Throws: `EstimationError.noCounts` for a state that is never left nor stayed in, or, with
  ///   detailed balance, `.noWayBack` where the counts leave a strongly connected set;
  ///   `.notConverged`.
  public func maximumLikelihood(
    _ reversibility: Reversibility = .detailedBalance
  ) throws -> EstimatedChain {
    let sums = try rowSums()
    var transitions: [MarkovChain.Transition] = []
    switch reversibility {
    case .unconstrained:
      transitions = table.entries.filter { $0.from != $0.to }.map {
        .init(from: $0.from, to: $0.to, logRate: logRatio($0.value, sums[$0.from]))
      }
    case .detailedBalance:
      var fit = try DetailedBalanceFit(table, labels: labels)
      try fit.maximizeLikelihood()
      fit.forEachFlux { from, to, logFlux in
        transitions.append(.init(from: from, to: to, logRate: logFlux - log(sums[from])))
      }
    }
    return try EstimatedChain(
      counts: self, transitions: transitions,
      logStayProbabilities: (0..<stateCount).map {
        logRatio(table.value(from: $0, to: $0), sums[$0])
      })
  }

  /// All counts from each state.
  func rowSums() throws -> [Double] {
    try (0..<stateCount).map { state in
      let sum = table.rowSum(state)
      guard sum > 0 else { throw EstimationError.noCounts(state: labels[state]) }
      return sum
    }
  }

  /// The counts of a prior added to these.
  func adding(_ prior: TransitionPrior) throws -> TransitionCounts {
    TransitionCounts(
      labels: labels, lag: lag, table: try table.adding(prior, includingDiagonal: true))
  }
}

/// ln(a/b), also where the ratio is below the smallest double.
private func logRatio(_ a: Double, _ b: Double) -> Double {
  let ratio = a / b
  return ratio > 1e-290 || a == 0 ? log(ratio) : log(a) - log(b)
}
