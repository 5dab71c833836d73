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

  /// The most occupied minimum; nil without occupancies.
  public var selected: Int? {
    occupancies.max { $0.value.value < $1.value.value }?.minimum
  }
}
