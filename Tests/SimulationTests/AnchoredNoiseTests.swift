import Landscapes
import LinearAlgebra
import Simulation
import Testing

/// D = 0.08 where the noise refers to the left minimum, 0.16 where it refers to the right one.
private struct TwoLevels: Diffusion {
  var level = 0.08
  var dimension: Int { 1 }
  var form: DiffusionForm { .positionDependent }
  var isPiecewise: Bool { false }
  func piece(at x: [Double]) -> Int { 0 }
  func matrix(at x: [Double]) -> Matrix { Matrix([[level]]) }
  func anchored(at basin: BasinAnchor) -> any Diffusion {
    TwoLevels(level: basin.minimum[0] < 0 ? 0.08 : 0.16)
  }
}

/// V = (x² − 1)²/4.
private struct SymmetricSection: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { 0.25 * (x[0].squared() - 1).squared() }
}

/// The noise changes where |x ∓ 1| ≤ 0.3 is entered, so that a stay is a first passage from ∓0.7 to
/// ±0.7 with one D. Of the mean times, the integrals of x and the times left of 0 along them (nested
/// quadrature, mpmath) come the share of the time in which the left noise rules, 0.8320931, the mean
/// of x, −0.6130586, and the share of the time left of 0, 0.8282612.
@Suite("Noise that refers to the minimum visited last")
struct AnchoredNoiseTests {
  private let cores = CoreSets(
    sets: [-1.0, 1].map { CoreSet(center: [$0], form: Matrix([[1]]), level: 0.09) })

  private func mover() throws -> StochasticIntegrator {
    try StochasticIntegrator(
      field: CompiledField(SymmetricSection()), dynamics: Dynamics(diffusion: TwoLevels()),
      timeStep: 0.005,
      anchors: [-1.0, 1].map {
        BasinAnchor(minimum: [$0], minimumEnergy: 0, minimumHessian: Matrix([[2]]))
      })
  }

  @Test("is followed by time series, at any interval of observation", arguments: [0.005, 0.5])
  func series(_ interval: Double) async throws {
    let result = try await SeriesStudy(
      mover: mover(), starts: [[-1], [1]], observables: [.coordinate(0)], trajectories: 64,
      time: 1000, interval: interval, burnIn: 0.3, anchorSets: cores
    ).run()
    let mean = result.observables[0].mean
    let error = try #require(mean.standardError)
    #expect(abs(mean.value + 0.6130586) < 3.5 * error, "\(mean.value) ± \(error)")
    #expect(error < 0.04)
  }

  @Test("is followed by chains from trajectories, whatever the states are")
  func states() async throws {
    let boxes = try BoxGrid(axes: [0], range: Domain(lower: [-3], upper: [3]), bins: [2])
    for (discretisation, exact) in [
      (Discretisation.coreSets(cores), 0.8320931), (.boxes(boxes), 0.8282612),
    ] {
      let result = try await DiscreteTrajectoryStudy(
        mover: mover(), discretisation: discretisation, starts: [[-1], [1]],
        settings: DiscreteTrajectorySettings(
          trajectories: 64, frames: 14_000, stepsPerFrame: 10, burnIn: 6000, lags: []),
        anchorSets: cores
      ).run()
      let share = result.occupancies[0]
      let error = try #require(share.standardError)
      #expect(abs(share.value - exact) < 3.5 * error, "\(share.value) ± \(error), \(exact)")
      #expect(error < 0.02)
    }
  }
}
