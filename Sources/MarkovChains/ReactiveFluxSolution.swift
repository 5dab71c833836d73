/// The reactive flux between two sets of states of a strongly connected network.
///
/// The net flux over a transition inside a basin is a tiny difference of huge gross fluxes. It is
/// therefore not computed as that difference: the differences q_j − q_i of the committor follow
/// from one another while the eliminated states are restored,
///
///     q_s − q_i = Σ_j (k_sj/K_s) (q_j − q_i),   j among the states that remain,
///
/// and their errors are small against the whole flux, because k_is (k_sj/K_s) |q_j − q_i| is a part
/// of the flux in the reduced network.
struct ReactiveFluxSolution {
  let network: RateNetwork<ScaledNumber>
  let stationary: [ScaledNumber]
  let isSource: [Bool]
  let isTarget: [Bool]
  let forward: CommittorSolution
  /// The same for the chain that runs backwards in time; nil where that is the chain itself.
  let backward: CommittorSolution?
  /// The whole flux from A to B.
  let total: ScaledNumber

  init(
    _ network: RateNetwork<ScaledNumber>, stationary: [ScaledNumber], from: [Int], to: [Int]
  ) {
    self.network = network
    self.stationary = stationary
    var isSource = [Bool](repeating: false, count: network.stateCount)
    var isTarget = isSource
    for state in from { isSource[state] = true }
    for state in to { isTarget[state] = true }
    self.isSource = isSource
    self.isTarget = isTarget
    let forward = CommittorSolution(network, from: from, to: to)
    self.forward = forward
    let reversed = network.reversed { source, target, rate in
      stationary[source] * rate / stationary[target]
    }
    backward =
      network.resembles(reversed, tolerance: 1e-10)
      ? nil : CommittorSolution(reversed, from: from, to: to)
    var total = ScaledNumber.zero
    for state in from {
      network.forEachTransition(from: state) { target, rate in
        total += stationary[state] * rate * forward.committor[target]
      }
    }
    self.total = total
  }

  /// The flux of reactive trajectories over a transition, recrossings included: π_i q⁻_i k_ij q⁺_j.
  func grossFlux(from i: Int, to j: Int, rate: ScaledNumber) -> ScaledNumber {
    guard !isTarget[i], !isSource[j] else { return .zero }
    return stationary[i] * past(i) * rate * forward.committor[j]
  }

  /// The edges with a positive net flux.
  ///
  /// Where recrossings hide net fluxes they are found in ball arithmetic, or, where that would take
  /// too long, as far as the balance of the states shows them.
  ///
  /// - Parameter logRates: The natural logarithms of the network's rates.
  /// - Returns: The edges with their fluxes and an estimate of the absolute errors of these.
  func netEdges(logRates: [Double]) -> [HiddenNetFluxes.Edge] {
    let forwardDifferences = forward.differences(on: network)
    let backwardDifferences = backward.map { $0.differences(on: network) }
    let forwardSizes = forward.differenceSizes(on: network)
    let backwardSizes = backward.map { $0.differenceSizes(on: network) }
    let rounding = ScaledNumber(1e-14)
    var result: [(from: Int, to: Int, flux: ScaledNumber, error: ScaledNumber)] = []
    var lost: [(Int, Int)] = []
    var isHidden = false
    let bearable = ScaledNumber(1e-13) * total
    func add(_ i: Int, _ j: Int, _ flux: ScaledNumber, size: ScaledNumber? = nil) {
      let error = rounding * (size ?? flux)
      if error > bearable || error > ScaledNumber(1e-8) * flux.magnitude { isHidden = true }
      guard !flux.isZero, error < flux.magnitude else {
        if !error.isZero { lost.append((i, j)) }
        return
      }
      result.append(flux.isNegative ? (j, i, -flux, error) : (i, j, flux, error))
    }
    let half = ScaledNumber(0.5)
    for i in 0..<network.stateCount {
      network.forEachTransition(from: i) { j, rate in
        guard !isTarget[i], !isSource[j], !(isSource[i] && isSource[j]) else { return }
        let flux = stationary[i] * rate
        if isSource[i] {
          add(i, j, flux * forward.committor[j])
        } else if isTarget[j] {
          add(i, j, flux * past(i))
        } else {
          let back = network.rate(from: j, to: i)
          // Each pair once: from its lower state, or from the one that has the only transition.
          guard i < j || back.isZero else { return }
          let backFlux = back * stationary[j]
          let difference = forwardDifferences.value(i, j)
          let pastDifference = backwardDifferences?.value(i, j) ?? difference
          var net =
            half * (flux + backFlux)
            * (past(i) * difference + forward.committor[i] * pastDifference)
          let sizes = forwardSizes.value(i, j)
          let pastSizes = backwardSizes?.value(i, j) ?? sizes
          var size =
            half * (flux + backFlux) * (past(i) * sizes + forward.committor[i] * pastSizes)
          if backward != nil {
            let joint = past(i) * forward.committor[j] + past(j) * forward.committor[i]
            net += half * (flux - backFlux) * joint
            size += half * (flux + backFlux) * joint
          }
          add(i, j, net, size: size)
        }
      }
    }
    // With detailed balance nothing of importance is lost.
    guard backward != nil, isHidden else { return result }
    return HiddenNetFluxes(self, logRates: logRates).edges() ?? completed(result, lost)
  }

  /// Adds edges whose flux is lost in the rounding errors of their recrossings and follows from what
  /// the others carry: as much arrives at a state between the sets as leaves it.
  private func completed(
    _ edges: [(from: Int, to: Int, flux: ScaledNumber, error: ScaledNumber)],
    _ lost: [(Int, Int)]
  ) -> [(from: Int, to: Int, flux: ScaledNumber, error: ScaledNumber)] {
    guard !lost.isEmpty else { return edges }
    var result = edges
    // What arrives minus what leaves, and the errors of these.
    var excess = [ScaledNumber](repeating: .zero, count: network.stateCount)
    var errors = excess
    func note(_ from: Int, _ to: Int, _ flux: ScaledNumber, _ error: ScaledNumber) {
      excess[from] += -flux
      excess[to] += flux
      for state in [from, to] { errors[state] += error + ScaledNumber(1e-15) * flux }
    }
    for edge in edges { note(edge.from, edge.to, edge.flux, edge.error) }
    var incident: [Int: Set<Int>] = [:]
    for (k, pair) in lost.enumerated() {
      incident[pair.0, default: []].insert(k)
      incident[pair.1, default: []].insert(k)
    }
    var ready = incident.filter { $0.value.count == 1 }.keys.sorted()
    while let state = ready.popLast() {
      guard !isSource[state], !isTarget[state], incident[state]?.count == 1,
        let k = incident[state]?.first
      else { continue }
      let other = lost[k].0 == state ? lost[k].1 : lost[k].0
      incident[state]?.remove(k)
      incident[other]?.remove(k)
      let flux = excess[state]
      let size = flux.isNegative ? -flux : flux
      if errors[state] < size {
        let (from, to) = flux.isNegative ? (other, state) : (state, other)
        result.append((from, to, size, errors[state]))
        note(from, to, size, errors[state])
      }
      if incident[other]?.count == 1 { ready.append(other) }
    }
    return result
  }

  /// The probability that a state was last reached from A rather than from B.
  private func past(_ state: Int) -> ScaledNumber { (backward ?? forward).complement[state] }
}

/// Differences q_j − q_i of a committor for the pairs that a network connects.
struct CommittorDifferences {
  private var values: [Pair: ScaledNumber] = [:]

  struct Pair: Hashable {
    let low: Int
    let high: Int
  }

  /// q_j − q_i.
  func value(_ i: Int, _ j: Int) -> ScaledNumber {
    let stored = values[Pair(low: min(i, j), high: max(i, j))] ?? .zero
    return i < j ? stored : -stored
  }

  mutating func set(_ i: Int, _ j: Int, to difference: ScaledNumber) {
    values[Pair(low: min(i, j), high: max(i, j))] = i < j ? difference : -difference
  }
}

extension CommittorSolution {
  /// The differences of the committor between the connected states outside the sets.
  func differences(on network: RateNetwork<ScaledNumber>) -> CommittorDifferences {
    var result = CommittorDifferences()
    reduction.descendDifferences(
      of: states, on: network,
      direct: { position, i in
        accumulatedIntoTarget[position] * complement[i] - accumulatedElsewhere[position]
          * committor[i]
      },
      store: { result.set($0, $1, to: $2) })
    return result
  }

  /// The sums of the sizes of the terms that the differences are made of: their rounding errors in
  /// units of 2⁻⁵³.
  func differenceSizes(on network: RateNetwork<ScaledNumber>) -> PairSizes {
    var result = PairSizes()
    reduction.descendDifferences(
      of: states, on: network, isSymmetric: true,
      direct: { position, i in
        accumulatedIntoTarget[position] * complement[i] + accumulatedElsewhere[position]
          * committor[i]
      },
      store: { result.set($0, $1, to: $2) })
    return result
  }
}

/// A positive number for the pairs of states that a network connects.
struct PairSizes {
  private var values: [CommittorDifferences.Pair: ScaledNumber] = [:]

  func value(_ i: Int, _ j: Int) -> ScaledNumber {
    values[.init(low: min(i, j), high: max(i, j))] ?? .zero
  }

  mutating func set(_ i: Int, _ j: Int, to size: ScaledNumber) {
    values[.init(low: min(i, j), high: max(i, j))] = size
  }
}

extension StateReduction<ScaledNumber> {
  /// The differences x_j − x_i of the solution of −Q x = f for the connected pairs of states,
  /// without the subtraction of one x from another.
  ///
  /// - Parameters:
  ///   - states: The state of the network that each state of the reduction stands for.
  ///   - network: The network whose pairs are wanted.
  ///   - isSymmetric: Whether sizes are wanted, which are the same in both directions, instead of
  ///     differences.
  ///   - direct: What the source and the escapes contribute to x_s − x_i, times the pivot: for a
  ///     position s and a state i.
  ///   - store: Receives i, j and x_j − x_i.
  func descendDifferences(
    of states: [Int], on network: RateNetwork<ScaledNumber>, isSymmetric: Bool = false,
    direct: (_ position: Int, _ state: Int) -> ScaledNumber,
    store: (Int, Int, ScaledNumber) -> Void
  ) {
    // Element (i, j) of a front's matrix is x_j − x_i.
    descend { position, k, matrix in
      guard k + 1 < matrix.size else { return }
      var rises = [ScaledNumber](repeating: .zero, count: matrix.size)
      var j = k + 1
      forEachForward(position) { _, factor in
        for i in k + 1..<matrix.size { rises[i] += factor * matrix[i, j] }
        j += 1
      }
      j = k + 1
      forEachForward(position) { other, _ in
        let rise = rises[j] + direct(position, states[plan.states[other]]) / pivots[position]
        matrix[j, k] = rise
        matrix[k, j] = isSymmetric ? rise : -rise
        j += 1
      }
    } finish: { block, matrix in
      let front = plan.front(block)
      for a in 0..<plan.width(block) {
        let i = states[plan.states[plan.touched[front.lowerBound + a]]]
        for b in a + 1..<matrix.size {
          let j = states[plan.states[plan.touched[front.lowerBound + b]]]
          if network.hasTransition(from: i, to: j) || network.hasTransition(from: j, to: i) {
            store(i, j, matrix[a, b])
          }
        }
      }
    }
  }
}

extension RateNetwork {
  private func index(from: Int, to: Int) -> Int? {
    var low = rowStarts[from]
    var high = rowStarts[from + 1]
    while low < high {
      let middle = (low + high) / 2
      if targets[middle] < to { low = middle + 1 } else { high = middle }
    }
    return low < rowStarts[from + 1] && targets[low] == to ? low : nil
  }

  /// The rate of a transition; zero where there is none.
  func rate(from: Int, to: Int) -> Number { index(from: from, to: to).map { rates[$0] } ?? .zero }

  func hasTransition(from: Int, to: Int) -> Bool { index(from: from, to: to) != nil }
}

extension RateNetwork<ScaledNumber> {
  /// Whether another network has the same transitions, with rates that agree to a relative
  /// tolerance.
  func resembles(_ other: Self, tolerance: Double) -> Bool {
    rowStarts == other.rowStarts && targets == other.targets
      && zip(rates, other.rates).allSatisfy { abs(($0 / $1).value - 1) <= tolerance }
  }
}
