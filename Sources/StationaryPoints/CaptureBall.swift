import Landscapes
import LinearAlgebra

/// A region around a minimum from which the flow cannot but end there.
///
/// The region is {(x − x*)ᵀ P (x − x*) ≤ r²}. Where P F(x) + F(x)ᵀ P is positive definite on it
/// (F = −Db; P = 1 for a gradient, else the solution of the Lyapunov equation P F + Fᵀ P = 2),
/// the distance in this norm falls all the way. In up to three dimensions that is proved by
/// intervals, above it is checked on a sample of points.
struct CaptureBall: Sendable {
  let center: [Double]
  /// P; nil for the identity.
  let metric: Matrix?
  let squaredRadius: Double
  /// The largest Euclidean distance of a point of the region from the minimum.
  let reach: Double

  var radius: Double { squaredRadius.squareRoot() }

  func contains(_ x: [Double]) -> Bool { squaredDistance(x) <= squaredRadius }

  func squaredDistance(_ x: [Double]) -> Double {
    if let metric { return metric.quadraticForm(zip(x, center).map { $0 - $1 }) }
    var sum = 0.0
    for i in center.indices {
      sum += (x[i] - center[i]) * (x[i] - center[i])
      if sum > squaredRadius { return sum }
    }
    return sum
  }

  /// The largest such region that is found by shrinking.
  ///
  /// - Parameters:
  ///   - point: The minimum.
  ///   - field: The field.
  ///   - largest: The largest Euclidean extent of the region.
  init(around point: StationaryPoint, field: CompiledField, largest: Double) {
    center = point.coordinates
    let n = field.dimension
    // Where the linearisation does not attract, nothing can be proved; the flow slows down so much
    // that being this close must be enough.
    if point.flatDirections > 0 || point.isCenter {
      metric = nil
      let near = (point.isCenter ? 0.05 : 1e-3) * largest
      squaredRadius = near * near
      reach = near
      return
    }
    var metric: Matrix?
    var halfWidths = [Double](repeating: 1, count: n)
    var unit = 1.0
    if !field.isGradient {
      // P F + Fᵀ P = 2 is the Lyapunov equation of Fᵀ.
      guard
        let solution = try? point.hessian.transposed.lyapunovCovariance(
          diffusion: .identity(n)), let inverse = try? solution.inverse(),
        let eigen = try? solution.symmetricEigendecomposition(), let low = eigen.values.first,
        low > 0
      else {
        self.metric = nil
        squaredRadius = 0
        reach = 0
        return
      }
      metric = solution
      halfWidths = inverse.diagonal.map { max($0, 0).squareRoot() }
      unit = low.squareRoot()
    }
    self.metric = metric
    // Largest Euclidean extent = r / √(smallest eigenvalue of P).
    var radius = largest * unit
    for _ in 0..<40 {
      let box = zip(center, halfWidths).map { Interval($0 - radius * $1, $0 + radius * $1) }
      let isContracting =
        n <= 3 && field.driftJacobianEnclosure != nil
        ? CaptureBall.isProved(box, field: field, metric: metric, pieces: n == 1 ? 16 : 4)
        : CaptureBall.isSampled(
          center, radius: radius / 0.7, field: field, metric: metric)
      if isContracting {
        squaredRadius = radius * radius
        self.reach = radius / unit
        return
      }
      radius *= 0.75
    }
    squaredRadius = 0
    self.reach = 0
  }

  /// Whether the symmetric part of −P Db is positive definite on a box, piece by piece.
  private static func isProved(
    _ box: [Interval], field: CompiledField, metric: Matrix?, pieces: Int
  ) -> Bool {
    guard let enclosure = field.driftJacobianEnclosure else { return false }
    let n = box.count
    var matrix = [Interval](repeating: Interval(0), count: n * n)
    var total = 1
    for _ in 0..<n { total *= pieces }
    for number in 0..<total {
      var code = number
      let piece = box.map { side in
        let k = code % pieces
        code /= pieces
        let width = side.width / Double(pieces)
        return Interval(
          (side.lower + Double(k) * width).nextDown, (side.lower + Double(k + 1) * width).nextUp)
      }
      do {
        var span = matrix.mutableSpan
        enclosure(piece.span, &span)
      }
      guard isPositiveDefinite(matrix, metric: metric, size: n) else { return false }
    }
    return true
  }

  /// Whether −(P J + Jᵀ P) is positive definite for all J in an interval matrix, by Gershgorin's
  /// discs in the eigenbasis of its midpoint.
  private static func isPositiveDefinite(_ jacobian: [Interval], metric: Matrix?, size n: Int)
    -> Bool
  {
    for element in jacobian where !(element.magnitude < .infinity) { return false }
    var form = [Interval](repeating: Interval(0), count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        if let metric {
          for k in 0..<n {
            form[i * n + j] =
              form[i * n + j] - Interval(metric[i, k]) * jacobian[k * n + j]
              - Interval(metric[j, k]) * jacobian[k * n + i]
          }
        } else {
          form[i * n + j] = -jacobian[i * n + j] - jacobian[j * n + i]
        }
      }
    }
    let middle = Matrix(rows: n, columns: n, elements: form.map(\.midpoint)).symmetrized
    guard let eigen = try? middle.symmetricEigendecomposition(), let low = eigen.values.first,
      low > 0
    else { return false }
    let v = eigen.vectors
    for i in 0..<n {
      var margin = 0.0
      for j in 0..<n {
        var element = Interval(0)
        for a in 0..<n {
          for b in 0..<n {
            element = element + Interval(v[a, i]) * form[a * n + b] * Interval(v[b, j])
          }
        }
        margin += i == j ? element.lower : -element.magnitude
      }
      guard margin > 0 else { return false }
    }
    return true
  }

  private static func isSampled(
    _ center: [Double], radius: Double, field: CompiledField, metric: Matrix?
  ) -> Bool {
    let n = center.count
    var random = SplitMix(state: 11)
    for sample in 0..<(4 * n + 8) {
      var direction = (0..<n).map { _ in random.uniform() - 0.5 }
      if sample < 2 * n {
        direction = [Double](repeating: 0, count: n)
        direction[sample / 2] = sample % 2 == 0 ? 1 : -1
      }
      let length =
        metric.map { $0.quadraticForm(direction).squareRoot() } ?? norm(direction)
      guard length > 0 else { continue }
      for share in [1.0, 0.5] {
        let x = zip(center, direction).map { $0 + share * radius / length * $1 }
        let stiffness = field.hessian(at: x)
        let form = metric.map { $0 * stiffness } ?? stiffness
        guard let eigen = try? form.symmetrized.symmetricEigendecomposition(),
          let low = eigen.values.first, low > 0
        else { return false }
      }
    }
    return true
  }
}
