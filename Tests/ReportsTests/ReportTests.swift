import Foundation
import Metastability
import Reports
import Testing

@Suite("Reports: text and JSON of the same analysis")
struct ReportTests {
  private func report() async throws -> AnalysisReport {
    let problem = try Problem(
      text: """
        { landscape: { formula: "(x^2-1)^2/4 + 0.15*x + y^2*(1+0.3*x)", domain: [[-2,2],[-2,2]] },
          dynamics: { kind: "langevin", temperature: 0.06 }, chain: { from: 0, to: 1, lag: 3 },
          simulation: { trajectories: 16, time: 500, timeStep: 0.01, exits: 20 } }
        """)
    return try await Analysis(problem).run()
  }

  @Test("Every number of the text stands in the JSON")
  func numbers() async throws {
    let report = try await report()
    let text = ReportText.text(of: report)
    var known: [Double] = []
    var sentences: [String] = []
    func collect(_ value: JSONValue, isLogarithm: Bool) {
      switch value {
      // A time or probability stands in the report as its logarithm: it may be out of range.
      case .number(let number):
        known.append(contentsOf: isLogarithm ? [number, exp(number)] : [number])
      case .string(let sentence): sentences.append(sentence)
      case .array(let list): list.forEach { collect($0, isLogarithm: isLogarithm) }
      case .object(let values):
        for (key, value) in values { collect(value, isLogarithm: key.hasPrefix("log")) }
      default: break
      }
    }
    collect(ReportJSON.value(of: report), isLogarithm: false)
    let pattern = /(-?[0-9]+)\.([0-9]+)(?:e([+-]?[0-9]+))?/
    var unknown: [String] = []
    // Sentences (findings, completeness, sources) are strings of the JSON as they stand.
    for fullLine in text.split(separator: "\n") where !fullLine.contains(": ") {
      var line = String(fullLine)
      for sentence in sentences where sentence.count > 8 {
        line = line.replacingOccurrences(of: sentence, with: "")
      }
      for match in line.matches(of: pattern) {
        guard let shown = Double(match.output.0) else { continue }
        let power = match.output.3.flatMap { Int($0) } ?? 0
        // Half a unit of the last shown digit, and a little for rounding twice.
        let tolerance = 0.51 * pow(10, Double(power - match.output.2.count))
        let isKnown = known.contains {
          ($0 - shown).magnitude <= tolerance || (100 * $0 - shown).magnitude <= tolerance
        }
        if !isKnown { unknown.append("\(match.output.0) in: \(line)") }
      }
    }
    #expect(unknown.isEmpty)
  }

  @Test("The JSON has the fields of the format and is free of NaN")
  func json() async throws {
    let report = try await report()
    let text = try ReportJSON.text(of: report)
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    guard case .object(let root) = value, case .object(let formulas) = root["formulas"],
      case .object(let kramers) = formulas["eyringKramers"],
      case .object(let missing) = formulas["bouchetReygner"]
    else {
      Issue.record("the report lacks its formulas")
      return
    }
    #expect(root["schema"] == .string("metastability-report/1"))
    #expect(kramers["unavailable"] == .null)
    #expect(kramers["passage"] != nil)
    #expect(missing.count == 1)
  }

  @Test("An empty report is written too")
  func empty() throws {
    let analysis = try Analysis(
      try Problem(
        text:
          "{ landscape: { builtin: \"himmelblau\" }, dynamics: { kind: \"langevin\", temperature: 1 } }"
      ))
    #expect(!(try ReportJSON.text(of: analysis.emptyReport)).isEmpty)
  }
}
