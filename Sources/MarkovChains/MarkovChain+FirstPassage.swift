extension MarkovChain {
  /// The natural logarithms of the mean first-passage times from every state to a set.
  ///
  /// The times solve −Q_UU τ = 1 on the states U outside the set, by state reduction without
  /// subtraction.
  ///
  /// - Parameter targets: The set that is to be reached.
  /// - Returns: One logarithm per state: −∞ in the set (time 0), +∞ where the set is not reached
  ///   with probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logMeanFirstPassageTimes(to targets: [Int]) throws -> [Double] {
    try logMoments(to: targets, order: 1)
  }

  /// The natural logarithms of the second moments of the first-passage times to a set.
  ///
  /// They solve −Q_UU m = 2τ with the mean times τ.
  ///
  /// - Parameter targets: The set that is to be reached.
  /// - Returns: One logarithm per state, of a time squared: −∞ in the set, +∞ where the set is not
  ///   reached with probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logFirstPassageSecondMoments(to targets: [Int]) throws -> [Double] {
    try logMoments(to: targets, order: 2)
  }

  /// The natural logarithms of the moments E[Tᵐ] of the first-passage times to a set.
  ///
  /// They solve −Q_UU M_m = m M_{m−1} with M_0 = 1, one after the other.
  ///
  /// - Parameters:
  ///   - targets: The set that is to be reached.
  ///   - order: The highest m, at least 1.
  /// - Returns: For m = 1 … order one logarithm per state: −∞ in the set, +∞ where the set is not
  ///   reached with probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logFirstPassageMoments(to targets: [Int], order: Int) throws -> [[Double]] {
    precondition(order >= 1, "the order of a moment must be at least 1")
    let passage = try FirstPassage(
      network, to: try checked(targets, name: "to"), reduce: StateReduction.checked)
    return passage.moments(order).map { moment in
      (0..<stateCount).map { state in passage.logarithm(at: state) { moment[$0] } }
    }
  }

  /// The natural logarithms of the standard deviations of the first-passage times to a set.
  ///
  /// The variance is the second moment minus the square of the mean. This subtraction is harmless:
  /// a passage through n states has a variance of at least 1/n of the squared mean (Aldous & Shepp
  /// 1987), so it magnifies rounding errors by n + 1 at most.
  ///
  /// - Parameter targets: The set that is to be reached.
  /// - Returns: One logarithm per state: −∞ in the set, +∞ where the set is not reached with
  ///   probability 1.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state, `EliminationError` where the
  ///   memory does not suffice.
  public func logFirstPassageStandardDeviations(to targets: [Int]) throws -> [Double] {
    let passage = try FirstPassage(
      network, to: try checked(targets, name: "to"), reduce: StateReduction.checked)
    let moments = passage.moments(2)
    return (0..<stateCount).map { state in
      passage.logarithm(at: state) { k in
        (moments[1][k] - moments[0][k] * moments[0][k]).squareRoot
      }
    }
  }

  /// The natural logarithms of the mean first-passage times between all pairs of states.
  ///
  /// - Returns: Row i, column j: from i to j; −∞ on the diagonal, +∞ where j is not reached from i
  ///   with probability 1.
  /// - Complexity: One sparse factorisation per state.
  public func logMeanFirstPassageTimeMatrix() -> [[Double]] {
    let network = network
    var result = [[Double]](
      repeating: [Double](repeating: -.infinity, count: stateCount), count: stateCount)
    for target in 0..<stateCount {
      let passage = FirstPassage(network, to: [target])
      let times = passage.moments(1)[0]
      for state in 0..<stateCount {
        result[state][target] = passage.logarithm(at: state) { times[$0] }
      }
    }
    return result
  }

  private func logMoments(to targets: [Int], order: Int) throws -> [Double] {
    let passage = try FirstPassage(
      network, to: try checked(targets, name: "to"), reduce: StateReduction.checked)
    let moments = passage.moments(order)
    return (0..<stateCount).map { state in
      passage.logarithm(at: state) { moments[order - 1][$0] }
    }
  }
}

/// The states from which a set is reached with probability 1, and the generator on them.
struct FirstPassage {
  /// Where each state stands in the reduction; nil where the time is zero or infinite.
  let places: [Int?]
  let isTarget: [Bool]
  /// The states from which the set is reached with probability 1, ascending.
  let states: [Int]
  let reduction: StateReduction<ScaledNumber>

  init(_ network: RateNetwork<ScaledNumber>, to targets: [Int]) {
    self.init(network, to: targets) { StateReduction($0) }
  }

  init(
    _ network: RateNetwork<ScaledNumber>, to targets: [Int],
    reduce: (RateNetwork<ScaledNumber>) throws -> StateReduction<ScaledNumber>
  ) rethrows {
    var isTarget = [Bool](repeating: false, count: network.stateCount)
    for target in targets { isTarget[target] = true }
    let reaching = network.canReach(targets)
    let lost = (0..<network.stateCount).filter { !reaching[$0] }
    let mayMiss = network.canReach(lost, avoiding: isTarget)
    let states = (0..<network.stateCount).filter { !isTarget[$0] && !mayMiss[$0] }
    var places = [Int?](repeating: nil, count: network.stateCount)
    for (k, state) in states.enumerated() { places[state] = k }
    self.states = states
    self.places = places
    self.isTarget = isTarget
    reduction = try reduce(network.restricted(to: states))
  }

  /// The moments of the passage time, E[Tᵐ] for m = 1 … order, for the states of the reduction.
  func moments(_ order: Int) -> [[ScaledNumber]] {
    var result: [[ScaledNumber]] = []
    var sources = [ScaledNumber](repeating: .one, count: reduction.pivots.count)
    for m in 1...order {
      let moment = reduction.solve(sources)
      result.append(moment)
      sources = moment.map { ScaledNumber(Double(m + 1)) * $0 }
    }
    return result
  }

  /// The logarithm of a quantity that is 0 in the set and infinite where it may be missed.
  func logarithm(at state: Int, _ quantity: (Int) -> ScaledNumber) -> Double {
    if isTarget[state] { return -.infinity }
    guard let place = places[state] else { return .infinity }
    return quantity(place).logarithm
  }
}
