/// How a chain gets from one set of states to another.
public struct Passage: Sendable, Equatable {
  /// The natural logarithm of the mean first-passage time from A to B; +∞ where B may never be
  /// reached.
  public let logMeanTime: Double
  /// The natural logarithm of the standard deviation of the first-passage time, over the start as
  /// well; +∞ where B may never be reached.
  public let logStandardDeviation: Double
  /// The natural logarithm of the steady-state rate, the reactive flux divided by the stationary
  /// probability of A.
  public let logRateSteadyState: Double
  /// The natural logarithm of the reactive flux, the mean number of passages from A to B per unit
  /// of time in an infinitely long trajectory; −∞ where A is transient or B is not reached.
  public let logReactiveFlux: Double
}

extension MarkovChain {
  /// Times and rates of the passage from one set of states to another.
  ///
  /// The start is distributed over A as in the stationary distribution. Where all of A is transient
  /// there is no such distribution and the start is uniform over A.
  /// The reactive flux is Σ_{i∈A} π_i Σ_j q_ij q⁺_j with the committor q⁺ (Metzner, Schütte &
  /// Vanden-Eijnden 2009).
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: The logarithms of the times and rates.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap,
  ///   `EliminationError` where the memory does not suffice.
  public func passage(from: [Int], to: [Int]) throws -> Passage {
    let sets = try checked(from: from, to: to)
    let network = network
    let stationary = try stationaryDistribution(of: network, classes: communicatingClasses) {
      try StateReduction.checked($0, for: .stationaryWeights)
    }
    let weight = sets.from.reduce(ScaledNumber.zero) { $0 + stationary[$1] }
    let start = sets.from.map {
      weight.isZero
        ? ScaledNumber(1 / Double(sets.from.count)) : stationary[$0] / weight
    }
    let solution = try CommittorSolution(
      network, from: sets.from, to: sets.to, reduce: StateReduction.checked)
    var rate = ScaledNumber.zero
    for (state, share) in zip(sets.from, start) {
      network.forEachTransition(from: state) { target, value in
        rate += share * value * solution.committor[target]
      }
    }
    let firstPassage = try FirstPassage(network, to: sets.to, reduce: StateReduction.checked)
    let moments = firstPassage.moments(2)
    var mean = ScaledNumber.zero
    var second = ScaledNumber.zero
    var isCertain = true
    for (state, share) in zip(sets.from, start) where !share.isZero {
      guard let place = firstPassage.places[state] else {
        isCertain = false
        break
      }
      mean += share * moments[0][place]
      second += share * moments[1][place]
    }
    return Passage(
      logMeanTime: isCertain ? mean.logarithm : .infinity,
      logStandardDeviation: isCertain ? (second - mean * mean).squareRoot.logarithm : .infinity,
      logRateSteadyState: rate.logarithm,
      logReactiveFlux: (weight * rate).logarithm)
  }
}
