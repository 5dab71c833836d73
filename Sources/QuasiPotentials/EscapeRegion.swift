public import Landscapes
public import LinearAlgebra

/// A region around a minimum whose boundary is an exit.
public enum EscapeRegion: Sendable, Equatable {
  /// The ball |x − center| ≤ radius.
  case ball(center: [Double], radius: Double)
  /// A box.
  case box(Domain)
  /// The ellipsoid (x − center)ᵀ A (x − center) ≤ 1 with a positive-definite A.
  case ellipsoid(center: [Double], shape: Matrix)
}

/// Where a region is left in the limit of no noise, and what that costs.
public struct ExitPoint: Sendable, Equatable {
  /// The minimum of the quasi-potential over the boundary: ln E τ ≈ this (Hu et al. 2019,
  /// Theorem 3.5, with V = φ/ε).
  public let quasiPotential: Double
  /// The point of the boundary where it is attained (one of them, where there are several).
  public let position: [Double]
}

extension LinearizedQuasiPotential {
  /// The minimum of V over the boundary of a region around the fixed point.
  ///
  /// Over a sphere or ellipsoid it is the root of the secular equation of a quadratic form under a
  /// quadratic constraint, the degenerate case included; over a box it is the nearest face,
  /// min (bᵢ − aᵢ)²/2Σᵢᵢ, because the level set of V that first touches the plane of a face does
  /// so inside the box.
  ///
  /// - Parameter region: The region; it must contain the fixed point in its interior.
  /// - Returns: The minimum and where it is attained.
  /// - Throws: `QuasiPotentialError.invalidRegion`, or an error of the decompositions.
  public func exit(from region: EscapeRegion) throws -> ExitPoint {
    switch region {
    case .ball(let center, let radius):
      guard radius > 0, radius.isFinite else {
        throw QuasiPotentialError.invalidRegion(
          reason: "the radius is \(radius); accepted: a positive number")
      }
      let shape = (1 / (radius * radius)) * Matrix.identity(center.count)
      return try exit(from: .ellipsoid(center: center, shape: shape))
    case .box(let box): return try exit(fromBox: box)
    case .ellipsoid(let center, let shape):
      return try exit(fromEllipsoid: center, shape: shape)
    }
  }

  private func exit(fromBox box: Domain) throws -> ExitPoint {
    try check(dimension: box.dimension)
    guard box.contains(center) else { throw outside }
    var best = ExitPoint(quasiPotential: .infinity, position: center)
    for i in center.indices {
      for bound in [box.lower[i], box.upper[i]] {
        let offset = bound - center[i]
        let value = offset * offset / (2 * covariance[i, i])
        guard value < best.quasiPotential else { continue }
        let position = center.indices.map {
          center[$0] + covariance[$0, i] / covariance[i, i] * offset
        }
        best = ExitPoint(quasiPotential: value, position: position)
      }
    }
    return best
  }

  /// With x = c + A^{−1/2}y the boundary is |y| = 1, and (G + μ)y = −g with G = A^{−1/2}UA^{−1/2}
  /// and g = A^{−1/2}U(c − a); the global minimum has μ ≥ −λ_min(G).
  private func exit(fromEllipsoid middle: [Double], shape: Matrix) throws -> ExitPoint {
    try check(dimension: middle.count)
    guard shape.isSquare, shape.rows == middle.count else {
      throw QuasiPotentialError.invalidRegion(
        reason: "the shape matrix is \(shape.rows)×\(shape.columns); accepted: "
          + "\(middle.count)×\(middle.count)")
    }
    let axes = try shape.symmetricEigendecomposition()
    guard let flattest = axes.values.first, flattest > 0 else {
      throw QuasiPotentialError.invalidRegion(
        reason: "the shape matrix has the eigenvalue \(axes.values.first ?? 0); accepted: only "
          + "positive ones")
    }
    let offset = zip(middle, center).map { $0 - $1 }
    guard shape.quadraticForm(offset) < 1 else { throw outside }
    let scaling = axes.mapValues { 1 / $0.squareRoot() }
    let eigen = try (scaling * curvature * scaling).symmetrized.symmetricEigendecomposition()
    let linear = scaling * (curvature * offset)
    let components = eigen.values.indices.map { dot(eigen.vector($0), linear) }
    let y = Self.secularSolution(values: eigen.values, components: components)
    var position = middle
    for k in y.indices {
      let direction = scaling * eigen.vector(k)
      for i in position.indices { position[i] += y[k] * direction[i] }
    }
    return ExitPoint(quasiPotential: value(at: position), position: position)
  }

  /// The unit vector that minimises ½ Σ λₖyₖ² + Σ gₖyₖ, in the eigenbasis.
  private static func secularSolution(values: [Double], components: [Double]) -> [Double] {
    let lowest = values.first ?? 0
    let width = max(values.last ?? 0, norm(components), .leastNormalMagnitude)
    func solution(_ shift: Double) -> [Double] {
      values.indices.map {
        let denominator = values[$0] - lowest + shift
        return denominator > 0 ? -components[$0] / denominator : 0
      }
    }
    // Components along the lowest eigenspace vanish to rounding: the degenerate case.
    let degenerate = values.indices.filter { values[$0] - lowest <= 1e-12 * width }
    if degenerate.allSatisfy({ components[$0].magnitude <= 1e-13 * width }) {
      var y = solution(0)
      for k in degenerate { y[k] = 0 }
      let rest = 1 - dot(y, y)
      if rest >= 0, let first = degenerate.first {
        y[first] = rest.squareRoot()
        return y
      }
    }
    var low = 0.0
    var high = norm(components) + width
    for _ in 0..<200 {
      let middle = 0.5 * (low + high)
      if middle <= low || middle >= high { break }
      let y = solution(middle)
      if dot(y, y) > 1 { low = middle } else { high = middle }
    }
    let y = solution(high)
    let length = norm(y)
    return length > 0 ? y.map { $0 / length } : y
  }

  private func check(dimension: Int) throws {
    guard dimension == center.count else {
      throw QuasiPotentialError.invalidRegion(
        reason: "it has \(dimension) variables; accepted: \(center.count)")
    }
  }

  private var outside: QuasiPotentialError {
    .invalidRegion(reason: "it does not contain the minimum \(center) in its interior")
  }
}
