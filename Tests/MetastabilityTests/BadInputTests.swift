import Foundation
import Metastability
import Testing

/// A problem that is wrong in one place, with the key that the message must name and a word of what
/// would be accepted.
struct BadProblem: Sendable, CustomTestStringConvertible {
  let title: String
  let text: String
  let key: String
  let mentions: String

  init(_ title: String, _ text: String, key: String, mentions: String) {
    self.title = title
    self.text = text
    self.key = key
    self.mentions = mentions
  }

  var testDescription: String { title }
}

private let langevin = "dynamics: { kind: \"langevin\", temperature: 0.1 }"
private let well = "formula: \"(x^2-1)^2\", domain: [[-2, 2]]"

private func landscape(_ text: String) -> String { "{ landscape: { \(text) }, \(langevin) }" }
private func dynamics(_ text: String) -> String {
  "{ landscape: { \(well) }, dynamics: { \(text) } }"
}
private func section(_ text: String) -> String {
  "{ landscape: { \(well) }, \(langevin), \(text) }"
}

@Suite("Malformed problems are refused with the key and the reason")
struct BadInputTests {
  static let malformed: [BadProblem] = [
    .init("not JSON", "{ landscape: ", key: "", mentions: "JSON"),
    .init("an empty file", "", key: "", mentions: "JSON"),
    .init(
      "a comma too many", "{ landscape: {\n  formula: \"x^2\",, domain: [[-1, 1]] } }", key: "",
      mentions: "line 2, column 18: expected a key"),
    .init(
      "a key that stands twice",
      "{ landscape: {\n  formula: \"x^2\",\n  formula: \"x^4\", domain: [[-1, 1]] },\n  "
        + "\(langevin) }", key: "", mentions: "line 3, column 3: the key \"formula\""),
    .init(
      "a bracket that is not closed", "{ landscape: {\n  domain: [[-1, 1] }, // domain\n}", key: "",
      mentions: "line 2, column 20: expected \",\" or \"]\""),
    .init("a list", "[1, 2]", key: "", mentions: "object"),
    .init("no landscape", "{ \(langevin) }", key: "landscape", mentions: "missing"),
    .init("an unknown key", section("noise: 1"), key: "noise", mentions: "known here: landscape"),
    .init(
      "an unknown key in the landscape", landscape("\(well), formulae: 1"),
      key: "landscape.formulae", mentions: "known here"),
    .init(
      "a landscape without source", landscape("domain: [[0, 1]]"), key: "landscape",
      mentions: "exactly one"),
    .init(
      "two sources", landscape("\(well), builtin: \"himmelblau\""), key: "landscape",
      mentions: "formula and builtin"),
    .init("no dynamics", "{ landscape: { \(well) } }", key: "dynamics", mentions: "missing"),
    .init(
      "a number where a text belongs", landscape("formula: 3, domain: [[0, 1]]"),
      key: "landscape.formula", mentions: "expected a text"),
    .init(
      "an unknown name in a formula", landscape("formula: \"x^2 + q*z1(x)\", domain: [[0, 1]]"),
      key: "landscape.formula", mentions: "z1"),
    .init(
      "an open parenthesis", landscape("formula: \"(x^2\", variables: [\"x\"], domain: [[0, 1]]"),
      key: "landscape.formula", mentions: ")"),
    .init(
      "an empty formula", landscape("formula: \"\", domain: [[0, 1]]"), key: "landscape.formula",
      mentions: "empty"),
    .init(
      "a reversed domain", landscape("formula: \"x^2\", domain: [[2, -2]]"),
      key: "landscape.domain[0]", mentions: "reversed"),
    .init(
      "a domain with three bounds", landscape("formula: \"x^2\", domain: [[2, 3, 4]]"),
      key: "landscape.domain[0]", mentions: "two bounds"),
    .init(
      "a domain of the wrong dimension",
      landscape("formula: \"x^2\", domain: [[-1, 1], [-1, 1]]"), key: "landscape.domain",
      mentions: "2 pairs"),
    .init(
      "no domain", landscape("formula: \"x^2\""), key: "landscape.domain", mentions: "missing"),
    .init(
      "NaN in the domain", landscape("formula: \"x^2\", domain: [[NaN, 1]]"),
      key: "landscape.domain[0][0]", mentions: "finite"),
    .init(
      "an infinite bound", landscape("formula: \"x^2\", domain: [[-Infinity, 1]]"),
      key: "landscape.domain[0][0]", mentions: "finite"),
    .init(
      "an unknown built-in landscape", landscape("builtin: \"egg-box\""),
      key: "landscape.builtin", mentions: "muller-brown"),
    .init(
      "an unknown parameter", landscape("builtin: \"double-well\", parameters: { slope: 1 }"),
      key: "landscape", mentions: "tilt"),
    .init(
      "a parameter out of range", landscape("builtin: \"double-well\", parameters: { height: 0 }"),
      key: "landscape", mentions: "above 0"),
    .init(
      "a dimension that does not exist", landscape("builtin: \"himmelblau\", dimension: 3"),
      key: "landscape", mentions: "dimension"),
    .init(
      "a dimension of zero", landscape("builtin: \"rastrigin\", dimension: 0"),
      key: "landscape.dimension", mentions: "from 1"),
    .init(
      "a matrix that is not square", landscape("builtin: \"linear-drift\", matrix: [[1, 2]]"),
      key: "landscape.matrix", mentions: "square"),
    .init(
      "a negative temperature", dynamics("kind: \"langevin\", temperature: -1"),
      key: "dynamics.temperature", mentions: "above 0"),
    .init(
      "no temperature", dynamics("kind: \"langevin\""), key: "dynamics.temperature",
      mentions: "missing"),
    .init(
      "an unknown kind of noise", dynamics("kind: \"levy\""), key: "dynamics.kind",
      mentions: "langevin"),
    .init(
      "a batch of zero", dynamics("kind: \"sgd\", learningRate: 0.1, batchSize: 0"),
      key: "dynamics.batchSize", mentions: "from 1"),
    .init(
      "half a sample", dynamics("kind: \"sgd\", learningRate: 0.1, batchSize: 1.5"),
      key: "dynamics.batchSize", mentions: "whole number"),
    .init(
      "per-sample noise without samples",
      dynamics("kind: \"sgd\", learningRate: 0.1, batchSize: 1, noise: \"gradientCovariance\""),
      key: "dynamics", mentions: "model over data"),
    .init(
      "a diffusion matrix of the wrong size",
      dynamics("kind: \"diffusion\", matrix: [[1, 0], [0, 1]]"), key: "dynamics.matrix",
      mentions: "2 rows"),
    .init(
      "a negative diffusion", dynamics("kind: \"diffusion\", matrix: [[-1]]"),
      key: "dynamics.matrix", mentions: "positive-semidefinite"),
    .init(
      "epochs without samples",
      dynamics("kind: \"sgd\", learningRate: 0.1, batchSize: 1, epochs: true"),
      key: "dynamics.epochs", mentions: "model"),
    .init(
      "epochs with repetition",
      dynamics(
        "kind: \"sgd\", learningRate: 0.1, batchSize: 1, epochs: true, replacement: true"),
      key: "dynamics.epochs", mentions: "replacement"),
    .init(
      "rare events that were not asked for",
      section("simulation: { time: 10, timeStep: 0.01, rareEvents: {} }"),
      key: "simulation.rareEvents", mentions: "exits"),
    .init(
      "an unknown way to rare events",
      section("simulation: { exits: 1, timeStep: 0.01, rareEvents: { method: \"magic\" } }"),
      key: "simulation.rareEvents.method", mentions: "splitting"),
    .init(
      "states without trajectories",
      section("simulation: { exits: 1, timeStep: 0.01, states: {} }"),
      key: "simulation.states", mentions: "time"),
    .init(
      "boxes without a grid",
      section("simulation: { time: 10, timeStep: 0.01, states: { kind: \"boxes\" } }"),
      key: "simulation.states.axes", mentions: "bins"),
    .init(
      "Hu's noise elsewhere", dynamics("kind: \"hu\", epsilon: 0.1"), key: "dynamics.kind",
      mentions: "hu-bowl"),
    .init(
      "an unknown formula", section("rates: { formulas: [\"arrhenius\"] }"),
      key: "rates.formulas[0]", mentions: "eyringKramers"),
    .init(
      "Xie's s out of range", section("rates: { xie: { s: 1.5 } }"), key: "rates.xie.s",
      mentions: "between 0 and 1"),
    .init(
      "A without B", section("chain: { from: 0 }"), key: "chain.to", mentions: "together"),
    .init(
      "probabilities that do not add up", section("chain: { lag: 1, initial: [0.5, 0.4] }"),
      key: "chain.initial", mentions: "add up"),
    .init(
      "a simulation of nothing", section("simulation: {}"), key: "simulation.time",
      mentions: "missing"),
    .init(
      "a time step of zero", section("simulation: { time: 10, timeStep: 0 }"),
      key: "simulation.timeStep", mentions: "above 0"),
    .init(
      "no trajectories", section("simulation: { time: 10, trajectories: 0 }"),
      key: "simulation.trajectories", mentions: "from 1"),
    .init(
      "an unknown sampler", section("simulation: { time: 10, sampler: \"milstein\" }"),
      key: "simulation.sampler", mentions: "eulerMaruyama"),
    .init(
      "an exit without radius", section("simulation: { exits: 1, exit: { kind: \"ball\" } }"),
      key: "simulation.exit.radius", mentions: "missing"),
    .init(
      "a database that is missing", landscape("database: \"points/\""), key: "landscape.database",
      mentions: "min.data"),
    .init(
      "a database without a temperature",
      "{ landscape: { database: \"points/\" }, dynamics: { kind: \"sgd\", learningRate: 0.1, "
        + "batchSize: 1 } }", key: "dynamics.kind", mentions: "langevin"),
    .init(
      "probabilities that are missing", "{ landscape: { probabilities: \"nowhere.tsv\" } }",
      key: "landscape.probabilities", mentions: "nowhere.tsv"),
    .init(
      "trajectories without files", "{ landscape: { trajectories: { lag: 2 } } }",
      key: "landscape.trajectories.files", mentions: "missing"),
    .init(
      "a domain beside a chain", "{ landscape: { chain: \"rates.tsv\", domain: [[0, 1]] } }",
      key: "landscape.domain", mentions: "a chain has none"),
    .init(
      "formulas beside a chain",
      "{ landscape: { chain: \"rates.tsv\" }, rates: { formulas: [\"xie\"] } }", key: "rates",
      mentions: "its own rates"),
    .init(
      "a lag of zero frames", "{ landscape: { trajectories: { files: [\"a\"], lag: 0 } } }",
      key: "landscape.trajectories.lag", mentions: "from 1"),
    .init(
      "an unknown format", section("chain: { write: [\"xml\"] }"), key: "chain.write[0]",
      mentions: "graphml"),
    .init(
      "one metastable set", section("chain: { sets: 1 }"), key: "chain.sets", mentions: "from 2"),
    .init(
      "two groupings", section("chain: { groups: { logRate: 1, energy: 2 } }"),
      key: "chain.groups", mentions: "exactly one"),
    .init(
      "a negative time", section("chain: { times: [1, -2] }"), key: "chain.times[1]",
      mentions: "from 0"),
    .init(
      "some pathways", section("chain: { pathways: \"some\" }"), key: "chain.pathways",
      mentions: "all"),
    .init(
      "a chain file that is missing", "{ landscape: { chain: \"nowhere.tsv\" } }",
      key: "landscape.chain", mentions: "nowhere.tsv"),
    .init(
      "a table that is missing",
      landscape("model: { kind: \"linear\", data: { file: \"nowhere.csv\", target: \"y\" } }"),
      key: "landscape.model", mentions: "nowhere.csv"),
    .init(
      "more variables than fit into memory",
      landscape("builtin: \"styblinski-tang\", dimension: 100000"), key: "landscape.dimension",
      mentions: "at most 10000"),
    .init(
      "an unknown convention",
      dynamics("kind: \"langevin\", temperature: 1, interpretation: \"klimontovich\""),
      key: "dynamics.interpretation", mentions: "isothermal"),
    .init(
      "a number beyond doubles", dynamics("kind: \"langevin\", temperature: 1e999"), key: "",
      mentions: "1.8e308"),
    .init(
      "a network without layers",
      landscape("model: { kind: \"mlp\", data: { file: \"nowhere.csv\", target: \"y\" } }"),
      key: "landscape.model.layers", mentions: "at least"),
  ]

  @Test("Refused before anything is computed", arguments: malformed)
  func refused(problem: BadProblem) throws {
    let error = #expect(throws: ProblemError.self) {
      _ = try Analysis(try Problem(text: problem.text))
    }
    #expect(error?.key == problem.key)
    #expect(error?.description.contains(problem.mentions) ?? false)
  }

  @Test("A missing file is named")
  func missingFile() {
    let error = #expect(throws: ProblemError.self) {
      _ = try Problem(contentsOfFile: "no-such-problem.json5")
    }
    #expect(error?.description == "no-such-problem.json5: there is no such file")
  }

  static let unanswerable: [BadProblem] = [
    .init(
      "no minimum in the domain", landscape("formula: \"x\", domain: [[0, 1]]"), key: "",
      mentions: "minimum"),
    .init(
      "only a maximum", landscape("formula: \"-x^2\", domain: [[-1, 1]]"), key: "",
      mentions: "minimum"),
    .init(
      "a valley of minima",
      landscape("formula: \"x^2 + 0*y\", variables: [\"x\", \"y\"], domain: [[-1, 1], [-1, 1]]"),
      key: "", mentions: "isolated"),
    .init(
      "an energy that is not finite", landscape("formula: \"log(x)\", domain: [[-2, -1]]"),
      key: "", mentions: "finite"),
    .init(
      "an energy with a pole in the domain",
      landscape("formula: \"x^2 + 1/x\", domain: [[-1, 1]]"), key: "",
      mentions: "falls without bound"),
    .init(
      "an energy with a pole in many dimensions",
      landscape(
        "formula: \"x^2 + y^2 + z^2 + u^2 + log(x^2)\", variables: [\"x\", \"y\", \"z\", \"u\"], "
          + "domain: [[-1, 1], [-1, 1], [-1, 1], [-1, 1]]"), key: "",
      mentions: "falls without bound"),
    .init(
      "a minimum only at a kink", landscape("formula: \"abs(x)\", domain: [[-3, 3]]"), key: "",
      mentions: "kink"),
    .init(
      "a diffusion that is negative at a minimum",
      dynamics("kind: \"diffusion\", matrix: [[\"0.05*x\"]]"), key: "dynamics.matrix",
      mentions: "eigenvalue"),
    .init(
      "a state that does not exist", section("chain: { from: 0, to: 7 }"), key: "chain.to",
      mentions: "no state 7"),
    .init(
      "overlapping sets", section("chain: { from: [0, 1], to: 1 }"), key: "chain.to",
      mentions: "disjoint"),
    .init(
      "an exit ball that misses the minimum",
      section(
        "simulation: { exits: 1, timeStep: 0.1, exit: { kind: \"ball\", radius: 0.1, center: [5] } }"
      ),
      key: "simulation.exit", mentions: "minimum"),
  ]

  @Test(
    "Refused where the computation finds out, with what was found kept", arguments: unanswerable)
  func unanswered(problem: BadProblem) async throws {
    let analysis = try Analysis(try Problem(text: problem.text))
    var report = analysis.emptyReport
    do {
      try await analysis.run(.analyze, into: &report)
      Issue.record("the analysis should have failed")
    } catch let error as ProblemError {
      #expect(error.key == problem.key)
      #expect(error.description.contains(problem.mentions))
      #expect(report.network != nil)
    } catch {
      #expect(problem.key.isEmpty)
      #expect("\(error)".contains(problem.mentions))
    }
  }
}
