import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import Synchronization
import Testing

/// What is interrupted and gone on with.
enum InterruptedRareEvent: String, CaseIterable {
  case splitting, lastParticle, splittingRate, memoryRate, forwardFlux, forwardFluxRate

  /// Everything that a computation gives.
  struct Outcome: Equatable {
    var splitting: SplittingResult?
    var rate: TransitionRate?
    var stages: ForwardFluxResult?

    var isInterrupted: Bool {
      splitting?.isInterrupted ?? rate?.isInterrupted ?? stages?.isInterrupted ?? false
    }
  }

  func run(
    threads: Int, _ checkpoint: Checkpoint? = nil, seed: UInt64 = 2, height: Double = 5,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> Outcome {
    let settings = try RareEventSettings(
      copies: 48, repetitions: 3, seed: seed, threads: threads, loops: 6, burnInLoops: 3)
    let x = ReactionCoordinate.coordinate(0, of: 1)
    func well() throws -> RareEvent { try tiltedEvent(temperature: 0.1, timeStep: 0.02) }
    var outcome = Outcome()
    switch self {
    case .splitting, .lastParticle:
      outcome.splitting = try await AdaptiveMultilevelSplitting(
        drifted(to: height), settings: settings,
        variant: self == .lastParticle ? .lastParticle : nil
      ).probability(from: [0.5], checkpoint: checkpoint, isCancelled: isCancelled)
    case .splittingRate:
      outcome.rate = try await AdaptiveMultilevelSplitting(well(), settings: settings).rate(
        from: [-1.1], through: -0.8, checkpoint: checkpoint, isCancelled: isCancelled)
    case .memoryRate:
      let event = try RareEvent(
        mover: DiscreteMover(MovingAverage(theta: 0.5)), source: .below(x, 0.3),
        target: .above(x, height), elsewhere: .below(x, -3), coordinate: x)
      outcome.rate = try await AdaptiveMultilevelSplitting(event, settings: settings).rate(
        from: [0], through: 0.6, checkpoint: checkpoint, isCancelled: isCancelled)
    case .forwardFlux:
      outcome.stages = try await ForwardFluxSampling(
        drifted(to: height), interfaces: .given((3..<20).map { 0.25 * Double($0) }),
        settings: settings
      ).probability(from: [0.5], checkpoint: checkpoint, isCancelled: isCancelled)
    case .forwardFluxRate:
      let both = try await ForwardFluxSampling(well(), settings: settings).rate(
        from: [-1.1], through: -0.8, checkpoint: checkpoint, isCancelled: isCancelled)
      outcome.rate = both.rate
      outcome.stages = both.stages
    }
    return outcome
  }
}

@Suite("Checkpoints of rare events")
struct RareEventCheckpointTests {
  @Test(
    "a computation that was killed or stopped goes on to the same bytes",
    arguments: InterruptedRareEvent.allCases)
  func resumes(_ system: InterruptedRareEvent) async throws {
    let whole = try await system.run(threads: 2)
    #expect(!whole.isInterrupted)
    let found =
      whole.splitting?.probability.logProbability ?? whole.rate?.logRate
      ?? whole.stages?.probability.logProbability
    #expect((found ?? -.infinity) > -.infinity)
    for seed: UInt64 in 1...2 {
      let (result, count) = try await interrupted(
        seed: seed, interruptions: 5, writes: 4, questions: 8
      ) { threads, checkpoint, isCancelled in
        let result = try await system.run(
          threads: threads, checkpoint, isCancelled: isCancelled)
        return (result, result.isInterrupted)
      }
      #expect(result == whole)
      #expect(count >= 3)
    }
  }

  @Test(
    "a finished computation is read from its checkpoint",
    arguments: [
      InterruptedRareEvent.splittingRate, .forwardFluxRate,
    ])
  func finished(_ system: InterruptedRareEvent) async throws {
    let checkpoint = Checkpoint(store: MemoryStore(), problem: "")
    let whole = try await system.run(threads: 2, checkpoint)
    // No step is made: a question would stop it.
    let again = try await system.run(threads: 1, checkpoint, isCancelled: { true })
    #expect(again == whole)
  }

  /// 256 trajectories of 40 000 steps on average (20²/2D = 400 units of time to leave the interval) are
  /// one round, which a snapshot at its beginning alone would never leave.
  @Test("a round that is longer than the time between two kills comes to its end")
  func longRound() async throws {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(Slope(slope: 0)),
        dynamics: .langevin(temperature: 0.5, dimension: 1), timeStep: 0.01),
      source: .below(x, -20), target: .above(x, 20), coordinate: x)
    let sampler = try ForwardFluxSampling(
      event, interfaces: .given([]), settings: rareSettings(copies: 256, repetitions: 1, threads: 1)
    )
    let whole = try await sampler.probability(from: [0])
    #expect(whole.stages.count == 1)
    var contents: [String: [UInt8]] = [:]
    var result = whole
    var stops = 0
    for _ in 0..<200 {
      let store = MemoryStore(contents)
      let asked = Atomic<Int>(0)
      result = try await sampler.probability(
        from: [0],
        checkpoint: Checkpoint(
          store: store, problem: "a problem", name: "part", interval: .seconds(1000)),
        isCancelled: { asked.add(1, ordering: .relaxed).newValue > 300 })
      contents = store.contents
      if !result.isInterrupted { break }
      stops += 1
    }
    #expect(stops > 2)
    #expect(result == whole)
  }

  @Test(
    "damaged checkpoints and those of other computations are refused",
    arguments: [InterruptedRareEvent.splitting, .forwardFluxRate])
  func refused(_ system: InterruptedRareEvent) async throws {
    let store = MemoryStore(killedAfter: 14)
    func run(
      _ system: InterruptedRareEvent, _ store: MemoryStore, problem: String = "a problem",
      seed: UInt64 = 2, height: Double = 5
    ) async throws {
      _ = try await system.run(
        threads: 1,
        Checkpoint(store: store, problem: problem, name: "part", interval: .zero), seed: seed,
        height: height, isCancelled: { store.isKilled })
    }
    try await run(system, store)
    #expect(
      await refusesDamage(store.contents) { checkpoint in
        _ = try await system.run(threads: 1, checkpoint)
      })
    func other(
      _ system: InterruptedRareEvent, problem: String = "a problem", seed: UInt64 = 2,
      height: Double = 5
    ) async -> String? {
      let copy = MemoryStore(store.contents)
      return difference(
        await refusal {
          try await run(system, copy, problem: problem, seed: seed, height: height)
        })
    }
    #expect(await other(system, problem: "another") == "problem")
    #expect(await other(system, seed: 3) == "seed")
    #expect(await other(.memoryRate) == "method" || system != .forwardFluxRate)
    if system == .splitting {
      #expect(await other(.lastParticle) == "method")
      #expect(await other(.forwardFlux) == "method")
      #expect(await other(system, height: 6) == "target")
    }
  }

  /// The exact probability is that of `driftedLogProbability`. Watched over many computations, the
  /// two means between which the interval of a stopped one lies are on both sides of it; the mean of
  /// the repetitions that are finished is not near it.
  @Test("the bounds of splitting that is stopped are right on average, and its intervals hold")
  func bounds() async throws {
    let event = try drifted(to: 3, timeStep: 0.1)
    let exact = exp(driftedLogProbability(to: 3))
    var lower: [Double] = []
    var upper: [Double] = []
    var finished: [Double] = []
    var held = 0
    for seed: UInt64 in 1...400 {
      let rounds = Atomic<Int>(0)
      let limit = 12 + Int(seed % 8)
      let result = try await AdaptiveMultilevelSplitting(
        event, settings: rareSettings(copies: 8, repetitions: 8, seed: seed, threads: 1),
        variant: .batch(2)
      ).probability(
        from: [0.5], progress: { rounds.store($0.round, ordering: .relaxed) },
        isCancelled: { rounds.load(ordering: .relaxed) >= limit })
      let runs = result.probability.runs
      guard result.isInterrupted else { continue }
      #expect(result.probability.logProbability == -.infinity)
      #expect(result.findings.contains { $0.contains("no estimate yet") })
      #expect(result.meanReactiveTime == nil)
      lower.append(runs.reduce(0) { $0 + exp($1.logProbability) } / 8)
      upper.append(
        runs.reduce(0) {
          $0 + exp($1.outcome == .interrupted ? $1.logLevelProbability : $1.logProbability)
        } / 8)
      finished += runs.filter { $0.outcome != .interrupted }.map { exp($0.logProbability) }
      if result.probability.interval.contains(log(exact)) { held += 1 }
    }
    func mean(_ values: [Double]) -> (value: Double, error: Double) {
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, (squares / (n - 1) / n).squareRoot())
    }
    #expect(lower.count > 300)
    let (low, high, biased) = (mean(lower), mean(upper), mean(finished))
    #expect(low.value < exact + 3 * low.error, "\(low) \(exact)")
    #expect(high.value > exact - 3 * high.error, "\(high) \(exact)")
    #expect(low.error < 0.1 * exact && high.error < 0.1 * exact)
    #expect(abs(biased.value - exact) > 4 * biased.error, "\(biased) \(exact)")
    // The interval goes from one bound to the other, each with its own error.
    #expect(Double(held) > 0.95 * Double(lower.count), "\(held) of \(lower.count)")
  }

  @Test("the rate of splitting that is stopped is between bounds")
  func rateBounds() async throws {
    let whole = try await InterruptedRareEvent.splittingRate.run(threads: 2)
    let rate = try #require(whole.rate)
    for limit in [40, 60, 80, 120] {
      let asked = Atomic<Int>(0)
      let stopped = try await InterruptedRareEvent.splittingRate.run(
        threads: 1, isCancelled: { asked.add(1, ordering: .relaxed).newValue > limit })
      let part = try #require(stopped.rate)
      guard part.isInterrupted else { continue }
      #expect(part.logRate == -.infinity)
      #expect(part.interval.contains(rate.logRate), "\(part.interval) \(rate.logRate)")
    }
  }
}
