import LinearAlgebra

extension DiscreteTimeChain {
  /// The natural logarithms of the stationary probabilities, π P = π.
  ///
  /// - Returns: One logarithm per state; every recurrent class has a distribution of its own, which
  ///   adds up to 1, and transient states have −∞. For a periodic class they are the mean shares of
  ///   the steps.
  public func logStationaryDistribution() -> [Double] { moves.logStationaryDistribution() }

  /// The natural logarithms of the mean numbers of steps from every state to a set.
  ///
  /// - Parameter targets: The set that is to be reached.
  /// - Returns: One logarithm per state: −∞ in the set (no step), +∞ where the set is not reached with
  ///   probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logMeanFirstPassageTimes(to targets: [Int]) throws -> [Double] {
    try moves.logMeanFirstPassageTimes(to: targets)
  }

  /// The natural logarithms of the mean numbers of steps between all pairs of states.
  ///
  /// - Returns: Row i, column j: from i to j; −∞ on the diagonal, +∞ where j is not reached from i
  ///   with probability 1.
  public func logMeanFirstPassageTimeMatrix() -> [[Double]] {
    moves.logMeanFirstPassageTimeMatrix()
  }

  /// The natural logarithms of the second moments of the numbers of steps to a set.
  ///
  /// T = 1 + T′ with the number T′ that is left after a step makes (1 − P_UU) m = 2τ − 1 with the mean
  /// numbers τ (Kemeny & Snell 1960, theorem 3.3.3); in continuous time it would be 2τ.
  ///
  /// - Parameter targets: The set that is to be reached.
  /// - Returns: One logarithm per state: −∞ in the set, +∞ where the set is not reached with
  ///   probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logFirstPassageSecondMoments(to targets: [Int]) throws -> [Double] {
    let passage = try FirstPassage(
      moves.network, to: try moves.checked(targets, name: "to"), reduce: StateReduction.checked)
    let second = Self.secondMoments(passage, times: passage.moments(1)[0])
    return (0..<stateCount).map { state in passage.logarithm(at: state) { second[$0] } }
  }

  /// The natural logarithms of the standard deviations of the numbers of steps to a set.
  ///
  /// Where the spread is not small against the mean, the variance is the second moment minus the
  /// square of the mean. A nearly certain number of steps is a small one, and its variance v follows
  /// from (1 − P_UU) v = Σ_j p_ij (τ_j + 1 − τ_i)² without that subtraction.
  ///
  /// - Parameter targets: The set that is to be reached.
  /// - Returns: One logarithm per state: −∞ in the set and where the number of steps is certain, +∞
  ///   where the set is not reached with probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logFirstPassageStandardDeviations(to targets: [Int]) throws -> [Double] {
    let network = moves.network
    let passage = try FirstPassage(
      network, to: try moves.checked(targets, name: "to"), reduce: StateReduction.checked)
    let times = passage.moments(1)[0]
    let second = Self.secondMoments(passage, times: times)
    func isSpread(_ k: Int) -> Bool {
      ((second[k] - times[k] * times[k]) / second[k]).value > 1e-3
    }
    var variances = times.indices.map { second[$0] - times[$0] * times[$0] }
    if !times.indices.allSatisfy(isSpread) {
      let sources = passage.states.map { state in
        let own = passage.places[state].map { times[$0] } ?? .zero
        let left = own - .one
        var sum = logSelfProbabilities[state] > -.infinity
          ? ScaledNumber(exp: logSelfProbabilities[state]) : .zero
        network.forEachTransition(from: state) { target, probability in
          let difference = (passage.places[target].map { times[$0] } ?? .zero) - left
          sum += probability * difference * difference
        }
        return sum
      }
      for (k, variance) in passage.reduction.solve(sources).enumerated() where !isSpread(k) {
        variances[k] = variance
      }
    }
    return (0..<stateCount).map { state in
      passage.logarithm(at: state) { variances[$0].squareRoot }
    }
  }

  private static func secondMoments(
    _ passage: FirstPassage, times: [ScaledNumber]
  ) -> [ScaledNumber] {
    passage.reduction.solve(times.map { $0 + max(.zero, $0 - .one) })
  }

  /// The probability to reach one set before another, from every state.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: ln q and ln(1 − q), each accurate by itself.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap,
  ///   `EliminationError` where the memory does not suffice.
  public func committor(from: [Int], to: [Int]) throws -> Committor {
    try moves.committor(from: from, to: to)
  }

  /// The probabilities that each of several sets is the first of them to be reached.
  ///
  /// - Parameter targets: The sets, no two of which share a state.
  /// - Returns: For each set one natural logarithm per state.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap,
  ///   `EliminationError` where the memory does not suffice.
  public func logAbsorptionProbabilities(of targets: [[Int]]) throws -> [[Double]] {
    try moves.logAbsorptionProbabilities(of: targets)
  }

  /// The mean number of steps that begin in each state before a set is reached.
  ///
  /// A stay of several steps counts as many; this is the fundamental matrix (1 − P_UU)⁻¹ applied to
  /// the start.
  ///
  /// - Parameters:
  ///   - logInitial: The natural logarithms of the weights of the states at the start, −∞ for none;
  ///     they are scaled to a sum of 1.
  ///   - targets: The set that ends the count.
  /// - Returns: One natural logarithm per state; −∞ in the set and where the chain never comes, +∞
  ///   where it may stay for ever without reaching the set.
  /// - Throws: `StartError`; `MarkovChainError` for an empty set or an unknown state;
  ///   `EliminationError` where the memory does not suffice.
  public func logExpectedVisits(
    from logInitial: [Double], before targets: [Int]
  ) throws -> [Double] {
    try moves.logOccupationTimes(from: logInitial, before: targets)
  }

  /// The natural logarithm of the Kemeny constant, the mean number of steps from any recurrent state
  /// to one drawn from the stationary distribution, Σ_j π_j τ_ij with τ_ii = 0.
  ///
  /// It is the sum of 1/(1 − λ) over the eigenvalues of the recurrent class other than 1. With the
  /// return time in the place of τ_ii it would be larger by 1.
  ///
  /// - Returns: The logarithm; −∞ for a class of one state; nil where the chain does not have a single
  ///   recurrent class.
  public func logKemenyConstant() -> Double? { moves.logKemenyConstant() }

  /// The strongly connected components of the chain's graph, by their smallest state.
  public var communicatingClasses: [CommunicatingClass] { moves.communicatingClasses }

  /// The period of a class: the greatest common divisor of the lengths of its closed paths.
  ///
  /// - Parameter part: One of `communicatingClasses`.
  /// - Returns: 1 for an aperiodic class; 0 for a single state that the chain does not stay in.
  /// - Throws: `DiscreteTimeChainError.unknownState`.
  public func period(of part: CommunicatingClass) throws -> Int {
    var level = [Int](repeating: -1, count: stateCount)
    var isMember = [Bool](repeating: false, count: stateCount)
    for state in part.states {
      guard (0..<stateCount).contains(state) else {
        throw DiscreteTimeChainError.unknownState(state, stateCount: stateCount)
      }
      if logSelfProbabilities[state] > -.infinity { return 1 }
      isMember[state] = true
    }
    guard let root = part.states.first else { return 0 }
    level[root] = 0
    var queue = [root]
    var next = 0
    var divisor = 0
    while next < queue.count {
      let state = queue[next]
      next += 1
      for k in moves.rowStarts[state]..<moves.rowStarts[state + 1] {
        let target = moves.targets[k]
        guard isMember[target] else { continue }
        if level[target] < 0 {
          level[target] = level[state] + 1
          queue.append(target)
        }
        // Two paths to the target differ in length by a multiple of the period (Denardo 1977).
        var (a, b) = (divisor, abs(level[state] + 1 - level[target]))
        while b != 0 { (a, b) = (b, a % b) }
        divisor = a
      }
    }
    return divisor
  }
}
