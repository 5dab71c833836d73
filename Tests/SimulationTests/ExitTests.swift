import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import Testing

@Suite("Exit times")
struct ExitTests {
  /// Hu Example 3.1 with μ = 1, ε = 0.5: f = x₁² + x₂², D = ε/2. The mean exit time from the unit
  /// disc is ¼[Ei(2/ε) − γ − ln(2/ε)] = 4.416841.
  private func disc(
    _ correction: BoundaryCorrection, region: ExitRegion = .ball(radius: 1), timeStep: Double,
    exits: Int
  ) async throws -> ExitStatistics {
    let field = CompiledField(Bowl(curvatures: [2, 2]))
    let values = try EnsembleSettings(
      trajectories: 0, time: 1000, timeStep: timeStep, seed: 1, exits: exits, exitRegion: region,
      boundaryCorrection: correction)
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.25, dimension: 2),
      network: network(field, minima: [[0, 0]]), settings: values)
    let result = try await ensemble.run()
    let exit = try #require(result.exits.first)
    return exit
  }

  @Test("a Brownian bridge or a shifted boundary gives the exact mean exit time of the disc")
  func corrected() async throws {
    for correction in [BoundaryCorrection.brownianBridge, .shiftedBoundary] {
      let exit = try await disc(correction, timeStep: 0.001, exits: 5000)
      let mean = try #require(exit.meanTime)
      let error = try #require(exit.standardError)
      // The scheme's own weak error is −0.02 here (−0.16 at Δt = 0.01): its variance is larger by
      // 1/(1 − kΔt/2), and the mean exit time changes with ln ε by −(e^{2/ε} − 1)/4.
      #expect(abs(mean - 4.416841) < 3 * error)
      #expect(error < 0.07)
      #expect(exit.count == 5000 && exit.censored == 0)
    }
  }

  @Test("without a correction the mean exit time has the known bias")
  func uncorrected() async throws {
    let exit = try await disc(.none, timeStep: 0.01, exits: 4000)
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    // 5.50 at Δt = 0.01, known to about 0.03.
    #expect(abs(mean - 5.50) < 3 * error + 0.03)
  }

  @Test("the level set of the loss is the same boundary as the ball")
  func threshold() async throws {
    let exit = try await disc(
      .brownianBridge, region: .lossThreshold(1), timeStep: 0.002, exits: 2000)
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    #expect(abs(mean - 4.416841) < 3 * error)
  }

  @Test("a box gives the exact mean exit time in one dimension")
  func box() async throws {
    // Free Brownian motion from 0 in [−1, 2]: (0 + 1)(2 − 0)/(2D) = 2 for D = ½.
    let field = CompiledField(Bowl(curvatures: [0]))
    let values = try EnsembleSettings(
      trajectories: 0, time: 1000, timeStep: 0.02, exits: 10000,
      exitRegion: .box(Domain(lower: [-1], upper: [2])))
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.5, dimension: 1),
      network: network(field, minima: [[0]]), settings: values)
    let exit = try #require(try await ensemble.run().exits.first)
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    #expect(abs(mean - 2) < 3 * error)
  }

  @Test("loss-proportional noise in one dimension has the mean first-passage time of quadrature")
  func mori() async throws {
    // D = ηL(x)h* with h* = L″ at the left minimum, η = 0.5; mean first-passage time from the left
    // minimum to the right one, with a reflecting wall at −6, by trapezoidal quadrature on 1.2
    // million points: 39.05185 (the same script gives the tabulated 32533.24 at η = 0.1).
    let field = CompiledField(MoriLoss())
    let right = 0.9456492739235914
    let points = try network(
      field, minima: [[-1.0466805318046022], [right]],
      saddles: [([0.10103125788129105], [0, 1])])
    let sgd = try StochasticGradient(learningRate: 0.5, batchSize: 1)
    let values = try EnsembleSettings(
      trajectories: 0, time: 1e5, timeStep: 0.002, exits: 1000,
      exitRegion: .box(Domain(lower: [-6], upper: [right])))
    let ensemble = try Ensemble(
      field: field, dynamics: .sgd(sgd, noise: .lossHessian, field: field), network: points,
      settings: values)
    let result = try await ensemble.run()
    let exit = try #require(result.exits.first)
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    #expect(result.exits.count == 1 && exit.minimum == 0)
    #expect(abs(mean - 39.05185) < 3 * error)
  }

  @Test("escapes between basins have the exact mean first-passage times to the core sets")
  func basins() async throws {
    let (field, network) = try tiltedWell()
    let values = try EnsembleSettings(
      trajectories: 0, time: 1e5, timeStep: 0.005, exits: 400)
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.12, dimension: 2), network: network,
      settings: values, basin: descend(field))
    let result = try await ensemble.run()
    // Scharfetter–Gummel finite volumes on 600 × 400 cells, absorbing in the other core set.
    for (exit, exact) in zip(result.exits, [180.6, 15.16]) {
      let mean = try #require(exit.meanTime)
      let error = try #require(exit.standardError)
      #expect(abs(mean - exact) < 3 * error)
      #expect(exit.toMinimum == (exit.minimum == 0 ? [0, 400] : [400, 0]))
    }
    // The way itself takes about 3 of the 180.
    let test = try #require(result.exits[0].exponential)
    #expect(test.pValue > 0.001)
    #expect(result.exits[0].rateInterval.contains(1 / 180.6))
  }

  @Test("watches that are given up count with their time")
  func censored() async throws {
    let (field, network) = try tiltedWell()
    let values = try EnsembleSettings(
      trajectories: 0, time: 20, timeStep: 0.01, exits: 2000)
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.06, dimension: 2), network: network,
      settings: values)
    let result = try await ensemble.run()
    let exit = result.exits[1]
    #expect(exit.count + exit.censored == 2000)
    #expect(exit.censored > 1000)
    #expect(exit.exponential == nil)
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    // The exact mean is 41.24 (finite volumes, as above); nobody can arrive in the first 2 of the
    // 20, which makes the estimate up to a tenth too long.
    #expect(mean > 41.24 - 3 * error && mean < 1.12 * 41.24 + 3 * error)
    #expect(result.findings.contains { $0.contains("without an escape") })
  }

  @Test("the exponential test has Lilliefors's critical values")
  func lilliefors() {
    // Equally spaced quantiles fit perfectly; a uniform law does not.
    let n = 100
    let perfect = (0..<n).map { -log(1 - (Double($0) + 0.5) / Double(n)) }
    #expect(ExponentialTest(times: perfect).pValue > 0.99)
    #expect(ExponentialTest(times: (1...n).map { Double($0) }).pValue < 0.001)
    // The 95 % point for large samples is 1.094 (Stephens 1974, case of an estimated mean): a
    // sample constructed to have that statistic has p near 0.05.
    var low = 1.0
    var high = 2.0
    for _ in 0..<60 {
      let power = 0.5 * (low + high)
      let d = ExponentialTest(times: perfect.map { pow($0, power) }).statistic
      let scaled = (d - 0.2 / 100) * (10 + 0.26 + 0.05)
      if scaled < 1.094 { low = power } else { high = power }
    }
    let p = ExponentialTest(times: perfect.map { pow($0, low) }).pValue
    #expect(abs(p - 0.05) < 0.015)
  }
}
