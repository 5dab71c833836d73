import Landscapes
import LinearAlgebra
import Simulation
import Testing

/// The spread of estimates over repetitions beside the errors that they claim.
struct Coverage {
  var values: [Double] = []
  var squaredErrors: [Double] = []

  mutating func add(_ measured: Measured?) {
    guard let measured, let error = measured.standardError else { return }
    values.append(measured.value)
    squaredErrors.append(error * error)
  }

  var mean: Double { values.reduce(0, +) / Double(values.count) }
  var spread: Double {
    (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
  var claimed: Double {
    (squaredErrors.reduce(0, +) / Double(squaredErrors.count)).squareRoot()
  }
}

@Suite("Standard errors of time series")
struct SeriesErrorTests {
  /// x → 0.8 x + z.
  private let autoregression = DiscreteOrnsteinUhlenbeck(k: 0.2, d: 0.5, timeStep: 1)

  @Test(
    "those of an autoregression are the spread over repetitions",
    arguments: [(1, 10_000.0), (32, 600.0)])
  func coverage(trajectories: Int, time: Double) async throws {
    let repetitions = 300
    var coverages = [String: Coverage]()
    var isEarlyLate: [Double] = []
    for seed in 0..<repetitions {
      let study = try SeriesStudy(
        mover: autoregression.mover(), starts: [[0]], observables: [.coordinate(0)],
        trajectories: trajectories, time: time, burnIn: 0.02, seed: UInt64(seed), threads: 1,
        measurements: SeriesMeasurements(
          longestLag: 200, spectrum: SpectrumSettings(segment: 64)))
      let series = try await study.run().observables[0]
      coverages["mean", default: Coverage()].add(series.mean)
      coverages["variance", default: Coverage()].add(series.variance)
      coverages["correlation", default: Coverage()].add(series.autocorrelation?.values[3])
      coverages["displacement", default: Coverage()].add(
        series.meanSquareDisplacement?.values[3])
      coverages["time", default: Coverage()].add(series.integratedTime?.time)
      coverages["size", default: Coverage()].add(series.integratedTime?.effectiveSampleSize)
      coverages["spectrum", default: Coverage()].add(series.spectrum?.densities[5])
      if let value = series.stationarity.score { isEarlyLate.append(value) }
    }
    // σ² = 1/(1 − 0.64), ρ(4) = 0.8⁴, τ = 1.8/0.4.
    let exact = [
      "mean": 0, "variance": 1 / 0.36, "correlation": 0.4096,
      "displacement": 2 / 0.36 * (1 - 0.4096), "time": 4.5,
      "size": 0.98 * time * Double(trajectories) / 9,
    ]
    for (name, coverage) in coverages {
      #expect(coverage.values.count == repetitions)
      let ratio = coverage.claimed / coverage.spread
      // The spread over 300 repetitions is known to 4 %.
      #expect(abs(ratio - 1) < 0.12, "\(name)")
      if let value = exact[name] {
        // A tenth of the standard error of one series is what the window may leave out. The size is
        // an inverse, whose mean is too large by the square of the relative error.
        let relative = coverage.spread / value
        let slack = name == "time" || name == "size" ? 0.1 * coverage.spread : 0
        let excess = name == "size" ? value * relative * relative : 0
        let error = coverage.spread / Double(repetitions).squareRoot()
        #expect(
          abs(coverage.mean - excess - value) < 4 * error + slack,
          "\(name): \(coverage.mean) ± \(error), exact \(value)")
      }
    }
    // Geweke's score is a standard normal number.
    let squares = isEarlyLate.reduce(0) { $0 + $1 * $1 } / Double(isEarlyLate.count)
    #expect(isEarlyLate.count == repetitions)
    #expect(abs(squares - 1) < 0.3)
  }

  @Test("blocking finds the error of a mean level by level")
  func blocking() async throws {
    let study = try SeriesStudy(
      mover: autoregression.mover(), starts: [[0]], observables: [.coordinate(0)],
      trajectories: 8, time: 40_000, burnIn: 0.02)
    let blocking = try await study.run().observables[0].blocking
    let n = 8 * 39_200.0
    for level in blocking.levels where level.blocks >= 64 {
      // The variance of a mean over b terms: σ²/b (1 + 2 Σ_{t<b} (1 − t/b) 0.8^t).
      let b = level.blockLength
      var sum = 1.0
      for t in 1..<max(b, 1) where t < 400 {
        sum += 2 * (1 - Double(t) / Double(b)) * 0.8.raised(to: Double(t))
      }
      let error = (sum / 0.36 / n).squareRoot()
      #expect(abs(level.standardError - error) < 4 * level.uncertainty + 0.01 * error)
    }
    #expect(blocking.isConverged)
    let exact = (9 / 0.36 / n).squareRoot()
    #expect(abs((blocking.standardError ?? 0) / exact - 1) < 0.1)
  }

  @Test(
    "a series that starts far away is found out, and the burn-in covers its relaxation",
    arguments: [1, 32])
  func stationarity(trajectories: Int) async throws {
    // Starts at 80 standard deviations with the relaxation time 1.
    let system = DiscreteOrnsteinUhlenbeck(k: 1, d: 0.5, timeStep: 0.05)
    func check(burnIn: Double, seed: UInt64) async throws -> SeriesResult {
      try await SeriesStudy(
        mover: system.mover(), starts: [[56]], observables: [.coordinate(0)],
        trajectories: trajectories, time: 400, burnIn: burnIn, seed: seed
      ).run()
    }
    let early = try await check(burnIn: 0, seed: 1)
    let stationarity = early.observables[0].stationarity
    #expect((stationarity.pValue ?? 1) < 0.01)
    #expect(stationarity.isBurnInConclusive)
    // Between the fall to one standard deviation, ln 80 = 4.4, and that to e⁻⁸ of one.
    #expect(stationarity.recommendedBurnIn > 3 && stationarity.recommendedBurnIn < 13)
    #expect(early.findings.contains { $0.contains("burn-in") })
    let late = try await check(burnIn: 0.05, seed: 1)
    #expect((late.observables[0].stationarity.pValue ?? 0) > 0.01)
    #expect(score(late.observables[0].mean, 0) < 4)
  }

  @Test("trajectories shorter than the relaxation are told from long ones")
  func tooShort() async throws {
    let system = DiscreteOrnsteinUhlenbeck(k: 0.001, d: 1e-5, timeStep: 0.1)
    let result = try await SeriesStudy(
      mover: system.mover(), starts: [[1]], observables: [.coordinate(0)], trajectories: 4,
      time: 100
    ).run()
    let series = result.observables[0]
    #expect(!series.stationarity.isBurnInConclusive)
    #expect(!series.blocking.isConverged)
    #expect(!result.findings.isEmpty)
  }
}
