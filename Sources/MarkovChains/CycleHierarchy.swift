/// Freidlin's hierarchy of cycles of a chain whose rates are of the order exp(−cost/ε), as ε → 0.
///
/// From every state the chain takes its cheapest edge first. Where these edges close a cycle, the
/// chain goes round it many times before it leaves: the cycle behaves as one state of a slower
/// chain, with a cheapest exit of its own, and so on until all is one cycle (Freidlin 1977;
/// Freidlin & Wentzell, *Random Perturbations of Dynamical Systems*, chapter 6, section 6). The
/// cycles form a tree. In times of the order exp(c/ε) the chain visits all states of a cycle whose
/// rotation cost is below c, and has left it if its exit cost is below c; while it is there, it is
/// found at the cycle's main state.
///
/// ```swift
/// let hierarchy = try CycleHierarchy(
///   stateCount: 3, edges: [(0, 1, 4), (1, 0, 2), (1, 2, 8), (2, 1, 7)])
/// hierarchy.cycles[3].rotationCost   // 4: states 0 and 1
/// hierarchy.cycles[3].exitCost       // 10
/// ```
///
/// **Ties.** A cycle that is left as fast as it is gone round (up to 1e-9 of the largest cost) is
/// not listed; its members belong to the next cycle at once. Several main states and exits that are
/// not unique are reported.
public struct CycleHierarchy: Sendable, Equatable {
  /// A state or a cycle of states and smaller cycles.
  public struct Cycle: Sendable, Equatable {
    /// The members, as indices into `CycleHierarchy.cycles`, in the order in which they are
    /// visited, the one that is left last first (with ties in an arbitrary order); empty for a
    /// single state.
    public let members: [Int]
    /// The cycle of which this one is a member.
    public let parent: Int?
    /// The largest exit cost of the members: all of them have been visited after a time of the
    /// order exp(rotationCost/ε). −∞ for a single state.
    public let rotationCost: Double
    /// The mean time until the cycle is left is of the order exp(exitCost/ε); +∞ where it never
    /// is.
    public let exitCost: Double
    /// The state from which the cycle is left; nil where it never is.
    public let exitState: Int?
    /// The state outside that the cheapest exit leads to; nil where the cycle is never left.
    public let destination: Int?
    /// Whether no other exit has the same cost.
    public let isExitUnique: Bool
  }

  /// The number of states.
  public let stateCount: Int
  /// The states, in order, and then the cycles by rotation cost.
  public let cycles: [Cycle]
  /// The cycles and states that are no members of others; one where the chain is strongly
  /// connected.
  public let roots: [Int]
  /// Costs that differ by less count as equal.
  private let tolerance: Double

  /// Finds the hierarchy of a network of costs.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 1.
  ///   - edges: The directed edges with their costs; of parallel edges the cheapest counts, and
  ///     those of cost +∞ are left out.
  /// - Throws: `MarkovChainError` for an unknown state, a self-loop, or a cost that is NaN or −∞.
  /// - Complexity: O(m log n) for m edges and n states.
  public init(stateCount: Int, edges: [(from: Int, to: Int, cost: Double)]) throws {
    let edges = try CostEdge.cheapest(stateCount: stateCount, edges)
    self.init(ContractionSweep(stateCount: stateCount, edges: edges), stateCount: stateCount)
  }

  /// Finds the hierarchy of a chain, with the cost −ln k of a transition of rate k.
  ///
  /// - Parameter chain: The chain, at one small noise.
  public init(_ chain: MarkovChain) {
    self.init(
      ContractionSweep(stateCount: chain.stateCount, edges: chain.costEdges),
      stateCount: chain.stateCount)
  }

  init(_ sweep: ContractionSweep, stateCount: Int) {
    let nodes = sweep.nodes
    // A node that is left as fast as it is gone round passes its members on to its parent.
    let isKept = nodes.indices.map { number in
      number < stateCount || nodes[number].parent < 0
        || nodes[number].exitCost > nodes[number].rotationCost + sweep.tolerance
    }
    var index = [Int](repeating: -1, count: nodes.count)
    var kept: [Int] = []
    for number in nodes.indices where isKept[number] {
      index[number] = kept.count
      kept.append(number)
    }
    var parents = [Int?](repeating: nil, count: kept.count)
    var members = [[Int]](repeating: [], count: kept.count)
    for (place, number) in kept.enumerated() {
      var pending = Array(nodes[number].children.reversed())
      while let child = pending.popLast() {
        if isKept[child] {
          members[place].append(index[child])
          parents[index[child]] = place
        } else {
          pending.append(contentsOf: nodes[child].children.reversed())
        }
      }
    }
    self.stateCount = stateCount
    tolerance = sweep.tolerance
    cycles = kept.enumerated().map { place, number in
      let node = nodes[number]
      let edge = node.exitEdge >= 0 ? sweep.edges[node.exitEdge] : nil
      return Cycle(
        members: members[place], parent: parents[place], rotationCost: node.rotationCost,
        exitCost: node.exitCost, exitState: edge?.from, destination: edge?.to,
        isExitUnique: node.isExitUnique)
    }
    roots = cycles.indices.filter { parents[$0] == nil }
  }
}

extension CycleHierarchy {
  /// The states of a cycle.
  ///
  /// - Parameter cycle: An index into `cycles`.
  /// - Returns: The states, ascending.
  public func states(of cycle: Int) -> [Int] {
    descend(from: cycle) { _, _ in true }.sorted()
  }

  /// The states at which the chain is found while it is in a cycle: those of exponent zero within
  /// it, several if there is a tie.
  ///
  /// - Parameter cycle: An index into `cycles`.
  /// - Returns: The states, ascending.
  public func mainStates(of cycle: Int) -> [Int] {
    descend(from: cycle) { parent, member in
      cycles[member].exitCost >= cycles[parent].rotationCost - tolerance
    }.sorted()
  }

  private func descend(from cycle: Int, where condition: (Int, Int) -> Bool) -> [Int] {
    var result: [Int] = []
    var pending = [cycle]
    while let current = pending.popLast() {
      if current < stateCount {
        result.append(current)
      } else {
        pending.append(contentsOf: cycles[current].members.filter { condition(current, $0) })
      }
    }
    return result
  }

  /// The cycle that holds a state for times of the order exp(cost/ε): the largest one that the
  /// chain has been around, or the state itself.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - cost: The exponent of the time.
  /// - Returns: An index into `cycles`.
  public func cycle(of state: Int, atCost cost: Double) -> Int {
    precondition((0..<stateCount).contains(state), "the state must exist")
    var current = state
    while let parent = cycles[current].parent, cycles[parent].rotationCost < cost {
      current = parent
    }
    return current
  }

  /// The exponents of the stationary distribution: within a cycle the member m has c_max − c_m,
  /// with c_m its exit cost and c_max the largest one, and exponents add up along the tree.
  ///
  /// One value per state: zero at the main states of the cycles that are never left, one at least
  /// in every recurrent class; +∞ for transient states.
  public var stationaryExponents: [Double] {
    var exponents = [Double](repeating: .infinity, count: cycles.count)
    for number in cycles.indices.reversed() {
      if let parent = cycles[number].parent {
        exponents[number] =
          exponents[parent] + max(cycles[parent].rotationCost - cycles[number].exitCost, 0)
      } else if cycles[number].exitCost == .infinity {
        exponents[number] = 0
      }
    }
    return Array(exponents[..<stateCount])
  }
}

extension MarkovChain {
  /// The transitions with the costs −ln k.
  var costEdges: [CostEdge] {
    transitions.map { CostEdge(from: $0.from, to: $0.to, cost: -$0.logRate) }
  }
}
