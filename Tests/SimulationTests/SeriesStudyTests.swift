import Landscapes
import LinearAlgebra
import Simulation
import Synchronization
import Testing

/// By how many standard errors a measured number differs from another one.
func score(_ measured: Measured, _ expected: Double) -> Double {
  guard let error = measured.standardError, error > 0 else { return .infinity }
  return abs(measured.value - expected) / error
}

/// The process x → (1 − kΔt)x + √(2DΔt) z, which Euler's method makes of Ornstein and Uhlenbeck's.
struct DiscreteOrnsteinUhlenbeck {
  let k: Double
  let d: Double
  let timeStep: Double
  var factor: Double { 1 - k * timeStep }
  var variance: Double { 2 * d * timeStep / (1 - factor * factor) }

  func mover() throws -> StochasticIntegrator {
    try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [k])),
      dynamics: .langevin(temperature: d, dimension: 1), timeStep: timeStep)
  }
}

@Suite("Time series")
struct SeriesStudyTests {
  @Test(
    "an Ornstein–Uhlenbeck process has the moments, correlations and integrated time of its scheme",
    arguments: [(64, 600.0), (3, 12_000.0)])
  func ornsteinUhlenbeck(trajectories: Int, time: Double) async throws {
    let system = DiscreteOrnsteinUhlenbeck(k: 2, d: 0.7, timeStep: 0.05)
    let study = try SeriesStudy(
      mover: system.mover(), starts: [[0.3]], observables: [.coordinate(0)],
      trajectories: trajectories, time: time, interval: 0.1, burnIn: 0.05, seed: 6,
      measurements: SeriesMeasurements(longestLag: 4))
    let result = try await study.run()
    let series = result.observables[0]
    let a = system.factor * system.factor
    #expect(result.diverged == 0 && !result.interrupted)
    #expect(score(series.mean, 0) < 4)
    #expect(score(series.variance, system.variance) < 4)
    // C = σ² a^n and |Δx|² = 2σ²(1 − a^n), n = τ/0.1.
    let covariance = try #require(series.autocovariance)
    let correlation = try #require(series.autocorrelation)
    let displacement = try #require(series.meanSquareDisplacement)
    #expect(covariance.lags.count == 26)
    for (k, lag) in covariance.lags.enumerated() {
      let decay = a.raised(to: lag / 0.1)
      #expect(score(covariance.values[k], system.variance * decay) < 4)
      #expect(score(correlation.values[k], decay) < 4)
      #expect(score(displacement.values[k], 2 * system.variance * (1 - decay)) < 4)
    }
    // Δ(1 + a)/(2(1 − a)).
    let exact = 0.1 * (1 + a) / (2 * (1 - a))
    let integrated = try #require(series.integratedTime)
    #expect(integrated.isConverged)
    #expect(score(integrated.time, exact) < 3)
    #expect((integrated.time.standardError ?? 1) < 0.04 * exact)
    let size = try #require(integrated.effectiveSampleSize)
    #expect(score(size, 0.95 * time * Double(trajectories) / (2 * exact)) < 3)
    // The variance of a mean is 2τσ²/T, whichever way its error was found.
    let error = (2 * exact * system.variance / (0.95 * time * Double(trajectories))).squareRoot()
    #expect(abs((series.mean.standardError ?? 0) / error - 1) < 0.35)
    #expect(series.blocking.isConverged)
    #expect(abs((series.blocking.standardError ?? 0) / error - 1) < 0.2)
    #expect((series.stationarity.pValue ?? 0) > 0.01)
  }

  @Test("functions of two coupled variables have the moments of the discrete Lyapunov equation")
  func twoVariables() async throws {
    let d: Matrix = [[0.5, 0.3], [0.3, 0.4]]
    let field = CompiledField(Bowl(curvatures: [1, 3]))
    let mover = try StochasticIntegrator(
      field: field, dynamics: Dynamics(diffusion: ConstantDiffusion(d)), timeStep: 0.05)
    let study = try SeriesStudy(
      mover: mover, starts: [[0, 0]],
      observables: [
        .coordinate(1), try .energy(of: field), .linear([1, 2], constant: 5, name: "sum"),
        TrajectoryObservable("square") { $0[0].squared() + $0[1].squared() },
      ], trajectories: 64, time: 500, burnIn: 0.05,
      measurements: SeriesMeasurements(longestLag: 3, displacementAxes: [0, 1]))
    let result = try await study.run()
    #expect(result.observables.map(\.name) == ["x1", "energy", "sum", "square"])
    let factors = [0.95, 0.85]
    // Σᵢⱼ = 2DᵢⱼΔt/(1 − aᵢaⱼ).
    func sigma(_ i: Int, _ j: Int) -> Double {
      2 * d[i, j] * 0.05 / (1 - factors[i] * factors[j])
    }
    let energy = 0.5 * sigma(0, 0) + 1.5 * sigma(1, 1)
    #expect(score(result.observables[0].variance, sigma(1, 1)) < 3)
    #expect(score(result.observables[1].mean, energy) < 3)
    #expect(score(result.observables[2].mean, 5) < 3)
    #expect(score(result.observables[3].mean, sigma(0, 0) + sigma(1, 1)) < 3)
    let covariance = try #require(result.observables[2].autocovariance)
    let displacement = try #require(result.displacement)
    for (k, lag) in covariance.lags.enumerated() {
      let n = lag / 0.05
      let decay = factors.map { $0.raised(to: n) }
      // (1, 2) diag(aⁿ) Σ (1, 2)ᵀ.
      let expected =
        decay[0] * (sigma(0, 0) + 2 * sigma(0, 1))
        + 2 * decay[1] * (sigma(0, 1) + 2 * sigma(1, 1))
      #expect(score(covariance.values[k], expected) < 4)
      let spread = 2 * sigma(0, 0) * (1 - decay[0]) + 2 * sigma(1, 1) * (1 - decay[1])
      #expect(score(displacement.values[k], spread) < 4)
    }
  }

  @Test("free diffusion spreads as 2Dt at all lags")
  func freeDiffusion() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [0, 0, 0])),
      dynamics: .langevin(temperature: 0.25, dimension: 3), timeStep: 0.1)
    let study = try SeriesStudy(
      mover: mover, starts: [[1, 2, 3]], observables: [.coordinate(2)], trajectories: 48,
      time: 1000, burnIn: 0, measurements: SeriesMeasurements(displacementAxes: [0, 1, 2]))
    let result = try await study.run()
    let single = try #require(result.observables[0].meanSquareDisplacement)
    let joint = try #require(result.displacement)
    // 9·2⁸ observations; 10·2⁸ are more than a quarter of the run.
    #expect(joint.lags.count == 73 && abs((joint.lags.last ?? 0) - 230.4) < 1e-9)
    for (k, lag) in joint.lags.enumerated() {
      #expect(score(single.values[k], 0.5 * lag) < 4)
      #expect(score(joint.values[k], 1.5 * lag) < 4)
    }
  }

  @Test("the correlations in a double well decay with the modes of its generator")
  func doubleWell() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(QuarticWell()), dynamics: .langevin(temperature: 0.6, dimension: 1),
      timeStep: 0.01, method: .heun)
    let study = try SeriesStudy(
      mover: mover, starts: [[-1], [1]], observables: [.coordinate(0)], trajectories: 64,
      time: 2000, interval: 0.05, burnIn: 0.01,
      measurements: SeriesMeasurements(longestLag: 40))
    let series = try await study.run().observables[0]
    // V = (x² − 1)², D = 0.6: ⟨x²⟩ and τ = (1/⟨x²⟩) ∫ (∫_{−∞}^x y p dy)²/(D p) dx by quadrature
    // (mpmath); rates and weights of the modes from the generator on 4001 points (scipy.sparse).
    #expect(score(series.variance, 0.840247890779084) < 3)
    let integrated = try #require(series.integratedTime)
    #expect(score(integrated.time, 2.91933605425445) < 3)
    #expect((integrated.time.standardError ?? 1) < 0.13)
    let correlation = try #require(series.autocorrelation)
    for (lag, value) in zip(correlation.lags, correlation.values) where lag <= 10 {
      let expected =
        0.957555 * Double.exp(-0.328542734 * lag) + 0.0390795 * Double.exp(-8.47394552 * lag)
        + 0.00316674 * Double.exp(-19.400881 * lag)
      #expect(score(value, expected) < 4)
    }
  }

  @Test("the result is the same, bit for bit, on any number of threads")
  func threads() async throws {
    let field = try CompiledField(field: LinearDrift(matrix: [[1, 2], [-2, 1]]))
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.7, dimension: 2), timeStep: 0.02)
    for trajectories in [5, 44] {
      var results: [SeriesResult] = []
      for threads in [1, 2, 3] {
        let study = try SeriesStudy(
          mover: mover, starts: [[0, 0], [1, 0]], observables: [.coordinate(0), .coordinate(1)],
          trajectories: trajectories, time: 40, seed: 3, threads: threads,
          measurements: SeriesMeasurements(
            displacementAxes: [0, 1], spectrum: SpectrumSettings(segment: 1),
            currentGrid: HistogramGrid(
              axes: [0, 1], range: Domain(lower: [-2, -2], upper: [2, 2]), bins: [4, 4]),
            circulations: [CirculationPlane()], recordInterval: 0.5))
        results.append(try await study.run())
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
      #expect(results[0].observables[0].spectrum != nil)
      #expect(results[0].steps == trajectories * 2000)
    }
  }

  @Test("a run that is stopped keeps what is done")
  func cancellation() async throws {
    let system = DiscreteOrnsteinUhlenbeck(k: 2, d: 0.7, timeStep: 0.05)
    let calls = Atomic<Int>(0)
    let study = try SeriesStudy(
      mover: system.mover(), starts: [[0]], observables: [.coordinate(0)], trajectories: 32,
      time: 1000, threads: 1, measurements: SeriesMeasurements(recordInterval: 10))
    let result = try await study.run(isCancelled: {
      calls.add(1, ordering: .relaxed).newValue > 100
    })
    #expect(result.interrupted)
    #expect(!result.findings.isEmpty)
    // One block has run to its end, the second is under way.
    #expect(result.steps > 8 * 20_000 && result.steps < 16 * 20_000)
    #expect(score(result.observables[0].variance, system.variance) < 4)
    let record = try #require(result.record)
    #expect(record.trajectory(0).elements.allSatisfy { $0.isFinite })
    #expect(record.trajectory(31).elements.allSatisfy { $0.isNaN })
  }

  @Test("trajectories that diverge are left out and counted")
  func divergence() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [-5])),
      dynamics: .langevin(temperature: 1, dimension: 1), timeStep: 0.2)
    let study = try SeriesStudy(
      mover: mover, starts: [[0]], observables: [.coordinate(0)], trajectories: 20, time: 1000)
    let result = try await study.run()
    #expect(result.diverged == 20)
    #expect(result.observables[0].observations == 0)
    #expect(result.findings.contains { $0.contains("no longer finite") })
  }

  @Test("recorded positions are those of the stepper, thinned")
  func record() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [1, 2])),
      dynamics: .langevin(temperature: 0.5, dimension: 2), timeStep: 0.1)
    let study = try SeriesStudy(
      mover: mover, starts: [[1, 0], [0, 1], [3, 3]], observables: [], trajectories: 10, time: 20,
      interval: 0.2, burnIn: 0.1, seed: 9,
      measurements: SeriesMeasurements(correlations: false, recordInterval: 0.6))
    let record = try #require(try await study.run().record)
    #expect(record.frames.shape == [10, 31, 2])
    #expect(abs(record.interval - 0.6) < 1e-12)
    #expect(abs(record.firstTime - 2) < 1e-12)
    var block = TrajectoryBlock(dimension: 2)
    for lane in 0..<8 {
      block.place(
        [[1, 0], [0, 1], [3, 3]][(8 + lane) % 3], lane: lane, stream: UInt64(8 + lane), basin: 0)
    }
    let stepper = mover.makeStepper(seed: 9)
    stepper.advance(&block, by: 20)
    for frame in 0..<31 {
      #expect(record.frames[9, frame, 0] == block.positions[0][1])
      #expect(record.trajectory(8)[frame, 1] == block.positions[1][0])
      stepper.advance(&block, by: 6)
    }
  }

  @Test("settings that do not fit are refused with what would be accepted")
  func refusals() throws {
    let mover = try DiscreteOrnsteinUhlenbeck(k: 1, d: 1, timeStep: 0.1).mover()
    func study(
      starts: [[Double]] = [[0]], observables: [TrajectoryObservable] = [.coordinate(0)],
      trajectories: Int = 1, time: Double = 100, interval: Double? = nil, burnIn: Double = 0,
      measurements: SeriesMeasurements = SeriesMeasurements()
    ) throws {
      _ = try SeriesStudy(
        mover: mover, starts: starts, observables: observables, trajectories: trajectories,
        time: time, interval: interval, burnIn: burnIn, measurements: measurements)
    }
    try study()
    #expect(throws: SimulationError.self) { try study(starts: []) }
    #expect(throws: SimulationError.self) { try study(starts: [[0, 1]]) }
    #expect(throws: SimulationError.self) { try study(starts: [[.nan]]) }
    #expect(throws: SimulationError.self) { try study(trajectories: 0) }
    #expect(throws: SimulationError.self) { try study(time: 0.9) }
    #expect(throws: SimulationError.self) { try study(time: .infinity) }
    #expect(throws: SimulationError.self) { try study(interval: 0.01) }
    #expect(throws: SimulationError.self) { try study(burnIn: 1) }
    #expect(throws: SimulationError.self) { try study(observables: [.coordinate(1)]) }
    #expect(throws: SimulationError.self) { try study(observables: [.linear([1, 2])]) }
    #expect(throws: SimulationError.self) {
      try TrajectoryObservable.energy(of: CompiledField(field: MaierStein()))
    }
    for bad in [
      SeriesMeasurements(longestLag: -1), SeriesMeasurements(displacementAxes: [0, 0]),
      SeriesMeasurements(spectrum: SpectrumSettings(segment: 1e5)),
      SeriesMeasurements(circulations: [CirculationPlane()]),
    ] {
      #expect(throws: SimulationError.self) { try study(time: 1e6, measurements: bad) }
    }
    // 2²⁷ numbers are kept at most.
    let error = #expect(throws: SimulationError.self) {
      try study(
        trajectories: 1 << 20, time: 12.8, measurements: SeriesMeasurements(recordInterval: 0.1))
    }
    #expect(error?.description.contains("134217728") == true)
  }
}

/// (x² − 1)².
struct QuarticWell: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { (x[0].squared() - 1).squared() }
}
