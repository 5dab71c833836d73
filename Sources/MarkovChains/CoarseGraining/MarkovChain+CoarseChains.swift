import LinearAlgebra

extension MarkovChain {
  /// The rates between groups with local equilibrium in each: k_IJ = Σ_{i∈I} π_i Σ_{j∈J} k_ij / Π_I.
  ///
  /// The stationary distribution is that of the groups; passage times are too short where groups
  /// are entered and left again before they equilibrate.
  ///
  /// - Parameter groups: The groups; each has a recurrent state, and none mixes recurrent classes.
  /// - Returns: A chain with one state per group.
  /// - Throws: `CoarseGrainingError.labelCount`, `.transientGroup`, `.groupSpansClasses`.
  public func localEquilibriumChain(_ groups: StateGroups) throws -> MarkovChain {
    let equilibrium = try GroupEquilibrium(self, groups)
    var rates = ScaledMatrix(rows: groups.count, columns: groups.count)
    for state in 0..<stateCount where !equilibrium.shares[state].isZero {
      let label = groups.labels[state]
      equilibrium.network.forEachTransition(from: state) { target, rate in
        rates[label, groups.labels[target]] += equilibrium.shares[state] * rate
      }
    }
    return try CoarseRates(rates).chain()
  }

  /// The rates between groups that keep the mean first-passage times (Hummer & Szabo 2015,
  /// equation 12).
  ///
  /// The coarse passage times are T_IJ = ⟨τ⟩_IJ − ⟨τ⟩_JJ, where ⟨τ⟩_IJ is the mean time from a state
  /// of I to a state of J, both drawn from the stationary distribution within their groups; the
  /// time integrals of all correlations between the groups' occupations are kept as well. In terms
  /// of one representative state R per group, with the committors C, visits W, times N and
  /// effective rates S of state reduction, the equilibrium averages μ and the groups' indicators M,
  ///
  ///     Q_c = (E − S P⁻¹ K)⁻¹ S P⁻¹,   E = 1 + W M,   P = μ (1; C),   K = μ (0; N M).
  ///
  /// Only this last step subtracts, and for metastable groups it subtracts small corrections: each
  /// rate keeps its relative accuracy at any spread of the rates. Where rates out of groups that are
  /// not metastable lose their digits, all are computed in ball arithmetic with as many digits as that
  /// takes. Only where that would take more than about half a minute (far above ten thousand states of
  /// a landscape, a thousand of a random graph, some hundred of a dense network, or some hundred
  /// groups) they stay lost, and `CoarseRates.uncertainPairs(tolerance:)` names them.
  ///
  /// - Parameter groups: The groups; each has a recurrent state, and none mixes recurrent classes.
  /// - Returns: The rates; `chain()` makes a Markov chain of them where none is negative. Rates
  ///   between groups that are no neighbours often are, by amounts that vanish as the groups become
  ///   more metastable.
  /// - Throws: `CoarseGrainingError.labelCount`, `.transientGroup`, `.groupSpansClasses`,
  ///   `.singularPartition`.
  public func hummerSzaboRates(_ groups: StateGroups) throws -> CoarseRates {
    let equilibrium = try GroupEquilibrium(self, groups)
    var result = ScaledMatrix(rows: groups.count, columns: groups.count)
    var noise = result
    var knownLogTimes: [Int: [Double]] = [:]
    for part in equilibrium.recurrentClasses {
      let labels = Array(Set(part.states.map { groups.labels[$0] })).sorted()
      var local: [Int: Int] = [:]
      for (k, label) in labels.enumerated() { local[label] = k }
      let network = equilibrium.network.restricted(to: part.states)
      let localLabels = part.states.map { local[groups.labels[$0]] ?? 0 }
      var found = Self.hummerSzabo(
        network, labels: localLabels, shares: part.states.map { equilibrium.shares[$0] },
        count: labels.count)
      if found.map({ CoarseRates($0.generator, noise: $0.noise).hasLostDigits }) ?? true {
        let logs = part.states.flatMap { logRates[rowStarts[$0]..<rowStarts[$0 + 1]] }
        let balls = HummerSzaboBalls(
          network, logRates: logs, labels: localLabels, count: labels.count)
        if let precise = balls.rates() {
          found = (precise.generator, precise.noise)
          for (b, to) in labels.enumerated() {
            var times = [Double](repeating: .nan, count: groups.count)
            for (a, from) in labels.enumerated() { times[from] = precise.times[a, b].logarithm }
            knownLogTimes[to] = times
          }
        }
      }
      guard let rates = found else { throw CoarseGrainingError.singularPartition }
      for (a, from) in labels.enumerated() {
        for (b, to) in labels.enumerated() {
          result[from, to] = rates.generator[a, b]
          noise[from, to] = rates.noise[a, b]
        }
      }
    }
    return CoarseRates(result, noise: noise, knownLogTimes: knownLogTimes)
  }

  private static func hummerSzabo(
    _ network: RateNetwork<ScaledNumber>, labels: [Int], shares: [ScaledNumber], count: Int
  ) -> (generator: ScaledMatrix, noise: ScaledMatrix)? {
    // The most probable state stands for its group.
    var representatives = [Int](repeating: -1, count: count)
    for (state, label) in labels.enumerated() {
      let current = representatives[label]
      if current < 0 || shares[state] > shares[current] { representatives[label] = state }
    }
    let reduction = CenterReduction(network, centers: representatives)
    var occupations = ScaledMatrix.identity(count)
    var averages = ScaledMatrix(rows: count, columns: count)
    var times = averages
    for (k, state) in representatives.enumerated() { averages[k, k] = shares[state] }
    var members = ScaledMatrix(rows: reduction.others.count, columns: count)
    for (i, state) in reduction.others.enumerated() {
      let label = labels[state]
      members[i, label] = .one
      for j in 0..<count { averages[label, j] += shares[state] * reduction.committors[i, j] }
      for k in 0..<count { occupations[k, label] += reduction.visits[k, i] }
    }
    for j in 0..<count {
      for (i, time) in reduction.reduction.solve(members.column(j)).enumerated() {
        let state = reduction.others[i]
        times[labels[state], j] += shares[state] * time
      }
    }
    let effective = reduction.effectiveRates
    guard let back = averages.inverse, let slowed = averages.solveRight(effective),
      let front = (occupations - slowed * times).inverse,
      let generator = (occupations - slowed * times).solve(slowed)
    else { return nil }
    // What the terms of each rate add up to without their signs.
    let size = effective.magnitudes * back.magnitudes
    var noise = front.magnitudes * (size + size * times * generator.magnitudes)
    let tolerance = ScaledNumber(1e-15 * Double(count + 4))
    for k in noise.elements.indices { noise.elements[k] = noise.elements[k] * tolerance }
    return (generator.withZeroRowSums(), noise)
  }
}

extension ScaledMatrix {
  /// The absolute values.
  fileprivate var magnitudes: ScaledMatrix {
    var result = self
    for k in elements.indices { result.elements[k] = elements[k].magnitude }
    return result
  }

  /// The solution X of X A = B, or nil for a singular A.
  fileprivate func solveRight(_ left: ScaledMatrix) -> ScaledMatrix? {
    transposed.solve(left.transposed)?.transposed
  }
}

/// The stationary distribution within groups of states.
struct GroupEquilibrium {
  let network: RateNetwork<ScaledNumber>
  let recurrentClasses: [CommunicatingClass]
  /// The share of each state in its group's stationary probability; zero for transient states.
  let shares: [ScaledNumber]

  init(_ chain: MarkovChain, _ groups: StateGroups) throws {
    guard groups.labels.count == chain.stateCount else {
      throw CoarseGrainingError.labelCount(groups.labels.count, stateCount: chain.stateCount)
    }
    network = chain.network
    let classes = chain.communicatingClasses
    recurrentClasses = classes.filter(\.isRecurrent)
    var owner = [Int](repeating: -1, count: groups.count)
    for (number, part) in recurrentClasses.enumerated() {
      for state in part.states {
        let label = groups.labels[state]
        guard owner[label] < 0 || owner[label] == number else {
          throw CoarseGrainingError.groupSpansClasses(label: label)
        }
        owner[label] = number
      }
    }
    if let label = owner.firstIndex(of: -1) {
      throw CoarseGrainingError.transientGroup(label: label)
    }
    let stationary = chain.stationaryDistribution(of: network, classes: classes)
    var totals = [ScaledNumber](repeating: .zero, count: groups.count)
    for (state, label) in groups.labels.enumerated() { totals[label] += stationary[state] }
    shares = zip(stationary, groups.labels).map { $0 / totals[$1] }
  }
}
