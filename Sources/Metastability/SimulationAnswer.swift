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
  public let wallSeconds: Double
  /// What was measured.
  public let result: EnsembleResult

  /// The occupancy of each minimum by the measure that was asked for.
  public var occupancies: [(minimum: Int, value: Measured)] {
    result.occupancies.map { entry in
      let descent = occupancy == .descent ? entry.descent : nil
      return (entry.minimum, descent ?? entry.best)
    }
  }

  /// The most occupied minimum; nil without occupancies, and where no transition was seen, so that
  /// they only tell where the trajectories started.
  public var selected: Int? {
    guard
      occupancies.count == 1 || result.transitionCounts.contains(where: { $0.contains { $0 > 0 } })
    else { return nil }
    return occupancies.max { $0.value.value < $1.value.value }?.minimum
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
