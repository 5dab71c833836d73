import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Nguyen's order of the exit time under α-stable noise (Nguyen et al. 2019, as Ibayashi &
/// Imaizumi 2021 quote it in Table 1): proportional to η^{−(α−δ)/2}.
///
/// Heavy tails jump over barriers: the time depends on the width of the basin, not on its height.
public struct Nguyen: EscapeRateFormula {
  /// "nguyen".
  public let name = "nguyen"
  /// Nguyen et al. 2019.
  public let source = "Nguyen et al. 2019, as in Ibayashi & Imaizumi 2021, Table 1"
  /// α, the stability index of the noise.
  public let stability: Double
  /// δ, a margin between 0 and 1.
  public let margin: Double

  /// Creates the formula.
  ///
  /// - Parameters:
  ///   - stability: α, above 0 and at most 2.
  ///   - margin: δ, between 0 and 1.
  public init(stability: Double = 1.5, margin: Double = 0.5) {
    self.stability = stability
    self.margin = margin
  }

  /// SGD.
  public func require(of problem: EscapeProblem) throws {
    _ = try Assumptions.stochasticGradient(problem, name)
  }

  /// The indicator, the same for all escapes.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    let settings = try Assumptions.stochasticGradient(problem, name)
    let context = EscapeContext(escape: escape, problem: problem)
    return EscapeRate(
      logRate: 0.5 * (stability - margin) * logOf(settings.learningRate), barrier: nil,
      barrierOverNoise: nil,
      findings: [
        "an order in η for heavy-tailed noise, up to an unknown factor that depends on the width "
          + "of the basin; the noise here is Gaussian"
      ] + Assumptions.discreteSteps(context), kind: .indicator)
  }
}
