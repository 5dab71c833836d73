import LinearAlgebra

extension MarkovChain {
  /// Groups states that exchange quickly: two states whose rates reach a threshold in both
  /// directions belong to one group, and so do all that are linked through such pairs.
  ///
  /// - Parameter logRateThreshold: The natural logarithm of the threshold.
  /// - Returns: Groups in the order of their first states.
  /// - Throws: `CoarseGrainingError.notANumber` for a threshold that is NaN.
  public func groups(logRateThreshold: Double) throws -> StateGroups {
    guard !logRateThreshold.isNaN else {
      throw CoarseGrainingError.notANumber(name: "threshold", index: 0)
    }
    var union = UnionFind(count: stateCount)
    for transition in transitions
    where transition.from < transition.to && transition.logRate >= logRateThreshold {
      if logRate(from: transition.to, to: transition.from) >= logRateThreshold {
        union.unite(transition.from, transition.to)
      }
    }
    return StateGroups(&union)
  }

  /// Groups states that exchange quickly, again and again with the rates between the groups, until
  /// no pair of groups is left that exchanges above the threshold in both directions.
  ///
  /// Rates between groups are those of local equilibrium, as in regrouping by free energy (Carr &
  /// Wales 2008): wide groups are reached faster and left more slowly than their states are.
  ///
  /// - Parameter logRateThreshold: The natural logarithm of the threshold.
  /// - Returns: Groups in the order of their first states.
  /// - Throws: `CoarseGrainingError.notANumber` for a threshold that is NaN.
  public func selfConsistentGroups(logRateThreshold: Double) throws -> StateGroups {
    var result = try groups(logRateThreshold: logRateThreshold)
    let network = network
    let weights = stationaryDistribution(of: network, classes: communicatingClasses)
    while true {
      var totals = [ScaledNumber](repeating: .zero, count: result.count)
      for (state, label) in result.labels.enumerated() { totals[label] += weights[state] }
      // A group of transient states has no equilibrium; its states count alike.
      var sizes = [Int](repeating: 0, count: result.count)
      for label in result.labels { sizes[label] += 1 }
      var rates: [Int: ScaledNumber] = [:]
      for state in 0..<stateCount {
        let from = result.labels[state]
        let share =
          totals[from].isZero
          ? ScaledNumber(1 / Double(sizes[from])) : weights[state] / totals[from]
        network.forEachTransition(from: state) { target, rate in
          let to = result.labels[target]
          if to != from { rates[from * result.count + to, default: .zero] += share * rate }
        }
      }
      var union = UnionFind(count: result.count)
      var hasChanged = false
      for (key, rate) in rates where rate.logarithm >= logRateThreshold {
        let (from, to) = (key / result.count, key % result.count)
        if let back = rates[to * result.count + from], back.logarithm >= logRateThreshold {
          union.unite(from, to)
          hasChanged = true
        }
      }
      guard hasChanged else { return result }
      var merged = UnionFind(count: stateCount)
      var first = [Int](repeating: -1, count: result.count)
      for (state, label) in result.labels.enumerated() {
        let root = union.root(of: label)
        if first[root] < 0 { first[root] = state } else { merged.unite(first[root], state) }
      }
      result = StateGroups(&merged)
    }
  }
}

extension StateGroups {
  /// Groups minima that low barriers separate: two minima belong to one group where the barrier
  /// over a saddle between them is at most a threshold from both sides, and so do all that are
  /// linked through such pairs.
  ///
  /// - Parameters:
  ///   - minima: The energy of each minimum.
  ///   - saddles: The energy of each saddle and the minima that it connects.
  ///   - barrier: The largest barrier that unites.
  /// - Throws: `CoarseGrainingError.notANumber` for an energy or a barrier that is NaN,
  ///   `MarkovChainError.unknownState` for a minimum that does not exist.
  public init(
    minima: [Double], saddles: [(energy: Double, first: Int, second: Int)], barrier: Double
  ) throws {
    guard !barrier.isNaN else { throw CoarseGrainingError.notANumber(name: "barrier", index: 0) }
    // The tree checks the energies.
    _ = try DisconnectivityTree(minima: minima, saddles: saddles)
    var union = UnionFind(count: minima.count)
    for saddle in saddles
    where saddle.energy - min(minima[saddle.first], minima[saddle.second]) <= barrier {
      union.unite(saddle.first, saddle.second)
    }
    self.init(&union)
  }
}
