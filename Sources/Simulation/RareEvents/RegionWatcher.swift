import Landscapes
import LinearAlgebra

/// Watches when eight trajectories enter a region.
struct RegionWatcher {
  private let levels: [ReactionCoordinate]
  private let functions: [CompiledField.ScalarFunction<Lanes>]
  private let usesBridge: Bool
  /// For each level function a bound of 2 ∇gᵀD∇g Δt; nil where none is known.
  private let varianceBounds: [Double?]
  /// The level functions at the start of the step.
  private var before: [Lanes]
  /// The level functions at its end.
  private var after: [Lanes]
  /// The largest change of each in one step that each lane has made.
  private var largest: [Lanes]

  /// - Parameters:
  ///   - region: The region.
  ///   - mover: The process.
  ///   - usesBridge: Whether a trajectory can enter and leave inside a step.
  init(_ region: StateRegion, mover: any Mover, usesBridge: Bool) {
    levels = region.levels
    functions = region.levels.map(\.lanes)
    self.usesBridge = usesBridge
    // No eigenvalue of a symmetric matrix is larger than its largest row sum.
    let largestNoise = mover.constantDiffusion.map { matrix in
      (0..<matrix.rows).map { i in matrix.row(i).reduce(0) { $0 + $1.magnitude } }.max() ?? 0
    }
    varianceBounds = levels.map { level in
      guard let largestNoise, let bound = level.gradientBound else { return nil }
      return 2 * bound * bound * largestNoise * mover.timeStep
    }
    before = [Lanes](repeating: Lanes(.infinity), count: levels.count)
    after = before
    largest = [Lanes](repeating: Lanes(0.0), count: levels.count)
  }

  /// Whether the first steps of a trajectory must tell how large its steps are.
  var needsExperience: Bool { usesBridge && varianceBounds.contains { $0 == nil } }

  /// Takes positions as the end of a step.
  mutating func measure(_ x: Span<Lanes>) {
    for k in functions.indices { after[k] = functions[k](x) }
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
    for k in functions.indices {
      let end = after[k]
      var margin = end
      if usesBridge {
        let start = before[k]
        if let bound = varianceBounds[k] {
          // Where 2 g₀g₁ is more than forty variances nothing can have crossed.
          margin = smaller(end, start * end - Lanes(20 * bound))
        } else {
          let change = (end - start).absoluteValue
          largest[k] = Lanes.select(
            change - largest[k], nonnegative: change, negative: largest[k])
          // Nor so far away, in units of the steps made so far.
          margin = smaller(start, end) - Lanes(8.0) * largest[k]
        }
      }
      result = smaller(result, margin)
    }
    return result
  }

  private func smaller(_ a: Lanes, _ b: Lanes) -> Lanes {
    Lanes.select(a - b, nonnegative: b, negative: a)
  }

  /// Forgets the steps of a lane, when another trajectory starts in it.
  mutating func restart(lane: Int) {
    for k in largest.indices { largest[k][lane] = 0 }
  }

  /// Whether a lane is inside at the end of the step.
  func isInside(lane: Int) -> Bool {
    for value in after where value[lane] <= 0 { return true }
    return false
  }

  /// The probability that a lane which is outside at both ends of the step was so in between.
  ///
  /// - Parameters:
  ///   - lane: The lane.
  ///   - variance: 2 ∇gᵀD∇g Δt for a level function g.
  /// - Returns: The probability; 1 without a bridge.
  func stayProbability(lane: Int, _ variance: (ReactionCoordinate) -> Double) -> Double {
    guard usesBridge else { return 1 }
    var result = 1.0
    for k in functions.indices {
      let (start, end) = (before[k][lane], after[k][lane])
      // A trajectory may start inside.
      guard start > 0, end > 0, min(start, end).isFinite else { continue }
      if let bound = varianceBounds[k], start * end > 20 * bound { continue }
      result *=
        1
        - BrownianBridge.crossingProbability(
          before: start, after: end, variance: variance(levels[k]))
    }
    return result
  }
}
