import Landscapes
import LinearAlgebra

extension FieldEvaluator {
  /// A minimum by Newton steps in a trust region, with the absolute values of the eigenvalues, so
  /// that no step goes towards a saddle.
  ///
  /// - Parameters:
  ///   - start: Where the descent starts.
  ///   - iterations: The most steps.
  /// - Returns: The point where the gradient vanishes; nil where the descent leaves the domain or
  ///   does not end.
  func minimize(from start: [Double], iterations: Int = 200) -> [Double]? {
    var x = start
    guard var value = energy(x), value.isFinite else { return nil }
    var radius = 0.1 * domain.diameter
    defer { noteDescent(to: x) }
    for _ in 0..<iterations {
      let b = drift(x)
      guard let eigen = try? hessian(x).symmetricEigendecomposition() else { return nil }
      let largest = max(eigen.values.reduce(0) { max($0, $1.magnitude) }, 1e-300)
      var components = (0..<dimension).map { dot(eigen.vector($0), b) }
      for i in components.indices {
        components[i] /= max(eigen.values[i].magnitude, 1e-8 * largest)
      }
      let full = norm(components)
      if isConverged(norm(b), at: x), full <= 1e-6 * domain.diameter {
        return newton(from: x) ?? x
      }
      var accepted = false
      for _ in 0..<40 {
        let scale = min(1, radius / full)
        let next = moved(x, along: eigen, by: components.map { scale * $0 })
        let nextValue = energy(next) ?? .infinity
        // Once rounding hides the change of the energy, only the gradient can judge.
        if nextValue <= value + 1e-14 * max(value.magnitude, 1) {
          if scale == 1 || nextValue < value - 0.5 * scale * full * norm(b) * 0.5 {
            radius = min(2 * radius, 0.25 * domain.diameter)
          }
          x = next
          value = nextValue
          accepted = true
          break
        }
        radius = 0.4 * min(radius, full)
      }
      guard accepted else {
        return isConverged(norm(b), at: x) ? x : newton(from: x, iterations: 10)
      }
      guard domain.contains(x) || pulledInside(x) != nil else { return nil }
    }
    return nil
  }

  /// Remembers the end of a descent where the drift has grown on the way down, as it does towards a
  /// pole.
  private func noteDescent(to x: [Double]) {
    guard steepestEnd == nil, domain.contains(x) else { return }
    let size = norm(drift(x))
    if size > 1e3 * driftScale || size.isNaN { steepestEnd = x }
  }

  /// A stationary point at which as many modes as are given are uphill, by eigenvector following
  /// with the steps of Cerjan and Miller in the form of Wales (J. Chem. Phys. 101, 3750, 1994).
  ///
  /// - Parameters:
  ///   - start: Where the climb starts.
  ///   - modes: Unit vectors to be followed uphill: at every step each one's successor is the
  ///     eigenvector with the largest overlap.
  ///   - iterations: The most evaluations of the Hessian.
  /// - Returns: A converged point, of whatever index; nil where the climb leaves the domain.
  func climb(from start: [Double], modes: [[Double]], iterations: Int = 80) -> [Double]? {
    var x = start
    var followed = modes
    var b = drift(x)
    guard b.allSatisfy(\.isFinite) else { return nil }
    var matrix = hessian(x)
    var radius = 0.05 * domain.diameter
    for _ in 0..<iterations {
      guard let eigen = try? matrix.symmetricEigendecomposition() else { return nil }
      let uphill = successors(of: &followed, among: eigen)
      let largest = max(eigen.values.reduce(0) { max($0, $1.magnitude) }, 1e-300)
      var components = [Double](repeating: 0, count: dimension)
      for i in 0..<dimension {
        let slope = -dot(eigen.vector(i), b)
        let curvature = max(eigen.values[i].magnitude, 1e-8 * largest)
        let ratio = slope / curvature
        components[i] =
          (uphill.contains(i) ? 2 : -2) * ratio / (1 + (1 + 4 * ratio * ratio).squareRoot())
        // Where the curvature already has the sign that is sought, this is Newton's own step.
        if uphill.contains(i) == (eigen.values[i] < 0) {
          components[i] = uphill.contains(i) ? ratio : -ratio
        }
      }
      let full = norm(components)
      if isConverged(norm(b), at: x), full <= 1e-4 * domain.diameter {
        return newton(from: x) ?? x
      }
      var accepted = false
      for _ in 0..<12 {
        let scale = min(1, radius / full)
        let step = components.map { scale * $0 }
        let next = moved(x, along: eigen, by: step)
        let nextDrift = drift(next)
        guard nextDrift.allSatisfy(\.isFinite) else {
          radius *= 0.3
          continue
        }
        var error = 0.0
        var model = 0.0
        for i in 0..<dimension {
          let vector = eigen.vector(i)
          let change = eigen.values[i] * step[i]
          let actual = dot(vector, b) - dot(vector, nextDrift)
          error += (actual - change) * (actual - change)
          model += change * change
        }
        let quality = error.squareRoot() / (model.squareRoot() + norm(b))
        if quality > 0.7, radius > 1e-6 * domain.diameter {
          radius = 0.4 * min(radius, full)
          continue
        }
        if quality < 0.25 { radius = min(1.6 * radius, 0.1 * domain.diameter) }
        x = next
        b = nextDrift
        accepted = true
        break
      }
      guard accepted, domain.contains(x) || pulledInside(x) != nil else { return nil }
      matrix = hessian(x)
    }
    return nil
  }

  /// A stationary point beyond the place where, along a straight line, some curvature turns
  /// negative: there the softest mode points to what lies ahead, while at a minimum with nearly
  /// equal curvatures the modes are arbitrary mixtures (the activation of Barkema and Mousseau,
  /// Phys. Rev. Lett. 77, 4358, 1996).
  ///
  /// - Parameters:
  ///   - start: A minimum.
  ///   - direction: A unit vector.
  /// - Returns: A converged point; nil where no curvature turns negative inside the domain, or the
  ///   climb leaves it.
  func push(from start: [Double], along direction: [Double]) -> [Double]? {
    var step = 0.01 * domain.diameter / Double(dimension).squareRoot()
    var length = 0.0
    for _ in 0..<40 {
      length += step
      step *= 1.15
      let x = zip(start, direction).map { $0 + length * $1 }
      guard domain.contains(x),
        let eigen = try? hessian(x).symmetricEigendecomposition()
      else { return nil }
      if let lowest = eigen.values.first, lowest < 0 {
        return climb(from: x, modes: [eigen.vector(0)])
      }
    }
    return nil
  }

  /// The point moved by components along eigenvectors.
  private func moved(
    _ x: [Double], along eigen: SymmetricEigendecomposition, by components: [Double]
  ) -> [Double] {
    var result = x
    for i in 0..<dimension {
      for k in 0..<dimension { result[k] += components[i] * eigen.vectors[k, i] }
    }
    return result
  }

  /// The eigenvectors that continue the followed ones, each taken once.
  private func successors(
    of followed: inout [[Double]], among eigen: SymmetricEigendecomposition
  ) -> Set<Int> {
    var taken: Set<Int> = []
    for (number, mode) in followed.enumerated() {
      var best = -1
      var overlap = -1.0
      for i in 0..<dimension where !taken.contains(i) {
        let value = dot(eigen.vector(i), mode).magnitude
        if value > overlap {
          overlap = value
          best = i
        }
      }
      guard best >= 0 else { continue }
      taken.insert(best)
      followed[number] = eigen.vector(best)
    }
    return taken
  }
}
