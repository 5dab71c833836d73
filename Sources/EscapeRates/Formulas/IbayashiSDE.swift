import Landscapes
import LinearAlgebra
public import StationaryPoints

/// The exponent that Ibayashi's own dynamics (Ibayashi & Imaizumi 2021, equation 3) give for a
/// quadratic basin with C = H whose boundary is a level set of the loss:
///
///     ln k = −(B/η)·2ΔL/λ_max
///
/// The quasi-potential is (B/η)|θ − θ*|², least where the basin is steepest. See `Ibayashi` for the
/// paper's formula.
public struct IbayashiSDE: StochasticGradientFormula {
  /// "ibayashiSDE".
  public let name = "ibayashiSDE"
  /// Ibayashi & Imaizumi 2021, with C⁻¹ in the action.
  public let source = "Ibayashi & Imaizumi 2021, equation 3, with C⁻¹ in Definition 4"

  /// Creates the formula.
  public init() {}

  /// The exponent of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    return try Ibayashi.rate(
      EscapeContext(escape: escape, problem: problem), power: -1, formula: name)
  }
}
