import Foundation
import Landscapes
import Simulation
import Synchronization
import Testing

@Suite("Forward flux sampling")
struct ForwardFluxTests {
  @Test(
    "gives the hitting probability of drifted Brownian motion, down to 1e-30",
    arguments: [2.5, 12.0, 35.0])
  func drift(_ height: Double) async throws {
    let event = try drifted(to: height)
    let exact = driftedLogProbability(to: height)
    let settings = try rareSettings(copies: 100, repetitions: 8)
    let given = try await ForwardFluxSampling(
      event,
      interfaces: .given((1...1000).map { 0.5 + 0.6 * Double($0) }.filter { $0 < height }),
      settings: settings
    ).probability(from: [0.5])
    #expect(
      agrees(given.probability, exact, error: 0.9),
      "\(given.probability.logProbability) ± \(given.probability.standardError), \(exact)")
    let adaptive = try await ForwardFluxSampling(event, settings: settings)
      .probability(from: [0.5])
    #expect(
      agrees(adaptive.probability, exact, error: 0.9),
      "\(adaptive.probability.logProbability) ± \(adaptive.probability.standardError), \(exact)")
    for stage in adaptive.stages.dropLast() {
      #expect((0.1...0.6).contains(stage.probability))
      let binomial =
        (stage.probability * (1 - stage.probability) / Double(stage.trials)).squareRoot()
      #expect(try #require(stage.standardError) >= binomial)
    }
  }

  @Test("names the stage that failed, and the place")
  func failure() async throws {
    let result = try await ForwardFluxSampling(
      drifted(to: 30), interfaces: .given([1, 1.5, 15]),
      settings: rareSettings(copies: 32, repetitions: 3)
    ).probability(from: [0.5])
    #expect(result.probability.logProbability == -.infinity)
    #expect(result.stages.count == 3)
    #expect(result.stages.last?.successes == 0)
    #expect(
      result.findings.contains { $0.hasPrefix("stage 3, from ξ = 1.5 to ξ = 15.0, failed") })
    // Nobody is more likely to reach the target than ξ = 1.5.
    #expect(result.probability.interval.upperBound < 0)
    #expect(result.probability.interval.upperBound > driftedLogProbability(to: 1.5))
  }

  @Test("keeps the stages that were done when it is stopped")
  func cancellation() async throws {
    let rounds = Atomic<Int>(0)
    let result = try await ForwardFluxSampling(
      drifted(to: 30), interfaces: .given([1, 1.5, 2, 2.5, 3]),
      settings: rareSettings(copies: 64, repetitions: 4)
    ).probability(
      from: [0.5], progress: { rounds.store($0.round, ordering: .relaxed) },
      isCancelled: { rounds.load(ordering: .relaxed) >= 3 })
    #expect(result.isInterrupted && result.stages.count == 3)
    #expect(result.probability.runs.allSatisfy { $0.level == 2 && $0.rounds == 3 })
    #expect(result.findings.contains { $0.contains("stopped after 3 of 6 stages") })
  }
}
