import Foundation
import LinearAlgebra
import MarkovChains
public import Metastability
import Simulation
import StationaryPoints

/// The report as JSON, in the format of Docs/report.schema.json.
public enum ReportJSON {
  /// The text of report.json.
  ///
  /// - Throws: An encoding error; none is expected, because only finite numbers are written.
  public static func text(of report: AnalysisReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value(of: report)), as: UTF8.self)
  }

  /// The report as a JSON value.
  public static func value(of report: AnalysisReport) -> JSONValue {
    .object([
      "schema": .string("metastability-report/1"),
      "problem": report.problem,
      "variables": .array(report.variables.map { .string($0) }),
      "stateLabels": report.stateLabels.map { strings($0) } ?? .null,
      "stationaryPoints": report.network.map { stationaryPoints($0) } ?? .null,
      "formulas": .object(
        Dictionary(uniqueKeysWithValues: report.formulas.map { ($0.name, formula($0, report)) })),
      "simulation": report.simulation.map { simulation($0) } ?? .null,
      "comparison": .array(report.comparison.map { comparison($0) }),
      "edgeComparison": .array(report.edgeComparison.map { edge($0) }),
      "relaxationComparison": .array(report.relaxationComparison.map { relaxation($0) }),
      "closestFormula": report.closestFormula.map {
        .object(["formula": .string($0.name), "meanLogRateError": .init(finite: $0.meanError)])
      } ?? .null,
      "findings": strings(report.findings),
      "interrupted": .bool(report.isInterrupted), "failure": .init(report.failure),
      "timings": .object([
        "search": .number(report.timings.search), "rates": .number(report.timings.rates),
        "chain": .number(report.timings.chain),
        "simulation": .number(report.timings.simulation),
      ]),
    ])
  }

  static func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

  static func integers(_ list: [Int]) -> JSONValue { .array(list.map { JSONValue($0) }) }

  // MARK: Stationary points

  private static func stationaryPoints(_ network: StationaryNetwork) -> JSONValue {
    .object([
      "minima": .array(network.minima.enumerated().map { point($1, id: $0, extra: [:]) }),
      "saddles": .array(
        network.saddles.enumerated().map { id, saddle in
          point(
            saddle.point, id: id,
            extra: [
              "index": JSONValue(saddle.point.index),
              "connects": .array(saddle.connects.map { $0.map { JSONValue($0) } ?? .null }),
            ])
        }),
      "higherIndexPoints": .array(
        network.higherIndexPoints.enumerated().map {
          point($1, id: $0, extra: ["index": JSONValue($1.index)])
        }),
      "evaluations": .object([
        "energy": JSONValue(network.evaluations.energy),
        "gradient": JSONValue(network.evaluations.gradient),
        "hessian": JSONValue(network.evaluations.hessian),
      ]),
      "complete": .object([
        "status": .string(network.completeness.status.rawValue),
        "detail": .string(network.completeness.detail),
      ]),
      "findings": strings(network.findings),
    ])
  }

  private static func point(
    _ point: StationaryPoint, id: Int, extra: [String: JSONValue]
  ) -> JSONValue {
    let eigenvalues: JSONValue =
      point.energy == nil
      ? .array(point.eigenvalues.map { .init(finite: [$0.real, $0.imaginary]) })
      : .init(finite: point.eigenvalues.map(\.real))
    var values: [String: JSONValue] = [
      "id": JSONValue(id), "coordinates": .init(finite: point.coordinates),
      "energy": .init(finite: point.energy), "eigenvalues": eigenvalues,
      "gradientNorm": .init(finite: point.gradientNorm),
      "flatDirections": JSONValue(point.flatDirections), "certified": .bool(point.isCertified),
    ]
    values.merge(extra) { _, new in new }
    return .object(values)
  }

  // MARK: Formulas

  private static func formula(_ answer: FormulaAnswer, _ report: AnalysisReport) -> JSONValue {
    if let reason = answer.unavailable { return .object(["unavailable": .string(reason)]) }
    let rates = answer.rates.map { rate in
      JSONValue.object([
        "from": JSONValue(rate.from), "to": JSONValue(rate.to),
        "saddles": integers(rate.saddles), "logRate": .init(finite: rate.logRate),
        "logRatePerIteration": .init(
          finite: report.learningRate.map { rate.logRate + logOf($0) }),
        "barrier": .init(finite: rate.barrier),
        "barrierOverNoise": .init(finite: rate.barrierOverNoise),
        "warnings": strings(rate.findings),
      ])
    }
    var values: [String: JSONValue] = [
      "rates": .array(rates), "kind": .string(answer.kind.rawValue),
      "source": .init(answer.source), "interpretation": .init(answer.interpretation?.rawValue),
      "unavailable": .null,
    ]
    if let estimate = answer.estimate { values["estimate"] = self.estimate(estimate) }
    if let chain = answer.chain { values.merge(chainValues(chain)) { _, new in new } }
    return .object(values)
  }

  private static func chainValues(_ chain: ChainAnswer) -> [String: JSONValue] {
    var reasons = chain.reasons
    var values: [String: JSONValue] = [
      "components": .array(
        chain.components.map {
          .object(["states": integers($0.states), "recurrent": .bool($0.isRecurrent)])
        }),
      "logStationary": .init(finite: chain.logStationary),
      "stationary": .init(finite: chain.logStationary.map { exp($0) }),
      "logKemeny": .init(finite: chain.logKemeny),
      "selected": chain.selected.map { JSONValue($0) } ?? .null,
      "selectedStates": integers(chain.selectedStates),
      "selectedAtZeroNoise": chain.selectedAtZeroNoise.map { JSONValue($0) } ?? .null,
      "relaxationTimes": .null, "logRelaxationTimes": .null, "logMeanFirstPassageTimes": .null,
    ]
    if let relaxation = chain.relaxation {
      values["relaxationTimes"] = .init(finite: relaxation.logTimes.map { exp($0) })
      values["logRelaxationTimes"] = .init(finite: relaxation.logTimes)
    }
    if let times = chain.logMeanFirstPassageTimes {
      values["logMeanFirstPassageTimes"] = .array(times.map { .init(finite: $0) })
      if times.contains(where: { $0.contains(.infinity) }) {
        reasons["logMeanFirstPassageTimes"] =
          "null on the diagonal is the logarithm of zero, elsewhere of an infinite time"
      }
    }
    if let passages = chain.passages {
      values["passage"] = .object([
        "logMeanTime": .init(finite: passages.forward.logMeanTime),
        "logStandardDeviation": .init(finite: passages.forward.logStandardDeviation),
        "reverse": .object([
          "logMeanTime": .init(finite: passages.backward.logMeanTime),
          "logStandardDeviation": .init(finite: passages.backward.logStandardDeviation),
          "rates": passageRates(passages.backwardRates),
        ]),
        "rates": passageRates(passages.forwardRates),
        "logMeanTimeSequentialRule": .init(finite: passages.logSequentialRuleTime),
        "logRateSteadyState": .init(finite: passages.forward.logRateSteadyState),
        "logReactiveFlux": .init(finite: passages.forward.logReactiveFlux),
      ])
      values["logMeanTimeTo"] = .init(finite: passages.logMeanTimesToTarget)
      if passages.logMeanTimesToTarget.contains(.infinity) {
        reasons["logMeanTimeTo"] =
          "null for a target state is the logarithm of zero, elsewhere of an infinite time"
      }
      values["committor"] = .init(finite: passages.committor.logCommittor.map { exp($0) })
      values["logCommittor"] = .init(finite: passages.committor.logCommittor)
      values["logCommittorComplement"] = .init(finite: passages.committor.logComplement)
      values["dominantPaths"] = .array(
        passages.dominantPaths.map {
          .object([
            "states": integers($0.states), "share": .init(finite: $0.share),
            "bottleneck": integers([
              $0.states[$0.bottleneck], $0.states[$0.bottleneck + 1],
            ]),
          ])
        })
    }
    if let matrix = chain.transitionMatrix {
      values["transitionMatrix"] = .array((0..<matrix.rows).map { .init(finite: matrix.row($0)) })
    }
    if let occupation = chain.occupationAtLag {
      values["occupationAtLag"] = .init(finite: occupation)
    }
    values.merge(detailValues(chain.details)) { _, new in new }
    values["nullReasons"] = .object(reasons.mapValues { .string($0) })
    return values
  }
}
