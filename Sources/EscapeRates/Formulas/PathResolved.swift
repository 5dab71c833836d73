public import Landscapes
import LinearAlgebra
import QuasiPotentials
public import StationaryPoints

/// Xie's Theorem 3.2 with the local temperature in place of its two constants:
///
///     ln k = ln(|H_be|/2π) + ∫_a^b bᵀD⁻¹ dl
///
/// The integral runs along the path from the minimum to the saddle (negative uphill). The s with
/// which Theorem 3.2 would equal it is reported.
public struct PathResolved: EscapeRateFormula {
  /// "pathResolved".
  public let name = "pathResolved"
  /// Xie et al. 2020, with the temperature of every point of the path.
  public let source = "Xie et al. 2020, Theorem 3.2, temperature resolved along the path"
  /// The prefactor is that of Theorem 3.2.
  public let interpretation: StochasticInterpretation? = .isothermal

  /// Creates the formula.
  public init() {}

  /// A gradient, or a single variable.
  public func require(of problem: EscapeProblem) throws {
    guard problem.field.isGradient || problem.field.dimension == 1 else {
      throw FormulaUnavailable(
        reason: "\(name) needs a gradient in more than one variable: other drifts are not left "
          + "along their relaxation paths")
    }
  }

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let context = EscapeContext(escape: escape, problem: problem)
    let exponent = try PathAction(field: problem.field, diffusion: context.diffusion)
      .work(along: context.climb)
    var findings =
      Assumptions.stationaryPoints(context) + Assumptions.commutation(context)
      + Assumptions.interpretation(.isothermal, context) + Assumptions.discreteSteps(context)
    if exponent == .infinity, problem.field.dimension > 1,
      context.minimum.energy ?? 0 > 0 || !problem.dynamics.isLossProportional
    {
      throw FormulaUnavailable(
        reason: "\(name): its integral diverges: the noise vanishes on the path from "
          + "\(escape.from) to \(escape.to) in a direction in which it climbs (an inflection, under "
          + "Hessian noise); in more than one variable other paths go around")
    }
    guard exponent < .infinity else {
      return .zero(
        barrier: context.barrier,
        findings: findings + [
          problem.dynamics.isLossProportional
            ? "noise proportional to the loss vanishes at the minimum, and there is no escape"
            : "the noise vanishes on the path (an inflection under literal Hessian noise): the "
              + "continuous process cannot climb over it"
        ])
    }
    findings += Assumptions.barrier(exponent)
    var quantities: [String: Double] = [:]
    let leaving = try context.escapeDirection()
    let crossing = try context.unstableDirection()
    let temperatures = (
      context.diffusion.matrix(at: context.minimum.coordinates).quadraticForm(leaving.vector),
      context.diffusion.matrix(at: context.saddle.coordinates).quadraticForm(crossing.vector)
    )
    if let share = PathTemperature.effectiveShare(exponent, context, temperatures) {
      quantities["s"] = share
      findings.append("s_eff = \(Assumptions.rounded(share)) makes Theorem 3.2 equal to this")
    }
    return EscapeRate(
      logRate: logOf(context.unstableEigenvalue.magnitude / (2 * .pi)) - exponent,
      barrier: context.barrier, barrierOverNoise: exponent, findings: findings,
      quantities: quantities)
  }
}
