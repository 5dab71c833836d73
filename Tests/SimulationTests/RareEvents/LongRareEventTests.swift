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
      tiltedEvent(temperature: temperature, timeStep: 0.01),
      settings: rareSettings(copies: 512, repetitions: 16)
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
}
