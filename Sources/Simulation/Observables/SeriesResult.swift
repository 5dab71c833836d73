/// What was measured of one observable along trajectories.
public struct SeriesStatistics: Sendable, Equatable {
  /// The name of the observable.
  public let name: String
  /// The mean.
  public let mean: Measured
  /// The variance in the stationary state. The variance of the mean is added to the mean square
  /// deviation, so that short trajectories do not make it too small.
  public let variance: Measured
  /// The blocking analysis of the mean, over all trajectories together; its standard error is that
  /// of `mean` where there are fewer than 16 trajectories.
  public let blocking: BlockingAnalysis
  /// Whether the trajectories have forgotten their start.
  public let stationarity: StationarityCheck
  /// The autocovariance C(τ), corrected as the variance is; nil where it was not asked for.
  public let autocovariance: LagFunction?
  /// The autocorrelation C(τ)/C(0); nil where it was not asked for or nothing varies.
  public let autocorrelation: LagFunction?
  /// The mean square of the change over the lag.
  public let meanSquareDisplacement: LagFunction?
  /// The integrated autocorrelation time, with the effective sample size.
  public let integratedTime: IntegratedTime?
  /// The power spectrum; nil where it was not asked for or trajectories are shorter than a segment.
  public let spectrum: PowerSpectrum?
  /// The number of observations of all trajectories together.
  public let observations: Int

  /// The half width of the band around zero that holds 99 % of the autocorrelations of as many
  /// independent numbers, as in Chaudhari and Soatto (2018, Fig. 3b).
  public var whiteNoiseBand: Double { 2.5758293035489 / Double(observations).squareRoot() }
}

/// What a study of time series has measured.
public struct SeriesResult: Sendable, Equatable {
  /// The number of steps of single trajectories.
  public let steps: Int
  /// The time between two observations.
  public let interval: Double
  /// One entry per observable.
  public let observables: [SeriesStatistics]
  /// |x(t + τ) − x(t)|² over the chosen variables; nil where none were chosen.
  public let displacement: LagFunction?
  /// The probability current on the grid that was asked for.
  public let current: ProbabilityCurrent?
  /// One entry per point that windings were asked for; empty where nothing was observed.
  public let circulations: [Circulation]
  /// The positions that were kept.
  public let record: TrajectoryRecord?
  /// How many trajectories were given up because a coordinate was no longer finite. An observable
  /// that is not finite somewhere is said in `findings`; it has no numbers, and the others go on.
  public let diverged: Int
  /// Whether the run was stopped before its end; everything above is from what was done.
  public let interrupted: Bool
  /// What a reader should know.
  public let findings: [String]
}
