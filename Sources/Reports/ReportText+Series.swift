import LinearAlgebra
import MarkovChains
import Metastability
import Simulation

extension ReportText {
  /// Time series for a person; functions of the lag and spectra are in report.json alone.
  static func series(_ result: SeriesResult) -> String {
    var table = TextTable([
      "observable", "mean", "variance", "integrated time", "independent", "stationary? (p)",
      "burn-in",
    ])
    func cell(_ value: Measured?) -> String {
      value.map { NumberText.withError($0.value, $0.standardError) } ?? "–"
    }
    for entry in result.observables.prefix(longestTable) {
      table.add([
        entry.name, cell(entry.mean), cell(entry.variance), cell(entry.integratedTime?.time),
        entry.integratedTime?.effectiveSampleSize.map {
          NumberText.format($0.value, digits: 4)
        } ?? "–",
        entry.stationarity.pValue.map { NumberText.format($0, digits: 2) } ?? "–",
        entry.stationarity.isBurnInConclusive
          ? NumberText.format(entry.stationarity.recommendedBurnIn, digits: 3) : "–",
      ])
    }
    var lines = [
      "Time series: observed every \(NumberText.format(result.interval, digits: 4)), "
        + "\(result.steps) steps", table.text, more(result.observables.count, "observables"),
    ]
    for entry in result.circulations {
      lines.append(
        "  around (\(entry.plane.center.map { NumberText.plain($0) }.joined(separator: ", "))): "
          + "\(cell(entry.windingFrequency)) turns and an area of \(cell(entry.areaRate)) per unit "
          + "of time")
    }
    lines += result.findings.map { "  note: \($0)" }
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The chain that was learned from trajectories.
  static func states(_ answer: StatesAnswer) -> String {
    let result = answer.result
    var lines = [
      "Chain from the trajectories: \(result.stateCount) states (\(answer.kind.rawValue)), a frame "
        + "every \(NumberText.format(result.frameTime, digits: 4))"
    ]
    if !answer.timescales.isEmpty {
      var table = TextTable(["lag", "implied time scales"])
      for row in answer.timescales.prefix(longestTable) {
        table.add([
          NumberText.format(Double(row.lag) * result.frameTime, digits: 4),
          row.logTimescales.prefix(5).map {
            NumberText.exponential(ofLog: $0 + logOf(result.frameTime), digits: 5)
          }.joined(separator: "  "),
        ])
      }
      lines.append(table.text)
    }
    if !answer.comparisons.isEmpty {
      var table = TextTable([
        "formula", "likelihood ratio", "entries", "p", "largest deviation in standard errors",
      ])
      for (formula, comparison) in answer.comparisons {
        let worst = comparison.entries.max {
          $0.standardErrorsApart.magnitude < $1.standardErrorsApart.magnitude
        }
        table.add([
          formula, NumberText.format(comparison.test.statistic, digits: 4),
          "\(comparison.test.degreesOfFreedom)",
          NumberText.format(comparison.test.pValue, digits: 3),
          worst.map {
            "\(NumberText.fixed($0.standardErrorsApart, decimals: 1)) (m\($0.from)→m\($0.to))"
          } ?? "–",
        ])
      }
      lines.append(table.text)
    }
    lines += answer.findings.map { "  note: \($0)" }
    return lines.joined(separator: "\n")
  }
}
