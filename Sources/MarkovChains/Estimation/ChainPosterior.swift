import Glibc

/// Samples of chains from their posterior distribution given data.
///
/// ```swift
/// let posterior = try counts.posterior(sampleCount: 1000, seed: 1)
/// let time = try posterior.summary { try $0.chain.logMeanFirstPassageTimes(to: [7])[0] }
/// print(time.mean, time.standardDeviation, time.lower, time.upper)
/// ```
public struct ChainPosterior<Chain: Sendable>: Sendable {
  /// The samples, in the order in which they were drawn.
  public let samples: [Chain]

  /// Creates a posterior from samples that were drawn elsewhere.
  public init(samples: [Chain]) { self.samples = samples }

  /// The distribution of one quantity, best one in logarithms where it can be tiny or huge.
  ///
  /// - Parameters:
  ///   - level: The probability of the interval, between 0 and 1.
  ///   - quantity: The quantity of a chain.
  /// - Returns: Mean, standard deviation and interval.
  /// - Throws: What the quantity throws; `EstimationError.invalidLevel`.
  public func summary(
    level: Double = 0.95, of quantity: (Chain) throws -> Double
  ) throws -> PosteriorSummary {
    try PosteriorSummary(values: samples.map(quantity), level: level)
  }

  /// The distributions of several quantities.
  ///
  /// - Parameters:
  ///   - level: The probability of each interval, between 0 and 1.
  ///   - quantities: The quantities of a chain, always as many.
  /// - Returns: As many summaries as there are quantities.
  /// - Throws: What the quantities throw; `EstimationError.invalidLevel`, or `.wrongLength` where
  ///   a sample has more or fewer quantities than the first.
  public func summaries(
    level: Double = 0.95, of quantities: (Chain) throws -> [Double]
  ) throws -> [PosteriorSummary] {
    let rows = try samples.map(quantities)
    guard let first = rows.first else { return [] }
    if let row = rows.first(where: { $0.count != first.count }) {
      throw EstimationError.wrongLength(expected: first.count, given: row.count)
    }
    return try first.indices.map { k in
      try PosteriorSummary(values: rows.map { $0[k] }, level: level)
    }
  }
}

/// Mean, standard deviation and interval of a quantity under a posterior distribution.
public struct PosteriorSummary: Sendable, Equatable {
  /// The mean of the samples.
  public let mean: Double
  /// Their standard deviation.
  public let standardDeviation: Double
  /// The standard error of the mean from the means of about √n successive batches, so that
  /// correlations between samples count; the samples are too few to say where it is NaN.
  public let standardError: Double
  /// The lower end of the interval.
  public let lower: Double
  /// The median.
  public let median: Double
  /// The upper end of the interval.
  public let upper: Double
  /// The probability of the interval; outside, there is as much on either side.
  public let level: Double
  /// The number of samples.
  public let sampleCount: Int

  /// Summarises samples.
  ///
  /// - Parameters:
  ///   - values: The samples in the order in which they were drawn, at least one; infinite ones
  ///     are accepted.
  ///   - level: The probability of the interval.
  /// - Throws: `EstimationError.invalidLevel`, or `.invalidSampleCount` for no samples.
  public init(values: [Double], level: Double = 0.95) throws {
    guard level > 0, level < 1 else { throw EstimationError.invalidLevel(level) }
    guard !values.isEmpty else { throw EstimationError.invalidSampleCount(0) }
    self.level = level
    sampleCount = values.count
    let moments = Self.moments(values)
    mean = moments.mean
    standardDeviation = moments.deviation
    let batch = max(1, Int(Double(values.count).squareRoot()))
    let batches = values.count / batch
    let means = (0..<batches).map { k in
      Self.moments(Array(values[k * batch..<(k + 1) * batch])).mean
    }
    standardError =
      batches > 1 ? Self.moments(means).deviation / Double(batches).squareRoot() : .nan
    let sorted = values.sorted()
    lower = Self.quantile((1 - level) / 2, of: sorted)
    median = Self.quantile(0.5, of: sorted)
    upper = Self.quantile((1 + level) / 2, of: sorted)
  }

  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    // Values that are all the same, infinity among them, have a mean and no spread.
    if let first = values.first, values.allSatisfy({ $0 == first }) { return (first, 0) }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count - 1)).squareRoot())
  }

  /// The quantile between the two nearest order statistics.
  private static func quantile(_ probability: Double, of sorted: [Double]) -> Double {
    let place = probability * Double(sorted.count - 1)
    let low = sorted[Int(place)]
    let high = sorted[min(Int(place) + 1, sorted.count - 1)]
    let share = place - place.rounded(.down)
    if share == 0 || low == high { return low }
    return low + share * (high - low)
  }
}
