/// What a simulation says, with standard errors.
public struct SimulationAnswer: Sendable {
  /// The occupancy of one minimum.
  public struct Occupancy: Sendable, Equatable {
    /// The minimum.
    public let minimum: Int
    /// The share of the time.
    public let value: Double
    /// Its standard error; nil where there is too little to estimate it from.
    public let standardError: Double?
  }

  /// The escapes from one minimum.
  public struct Exit: Sendable, Equatable {
    /// The minimum that was left.
    public let minimum: Int
    /// What counted as an escape.
    public let region: String
    /// How many escapes were seen.
    public let count: Int
    /// How many trajectories had not escaped when the time was up.
    public let censored: Int
    /// The mean time; nil without an escape.
    public let meanTime: Double?
    /// Its standard error.
    public let standardError: Double?
    /// The 95 % interval of the rate.
    public let rateInterval: (lower: Double, upper: Double)?
    /// How many escapes ended in each minimum.
    public let toMinimum: [Int]
    /// The Kolmogorov–Smirnov statistic against the exponential distribution.
    public let exponentialStatistic: Double?
    /// Its p-value.
    public let exponentialPValue: Double?

    /// Whether two results are the same.
    public static func == (a: Exit, b: Exit) -> Bool {
      a.minimum == b.minimum && a.region == b.region && a.count == b.count
        && a.censored == b.censored && a.meanTime == b.meanTime
        && a.standardError == b.standardError && a.toMinimum == b.toMinimum
        && a.rateInterval?.lower == b.rateInterval?.lower
        && a.rateInterval?.upper == b.rateInterval?.upper
        && a.exponentialStatistic == b.exponentialStatistic
        && a.exponentialPValue == b.exponentialPValue
    }
  }

  /// The process that was simulated.
  public var sampler: String
  /// The time step.
  public var timeStep: Double
  /// The number of trajectories for the occupancies.
  public var trajectories: Int
  /// The number of steps taken in all.
  public var steps: Int
  /// The time that it took, in seconds.
  public var wallSeconds: Double
  /// The seed.
  public var seed: UInt64
  /// The occupancies, measured as time shares; empty where none were asked for.
  public var occupancies: [Occupancy]
  /// The occupancies that follow from the simulated rates between core sets.
  public var occupanciesFromRates: [Occupancy]
  /// Escapes from each minimum.
  public var exits: [Exit]
  /// How often each ordered pair of minima was passed from core to core.
  public var transitionCounts: [[Int]]
  /// The time spent with each minimum as the last core visited.
  public var residenceTimes: [Double]
  /// The slowest relaxation rate and its standard error.
  public var relaxationRate: (value: Double, standardError: Double)?
  /// Sentences that a reader should know.
  public var findings: [String]

  /// The occupancies to compare with: those of the rates where transitions are rare, else the
  /// time shares.
  public var bestOccupancies: [Occupancy] {
    occupancies.isEmpty ? occupanciesFromRates : occupancies
  }

  /// The most occupied minimum; nil without occupancies.
  public var selected: Int? {
    bestOccupancies.max { $0.value < $1.value }?.minimum
  }
}
