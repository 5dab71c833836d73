import LinearAlgebra
public import Simulation

/// What was simulated and what came out, with standard errors.
public struct SimulationAnswer: Sendable {
  /// The process that was simulated.
  public let sampler: SimulationSettings.Sampler
  /// The time step; the learning rate of mini-batch descent.
  public let timeStep: Double
  /// The number of trajectories for the occupancies.
  public let trajectories: Int
  /// The seed.
  public let seed: UInt64
  /// How the occupancies are measured.
  public let occupancy: SimulationSettings.Occupancy
  /// The time that it took, in seconds.
  public internal(set) var wallSeconds: Double
  /// What was measured.
  public let result: EnsembleResult
  /// The escapes that were measured by a method for rare events.
  public internal(set) var rareEvents: [RareEventAnswer] = []
  /// What was measured of time series.
  public internal(set) var series: SeriesResult?
  /// The chain that was learned from trajectories.
  public internal(set) var states: StatesAnswer?
  /// What a reader should know beyond the findings of the result.
  public internal(set) var findings: [String] = []

  /// The occupancy of each minimum by the measure that was asked for.
  public var occupancies: [(minimum: Int, value: Measured)] {
    result.occupancies.map { entry in
      let descent = occupancy == .descent ? entry.descent : nil
      return (entry.minimum, descent ?? entry.best)
    }
  }

  /// The minima that may be the most occupied one: those whose occupancy is within two standard
  /// errors of the largest; empty without occupancies, and where no transition was seen, so that
  /// they only tell where the trajectories started.
  public var selectedStates: [Int] {
    let hasTransitions = result.transitionCounts.contains { $0.contains { $0 > 0 } }
    guard occupancies.count == 1 || hasTransitions,
      let best = occupancies.max(by: { $0.value.value < $1.value.value })
    else { return [] }
    return occupancies.filter { entry in
      let a = entry.value.standardError ?? .infinity
      let b = best.value.standardError ?? .infinity
      return entry.minimum == best.minimum
        || best.value.value - entry.value.value <= 2 * (a * a + b * b).squareRoot()
    }.map(\.minimum)
  }

  /// The most occupied minimum; nil where the simulation does not decide.
  public var selected: Int? {
    selectedStates.count == 1 ? selectedStates.first : nil
  }
}

extension ExitStatistics {
  /// The natural logarithms of the rates of escape to each minimum: the share of the escapes that
  /// ended there over the mean time; −∞ where none did.
  public var logRatesTo: [Double] {
    guard let meanTime, count > 0 else { return toMinimum.map { _ in -.infinity } }
    return toMinimum.map { logOf(Double($0) / Double(count) / meanTime) }
  }
}
