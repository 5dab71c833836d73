import LinearAlgebra

/// The rate constants of the passage from a set A to a set B, by the definitions in use.
///
/// With the stationary weights w_i = π_i/π_A of the states of A, the total rates k_i and rates k_ij,
/// the probability q_j to reach B before A, the mean time t_j to reach A or B, and the mean time T_i
/// to reach B (Wales, "Calculating rate constants and committor probabilities for transition networks
/// by graph transformation", 2009; Swinburne & Wales, "Defining, calculating, and converging
/// observables of a kinetic transition network", 2020):
///
/// - steady state, Σ w_i Σ_j k_ij q_j: the time in the intermediate states is left out;
/// - non-steady state, Σ w_i Σ_j k_ij q_j / (1 + Σ_j k_ij t_j), j outside A: after the states outside
///   A and B have been eliminated, with the time spent in them;
/// - inverse times, Σ w_i/T_i;
/// - mean time, 1/Σ w_i T_i;
/// - quasi-stationary, the rate at which B is entered when it has not been entered for long.
///
/// They agree where the passage is much slower than the relaxation inside A and between A and the
/// intermediate states. Where all of A is transient the weights are uniform.
public struct PassageRates: Sendable, Equatable {
  /// ln Σ w_i T_i, the mean first-passage time; +∞ where B may never be reached.
  public let logMeanTime: Double
  /// ln Σ w_i E_i[T²], the second moment of the first-passage time; +∞ likewise.
  public let logSecondMoment: Double
  /// ln k of the steady state.
  public let logSteadyState: Double
  /// ln k of the non-steady state.
  public let logNonSteadyState: Double
  /// ln Σ w_i/T_i.
  public let logMeanInverseTime: Double
  /// ln of the slowest decay outside B among the states that A can reach; −∞ where some are never
  /// left for B.
  public let logQuasiStationary: Double

  /// ln of the inverse of the mean time.
  public var logInverseMeanTime: Double { -logMeanTime }
}

extension MarkovChain {
  /// The rate constants of the passage from one set of states to another.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: The natural logarithms of the rates.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap, and where
  ///   the quasi-stationary rate does not converge; `EliminationError` where the memory does not
  ///   suffice.
  public func passageRates(from: [Int], to: [Int]) throws -> PassageRates {
    let sets = try checked(from: from, to: to)
    let network = network
    let weights = try startWeights(of: sets.from, network: network)
    let solution = try CommittorSolution(
      network, from: sets.from, to: sets.to, reduce: StateReduction.checked)
    let reachesEither = !network.canReach(sets.from + sets.to).contains(false)
    // The same elimination serves the times to A or B unless both may be missed.
    var stops = [ScaledNumber?](repeating: .zero, count: stateCount)
    if reachesEither {
      let times = solution.reduction.solve(
        [ScaledNumber](repeating: .one, count: solution.states.count))
      for (state, time) in zip(solution.states, times) { stops[state] = time }
    } else {
      let either = try FirstPassage(
        network, to: sets.from + sets.to, reduce: StateReduction.checked)
      let times = either.moments(1)[0]
      for state in 0..<stateCount where !either.isTarget[state] {
        stops[state] = either.places[state].map { times[$0] }
      }
    }
    let firstPassage = try FirstPassage(network, to: sets.to, reduce: StateReduction.checked)
    let moments = firstPassage.moments(2)
    var isSource = [Bool](repeating: false, count: stateCount)
    for state in sets.from { isSource[state] = true }
    var steady = ScaledNumber.zero
    var nonSteady = ScaledNumber.zero
    var inverse = ScaledNumber.zero
    var mean: ScaledNumber? = .zero
    var second: ScaledNumber? = .zero
    for (state, weight) in zip(sets.from, weights) where !weight.isZero {
      var flux = ScaledNumber.zero
      var excursion: ScaledNumber? = .one
      network.forEachTransition(from: state) { target, rate in
        flux += rate * solution.committor[target]
        guard !isSource[target] else { return }
        excursion = excursion.flatMap { sum in stops[target].map { sum + rate * $0 } }
      }
      steady += weight * flux
      if let excursion { nonSteady += weight * flux / excursion }
      if let place = firstPassage.places[state] {
        inverse += weight / moments[0][place]
        mean = mean.map { $0 + weight * moments[0][place] }
        second = second.map { $0 + weight * moments[1][place] }
      } else {
        mean = nil
        second = nil
      }
    }
    return PassageRates(
      logMeanTime: mean?.logarithm ?? .infinity, logSecondMoment: second?.logarithm ?? .infinity,
      logSteadyState: steady.logarithm, logNonSteadyState: nonSteady.logarithm,
      logMeanInverseTime: inverse.logarithm,
      logQuasiStationary: try slowestDecay(network, from: sets.from, outside: sets.to).logarithm)
  }

  /// The rate constants of the passages between two sets of states.
  ///
  /// - Parameters:
  ///   - a: The set A.
  ///   - b: The set B.
  /// - Returns: The natural logarithms of the rates from A to B and from B to A.
  /// - Throws: As `passageRates(from:to:)`.
  public func passageRates(
    between a: [Int], and b: [Int]
  ) throws -> (forward: PassageRates, backward: PassageRates) {
    (try passageRates(from: a, to: b), try passageRates(from: b, to: a))
  }

  /// The stationary probabilities of some states relative to their sum; uniform where it is zero.
  private func startWeights(
    of states: [Int], network: RateNetwork<ScaledNumber>
  ) throws -> [ScaledNumber] {
    let stationary = try stationaryDistribution(of: network, classes: communicatingClasses) {
      try StateReduction.checked($0, for: .stationaryWeights)
    }
    let total = states.reduce(ScaledNumber.zero) { $0 + stationary[$1] }
    return states.map {
      total.isZero ? ScaledNumber(1 / Double(states.count)) : stationary[$0] / total
    }
  }

  /// The slowest decay of the classes outside a set that are reached from another set.
  private func slowestDecay(
    _ network: RateNetwork<ScaledNumber>, from: [Int], outside targets: [Int]
  ) throws -> ScaledNumber {
    var isOpen = [Bool](repeating: true, count: stateCount)
    for state in targets { isOpen[state] = false }
    var reached = [Bool](repeating: false, count: stateCount)
    for state in from { reached[state] = true }
    var stack = from
    while let state = stack.popLast() {
      network.forEachTransition(from: state) { target, _ in
        guard isOpen[target], !reached[target] else { return }
        reached[target] = true
        stack.append(target)
      }
    }
    let inside = network.restricted(to: (0..<stateCount).filter { reached[$0] })
    var slowest: ScaledNumber?
    for part in classes(
      stateCount: inside.stateCount, rowStarts: inside.rowStarts, targets: inside.targets)
    {
      let own = inside.restricted(to: part.states)
      guard own.escapes.contains(where: { !$0.isZero }) else { return .zero }
      let rate =
        part.states.count == 1
        ? own.escapes[0] : try QuasiStationaryDecay.rate(of: StateReduction.checked(own))
      slowest = slowest.map { min($0, rate) } ?? rate
    }
    return slowest ?? .zero
  }
}
