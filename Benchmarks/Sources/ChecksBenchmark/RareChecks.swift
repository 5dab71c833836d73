import Glibc
import Landscapes
import LinearAlgebra
import Simulation

/// (x² − 1)²/4 + 0.15x.
private struct TiltedSection: Landscape {
  /// The minima (mpmath.findroot).
  static let left = -1.067923013689697
  static let right = 0.9142973158662134
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + 0.15 * x[0]
  }
}

/// Rare events beside exact numbers.
struct RareChecks {
  /// ln of the mean first-passage time from the left to the right minimum: quadrature in the log
  /// domain (SciPy), the value at 0.0119 by mpmath too.
  private static let wells = [
    (0.055, 9.1109089058), (0.0245, 18.4855508457), (0.0119, 36.4644183271),
    (0.00622, 68.4263040843),
  ]

  func rates() async throws {
    print(
      """

      ## Rare escapes by splitting

      L = (x² − 1)²/4 + 0.15x, from the left minimum to the right one: Heun's method with Δt = 0.02,
      crossings by the Brownian bridge, 256 copies in 32 repetitions;
      the exact rate is one over the mean first-passage time by quadrature. The last column counts, of
      200 computations with other seeds, 32 copies and 8 repetitions, those whose 95 % interval holds
      the exact rate.

      | D | exact ln k | ln k | ratio of the rates | standard errors apart | steps | intervals that hold |
      | --- | --- | --- | --- | --- | --- | --- |
      """)
    for (temperature, logTime) in Self.wells {
      let result = try await rate(temperature, copies: 256, repetitions: 32, seed: 1)
      var covered = 0
      for seed in 1...200 {
        let small = try await rate(
          temperature, copies: 32, repetitions: 8, seed: UInt64(1000 + seed))
        if small.interval.contains(-logTime) { covered += 1 }
      }
      let apart = (result.logRate + logTime) / result.standardError
      print(
        "| \(temperature) | \(text(-logTime)) | \(text(result.logRate)) ± "
          + "\(text(result.standardError)) | \(text(exp(result.logRate + logTime))) | "
          + "\(text(apart)) | \(result.steps) | \(covered) |")
    }
  }

  private func rate(
    _ temperature: Double, copies: Int, repetitions: Int, seed: UInt64
  ) async throws -> TransitionRate {
    let x = ReactionCoordinate.coordinate(0, of: 1)
    let event = try RareEvent(
      mover: StochasticIntegrator(
        field: CompiledField(TiltedSection()),
        dynamics: .langevin(temperature: temperature, dimension: 1), timeStep: 0.02,
        method: .heun),
      source: .below(x, TiltedSection.left), target: .above(x, TiltedSection.right),
      coordinate: x)
    return try await AdaptiveMultilevelSplitting(
      event, settings: RareEventSettings(copies: copies, repetitions: repetitions, seed: seed)
    ).rate(
      from: [TiltedSection.left],
      through: TiltedSection.left + (temperature / 2.42).squareRoot())
  }

  func discs() async throws {
    print(
      """

      ## Which disc is reached first

      The three-hole potential at β = 4.1: the probability of reaching the disc of radius 0.2 around
      (1, 0) before that around (−1, 0) from (−0.75, 0). In continuous time it is 1.95·10⁻⁵ (finite
      differences of the backward equation); where the discs are only looked at every Δt = 0.01 it is
      2.8·10⁻⁵. Splitting along x with 1024 copies in 64 repetitions.

      | discs | Δt | method | probability | steps |
      | --- | --- | --- | --- | --- |
      """)
    for (timeStep, method, correction, name) in [
      (0.005, IntegrationMethod.heun, BoundaryCorrection.brownianBridge, "Brownian bridge"),
      (0.00125, .heun, .brownianBridge, "Brownian bridge"),
      (0.01, .eulerMaruyama, .none, "looked at every step"),
    ] {
      let event = try RareEvent(
        mover: StochasticIntegrator(
          field: CompiledField(ThreeHole()),
          dynamics: .langevin(temperature: 1 / 4.1, dimension: 2), timeStep: timeStep,
          method: method),
        source: .ball(center: [-1, 0], radius: 0.2), target: .ball(center: [1, 0], radius: 0.2),
        coordinate: .coordinate(0, of: 2), correction: correction)
      let result = try await AdaptiveMultilevelSplitting(
        event, settings: RareEventSettings(copies: 1024, repetitions: 64, seed: 2)
      ).probability(from: [-0.75, 0])
      let value = result.probability.probability * 1e5
      print(
        "| \(name) | \(timeStep) | \(method.rawValue) | (\(text(value)) ± "
          + "\(text(value * result.probability.standardError)))·10⁻⁵ | \(result.steps) |")
    }
  }

  private func text(_ value: Double) -> String { ChecksBenchmark.text(value) }
}
