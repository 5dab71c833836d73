public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Mori's rate for a Hessian that differs between minimum and saddle in every direction: equation
/// 15 with n the number of curved directions, times Π_{i≠e} √(h*_i/h^s_i).
///
/// It is what the paper's own time change and Laplace's method give without the separability that
/// makes the product trivial. Where h^s_i/L(b) = h*_i/L(a) for i ≠ e, as Mori's Assumption 4.6
/// implies, the product cancels the dependence on n and the power is B/(ηh*_e) + ½.
public struct MoriGeneral: StochasticGradientFormula {
  /// "moriGeneral".
  public let name = "moriGeneral"
  /// Mori et al. 2021, generalised.
  public let source = "Mori et al. 2021 (15), with the Hessians of both ends"
  /// SGD is an Itô process.
  public let interpretation: StochasticInterpretation? = .ito

  /// Creates the formula.
  public init() {}

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let context = EscapeContext(escape: escape, problem: problem)
    let (a, b) = (context.minimum, context.saddle)
    let dimension = Double(a.coordinates.count - a.flatDirections)
    let plain = try Mori.rate(context, dimension: dimension, formula: name)
    guard plain.logRate > -.infinity, let escaping = plain.quantities["escapeEigenvalue"] else {
      return plain
    }
    let product =
      0.5
      * (a.logAbsoluteDeterminant - logOf(escaping) - b.logAbsoluteDeterminant
        + logOf(context.unstableEigenvalue.magnitude))
    return EscapeRate(
      logRate: plain.logRate + product, barrier: plain.barrier,
      barrierOverNoise: plain.barrierOverNoise,
      findings: plain.findings.filter { !$0.contains("n_c") }, quantities: plain.quantities)
  }
}
