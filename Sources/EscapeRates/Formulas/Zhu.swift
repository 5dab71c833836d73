import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Zhu's indicator of local escape (Zhu et al. 2018, as Ibayashi & Imaizumi 2021 quote it in Table
/// 1): the exit time is proportional to 1/tr(H C), 1/tr(H²) for C = H.
///
/// It knows no barrier and no saddle; ln tr(H_a C₁) orders minima by how fast they are left.
public struct Zhu: StochasticGradientFormula {
  /// "zhu".
  public let name = "zhu"
  /// Zhu et al. 2018.
  public let source = "Zhu et al. 2018, as in Ibayashi & Imaizumi 2021, Table 1"

  /// Creates the formula.
  public init() {}

  /// The indicator of one minimum, the same for all its escapes.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let context = EscapeContext(escape: escape, problem: problem)
    let (covariance, findings) = Jastrzebski.covariance(context)
    let indicator = (context.minimum.hessian * covariance).trace
    let common =
      [
        "an indicator of local escape, up to an unknown factor: it knows no barrier"
      ] + Assumptions.discreteSteps(context)
    guard indicator > 0 else {
      return .zero(barrier: nil, findings: findings + common, kind: .indicator)
    }
    return EscapeRate(
      logRate: logOf(indicator), barrier: nil, barrierOverNoise: nil,
      findings: findings + common, kind: .indicator, quantities: ["traceHC": indicator])
  }
}
