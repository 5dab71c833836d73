import Landscapes
import LinearAlgebra
import StationaryPoints

/// The checks of assumptions that several formulas share; each returns sentences for the report.
enum Assumptions {
  /// Below this, low-noise formulas are off by tens of per cent and more.
  static let lowBarrier = 5.0

  static func requireGradient(_ problem: EscapeProblem, _ name: String) throws {
    guard problem.field.isGradient else {
      throw FormulaUnavailable(
        reason: "\(name) needs an energy; the drift is not the gradient of one")
    }
  }

  static func stochasticGradient(
    _ problem: EscapeProblem, _ name: String
  ) throws -> StochasticGradient {
    guard let settings = problem.dynamics.stochasticGradient else {
      throw FormulaUnavailable(
        reason: "\(name) needs SGD dynamics (kind \"sgd\" with a learning rate and a batch size)")
    }
    return settings
  }

  static func isotropicStrength(_ problem: EscapeProblem, _ name: String) throws -> Double {
    guard case .isotropic(let strength) = problem.dynamics.diffusion.form, strength > 0 else {
      throw FormulaUnavailable(
        reason: "\(name) needs constant isotropic noise, D times the identity; this noise "
          + (problem.dynamics.diffusion.form == .positionDependent
            ? "depends on the position" : "is anisotropic"))
    }
    return strength
  }

  static func barrier(_ value: Double) -> [String] {
    guard value < lowBarrier else { return [] }
    let figure = rounded(value)
    return value <= 0
      ? ["the barrier over the noise is \(figure): there is no barrier to speak of a rate"]
      : [
        "the barrier is only \(figure) times the noise (low-noise formulas want at least "
          + "\(rounded(lowBarrier)))"
      ]
  }

  static func stationaryPoints(_ context: EscapeContext) -> [String] {
    var findings: [String] = []
    if context.saddle.index != 1 {
      findings.append("the saddle has index \(context.saddle.index), not 1")
    }
    if context.minimum.flatDirections > 0 || context.saddle.flatDirections > 0 {
      findings.append(
        "flat directions are left out of the determinants: \(context.minimum.flatDirections) at "
          + "the minimum, \(context.saddle.flatDirections) at the saddle")
    }
    return findings
  }

  static func discreteSteps(_ context: EscapeContext) -> [String] {
    guard let settings = context.problem.dynamics.stochasticGradient else { return [] }
    var findings: [String] = []
    for (name, point) in [("minimum", context.minimum), ("saddle", context.saddle)] {
      let largest = settings.learningRate * (point.spectrum.last ?? 0)
      guard largest >= 2 else { continue }
      findings.append(
        "ηλ_max = \(rounded(largest)) at the \(name): discrete SGD steps are unstable from 2 on, "
          + "and the continuous process says nothing about them")
    }
    if !settings.replacement, settings.sampleCount != nil {
      findings.append(
        "batches without replacement: 1/B stands for (1/B)(N − B)/(N − 1) = "
          + "\(rounded(settings.covarianceFactor))")
    }
    return findings
  }

  /// Whether the formula's own model of the noise is the one of the dynamics.
  static func noiseModel(
    _ context: EscapeContext, assumed: [GradientNoise], description: String
  ) -> [String] {
    guard case .sgd(_, let noise) = context.problem.dynamics.source, !assumed.contains(noise)
    else { return [] }
    return ["the formula assumes \(description); the noise here is \"\(noise.rawValue)\""]
  }

  static func interpretation(
    _ assumed: StochasticInterpretation, _ context: EscapeContext
  ) -> [String] {
    guard context.problem.dynamics.diffusion.form == .positionDependent,
      assumed != context.problem.dynamics.interpretation
    else { return [] }
    return [
      "the formula reads the noise as \(assumed.rawValue), the dynamics as "
        + "\(context.problem.dynamics.interpretation.rawValue)"
    ]
  }

  static func alignment(_ direction: EscapeDirection) -> [String] {
    guard direction.alignment < 0.9 else { return [] }
    return [
      "the path leaves the minimum along no eigenvector of its Hessian: |cos| = "
        + "\(rounded(direction.alignment)) with the closest one"
    ]
  }

  /// Whether H and D have common eigenvectors at the two ends.
  static func commutation(_ context: EscapeContext) -> [String] {
    [("minimum", context.minimum), ("saddle", context.saddle)].compactMap { name, point in
      let d = context.diffusion.matrix(at: point.coordinates)
      let commutator = point.hessian * d - d * point.hessian
      let scale = point.hessian.largestMagnitude * d.largestMagnitude
      guard commutator.largestMagnitude > 1e-6 * scale else { return nil }
      return "the Hessian and the diffusion do not commute at the \(name): exit paths leave the "
        + "gradient path, and the energy alone does not fix the exponent"
    }
  }

  static func inflection(_ context: EscapeContext) -> [String] {
    guard case .sgd(_, .hessian) = context.problem.dynamics.source else { return [] }
    let consequence =
      context.problem.field.dimension == 1
      ? "the continuous process cannot climb over it" : "the process has to go around"
    return [
      "literal Hessian noise vanishes along the path where it crosses an inflection: "
        + "\(consequence), and the formula replaces the noise by two constant ones"
    ]
  }

  static func rounded(_ x: Double) -> String {
    guard x.isFinite, x != 0 else { return "\(x)" }
    let exponent = max(min(logOf(x.magnitude) / 2.302585092994046, 300), -300).rounded(.down)
    var unit = 1.0
    for _ in 0..<Int((3 - exponent).magnitude) { unit *= 10 }
    let scaled = exponent <= 3 ? (x * unit).rounded() / unit : (x / unit).rounded() * unit
    return scaled == scaled.rounded() && scaled.magnitude < 1e15
      ? "\(Int(scaled))" : "\(scaled)"
  }
}
