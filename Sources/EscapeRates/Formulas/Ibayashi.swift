import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Ibayashi's exponent of the mean exit time of SGD (Ibayashi & Imaizumi 2021, Theorems 2 and 3):
///
///     ln k = −(B/η)·2ΔL·λ_max^{−1/2},   up to ±(B/η)·A·λ_min^{1/2}(κ^{1/2} − 1)
///
/// with the spectrum of H_a, κ = λ_max/λ_min and an unknown constant A. The paper's action
/// (Definition 4) has C^{−1/2} where its own dynamics (3) give C⁻¹; `IbayashiSDE` is the exponent
/// of the dynamics.
public struct Ibayashi: StochasticGradientFormula {
  /// "ibayashi".
  public let name = "ibayashi"
  /// Ibayashi & Imaizumi 2021.
  public let source = "Ibayashi & Imaizumi 2021, Theorems 2 and 3"

  /// Creates the formula.
  public init() {}

  /// The exponent of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    return try Self.rate(
      EscapeContext(escape: escape, problem: problem), power: -0.5, formula: name)
  }

  /// −(B/η)·2ΔL·λ_max^power.
  static func rate(
    _ context: EscapeContext, power: Double, formula: String
  ) throws -> EscapeRate {
    let settings = try Assumptions.stochasticGradient(context.problem, formula)
    guard let barrier = context.barrier else {
      throw FormulaUnavailable(reason: "\(formula) needs the energies of minimum and saddle")
    }
    let spectrum = context.minimum.spectrum
    let curved = spectrum.sorted { $0.magnitude < $1.magnitude }
      .dropFirst(context.minimum.flatDirections)
    guard let largest = spectrum.last, largest > 0, let smallest = curved.first else {
      throw FormulaUnavailable(
        reason: "\(formula) needs a positive eigenvalue at minimum \(context.escape.from)")
    }
    // B/η, with the finite-population factor.
    let inverse = 1 / settings.lossHessianScale
    let exponent = inverse * 2 * barrier * (power == -1 ? 1 / largest : 1 / largest.squareRoot())
    let condition = largest / smallest
    let width = inverse * smallest.squareRoot() * (condition.squareRoot() - 1)
    var findings =
      Assumptions.stationaryPoints(context)
      + Assumptions.noiseModel(
        context, assumed: [.hessian, .twoTemperature], description: "the noise (η/2B)·H(θ*)")
      + Assumptions.discreteSteps(context) + Assumptions.barrier(exponent)
    if condition > 2 {
      findings.append(
        power == -1
          ? "the Hessian is anisotropic (κ = \(Assumptions.rounded(condition))): the exit is taken "
            + "along the steepest direction, as if the boundary were a level set of the loss"
          : "the Hessian is anisotropic (κ = \(Assumptions.rounded(condition))): the exponent is "
            + "known up to ±\(Assumptions.rounded(width))·A with an unknown constant A")
    }
    return EscapeRate(
      logRate: -exponent, barrier: barrier, barrierOverNoise: exponent, findings: findings,
      kind: .exponent,
      quantities: [
        "largestEigenvalue": largest, "conditionNumber": condition, "widthOverA": width,
      ])
  }
}
