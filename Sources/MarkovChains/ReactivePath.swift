/// A pathway of transition-path theory.
public struct ReactivePath: Sendable, Equatable {
  /// The states, from one in A to one in B.
  public let states: [Int]
  /// The part of the net reactive flux that takes this path, between 0 and 1.
  public let share: Double
  /// Where the weakest transition of the path starts: it leads from `states[bottleneck]` to
  /// `states[bottleneck + 1]`, and the share is what was left of its flux.
  public let bottleneck: Int

  /// Creates a pathway.
  ///
  /// - Parameters:
  ///   - states: The states, two at least.
  ///   - share: The part of the flux.
  ///   - bottleneck: The place of the weakest transition.
  public init(states: [Int], share: Double, bottleneck: Int) {
    precondition(
      (0..<states.count - 1).contains(bottleneck), "the bottleneck is a transition of the path")
    self.states = states
    self.share = share
    self.bottleneck = bottleneck
  }
}

extension ReactiveFlux {
  /// The pathways that carry the most net flux.
  ///
  /// The net flux is taken apart by bottlenecks: the path whose weakest transition is strongest
  /// comes first, its flux is taken away, and so on until nothing is left. Of the paths that share
  /// their weakest transition the one is taken whose parts before and after it are the strongest in
  /// the same sense (Metzner, Schütte & Vanden-Eijnden 2009). What remains of a
  /// transition's flux below 10⁻¹³ of it is not resolved.
  ///
  /// - Parameter count: How many paths at most; nil for all. There are never more of them than
  ///   transitions.
  /// - Returns: The paths, by descending share of the flux; empty where there is no flux.
  public func pathways(count: Int? = nil) -> [ReactivePath] {
    var flux = NetFlux(stateCount: stateCount, from: from, to: to, edges: shares)
    var result: [ReactivePath] = []
    while result.count < count ?? .max, let path = flux.takeStrongestPath() {
      result.append(path)
    }
    return result
  }
}

extension MarkovChain {
  /// The pathways that carry the most net reactive flux from one set of states to another, as
  /// `ReactiveFlux.pathways(count:)` finds them.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  ///   - count: How many paths at most; nil for all.
  /// - Returns: The paths, by descending share of the flux; empty where there is no flux in the
  ///   stationary chain.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap.
  public func dominantPaths(from: [Int], to: [Int], count: Int? = nil) throws -> [ReactivePath] {
    try reactiveFlux(from: from, to: to).pathways(count: count)
  }
}
