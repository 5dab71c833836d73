import Landscapes
import LinearAlgebra
public import StationaryPoints

/// SGD as isotropic noise (Jastrzębski et al. 2017, as Ibayashi & Imaizumi 2021 quote it in Table
/// 1): the Eyring–Kramers rate with T = ησ²/2B, σ² = tr C₁/d.
///
/// C₁ is the per-sample gradient covariance at the minimum, or H_a where there are no data. Only
/// the order exp(BΔL/η + d) is stated for the exit time.
public struct Jastrzebski: StochasticGradientFormula {
  /// "jastrzebski".
  public let name = "jastrzebski"
  /// Jastrzębski et al. 2017.
  public let source = "Jastrzębski et al. 2017, as in Ibayashi & Imaizumi 2021, Table 1"

  /// Creates the formula.
  public init() {}

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let settings = try Assumptions.stochasticGradient(problem, name)
    let context = EscapeContext(escape: escape, problem: problem)
    let (covariance, findings) = Self.covariance(context)
    let variance = covariance.trace / Double(problem.field.dimension)
    guard variance > 0 else {
      return .zero(
        barrier: context.barrier, findings: ["the gradient noise vanishes at the minimum"],
        kind: .exponent)
    }
    let strength = settings.diffusionScale * variance
    let rate = try EyringKramers.rate(context, strength: strength, formula: name)
    return EscapeRate(
      logRate: rate.logRate, barrier: rate.barrier, barrierOverNoise: rate.barrierOverNoise,
      findings: rate.findings + findings
        + Assumptions.noiseModel(
          context, assumed: [.isotropic], description: "isotropic noise of the same trace")
        + ["only the order exp(BΔL/η + d) is stated; the prefactor is Eyring–Kramers'"],
      kind: .exponent, quantities: ["diffusion": strength])
  }

  /// C₁ at the minimum, or the Hessian in its place.
  static func covariance(_ context: EscapeContext) -> (Matrix, [String]) {
    if let covariance = context.problem.dynamics.gradientCovariance {
      return (covariance(context.minimum.coordinates), [])
    }
    return (
      context.minimum.hessian,
      ["there are no per-sample gradients: their covariance is taken to be the Hessian"]
    )
  }
}
