import Glibc
import LinearAlgebra

extension OneDimensionalEscape {
  /// Contributions below e⁻⁸⁰ of the largest need no fine panels.
  private static var margin: Double { 80 }

  /// ln ∫_start^target e^{outer(y)} ∫_wall^y e^{inner(z)}·q(z) dz dy, with q the probability to
  /// reach the start before the wall where `weightedByReturn`, else 1; 1 beyond the start.
  func logDoubleIntegral(
    wall: Double, start: Double, target: Double, weightedByReturn: Bool = false
  ) throws -> Double {
    var panels = try panels(over: wall < start ? [wall, start, target] : [start, target])
    for _ in 0..<12 {
      var weighted = WeightedPanels(panels, outerShare: outerShare)
      let first = panels.firstIndex { $0.left >= start } ?? 0
      var returnRelevant = [Bool](repeating: false, count: panels.count)
      if weightedByReturn, first > 0 {
        let cumulative = weighted.logCumulative(weighted.outer, over: 0..<first)
        let total = (0..<first).reduce(-.infinity) {
          logSumExp($0, weighted.logMass(weighted.outer, $1))
        }
        let top = weighted.outer[0..<first].joined().max() ?? -.infinity
        for k in 0..<first {
          returnRelevant[k] = weighted.bound(weighted.outer, k) >= top - Self.margin
          for j in cumulative[k].indices {
            weighted.inner[k][j] += min(cumulative[k][j] - total, 0)
          }
        }
      }
      let relevant = relevance(of: weighted, from: first)
      let next = try splitting(panels) { relevant[$0] || returnRelevant[$0] }
      panels = next.panels
      if !next.changed { return sum(weighted, from: first) }
    }
    throw QuasiPotentialError.notResolved(panels: panels.count)
  }

  private func sum(_ weighted: WeightedPanels, from first: Int) -> Double {
    let rule = PanelRule.sixteen
    let count = weighted.panels.count
    let cumulative = weighted.logCumulative(weighted.inner, over: 0..<count)
    var terms: [Double] = []
    for k in first..<count {
      let half = 0.5 * weighted.panels[k].width
      for j in rule.nodes.indices {
        terms.append(weighted.outer[k][j] + cumulative[k][j] + logOf(half * rule.weights[j]))
      }
    }
    return logSumExp(terms)
  }

  /// Which panels matter for the double integral.
  private func relevance(of weighted: WeightedPanels, from first: Int) -> [Bool] {
    let count = weighted.panels.count
    let inner = (0..<count).map { weighted.bound(weighted.inner, $0) }
    let outer = (0..<count).map { weighted.bound(weighted.outer, $0) }
    let innerNodes = weighted.inner.map { $0.max() ?? -.infinity }
    let outerNodes = weighted.outer.map { $0.max() ?? -.infinity }
    var innerSoFar = inner
    for k in 1..<max(count, 1) { innerSoFar[k] = max(innerSoFar[k], innerSoFar[k - 1]) }
    var outerAhead = [Double](repeating: -.infinity, count: count)
    for k in (0..<count).reversed() {
      let own = k >= first ? outer[k] : -.infinity
      outerAhead[k] = max(own, k + 1 < count ? outerAhead[k + 1] : -.infinity)
    }
    // The largest contribution is bounded from below, the others from above.
    var largest = -Double.infinity
    var highest = -Double.infinity
    for k in 0..<count {
      highest = max(highest, innerNodes[k])
      if k >= first { largest = max(largest, outerNodes[k] + highest) }
    }
    return (0..<count).map { k in
      (k >= first && outer[k] + innerSoFar[k] >= largest - Self.margin)
        || inner[k] + outerAhead[k] >= largest - Self.margin
    }
  }

  /// The position below which the stationary density has no mass worth counting, or nil where its
  /// mass below `start` is infinite or the field has no values there.
  func lowerEnd(below start: Double, step: Double) throws -> Double? {
    var edge = start
    var step = step
    var potential = 0.0
    var highest = -Double.infinity
    for _ in 0..<120 {
      let next = edge - step
      guard let pieces = try? panels(over: [next, edge]) else { return nil }
      let weighted = WeightedPanels(pieces, outerShare: outerShare)
      let rise = pieces.reduce(0) { $0 + $1.rise }
      // ψ is counted from the left end of the pieces; `potential` is ψ at their right end.
      let offset = potential - rise
      var mass = -Double.infinity
      for k in pieces.indices {
        mass = logSumExp(mass, weighted.logMass(weighted.inner, k) - offset)
      }
      guard !mass.isNaN, mass < .infinity else { return nil }
      highest = max(highest, mass)
      potential = offset
      edge = next
      step *= 1.5
      if mass < highest - 45, drift(edge) > 0 { return edge }
    }
    return nil
  }
}
