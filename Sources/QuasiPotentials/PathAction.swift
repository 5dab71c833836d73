public import Landscapes
import LinearAlgebra

/// Actions and work integrals along given polylines.
///
/// ⟨u, v⟩_D = uᵀD⁻¹v. Each segment is integrated by Gauss–Legendre panels that are halved until
/// they agree. Where D is singular and its null space matters, the integral is +∞.
public struct PathAction: Sendable {
  /// The drift.
  public let field: CompiledField
  /// The noise, already anchored where it depends on the basin.
  public let diffusion: any Diffusion

  /// Creates the functional of a field and a noise.
  public init(field: CompiledField, diffusion: any Diffusion) {
    precondition(field.dimension == diffusion.dimension, "field and noise must agree in dimension")
    self.field = field
    self.diffusion = diffusion
  }

  /// The geometric action S = ½∫(|φ'|_D |b|_D − ⟨φ', b⟩_D) ds of a path: its cost at the best
  /// speed, an upper bound on the quasi-potential between its ends (Heymann & Vanden-Eijnden 2008,
  /// in the convention V = ΔL/D).
  ///
  /// - Parameter path: The points of the polyline.
  /// - Returns: S, from 0; +∞ where the path needs motion that the noise cannot make.
  /// - Throws: An error of the decompositions, where D is not finite.
  public func geometricAction(of path: [[Double]]) throws -> Double {
    try integral(along: path) { drift, tangent, metric in
      let b = metric.product(drift, drift)
      let v = metric.product(tangent, tangent)
      let cross = metric.product(tangent, drift)
      // Downhill and without noise in the way nothing is paid, however singular D is.
      guard v < .infinity, b < .infinity else {
        return isFollowing(drift: drift, tangent: tangent) ? (0, 0) : (.infinity, .infinity)
      }
      let product = (v * b).squareRoot()
      return (0.5 * (product - cross), product)
    }
  }

  /// −∫ bᵀD⁻¹ dl along a path: ΔL/D for isotropic noise, and in general the exponent that the
  /// local temperature makes of the climb.
  ///
  /// - Parameter path: The points of the polyline.
  /// - Returns: The integral; positive uphill, +∞ (or −∞) where the noise vanishes along the drift.
  /// - Throws: An error of the decompositions, where D is not finite.
  public func work(along path: [[Double]]) throws -> Double {
    try integral(along: path) { drift, tangent, metric in
      let value = -metric.product(tangent, drift)
      return (value, value.magnitude)
    }
  }

  /// The Freidlin–Wentzell action S_T = ¼∫(φ̇ − b)ᵀD⁻¹(φ̇ − b) dt of a polyline traversed at given
  /// times.
  ///
  /// - Parameters:
  ///   - path: The points.
  ///   - times: The time at each point, ascending.
  /// - Returns: S_T, from 0; +∞ where the path needs motion that the noise cannot make.
  /// - Throws: An error of the decompositions, where D is not finite.
  public func action(of path: [[Double]], times: [Double]) throws -> Double {
    precondition(path.count == times.count, "one time per point is needed")
    var total = 0.0
    for k in path.indices.dropLast() {
      let duration = times[k + 1] - times[k]
      precondition(duration > 0, "the times must ascend")
      let velocity = zip(path[k + 1], path[k]).map { ($0 - $1) / duration }
      // The tangent of the segment is its displacement, so that the parameter is t/duration.
      total += try integral(along: [path[k], path[k + 1]]) { drift, _, metric in
        let excess = zip(velocity, drift).map { $0 - $1 }
        let value = 0.25 * duration * metric.product(excess, excess)
        return (value, value)
      }
    }
    return total
  }

  private func isFollowing(drift: [Double], tangent: [Double]) -> Bool {
    let scale = norm(drift) * norm(tangent)
    return scale > 0 && dot(drift, tangent) >= (1 - 1e-12) * scale
  }

  /// A density with the size of the terms whose difference it is, to which its rounding belongs.
  private typealias Term = (value: Double, size: Double)

  /// The integral over all segments of a density per unit of the segment's parameter in [0, 1].
  private func integral(
    along path: [[Double]], _ density: ([Double], [Double], InverseMetric) throws -> Term
  ) throws -> Double {
    var total = 0.0
    let path = splittingAtJumps(path)
    for (start, end) in zip(path, path.dropFirst()) where start != end {
      let tangent = zip(end, start).map { $0 - $1 }
      func value(_ s: Double) throws -> Term {
        let x = zip(start, tangent).map { $0 + s * $1 }
        let drift = field.drift(at: x)
        return try density(drift, tangent, InverseMetric(diffusion.matrix(at: x)))
      }
      let direction = try divergence(
        from: start, tangent: tangent, samples: path.count > 20 ? 4 : 16)
      if let direction { return direction }
      let whole = try gauss(0, 1, value)
      total += try panelIntegral(
        0, 1, whole, tolerance: 1e-13 * whole.size, depth: 0, value
      ).value
      if total.isInfinite || total.isNaN { return total.isNaN ? .infinity : total }
    }
    return total
  }

  /// The path with the points added at which D jumps.
  private func splittingAtJumps(_ path: [[Double]]) -> [[Double]] {
    guard diffusion.isPiecewise else { return path }
    var result: [[Double]] = []
    for (start, end) in zip(path, path.dropFirst()) {
      result.append(start)
      func point(_ s: Double) -> [Double] { zip(start, end).map { $0 + s * ($1 - $0) } }
      let last = diffusion.piece(at: end)
      var position = 0.0
      // A segment may cross several pieces; each turn finds the end of one.
      for _ in 0..<8 {
        let piece = diffusion.piece(at: point(position))
        guard piece != last else { break }
        var (low, high) = (position, 1.0)
        for _ in 0..<60 {
          let middle = 0.5 * (low + high)
          if diffusion.piece(at: point(middle)) == piece { low = middle } else { high = middle }
        }
        result.append(point(0.5 * (low + high)))
        position = high
      }
    }
    if let last = path.last { result.append(last) }
    return result
  }

  private func gauss(
    _ a: Double, _ b: Double, _ value: (Double) throws -> Term
  ) throws -> Term {
    let rule = PanelRule.sixteen
    let half = 0.5 * (b - a)
    var sum: Term = (0, 0)
    for k in rule.nodes.indices {
      let term = try value(0.5 * (a + b) + half * rule.nodes[k])
      sum.value += half * rule.weights[k] * term.value
      sum.size += half * rule.weights[k] * term.size
    }
    return sum
  }

  private func panelIntegral(
    _ a: Double, _ b: Double, _ whole: Term, tolerance: Double, depth: Int,
    _ value: (Double) throws -> Term
  ) throws -> Term {
    let middle = 0.5 * (a + b)
    let left = try gauss(a, middle, value)
    let right = try gauss(middle, b, value)
    let sum: Term = (left.value + right.value, left.size + right.size)
    let allowed = tolerance + 1e-13 * sum.size
    if (sum.value - whole.value).magnitude <= allowed || depth >= 30 || !sum.value.isFinite {
      return sum
    }
    let first = try panelIntegral(a, middle, left, tolerance: tolerance, depth: depth + 1, value)
    let second = try panelIntegral(middle, b, right, tolerance: tolerance, depth: depth + 1, value)
    return (first.value + second.value, first.size + second.size)
  }

  /// ±∞ where the segment crosses a point at which D is singular in a direction in which both the
  /// path and the drift move (uphill +∞, downhill −∞); nil elsewhere.
  private func divergence(
    from start: [Double], tangent: [Double], samples count: Int
  ) throws -> Double? {
    guard diffusion.form == .positionDependent else { return nil }
    func point(_ s: Double) -> [Double] { zip(start, tangent).map { $0 + s * $1 } }
    func smallest(_ s: Double) throws -> Double {
      let matrix = diffusion.matrix(at: point(s))
      let values = try matrix.symmetricEigendecomposition().values
      return (values.first ?? 1) / max(values.last ?? 1, .leastNormalMagnitude)
    }
    // In one variable D has no larger eigenvalue to be compared with.
    func smallestPlain(_ s: Double) -> Double { diffusion.matrix(at: point(s))[0, 0] }
    let single = field.dimension == 1
    func measure(_ s: Double) throws -> Double { single ? smallestPlain(s) : try smallest(s) }
    let samples = try (0...count).map { try measure(Double($0) / Double(count)) }
    let scale = single ? (samples.max() ?? 1) : 1
    for k in 0...count {
      let before = k > 0 ? samples[k - 1] : .infinity
      let after = k < count ? samples[k + 1] : .infinity
      // A zero in the bracket makes its middle at most a third of the higher end.
      guard samples[k] <= min(before, after),
        k == 0 || k == count || samples[k] <= 0.5 * max(before, after)
      else { continue }
      var (a, b) = (
        Double(max(k - 1, 0)) / Double(count), Double(min(k + 1, count)) / Double(count)
      )
      for step in 0..<64 {
        let (x, y) = (b - 0.6180339887498949 * (b - a), a + 0.6180339887498949 * (b - a))
        let (mx, my) = (try measure(x), try measure(y))
        if mx < my { b = y } else { a = x }
        if step == 12, min(mx, my) > 0.1 * samples[k] { break }
      }
      let s = 0.5 * (a + b)
      guard try measure(s) <= 1e-9 * scale else { continue }
      let eigen = try diffusion.matrix(at: point(s)).symmetricEigendecomposition()
      let drift = field.drift(at: point(s))
      let null = eigen.vector(0)
      let product = dot(null, drift) * dot(null, tangent)
      if product.magnitude > 1e-12 * norm(drift) * norm(tangent) {
        return product < 0 ? .infinity : -.infinity
      }
    }
    return nil
  }
}

/// ⟨u, v⟩ = uᵀD⁻¹v, infinite where D is singular along u and v.
struct InverseMetric {
  private let eigen: SymmetricEigendecomposition

  init(_ matrix: Matrix) throws { eigen = try matrix.symmetricEigendecomposition() }

  func product(_ u: [Double], _ v: [Double]) -> Double {
    let largest = max(eigen.values.last ?? 0, 0)
    let scale = norm(u) * norm(v)
    var sum = 0.0
    for k in eigen.values.indices {
      let direction = eigen.vector(k)
      let part = dot(direction, u) * dot(direction, v)
      if eigen.values[k] > 1e-14 * largest {
        sum += part / eigen.values[k]
      } else if part.magnitude > 1e-14 * scale {
        return part > 0 ? .infinity : -.infinity
      }
    }
    return sum
  }
}
