import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import Testing

/// Larger computations, wanted with METASTABILITY_LONG_TESTS=1; they print what they find.
@Suite("Rare events at length", .serialized, .enabled(if: runsLongTests))
struct LongRareEventTests {
  @Test(
    "splitting reaches rates of 1e-4 to 1e-30 in the tilted double well",
    arguments: TransitionRateTests.table.dropFirst())
  func tilted(_ temperature: Double, _ logTime: Double) async throws {
    let clock = ContinuousClock.now
    let rate = try await AdaptiveMultilevelSplitting(
      tiltedEvent(temperature: temperature, timeStep: 0.02),
      settings: rareSettings(copies: 256, repetitions: 16)
    ).rate(from: [TiltedSection.left], through: TransitionRateTests.surface(temperature))
    let ratio = exp(rate.logRate + logTime)
    print(
      "D = \(temperature): ln k = \(rate.logRate) ± \(rate.standardError), exact \(-logTime), "
        + "ratio \(ratio), steps \(rate.steps), time \(ContinuousClock.now - clock)")
    #expect(abs(rate.logRate + logTime) < 3.5 * rate.standardError)
    #expect(rate.interval.contains(rate.logRate))
  }

  @Test("intervals of rates hold in 200 repetitions of the whole computation")
  func coverage() async throws {
    var covered = 0
    let logTime = 9.1109089058
    for seed in 1...200 {
      let rate = try await AdaptiveMultilevelSplitting(
        tiltedEvent(temperature: 0.055, timeStep: 0.05),
        settings: rareSettings(copies: 32, repetitions: 8, seed: UInt64(seed))
      ).rate(from: [TiltedSection.left], through: TransitionRateTests.surface(0.055))
      if rate.interval.contains(-logTime) { covered += 1 }
    }
    print("coverage of the rate's interval: \(covered) of 200")
    #expect((180...199).contains(covered))
  }

  @Test("intervals of forward flux hold in 200 repetitions of the whole computation")
  func fluxCoverage() async throws {
    let event = try drifted(to: 4)
    let exact = driftedLogProbability(to: 4)
    var covered = 0
    for seed in 1...200 {
      let result = try await ForwardFluxSampling(
        event, interfaces: .given([1, 1.5, 2, 2.5, 3, 3.5]),
        settings: rareSettings(copies: 50, repetitions: 8, seed: UInt64(seed))
      ).probability(from: [0.5])
      if result.probability.interval.contains(exact) { covered += 1 }
    }
    print("coverage of forward flux: \(covered) of 200")
    #expect((180...199).contains(covered), "\(covered) of 200")
  }

  /// 1.96e-5 in continuous time (finite differences of the backward equation), and 2.8e-5 where
  /// the discs are only looked at every Δt = 0.01.
  @Test(
    "at length the three-hole potential has its probabilities in continuous time and at grid times")
  func threeHoles() async throws {
    func event(
      _ timeStep: Double, _ method: IntegrationMethod, _ correction: BoundaryCorrection
    ) throws -> RareEvent {
      try RareEvent(
        mover: StochasticIntegrator(
          field: CompiledField(ThreeHole()),
          dynamics: .langevin(temperature: 1 / 4.1, dimension: 2), timeStep: timeStep,
          method: method),
        source: .ball(center: [-1, 0], radius: 0.2), target: .ball(center: [1, 0], radius: 0.2),
        coordinate: .coordinate(0, of: 2), correction: correction)
    }
    let settings = try rareSettings(copies: 512, repetitions: 16)
    let continuous = try await AdaptiveMultilevelSplitting(
      event(0.005, .heun, .brownianBridge), settings: settings
    ).probability(from: [-0.75, 0])
    print(
      "three holes, continuous: \(continuous.probability.probability)",
      continuous.probability.standardError, continuous.steps)
    #expect(
      agrees(continuous.probability, log(1.96e-5), error: 0.1),
      "\(continuous.probability.probability) ± \(continuous.probability.standardError)")
    let atGridTimes = try await AdaptiveMultilevelSplitting(
      event(0.01, .eulerMaruyama, .none), settings: settings
    ).probability(from: [-0.75, 0])
    print(
      "three holes, grid times: \(atGridTimes.probability.probability)",
      atGridTimes.probability.standardError, atGridTimes.steps)
    #expect(
      agrees(atGridTimes.probability, log(2.8e-5), error: 0.1),
      "\(atGridTimes.probability.probability) ± \(atGridTimes.probability.standardError)")
  }
}
