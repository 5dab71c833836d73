import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Escape rates from the discretised Fokker–Planck generator, the referee in two and three
/// dimensions.
public struct FokkerPlanck: EscapeRateFormula {
  /// "fokkerPlanck".
  public let name = "fokkerPlanck"
  /// The Fokker–Planck equation on a grid.
  public let source = "Fokker–Planck generator on a grid"

  /// Creates the formula.
  public init() {}

  /// Always unavailable.
  public func require(of problem: EscapeProblem) throws {
    throw FormulaUnavailable(
      reason: "not available yet: the Fokker–Planck generator on a grid is not part of this version"
    )
  }

  /// Always unavailable.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    throw FormulaUnavailable(reason: "not available yet")
  }
}
