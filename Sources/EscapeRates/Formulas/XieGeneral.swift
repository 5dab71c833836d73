public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Xie's rate for any diffusion matrices D_a and D_b at the two ends (Xie et al. 2020, equation
/// 83):
///
///     ln k = ln(|H_be|/2π) + ½ ln[det(H_a D_a⁻¹)/−det(H_b D_b⁻¹)] − sΔL/T_a − (1 − s)ΔL/T_b
///
/// T_x is the eigenvalue of D_x along the escape direction. (The paper's words, "eigenvalue of
/// H⁻¹D", contradict its equations 74 and 84, which this agrees with.) With D = (η/2B)[H]⁺ it is
/// Theorem 3.2, with D = T·I it is Eyring–Kramers.
public struct XieGeneral: EscapeRateFormula {
  /// "xieGeneral".
  public let name = "xieGeneral"
  /// Xie et al. 2020.
  public let source = "Xie, Sato & Sugiyama 2020, equation 83"
  /// Like (73), of which it is the general form.
  public let interpretation: StochasticInterpretation? = .isothermal
  /// s, or how it is found.
  public let share: PathShare

  /// Creates the formula.
  public init(share: PathShare = .fixed(0.5)) { self.share = share }

  /// A gradient.
  public func require(of problem: EscapeProblem) throws {
    try Assumptions.requireGradient(problem, name)
  }

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let context = EscapeContext(escape: escape, problem: problem)
    guard let barrier = context.barrier else {
      throw FormulaUnavailable(reason: "\(name) needs the energies of minimum and saddle")
    }
    let (a, b) = (context.minimum, context.saddle)
    let leaving = try context.escapeDirection()
    let crossing = try context.unstableDirection()
    let noiseA = context.diffusion.matrix(at: a.coordinates)
    let noiseB = context.diffusion.matrix(at: b.coordinates)
    let temperatures = (
      noiseA.quadraticForm(leaving.vector), noiseB.quadraticForm(crossing.vector)
    )
    var findings =
      Assumptions.stationaryPoints(context) + Assumptions.alignment(leaving)
      + Assumptions.commutation(context) + Assumptions.inflection(context)
      + Assumptions.interpretation(.isothermal, context) + Assumptions.discreteSteps(context)
    guard temperatures.0 > 0, temperatures.1 > 0 else {
      return .zero(
        barrier: barrier,
        findings: findings + [
          "the noise along the escape direction vanishes at the "
            + (temperatures.0 > 0 ? "saddle" : "minimum")
        ])
    }
    let path = try PathTemperature.resolve(share, context, temperatures: temperatures)
    let s = path.share
    let exponent = barrier * (s / temperatures.0 + (1 - s) / temperatures.1)
    let determinants =
      a.logAbsoluteDeterminant - (try Self.logDeterminant(noiseA, at: a))
      - b.logAbsoluteDeterminant + (try Self.logDeterminant(noiseB, at: b))
    guard determinants.isFinite else {
      throw FormulaUnavailable(
        reason: "\(name) needs diffusion matrices that are regular on the curved directions; one "
          + "of those at minimum \(escape.from) and saddle \(escape.saddle) is singular")
    }
    let orbit = 0.5 * Double(a.flatDirections - b.flatDirections) * logOf(2 * .pi)
    findings += path.findings + Assumptions.barrier(exponent)
    return EscapeRate(
      logRate: logOf(crossing.eigenvalue.magnitude / (2 * .pi)) + 0.5 * determinants + orbit
        - exponent, barrier: barrier, barrierOverNoise: exponent, findings: findings,
      quantities: [
        "s": s, "temperatureMinimum": temperatures.0, "temperatureSaddle": temperatures.1,
        "alignment": leaving.alignment,
      ])
  }

  /// ln det D on the directions that are not flat.
  private static func logDeterminant(_ noise: Matrix, at point: StationaryPoint) throws -> Double {
    guard point.flatDirections > 0 else { return try noise.logAbsoluteDeterminant().logarithm }
    let eigen = try point.hessian.symmetrized.symmetricEigendecomposition()
    let kept = eigen.values.indices.sorted {
      eigen.values[$0].magnitude < eigen.values[$1].magnitude
    }
    .dropFirst(point.flatDirections)
    let basis = Matrix(kept.map { eigen.vector($0) })
    return try (basis * noise * basis.transposed).logAbsoluteDeterminant().logarithm
  }
}
