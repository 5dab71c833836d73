import LinearAlgebra
import Metastability
import Simulation

extension ReportJSON {
  static func simulation(_ answer: SimulationAnswer) -> JSONValue {
    let result = answer.result
    return .object([
      "sampler": .string(answer.sampler.rawValue), "timeStep": .init(finite: answer.timeStep),
      "trajectories": JSONValue(answer.trajectories),
      "steps": JSONValue(result.steps), "wallSeconds": .init(finite: answer.wallSeconds),
      "seed": .number(Double(answer.seed)),
      "occupancy": .array(
        zip(answer.occupancies, result.occupancies).map { chosen, all in
          .object([
            "minimum": JSONValue(chosen.minimum), "value": .init(finite: chosen.value.value),
            "standardError": .init(finite: chosen.value.standardError),
            "milestoning": measured(all.milestoning), "rates": measured(all.rateMatrix),
            "descent": measured(all.descent),
          ])
        }),
      "exits": .array(result.exits.map { exit($0) }),
      "transitions": .array(result.transitionCounts.map { integers($0) }),
      "residenceTimes": .init(finite: result.residenceTimes),
      "relaxation": result.relaxation.map {
        .object([
          "rate": .init(finite: $0.rate.value),
          "standardError": .init(finite: $0.rate.standardError), "lag": .init(finite: $0.lag),
          "time": .init(finite: 1 / $0.rate.value),
          "fromRates": measured($0.rateMatrix),
        ])
      } ?? .null,
      "leftDomain": JSONValue(result.leftDomain), "diverged": JSONValue(result.diverged),
      "selected": answer.selected.map { JSONValue($0) } ?? .null,
      "selectedStates": integers(answer.selectedStates),
      "series": answer.series.map { series($0) } ?? .null,
      "states": answer.states.map { states($0) } ?? .null,
      "rareEvents": .array(answer.rareEvents.map { rareEvent($0) }),
      "findings": strings(result.findings + answer.findings),
    ])
  }

  private static func rareEvent(_ entry: RareEventAnswer) -> JSONValue {
    .object([
      "from": JSONValue(entry.from), "to": entry.to.map { JSONValue($0) } ?? .null,
      "method": .string(entry.method), "logRate": .init(finite: entry.logRate),
      "standardError": .init(finite: entry.standardError),
      "interval": .init(finite: [entry.lower, entry.upper]),
      "logProbability": .init(finite: entry.logProbability),
      "meanLoopTime": .init(finite: entry.meanLoopTime),
      "meanReactiveTime": .init(finite: entry.meanReactiveTime),
      "copies": JSONValue(entry.copies), "repetitions": JSONValue(entry.repetitions),
      "steps": JSONValue(entry.steps), "findings": strings(entry.findings),
    ])
  }

  static func edge(_ entry: EdgeComparison) -> JSONValue {
    .object([
      "formula": .string(entry.formula), "from": JSONValue(entry.from), "to": JSONValue(entry.to),
      "source": .string(entry.source.rawValue), "logRate": .init(finite: entry.logRate),
      "logSimulated": .init(finite: entry.logSimulated),
      "standardError": .init(finite: entry.standardError),
      "interval": .init(finite: [entry.interval.lowerBound, entry.interval.upperBound]),
      "standardErrorsApart": .init(finite: entry.standardErrorsApart),
      "pValue": .init(finite: entry.pValue), "count": .init(finite: entry.count),
    ])
  }

  private static func measured(_ value: Measured?) -> JSONValue {
    guard let value else { return .null }
    return .object([
      "value": .init(finite: value.value), "standardError": .init(finite: value.standardError),
    ])
  }

  private static func exit(_ entry: ExitStatistics) -> JSONValue {
    let interval = entry.rateInterval
    return .object([
      "minimum": JSONValue(entry.minimum), "region": .string(entry.region),
      "count": JSONValue(entry.count), "censored": JSONValue(entry.censored),
      "meanTime": .init(finite: entry.meanTime),
      "standardError": .init(finite: entry.standardError),
      "rateInterval": .init(finite: [interval.lowerBound, interval.upperBound]),
      "toMinimum": integers(entry.toMinimum),
      "logRatesTo": .init(finite: entry.logRatesTo), "leftDomain": JSONValue(entry.leftDomain),
      "saddles": entry.saddles.map { integers($0.counts) } ?? .null,
      "exitMean": entry.locations.map { .array($0.mean.map { measured($0) }) } ?? .null,
      "exitFaces": entry.locations.map { integers($0.faces) } ?? .null,
      "exitSectors": entry.locations?.sectors.map { integers($0) } ?? .null,
      "rateBound": .init(finite: entry.rateBound),
      "diverged": JSONValue(entry.diverged),
      "exponential": entry.exponential.map {
        .object([
          "statistic": .init(finite: $0.statistic), "pValue": .init(finite: $0.pValue),
        ])
      } ?? .null,
    ])
  }

  static func comparison(_ entry: Comparison) -> JSONValue {
    .object([
      "formula": .string(entry.formula), "minimum": JSONValue(entry.minimum),
      "logRateError": .init(finite: entry.logRateError),
      "standardError": .init(finite: entry.standardError),
      "deviation": .init(finite: entry.deviation),
      "refuted": .bool(entry.isRefuted),
      "occupancyError": .init(finite: entry.occupancyError),
      "occupancyStandardError": .init(finite: entry.occupancyStandardError),
    ])
  }

  static func relaxation(_ entry: RelaxationComparison) -> JSONValue {
    .object([
      "formula": .string(entry.formula), "logRate": .init(finite: entry.logRate),
      "logRateError": .init(finite: entry.logRateError),
      "standardError": .init(finite: entry.standardError),
      "deviation": .init(finite: entry.deviation),
    ])
  }
}
