import Landscapes
import LinearAlgebra
public import StationaryPoints

/// The sharp Eyring–Kramers rate of dynamics that are not reversible (Bouchet & Reygner 2016).
public struct BouchetReygner: EscapeRateFormula {
  /// "bouchetReygner".
  public let name = "bouchetReygner"
  /// Bouchet & Reygner 2016.
  public let source = "Bouchet & Reygner 2016"

  /// Creates the formula.
  public init() {}

  /// Always unavailable.
  public func require(of problem: EscapeProblem) throws {
    throw FormulaUnavailable(
      reason:
        "not available yet: it needs the quasi-potential and its instanton, whose solvers are "
        + "not part of this version")
  }

  /// Always unavailable.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    throw FormulaUnavailable(reason: "not available yet")
  }
}
