/// The limit of no noise of a chain whose rates are of the order exp(−cost/ε).
///
/// As ε → 0 the stationary probability of state i is of the order exp(−(W(i) − min W)/ε), where
/// W(i) is the least cost of a spanning tree in which every other state has one edge and all paths
/// lead to i (Freidlin & Wentzell). The trees are found together by state reduction in the algebra
/// of leading exponents, in which sums are minima and products are sums: eliminating s replaces
/// c_ij by min(c_ij, c_is + c_sj − min_k c_sk). It is exact, because state reduction never
/// subtracts.
///
/// ```swift
/// let limit = try ZeroNoiseLimit(
///   stateCount: 3, edges: [(0, 1, 2), (1, 0, 1), (1, 2, 4), (2, 1, 3.5)])
/// limit.selected   // [0]
/// ```
public struct ZeroNoiseLimit: Sendable, Equatable {
  /// W(i), the least cost of a spanning tree towards each state; +∞ where no such tree exists.
  public let treeCosts: [Double]
  /// The exponents of the stationary distribution, W minus its minimum, within each recurrent
  /// class; +∞ for transient states.
  public let stationaryExponents: [Double]
  /// The states whose exponent is zero, up to 1e-9 of the largest cost: those that stay occupied,
  /// at least one in every recurrent class.
  public let selected: [Int]

  /// Solves the limit.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 1.
  ///   - edges: The directed edges with their costs, for instance barriers; of parallel edges the
  ///     cheapest counts, and those of cost +∞ are left out.
  /// - Throws: `MarkovChainError` for an unknown state, a self-loop, or a cost that is NaN or −∞.
  public init(stateCount: Int, edges: [(from: Int, to: Int, cost: Double)]) throws {
    for edge in edges where edge.cost.isNaN || edge.cost == -.infinity {
      throw MarkovChainError.invalidCost(from: edge.from, to: edge.to, cost: edge.cost)
    }
    // The chain's own constructor checks and sorts the states; only its pattern is used.
    let finite = edges.filter { $0.cost < .infinity }
    let chain = try MarkovChain(
      stateCount: stateCount,
      transitions: edges.map { .init(from: $0.from, to: $0.to, logRate: -$0.cost) })
    var costs = [Int: Double]()
    for edge in finite {
      let key = edge.from * stateCount + edge.to
      costs[key] = min(costs[key] ?? .infinity, edge.cost)
    }
    let network = RateNetwork(
      stateCount: stateCount, rowStarts: chain.rowStarts, targets: chain.targets,
      rates: chain.transitions.map {
        MinPlusNumber(cost: costs[$0.from * stateCount + $0.to] ?? .infinity)
      },
      escapes: [MinPlusNumber](repeating: .zero, count: stateCount))
    self.init(network, classes: chain.communicatingClasses)
  }

  private init(_ network: RateNetwork<MinPlusNumber>, classes: [CommunicatingClass]) {
    var exponents = [Double](repeating: .infinity, count: network.stateCount)
    var treeCosts = exponents
    var selected: [Int] = []
    let scale = network.rates.reduce(0) { max($0, abs($1.cost)) }
    let recurrent = classes.filter(\.isRecurrent)
    let transient = classes.filter { !$0.isRecurrent }.flatMap(\.states).sorted()
    let outside = Self.cost(of: StateReduction(network.restricted(to: transient)))
    for part in recurrent {
      let reduction = StateReduction(network.restricted(to: part.states))
      let weights = reduction.stationaryWeights().map(\.cost)
      let lowest = weights.min() ?? 0
      for (state, weight) in zip(part.states, weights) {
        exponents[state] = weight - lowest
        if exponents[state] <= 1e-9 * scale { selected.append(state) }
        // The weights are relative to the state that was reduced to last.
        if recurrent.count == 1 {
          treeCosts[state] = outside + Self.cost(of: reduction) + weight
        }
      }
    }
    self.treeCosts = treeCosts
    self.stationaryExponents = exponents
    self.selected = selected.sorted()
  }

  /// The cost of the best forest in which every state but the last has an edge (the tree theorem:
  /// the product of the pivots).
  private static func cost(of reduction: StateReduction<MinPlusNumber>) -> Double {
    reduction.pivots.reduce(0) { $0 + ($1.isZero ? 0 : $1.cost) }
  }
}
