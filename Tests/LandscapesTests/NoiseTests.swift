import Landscapes
import LinearAlgebra
import Testing

@Suite("Noise models and their conversions to the canonical D")
struct NoiseTests {
  let hessian: Matrix = [[2, 0.5], [0.5, 1]]

  @Test("Each paper's noise becomes the D of its row in the table of conversions")
  func conversions() throws {
    // η = 0.1, B = 4: η/2B = 0.0125, η/B = 0.025; by hand.
    let settings = try StochasticGradient(learningRate: 0.1, batchSize: 4)
    #expect(settings.diffusionScale == 0.0125)
    #expect(settings.lossHessianScale == 0.025)
    #expect((settings.inverseTemperature - 0.0125).magnitude < 1e-18)
    #expect(
      DiffusionConversions.xie(learningRate: 0.1, covariance: 0.25 * hessian)
        == DiffusionConversions.ibayashi(learningRate: 0.1, batchSize: 4, covariance: hessian))
    let mori = DiffusionConversions.mori(
      learningRate: 0.1, batchSize: 4, loss: 3, hessian: hessian)
    #expect((mori - 0.075 * hessian).largestMagnitude < 1e-16)
    // Σ = (2L/B)H in √(ηΣ) dW is the same noise.
    let sigma = DiffusionConversions.mori(learningRate: 0.1, covariance: (2 * 3 / 4.0) * hessian)
    #expect((sigma - mori).largestMagnitude < 1e-16)
    #expect(DiffusionConversions.hu(epsilon: 0.025, matrix: hessian) == 0.0125 * hessian)
    #expect(
      DiffusionConversions.chaudhari(inverseTemperature: 0.0125, matrix: hessian)
        == 0.0125 * hessian)
  }

  @Test("Sampling without replacement scales the noise by (N − B)/(N − 1)")
  func withoutReplacement() throws {
    let settings = try StochasticGradient(
      learningRate: 0.1, batchSize: 4, replacement: false, sampleCount: 10)
    #expect((settings.diffusionScale - 0.0125 * 6 / 9).magnitude < 1e-17)
    #expect((settings.inverseTemperature - 0.0125 * 0.6).magnitude < 1e-17)
    // Chaudhari's factor on a covariance normalised by N − 1 is the same noise.
    let population = 10.0 / 9
    #expect(
      (settings.inverseTemperature * population - settings.diffusionScale).magnitude < 1e-17)
  }

  @Test("Hessian noise takes absolute eigenvalues")
  func hessianNoise() throws {
    let field = CompiledField(DoubleWell(dimension: 2, height: 0.25, stiffness: 3))
    let settings = try StochasticGradient(learningRate: 0.1, batchSize: 5)
    let dynamics = try Dynamics.sgd(settings, noise: .hessian, field: field)
    // V'' = 3x² − 1 = −1 at the origin: [H]⁺ = diag(1, 3).
    let matrix = dynamics.diffusion.matrix(at: [0, 0])
    #expect((matrix - .diagonal([0.01, 0.03])).largestMagnitude < 1e-16)
  }

  @Test("Two-temperature noise is that of the minimum below s and of the saddle above it")
  func twoTemperature() throws {
    let field = CompiledField(DoubleWell(dimension: 1))
    let settings = try StochasticGradient(learningRate: 0.2, batchSize: 1)
    let dynamics = try Dynamics.sgd(
      settings, noise: .twoTemperature, field: field, twoTemperatureShare: 0.5)
    let basin = BasinAnchor(
      minimum: [1], minimumEnergy: 0, minimumHessian: [[2]],
      saddles: [.init(coordinates: [0], energy: 0.25, hessian: [[-1]])])
    let anchored = dynamics.diffusion.anchored(at: basin)
    #expect((anchored.matrix(at: [0.9])[0, 0] - 0.2).magnitude < 1e-16)
    #expect((anchored.matrix(at: [0.1])[0, 0] - 0.1).magnitude < 1e-16)
  }

  @Test("Of several saddles, the nearest one and its height decide the two-temperature noise")
  func nearestSaddle() throws {
    let field = CompiledField(DoubleWell(dimension: 1))
    let settings = try StochasticGradient(learningRate: 0.2, batchSize: 1)
    let dynamics = try Dynamics.sgd(
      settings, noise: .twoTemperature, field: field, twoTemperatureShare: 0.5)
    let anchored = dynamics.diffusion.anchored(
      at: BasinAnchor(
        minimum: [1], minimumEnergy: 0, minimumHessian: [[2]],
        saddles: [
          .init(coordinates: [0], energy: 0.25, hessian: [[-1]]),
          .init(coordinates: [1.6], energy: 0.6084, hessian: [[-3]]),
        ]))
    // (x² − 1)²/4 at 1.4 is 0.2304: above half of 0.25, below half of 0.6084, whose saddle is
    // nearer. At 1.5 it is 0.390625, above that too.
    #expect((anchored.matrix(at: [1.4])[0, 0] - 0.2).magnitude < 1e-16)
    #expect((anchored.matrix(at: [1.5])[0, 0] - 0.3).magnitude < 1e-16)
    #expect((anchored.matrix(at: [0.3])[0, 0] - 0.1).magnitude < 1e-16)
    #expect([0.3, 1.0, 1.4, 1.5].map { anchored.piece(at: [$0]) } == [1, 0, 0, 2])
  }

  @Test("Loss-proportional noise follows the loss and the Hessian of the basin's minimum")
  func lossHessian() throws {
    struct Lifted: Landscape {
      var dimension: Int { 1 }
      func energy<S: Scalar>(at x: Span<S>) -> S { x[0].squared() + 1 }
    }
    let field = CompiledField(Lifted())
    let settings = try StochasticGradient(learningRate: 0.1, batchSize: 2)
    let dynamics = try Dynamics.sgd(settings, noise: .lossHessian, field: field)
    let basin = BasinAnchor(minimum: [0], minimumEnergy: 1, minimumHessian: [[2]])
    // (η/B) L h* = 0.05 · (1 + 4) · 2.
    let value = dynamics.diffusion.anchored(at: basin).matrix(at: [2])[0, 0]
    #expect((value - 0.5).magnitude < 1e-15)
  }

  @Test("Impossible settings are refused")
  func refusals() throws {
    #expect(throws: LandscapeError.self) {
      try StochasticGradient(learningRate: 0, batchSize: 1)
    }
    #expect(throws: LandscapeError.self) {
      try StochasticGradient(learningRate: 0.1, batchSize: 11, sampleCount: 10)
    }
    #expect(throws: LandscapeError.self) {
      try StochasticGradient(learningRate: 0.1, batchSize: 0)
    }
    #expect(throws: LandscapeError.self) { try Dynamics.langevin(temperature: -1, dimension: 2) }
    #expect(throws: LandscapeError.self) { try ConstantDiffusion([[1, 2], [2, 1]]) }
    #expect(throws: LandscapeError.self) { try ConstantDiffusion([[1, 2], [0, 1]]) }
    let drift = CompiledField(field: MaierStein())
    let settings = try StochasticGradient(learningRate: 0.1, batchSize: 1)
    #expect(throws: LandscapeError.self) {
      try Dynamics.sgd(settings, noise: .hessian, field: drift)
    }
  }
}
