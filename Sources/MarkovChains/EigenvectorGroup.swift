import LinearAlgebra

/// An eigenvalue of −Q that was found in one communicating class.
struct EigenvalueCandidate: Sendable {
  var value: ComplexScaledNumber
  /// The states of the class.
  var states: [Int]

  /// The order of the modes: slowest first, pairs together, the eigenvalue of Q with positive
  /// imaginary part first.
  func precedes(_ other: Self) -> Bool {
    let (a, b) = (value, other.value)
    if a.real != b.real { return a.real < b.real }
    if a.imaginary.magnitude != b.imaginary.magnitude {
      return a.imaginary.magnitude < b.imaginary.magnitude
    }
    return a.imaginary < b.imaginary
  }

  /// Whether two real eigenvalues are so close that their vectors must be separated together.
  func isClose(to other: Self) -> Bool {
    value.imaginary.isZero && other.value.imaginary.isZero
      && (value.real - other.value.real).magnitude < value.real.magnitude * ScaledNumber(1e-6)
  }
}

/// An eigenvalue of −Q with its vectors, scaled: the largest component of the right one is 1, and
/// their product is 1.
struct Eigenpair: Sendable {
  var value: ComplexScaledNumber
  var right: [ComplexScaledNumber]
  var left: [ComplexScaledNumber]

  init<Number: SpectralNumber>(value: Number, right: [Number], left: [Number]) {
    let largest = right.reduce(Number.zero) { $0.magnitude < $1.magnitude ? $1 : $0 }
    let product = zip(left, right).reduce(Number.zero) { $0 + $1.0 * $1.1 }
    let scale = largest / product
    func complex(_ x: Number) -> ComplexScaledNumber {
      ComplexScaledNumber(real: x.real, imaginary: x.imaginary)
    }
    self.value = complex(value)
    self.right = right.map { complex($0 / largest) }
    self.left = left.map { complex($0 * scale) }
  }

  /// The pair of the complex conjugate eigenvalue.
  var conjugate: Eigenpair {
    var result = self
    result.value = value.conjugate
    result.right = right.map(\.conjugate)
    result.left = left.map(\.conjugate)
    return result
  }
}

/// The eigenvectors of one eigenvalue, or of several real ones that nearly coincide.
struct EigenvectorGroup {
  let network: RateNetwork<ScaledNumber>
  let candidates: [EigenvalueCandidate]

  func pairs() throws -> [Eigenpair] {
    guard let first = candidates.first else { return [] }
    if candidates.count > 1 { return try separated(around: first.value.real) }
    if first.value.imaginary.isZero { return [try single(first.value.real, in: first.states)] }
    return [try single(first.value, in: first.states)]
  }

  /// The state of a class, without some, on which a mode weighs most: that with the largest element
  /// of the diagonal of (−Q − λ)⁻¹ close to the eigenvalue.
  private func heaviest<Number: SpectralNumber>(
    _ value: Number, in states: [Int], without: [Int] = []
  ) throws -> Int {
    let excluded = Set(without)
    let states = states.filter { !excluded.contains($0) }
    guard let only = states.first else { throw notConverged }
    guard states.count > 1 else { return only }
    let shift = value * Number(real: ScaledNumber(1 + 1e-9))
    let diagonal = ShiftedProblem<Number>(network.restricted(to: states))
      .reduction(at: shift).inverseDiagonal()
    let place = diagonal.indices.max { diagonal[$0].magnitude < diagonal[$1].magnitude } ?? 0
    return states[place]
  }

  private var notConverged: RelaxationModeError { .notConverged(found: 0) }

  private func single<Number: SpectralNumber>(_ start: Number, in states: [Int]) throws -> Eigenpair
  {
    let problem = ShiftedProblem<Number>(network, last: try heaviest(start, in: states))
    var value = start
    var last = 1e-4
    for _ in 0..<6 {
      let vectors = problem.twistedVectors(at: value)
      let step = vectors.correction
      let size = (step.magnitude / value.magnitude).value
      if size < 4e-15 || (last < 1e-11 && !(size < last)) {
        return Eigenpair(value: value, right: vectors.right, left: vectors.left)
      }
      guard size < last else { throw notConverged }
      value += step
      last = size
    }
    throw notConverged
  }

  /// The vectors of several eigenvalues by elimination of all states but one for each: what remains
  /// is a small matrix T − δM, whose eigenvalues δ are the distances from a common shift.
  private func separated(around shift: ScaledNumber) throws -> [Eigenpair] {
    let count = candidates.count
    let time = -shift.logarithm
    guard count <= 50 else { throw RelaxationModeError.defective(logTime: time) }
    var places: [Int] = []
    for candidate in candidates {
      places.append(try heaviest(shift, in: candidate.states, without: places))
    }
    let vectors = places.map { twisted(on: $0, without: places, at: shift) }
    var residual = FrontMatrix<ScaledNumber>(size: count)
    var mass = residual
    for i in 0..<count {
      for j in 0..<count {
        mass[i, j] = zip(vectors[i].left, vectors[j].right).reduce(.zero) { $0 + $1.0 * $1.1 }
        var sum = vectors[i].residual
        if i != j {
          sum = .zero
          network.forEachTransition(from: places[i]) { sum = sum - $1 * vectors[j].right[$0] }
        }
        residual[i, j] = sum / shift
      }
    }
    // Weights that make the small matrices as symmetric as they can be, within the range of doubles.
    let scales = (0..<count).map { j in
      let up = mass[j, 0].magnitude + residual[j, 0].magnitude
      let down = mass[0, j].magnitude + residual[0, j].magnitude
      return j == 0 || up.isZero || down.isZero ? ScaledNumber.one : (up / down).squareRoot
    }
    func plain(_ given: FrontMatrix<ScaledNumber>) -> Matrix {
      var result = Matrix(rows: count, columns: count)
      for i in 0..<count {
        for j in 0..<count { result[i, j] = (given[i, j] * scales[j] / scales[i]).value }
      }
      return result
    }
    let (shifts, right, left) = try Self.pencil(plain(residual), plain(mass), logTime: time)
    return (0..<count).map { k in
      var x = [ScaledNumber](repeating: .zero, count: network.stateCount)
      var l = x
      for j in 0..<count {
        let a = ScaledNumber(right[j, k]) * scales[j]
        let b = ScaledNumber(left[k, j]) / scales[j]
        for state in x.indices {
          x[state] += a * vectors[j].right[state]
          l[state] += b * vectors[j].left[state]
        }
      }
      return Eigenpair(value: shift * ScaledNumber(1 + shifts[k]), right: x, left: l)
    }
  }

  /// The vectors that are 1 on one of the chosen states and 0 on the others.
  private func twisted(
    on place: Int, without places: [Int], at shift: ScaledNumber
  ) -> ShiftedProblem<ScaledNumber>.TwistedVectors {
    let excluded = Set(places.filter { $0 != place })
    let states = (0..<network.stateCount).filter { !excluded.contains($0) }
    let last = states.firstIndex(of: place)
    let part = ShiftedProblem<ScaledNumber>(network.restricted(to: states), last: last)
      .twistedVectors(at: shift)
    var result = part
    result.right = [ScaledNumber](repeating: .zero, count: network.stateCount)
    result.left = result.right
    for (k, state) in states.enumerated() {
      result.right[state] = part.right[k]
      result.left[state] = part.left[k]
    }
    return result
  }

  /// δ, V and W with T V = M V δ and W M V = 1.
  private static func pencil(
    _ residual: Matrix, _ mass: Matrix, logTime: Double
  ) throws -> (shifts: [Double], right: Matrix, left: Matrix) {
    let defective = RelaxationModeError.defective(logTime: logTime)
    guard let inverse = try? mass.inverse(), inverse.largestMagnitude < 1e10 else {
      throw defective
    }
    let matrix = inverse * residual
    // Equal to rounding: any basis will do.
    guard matrix.largestMagnitude > 1e-13 * Double(matrix.rows) else {
      return (matrix.diagonal, .identity(matrix.rows), inverse)
    }
    guard let eigen = try? matrix.eigendecomposition(),
      eigen.values.allSatisfy({ abs($0.real) < 1e-3 && $0.imaginary == 0 })
    else { throw defective }
    let order = eigen.values.indices.sorted { eigen.values[$0].real < eigen.values[$1].real }
    let right = Matrix(order.map { eigen.vectors[$0].real }).transposed
    guard let back = try? right.inverse(), back.largestMagnitude < 1e8 else { throw defective }
    return (order.map { eigen.values[$0].real }, right, back * inverse)
  }
}
