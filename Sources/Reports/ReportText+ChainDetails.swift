import Foundation
import LinearAlgebra
import MarkovChains
import Metastability

extension ReportText {
  /// The answers to questions that are only asked on request, for one chain.
  static func details(_ name: String, _ chain: ChainAnswer, _ labels: [String]?) -> [String] {
    let details = chain.details
    var lines: [String] = []
    func label(_ state: Int) -> String { labels.map { $0[state] } ?? "m\(state)" }
    func add(_ title: String, _ table: TextTable, _ count: Int, _ things: String) {
      lines += ["", "\(title) (\(name))", table.text]
      if count > longestTable {
        lines.append("  … and \(count - longestTable) more \(things) in report.json")
      }
    }
    if !details.modes.isEmpty {
      var table = TextTable(["relaxation time", "angular frequency", "largest in the right vector"])
      for mode in details.modes.prefix(longestTable) {
        let largest = mode.right.indices.max {
          mode.right[$0].logMagnitude < mode.right[$1].logMagnitude
        }
        table.add([
          NumberText.exponential(ofLog: mode.logTime, digits: 6),
          mode.isOscillating ? NumberText.exponential(ofLog: mode.logFrequency, digits: 6) : "–",
          largest.map(label) ?? "–",
        ])
      }
      add("Slowest modes", table, details.modes.count, "modes")
    }
    if !details.occupations.isEmpty {
      let shown = min(6, details.occupations[0].logProbabilities.count)
      var table = TextTable(["time"] + (0..<shown).map(label))
      for entry in details.occupations.prefix(longestTable) {
        table.add(
          [NumberText.plain(entry.time)]
            + entry.logProbabilities.prefix(shown).map {
              NumberText.exponential(ofLog: $0, digits: 6)
            })
      }
      add("Occupation", table, details.occupations.count, "times")
    }
    if !details.passageTimes.isEmpty {
      var table = TextTable(["time", "B not reached", "B reached", "density"])
      for entry in details.passageTimes.prefix(longestTable) {
        table.add(
          [NumberText.plain(entry.time)]
            + [entry.logSurvival, entry.logDistribution, entry.logDensity].map {
              NumberText.exponential(ofLog: $0, digits: 6)
            })
      }
      add("First-passage time from A to B", table, details.passageTimes.count, "times")
    }
    lines += absorption(name, details, label)
    lines += paths(name, details, label)
    lines += groups(name, details, label)
    for (field, reason) in chain.reasons.sorted(by: { $0.key < $1.key })
    where Self.askedFields.contains(field) {
      lines.append("  \(name): no \(field): \(reason)")
    }
    return lines
  }

  /// Fields that a problem asks for; where they are missing the reason is shown.
  private static let askedFields: Set = [
    "modes", "occupations", "passageTimes", "shortestPaths", "passageSamples", "metastableSets",
    "groups", "hierarchy", "sensitivities", "passage", "dominantPaths", "hummerSzabo",
    "absorption", "trajectory", "generator",
  ]

  private static func absorption(
    _ name: String, _ details: ChainDetails, _ label: (Int) -> String
  ) -> [String] {
    var lines: [String] = []
    if let absorption = details.absorption {
      let sets = absorption.targets.map { "{\($0.prefix(4).map(label).joined(separator: " "))}" }
      var table = TextTable(["from"] + sets + ["time before", "visits"])
      func cell(_ values: [Double], _ state: Int) -> String {
        values.isEmpty ? "–" : NumberText.exponential(ofLog: values[state], digits: 5)
      }
      let states = absorption.logProbabilities[0].indices
      for state in states.prefix(longestTable) {
        table.add(
          [label(state)] + absorption.logProbabilities.map { cell($0, state) }
            + [
              cell(absorption.logOccupationTimes, state), cell(absorption.logExpectedVisits, state),
            ])
      }
      lines += ["", "Which set is reached first (\(name))", table.text]
    }
    if let trajectory = details.trajectory {
      let last = trajectory.logArrivalTimes.last ?? -.infinity
      lines += [
        "",
        "A trajectory (\(name)): \(trajectory.states.count - 1) steps, the last at the time "
          + NumberText.exponential(ofLog: last, digits: 5),
      ]
    }
    if let generator = details.generator {
      lines += [
        "",
        "Generator of the transition matrix (\(name)): \(generator.embeddability), residual "
          + NumberText.format(generator.residual, digits: 3),
      ]
    }
    return lines
  }

  private static func paths(
    _ name: String, _ details: ChainDetails, _ label: (Int) -> String
  ) -> [String] {
    var lines: [String] = []
    if !details.shortestPaths.isEmpty {
      var table = TextTable(["probability", "path"], leftAligned: [1])
      for path in details.shortestPaths.prefix(longestTable) {
        let states =
          path.states.count <= 12
          ? path.states.map(label)
          : path.states.prefix(6).map(label) + ["… (\(path.states.count) states)"]
            + path.states.suffix(3).map(label)
        table.add([
          NumberText.exponential(ofLog: path.logProbability, digits: 5),
          states.joined(separator: "→"),
        ])
      }
      lines += ["", "Shortest paths from A to B (\(name))", table.text]
    }
    if let samples = details.samples {
      lines += [
        "",
        "Drawn passages from A to B (\(name)): \(samples.count), mean time "
          + NumberText.exponential(ofLog: samples.logMeanTime, digits: 5) + " ± "
          + NumberText.exponential(ofLog: samples.logStandardError, digits: 2)
          + (samples.lost > 0 ? "; \(samples.lost) never reach B" : ""),
      ]
    }
    if !details.sensitivities.isEmpty {
      var table = TextTable([
        "rate", "of the selected state's probability", "of the mean time A to B",
      ])
      let strongest = details.sensitivities.sorted {
        max($0.selected?.magnitude ?? 0, $0.meanTime?.magnitude ?? 0)
          > max($1.selected?.magnitude ?? 0, $1.meanTime?.magnitude ?? 0)
      }
      func cell(_ value: Double?) -> String {
        value.map { NumberText.format($0, digits: 5) } ?? "–"
      }
      for entry in strongest.prefix(10) {
        table.add([
          "\(label(entry.from))→\(label(entry.to))", cell(entry.selected), cell(entry.meanTime),
        ])
      }
      lines += ["", "Largest sensitivities d ln / d ln k (\(name))", table.text]
    }
    return lines
  }

  private static func groups(
    _ name: String, _ details: ChainDetails, _ label: (Int) -> String
  ) -> [String] {
    var lines: [String] = []
    if let metastable = details.metastable {
      let sets = metastable.sets
      var table = TextTable(["set", "probability", "states"], leftAligned: [2])
      for (number, members) in sets.members.enumerated().prefix(longestTable) {
        table.add([
          "\(number)",
          metastable.logStationary.map {
            NumberText.exponential(ofLog: $0[number], digits: 5)
          } ?? "–",
          members.prefix(10).map(label).joined(separator: " ")
            + (members.count > 10 ? " … (\(members.count))" : ""),
        ])
      }
      lines += [
        "",
        "Metastable sets (\(name)): \(sets.count), crispness "
          + NumberText.format(sets.crispness, digits: 6),
        table.text,
      ]
    }
    if let grouped = details.groups {
      lines += [
        "", "Groups (\(name)): \(grouped.groups.count) of \(grouped.groups.labels.count) states",
      ]
      var table = TextTable(["group", "probability", "states"], leftAligned: [2])
      for (number, members) in grouped.groups.members.enumerated().prefix(longestTable) {
        table.add([
          "\(number)", NumberText.exponential(ofLog: grouped.logStationary[number], digits: 5),
          members.prefix(10).map(label).joined(separator: " ")
            + (members.count > 10 ? " … (\(members.count))" : ""),
        ])
      }
      lines.append(table.text)
    }
    if let lowNoise = details.lowNoise {
      var table = TextTable(["exponent", "the basin of", "drains to", "by"])
      for step in lowNoise.steps.prefix(longestTable) {
        table.add([
          NumberText.format(step.exponent, digits: 8), label(step.lostSink),
          label(step.absorbingSink), "\(label(step.exitState))→\(label(step.destination))",
        ])
      }
      lines += [
        "", "Limit of no noise (\(name)): exponents of the eigenvalues, slowest first", table.text,
      ]
    }
    return lines
  }

  /// What was learned from trajectories.
  static func estimate(_ answer: EstimationAnswer) -> [String] {
    func interval(_ title: String, _ summary: PosteriorSummary?) -> String? {
      summary.map {
        "  \(title): " + NumberText.exponential(ofLog: $0.median, digits: 4) + " ("
          + NumberText.exponential(ofLog: $0.lower, digits: 4) + " … "
          + NumberText.exponential(ofLog: $0.upper, digits: 4)
          + "), \(NumberText.format(100 * $0.level, digits: 3)) %"
      }
    }
    var lines = [
      "Estimated from trajectories: \(answer.labels.count) states, lag \(answer.lag), "
        + "\(NumberText.plain(answer.pairs)) pairs of frames"
    ]
    if !answer.timescales.isEmpty {
      var table = TextTable(["lag", "slowest implied time scales (frames)"], leftAligned: [1])
      for row in answer.timescales {
        table.add([
          "\(row.lag)",
          row.logTimescales.prefix(4).map { NumberText.exponential(ofLog: $0, digits: 5) }
            .joined(separator: "  "),
        ])
      }
      lines.append(table.text)
    }
    lines += [
      interval("slowest implied time scale, frames", answer.logSlowestTimescale),
      interval("mean time from A to B, frames", answer.logMeanTime),
      interval("mean time from B to A, frames", answer.logReverseMeanTime),
      answer.test.map {
        "  Chapman–Kolmogorov: largest deviation "
          + NumberText.format($0.largestDeviation, digits: 3) + " standard deviations"
      },
    ].compactMap { $0 }
    lines += answer.findings.map { "  note: \($0)" }
    return lines
  }
}
