import EscapeRates
import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

private struct Swirl: VectorField {
  var dimension: Int { 2 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    b[0] = x[0] - x[0] * x[0].squared() - x[1]
    b[1] = x[0] * 0.2 - x[1]
  }
}

@Suite("The catalogue, the table of rates and the rules of composition")
struct CatalogueAndTableTests {
  @Test("The names are those of problem files, each once")
  func names() {
    #expect(
      FormulaCatalogue.names == [
        "eyringKramers", "harmonic", "xie", "xieGeneral", "mori", "moriGeneral", "ibayashi",
        "ibayashiSDE", "freidlinWentzell", "jastrzebski", "zhu", "nguyen", "pathResolved",
        "exactOneDimensional", "fokkerPlanck", "bouchetReygner",
      ])
    #expect(FormulaCatalogue.formula(named: "xie")?.name == "xie")
    #expect(FormulaCatalogue.formula(named: "kramers") == nil)
  }

  @Test("Which formulas answer a Langevin, an SGD and a drift problem; the others give a reason")
  func availability() throws {
    func available(_ problem: EscapeProblem) -> Set<String> {
      Set(
        FormulaCatalogue.all().filter {
          let table = EscapeTable(formula: $0, problem: problem)
          #expect((table.unavailable == nil) != table.rates.isEmpty)
          return table.unavailable == nil
        }.map(\.name))
    }
    #expect(
      available(try TestNetwork.coupled(TestNetwork.langevin(0.03))) == [
        "eyringKramers", "harmonic", "xieGeneral", "freidlinWentzell", "pathResolved",
      ])
    #expect(
      available(try TestNetwork.tilted(TestNetwork.sgd(0.1, 1, .lossHessian), offset: 0.17)) == [
        "xie", "xieGeneral", "mori", "moriGeneral", "ibayashi", "ibayashiSDE", "freidlinWentzell",
        "jastrzebski", "zhu", "nguyen", "pathResolved", "exactOneDimensional",
      ])
    let field = CompiledField(field: Swirl())
    let points = [[-0.5, -0.1], [0.5, 0.1], [0, 0]].map { x in
      StationaryPoint(
        coordinates: x, energy: nil, hessian: [[1, 0.2], [-0.2, 1]],
        eigenvalues: [ComplexNumber(1, -0.2), ComplexNumber(1, 0.2)], gradientNorm: 0, index: 0,
        flatDirections: 0, isCertified: false)
    }
    let drift = EscapeProblem(
      field: field,
      network: StationaryNetwork(
        minima: Array(points.prefix(2)),
        saddles: [
          Saddle(
            point: points[2], connects: [0, 1],
            descents: [[[0, 0], [-0.5, -0.1]], [[0, 0], [0.5, 0.1]]])
        ], completeness: Completeness(status: .unknown, detail: "made by hand")),
      dynamics: try .langevin(temperature: 0.1, dimension: 2))
    #expect(available(drift).isSubset(of: ["freidlinWentzell"]))
    let kramers = EscapeTable(formula: EyringKramers(), problem: drift)
    #expect(kramers.unavailable?.contains("gradient") == true)
  }

  @Test("Parallel saddles add their rates (Rule 1), with the lowest barrier")
  func parallel() throws {
    // (r² − 1)² + 0.3y²: minima (±1, 0), saddles (0, ±√0.85), both at V = 0.0225 + 0.255.
    let field = CompiledField(Ring())
    let network = try TestNetwork.make(
      field, minima: [[-1, 0], [1, 0]], saddles: [([0, 0.92], 0, 1), ([0, -0.92], 0, 1)])
    let problem = EscapeProblem(
      field: field, network: network, dynamics: try .langevin(temperature: 0.02, dimension: 2))
    let table = EscapeTable(formula: EyringKramers(), problem: problem)
    #expect(table.rates.count == 2)
    let rate = try #require(table.rates.first)
    #expect(rate.saddles == [0, 1])
    // H_a = diag(8, 0.6); H_b = diag(−0.6, 6.8): k = 2·0.6/2π·√(4.8/4.08)·e^{−0.2775/D}.
    let expected =
      logarithm(2 * 0.6 / (2 * .pi)) + 0.5 * logarithm(4.8 / 4.08) - 0.2775 / 0.02
    #expect((rate.logRate - expected).magnitude < 1e-11)
    #expect((try #require(rate.barrier) - 0.2775).magnitude < 1e-13)
    #expect(Set(rate.findings).count == rate.findings.count)
  }

  @Test("A network without saddles has an empty table where the formula applies")
  func singleMinimum() throws {
    let field = CompiledField(Bowl())
    let problem = EscapeProblem(
      field: field, network: try TestNetwork.make(field, minima: [[0, 0]], saddles: []),
      dynamics: try .langevin(temperature: 0.1, dimension: 2))
    let table = EscapeTable(formula: EyringKramers(), problem: problem)
    #expect(table.unavailable == nil && table.rates.isEmpty)
    #expect(EscapeTable(formula: Xie(), problem: problem).unavailable?.contains("SGD") == true)
  }

  @Test("Rule 2 and the exact time with returns (trap of the ignored returns)")
  func sequential() {
    // k_AB = 2, k_BC = 3, k_BA = 5: 1/2 + 1/3, and 1/2 + 1/3 + 5/6.
    let (ab, bc, ba) = (logarithm(2), logarithm(3), logarithm(5))
    #expect((exponential(EscapeComposition.sequential([ab, bc])) - 5.0 / 6).magnitude < 1e-14)
    let exact = EscapeComposition.sequentialWithReturns(forward: [ab, bc], backward: [ba])
    #expect((exponential(exact) - 5.0 / 3).magnitude < 1e-14)
    // Hundreds of decades apart: 1/k_AB + 1/k_BC + k_BA/(k_AB k_BC) is ruled by its last term.
    let far = EscapeComposition.sequentialWithReturns(forward: [-3000, -4000], backward: [-10])
    #expect((far - 6990).magnitude < 1e-9)
    #expect(EscapeComposition.sequential([0, -.infinity]) == .infinity)
    #expect(EscapeComposition.parallel([]) == -.infinity)
    #expect((logRatePerIteration(-10, learningRate: 0.1) + 12.302585092994047).magnitude < 1e-14)
  }

  @Test(
    "Settings out of range are refused with the key named",
    arguments: ["xie.s", "mori.effectiveDimension", "nguyen.alpha", "nguyen.delta"])
  func settings(key: String) {
    let error = #expect(throws: FormulaSettingError.self) {
      switch key {
      case "xie.s": _ = try FormulaSettings(share: .fixed(1.5))
      case "nguyen.alpha": _ = try FormulaSettings(stability: 2.5)
      case "nguyen.delta": _ = try FormulaSettings(margin: .nan)
      default: _ = try FormulaSettings(effectiveDimension: .fixed(0))
      }
    }
    #expect(error?.setting == key)
  }

  @Test("A path that leaves along no eigenvector is reported")
  func alignment() throws {
    let field = CompiledField(CoupledWell())
    let straight = try TestNetwork.make(
      field, minima: [[-1.07, 0], [0.91, 0]], saddles: [([0.15, 0], 0, 1)])
    let saddle = straight.saddles[0]
    let bent = StationaryNetwork(
      minima: straight.minima,
      saddles: [
        Saddle(
          point: saddle.point, connects: saddle.connects,
          descents: [
            [saddle.point.coordinates, [-0.5, 0.55], straight.minima[0].coordinates],
            saddle.descents[1],
          ])
      ], completeness: straight.completeness)
    let problem = EscapeProblem(
      field: field, network: bent, dynamics: try TestNetwork.sgd(0.1, 4, .hessian)(field))
    let rate = try problem.rate(Xie())
    #expect(rate.findings.contains { $0.contains("|cos|") })
  }
}
