import LinearAlgebra

/// Gauss–Legendre nodes on [−1, 1] with everything that integrates and judges a function on them.
struct PanelRule: Sendable {
  /// The nodes, ascending.
  let nodes: [Double]
  /// The weights.
  let weights: [Double]
  /// Row n: the functional that gives the n-th Legendre coefficient of the interpolant.
  let analysis: Matrix
  /// Row j: the functional that gives ∫ from −1 to node j of the interpolant.
  let cumulative: Matrix

  /// The sixteen-point rule.
  static let sixteen = PanelRule(positiveHalf: [
    (0.989400934991649933, 0.0271524594117540949),
    (0.944575023073232576, 0.0622535239386478929),
    (0.865631202387831744, 0.0951585116824927848),
    (0.755404408355003034, 0.124628971255533872),
    (0.617876244402643748, 0.149595988816576732),
    (0.458016777657227386, 0.169156519395002538),
    (0.281603550779258913, 0.182603415044923589),
    (0.0950125098376374402, 0.189450610455068496),
  ])

  /// Completes a symmetric rule with an even number of nodes from its positive nodes, largest
  /// first. They are tabulated because Newton's method in doubles leaves 1e-14 in the weights,
  /// which a potential of many thousands makes visible.
  private init(positiveHalf: [(node: Double, weight: Double)]) {
    let nodes = positiveHalf.map { -$0.node } + positiveHalf.reversed().map(\.node)
    let weights = positiveHalf.map(\.weight) + positiveHalf.reversed().map(\.weight)
    let order = nodes.count
    var analysis = Matrix(rows: order, columns: order)
    for n in 0..<order {
      for k in 0..<order {
        analysis[n, k] =
          (Double(n) + 0.5) * weights[k] * Self.legendre(n, at: nodes[k])
      }
    }
    var cumulative = Matrix(rows: order, columns: order)
    for j in 0..<order {
      let x = nodes[j]
      // ∫ from −1 to x of Pₙ is (Pₙ₊₁ − Pₙ₋₁)/(2n + 1), and x + 1 for n = 0.
      let integrals = (0..<order).map { n -> Double in
        guard n > 0 else { return x + 1 }
        let above = Self.legendre(n + 1, at: x)
        let below = Self.legendre(n - 1, at: x)
        return (above - below) / Double(2 * n + 1)
      }
      for k in 0..<order {
        cumulative[j, k] = (0..<order).reduce(0) { $0 + integrals[$1] * analysis[$1, k] }
      }
    }
    self.nodes = nodes
    self.weights = weights
    self.analysis = analysis
    self.cumulative = cumulative
  }

  /// The size of the last three Legendre coefficients of a function given at the nodes.
  func tail(_ values: [Double]) -> Double {
    let order = nodes.count
    var result = 0.0
    for n in (order - 3)..<order {
      var coefficient = 0.0
      for k in 0..<order { coefficient += analysis[n, k] * values[k] }
      result += coefficient.magnitude
    }
    return result
  }

  private static func legendre(_ n: Int, at x: Double) -> Double {
    if n == 0 { return 1 }
    var previous = 1.0
    var current = x
    for k in stride(from: 1, to: n, by: 1) {
      let next = (Double(2 * k + 1) * x * current - Double(k) * previous) / Double(k + 1)
      previous = current
      current = next
    }
    return current
  }
}
