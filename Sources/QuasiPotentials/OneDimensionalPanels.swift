import Glibc
import LinearAlgebra

/// A piece of the line on which ψ' = −b/D is resolved by one Gauss–Legendre interpolant.
struct OneDimensionalPanel {
  let left: Double
  let right: Double
  /// ln D at the nodes.
  let logDiffusion: [Double]
  /// ψ at the nodes, relative to the left edge.
  let potential: [Double]
  /// ψ(right) − ψ(left).
  let rise: Double
  /// A bound on the variation of ψ, width times the largest slope.
  let variation: Double
  /// What the last Legendre coefficients say about the error of ψ.
  let error: Double
  /// The last Legendre coefficients of ln D.
  let diffusionError: Double

  var width: Double { right - left }
  func position(_ node: Int) -> Double {
    0.5 * (left + right) + 0.5 * (right - left) * PanelRule.sixteen.nodes[node]
  }
}

extension OneDimensionalEscape {
  /// D below this (in units of its size elsewhere) is zero: rounding cannot tell.
  static var vanishing: Double { 1e-13 }

  func panel(_ left: Double, _ right: Double) throws -> OneDimensionalPanel {
    let rule = PanelRule.sixteen
    let half = 0.5 * (right - left)
    let middle = 0.5 * (left + right)
    var slopes = [Double](repeating: 0, count: rule.nodes.count)
    var logDiffusion = slopes
    var steepest = 0.0
    for k in slopes.indices {
      let x = middle + half * rule.nodes[k]
      let (b, d) = try values(at: x)
      let floored = max(d, 1e-280)
      slopes[k] = -b / floored
      logDiffusion[k] = logOf(floored)
      steepest = max(steepest, slopes[k].magnitude)
    }
    var potential = slopes
    var rise = 0.0
    for j in slopes.indices {
      var sum = 0.0
      for k in slopes.indices { sum += rule.cumulative[j, k] * slopes[k] }
      potential[j] = half * sum
      rise += half * rule.weights[j] * slopes[j]
    }
    return OneDimensionalPanel(
      left: left, right: right, logDiffusion: logDiffusion, potential: potential, rise: rise,
      variation: 2 * half * steepest, error: 2 * half * rule.tail(slopes),
      diffusionError: rule.tail(logDiffusion))
  }

  /// Panels over an interval that resolve ψ to rounding, in order; `points` are its ends and the
  /// positions that must be edges of panels, ascending.
  func panels(over points: [Double]) throws -> [OneDimensionalPanel] {
    guard let first = points.first, let last = points.last, first < last else { return [] }
    let range = last - first
    let smallest = 1e-15 * max(range, first.magnitude, last.magnitude)
    var result: [OneDimensionalPanel] = []
    let edges = withJumps(points)
    for (start, end) in zip(edges, edges.dropFirst()) where end > start {
      var stack: [(Double, Double)] = []
      let pieces = 8
      for k in (0..<pieces).reversed() {
        let a = start + (end - start) * Double(k) / Double(pieces)
        let b = k + 1 == pieces ? end : start + (end - start) * Double(k + 1) / Double(pieces)
        stack.append((a, b))
      }
      while let (left, right) = stack.popLast() {
        let candidate = try panel(left, right)
        let resolved =
          candidate.error <= 1e-12 + 4e-15 * candidate.variation
          && candidate.diffusionError * (right - left) <= 1e-11 * range
        if resolved || right - left <= 8 * smallest {
          result.append(candidate)
          guard result.count <= Self.panelLimit else {
            throw QuasiPotentialError.notResolved(panels: Self.panelLimit)
          }
        } else {
          let middle = 0.5 * (left + right)
          stack.append((middle, right))
          stack.append((left, middle))
        }
      }
    }
    return result
  }

  /// The positions with those added at which D jumps: nodes that straddle a jump cannot tell how
  /// near to them it is.
  private func withJumps(_ points: [Double]) -> [Double] {
    guard let piece else { return points }
    let samples = 512
    var result: [Double] = []
    for (start, end) in zip(points, points.dropFirst()) where end > start {
      result.append(start)
      func position(_ k: Int) -> Double {
        k == samples ? end : start + (end - start) * Double(k) / Double(samples)
      }
      for k in 0..<samples where piece(position(k)) != piece(position(k + 1)) {
        var (low, high) = (position(k), position(k + 1))
        let first = piece(low)
        for _ in 0..<80 {
          let middle = 0.5 * (low + high)
          if piece(middle) == first { low = middle } else { high = middle }
        }
        let jump = 0.5 * (low + high)
        if jump > start, jump < end { result.append(jump) }
      }
    }
    if let last = points.last { result.append(last) }
    return result
  }

  static var panelLimit: Int { 400_000 }

  /// Splits the panels that are marked into pieces over which ψ varies little.
  func splitting(
    _ panels: [OneDimensionalPanel], where marked: (Int) -> Bool
  ) throws -> (panels: [OneDimensionalPanel], changed: Bool) {
    var result: [OneDimensionalPanel] = []
    var changed = false
    let range = (panels.last?.right ?? 0) - (panels.first?.left ?? 0)
    for (k, panel) in panels.enumerated() {
      let smallest = 1e-14 * max(range, panel.left.magnitude, panel.right.magnitude)
      guard panel.variation > 3, panel.width > smallest, marked(k) else {
        result.append(panel)
        continue
      }
      changed = true
      let pieces = Int(min((panel.variation / 2).rounded(.up), 256))
      for piece in 0..<pieces {
        let left = panel.left + panel.width * Double(piece) / Double(pieces)
        let right =
          piece + 1 == pieces
          ? panel.right : panel.left + panel.width * Double(piece + 1) / Double(pieces)
        if left < right { result.append(try self.panel(left, right)) }
      }
      guard result.count <= Self.panelLimit else {
        throw QuasiPotentialError.notResolved(panels: Self.panelLimit)
      }
    }
    return (result, changed)
  }
}

/// Panels with ψ added up and the two weights of the passage-time integrals at every node.
struct WeightedPanels {
  let panels: [OneDimensionalPanel]
  /// ln of the outer weight: ψ − α ln D.
  var outer: [[Double]]
  /// ln of the inner weight, the stationary density but for its norm: −ψ − (1 − α) ln D.
  var inner: [[Double]]

  init(_ panels: [OneDimensionalPanel], outerShare: Double) {
    var potential = 0.0
    var outer: [[Double]] = []
    var inner: [[Double]] = []
    for panel in panels {
      outer.append(
        panel.potential.indices.map {
          potential + panel.potential[$0] - outerShare * panel.logDiffusion[$0]
        })
      inner.append(
        panel.potential.indices.map {
          -potential - panel.potential[$0] - (1 - outerShare) * panel.logDiffusion[$0]
        })
      potential += panel.rise
    }
    self.panels = panels
    self.outer = outer
    self.inner = inner
  }

  /// A bound on a weight over panel k: between its nodes ψ can exceed them by no more than its
  /// slope allows.
  func bound(_ weights: [[Double]], _ k: Int) -> Double {
    (weights[k].max() ?? -.infinity) + 0.06 * panels[k].variation
  }

  /// ln ∫ e^w over panel k.
  func logMass(_ weights: [[Double]], _ k: Int) -> Double {
    let rule = PanelRule.sixteen
    let top = weights[k].max() ?? -.infinity
    guard top > -.infinity else { return -.infinity }
    var sum = 0.0
    for j in rule.nodes.indices { sum += rule.weights[j] * Glibc.exp(weights[k][j] - top) }
    return top + logOf(0.5 * panels[k].width * sum)
  }

  /// ln ∫ e^w from the left end to every node of the panels in a range.
  func logCumulative(_ weights: [[Double]], over range: Range<Int>) -> [[Double]] {
    let rule = PanelRule.sixteen
    var below = -Double.infinity
    return range.map { k in
      let top = weights[k].max() ?? -.infinity
      guard top > -.infinity else { return rule.nodes.map { _ in below } }
      let scaled = weights[k].map { Glibc.exp($0 - top) }
      let half = 0.5 * panels[k].width
      let result = rule.nodes.indices.map { j -> Double in
        var sum = 0.0
        for l in rule.nodes.indices { sum += rule.cumulative[j, l] * scaled[l] }
        return logSumExp(below, top + logOf(max(half * sum, 0)))
      }
      below = logSumExp(below, logMass(weights, k))
      return result
    }
  }
}
