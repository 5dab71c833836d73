import Landscapes

/// Watches when eight trajectories enter a region.
struct RegionWatcher {
  private let levels: [ReactionCoordinate]
  private let usesBridge: Bool
  /// The level functions at the start of the step.
  private var before: [Lanes]
  /// The level functions at its end.
  private var after: [Lanes]
  /// The largest change of each in one step that each lane has made.
  private var largest: [Lanes]

  init(_ region: StateRegion, usesBridge: Bool) {
    levels = region.levels
    self.usesBridge = usesBridge
    before = [Lanes](repeating: Lanes(.infinity), count: levels.count)
    after = before
    largest = [Lanes](repeating: Lanes(0.0), count: levels.count)
  }

  /// Takes positions as the end of a step.
  mutating func measure(_ x: Span<Lanes>) {
    for k in levels.indices { after[k] = levels[k](x) }
  }

  /// Takes the end of the last step as the start of the next.
  mutating func begin() { swap(&before, &after) }

  /// Looks at the positions at the end of the step.
  ///
  /// - Parameter x: The positions.
  /// - Returns: Not positive in the lanes that are worth a closer look.
  mutating func end(_ x: Span<Lanes>) -> Lanes {
    measure(x)
    var result = Lanes(.infinity)
    for k in levels.indices {
      var margin = after[k]
      if usesBridge {
        let change = (after[k] - before[k]).absoluteValue
        largest[k] = Lanes.select(
          change - largest[k], nonnegative: change, negative: largest[k])
        // So far away, in units of the steps made so far, nothing can have crossed.
        let nearer = Lanes.select(
          after[k] - before[k], nonnegative: before[k], negative: after[k])
        margin = nearer - Lanes(8.0) * largest[k]
      }
      result = Lanes.select(margin - result, nonnegative: result, negative: margin)
    }
    return result
  }

  /// Forgets the steps of a lane, when another trajectory starts in it.
  mutating func restart(lane: Int) {
    for k in largest.indices { largest[k][lane] = 0 }
  }

  /// Whether a lane is inside at the end of the step.
  func isInside(lane: Int) -> Bool { after.contains { $0[lane] <= 0 } }

  /// The probability that a lane which is outside at both ends of the step was so in between.
  ///
  /// - Parameters:
  ///   - lane: The lane.
  ///   - variance: 2 ∇gᵀD∇g Δt for a level function g.
  /// - Returns: The probability; 1 without a bridge.
  func stayProbability(lane: Int, _ variance: (ReactionCoordinate) -> Double) -> Double {
    guard usesBridge else { return 1 }
    var result = 1.0
    for k in levels.indices {
      let (start, end) = (before[k][lane], after[k][lane])
      // A trajectory may start inside.
      guard start > 0, end > 0, min(start, end).isFinite else { continue }
      result *=
        1
        - BrownianBridge.crossingProbability(
          before: start, after: end, variance: variance(levels[k]))
    }
    return result
  }
}
