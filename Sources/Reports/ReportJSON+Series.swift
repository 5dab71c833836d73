import LinearAlgebra
import MarkovChains
import Metastability
import Simulation

extension ReportJSON {
  /// Time series, with standard errors.
  static func series(_ result: SeriesResult) -> JSONValue {
    .object([
      "steps": JSONValue(result.steps), "interval": .init(finite: result.interval),
      "observables": .array(result.observables.map { observable($0) }),
      "displacement": lagFunction(result.displacement),
      "current": result.current.map {
        .object([
          "axes": integers($0.grid.axes), "bins": integers($0.grid.bins),
          "box": .array(
            zip($0.grid.range.lower, $0.grid.range.upper).map { .init(finite: [$0, $1]) }),
          "first": values($0.first), "second": values($0.second), "density": values($0.density),
        ])
      } ?? .null,
      "circulation": .array(
        result.circulations.map {
          .object([
            "axes": integers($0.plane.axes), "center": .init(finite: $0.plane.center),
            "windingFrequency": values([$0.windingFrequency]),
            "areaRate": values([$0.areaRate]),
          ])
        }),
      "recorded": result.record.map {
        .object([
          "shape": integers($0.frames.shape), "interval": .init(finite: $0.interval),
          "firstTime": .init(finite: $0.firstTime),
        ])
      } ?? .null,
      "diverged": JSONValue(result.diverged), "findings": strings(result.findings),
    ])
  }

  private static func observable(_ entry: SeriesStatistics) -> JSONValue {
    .object([
      "name": .string(entry.name), "mean": values([entry.mean]),
      "variance": values([entry.variance]),
      "integratedTime": entry.integratedTime.map { values([$0.time]) } ?? .null,
      "effectiveSampleSize": entry.integratedTime?.effectiveSampleSize.map { values([$0]) }
        ?? .null,
      "autocorrelation": lagFunction(entry.autocorrelation),
      "meanSquareDisplacement": lagFunction(entry.meanSquareDisplacement),
      "spectrum": entry.spectrum.map {
        .object([
          "of": .string($0.quantity.rawValue), "frequencies": .init(finite: $0.frequencies),
          "frequenciesPerIteration": .init(finite: $0.frequenciesPerIteration),
          "densities": values($0.densities), "segments": JSONValue($0.segments),
        ])
      } ?? .null,
      "stationarity": .object([
        "drift": values([entry.stationarity.drift]),
        "score": .init(finite: entry.stationarity.score),
        "pValue": .init(finite: entry.stationarity.pValue),
        "recommendedBurnIn": .init(finite: entry.stationarity.recommendedBurnIn),
        "isConclusive": .bool(entry.stationarity.isBurnInConclusive),
      ]),
      "observations": JSONValue(entry.observations),
    ])
  }

  private static func lagFunction(_ function: LagFunction?) -> JSONValue {
    guard let function else { return .null }
    return .object([
      "lags": .init(finite: function.lags), "values": values(function.values),
    ])
  }

  /// Values and standard errors side by side.
  private static func values(_ list: [Measured]) -> JSONValue {
    .object([
      "values": .init(finite: list.map(\.value)),
      "standardErrors": .array(list.map { .init(finite: $0.standardError) }),
    ])
  }

  /// The chain that was learned from trajectories.
  static func states(_ answer: StatesAnswer) -> JSONValue {
    let result = answer.result
    let jumps = try? result.jumpCounts()
    return .object([
      "kind": .string(answer.kind.rawValue), "labels": integers(result.labels),
      "frameTime": .init(finite: result.frameTime), "steps": JSONValue(result.steps),
      "occupancies": values(result.occupancies),
      "residenceTimes": .init(finite: result.residenceTimes),
      "jumps": .array(
        (jumps?.entries ?? []).map {
          .object([
            "from": JSONValue($0.from), "to": JSONValue($0.to), "count": .init(finite: $0.count),
          ])
        }),
      "jumpInefficiencies": .init(finite: result.jumpInefficiencies),
      "timescales": .array(
        answer.timescales.map { row in
          .object([
            "lag": .init(finite: Double(row.lag) * result.frameTime),
            "states": integers(row.labels),
            "logTimes": .init(
              finite: row.logTimescales.map { $0 + logOf(result.frameTime) }),
            "intervals": .array(
              row.summaries.map {
                .init(
                  finite: [$0.lower, $0.upper].map { $0 + logOf(result.frameTime) })
              }),
          ])
        }),
      "comparisons": .array(
        answer.comparisons.map { formula, comparison in
          .object([
            "formula": .string(formula), "statistic": .init(finite: comparison.test.statistic),
            "degreesOfFreedom": JSONValue(comparison.test.degreesOfFreedom),
            "pValue": .init(finite: comparison.test.pValue),
            "entries": .array(
              comparison.entries.map {
                .object([
                  "from": JSONValue($0.from), "to": JSONValue($0.to),
                  "logPredicted": .init(finite: $0.logPredicted),
                  "logEstimated": .init(finite: $0.logEstimated),
                  "standardError": .init(finite: $0.standardError),
                  "standardErrorsApart": .init(finite: $0.standardErrorsApart),
                  "pValue": .init(finite: $0.pValue), "count": .init(finite: $0.count),
                ])
              }),
          ])
        }),
      "unassigned": JSONValue(result.unassignedFrames),
      "findings": strings(answer.findings),
    ])
  }
}
