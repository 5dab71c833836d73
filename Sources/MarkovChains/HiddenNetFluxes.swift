/// The net fluxes of the reactive flux in ball arithmetic, where recrossings hide them from doubles.
///
/// With the states between the sets eliminated once, the committor q⁺ and y_i = π_i q⁻_i follow from
/// the same factors,
///
///     −Q q⁺ = (rates into B),   −y Q = (π_a k_ai from A),
///
/// and the net flux is y_i k_ij q⁺_j − y_j k_ji q⁺_i: a difference of balls whose sign is proven when
/// they do not overlap. Until then the precision is doubled. A net flux that has none yet when the
/// precision is far beyond the spread of all fluxes counts as zero, as does that over a bridge, beyond
/// which there is neither A nor B.
struct HiddenNetFluxes {
  typealias Edge = (from: Int, to: Int, flux: ScaledNumber, error: ScaledNumber)

  private let pattern: RateNetwork<ScaledNumber>
  private let logRates: [Double]
  private let stationary: [ScaledNumber]
  private let isSource: [Bool]
  private let isTarget: [Bool]
  private let sources: [Int]
  private let interior: [Int]
  private let interiorPlan: EliminationPlan
  /// For the weights of several states of A beside one another.
  private let wholePlan: EliminationPlan?
  private let bridges: BridgeSearch
  private let firstBits: Int
  private let lastBits: Int

  /// Prepares the calculation.
  ///
  /// - Parameters:
  ///   - solution: The same in doubles; it says how many digits cancel.
  ///   - logRates: The natural logarithms of the rates of its network.
  init(_ solution: ReactiveFluxSolution, logRates: [Double]) {
    let network = solution.network
    pattern = network
    self.logRates = logRates
    stationary = solution.stationary
    let (isSource, isTarget) = (solution.isSource, solution.isTarget)
    self.isSource = isSource
    self.isTarget = isTarget
    let states = 0..<network.stateCount
    sources = states.filter { isSource[$0] }
    let interior = states.filter { !isSource[$0] && !isTarget[$0] }
    self.interior = interior
    let inside = network.restricted(to: interior)
    interiorPlan = EliminationPlan(rowStarts: inside.rowStarts, targets: inside.targets)
    wholePlan =
      sources.count == 1
      ? nil : EliminationPlan(rowStarts: network.rowStarts, targets: network.targets)
    bridges = BridgeSearch(network, boundary: zip(isSource, isTarget).map { $0 || $1 })
    var largest = solution.total
    var smallest = solution.total
    for i in states {
      network.forEachTransition(from: i) { j, rate in
        let flux = solution.grossFlux(from: i, to: j, rate: rate)
        guard !flux.isZero else { return }
        largest = max(largest, flux)
        smallest = min(smallest, flux)
      }
    }
    // All that matters for the whole flux, then what second order hides of the faintest.
    let decisive = (largest / solution.total).binaryParts.exponent
    let spread = (largest / smallest).binaryParts.exponent
    firstBits = decisive + 192
    lastBits = max(firstBits, 2 * spread + 256)
  }

  /// The edges with a positive net flux.
  ///
  /// - Returns: The edges; nil where ball arithmetic would take too long.
  func edges() -> [Edge]? {
    var best: [Edge]?
    var bits = firstBits
    while isBearable(bits: bits) {
      let found = edges(bits: bits)
      best = found.edges
      if found.isComplete || bits == lastBits { break }
      bits = min(2 * bits, lastBits)
    }
    return best
  }

  private func isBearable(bits: Int) -> Bool {
    BallWork.allows(
      interiorPlan.cost, more: wholePlan?.cost.multiplications ?? 0,
      exponentials: logRates.count, bits: bits)
  }

  private func edges(bits: Int) -> (edges: [Edge], isComplete: Bool) {
    let network = pattern.replacingRates(logRates.map { BallNumber(exp: $0, bits: bits) })
    let inside = network.restricted(to: interior)
    let reduction = StateReduction(inside, plan: interiorPlan)
    // y and q on all states.
    var arrivals = [BallNumber](repeating: .zero, count: network.stateCount)
    for (state, weight) in zip(sources, sourceWeights(network, bits: bits)) {
      arrivals[state] = weight
    }
    var committor: [BallNumber] = isTarget.map { $0 ? .one : .zero }
    var entries = arrivals
    for state in sources {
      network.forEachTransition(from: state) { target, rate in
        entries[target] += arrivals[state] * rate
      }
    }
    let intoTarget = interior.map { state in
      var sum = BallNumber.zero
      network.forEachTransition(from: state) { if isTarget[$0] { sum += $1 } }
      return sum
    }
    for (state, q) in zip(interior, reduction.solve(intoTarget)) { committor[state] = q }
    for (state, y) in zip(interior, reduction.solveTransposed(interior.map { entries[$0] })) {
      arrivals[state] = y
    }
    var edges: [Edge] = []
    var isComplete = true
    for i in 0..<network.stateCount where !isTarget[i] {
      network.forEachTransition(from: i) { j, rate in
        guard !isSource[j] else { return }
        var net = arrivals[i] * rate * committor[j]
        if !isSource[i], !isTarget[j] {
          let back = network.rate(from: j, to: i)
          // Each pair once: from its lower state, or from the one that has the only transition.
          guard i < j || back.isZero, !bridges.contains(i, j) else { return }
          net = net - arrivals[j] * back * committor[i]
        }
        guard !net.isZero else { return }
        if net.accuracy < 50 { isComplete = false }
        guard !net.containsZero else { return }
        let flux = net.midpoint
        let size = flux.isNegative ? -flux : flux
        let error = net.radius + ScaledNumber(0x1p-53) * size
        edges.append(flux.isNegative ? (j, i, size, error) : (i, j, size, error))
      }
    }
    return (edges, isComplete)
  }

  /// The stationary probabilities of the states of A. That of a single one is a common factor.
  private func sourceWeights(_ network: RateNetwork<BallNumber>, bits: Int) -> [BallNumber] {
    guard let wholePlan else { return sources.map { BallNumber(stationary[$0], bits: bits) } }
    let weights = StateReduction(network, plan: wholePlan, for: .stationaryWeights)
      .stationaryWeights()
    let total = weights.reduce(.zero, +)
    return sources.map { weights[$0] / total }
  }
}
