import Glibc

/// The smallest eigenvalues of −Q for a strongly connected class, one after the other, by state
/// reduction at a shift.
///
/// The trace of (−Q − λ)⁻¹ is Σ 1/(λ_i − λ), and its diagonal follows from the sparse factors. With
/// the known eigenvalues taken out of the sum, Newton's method for the characteristic polynomial
/// goes to the next one. It starts from below: where one state per known mode is taken out of the
/// chain, the slowest rate of escape is bounded by the inverse of the longest mean time to one of
/// them, which needs no subtraction and, in the limit of well separated times, is the eigenvalue
/// itself.
struct SlowEigenvalues {
  let network: RateNetwork<ScaledNumber>
  let isRecurrent: Bool

  /// The places where each mode weighs most, and a bound of the next eigenvalue from below.
  private struct Estimate {
    var bound: ScaledNumber
    var bottom: Int
  }

  private var mostOccupied: Int {
    let weights = StateReduction(network).stationaryWeights()
    return weights.indices.max { weights[$0] < weights[$1] } ?? 0
  }

  private func estimate(without pinned: [Int]) -> Estimate {
    let excluded = Set(pinned)
    let others = (0..<network.stateCount).filter { !excluded.contains($0) }
    let reduction = StateReduction(network.restricted(to: others))
    let times = reduction.solve([ScaledNumber](repeating: .one, count: others.count))
    let visits = reduction.solveTransposed(times)
    let longest = times.max() ?? .one
    var bottom = 0
    for k in others.indices where times[bottom] * visits[bottom] < times[k] * visits[k] {
      bottom = k
    }
    return Estimate(bound: .one / longest, bottom: others[bottom])
  }

  /// The smallest eigenvalues of a class with detailed balance, all of which are real.
  ///
  /// Newton's method from below cannot pass the next eigenvalue, and the number of negative pivots
  /// of the factors at the result is that of the eigenvalues below (Sylvester's law of inertia), so
  /// that none is missed.
  func real(count: Int) throws -> [ScaledNumber] {
    let problem = ShiftedProblem<ScaledNumber>(network)
    var known: [ScaledNumber] = isRecurrent ? [.zero] : []
    var pinned: [Int] = isRecurrent ? [mostOccupied] : []
    let target = min(known.count + count, network.stateCount)
    while known.count < target {
      let estimate = estimate(without: pinned)
      let start = (known.last ?? .zero) * ScaledNumber(1 + 1e-6)
      known.append(
        try next(after: known, from: max(start, estimate.bound), problem: problem))
      pinned.append(estimate.bottom)
    }
    return Array(known.dropFirst(isRecurrent ? 1 : 0))
  }

  private func next(
    after known: [ScaledNumber], from start: ScaledNumber,
    problem: ShiftedProblem<ScaledNumber>
  ) throws -> ScaledNumber {
    var value = start
    for round in 0..<200 {
      let (step, place) = newtonStep(problem, at: value, known: known)
      let size = (step.magnitude / value).value
      guard size.isFinite else { break }
      value = max(value + step, value * ScaledNumber(0.5))
      if size < 0.1 {
        let twisted = ShiftedProblem<ScaledNumber>(network, last: place)
        if let (result, below) = twisted.polished(value), below == known.count { return result }
      }
      if size < 1e-13 || (round > 30 && size < 1e-9) { return value }
    }
    throw RelaxationModeError.notConverged(found: known.count)
  }

  /// One step of Newton's method on the characteristic polynomial divided by its known roots, and
  /// the state with the largest element of the diagonal of (−Q − λ)⁻¹.
  private func newtonStep<Number: SpectralNumber>(
    _ problem: ShiftedProblem<Number>, at value: Number, known: [Number]
  ) -> (step: Number, place: Int) {
    var reduction = problem.reduction(at: value)
    if reduction.pivots[reduction.pivots.count - 1].isZero {
      reduction = problem.reduction(at: value * Number(real: ScaledNumber(1 + 0x1p-44)))
    }
    let diagonal = reduction.inverseDiagonal()
    var sum = diagonal.reduce(Number.zero, +)
    for root in known {
      let distance = root - value
      if !distance.isZero { sum += -(.one / distance) }
    }
    let place = diagonal.indices.max { diagonal[$0].magnitude < diagonal[$1].magnitude } ?? 0
    return (sum.isZero ? value : .one / sum, place)
  }

  /// The eigenvalues of smallest magnitude of a class without detailed balance.
  ///
  /// Pairs are kept together. That none inside the circle through the last is missed is shown by the
  /// argument of the determinant along a slightly larger circle.
  func complex(count: Int) throws -> [ComplexScaledNumber] {
    let problem = ShiftedProblem<ComplexScaledNumber>(network)
    var known: [ComplexScaledNumber] = isRecurrent ? [.zero] : []
    var pinned: [Int] = isRecurrent ? [mostOccupied] : []
    let target = min(known.count + count, network.stateCount)
    var scale = ScaledNumber.one
    var attempt = 0
    while true {
      if known.count >= target {
        let missing = try missingRoots(problem, known: known)
        if missing == 0 { break }
        attempt += 1
        guard attempt < 12 else {
          throw RelaxationModeError.notConverged(found: known.count - (isRecurrent ? 1 : 0))
        }
        let largest = known.map(\.magnitude).max() ?? .one
        scale = largest * ScaledNumber(pow(0.5, Double(attempt % 4)))
      } else {
        let estimate = estimate(without: pinned)
        pinned.append(estimate.bottom)
        scale = estimate.bound
      }
      let tilt = [0.3, 1.2, 0.05, 3.0][attempt % 4]
      let start = ComplexScaledNumber(real: scale, imaginary: scale * ScaledNumber(tilt))
      guard let root = try next(after: known, from: start, problem: problem) else { continue }
      known.append(root)
      if !root.imaginary.isZero {
        known.append(root.conjugate)
        if known.count < target { pinned.append(estimate(without: pinned).bottom) }
      }
    }
    return Array(known.dropFirst(isRecurrent ? 1 : 0)).sorted { $0.magnitude < $1.magnitude }
  }

  private func next(
    after known: [ComplexScaledNumber], from start: ComplexScaledNumber,
    problem: ShiftedProblem<ComplexScaledNumber>
  ) throws -> ComplexScaledNumber? {
    var value = start
    for _ in 0..<200 {
      let (given, place) = newtonStep(problem, at: value, known: known)
      var step = given
      let size = (step.magnitude / value.magnitude).value
      guard size.isFinite else { break }
      if size > 4 { step = step * ComplexScaledNumber(real: ScaledNumber(4 / size)) }
      value += step
      guard size < 1e-4 else { continue }
      // A real eigenvalue is found as one.
      if value.imaginary.magnitude < value.magnitude * ScaledNumber(1e-3) {
        let twisted = ShiftedProblem<ScaledNumber>(network, last: place)
        if let (result, _) = twisted.polished(value.real),
          (ComplexScaledNumber(real: result) - value).magnitude
            < value.magnitude * ScaledNumber(2e-3)
        {
          return ComplexScaledNumber(real: result)
        }
      }
      let twisted = ShiftedProblem<ComplexScaledNumber>(network, last: place)
      if let (result, _) = twisted.polished(value),
        !known.contains(where: {
          ($0 - result).magnitude < result.magnitude * ScaledNumber(1e-11)
        })
      {
        return result
      }
      if size < 1e-12 { return value }
    }
    throw RelaxationModeError.notConverged(found: known.count - (isRecurrent ? 1 : 0))
  }

  /// The number of eigenvalues inside a circle a little larger than the known ones that are not
  /// among them: how often det(−Q − λ)/Π(λ_j − λ) turns round along it.
  private func missingRoots(
    _ problem: ShiftedProblem<ComplexScaledNumber>, known: [ComplexScaledNumber]
  ) throws -> Int {
    let radius = (known.map(\.magnitude).max() ?? .one) * ScaledNumber(1.02)
    func phase(_ angle: Double) -> (Double, Double) {
      let point = ComplexScaledNumber(
        real: radius * ScaledNumber(cos(angle)), imaginary: radius * ScaledNumber(sin(angle)))
      var (x, y) = (1.0, 0.0)
      func turn(_ by: (cosine: Double, sine: Double), _ sense: Double) {
        (x, y) = (x * by.cosine - sense * y * by.sine, y * by.cosine + sense * x * by.sine)
      }
      for pivot in problem.reduction(at: point).pivots where !pivot.isZero {
        turn(pivot.direction, 1)
      }
      for root in known { turn((root - point).direction, -1) }
      return (x, y)
    }
    func change(_ from: (Double, (Double, Double)), _ to: (Double, (Double, Double)), _ depth: Int)
      -> Double
    {
      let (a, b) = (from.1, to.1)
      let angle = atan2(a.0 * b.1 - a.1 * b.0, a.0 * b.0 + a.1 * b.1)
      guard angle.magnitude > 0.8, depth < 12 else { return angle }
      let middle = (from.0 + to.0) / 2
      let between = (middle, phase(middle))
      return change(from, between, depth + 1) + change(between, to, depth + 1)
    }
    // The lower half follows by symmetry.
    let steps = 12
    var points: [(Double, (Double, Double))] = []
    for k in 0...steps {
      let angle = Double.pi * Double(k) / Double(steps)
      points.append((angle, phase(angle)))
    }
    var total = 0.0
    for k in 0..<steps { total += change(points[k], points[k + 1], 0) }
    return Int((total / .pi).rounded())
  }
}
