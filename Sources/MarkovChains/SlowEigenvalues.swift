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
  /// At the scale σ of each slow escape an Arnoldi iteration on the stochastic matrix σ(σ − Q)⁻¹ shows
  /// the eigenvalues of that size, and Newton's method refines them. Pairs are kept together. That
  /// none inside the circle through the last is missed is shown by the argument of the determinant
  /// along a slightly larger circle.
  func complex(count: Int) throws -> [ComplexScaledNumber] {
    let problem = ShiftedProblem<ComplexScaledNumber>(network)
    let zeros: [ComplexScaledNumber] = isRecurrent ? [.zero] : []
    let target = min(count, network.stateCount - zeros.count)
    var known: [ComplexScaledNumber] = []
    var pinned: [Int] = isRecurrent ? [mostOccupied] : []
    var searched = ScaledNumber.zero
    while known.count < target, pinned.count < network.stateCount {
      let estimate = estimate(without: pinned)
      pinned.append(estimate.bottom)
      if pinned.count <= target, estimate.bound < searched * ScaledNumber(8) { continue }
      let before = known.count
      searched = max(estimate.bound, searched * ScaledNumber(4))
      try addEigenvalues(near: searched, dimension: 40 + 2 * count, problem, to: &known)
      if known.count == before, pinned.count > 4 * target + 20 { break }
    }
    for attempt in 0..<4 {
      guard known.count >= target else { break }
      known.sort { $0.magnitude < $1.magnitude }
      var length = target
      while length < known.count, known[length] == known[length - 1].conjugate { length += 1 }
      let last = known[length - 1].magnitude
      var radius = last * ScaledNumber(1.02)
      if length < known.count {
        radius = min(radius, (last * known[length].magnitude).squareRoot)
      }
      if try missingRoots(problem, known: zeros + known.prefix(length), radius: radius) == 0 {
        return Array(known.prefix(length))
      }
      try addEigenvalues(
        near: last * ScaledNumber([1, 0.2, 3, 0.05][attempt]), dimension: 80 + 4 * count, problem,
        to: &known)
    }
    throw RelaxationModeError.notConverged(found: known.count)
  }

  /// Adds the eigenvalues of the size of a scale that are not known yet.
  private func addEigenvalues(
    near scale: ScaledNumber, dimension: Int, _ problem: ShiftedProblem<ComplexScaledNumber>,
    to known: inout [ComplexScaledNumber]
  ) throws {
    for start in try ResolventArnoldi(network, scale: scale).eigenvalues(dimension: dimension) {
      let value = start.imaginary.isNegative ? start.conjugate : start
      let tolerance = value.magnitude * ScaledNumber(1e-7)
      if known.contains(where: { ($0 - value).magnitude < tolerance }) { continue }
      let place = newtonStep(problem, at: value, known: []).place
      var found: ComplexScaledNumber?
      if value.imaginary.magnitude < value.magnitude * ScaledNumber(1e-5) {
        found = ShiftedProblem<ScaledNumber>(network, last: place).polished(value.real)
          .map { ComplexScaledNumber(real: $0.value) }
      }
      if found == nil {
        found = ShiftedProblem<ComplexScaledNumber>(network, last: place).polished(value)?.value
      }
      guard let root = found,
        (root - value).magnitude < value.magnitude * ScaledNumber(0.05),
        !known.contains(where: { ($0 - root).magnitude < tolerance })
      else { continue }
      known.append(root)
      if !root.imaginary.isZero { known.append(root.conjugate) }
    }
  }

  /// The number of eigenvalues inside a circle a little larger than the known ones that are not
  /// among them: how often det(−Q − λ)/Π(λ_j − λ) turns round along it.
  private func missingRoots(
    _ problem: ShiftedProblem<ComplexScaledNumber>, known: [ComplexScaledNumber],
    radius: ScaledNumber
  ) throws -> Int {
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
