import Landscapes
import LinearAlgebra
public import StationaryPoints

/// The harmonic transition-state rate of inertial dynamics with unit masses, as kinetic databases
/// compute it:
///
///     ln k = ½ Σ ln h_a − ½ Σ' ln h_b − ln 2π − ΔL/D
///
/// with the negative eigenvalue left out of Σ'. The overdamped Eyring–Kramers rate is this times
/// √|λ_b⁻|.
public struct Harmonic: EscapeRateFormula {
  /// "harmonic".
  public let name = "harmonic"
  /// Vineyard 1957, as in kinetic databases.
  public let source = "harmonic transition-state theory, unit masses (Vineyard 1957)"

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
    let overdamped = try EyringKramers.rate(context, strength: strength, formula: name)
    return EscapeRate(
      logRate: overdamped.logRate - 0.5 * logOf(context.unstableEigenvalue.magnitude),
      barrier: overdamped.barrier, barrierOverNoise: overdamped.barrierOverNoise,
      findings: overdamped.findings + [
        "the rate of inertial dynamics with unit masses; the overdamped one is this times √|λ⁻|"
      ], quantities: overdamped.quantities)
  }
}
