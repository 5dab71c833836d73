/// The superbasins of an energy landscape as a tree, the data of a disconnectivity graph (Becker &
/// Karplus 1997).
///
/// Raising the energy from below, minima appear one by one, and a saddle unites the superbasins
/// that it joins. Leaves 0 to n − 1 are the minima; every other node stands for a union, and saddles
/// of the same energy make one node. A landscape that the saddles do not connect has several roots.
///
/// ```swift
/// let tree = try DisconnectivityTree(
///   minima: [0, 1, 0.5], saddles: [(energy: 2, first: 0, second: 1), (3, 1, 2)])
/// tree.nodes[3].children          // [0, 1]
/// tree.superbasins(at: 2.5)       // [[0, 1], [2]]
/// ```
public struct DisconnectivityTree: Sendable, Equatable {
  /// A minimum or a union of superbasins.
  public struct Node: Sendable, Equatable {
    /// The energy of the minimum or of the saddle.
    public let energy: Double
    /// The number of the union in which this superbasin ends; nil for a root.
    public internal(set) var parent: Int?
    /// The united superbasins, by their lowest minima; empty for a minimum.
    public let children: [Int]
    /// The lowest minimum in the superbasin.
    public let lowestMinimum: Int
    /// The number of minima in the superbasin.
    public let minimumCount: Int
  }

  /// The nodes: first the minima, then the unions by ascending energy.
  public let nodes: [Node]
  /// The number of minima.
  public let minimumCount: Int

  /// The nodes that end in no union, by their lowest minima.
  public var roots: [Int] {
    nodes.indices.filter { nodes[$0].parent == nil }.sorted { precedes($0, $1) }
  }

  /// Builds the tree of a landscape.
  ///
  /// - Parameters:
  ///   - minima: The energy of each minimum.
  ///   - saddles: The energy of each saddle and the minima that it connects; one that connects a
  ///     minimum to itself, or has an infinite energy, changes nothing.
  /// - Throws: `CoarseGrainingError.notANumber` for an energy that is NaN,
  ///   `MarkovChainError.unknownState` for a minimum that does not exist.
  public init(
    minima: [Double], saddles: [(energy: Double, first: Int, second: Int)]
  ) throws {
    if let bad = minima.firstIndex(where: \.isNaN) {
      throw CoarseGrainingError.notANumber(name: "the energy of minimum", index: bad)
    }
    for (number, saddle) in saddles.enumerated() {
      guard !saddle.energy.isNaN else {
        throw CoarseGrainingError.notANumber(name: "the energy of saddle", index: number)
      }
      for minimum in [saddle.first, saddle.second] where !minima.indices.contains(minimum) {
        throw MarkovChainError.unknownState(minimum, stateCount: minima.count)
      }
    }
    var nodes = minima.enumerated().map { number, energy in
      Node(energy: energy, parent: nil, children: [], lowestMinimum: number, minimumCount: 1)
    }
    var union = UnionFind(count: minima.count)
    // The node of each set, at its root.
    var top = Array(minima.indices)
    let order = saddles.indices.filter { saddles[$0].energy < .infinity }.sorted {
      (saddles[$0].energy, $0) < (saddles[$1].energy, $1)
    }
    var start = 0
    while start < order.count {
      let energy = saddles[order[start]].energy
      var end = start
      while end < order.count, saddles[order[end]].energy == energy { end += 1 }
      // The superbasins that meet at this energy, by the set in which they end.
      var pairs: [(first: Int, second: Int)] = []
      for k in order[start..<end] {
        let nodes = (
          top[union.root(of: saddles[k].first)], top[union.root(of: saddles[k].second)]
        )
        pairs.append((nodes.0, nodes.1))
      }
      for k in order[start..<end] { union.unite(saddles[k].first, saddles[k].second) }
      var meeting: [Int: Set<Int>] = [:]
      for (pair, k) in zip(pairs, order[start..<end]) where pair.first != pair.second {
        meeting[union.root(of: saddles[k].first), default: []].formUnion([pair.first, pair.second])
      }
      let groups = meeting.mapValues { members in
        members.sorted { Self.precedes(nodes, $0, $1) }
      }.sorted { Self.precedes(nodes, $0.value[0], $1.value[0]) }
      for (root, children) in groups {
        for child in children { nodes[child].parent = nodes.count }
        top[root] = nodes.count
        nodes.append(
          Node(
            energy: energy, parent: nil, children: children,
            lowestMinimum: nodes[children[0]].lowestMinimum,
            minimumCount: children.reduce(0) { $0 + nodes[$1].minimumCount }))
      }
      start = end
    }
    self.nodes = nodes
    minimumCount = minima.count
  }

  /// Builds the tree of free energies of a chain: F_i = −ln π_i for a state and −ln(π_i k_ij) for a
  /// transition, the larger flux of its two directions.
  ///
  /// With harmonic transition-state rates these are the free energies over the temperature, up to a
  /// constant. Transient states stand alone with infinite energies.
  ///
  /// - Parameter chain: The chain.
  /// - Throws: Nothing that a chain could cause; the energies are checked once more.
  public init(freeEnergiesOf chain: MarkovChain) throws {
    let logStationary = chain.logStationaryDistribution()
    try self.init(
      minima: logStationary.map { -$0 },
      saddles: chain.transitions.map { transition in
        (
          energy: -(logStationary[transition.from] + transition.logRate),
          first: transition.from, second: transition.to
        )
      })
  }

  /// Builds the tree of the limit of no noise: the energies are the exponents of the stationary
  /// distribution, and those of the saddles exponents plus costs.
  ///
  /// For costs that are barriers of an energy these are its minima and saddles, measured from the
  /// lowest minimum.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states.
  ///   - costs: The directed edges with their costs, for instance barriers.
  /// - Throws: `MarkovChainError` for an unknown state, a self-loop, or a cost that is NaN or −∞.
  public init(
    stateCount: Int, costs: [(from: Int, to: Int, cost: Double)]
  ) throws {
    let exponents = try ZeroNoiseLimit(stateCount: stateCount, edges: costs).stationaryExponents
    try self.init(
      minima: exponents,
      saddles: costs.filter { $0.cost < .infinity }.map {
        (energy: exponents[$0.from] + $0.cost, first: $0.from, second: $0.to)
      })
  }

  /// The minima in the superbasin of a node, ascending.
  ///
  /// - Parameter node: The number of the node.
  /// - Returns: The numbers of the minima.
  public func minima(under node: Int) -> [Int] {
    var result: [Int] = []
    var stack = [node]
    while let top = stack.popLast() {
      if top < minimumCount { result.append(top) }
      stack.append(contentsOf: nodes[top].children)
    }
    return result.sorted()
  }

  /// The superbasins at an energy: the minima up to it, united by the saddles up to it.
  ///
  /// - Parameter energy: The threshold.
  /// - Returns: The minima of each superbasin, ascending, by lowest minimum.
  public func superbasins(at energy: Double) -> [[Int]] {
    nodes.indices.filter { node in
      guard nodes[node].energy <= energy else { return false }
      guard let parent = nodes[node].parent else { return true }
      return nodes[parent].energy > energy
    }.sorted { precedes($0, $1) }.map { minima(under: $0) }
  }

  /// The partition of all minima into superbasins at an energy; minima above it stand alone.
  ///
  /// - Parameter energy: The threshold.
  /// - Returns: Groups in the order of their first minima.
  public func groups(at energy: Double) -> StateGroups {
    var union = UnionFind(count: minimumCount)
    for node in nodes where node.energy <= energy {
      for child in node.children {
        union.unite(node.lowestMinimum, nodes[child].lowestMinimum)
      }
    }
    return StateGroups(&union)
  }

  /// The barrier of each minimum: from it to the saddle at which its superbasin meets one with a
  /// lower minimum; +∞ for the lowest minimum of a root.
  public var barriers: [Double] {
    (0..<minimumCount).map { minimum in
      var node = minimum
      while nodes[node].lowestMinimum == minimum {
        guard let parent = nodes[node].parent else { return .infinity }
        node = parent
      }
      return nodes[node].energy - nodes[minimum].energy
    }
  }

  /// Whether a node's lowest minimum comes before that of another one.
  private func precedes(_ a: Int, _ b: Int) -> Bool { Self.precedes(nodes, a, b) }

  private static func precedes(_ nodes: [Node], _ a: Int, _ b: Int) -> Bool {
    let (first, second) = (nodes[a].lowestMinimum, nodes[b].lowestMinimum)
    return (nodes[first].energy, first) < (nodes[second].energy, second)
  }
}
