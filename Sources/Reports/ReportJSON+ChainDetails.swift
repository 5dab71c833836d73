import Foundation
import LinearAlgebra
import MarkovChains
import Metastability

extension ReportJSON {
  /// The answers to questions that are only asked on request.
  static func detailValues(_ details: ChainDetails) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    if !details.modes.isEmpty { values["modes"] = .array(details.modes.map { mode($0) }) }
    if !details.occupations.isEmpty {
      values["occupations"] = .array(
        details.occupations.map {
          .object([
            "time": .init(finite: $0.time), "logProbabilities": .init(finite: $0.logProbabilities),
            "probabilities": .init(finite: $0.logProbabilities.map { exp($0) }),
          ])
        })
    }
    if !details.passageTimes.isEmpty {
      values["passageTimes"] = .array(
        details.passageTimes.map {
          .object([
            "time": .init(finite: $0.time), "logSurvival": .init(finite: $0.logSurvival),
            "logDistribution": .init(finite: $0.logDistribution),
            "logDensity": .init(finite: $0.logDensity),
          ])
        })
    }
    if !details.shortestPaths.isEmpty {
      values["shortestPaths"] = .array(
        details.shortestPaths.map {
          .object([
            "states": integers($0.states), "cost": .init(finite: $0.cost),
            "logProbability": .init(finite: $0.logProbability),
          ])
        })
    }
    if let samples = details.samples {
      values["passageSamples"] = .object([
        "count": JSONValue(samples.count), "lost": JSONValue(samples.lost),
        "logMeanTime": .init(finite: samples.logMeanTime),
        "logStandardError": .init(finite: samples.logStandardError),
        "targets": .array(
          samples.targets.map {
            .object(["state": JSONValue($0.state), "count": JSONValue($0.count)])
          }),
      ])
    }
    if let absorption = details.absorption {
      values["absorption"] = .object([
        "targets": .array(absorption.targets.map { integers($0) }),
        "logProbabilities": .array(absorption.logProbabilities.map { .init(finite: $0) }),
        "logOccupationTimes": .init(finite: absorption.logOccupationTimes),
        "logExpectedVisits": .init(finite: absorption.logExpectedVisits),
      ])
    }
    if let trajectory = details.trajectory {
      values["trajectory"] = .object([
        "states": integers(trajectory.states),
        "logArrivalTimes": .init(finite: trajectory.logArrivalTimes),
      ])
    }
    if let generator = details.generator {
      values["generator"] = .object([
        "rates": .array(
          generator.chain.transitions.map {
            .object([
              "from": JSONValue($0.from), "to": JSONValue($0.to),
              "logRate": .init(finite: $0.logRate),
            ])
          }),
        "embeddability": .string("\(generator.embeddability)"),
        "mostNegativeRate": .init(finite: generator.mostNegativeRate),
        "residual": .init(finite: generator.residual),
      ])
    }
    if let metastable = details.metastable {
      values["metastableSets"] = metastableSets(metastable, details.setCounts)
    }
    if let groups = details.groups { values["groups"] = grouped(groups) }
    if let cycles = details.cycles, let lowNoise = details.lowNoise {
      values["hierarchy"] = hierarchy(cycles, lowNoise)
    }
    if let tree = details.disconnectivity {
      values["disconnectivity"] = .object([
        "energies": .init(details.disconnectivitySource),
        "nodes": .array(
          tree.nodes.map { node in
            .object([
              "energy": .init(finite: node.energy),
              "parent": node.parent.map { JSONValue($0) } ?? .null,
              "children": integers(node.children), "lowestMinimum": JSONValue(node.lowestMinimum),
              "minima": JSONValue(node.minimumCount),
            ])
          }),
      ])
    }
    if !details.sensitivities.isEmpty {
      values["sensitivities"] = .array(
        details.sensitivities.map {
          .object([
            "from": JSONValue($0.from), "to": JSONValue($0.to),
            "selected": .init(finite: $0.selected), "meanTime": .init(finite: $0.meanTime),
            "committor": .init(finite: $0.committor),
          ])
        })
    }
    return values
  }

  private static func mode(_ mode: RelaxationMode) -> JSONValue {
    func vector(_ entries: [SignedLogarithm]) -> JSONValue {
      .object([
        "values": .init(finite: entries.map(\.value)), "signs": integers(entries.map(\.sign)),
        "logMagnitudes": .init(finite: entries.map(\.logMagnitude)),
      ])
    }
    var values: [String: JSONValue] = [
      "logTime": .init(finite: mode.logTime), "logFrequency": .init(finite: mode.logFrequency),
      "conjugate": .bool(mode.isConjugate), "right": vector(mode.right), "left": vector(mode.left),
    ]
    if mode.isOscillating {
      values["rightImaginary"] = vector(mode.rightImaginary)
      values["leftImaginary"] = vector(mode.leftImaginary)
    }
    return .object(values)
  }

  private static func coarse(_ rates: CoarseRates) -> JSONValue {
    .array(
      (0..<rates.count).flatMap { from in
        (0..<rates.count).compactMap { to -> JSONValue? in
          let rate = rates.rate(from: from, to: to)
          guard to != from, rate.logMagnitude > -.infinity else { return nil }
          return .object([
            "from": JSONValue(from), "to": JSONValue(to),
            "logMagnitude": .init(finite: rate.logMagnitude), "negative": .bool(rate.isNegative),
          ])
        }
      })
  }

  private static func metastableSets(
    _ answer: MetastableReduction, _ selection: SetCountSelection?
  ) -> JSONValue {
    let sets = answer.sets
    return .object([
      "count": JSONValue(sets.count), "crispness": .init(finite: sets.crispness),
      "minChi": .init(finite: sets.minChi), "assignment": integers(sets.assignment),
      "memberships": .array(
        (0..<sets.memberships.rows).map { .init(finite: sets.memberships.row($0)) }),
      "logStationary": answer.logStationary.map { .init(finite: $0) } ?? .null,
      "rates": coarse(answer.coarseRates),
      "candidates": selection.map { selection in
        .array(
          selection.candidates.map {
            .object([
              "count": JSONValue($0.count), "minChi": .init(finite: $0.minChi),
              "crispness": .init(finite: $0.crispness), "logTimeGap": .init(finite: $0.logTimeGap),
            ])
          })
      } ?? .null,
    ])
  }

  private static func grouped(_ answer: ChainDetails.GroupedChain) -> JSONValue {
    .object([
      "labels": integers(answer.groups.labels),
      "logStationary": .init(finite: answer.logStationary),
      "localEquilibrium": .array(
        answer.localEquilibrium.transitions.map {
          .object([
            "from": JSONValue($0.from), "to": JSONValue($0.to),
            "logMagnitude": .init(finite: $0.logRate), "negative": .bool(false),
          ])
        }),
      "hummerSzabo": answer.hummerSzabo.map { coarse($0) } ?? .null,
    ])
  }

  private static func hierarchy(
    _ cycles: CycleHierarchy, _ lowNoise: LowNoiseSpectrum
  ) -> JSONValue {
    func optional(_ state: Int?) -> JSONValue { state.map { JSONValue($0) } ?? .null }
    return .object([
      "cycles": .array(
        cycles.cycles.map {
          .object([
            "members": integers($0.members), "parent": optional($0.parent),
            "rotationCost": .init(finite: $0.rotationCost),
            "exitCost": .init(finite: $0.exitCost), "exitState": optional($0.exitState),
            "destination": optional($0.destination), "unique": .bool($0.isExitUnique),
          ])
        }),
      "eigenvalueExponents": .init(finite: lowNoise.eigenvalueExponents),
      "forestCosts": .init(finite: lowNoise.forestCosts),
      "steps": .array(
        lowNoise.steps.map {
          .object([
            "sinks": JSONValue($0.sinkCount), "exponent": .init(finite: $0.exponent),
            "lostSink": JSONValue($0.lostSink), "absorbingSink": JSONValue($0.absorbingSink),
            "exitState": JSONValue($0.exitState), "destination": JSONValue($0.destination),
            "unique": .bool($0.isUnique),
          ])
        }),
    ])
  }

  /// The rate constants of a passage.
  static func passageRates(_ rates: PassageRates?) -> JSONValue {
    guard let rates else { return .null }
    return .object([
      "logSteadyState": .init(finite: rates.logSteadyState),
      "logNonSteadyState": .init(finite: rates.logNonSteadyState),
      "logQuasiStationary": .init(finite: rates.logQuasiStationary),
      "logInverseMeanTime": .init(finite: rates.logInverseMeanTime),
      "logMeanInverseTime": .init(finite: rates.logMeanInverseTime),
    ])
  }

  /// What was learned from trajectories.
  static func estimate(_ answer: EstimationAnswer) -> JSONValue {
    func matrix(_ matrix: Matrix) -> JSONValue {
      .array((0..<matrix.rows).map { .init(finite: matrix.row($0)) })
    }
    return .object([
      "labels": integers(answer.labels), "lag": JSONValue(answer.lag),
      "pairs": .init(finite: answer.pairs),
      "timescales": .array(
        answer.timescales.map {
          .object([
            "lag": JSONValue($0.lag), "logTimescales": .init(finite: $0.logTimescales),
            "intervals": .array($0.summaries.map { summary($0) }),
          ])
        }),
      "chapmanKolmogorov": answer.test.map { test in
        .object([
          "lag": JSONValue(test.lag), "sets": .array(test.sets.map { integers($0) }),
          "largestDeviation": .init(finite: test.largestDeviation),
          "comparisons": .array(
            test.comparisons.map {
              .object([
                "multiple": JSONValue($0.multiple), "predicted": matrix($0.predicted),
                "estimated": matrix($0.estimated), "deviations": .init(finite: $0.deviations),
              ])
            }),
        ])
      } ?? .null,
      "logStationary": .array(answer.logStationary.map { summary($0) }),
      "logSlowestTimescale": summary(answer.logSlowestTimescale),
      "logMeanTime": summary(answer.logMeanTime),
      "logReverseMeanTime": summary(answer.logReverseMeanTime),
      "findings": strings(answer.findings),
    ])
  }

  private static func summary(_ value: PosteriorSummary?) -> JSONValue {
    guard let value else { return .null }
    return .object([
      "mean": .init(finite: value.mean),
      "standardDeviation": .init(finite: value.standardDeviation),
      "lower": .init(finite: value.lower), "median": .init(finite: value.median),
      "upper": .init(finite: value.upper), "level": .init(finite: value.level),
    ])
  }
}
