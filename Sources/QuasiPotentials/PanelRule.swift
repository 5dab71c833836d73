import Glibc
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

  /// Sixteen nodes.
  static let sixteen = PanelRule(order: 16)

  init(order: Int) {
    var nodes = [Double](repeating: 0, count: order)
    var weights = nodes
    for k in 0..<order {
      var x = -Glibc.cos(Double.pi * (Double(k) + 0.75) / (Double(order) + 0.5))
      for _ in 0..<20 {
        let (value, slope) = Self.legendre(order, at: x)
        let step = value / slope
        x -= step
        if step.magnitude < 1e-16 { break }
      }
      nodes[k] = x
      let slope = Self.legendre(order, at: x).slope
      weights[k] = 2 / ((1 - x * x) * slope * slope)
    }
    var analysis = Matrix(rows: order, columns: order)
    for n in 0..<order {
      for k in 0..<order {
        analysis[n, k] =
          (Double(n) + 0.5) * weights[k] * Self.legendre(n, at: nodes[k]).value
      }
    }
    var cumulative = Matrix(rows: order, columns: order)
    for j in 0..<order {
      let x = nodes[j]
      // ∫ from −1 to x of Pₙ is (Pₙ₊₁ − Pₙ₋₁)/(2n + 1), and x + 1 for n = 0.
      let integrals = (0..<order).map { n -> Double in
        guard n > 0 else { return x + 1 }
        let above = Self.legendre(n + 1, at: x).value
        let below = Self.legendre(n - 1, at: x).value
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

  private static func legendre(_ n: Int, at x: Double) -> (value: Double, slope: Double) {
    var previous = 1.0
    var current = x
    if n == 0 { return (1, 0) }
    for k in stride(from: 1, to: n, by: 1) {
      let next = (Double(2 * k + 1) * x * current - Double(k) * previous) / Double(k + 1)
      previous = current
      current = next
    }
    let denominator = x * x - 1
    let slope = denominator == 0 ? 0 : Double(n) * (x * current - previous) / denominator
    return (current, slope)
  }
}
