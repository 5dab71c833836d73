import Foundation
import Landscapes
import LinearAlgebra
import LossModels
import Simulation
import StationaryPoints

/// How the exit time depends on the sharpness (Ibayashi and Imaizumi, Theorems 2 and 3).
struct IbayashiLaws {
  static let sharpnesses = [1.0, 1.5, 2, 3, 4]

  /// ΔL/D from the mean exit time T of a bowl ½λ|θ|² in two variables with isotropic D from the
  /// level ΔL: 2λT = Ei(x) − γ − ln x with x = ΔL/D.
  private func exponent(of time: Estimate, sharpness: Double) -> Estimate {
    let scaled = 2 * sharpness * time.value
    let x = bisect(1e-6, 600) { entireExponentialIntegral($0) - scaled }
    // d(Ei(x) − γ − ln x)/dx = (eˣ − 1)/x.
    return Estimate(value: x, error: 2 * sharpness * time.error * x / (exp(x) - 1))
  }

  func section() async throws -> String {
    let depth = 0.25
    var rows: [[String]] = []
    var fits: [[String]] = []
    struct Case {
      let name: String
      let power: Double
      let ratio: Double
    }
    let cases = [
      Case(name: "diffusion, D = (η/2B) H (the SDE's C = H)", power: 1, ratio: 16),
      Case(
        name: "diffusion, D = (η/2B) H^{1/2} (what Definition 4's C^{−1/2} is the action of)",
        power: 0.5, ratio: 12),
    ]
    for (number, item) in cases.enumerated() {
      var values: [Estimate] = []
      for (k, sharpness) in IbayashiLaws.sharpnesses.enumerated() {
        let field = CompiledField(
          QuadraticLoss(hessian: [sharpness, 0, 0, sharpness], minimum: [0, 0], floor: 0))
        let strength = 0.5 / item.ratio * pow(sharpness, item.power)
        let integrator = try StochasticIntegrator(
          field: field, dynamics: .langevin(temperature: strength, dimension: 2),
          timeStep: 0.01 / sharpness, method: .heun)
        let time = try await meanExitTime(
          integrator, field: field, network: network(field, minima: [[0, 0]]),
          region: .lossThreshold(depth), exits: 2000, seed: UInt64(700 + 10 * number + k))
        values.append(exponent(of: time, sharpness: sharpness).scaled(by: 1 / item.ratio))
      }
      append(item.name, depth, values, to: &rows, &fits)
    }
    // Mini-batches: the features are scaled by √λ. ΔL is small beside L* = ½, so that C ≈ H.
    let (rate, size) = (0.005, 1)
    let shallow = 0.02
    var values: [Estimate] = []
    for (k, sharpness) in IbayashiLaws.sharpnesses.enumerated() {
      let data = try RegressionData(
        dimension: 2, samples: 100_000, scale: sharpness.squareRoot(), seed: 2021)
      let field = CompiledField(data.landscape)
      let descent = try MiniBatchDescent(
        data.model, settings: StochasticGradient(learningRate: rate, batchSize: size))
      let time = try await meanExitTime(
        DiscreteMover(descent), field: field, network: network(field, minima: [data.minimum]),
        region: .lossThreshold(data.floor + shallow), exits: 2000, seed: UInt64(720 + k))
      values.append(exponent(of: time, sharpness: sharpness).scaled(by: rate / Double(size)))
    }
    append(
      "true mini-batch SGD, linear regression, η = \(rate), B = \(size)", shallow, values,
      to: &rows,
      &fits)
    return """
      The sharpness is varied as in the paper by L(θ) → L(√α θ), which scales all curvatures by α at \
      the same depth ΔL. A bowl ½λ|θ|² in two variables, from its centre until L first reaches ΔL, \
      for which the mean exit time is known, 2λT = Ei(x) − γ − ln x with x = ΔL/D: each measured \
      time is turned into its exponent V = lim (η/B) ln T without an asymptotic formula; 2000 \
      escapes each. The mini-batches are those of a linear regression whose features are scaled by \
      √λ, with ΔL = \(shallow) small beside L* = ½, so that C = H there within a few per cent; the \
      boundary is a level set of L (where it is not, V is min |θ − θ*|² over the boundary and has \
      nothing to do with ΔL).

      \(table(["process", "λ", "measured V", "2ΔL/λ", "2ΔL/λ^{1/2}"], rows))
      V ∝ λ^{−q}:

      \(table(["process", "measured q", "from 1, in errors", "from ½, in errors", "χ² of the power law"], fits))
      With C = H the exit time follows V = 2ΔL/λ. The paper's 2ΔL/λ^{1/2} is what a noise with the \
      covariance H^{1/2} would give: Definition 4 has C^{−1/2} where the action of the paper's own \
      SDE (3) has C^{−1}. The exits of SGD itself are seen at the ends of its steps only, as if the \
      boundary were 0.58 steps farther away; a step grows with λ relative to the bowl, which pulls its q \
      a little below 1 at this learning rate.

      """
  }

  private func append(
    _ name: String, _ depth: Double, _ values: [Estimate], to rows: inout [[String]],
    _ fits: inout [[String]]
  ) {
    for (sharpness, value) in zip(IbayashiLaws.sharpnesses, values) {
      rows.append([
        name, text(sharpness, digits: 2), text(value), text(2 * depth / sharpness),
        text(2 * depth / sharpness.squareRoot()),
      ])
    }
    let fit = LineFit(IbayashiLaws.sharpnesses.map { log($0) }, values.map(\.logarithm))
    let q = fit.slope.scaled(by: -1)
    let measured = Estimate(value: q.value, error: fit.slope.error)
    fits.append([
      name, text(measured), deviationText(measured, from: 1), deviationText(measured, from: 0.5),
      String(format: "%.1f / %d", fit.chiSquare, fit.degreesOfFreedom),
    ])
  }
}
