import EscapeRates
import Foundation
import LinearAlgebra
public import Metastability
import Simulation
import StationaryPoints

/// The report for a person: what was found, side by side, and the verdict.
public enum ReportText {
  /// The largest number of rows in a table; report.json holds them all.
  static let longestTable = 40

  /// The whole text.
  public static func text(of report: AnalysisReport) -> String {
    var sections: [String] = []
    if let network = report.network {
      sections.append(points(network, report.variables))
    }
    for estimate in report.formulas.compactMap(\.estimate) {
      sections.append(self.estimate(estimate).joined(separator: "\n"))
    }
    if !report.formulas.isEmpty {
      sections.append(rates(report))
      sections.append(chains(report))
    }
    if let simulation = report.simulation { sections.append(self.simulation(simulation)) }
    if let series = report.simulation?.series { sections.append(self.series(series)) }
    if let states = report.simulation?.states { sections.append(self.states(states)) }
    if !report.edgeComparison.isEmpty { sections.append(edges(report)) }
    if !report.comparison.isEmpty { sections.append(comparison(report)) }
    sections.append(verdict(report))
    let warnings = self.warnings(report)
    if !warnings.isEmpty { sections.append(warnings) }
    sections.append(timings(report))
    return sections.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  // MARK: Stationary points

  private static func points(_ network: StationaryNetwork, _ variables: [String]) -> String {
    var lines = ["Stationary points (completeness: \(network.completeness.status.rawValue))"]
    lines.append("  \(network.completeness.detail)")
    let shown = variables.count <= 6 ? variables : Array(variables.prefix(4)) + ["…"]
    func coordinates(_ point: StationaryPoint) -> [String] {
      let all = point.coordinates.map { NumberText.plain($0, digits: 8) }
      return variables.count <= 6 ? all : Array(all.prefix(4)) + ["…"]
    }
    func spectrum(_ point: StationaryPoint) -> String {
      let values = point.eigenvalues.prefix(4).map { value in
        value.imaginary == 0
          ? NumberText.format(value.real, digits: 4)
          : NumberText.format(value.real, digits: 4)
            + (value.imaginary < 0 ? "−" : "+")
            + NumberText.format(value.imaginary.magnitude, digits: 4) + "i"
      }
      return values.joined(separator: ", ") + (point.eigenvalues.count > 4 ? ", …" : "")
    }
    func energy(_ point: StationaryPoint) -> String {
      point.energy.map { NumberText.format($0, digits: 8) } ?? "–"
    }
    var minima = TextTable(["minimum", "energy"] + shown + ["eigenvalues"], leftAligned: [0])
    for (id, point) in network.minima.prefix(longestTable).enumerated() {
      minima.add(["m\(id)", energy(point)] + coordinates(point) + [spectrum(point)])
    }
    lines.append(minima.text)
    lines.append(more(network.minima.count, "minima"))
    if !network.saddles.isEmpty {
      var saddles = TextTable(
        ["saddle", "energy"] + shown + ["eigenvalues", "joins"], leftAligned: [0])
      for (id, saddle) in network.saddles.prefix(longestTable).enumerated() {
        let joins =
          saddle.connects.isEmpty
          ? "not followed"
          : saddle.connects.map { $0.map { "m\($0)" } ?? "outside" }.joined(separator: " – ")
        saddles.add(
          ["s\(id)", energy(saddle.point)] + coordinates(saddle.point)
            + [spectrum(saddle.point), joins])
      }
      lines.append("")
      lines.append(saddles.text)
      lines.append(more(network.saddles.count, "saddles"))
    }
    if !network.higherIndexPoints.isEmpty {
      var higher = TextTable(["index", "energy"] + shown + ["eigenvalues"], leftAligned: [0])
      for point in network.higherIndexPoints.prefix(longestTable) {
        higher.add(["\(point.index)", energy(point)] + coordinates(point) + [spectrum(point)])
      }
      lines.append(higher.text)
      lines.append(more(network.higherIndexPoints.count, "points of higher index"))
    }
    lines += network.findings.map { "  note: \($0)" }
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  static func more(_ count: Int, _ things: String) -> String {
    count > longestTable ? "  … and \(count - longestTable) more \(things) in report.json" : ""
  }

  // MARK: Rates

  private struct Pair: Hashable {
    let from: Int
    let to: Int
  }

  private static func rates(_ report: AnalysisReport) -> String {
    let answered = report.formulas.filter { $0.unavailable == nil }
    let pairs = Set(answered.flatMap { $0.rates.map { Pair(from: $0.from, to: $0.to) } })
      .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    var lines = ["Escape rates: natural logarithm of the rate per unit of time"]
    let isGiven = report.network == nil
    if pairs.isEmpty {
      let isJoined = !(report.network?.escapes.isEmpty ?? true)
      lines.append(
        isGiven
          ? "  the chain has no transitions"
          : isJoined ? "  no formula has an answer here" : "  no saddle joins two different minima")
    } else if pairs.count <= 6 {
      lines.append(wideRates(answered, pairs, report))
    } else {
      lines.append(longRates(answered, pairs))
    }
    lines += unavailable(report.formulas)
    return lines.joined(separator: "\n")
  }

  /// Formulas without an answer, those with the same reason in one line.
  private static func unavailable(_ formulas: [FormulaAnswer]) -> [String] {
    var reasons: [(reason: String, names: [String])] = []
    for formula in formulas {
      guard var reason = formula.unavailable else { continue }
      if reason.hasPrefix(formula.name + " ") {
        reason = String(reason.dropFirst(formula.name.count + 1))
      }
      if let known = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[known].names.append(formula.name)
      } else {
        reasons.append((reason, [formula.name]))
      }
    }
    return reasons.map { "  without an answer: \($0.names.joined(separator: ", ")): \($0.reason)" }
  }

  /// Few pairs: a row per formula.
  private static func wideRates(
    _ formulas: [FormulaAnswer], _ pairs: [Pair], _ report: AnalysisReport
  ) -> String {
    var table = TextTable(
      ["formula"] + pairs.map { "m\($0.from)→m\($0.to)" } + [""],
      leftAligned: [0, pairs.count + 1])
    for formula in formulas {
      let cells = pairs.map { pair in
        formula.rates.first { $0.from == pair.from && $0.to == pair.to }
          .map { NumberText.logarithm($0.logRate, decimals: 4) } ?? "–"
      }
      table.add(
        [formula.name] + cells + [remark(formula)])
    }
    if let simulation = report.simulation {
      let cells = pairs.map { simulatedLogRate(simulation, $0) }
      if cells.contains(where: { $0 != "–" }) { table.add(["simulation"] + cells + [""]) }
    }
    return table.text
  }

  /// What a formula claims and where it is from.
  private static func remark(_ formula: FormulaAnswer) -> String {
    [
      formula.kind == .rate ? nil : "\(formula.kind.rawValue) only", formula.source,
      formula.interpretation.map { "noise read as \($0.rawValue)" },
    ].compactMap { $0 }.joined(separator: "; ")
  }

  /// The logarithm of the simulated rate of one pair: escapes to `to` over the time spent.
  private static func simulatedLogRate(_ simulation: SimulationAnswer, _ pair: Pair) -> String {
    guard let exit = simulation.result.exits.first(where: { $0.minimum == pair.from }),
      exit.logRatesTo.indices.contains(pair.to), exit.logRatesTo[pair.to].isFinite
    else { return "–" }
    return NumberText.fixed(exit.logRatesTo[pair.to], decimals: 4)
  }

  /// Many pairs: a row per pair.
  private static func longRates(_ formulas: [FormulaAnswer], _ pairs: [Pair]) -> String {
    var table = TextTable(["pair"] + formulas.map { shortName($0.name) })
    for pair in pairs.prefix(longestTable) {
      table.add(
        ["m\(pair.from)→m\(pair.to)"]
          + formulas.map { formula in
            formula.rates.first { $0.from == pair.from && $0.to == pair.to }
              .map { NumberText.logarithm($0.logRate, decimals: 2) } ?? "–"
          })
    }
    let tail = more(pairs.count, "pairs")
    return table.text + (tail.isEmpty ? "" : "\n" + tail)
  }

  private static func shortName(_ name: String) -> String {
    name.count <= 12 ? name : String(name.prefix(11)) + "…"
  }

  // MARK: Chains

  private static func chains(_ report: AnalysisReport) -> String {
    let answered = report.formulas.compactMap { formula in
      formula.chain.map { (formula.name, $0) }
    }
    guard let states = answered.first?.1.logStationary.count else { return "" }
    let chainSize = states > 1 ? states : 2
    var lines = ["Stationary occupancy and slowest relaxation time"]
    let shown = min(states, 6)
    var table = TextTable(
      ["formula"] + (0..<shown).map { "m\($0)" } + (states > shown ? ["…"] : [])
        + ["selected", "no noise", "relaxation time"])
    func selection(_ state: Int?) -> String { state.map { "m\($0)" } ?? "–" }
    func names(_ states: [Int]) -> String {
      states.isEmpty || states.count == chainSize ? "–" : listed(states.map { "m\($0)" })
    }
    for (name, chain) in answered {
      let relaxation = chain.relaxation?.logTimes.first.map {
        NumberText.exponential(ofLog: $0, digits: 5)
      }
      table.add(
        [name]
          + chain.logStationary.prefix(shown).map {
            NumberText.exponential(ofLog: $0, digits: 6)
          } + (states > shown ? ["…"] : [])
          + [
            names(chain.selectedStates), selection(chain.selectedAtZeroNoise), relaxation ?? "–",
          ])
    }
    if let simulation = report.simulation, !simulation.occupancies.isEmpty {
      let values = simulation.occupancies.prefix(shown).map {
        NumberText.format($0.value.value, digits: 6)
      }
      let relaxation = simulation.result.relaxation.map {
        NumberText.format(1 / $0.rate.value, digits: 5)
      }
      table.add(
        ["simulation"] + values + (states > shown ? ["…"] : [])
          + [selection(simulation.selected), "–", relaxation ?? "–"])
    }
    lines.append(table.text)
    for (name, chain) in answered {
      let recurrent = chain.components.count { $0.isRecurrent }
      if recurrent > 1 {
        lines.append(
          "  note: \(name): \(recurrent) recurrent components; occupancies are shares within each")
      }
      if let occupation = chain.occupationAtLag {
        lines.append(
          "  \(name): occupation after the lag "
            + occupation.prefix(8).map { NumberText.format($0, digits: 6) }.joined(separator: "  "))
      }
    }
    lines += passages(answered)
    for (name, chain) in answered { lines += details(name, chain, report.stateLabels) }
    return lines.joined(separator: "\n")
  }

  private static func passages(_ chains: [(String, ChainAnswer)]) -> [String] {
    guard chains.contains(where: { $0.1.passages != nil }) else { return [] }
    var lines = ["", "Passage from A (chain.from) to B (chain.to)"]
    var table = TextTable([
      "formula", "mean time", "standard deviation", "sum of legs (Rule 2)", "back", "main pathway",
    ])
    for (name, chain) in chains {
      guard let passages = chain.passages else { continue }
      let path = passages.dominantPaths.first.map { path in
        path.states.map { "m\($0)" }.joined(separator: "→")
          + " (\(NumberText.format(100 * path.share, digits: 3)) %)"
      }
      table.add([
        name, NumberText.exponential(ofLog: passages.forward.logMeanTime, digits: 5),
        NumberText.exponential(ofLog: passages.forward.logStandardDeviation, digits: 5),
        passages.logSequentialRuleTime.map { NumberText.exponential(ofLog: $0, digits: 5) } ?? "–",
        NumberText.exponential(ofLog: passages.backward.logMeanTime, digits: 5), path ?? "–",
      ])
    }
    lines.append(table.text)
    return lines
  }

  // MARK: Verdict

  private static func verdict(_ report: AnalysisReport) -> String {
    var lines = ["Verdict"]
    let selections = report.formulas.compactMap { formula -> (name: String, states: [Int])? in
      guard let chain = formula.chain, !chain.selectedStates.isEmpty,
        chain.selectedStates.count < max(chain.logStationary.count, 2)
      else { return nil }
      return (formula.name, chain.selectedStates)
    }
    for (states, members) in Dictionary(grouping: selections, by: \.states)
      .sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
    {
      let tie = states.count > 1 ? " (equally)" : ""
      lines.append(
        "  selects \(listed(states.map { "m\($0)" }))\(tie): "
          + members.map(\.name).joined(separator: ", "))
    }
    if let simulation = report.simulation, let first = simulation.selectedStates.first {
      let states = simulation.selectedStates
      let shares = states.prefix(4).compactMap { state in
        simulation.occupancies.first { $0.minimum == state }.map {
          NumberText.withError($0.value.value, $0.value.standardError)
        }
      }
      lines.append(
        states.count == 1
          ? "  the simulation selects m\(first) (occupancy \(shares[0]))"
          : "  the simulation does not decide between \(listed(states.map { "m\($0)" })) "
            + "(occupancies \(shares.joined(separator: ", ")))")
      let voters = selections.filter { selection in
        report.formulas.contains {
          $0.name == selection.name && $0.kind != .indicator
            && !FormulaCatalogue.referees.contains($0.name)
        }
      }
      let right = voters.filter { !Set($0.states).isDisjoint(with: states) }.count
      if !voters.isEmpty {
        lines.append(
          "  \(right) of \(voters.count) formulas with an exponent select the same")
      }
    }
    if let closest = report.closestFormula {
      lines.append(
        "  closest to the simulated escape rates: \(closest.name) "
          + "(mean error of the log rate \(NumberText.format(closest.meanError, digits: 3)))")
    }
    if report.isInterrupted { lines.append("  interrupted: what follows is incomplete") }
    lines += report.findings.map { "  note: \($0)" }
    return lines.count > 1 ? lines.joined(separator: "\n") : ""
  }

  private static func warnings(_ report: AnalysisReport) -> String {
    var lines: [String] = []
    for formula in report.formulas {
      var seen: [String: [String]] = [:]
      var order: [String] = []
      for rate in formula.rates {
        for finding in rate.findings {
          if seen[finding] == nil { order.append(finding) }
          seen[finding, default: []].append("m\(rate.from)→m\(rate.to)")
        }
      }
      for finding in order {
        let pairs = seen[finding] ?? []
        let place = pairs.count == formula.rates.count ? "" : " [\(listed(pairs))]"
        lines.append("  \(formula.name)\(place): \(finding)")
      }
    }
    return lines.isEmpty ? "" : (["Assumptions to watch"] + lines).joined(separator: "\n")
  }

  private static func listed(_ pairs: [String]) -> String {
    pairs.count <= 4
      ? pairs.joined(separator: ", ")
      : pairs.prefix(3).joined(separator: ", ") + " and \(pairs.count - 3) more"
  }

  private static func timings(_ report: AnalysisReport) -> String {
    let parts = [
      ("search", report.timings.search), ("rates", report.timings.rates),
      ("chain", report.timings.chain), ("simulation", report.timings.simulation),
    ].filter { $0.1 > 0 }
    return "Time: "
      + parts.map { "\($0.0) \(NumberText.format($0.1, digits: 3)) s" }.joined(separator: ", ")
  }
}
