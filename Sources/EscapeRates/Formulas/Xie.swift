public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Xie's rate of SGD with Hessian noise (Xie et al. 2020, Theorem 3.2):
///
///     ln k = ln(|H_be|/2π) − (2BΔL/η)(s/H_ae + (1 − s)/|H_be|)
///
/// H_ae is the eigenvalue of H_a along the escape direction (the eigenvector closest to the
/// direction in which the path leaves a), H_be = λ_b⁻. T_a rules the path below the height s, T_b
/// above it.
public struct Xie: StochasticGradientFormula {
  /// "xie".
  public let name = "xie"
  /// Xie et al. 2020.
  public let source = "Xie, Sato & Sugiyama 2020, Theorem 3.2"
  /// (73) is the isothermal time.
  public let interpretation: StochasticInterpretation? = .isothermal
  /// s, or how it is found.
  public let share: PathShare

  /// Creates the formula.
  public init(share: PathShare = .fixed(0.5)) { self.share = share }

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let settings = try Assumptions.stochasticGradient(problem, name)
    let context = EscapeContext(escape: escape, problem: problem)
    guard let barrier = context.barrier else {
      throw FormulaUnavailable(reason: "\(name) needs the energies of minimum and saddle")
    }
    let direction = try context.escapeDirection()
    let bend = context.unstableEigenvalue.magnitude
    var findings =
      Assumptions.stationaryPoints(context) + Assumptions.alignment(direction)
      + Assumptions.noiseModel(
        context, assumed: [.hessian, .twoTemperature],
        description: "the noise (η/2B)[H]⁺, constant around the minimum and around the saddle")
      + Assumptions.inflection(context) + Assumptions.interpretation(.isothermal, context)
      + Assumptions.discreteSteps(context)
    guard direction.eigenvalue > 0 else {
      return .zero(
        barrier: barrier,
        findings: findings + [
          "the minimum is flat along the escape direction: Hessian noise vanishes there"
        ])
    }
    let temperatures = (
      settings.diffusionScale * direction.eigenvalue, settings.diffusionScale * bend
    )
    let path = try PathTemperature.resolve(share, context, temperatures: temperatures)
    let s = path.share
    let exponent = barrier * (s / temperatures.0 + (1 - s) / temperatures.1)
    findings += path.findings + Assumptions.barrier(exponent)
    return EscapeRate(
      logRate: logOf(bend / (2 * .pi)) - exponent, barrier: barrier, barrierOverNoise: exponent,
      findings: findings,
      quantities: [
        "s": s, "escapeEigenvalue": direction.eigenvalue, "alignment": direction.alignment,
      ])
  }
}
