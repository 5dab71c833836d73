/// The matrix −Q − λ of a network, reduced with one state last.
///
/// Elimination with the shift as a negative escape rate keeps what makes state reduction accurate:
/// every pivot is the sum of the rates to the states that remain and of one signed number that
/// collects the shift. Where a state relaxes fast against λ this number is a small correction;
/// where it is slow it becomes an absorbing state. Digits are lost only where an eigenvalue of the
/// states eliminated so far comes close to λ. With the state on which the mode weighs most left to
/// the end, that is the case for eigenvalues close to λ alone (the twisted factorisation of
/// Dhillon & Parlett 2004, here for sparse generators).
struct ShiftedProblem<Number: SpectralNumber> {
  private let network: RateNetwork<Number>
  private let plan: EliminationPlan

  init(_ given: RateNetwork<ScaledNumber>, last: Int? = nil) {
    network = RateNetwork<Number>(
      stateCount: given.stateCount, rowStarts: given.rowStarts, targets: given.targets,
      rates: given.rates.map { Number(real: $0) }, escapes: given.escapes.map { Number(real: $0) })
    plan = EliminationPlan(rowStarts: given.rowStarts, targets: given.targets, last: last)
  }

  /// The factors of −Q − λ.
  func reduction(at shift: Number) -> StateReduction<Number> {
    var shift = shift
    var result = factors(shift)
    // An exact zero before the end comes from a shift that hits an eigenvalue of fewer states.
    for _ in 0..<4 where result.pivots.dropLast().contains(where: \.isZero) {
      shift = shift * Number(real: ScaledNumber(1 + 0x1p-45))
      result = factors(shift)
    }
    return result
  }

  private func factors(_ shift: Number) -> StateReduction<Number> {
    var shifted = network
    shifted.escapes = network.escapes.map { $0 - shift }
    return StateReduction(shifted, plan: plan)
  }

  /// The vectors that solve all equations of (−Q − λ)x = 0 and l(−Q − λ) = 0 except that of the last
  /// state, where both are 1.
  struct TwistedVectors {
    /// What remains of the last equation; zero where λ is an eigenvalue.
    var residual: Number
    var right: [Number]
    var left: [Number]
    /// How many of the other pivots are negative (their real part).
    var negativePivots: Int

    /// The change of λ by one step of Newton's method: λ + δ is the generalised Rayleigh quotient.
    var correction: Number {
      residual / zip(left, right).reduce(Number.zero) { $0 + $1.0 * $1.1 }
    }
  }

  func twistedVectors(at shift: Number) -> TwistedVectors {
    let factors = reduction(at: shift)
    var right = [Number](repeating: .one, count: plan.states.count)
    for position in right.indices.dropLast().reversed() {
      var sum = Number.zero
      factors.forEachForward(position) { sum += $1 * right[$0] }
      right[position] = sum
    }
    return TwistedVectors(
      residual: factors.pivots[factors.pivots.count - 1],
      right: plan.positions.map { right[$0] }, left: factors.stationaryWeights(),
      negativePivots: factors.pivots.dropLast().reduce(0) { $0 + ($1.real.isNegative ? 1 : 0) })
  }

  /// Newton's method for the eigenvalue from a start that is close to it.
  ///
  /// - Returns: The eigenvalue and the count of negative pivots; nil where the steps do not shrink.
  func polished(_ start: Number) -> (value: Number, negativePivots: Int)? {
    var value = start
    var last = ScaledNumber(0.1)
    for _ in 0..<8 {
      let vectors = twistedVectors(at: value)
      let step = vectors.correction
      let size = step.magnitude / value.magnitude
      guard size.value.isFinite, !(last < size) else {
        // Rounding errors are all that is left.
        return last < ScaledNumber(1e-11) ? (value, vectors.negativePivots) : nil
      }
      value += step
      if size < ScaledNumber(2e-15) { return (value, vectors.negativePivots) }
      last = size
    }
    return last < ScaledNumber(1e-11) ? (value, twistedVectors(at: value).negativePivots) : nil
  }
}
