import Landscapes
import LinearAlgebra

extension FieldEvaluator {
  /// A zero of the drift by Newton's method, iterated to the last digit.
  ///
  /// - Parameters:
  ///   - start: Where the iteration starts.
  ///   - iterations: The most steps.
  /// - Returns: The point with the smallest residual, or nil where the iteration does not converge.
  func newton(from start: [Double], iterations: Int = 40) -> [Double]? {
    var best = start
    var b = drift(start)
    var bestNorm = norm(b)
    guard bestNorm.isFinite else { return nil }
    var x = start
    var stalled = 0
    for _ in 0..<iterations {
      if bestNorm == 0 { return best }
      guard let step = try? jacobian(x).solve(b) else { break }
      let length = norm(step)
      guard length.isFinite, length <= domain.diameter else { return nil }
      x = zip(x, step).map { $0 - $1 }
      b = drift(x)
      let size = norm(b)
      guard size.isFinite else { return nil }
      if size < bestNorm {
        best = x
        bestNorm = size
        stalled = 0
      } else {
        stalled += 1
      }
      let negligible = 1e-15 * (1 + norm(x))
      if length <= negligible || (stalled >= 3 && length < 1e-9 * (1 + norm(x))) { break }
      if stalled >= 8 { break }
    }
    return isConverged(bestNorm, at: best) ? best : nil
  }

  /// Whether a residual is as small as rounding allows.
  func isConverged(_ residual: Double, at x: [Double]) -> Bool {
    if residual <= 1e-9 * driftScale { return true }
    // Rounding of the coordinates alone gives |Db|·ulp; next to a pole this would be anything.
    return residual <= driftScale
      && residual <= 1e-13 * jacobian(x).largestMagnitude * (1 + norm(x))
  }

  /// A zero of the drift by the Levenberg–Marquardt method, which also converges where the
  /// Jacobian matrix is singular (degenerate points and continua; Yamashita and Fukushima 2001).
  func leastSquaresZero(from start: [Double], iterations: Int = 120) -> [Double]? {
    var x = start
    var b = drift(x)
    var size = norm(b)
    guard size.isFinite else { return nil }
    var factor = 1e-3
    for _ in 0..<iterations {
      if size <= 1e-15 * driftScale { break }
      let j = jacobian(x)
      let transposed = j.transposed
      var normal = transposed * j
      let right = transposed * b
      let damping = factor * min(1, size / driftScale) * max(normal.largestMagnitude, 1e-300)
      for i in 0..<dimension { normal[i, i] += max(damping, 1e-300) }
      guard let step = try? normal.solve(right) else { break }
      let next = zip(x, step).map { $0 - $1 }
      let nextDrift = drift(next)
      let nextSize = norm(nextDrift)
      if nextSize.isFinite, nextSize < size {
        x = next
        b = nextDrift
        size = nextSize
        factor = max(factor * 0.2, 1e-14)
        if norm(step) <= 1e-16 * (1 + norm(x)) { break }
      } else {
        factor *= 10
        if factor > 1e8 { break }
      }
    }
    return size <= 1e-9 * driftScale ? x : nil
  }

  /// The stationary point at `x` with its spectrum.
  ///
  /// - Parameters:
  ///   - x: The coordinates, polished.
  ///   - isCertified: Whether an interval test proved the Jacobian matrix regular here: then no
  ///     direction counts as flat, however soft.
  /// - Returns: The point; a pair of imaginary eigenvalues (a centre) does not count in its index.
  /// - Throws: `LinearAlgebraError` where the spectrum cannot be computed.
  func stationaryPoint(at x: [Double], isCertified: Bool = false) throws -> StationaryPoint {
    let matrix = hessian(x)
    let values: [ComplexNumber] =
      field.isGradient
      ? try matrix.symmetricEigendecomposition().values.map { ComplexNumber($0) }
      : try matrix.eigenvalues()
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    let threshold = isCertified ? 0 : 1e-6 * max(largest, 1e-3 * jacobianScale)
    return StationaryPoint(
      coordinates: x, energy: energy(x), hessian: matrix, eigenvalues: values,
      gradientNorm: norm(drift(x)),
      index: values.count {
        $0.magnitude > threshold && $0.real < ($0.imaginary == 0 ? 0 : -1e-9 * $0.magnitude)
      },
      flatDirections: values.count { $0.magnitude <= threshold }, isCertified: isCertified)
  }

  /// The point moved onto the domain where it lies outside by rounding only; nil where it lies
  /// truly outside.
  func pulledInside(_ x: [Double]) -> [Double]? {
    if domain.contains(x) { return x }
    let clamped = domain.clamped(x)
    for (i, width) in domain.widths.enumerated() {
      let scale = max(width, max(domain.lower[i].magnitude, domain.upper[i].magnitude))
      guard (x[i] - clamped[i]).magnitude <= 1e-12 * scale else { return nil }
    }
    return clamped
  }
}
