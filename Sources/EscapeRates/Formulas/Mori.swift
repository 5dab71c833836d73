public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Mori's rate of SGD whose noise is proportional to the loss (Mori et al. 2021, Theorem 4.7,
/// equation 15):
///
///     ln k = ½ ln(h*_e·|h^s_e|) − ln 2π − (B/(ηh*_e) + 1 − n/2)·ln[L(b)/L(a)]
///
/// h*_e is the eigenvalue of the Hessian at the minimum along the path (as for `Xie`), h^s_e the
/// negative one at the saddle, n the effective dimension. Minima with n above
/// n_c = 2(B/(ηh*_e) + 1) are unstable (16). From L(a) ≤ 0 there is no escape: the noise vanishes.
public struct Mori: StochasticGradientFormula {
  /// "mori".
  public let name = "mori"
  /// Mori et al. 2021.
  public let source = "Mori, Ziyin, Liu & Ueda 2021, Theorem 4.7 (15)"
  /// SGD is an Itô process.
  public let interpretation: StochasticInterpretation? = .ito
  /// n, or how it is found.
  public let effectiveDimension: EffectiveDimension

  /// Creates the formula.
  public init(effectiveDimension: EffectiveDimension = .participationRatio) {
    self.effectiveDimension = effectiveDimension
  }

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let context = EscapeContext(escape: escape, problem: problem)
    let dimension: Double
    switch effectiveDimension {
    case .fixed(let n): dimension = n
    case .participationRatio: dimension = Self.participationRatio(context.minimum)
    }
    return try Self.rate(context, dimension: dimension, formula: name)
  }

  /// n = (Σ pᵢ²)⁻¹ with pᵢ = hᵢ/Σhⱼ (Mori et al. 2021, equation 45).
  static func participationRatio(_ point: StationaryPoint) -> Double {
    let values = point.spectrum.map { max($0, 0) }
    let sum = values.reduce(0, +)
    let squares = values.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? sum * sum / squares : 0
  }

  /// Equation 15 with a given n.
  static func rate(
    _ context: EscapeContext, dimension: Double, formula: String
  ) throws -> EscapeRate {
    let settings = try Assumptions.stochasticGradient(context.problem, formula)
    guard let low = context.minimum.energy, let high = context.saddle.energy else {
      throw FormulaUnavailable(reason: "\(formula) needs the energies of minimum and saddle")
    }
    let direction = try context.escapeDirection()
    var findings =
      Assumptions.stationaryPoints(context) + Assumptions.alignment(direction)
      + Assumptions.noiseModel(
        context, assumed: [.lossHessian], description: "the noise (η/B)·L·H(θ*)")
      + Assumptions.interpretation(.ito, context) + Assumptions.discreteSteps(context)
    // The special case comes first: for n > n_c the formula diverges as L(a) → 0.
    guard low > 0 else {
      return .zero(
        barrier: high - low,
        findings: findings + [
          "L(a) = \(Assumptions.rounded(low)) is not positive: noise proportional to the loss "
            + "vanishes at the minimum, and there is no escape"
        ])
    }
    guard direction.eigenvalue > 0 else {
      return .zero(
        barrier: high - low,
        findings: findings + ["the minimum is flat along the escape direction: no noise there"])
    }
    let inverse = 1 / (settings.lossHessianScale * direction.eigenvalue)
    let power = inverse + 1 - 0.5 * dimension
    let critical = 2 * (inverse + 1)
    if dimension > critical {
      findings.append(
        "the effective dimension \(Assumptions.rounded(dimension)) exceeds n_c = "
          + "\(Assumptions.rounded(critical)): the minimum is unstable")
    }
    let exponent = power * logOf(high / low)
    findings += Assumptions.barrier(inverse * logOf(high / low))
    let bend = context.unstableEigenvalue.magnitude
    return EscapeRate(
      logRate: 0.5 * logOf(direction.eigenvalue * bend) - logOf(2 * .pi) - exponent,
      barrier: high - low, barrierOverNoise: inverse * logOf(high / low), findings: findings,
      quantities: [
        "effectiveDimension": dimension, "criticalDimension": critical,
        "escapeEigenvalue": direction.eigenvalue, "alignment": direction.alignment,
      ])
  }
}
