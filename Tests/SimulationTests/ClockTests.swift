import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Testing

@Suite("Processes that keep a clock")
struct ClockTests {
  @Test("exit times after the time change are those in the time before")
  func exits() async throws {
    let field = CompiledField(MoriLoss())
    let points = try moriNetwork(field)
    // D = ηL(x)h* with η = ½. The mean first-passage time from the left minimum to the right one,
    // with a reflecting wall at −6, is 39.05185 by trapezoidal quadrature on 1.2 million points.
    for region in [ExitRegion.box(try Domain(lower: [-6], upper: [0.9456492739235914])), .basin] {
      let ensemble = try Ensemble(
        mover: TimeChangedIntegrator(
          field: field, noise: LossHessianDiffusion(field: field, scale: 0.5), timeStep: 0.001,
          anchors: points.basinAnchors),
        field: field, network: points,
        settings: EnsembleSettings(
          trajectories: 0, time: 1e5, timeStep: 0.001, exits: 1000, exitRegion: region))
      let result = try await ensemble.run()
      let exit = try #require(result.exits.first)
      let mean = try #require(exit.meanTime)
      let error = try #require(exit.standardError)
      #expect(exit.minimum == 0 && exit.count == 1000)
      #expect(abs(mean - 39.05185) < 3 * error)
      #expect(error < 1.5)
    }
  }

  @Test("a time limit is one on the clock")
  func limit() async throws {
    let field = CompiledField(MoriLoss())
    let points = try moriNetwork(field)
    let ensemble = try Ensemble(
      mover: TimeChangedIntegrator(
        field: field, noise: LossHessianDiffusion(field: field, scale: 0.5), timeStep: 0.001,
        anchors: points.basinAnchors),
      field: field, network: points,
      settings: EnsembleSettings(
        trajectories: 0, time: 1e5, timeStep: 0.001, exits: 200, exitTimeLimit: 5))
    let exit = try #require(try await ensemble.run().exits.first)
    #expect(exit.censored > 100 && exit.count > 0)
    #expect(exit.times.allSatisfy { $0 < 5.1 })
    #expect(exit.totalTime > 5 * Double(exit.censored))
    #expect(exit.totalTime < 5.1 * 200)
  }

  @Test("occupancies are shares of the time on the clock")
  func occupancies() async throws {
    let field = CompiledField(MoriLoss())
    let points = try moriNetwork(field)
    // The noise of the left basin everywhere, so that the process is one diffusion. Its density is
    // L^−(1 + 1/(ηh*)) and its scale function has the derivative L^(1/(ηh*)), h* = 2.28662: by
    // quadrature (scipy) 0.859757 of the time lies left of the saddle, and 0.849086 after the last
    // visit to the core set |x − x*| ≤ 0.2 of the left minimum rather than that of the right one.
    // In the time after the change the left share would be 0.67.
    let anchor = points.basinAnchors[0]
    var values = try settings(trajectories: 32, time: 400, timeStep: 0.002)
    values.frames = 20_000
    values.histogram = try HistogramGrid(
      axes: [0], range: Domain(lower: [-2], upper: [2]), bins: [10])
    let cores = CoreSets(
      sets: points.minima.map { CoreSet(center: $0.coordinates, form: [[1]], level: 0.04) })
    let ensemble = try Ensemble(
      mover: TimeChangedIntegrator(
        field: field, noise: LossHessianDiffusion(field: field, scale: 0.5), timeStep: 0.002,
        anchors: [anchor, anchor]),
      field: field, network: points, settings: values,
      basin: { $0[0] < 0.10103125788129105 ? 0 : 1 }, cores: cores)
    let result = try await ensemble.run()
    let left = result.occupancies[0]
    let descent = try #require(left.descent)
    let chain = try #require(left.rateMatrix)
    for (estimate, exact) in [
      (descent, 0.859757), (left.milestoning, 0.849086), (chain, 0.849086),
    ] {
      let error = try #require(estimate.standardError)
      #expect(abs(estimate.value - exact) < 3.5 * error)
      #expect(error < 0.01)
    }
    #expect(result.relaxation == nil && result.histogram == nil)
    #expect(result.findings.contains { $0.contains("relaxation rate and the histogram") })
  }
}
