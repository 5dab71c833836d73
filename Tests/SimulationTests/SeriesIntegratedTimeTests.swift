import Landscapes
import LinearAlgebra
import Simulation
import Testing

@Suite("Integrated autocorrelation times")
struct SeriesIntegratedTimeTests {
  /// Repeats a study of the first observable and compares with the exact τ.
  private func check(
    _ mover: StochasticIntegrator, observable: TrajectoryObservable, exact: Double, time: Double,
    trajectories: Int, repetitions: Int = 100
  ) async throws {
    var coverage = Coverage()
    var converged = 0
    for seed in 0..<repetitions {
      let study = try SeriesStudy(
        mover: mover, starts: [[0, 0]], observables: [observable], trajectories: trajectories,
        time: time, burnIn: 0.05, seed: UInt64(seed),
        measurements: SeriesMeasurements(longestLag: 4 * mover.timeStep))
      let integrated = try #require(try await study.run().observables[0].integratedTime)
      coverage.add(integrated.time)
      if integrated.isConverged { converged += 1 }
    }
    #expect(coverage.values.count == repetitions)
    #expect(converged >= repetitions * 19 / 20)
    let error = coverage.spread / Double(repetitions).squareRoot()
    // Nothing but a small part of the error of a single series may be left out.
    #expect(
      abs(coverage.mean - exact) < 3.5 * error + 0.15 * coverage.spread,
      "\(coverage.mean) ± \(error), exact \(exact), spread \(coverage.spread)")
    // The spread over 100 repetitions is known to 7 %.
    #expect(
      abs(coverage.claimed / coverage.spread - 1) < 0.2,
      "claimed \(coverage.claimed), spread \(coverage.spread)")
  }

  // Euler's factor 1 + ch, c = −k + iω, makes ρ(nh) = Re (1 + ch)ⁿ and τ = Re(−1/c) − h/2
  // = k/(k² + ω²) − h/2.
  @Test(
    "of a rotating Ornstein–Uhlenbeck process, k/(k² + ω²), however fast it turns",
    arguments: [
      (0.5, 0.02, 32), (1, 0.02, 32), (1, 0.02, 1), (3, 0.01, 32), (10, 0.004, 32),
    ])
  func rotation(omega: Double, timeStep: Double, trajectories: Int) async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(field: LinearDrift(matrix: [[1, omega], [-omega, 1]])),
      dynamics: .langevin(temperature: 0.5, dimension: 2), timeStep: timeStep)
    try await check(
      mover, observable: .coordinate(0), exact: 1 / (1 + omega * omega) - 0.5 * timeStep,
      time: 1600 / Double(trajectories), trajectories: trajectories,
      repetitions: omega > 5 ? 60 : 100)
  }

  // x → (1 − kh)x + z with the variance 2Dh/(1 − (1 − kh)²), and τ = 1/k − h/2 of each.
  @Test("of a sum of a fast and a slow decay, and of one alone", arguments: [0, 0.3, 1, 3])
  func twoDecays(fast: Double) async throws {
    let h = 0.02
    let mover = try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [10, 1])),
      dynamics: .langevin(temperature: 0.5, dimension: 2), timeStep: h)
    func variance(_ k: Double) -> Double { h / (1 - (1 - k * h) * (1 - k * h)) }
    let weights = [fast * fast * variance(10), variance(1)]
    let exact =
      (weights[0] * (0.1 - 0.5 * h) + weights[1] * (1 - 0.5 * h)) / (weights[0] + weights[1])
    try await check(
      mover, observable: .linear([fast, 1]), exact: exact, time: 50, trajectories: 32)
  }

  @Test("a series that is too short for its correlations says so")
  func tooShort() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [1])),
      dynamics: .langevin(temperature: 0.5, dimension: 1), timeStep: 0.02)
    for (time, isLongEnough) in [(6.0, false), (2000.0, true)] {
      let study = try SeriesStudy(
        mover: mover, starts: [[0]], observables: [.coordinate(0)], trajectories: 1, time: time,
        burnIn: 0.05)
      let result = try await study.run()
      let integrated = try #require(result.observables[0].integratedTime)
      #expect(integrated.isConverged == isLongEnough)
      #expect(result.findings.contains { $0.contains("not died out") } == !isLongEnough)
    }
  }
}
