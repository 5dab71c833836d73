import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import Synchronization
import Testing

@Suite("Adaptive multilevel splitting")
struct SplittingTests {
  static let variants: [SplittingVariant] = [.lastParticle, .batch(32), .batch(128)]

  @Test("agrees with plain simulation where that is possible", arguments: variants)
  func plainSimulation(_ variant: SplittingVariant) async throws {
    // Watched at grid times only, so that the plain simulation needs nothing of the sampler.
    let event = try drifted(to: 2.5, timeStep: 0.02, correction: .none)
    let stepper = event.mover.makeStepper(seed: 7)
    var block = TrajectoryBlock(dimension: 1)
    let total = 40_000
    var started = 0
    var reached = 0
    var active = [Bool](repeating: false, count: TrajectoryBlock.width)
    repeat {
      for lane in active.indices where !active[lane] && started < total {
        block.place([0.5], lane: lane, stream: UInt64(started), basin: 0)
        active[lane] = true
        started += 1
      }
      for _ in 0..<2 {
        stepper.advance(&block, by: 1)
        for lane in active.indices where active[lane] {
          let x = block.positions[0][lane]
          guard x <= 0 || x >= 2.5 else { continue }
          if x >= 2.5 { reached += 1 }
          active[lane] = false
        }
      }
    } while active.contains(true)
    let plain = Double(reached) / Double(total)
    let plainError = (plain * (1 - plain) / Double(total)).squareRoot() / plain
    let result = try await AdaptiveMultilevelSplitting(
      event, settings: rareSettings(), variant: variant
    ).probability(from: [0.5])
    let error = hypot(result.probability.standardError, plainError)
    #expect(reached > 300)
    #expect(abs(result.probability.logProbability - log(plain)) < 3.5 * error)
    #expect(error < 0.1)
    #expect(result.findings.isEmpty)
  }

  /// For a linear boundary and a constant drift the bridge makes Euler's method exact.
  @Test(
    "gives the hitting probability of drifted Brownian motion down to 1e-30",
    arguments: [
      (SplittingVariant.lastParticle, 2.5), (.lastParticle, 12), (.batch(16), 2.5),
      (.batch(16), 12), (.batch(64), 35),
    ])
  func drift(_ variant: SplittingVariant, _ height: Double) async throws {
    let settings = try rareSettings(copies: 128, repetitions: 8)
    let result = try await AdaptiveMultilevelSplitting(
      drifted(to: height), settings: settings, variant: variant
    ).probability(from: [0.5])
    let exact = driftedLogProbability(to: height)
    #expect(
      agrees(result.probability, exact, error: 0.6),
      "\(result.probability.logProbability) \(exact)")
    #expect(result.probability.interval.contains(result.probability.logProbability))
  }

  /// dx = −x dt + dW from 0.3 between 0 and b: ∫₀^0.3 e^{y²} dy / ∫₀^b e^{y²} dy (mpmath).
  @Test(
    "gives the hitting probability of the Ornstein–Uhlenbeck process",
    arguments: [(2.0, -3.97409597314), (4, -15.1283619433)])
  func ornsteinUhlenbeck(_ height: Double, _ exact: Double) async throws {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    // High up the drift changes quickly in units of the noise: the step must be short.
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(Bowl(curvatures: [1])),
        dynamics: .langevin(temperature: 0.5, dimension: 1), timeStep: 0.01, method: .heun),
      source: .below(x, 0), target: .above(x, height), coordinate: x)
    let result = try await AdaptiveMultilevelSplitting(
      event, settings: rareSettings(copies: 100, repetitions: 8)
    ).probability(from: [0.3])
    #expect(
      agrees(result.probability, exact, error: 0.6),
      "\(result.probability.logProbability) ± \(result.probability.standardError), \(exact)")
  }

  /// The exact probabilities are those of the integral equation of the process on (x, z), solved
  /// with Legendre and Chebyshev nodes (numpy); without the memory of the last random number the
  /// second would be 2e-2 instead of 2.5e-5.
  @Test(
    "carries the memory of a discrete process along",
    arguments: [(0.5, 2.0, -2.27847982), (0.5, 4, -7.876618), (-0.5, 2, -10.58169991)])
  func memory(_ theta: Double, _ height: Double, _ exact: Double) async throws {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: DiscreteMover(MovingAverage(theta: theta)), source: .below(x, 0),
      target: .above(x, height), coordinate: x)
    for variant in SplittingTests.variants.suffix(2) {
      let result = try await AdaptiveMultilevelSplitting(
        event, settings: rareSettings(), variant: variant
      ).probability(from: [0.5])
      #expect(
        agrees(result.probability, exact, error: 0.6),
        "\(result.probability.logProbability) ± \(result.probability.standardError), \(exact)")
    }
    let flux = try await ForwardFluxSampling(event, settings: rareSettings())
      .probability(from: [0.5])
    #expect(
      agrees(flux.probability, exact, error: 0.6),
      "\(flux.probability.logProbability) ± \(flux.probability.standardError), \(exact)")
  }

  @Test("gives the same bytes on any number of threads")
  func threads() async throws {
    let event = try drifted(to: 6)
    var results: [SplittingResult] = []
    var fluxes: [ForwardFluxResult] = []
    for threads in 1...3 {
      let settings = try rareSettings(copies: 100, repetitions: 5, threads: threads)
      results.append(
        try await AdaptiveMultilevelSplitting(event, settings: settings)
          .probability(from: [0.5]))
      fluxes.append(
        try await ForwardFluxSampling(event, settings: settings).probability(from: [0.5]))
    }
    #expect(results[1] == results[0] && results[2] == results[0])
    #expect(fluxes[1] == fluxes[0] && fluxes[2] == fluxes[0])
    let other = try await AdaptiveMultilevelSplitting(
      event, settings: rareSettings(copies: 100, repetitions: 5, seed: 2)
    ).probability(from: [0.5])
    #expect(other.probability.logProbability != results[0].probability.logProbability)
  }

  /// With one repetition the error comes from the genealogy, with eight from their scatter.
  @Test(
    "has 95 % intervals that hold in 200 repetitions of the whole computation",
    arguments: [(1, 64, SplittingVariant.batch(8)), (8, 16, .batch(2))])
  func coverage(_ repetitions: Int, _ copies: Int, _ variant: SplittingVariant) async throws {
    let event = try drifted(to: 3)
    let exact = driftedLogProbability(to: 3)
    var covered = 0
    for seed in 1...200 {
      let result = try await AdaptiveMultilevelSplitting(
        event,
        settings: rareSettings(copies: copies, repetitions: repetitions, seed: UInt64(seed)),
        variant: variant
      ).probability(from: [0.5])
      if result.probability.interval.contains(exact) { covered += 1 }
    }
    #expect((180...199).contains(covered), "\(covered) of 200")
  }

  @Test("estimates the variance of a single run from its genealogy")
  func genealogy() async throws {
    // In one dimension every level function is perfect: the variance of the logarithm is that of
    // an ideal run, −ln p/N (Cérou and Guyader 2007).
    let result = try await AdaptiveMultilevelSplitting(
      drifted(to: 6, timeStep: 0.005), settings: rareSettings(copies: 100, repetitions: 40),
      variant: .lastParticle
    ).probability(from: [0.5])
    let variances = result.probability.runs.map(\.variance)
    let mean = variances.reduce(0, +) / 40
    let ideal = -driftedLogProbability(to: 6) / 100
    #expect(abs(mean / ideal - 1) < 0.2, "\(mean) \(ideal)")
    let logs = result.probability.runs.map(\.logProbability)
    let center = logs.reduce(0, +) / 40
    let scatter = logs.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 39
    // The relative error of a variance of 40 numbers is √(2/39) = 0.23.
    #expect(abs(scatter / ideal - 1) < 0.7)
  }

  /// 1.96e-5 in continuous time (finite differences of the backward equation), and 2.8e-5 where
  /// the discs are only looked at every Δt = 0.01.
  @Test("the three-hole potential has its probabilities in continuous time and at grid times")
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
    let settings = try rareSettings(copies: 64, repetitions: 10)
    let continuous = try await AdaptiveMultilevelSplitting(
      event(0.005, .heun, .brownianBridge), settings: settings
    ).probability(from: [-0.75, 0])
    #expect(
      agrees(continuous.probability, log(1.96e-5), error: 0.5),
      "\(continuous.probability.probability) ± \(continuous.probability.standardError)")
    let atGridTimes = try await AdaptiveMultilevelSplitting(
      event(0.01, .eulerMaruyama, .none), settings: settings
    ).probability(from: [-0.75, 0])
    #expect(
      agrees(atGridTimes.probability, log(2.8e-5), error: 0.5),
      "\(atGridTimes.probability.probability) ± \(atGridTimes.probability.standardError)")
  }

  @Test("does not depend on the reaction coordinate beyond its error")
  func coordinates() async throws {
    // The discs of the double well V = (x²−1)² + y², D = 0.2.
    let path = (0...20).map { [-1 + 0.1 * Double($0), 0] }
    var results: [ProbabilityEstimate] = []
    let cores = CoreSets(sets: [
      CoreSet(center: [-1, 0], form: .identity(2), level: 0.04),
      CoreSet(center: [1, 0], form: .identity(2), level: 0.04),
    ])
    for coordinate in [
      ReactionCoordinate.coordinate(0, of: 2), .linear([1, 0.3], offset: 2),
      try .progress(along: path), try .interpolated([0, 1], over: cores),
      ReactionCoordinate(name: "minus distance to B", dimension: 2) { x in
        -((x[0] - 1).squared() + x[1].squared()).squareRoot()
      },
    ] {
      let event = try RareEvent(
        mover: StochasticIntegrator(
          field: CompiledField(DoubleWell(dimension: 2, height: 1, stiffness: 2)),
          dynamics: .langevin(temperature: 0.2, dimension: 2), timeStep: 0.005),
        source: .core(cores.sets[0]), target: .core(cores.sets[1]), coordinate: coordinate)
      results.append(
        try await AdaptiveMultilevelSplitting(
          event, settings: rareSettings(copies: 64, repetitions: 10)
        ).probability(from: [-0.7, 0]).probability)
    }
    for result in results.dropFirst() {
      let error = hypot(result.standardError, results[0].standardError)
      #expect(
        abs(result.logProbability - results[0].logProbability) < 3.5 * error,
        "\(result.logProbability) \(results[0].logProbability)")
      #expect(error < 0.6)
    }
  }

  @Test("says so where no copy reaches the target, with an upper bound")
  func extinction() async throws {
    // A coordinate that tells nothing: all copies die at its single value.
    let flat = ReactionCoordinate(name: "nothing", dimension: 1) { _ in Lanes(0.0) }
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: drifted(to: 12).mover, source: .below(x, 0), target: .above(x, 12),
      coordinate: flat)
    let result = try await AdaptiveMultilevelSplitting(
      event, settings: rareSettings(copies: 16, repetitions: 4)
    ).probability(from: [0.5])
    #expect(result.probability.logProbability == -.infinity)
    #expect(result.probability.runs.allSatisfy { $0.outcome == .extinct })
    #expect(result.probability.interval.lowerBound == -.infinity)
    #expect(result.probability.interval.upperBound <= 0)
    #expect(result.findings.contains { $0.contains("no copy reached the target") })
    #expect(result.meanReactiveTime == nil)
  }

  @Test("keeps the levels that were done when it is stopped")
  func cancellation() async throws {
    let rounds = Atomic<Int>(0)
    let settings = try rareSettings(copies: 64, repetitions: 4)
    let result = try await AdaptiveMultilevelSplitting(drifted(to: 30), settings: settings)
      .probability(
        from: [0.5], progress: { rounds.store($0.round, ordering: .relaxed) },
        isCancelled: { rounds.load(ordering: .relaxed) >= 10 })
    #expect(result.isInterrupted)
    #expect(result.probability.logProbability == -.infinity)
    #expect(result.probability.runs.allSatisfy { $0.outcome == .interrupted })
    // Ten rounds, each of which leaves seven eighths, plus the level that was being passed.
    #expect(result.probability.runs.allSatisfy { (10...11).contains($0.rounds) })
    #expect(result.probability.runs.allSatisfy { $0.logLevelProbability < 10 * log(7 / 8) + 1e-9 })
    #expect(result.findings.contains { $0.contains("stopped between") })
    // The one bound of the target is that of the interval.
    #expect(!result.findings.contains { $0.contains("below") })
  }

  @Test("trajectories that reach neither set are given up and reported")
  func thirdState() async throws {
    // No noise to speak of: the trajectories rest at the bottom, between the sets.
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(Bowl(curvatures: [1])),
        dynamics: .langevin(temperature: 1e-8, dimension: 1), timeStep: 0.1),
      source: .below(x, -1), target: .above(x, 1), coordinate: x)
    let settings = try RareEventSettings(copies: 8, repetitions: 2, stepLimit: 100)
    let result = try await AdaptiveMultilevelSplitting(
      event, settings: settings, variant: .lastParticle
    ).probability(from: [0.1])
    #expect(result.findings.contains { $0.contains("limit of steps") })
    #expect(result.probability.logProbability == -.infinity)
  }

  @Test("refuses what does not fit")
  func refusals() async throws {
    let event = try drifted(to: 2)
    await #expect(throws: SimulationError.self) {
      try await AdaptiveMultilevelSplitting(event).probability(from: [-1])
    }
    await #expect(throws: SimulationError.self) {
      try await AdaptiveMultilevelSplitting(event).probability(from: [.nan])
    }
    await #expect(throws: SimulationError.self) {
      try await AdaptiveMultilevelSplitting(event).rate(from: [-1], through: -2)
    }
    #expect(throws: SimulationError.self) {
      try AdaptiveMultilevelSplitting(event, variant: .batch(256))
    }
    #expect(throws: SimulationError.self) { try RareEventSettings(copies: 1) }
    #expect(throws: SimulationError.self) {
      try ForwardFluxSampling(event, interfaces: .given([1, 1]))
    }
    let plane = ReactionCoordinate.coordinate(0, of: 2)
    #expect(throws: SimulationError.self) {
      try RareEvent(
        mover: event.mover, source: .below(plane, 0), target: event.target,
        coordinate: event.coordinate)
    }
  }
}
