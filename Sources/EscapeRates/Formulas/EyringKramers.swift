import Landscapes
import LinearAlgebra
public import StationaryPoints

/// The Eyring–Kramers rate of overdamped dynamics under constant isotropic noise (Xie et al. 2020,
/// Theorem 3.1):
///
///     ln k = ln(|λ_b⁻|/2π) + ½ ln det H_a − ½ ln |det H_b| − ΔL/D
///
/// Its relative error is O(D). Flat directions are left out of the determinants; each one that the
/// minimum has more than the saddle brings a factor (2πD)^½, with the ratio of the orbit volumes
/// taken as 1.
public struct EyringKramers: EscapeRateFormula {
  /// "eyringKramers".
  public let name = "eyringKramers"
  /// Kramers 1940; Xie et al. 2020.
  public let source = "Kramers 1940; Xie et al. 2020, Theorem 3.1"

  /// Creates the formula.
  public init() {}

  /// A gradient, and constant isotropic noise.
  public func require(of problem: EscapeProblem) throws {
    try Assumptions.requireGradient(problem, name)
    _ = try Assumptions.isotropicStrength(problem, name)
  }

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let strength = try Assumptions.isotropicStrength(problem, name)
    let context = EscapeContext(escape: escape, problem: problem)
    return try Self.rate(context, strength: strength, formula: name)
  }

  /// The rate at a given D.
  static func rate(
    _ context: EscapeContext, strength: Double, formula: String
  ) throws -> EscapeRate {
    guard let barrier = context.barrier else {
      throw FormulaUnavailable(reason: "\(formula) needs the energies of minimum and saddle")
    }
    let (a, b) = (context.minimum, context.saddle)
    var findings = Assumptions.stationaryPoints(context)
    var logRate =
      logOf(context.unstableEigenvalue.magnitude / (2 * .pi)) - barrier / strength
      + 0.5 * (a.logAbsoluteDeterminant - b.logAbsoluteDeterminant)
    let excess = a.flatDirections - b.flatDirections
    if excess != 0 {
      logRate += 0.5 * Double(excess) * logOf(2 * .pi * strength)
      findings.append(
        "minimum and saddle have different numbers of flat directions: the rate carries "
          + "(2πD)^(\(excess)/2), with the ratio of the orbit volumes taken as 1")
    }
    findings += Assumptions.barrier(barrier / strength) + Assumptions.discreteSteps(context)
    return EscapeRate(
      logRate: logRate, barrier: barrier, barrierOverNoise: barrier / strength,
      findings: findings, quantities: ["diffusion": strength])
  }
}
