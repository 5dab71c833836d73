/// The eigenvalues of a chain whose rates are of the order exp(−cost/ε), as ε → 0.
///
/// A W-graph with k sinks is a forest in which every state but the sinks has one edge and all paths
/// lead to a sink. With V_k the least cost of such a forest, the eigenvalues of the generator are
/// of the order λ_k ~ exp(−Δ_k/ε), Δ_k = V_k − V_{k+1} (Wentzell 1972). As ε → 0 the process with
/// the rate λ_k takes the chain from one sink of the optimal forest of k + 1 sinks, which is a sink
/// no longer, to the sinks of that with k. One sweep finds all of them (Cameron & Gan 2016).
///
/// ```swift
/// let spectrum = try LowNoiseSpectrum(
///   stateCount: 3, edges: [(0, 1, 4), (1, 0, 2), (1, 2, 8), (2, 1, 7)])
/// spectrum.eigenvalueExponents   // [7, 2]
/// spectrum.sinks(count: 2)       // [0, 2]
/// ```
///
/// **Ties.** The costs V_k and the exponents are those of the minimum, whether or not several
/// forests attain it. Where several sets of sinks do, one of them is given and `isUnique` is false.
public struct LowNoiseSpectrum: Sendable, Equatable {
  /// The loss of one sink, from an optimal forest of k + 1 sinks to one of k.
  public struct Step: Sendable, Equatable {
    /// How many sinks remain, k.
    public let sinkCount: Int
    /// Δ_k.
    public let exponent: Double
    /// The state that is no longer a sink.
    public let lostSink: Int
    /// The sink to which its basin drains now.
    public let absorbingSink: Int
    /// The state from which the cycle around the lost sink is left.
    public let exitState: Int
    /// The state outside the cycle that is reached first.
    public let destination: Int
    /// Whether the k sinks that remain are the only optimal ones (equal costs: up to 1e-9 of the
    /// largest one).
    public let isUnique: Bool
  }

  /// The number of states, n.
  public let stateCount: Int
  /// V_1 … V_n; V_k is +∞ where k is less than the number of recurrent classes.
  public let forestCosts: [Double]
  /// Δ_1 … Δ_{n−1}, descending: the order of the eigenvalues other than one zero, slowest first;
  /// +∞ for the further zeros of a chain with several recurrent classes.
  public let eigenvalueExponents: [Double]
  /// The losses of sinks, slowest first.
  public let steps: [Step]
  /// The sinks of the forest with the fewest, one for every recurrent class.
  private let lastSinks: [Int]

  /// Finds the spectrum of a network of costs.
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

  /// Finds the spectrum of a chain, with the cost −ln k of a transition of rate k.
  ///
  /// - Parameter chain: The chain, at one small noise.
  public init(_ chain: MarkovChain) {
    self.init(
      ContractionSweep(stateCount: chain.stateCount, edges: chain.costEdges),
      stateCount: chain.stateCount)
  }

  init(_ sweep: ContractionSweep, stateCount: Int) {
    var costs = [Double](repeating: .infinity, count: stateCount)
    costs[stateCount - 1] = 0
    var total = 0.0
    // Compensated summation (Neumaier 1974): V_k is right to the last digit.
    var rest = 0.0
    var isSink = [Bool](repeating: true, count: stateCount)
    var steps: [Step] = []
    for (number, step) in sweep.steps.enumerated() {
      let sum = total + step.cost
      rest +=
        abs(total) >= abs(step.cost) ? (total - sum) + step.cost : (step.cost - sum) + total
      total = sum
      let sinkCount = stateCount - number - 1
      costs[sinkCount - 1] = total + rest
      isSink[step.lostSink] = false
      steps.append(
        Step(
          sinkCount: sinkCount, exponent: step.cost, lostSink: step.lostSink,
          absorbingSink: step.absorbingSink, exitState: sweep.edges[step.edge].from,
          destination: sweep.edges[step.edge].to, isUnique: step.isUnique))
    }
    self.stateCount = stateCount
    self.steps = steps.reversed()
    forestCosts = costs
    lastSinks = (0..<stateCount).filter { isSink[$0] }
    eigenvalueExponents =
      [Double](repeating: .infinity, count: stateCount - 1 - steps.count)
      + self.steps.map(\.exponent)
  }

  /// The sinks of an optimal forest.
  ///
  /// - Parameter count: How many sinks, k, from the number of recurrent classes to `stateCount`.
  /// - Returns: The sinks, ascending; the sets are nested.
  public func sinks(count: Int) -> [Int] {
    checkSinks(count)
    return (lastSinks + steps.prefix(count - lastSinks.count).map(\.lostSink)).sorted()
  }

  /// Where every state drains to in an optimal forest.
  ///
  /// - Parameter count: How many sinks, k, from the number of recurrent classes to `stateCount`.
  /// - Returns: The sink of every state.
  public func basins(count: Int) -> [Int] {
    checkSinks(count)
    var sets = DisjointSets(count: stateCount)
    for step in steps.dropFirst(count - lastSinks.count).reversed() {
      sets.join(step.lostSink, to: step.absorbingSink)
    }
    return (0..<stateCount).map { sets.find($0) }
  }

  private func checkSinks(_ count: Int) {
    precondition(
      count >= lastSinks.count && count <= stateCount,
      "the number of sinks lies between that of the recurrent classes and that of the states")
  }
}
