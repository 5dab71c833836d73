/// A number with its standard error.
public struct Measured: Sendable, Equatable {
  /// The estimate.
  public let value: Double
  /// Its standard error; nil where there is too little data for one.
  public let standardError: Double?

  /// Creates a measured number.
  public init(value: Double, standardError: Double?) {
    self.value = value
    self.standardError = standardError
  }
}

/// The share of time that belongs to a minimum, by every estimator that has a value.
public struct Occupancy: Sendable, Equatable {
  /// The number of the minimum.
  public let minimum: Int
  /// The share of time after the last visit to its core set.
  public let milestoning: Measured
  /// The stationary probability of the chain of counted transitions and residence times, which
  /// does not depend on where the trajectories started.
  public let rateMatrix: Measured?
  /// The share of frames that descend to it.
  public let descent: Measured?
  /// The estimate to use: `rateMatrix` where transitions are rare, else `milestoning`.
  public let best: Measured
}

/// The slowest relaxation of the milestoned process.
public struct Relaxation: Sendable, Equatable {
  /// ln(C(τ)/C(2τ))/τ, C the correlation of the slowest mode of the estimated chain under the
  /// measured transition probabilities.
  public let rate: Measured
  /// τ.
  public let lag: Double
  /// The slowest rate of the chain of counted transitions and residence times, for comparison.
  public let rateMatrix: Measured
}

/// What an ensemble has measured.
public struct EnsembleResult: Sendable, Equatable {
  /// The number of steps of single trajectories.
  public let steps: Int
  /// One entry per minimum; empty where no trajectories were asked for.
  public let occupancies: [Occupancy]
  /// One entry per minimum that escapes were watched from.
  public let exits: [ExitStatistics]
  /// The slowest relaxation; nil where too few transitions were seen.
  public let relaxation: Relaxation?
  /// Transitions between core sets, from row to column.
  public let transitionCounts: [[Int]]
  /// The time after the last visit to each core set, summed over trajectories.
  public let residenceTimes: [Double]
  /// Positions on the grid that was asked for.
  public let histogram: Histogram?
  /// How often a trajectory left the domain and was started again.
  public let leftDomain: Int
  /// How often a trajectory was no longer finite and was started again.
  public let diverged: Int
  /// Whether the run was stopped before its end; everything above is from what was done.
  public let interrupted: Bool
  /// What a reader should know.
  public let findings: [String]
}
