import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import Testing

/// The mean first-passage time from the left to the right minimum of (x²−1)²/4 + 0.15x is
/// ∫ e^{V(y)/D} ∫_{−∞}^y e^{−V(z)/D} dz dy / D: quadrature with 200 000 nodes in the log domain, the
/// value at D = 0.0119 by mpmath too.
@Suite("Rates by splitting and forward flux")
struct TransitionRateTests {
  static let table: [(temperature: Double, logTime: Double)] = [
    (0.12, 5.0514034040), (0.055, 9.1109089058), (0.0245, 18.4855508457),
    (0.0119, 36.4644183271), (0.00622, 68.4263040843),
  ]

  /// The surface lies one standard deviation of the well away from the minimum.
  static func surface(_ temperature: Double) -> Double {
    TiltedSection.left + (temperature / 2.42).squareRoot()
  }

  @Test(
    "splitting gives the exact mean first-passage time", arguments: [table[0], table[1], table[4]])
  func splitting(_ temperature: Double, _ logTime: Double) async throws {
    let rate = try await AdaptiveMultilevelSplitting(
      tiltedEvent(temperature: temperature, timeStep: 0.02),
      settings: rareSettings(copies: 64, repetitions: 8)
    ).rate(from: [TiltedSection.left], through: TransitionRateTests.surface(temperature))
    #expect(
      abs(rate.logMeanTime - logTime) < 3.5 * rate.standardError,
      "\(rate.logMeanTime) ± \(rate.standardError), \(logTime)")
    #expect(rate.standardError < 0.8)
    #expect(rate.loopTimeError < 0.1 * rate.meanLoopTime)
    #expect(rate.interval.contains(rate.logRate))
  }

  @Test("forward flux gives the exact mean first-passage time", arguments: table.prefix(2))
  func forwardFlux(_ temperature: Double, _ logTime: Double) async throws {
    let (rate, stages) = try await ForwardFluxSampling(
      tiltedEvent(temperature: temperature, timeStep: 0.02),
      settings: rareSettings(copies: 64, repetitions: 10)
    ).rate(from: [TiltedSection.left], through: TransitionRateTests.surface(temperature))
    #expect(
      abs(rate.logMeanTime - logTime) < 3.5 * rate.standardError,
      "\(rate.logMeanTime) ± \(rate.standardError), \(logTime)")
    #expect(rate.standardError < 0.8)
    // All but the last end at interfaces that were placed for a share of 0.3.
    for stage in try #require(stages).stages.dropLast() {
      #expect((0.1...0.6).contains(stage.probability))
    }
  }

  @Test("the relation of loops holds where the target is not rare")
  func common() async throws {
    // From 0 to b with a wall far below: T = (b − a)/v for a constant drift of +v, from the first
    // passage of a: with A = {x ≤ 0} and drift +0.2, p is near ½.
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(Slope(slope: -0.2)),
        dynamics: .langevin(temperature: 0.5, dimension: 1), timeStep: 0.005),
      source: .below(x, 0), target: .above(x, 2), coordinate: x)
    let rate = try await AdaptiveMultilevelSplitting(
      event, settings: rareSettings(copies: 256, repetitions: 12)
    ).rate(from: [0], through: 0.5)
    // Wald: the mean time from 0 to 2 is 2/0.2.
    #expect(
      abs(rate.logMeanTime - log(10)) < 3.5 * rate.standardError + 0.01,
      "\(rate.logMeanTime) ± \(rate.standardError), \(log(10.0))")
    #expect(rate.standardError < 0.1)
    #expect(rate.probability.probability > 0.2)
  }

  /// V = x²/2 − x⁴/40 + x/10 has barriers on both sides, the left one much the lower. With restarts
  /// in 0 after x ≤ −3.8 the rate of x ≥ 3.8 is the probability to come there first over the mean
  /// time to either, both by nested quadrature (mpmath).
  @Test("a third set ends a way, and the loops go on at the start")
  func thirdSet() async throws {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let mover = try StochasticIntegrator(
      field: CompiledField(TwoBarriers()),
      dynamics: .langevin(temperature: 0.3, dimension: 1), timeStep: 0.02, method: .heun)
    let event = try RareEvent(
      mover: mover, source: .core(interval(0.3)), target: .above(x, 3.8),
      elsewhere: .below(x, -3.8), coordinate: x)
    let settings = try rareSettings(copies: 64, repetitions: 16)
    let splitting = try await AdaptiveMultilevelSplitting(event, settings: settings)
      .rate(from: [0], through: 0.6)
    let flux = try await ForwardFluxSampling(event, settings: settings)
      .rate(from: [0], through: 0.6).rate
    for rate in [splitting, flux] {
      #expect(
        abs(rate.logRate + 10.8952493) < 3.5 * rate.standardError,
        "\(rate.logRate) ± \(rate.standardError)")
      #expect(rate.standardError < 0.25)
    }
  }

  /// dx = −x dt + √2 dW from 0.5, where the loops enter the source, to −1.8 or −2.2 or 4 (nested
  /// quadrature, mpmath): nearly all ways end at the near wall before they pass ξ = 1.
  @Test(
    "counts ways out that reach the target before the surface",
    arguments: [(-1.8, -2.06946675), (-2.2, -2.72856213)])
  func arrivals(_ wall: Double, _ exact: Double) async throws {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(Bowl(curvatures: [1])),
        dynamics: .langevin(temperature: 1, dimension: 1), timeStep: 0.005, method: .heun),
      source: .core(interval(0.5)), target: .outside(Domain(lower: [wall], upper: [4])),
      coordinate: x)
    let rate = try await AdaptiveMultilevelSplitting(
      event, settings: rareSettings(copies: 256, repetitions: 16)
    ).rate(from: [0], through: 1)
    #expect(
      abs(rate.logRate - exact) < 3.5 * rate.standardError,
      "\(rate.logRate) ± \(rate.standardError), \(exact)")
    #expect(rate.standardError < 0.06)
  }

  /// |x| ≤ r.
  private func interval(_ radius: Double) -> CoreSet {
    CoreSet(center: [0], form: Matrix([[1]]), level: radius * radius)
  }

  @Test("a surface that is never passed is a stated failure, not a number")
  func noFlux() async throws {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(Bowl(curvatures: [1])),
        dynamics: .langevin(temperature: 0.01, dimension: 1), timeStep: 0.1),
      source: .below(x, 0), target: .above(x, 20), coordinate: x)
    let settings = try RareEventSettings(copies: 16, repetitions: 2, stepLimit: 1000)
    let rate = try await AdaptiveMultilevelSplitting(event, settings: settings)
      .rate(from: [0], through: 10)
    #expect(rate.logRate == -.infinity)
    #expect(rate.interval.upperBound.isFinite)
    #expect(rate.findings.contains { $0.contains("loops around the source") })
  }

  @Test("the same bytes on any number of threads")
  func threads() async throws {
    let event = try tiltedEvent(temperature: 0.055, timeStep: 0.05)
    var rates: [TransitionRate] = []
    for threads in 1...3 {
      rates.append(
        try await AdaptiveMultilevelSplitting(
          event, settings: rareSettings(copies: 32, repetitions: 8, threads: threads)
        ).rate(from: [TiltedSection.left], through: -0.9))
    }
    #expect(rates[1] == rates[0] && rates[2] == rates[0])
  }
}
