import Glibc
import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Testing

@Suite("Marginals of histograms")
struct HistogramMarginalTests {
  @Test("the marginal of a Gaussian is Gaussian, with errors between trajectories")
  func gaussian() async throws {
    let field = CompiledField(Bowl(curvatures: [1, 3]))
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.5, dimension: 2),
      network: network(field, minima: [[0, 0]]),
      settings: EnsembleSettings(
        trajectories: 32, time: 400, timeStep: 0.01, exits: 0, frames: 400,
        histogram: HistogramGrid(
          axes: [0, 1], range: Domain(lower: [-6, -4], upper: [6, 4]), bins: [48, 16])))
    let histogram = try #require(try await ensemble.run().histogram)
    let marginal = try histogram.marginal(axis: 1)
    #expect(marginal.grid.axes == [1] && marginal.grid.bins == [16])
    #expect(marginal.counts.reduce(0, +) == histogram.counts.reduce(0, +))
    #expect(
      marginal.counts[3] == (0..<48).reduce(0) { $0 + histogram.counts[16 * $1 + 3] })
    let comparison = try #require(marginal.comparison { Double.exp(-3 * $0[0] * $0[0]) })
    #expect(comparison.pValue > 0.001)
    let densities = marginal.densities()
    #expect(abs(densities.reduce(0) { $0 + 0.5 * $1.value } - 1) < 1e-12)
    // erf(0.5/√(2σ²)) for the two cells of width 0.5 beside zero, σ² = 2DΔ/(1 − (1 − 3Δ)²).
    let variance = 0.01 / (1 - 0.97 * 0.97)
    let expected = erf(0.5 / (2 * variance).squareRoot())
    #expect(score(densities[7], expected) < 4)
    #expect(score(densities[8], expected) < 4)
    #expect(throws: SimulationError.self) { try histogram.marginal(axis: 2) }
  }
}
