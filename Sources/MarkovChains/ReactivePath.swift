/// A pathway of transition-path theory.
public struct ReactivePath: Sendable, Equatable {
  /// The states, from one in A to one in B.
  public let states: [Int]
  /// The part of the net reactive flux that takes this path, between 0 and 1.
  public let share: Double
}

extension MarkovChain {
  /// The pathways that carry the most net reactive flux from one set of states to another.
  ///
  /// The net flux is taken apart by bottlenecks: the path whose weakest transition is strongest
  /// comes first, its flux is taken away, and so on (Metzner, Schütte & Vanden-Eijnden 2009,
  /// section 2.3). Shares below 10⁻¹³ are not resolved.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  ///   - count: How many paths at most; `.max` for all.
  /// - Returns: The paths, by descending share of the flux that was left; empty where there is no
  ///   flux in the stationary chain.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap.
  public func dominantPaths(from: [Int], to: [Int], count: Int) throws -> [ReactivePath] {
    let sets = try checked(from: from, to: to)
    var flux = netReactiveFlux(from: sets.from, to: sets.to)
    var result: [ReactivePath] = []
    while result.count < count,
      let path = flux.takeStrongestPath(from: sets.from, to: sets.to, above: 1e-13)
    {
      result.append(path)
    }
    return result
  }

  /// The net reactive flux over every transition as a part of the whole flux from A to B.
  func netReactiveFlux(from: [Int], to: [Int]) -> NetFlux {
    let network = network
    let classes = communicatingClasses
    let stationary = stationaryDistribution(of: network, classes: classes)
    var total = ScaledNumber.zero
    var edges: [(from: Int, to: Int, flux: ScaledNumber)] = []
    for part in classes where part.isRecurrent {
      let members = Set(part.states)
      let localFrom = from.filter(members.contains)
      let localTo = to.filter(members.contains)
      guard !localFrom.isEmpty, !localTo.isEmpty else { continue }
      var place = [Int: Int]()
      for (k, state) in part.states.enumerated() { place[state] = k }
      let flux = ReactiveFlux(
        network.restricted(to: part.states), stationary: part.states.map { stationary[$0] },
        from: localFrom.compactMap { place[$0] }, to: localTo.compactMap { place[$0] })
      total += flux.total
      edges += flux.netEdges().map {
        (from: part.states[$0.from], to: part.states[$0.to], flux: $0.flux)
      }
    }
    guard !total.isZero else { return NetFlux(stateCount: stateCount, edges: []) }
    return NetFlux(
      stateCount: stateCount, edges: edges.map { ($0.from, $0.to, ($0.flux / total).value) })
  }
}

/// A flux over directed edges, from which paths are taken away.
struct NetFlux {
  private var starts: [Int]
  private var targets: [Int] = []
  private var remaining: [Double] = []

  init(stateCount: Int, edges: [(from: Int, to: Int, share: Double)]) {
    starts = [0]
    for edge in edges.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
      while starts.count <= edge.from { starts.append(targets.count) }
      targets.append(edge.to)
      remaining.append(edge.share)
    }
    while starts.count <= stateCount { starts.append(targets.count) }
  }

  /// Finds the path whose weakest edge is strongest and takes its flux away.
  mutating func takeStrongestPath(
    from: [Int], to: [Int], above threshold: Double
  ) -> ReactivePath? {
    let count = starts.count - 1
    var capacity = [Double](repeating: 0, count: count)
    var arrival = [Int](repeating: -1, count: count)
    var previous = arrival
    var isTarget = [Bool](repeating: false, count: count)
    for state in to { isTarget[state] = true }
    var queue = PriorityQueue<Int>()
    for state in from {
      capacity[state] = .infinity
      queue.insert(state, priority: .infinity)
    }
    while let (state, priority) = queue.removeHighest() {
      guard priority == capacity[state] else { continue }
      if isTarget[state] {
        var states = [state]
        var current = state
        while previous[current] >= 0 {
          remaining[arrival[current]] -= priority
          current = previous[current]
          states.append(current)
        }
        return ReactivePath(states: states.reversed(), share: priority)
      }
      for k in starts[state]..<starts[state + 1] {
        let through = min(priority, remaining[k])
        guard through > threshold, through > capacity[targets[k]] else { continue }
        capacity[targets[k]] = through
        arrival[targets[k]] = k
        previous[targets[k]] = state
        queue.insert(targets[k], priority: through)
      }
    }
    return nil
  }
}
