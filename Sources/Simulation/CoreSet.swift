public import LinearAlgebra

/// The ellipsoid (x − c)ᵀ A (x − c) ≤ level around a minimum.
public struct CoreSet: Sendable, Equatable {
  /// c, the minimum.
  public let center: [Double]
  /// A, symmetric and positive-definite.
  public let form: Matrix
  /// The value of the form on the surface.
  public let level: Double

  /// Describes an ellipsoid.
  public init(center: [Double], form: Matrix, level: Double) {
    self.center = center
    self.form = form
    self.level = level
  }

  /// Whether a point lies inside, the surface included.
  public func contains(_ x: [Double]) -> Bool {
    form.quadraticForm(zip(x, center).map { $0 - $1 }) <= level
  }

  /// The same ellipsoid with another level.
  func withLevel(_ level: Double) -> CoreSet {
    CoreSet(center: center, form: form, level: level)
  }

  /// Points of the surface: the ends of the axes, and as many mixed directions from a fixed
  /// sequence.
  func surfacePoints() throws -> [[Double]] {
    let n = center.count
    let axes = try form.symmetricEigendecomposition()
    func point(_ weights: [Double]) -> [Double] {
      let length = norm(weights)
      var x = center
      for k in 0..<n {
        let scale = (level / axes.values[k]).squareRoot() * weights[k] / length
        for i in 0..<n { x[i] += scale * axes.vectors[i, k] }
      }
      return x
    }
    var result: [[Double]] = []
    for k in 0..<n {
      for sign in [1.0, -1.0] {
        var weights = [Double](repeating: 0, count: n)
        weights[k] = sign
        result.append(point(weights))
      }
    }
    guard n > 1 else { return result }
    var stream = RandomStream(seed: 0, index: UInt64(n), purpose: .statistics)
    for _ in 0..<max(16, 4 * n) {
      result.append(point((0..<n).map { _ in stream.nextNormal() }))
    }
    return result
  }

  /// Whether two ellipsoids have a point in common.
  ///
  /// They are disjoint exactly where 1 − vᵀ[B⁻¹/(1−s) + A⁻¹/s]⁻¹v is negative for some s in (0, 1)
  /// (A and B the forms over their levels, v the distance of the centres; Gilitschenski and
  /// Hanebeck 2012). A grid of s errs on the side of "overlap".
  func overlaps(_ other: CoreSet) throws -> Bool {
    let v = zip(other.center, center).map { $0 - $1 }
    let a = level * (try form.inverse())
    let b = other.level * (try other.form.inverse())
    for k in 1..<32 {
      let s = Double(k) / 32
      let sum = (1 / s) * a + (1 / (1 - s)) * b
      if dot(v, try sum.solve(v)) > 1 { return false }
    }
    return true
  }
}
