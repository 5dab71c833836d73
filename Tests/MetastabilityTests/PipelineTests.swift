import Foundation
import Metastability
import Testing

private func run(_ text: String, _ scope: Analysis.Scope = .analyze) async throws -> AnalysisReport
{
  try await Analysis(try Problem(text: text)).run(scope)
}

private func analysis(example name: String) throws -> Analysis {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Fixtures/problems")
  return try Analysis(
    try Problem(contentsOfFile: folder.appending(path: name + ".json5").path))
}

@Suite("From a problem file to the verdict")
struct PipelineTests {
  // V = (x²−1)²/4 + 0.15x + y²(1 + 0.3x). Reference: 40-digit Newton and the closed formula in
  // mpmath; the exact occupancy by quadrature over the box.
  @Test("Eyring–Kramers rates and occupancy of the tilted double well")
  func eyringKramers() async throws {
    let report = try await run(
      """
      { landscape: { formula: "(x^2-1)^2/4 + 0.15*x + y^2*(1+0.3*x)", domain: [[-2,2],[-2,2]] },
        dynamics: { kind: "langevin", temperature: 0.025 }, rates: { formulas: ["eyringKramers"] } }
      """)
    let network = try #require(report.network)
    #expect(network.minima.count == 2)
    #expect(network.completeness.status == .certified)
    let formula = try #require(report.formulas.first)
    let sum = exp(logSumExp(formula.rates.map(\.logRate)))
    #expect((sum - 1.890421e-3).magnitude < 5e-10)
    let chain = try #require(formula.chain)
    #expect((exp(chain.logStationary[0]) - 0.99999411).magnitude < 5e-9)
    #expect(chain.selected == 0)
    #expect(chain.selectedAtZeroNoise == 0)
  }

  @Test("The simulated relaxation rate is the exact one, and the formula is told how far it misses")
  func relaxation() async throws {
    let report = try await run(
      """
      { landscape: { formula: "(x^2-1)^2/4 + 0.15*x + y^2*(1+0.3*x)", domain: [[-2,2],[-2,2]] },
        dynamics: { kind: "langevin", temperature: 0.06 }, rates: { formulas: ["eyringKramers"] },
        simulation: { trajectories: 4096, time: 250, timeStep: 0.005, seed: 3 } }
      """)
    let relaxation = try #require(report.simulation?.result.relaxation)
    let error = try #require(relaxation.rate.standardError)
    // 0.0264789: the second eigenvalue of the discretised Fokker–Planck generator.
    #expect((relaxation.rate.value - 0.0264789).magnitude < 2.5 * error)
    #expect(error < 0.04 * relaxation.rate.value)
    let comparison = try #require(report.relaxationComparison.first)
    #expect((exp(comparison.logRate) - 0.0295174).magnitude < 5e-8)
    #expect(comparison.deviation > 2)
  }

  @Test("Mori's noise in one dimension: formula, quadrature and simulation side by side")
  func mori() async throws {
    let report = try await analysis(example: "mori-loss-noise").run()
    let exact = try #require(report.formulas.first { $0.name == "exactOneDimensional" })
    let leftMinimum = try #require(
      report.network?.minima.firstIndex { $0.coordinates[0] < 0 })
    let time = exp(-(try #require(exact.rates.first { $0.from == leftMinimum }).logRate))
    // With a reflecting wall at −6: 32 533.24.
    #expect((time - 32533.24).magnitude < 0.05)
    let exit = try #require(
      report.simulation?.result.exits.first { $0.minimum == leftMinimum })
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    #expect((mean - 32533).magnitude < 2 * error)
  }

  @Test("Hu Example 3.1: exit from the unit disc, with and without the boundary correction")
  func huBowl() async throws {
    func meanExit(
      correction: Bool, timeStep: Double
    ) async throws -> (mean: Double, error: Double) {
      let report = try await run(
        """
        { landscape: { builtin: "hu-bowl" }, dynamics: { kind: "hu", epsilon: 0.5 },
          simulation: { timeStep: \(timeStep), exits: 10000, seed: 1, boundaryCorrection: \(correction),
            exit: { kind: "ball", radius: 1 } } }
        """, .simulate)
      let exit = try #require(report.simulation?.result.exits.first)
      return (try #require(exit.meanTime), try #require(exit.standardError))
    }
    // ¼[Ei(2/ε) − γ − ln(2/ε)] at ε = 0.5. The step is small because the scheme's own error is of
    // first order in it, about −0.01 here.
    let corrected = try await meanExit(correction: true, timeStep: 0.0005)
    #expect((corrected.mean - 4.416841).magnitude < 2 * corrected.error)
    // Plain Euler–Maruyama at this step gives 5.50.
    let plain = try await meanExit(correction: false, timeStep: 0.01)
    #expect((plain.mean - 5.50).magnitude < 3 * plain.error)
  }

  @Test("Hu Example 4.1 selects the bowl with the nearly isotropic noise")
  func huTwoBowls() async throws {
    let report = try await analysis(example: "hu-two-bowls").run()
    let network = try #require(report.network)
    #expect(network.minima.map { $0.coordinates[0].rounded() } == [-2, 2])
    let formula = try #require(report.formulas.first { $0.name == "freidlinWentzell" })
    // −2/(εμ): the exponents of equation (30) with ε = 0.5.
    let left = try #require(formula.rates.first { $0.from == 0 })
    let right = try #require(formula.rates.first { $0.from == 1 })
    #expect((left.logRate + 2 / (0.5 * 1.9999)).magnitude < 1e-9)
    #expect((right.logRate + 2 / (0.5 * 1.0001)).magnitude < 1e-9)
    #expect(formula.chain?.selected == 1)
    #expect(formula.chain?.selectedAtZeroNoise == 1)
    #expect(report.simulation?.selected == 1)
  }

  @Test("Chaudhari Example 19: the fixed points of a drift that is no gradient")
  func chaudhari() async throws {
    let report = try await run(
      """
      { landscape: { builtin: "chaudhari-double-well", parameters: { lambda: 0.5 } },
        dynamics: { kind: "langevin", temperature: 1 } }
      """, .chain)
    let minima = try #require(report.network).minima
    #expect(minima.count == 2)
    #expect((minima[0].coordinates[0] + 0.902428).magnitude < 1e-6)
    #expect((minima[1].coordinates[1] - 0.388802).magnitude < 1e-6)
    #expect(minima.allSatisfy { $0.energy == nil })
    let kramers = try #require(report.formulas.first { $0.name == "eyringKramers" })
    #expect(kramers.unavailable != nil)
  }

  @Test("Chaudhari Example 19: the simulated histogram is e^−Φ although the drift is no gradient")
  func chaudhariDensity() async throws {
    let system = try LandscapeCatalogue.entry(named: "chaudhari-double-well").system()
    let network = try StationaryPointSearch(domain: system.domain).run(on: system.field)
    let ensemble = try Ensemble(
      field: system.field, dynamics: try .langevin(temperature: 1, dimension: 2),
      network: network, domain: system.domain,
      settings: EnsembleSettings(
        trajectories: 512, time: 200, timeStep: 0.002, seed: 11, exits: 0, frames: 20,
        histogram: HistogramGrid(
          axes: [0, 1], range: Domain(lower: [-2, -2], upper: [2, 2]), bins: [16, 16])))
    let histogram = try #require(try await ensemble.run().histogram)
    let matching = try #require(
      histogram.comparison { exp(-ChaudhariDoubleWell.potential(at: $0)) })
    #expect(matching.pValue > 0.001)
    // The density of the gradient part alone at another temperature is refused.
    let other = try #require(
      histogram.comparison { exp(-1.3 * ChaudhariDoubleWell.potential(at: $0)) })
    #expect(other.pValue < 1e-6)
  }

  @Test("Trajectories that leave the domain are no escapes to another minimum")
  func leavingTheDomain() async throws {
    let report = try await run(
      """
      { landscape: { formula: "(x^2-1)^2/4 + 0.15*x + y^2*(1+0.3*x)",
          domain: [[-1.5,1.5],[-0.8,0.8]] },
        dynamics: { kind: "langevin", temperature: 0.06 }, rates: { formulas: ["eyringKramers"] },
        simulation: { timeStep: 0.01, exits: 2000, seed: 2 } }
      """)
    let exit = try #require(report.simulation?.result.exits.first { $0.minimum == 0 })
    #expect(exit.leftDomain > 1000)
    let comparison = try #require(report.comparison.first { $0.minimum == 0 })
    // Eyring–Kramers is about 11 % too fast here; counting the losses would make it 30 times too slow.
    let error = try #require(comparison.logRateError)
    let standardError = try #require(comparison.standardError)
    #expect((error - 0.11).magnitude < 4 * standardError)
  }

  @Test("A formula that says never is refuted by an escape that is seen")
  func refutation() async throws {
    let report = try await run(
      """
      { landscape: { formula: "(x^2-1)^2/4", domain: [[-3, 3]] },
        dynamics: { kind: "sgd", learningRate: 0.3, batchSize: 1, noise: "hessian" },
        rates: { formulas: ["pathResolved"] },
        simulation: { timeStep: 0.05, exits: 20, exitTimeLimit: 1e5 } }
      """)
    let formula = try #require(report.formulas.first)
    #expect(formula.rates.allSatisfy { $0.logRate == -.infinity })
    #expect(report.comparison.contains { $0.isRefuted })
    #expect(report.findings.contains { $0.contains("inflections") })
  }

  @Test("Mori's limit of no noise follows the power of the loss ratio, not its finite part")
  func moriWithoutNoise() async throws {
    let report = try await run(
      """
      { landscape: { formula: "0.17 + (x^2-1)^2/4 + 0.1*x", domain: [[-3, 3]] },
        dynamics: { kind: "sgd", learningRate: 0.5, batchSize: 1, noise: "lossHessian" },
        rates: { formulas: ["mori"], mori: { effectiveDimension: 30 } } }
      """, .chain)
    // (1/ηh*) ln(L_s/L_a) is 1.61 from the left minimum and 0.55 from the right one (by hand).
    #expect(report.formulas.first?.chain?.selectedAtZeroNoise == 0)
  }

  @Test("The convention is a choice that the exact rate follows")
  func conventions() async throws {
    func logRate(_ convention: String) async throws -> Double {
      let report = try await run(
        """
        { landscape: { formula: "0.17 + (x^2-1)^2/4 + 0.1*x", domain: [[-6, 6]] },
          dynamics: { kind: "sgd", learningRate: 0.02, batchSize: 1, noise: "lossHessian",
            interpretation: "\(convention)" },
          rates: { formulas: ["exactOneDimensional"] } }
        """, .chain)
      return try #require(report.formulas.first?.rates.first { $0.from == 0 }).logRate
    }
    // Laplace: the isothermal time is the Itô one times D_a/D_b, D ∝ L: 0.0676139 and 0.4250255.
    let ratio = try await logRate("ito") - logRate("isothermal")
    #expect((ratio - logOf(0.0676139 / 0.4250255)).magnitude < 0.05)
    let half = try await logRate("ito") - logRate("stratonovich")
    #expect((half - 0.5 * logOf(0.0676139 / 0.4250255)).magnitude < 0.05)
  }

  @Test("A landscape with one minimum is answered: no rates, one occupancy of 1")
  func singleMinimum() async throws {
    let report = try await run(
      """
      { landscape: { formula: "x^2", domain: [[-1, 1]] },
        dynamics: { kind: "langevin", temperature: 0.1 },
        rates: { formulas: ["eyringKramers"] },
        simulation: { trajectories: 8, time: 10, timeStep: 0.01 } }
      """)
    let formula = try #require(report.formulas.first)
    #expect(formula.rates.isEmpty)
    #expect(formula.chain?.logStationary == [0])
    #expect(report.simulation?.occupancies.map(\.value.value) == [1])
  }

  @Test("A given chain is solved far below the range of doubles")
  func givenChain() async throws {
    let report = try await analysis(example: "given-chain").run()
    let chain = try #require(report.formulas.first?.chain)
    // A birth–death chain: π₁/π₀ = e^{−10 + 1060}, π₂/π₁ = e^{−20 + 1065.5}.
    #expect((chain.logStationary[0] + 2095.5).magnitude < 1e-9)
    #expect((chain.logStationary[1] + 1045.5).magnitude < 1e-9)
    #expect(chain.logStationary[2].magnitude < 1e-12)
    // T(0→2) = 1/k01 + 1/k12 + k10/(k01 k12).
    let forward = try #require(chain.passages).forward.logMeanTime
    #expect((forward - logSumExp([10, 20, -1060 + 30])).magnitude < 1e-12)
  }

  @Test("The same seed gives the same result on any number of threads")
  func threads() async throws {
    func result(threads: Int) async throws -> EnsembleResult {
      let report = try await run(
        """
        { landscape: { builtin: "double-well", dimension: 2, parameters: { tilt: 0.1 } },
          dynamics: { kind: "langevin", temperature: 0.1 },
          simulation: { trajectories: 20, time: 200, timeStep: 0.01, exits: 10,
            threads: \(threads) } }
        """, .simulate)
      return try #require(report.simulation).result
    }
    let one = try await result(threads: 1)
    #expect(try await result(threads: 2) == one)
    #expect(try await result(threads: 3) == one)
  }

  @Test("batches in epochs have the noise of epochs", arguments: [true, false])
  func epochs(_ isEpochs: Bool) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try "x,y\n1,1\n1,-1\n".write(
      to: folder.appending(path: "two.csv"), atomically: true, encoding: .utf8)
    let problem = try Problem(
      text: """
        { landscape: { model: { kind: "linear", bias: false,
            data: { file: "two.csv", target: "y", normalize: false } }, domain: [[-3, 3]] },
          dynamics: { kind: "sgd", learningRate: 0.2, batchSize: 1, epochs: \(isEpochs) },
          rates: { formulas: ["zhu"] },
          simulation: { trajectories: 64, time: 2000,
            series: { interval: 0.2 } } }
        """, folder: folder.path)
    let report = try await Analysis(problem).run(.simulate)
    let variance = try #require(report.simulation?.series?.observables.first?.variance)
    // θ ← aθ ± (1 − a) with a = 0.8. Independent: (1 − a)²/(1 − a²) = 1/9. In epochs the second sign
    // is the opposite of the first: v = (1 − a)⁴/(1 − a⁴) at their ends, a²v + (1 − a)² between.
    let ends = 0.0016 / (1 - 0.4096)
    let expected = isEpochs ? 0.5 * (ends + 0.64 * ends + 0.04) : 1.0 / 9
    let error = try #require(variance.standardError)
    #expect(abs(variance.value - expected) < 4 * error)
    #expect(error < 0.002)
  }
}
