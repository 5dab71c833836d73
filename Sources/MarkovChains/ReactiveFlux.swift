/// The flux of the trajectories that go from one set of states to another, in the stationary chain.
///
/// A piece of trajectory is reactive if it comes from A last and reaches B before A again. With
/// the committor q⁺ (B before A from here on) and its counterpart q⁻ backwards in time (last in A
/// rather than B), the number of reactive crossings of a transition per unit of time is
/// f_ij = π_i q⁻_i k_ij q⁺_j, and the net flux is f⁺_ij = max(f_ij − f_ji, 0) (Metzner, Schütte &
/// Vanden-Eijnden 2009). The net flux is not computed as that difference,
/// but from differences of the committor that follow from one another without cancellation. Where net
/// fluxes are lost in rounding errors all the same (by far stronger recrossings in a chain without
/// detailed balance) all of them are computed in ball arithmetic, with as many digits as it takes to
/// prove which way they go; inside a fast basin they can be circulations far above the whole flux.
/// Only where the elimination in that arithmetic would take more than about half a minute (far above
/// ten thousand states of a landscape, a thousand of a random graph, or some hundred of a dense
/// network) a lost net flux is taken from the balance of its states, and counts as zero where that
/// leaves it open: then the shares of the pathways do not add up to 1.
public struct ReactiveFlux: Sendable, Equatable {
  /// A transition with its fluxes.
  public struct Edge: Sendable, Equatable {
    /// The state that is left.
    public let from: Int
    /// The state that is reached.
    public let to: Int
    /// ln f_ij, recrossings included.
    public let logFlux: Double
    /// ln f⁺_ij; −∞ where the net flux goes the other way or vanishes.
    public let logNetFlux: Double
  }

  /// The number of states of the chain.
  public let stateCount: Int
  /// The set A, ascending.
  public let from: [Int]
  /// The set B, ascending.
  public let to: [Int]
  /// The natural logarithm of the whole flux, the number of passages from A to B per unit of time;
  /// −∞ where there are none in the stationary chain.
  public let logTotalFlux: Double
  /// The transitions with a reactive flux, by state.
  public let edges: [Edge]
  /// The net fluxes as parts of the whole, with their errors.
  let shares: [NetFlux.Edge]
}

extension MarkovChain {
  /// The reactive flux from one set of states to another.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: The flux over every transition. Where the chain has several recurrent classes, each
  ///   counts with its own stationary distribution.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap.
  public func reactiveFlux(from: [Int], to: [Int]) throws -> ReactiveFlux {
    let sets = try checked(from: from, to: to)
    let network = network
    let classes = communicatingClasses
    let stationary = stationaryDistribution(of: network, classes: classes)
    var total = ScaledNumber.zero
    var gross = [ScaledNumber](repeating: .zero, count: network.rates.count)
    var net: [(from: Int, to: Int, flux: ScaledNumber, error: ScaledNumber)] = []
    var place = [Int](repeating: -1, count: stateCount)
    for part in classes where part.isRecurrent {
      for (k, state) in part.states.enumerated() { place[state] = k }
      let localFrom = sets.from.map { place[$0] }.filter { $0 >= 0 }
      let localTo = sets.to.map { place[$0] }.filter { $0 >= 0 }
      if !localFrom.isEmpty, !localTo.isEmpty {
        let flux = ReactiveFluxSolution(
          network.restricted(to: part.states), stationary: part.states.map { stationary[$0] },
          from: localFrom, to: localTo)
        total += flux.total
        for (k, state) in part.states.enumerated() {
          for edge in rowStarts[state]..<rowStarts[state + 1] {
            gross[edge] = flux.grossFlux(
              from: k, to: place[targets[edge]], rate: network.rates[edge])
          }
        }
        let logs = part.states.flatMap { logRates[rowStarts[$0]..<rowStarts[$0 + 1]] }
        net += flux.netEdges(logRates: logs).map {
          (part.states[$0.from], part.states[$0.to], $0.flux, $0.error)
        }
      }
      for state in part.states { place[state] = -1 }
    }
    net.sort { ($0.from, $0.to) < ($1.from, $1.to) }
    var edges: [ReactiveFlux.Edge] = []
    var next = 0
    for state in 0..<stateCount {
      for k in rowStarts[state]..<rowStarts[state + 1] where !gross[k].isZero {
        while next < net.count, (net[next].from, net[next].to) < (state, targets[k]) { next += 1 }
        let hasNet = next < net.count && (net[next].from, net[next].to) == (state, targets[k])
        edges.append(
          .init(
            from: state, to: targets[k], logFlux: gross[k].logarithm,
            logNetFlux: hasNet ? net[next].flux.logarithm : -.infinity))
      }
    }
    let shares = net.map {
      NetFlux.Edge(
        from: $0.from, to: $0.to, share: ($0.flux / total).value, error: ($0.error / total).value)
    }
    return ReactiveFlux(
      stateCount: stateCount, from: sets.from, to: sets.to, logTotalFlux: total.logarithm,
      edges: edges, shares: shares)
  }
}
