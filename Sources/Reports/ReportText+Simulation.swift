import LinearAlgebra
import Metastability
import Simulation

extension ReportText {
  static func simulation(_ answer: SimulationAnswer) -> String {
    let result = answer.result
    var lines = [
      "Simulation: \(answer.sampler.rawValue), time step \(NumberText.plain(answer.timeStep)), "
        + "\(result.steps) steps, seed \(answer.seed)"
    ]
    func cell(_ value: Measured?) -> String {
      value.map { NumberText.withError($0.value, $0.standardError) } ?? "–"
    }
    if !result.occupancies.isEmpty {
      var table = TextTable(["occupancy", "last core visited", "from its rates", "by descent"])
      for entry in result.occupancies.prefix(longestTable) {
        table.add([
          "m\(entry.minimum)", cell(entry.milestoning), cell(entry.rateMatrix),
          cell(entry.descent),
        ])
      }
      lines.append(table.text)
      lines.append(more(result.occupancies.count, "minima"))
    }
    if !result.exits.isEmpty {
      var table = TextTable([
        "escapes from", "region", "count", "mean time", "rate, 95 % interval",
        "exponential? (p)",
      ])
      for exit in result.exits.prefix(longestTable) {
        let interval = exit.rateInterval
        table.add([
          "m\(exit.minimum)", exit.region, "\(exit.count)",
          exit.meanTime.map { NumberText.withError($0, exit.standardError) } ?? "–",
          NumberText.format(interval.lowerBound, digits: 4) + " … "
            + NumberText.format(interval.upperBound, digits: 4),
          exit.exponential.map { NumberText.format($0.pValue, digits: 2) } ?? "–",
        ])
      }
      lines.append(table.text)
      lines.append(more(result.exits.count, "minima"))
    }
    lines += rareEvents(answer.rareEvents)
    if let relaxation = result.relaxation {
      lines.append("  slowest relaxation rate \(cell(relaxation.rate))")
    }
    lines += (result.findings + answer.findings).map { "  note: \($0)" }
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func rareEvents(_ answers: [RareEventAnswer]) -> [String] {
    guard !answers.isEmpty else { return [] }
    var table = TextTable(["rare escape", "by", "ln k", "95 % interval", "steps"])
    for answer in answers.prefix(longestTable) {
      table.add([
        "m\(answer.from)" + (answer.to.map { "→m\($0)" } ?? ""), answer.method,
        answer.logRate.isFinite
          ? NumberText.withError(answer.logRate, answer.standardError)
          : answer.isInterrupted ? "stopped" : "none arrived",
        NumberText.format(answer.lower, digits: 6) + " … "
          + NumberText.format(answer.upper, digits: 6), "\(answer.steps)",
      ])
    }
    var lines = [table.text, more(answers.count, "rare escapes")]
    var seen: Set<String> = []
    for finding in answers.flatMap(\.findings) where seen.insert(finding).inserted {
      lines.append("  note: \(finding)")
    }
    return lines
  }

  /// Every formula against every simulated rate from minimum to minimum.
  static func edges(_ report: AnalysisReport) -> String {
    let shown = 6
    let entries = report.edgeComparison.filter { ($0.count ?? 1) > 0 || ($0.pValue ?? 1) < 0.05 }
    var pairs: [[Int]] = []
    for entry in entries where !pairs.contains([entry.from, entry.to]) {
      pairs.append([entry.from, entry.to])
    }
    guard !pairs.isEmpty else { return "" }
    var table = TextTable(
      ["formula"] + pairs.prefix(shown).map { "m\($0[0])→m\($0[1])" })
    if let first = report.edgeComparison.first?.formula {
      table.add(
        ["(simulation)"]
          + pairs.prefix(shown).map { pair in
            entries.first { $0.formula == first && [$0.from, $0.to] == pair }.map {
              $0.logSimulated.isFinite
                ? NumberText.withError($0.logSimulated, $0.standardError) : "none seen"
            } ?? "–"
          })
    }
    for formula in report.formulas {
      let own = entries.filter { $0.formula == formula.name }
      guard !own.isEmpty else { continue }
      table.add(
        [formula.name]
          + pairs.prefix(shown).map { pair in
            own.first { [$0.from, $0.to] == pair }.map {
              difference($0.logRate - $0.logSimulated, $0.standardErrorsApart)
            } ?? "–"
          })
    }
    var lines = [
      "Formula against simulation, edge by edge: error of the log rate, in brackets in standard "
        + "errors", table.text,
    ]
    if pairs.count > shown {
      lines.append("  … and \(pairs.count - shown) more edges in report.json")
    }
    return lines.joined(separator: "\n")
  }

  static func comparison(_ report: AnalysisReport) -> String {
    let minima = Set(report.comparison.map(\.minimum)).sorted().prefix(4)
    var lines = [
      "Formula against simulation: error of the log rate of leaving each minimum, "
        + "in brackets in standard errors"
    ]
    let relaxation = report.relaxationComparison
    var table = TextTable(
      ["formula"] + minima.map { "m\($0)" } + (relaxation.isEmpty ? [] : ["relaxation rate"]))
    for formula in report.formulas
    where formula.unavailable == nil && formula.kind != .indicator {
      let entries = report.comparison.filter { $0.formula == formula.name }
      let cells = minima.map { minimum in
        entries.first { $0.minimum == minimum }.flatMap { entry in
          entry.isRefuted
            ? "never (refuted)" : entry.logRateError.map { difference($0, entry.deviation) }
        } ?? "–"
      }
      let slow = relaxation.first { $0.formula == formula.name }
        .map { difference($0.logRateError, $0.deviation) }
      table.add([formula.name] + cells + (relaxation.isEmpty ? [] : [slow ?? "–"]))
    }
    lines.append(table.text)
    return lines.joined(separator: "\n")
  }

  private static func difference(_ error: Double, _ deviation: Double?) -> String {
    guard error.isFinite else {
      guard let deviation else { return "–" }
      return "(\(deviation < 0 ? "" : "+")\(NumberText.fixed(deviation, decimals: 1)))"
    }
    let sign = error < 0 ? "" : "+"
    let text = sign + NumberText.fixed(error, decimals: 3)
    guard let deviation else { return text }
    return text + " (\(deviation < 0 ? "" : "+")\(NumberText.fixed(deviation, decimals: 1)))"
  }
}
