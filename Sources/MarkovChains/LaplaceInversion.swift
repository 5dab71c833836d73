import Glibc

/// The distribution at a time by inversion of its Laplace transform, p(t) = (1/2πi) ∫ e^{zt}
/// p(0) (z − Q)⁻¹ dz, with one sparse state reduction at each point of the contour.
///
/// The contour is Talbot's with the parameters of Weideman (2006): n points give 3.9⁻ⁿ for
/// eigenvalues on or near the negative real axis, whatever their size.
struct LaplaceInversion {
  private var network: RateNetwork<ComplexScaledNumber>
  private let plan: EliminationPlan

  init(_ given: RateNetwork<ScaledNumber>, time: ScaledNumber) {
    // In units of the time.
    network = RateNetwork(
      stateCount: given.stateCount, rowStarts: given.rowStarts, targets: given.targets,
      rates: given.rates.map { ComplexScaledNumber(real: $0 * time) }, escapes: [])
    plan = EliminationPlan(rowStarts: given.rowStarts, targets: given.targets)
  }

  func distribution(from initial: [ScaledNumber], points: Int) -> [ScaledNumber] {
    let start = initial.map { ComplexScaledNumber(real: $0) }
    let count = Double(points)
    var result = [ScaledNumber](repeating: .zero, count: initial.count)
    for k in 0..<points / 2 {
      let angle = (2 * Double(k) + 1) * Double.pi / count
      let (sine, cosine) = (sin(0.6407 * angle), cos(0.6407 * angle))
      let real = count * (0.5017 * angle * cosine / sine - 0.6122)
      let imaginary = count * 0.2645 * angle
      let slope = count * (0.5017 * cosine / sine - 0.5017 * 0.6407 * angle / (sine * sine))
      let point = Self.number(real, imaginary)
      var shifted = network
      shifted.escapes = [ComplexScaledNumber](repeating: point, count: initial.count)
      let solution = StateReduction(shifted, plan: plan).solveTransposed(start)
      // (2/n) Re of e^z z′/i F(z).
      let size = ScaledNumber(exp: real) * ScaledNumber(2 / count)
      let phase = Self.number(cos(imaginary), sin(imaginary))
      let weight =
        ComplexScaledNumber(real: size) * phase * Self.number(count * 0.2645, -slope)
      for (j, value) in solution.enumerated() { result[j] += (weight * value).real }
    }
    return result
  }

  private static func number(_ real: Double, _ imaginary: Double) -> ComplexScaledNumber {
    ComplexScaledNumber(real: ScaledNumber(real), imaginary: ScaledNumber(imaginary))
  }
}
