import Metastability

/// A landscape of the client's own: only its energy is written.
struct Quartic: Landscape {
  var dimension: Int { 2 }

  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + 0.15 * x[0] + x[1].squared() * (1 + 0.3 * x[0])
  }
}

@main
struct Client {
  static func main() async throws {
    let system = AnalysisSystem(
      field: CompiledField(Quartic()),
      domain: try Domain(lower: [-2, -2], upper: [2, 2]),
      dynamics: try .langevin(temperature: 0.025, dimension: 2))
    let report = try await Analysis(
      system: system, rates: RateSettings(formulas: ["eyringKramers"]),
      simulation: SimulationSettings(trajectories: 8, time: 100, timeStep: 0.01)
    ).run()

    guard let formula = report.formulas.first, let chain = formula.chain else {
      throw AnalysisError("the formula has no answer: \(report.formulas)")
    }
    let sum = logSumExp(formula.rates.map(\.logRate))
    print("minima: \(report.network?.minima.count ?? 0)")
    print("natural log of the sum of the rates: \(sum)")
    print("natural log of the occupancy of minimum 1: \(chain.logStationary[1])")
    print("simulated steps: \(report.simulation?.result.steps ?? 0)")

    // ln(1.890421e-3) and 1 − 0.99999411, from the closed form.
    guard (sum + 6.270956).magnitude < 1e-5 else {
      throw AnalysisError("the rates add up to exp(\(sum)), expected 1.890421e-3")
    }
  }
}
