import Landscapes
import LinearAlgebra

/// The escapes from one minimum.
public struct ExitStatistics: Sendable, Equatable {
  /// The minimum that was left.
  public let minimum: Int
  /// The name of the region.
  public let region: String
  /// How many escapes were seen.
  public let count: Int
  /// How many watches were given up at the time limit or by an interruption.
  public let censored: Int
  /// The mean escape time: total time over escapes, the maximum-likelihood value of an exponential
  /// law where some are censored; nil without an escape.
  public let meanTime: Double?
  /// The standard error of the mean, from the scatter of the times, or mean/√count where some are
  /// censored.
  public let standardError: Double?
  /// The total time of all watches.
  public let totalTime: Double
  /// The exact 95 % interval of the rate under an exponential law: gamma quantiles over the total
  /// time.
  public let rateInterval: ClosedRange<Double>
  /// How many escapes ended in each minimum, for the region "basin".
  public let toMinimum: [Int]
  /// How many escapes left the domain.
  public let leftDomain: Int
  /// How many trajectories were no longer finite; they count as escapes.
  public let diverged: Int
  /// The test of the exponential law; nil with fewer than five escapes or with censored ones.
  public let exponential: ExponentialTest?
  /// The escape times in the order of the trajectories.
  public let times: [Double]

  /// Escapes per unit of time: the inverse of `meanTime`; nil without an escape.
  public var rate: Double? { meanTime.map { 1 / $0 } }

  init(minimum: Int, region: String, states: Int, records: [ExitRecord], seed: UInt64) {
    let sorted = records.sorted { $0.index < $1.index }
    let escapes = sorted.filter { !$0.isCensored }
    self.minimum = minimum
    self.region = region
    count = escapes.count
    censored = sorted.count - escapes.count
    times = escapes.map(\.time)
    totalTime = sorted.reduce(0) { $0 + $1.time }
    let n = Double(escapes.count)
    if escapes.isEmpty {
      meanTime = nil
      standardError = nil
    } else {
      let mean = totalTime / n
      meanTime = mean
      if censored > 0 {
        standardError = mean / n.squareRoot()
      } else if escapes.count > 1 {
        let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardError = (squares / (n - 1) / n).squareRoot()
      } else {
        standardError = mean
      }
    }
    // With a fixed number of escapes the total time is gamma-distributed with that shape; at a
    // fixed time the upper end has one more.
    let lower = n > 0 ? SpecialFunctions.gammaQuantile(0.025, shape: n) : 0
    let upper = SpecialFunctions.gammaQuantile(0.975, shape: censored > 0 ? n + 1 : max(n, 1))
    rateInterval =
      totalTime > 0 ? (lower / totalTime)...(upper / totalTime) : 0...Double.infinity
    var destinations = [Int](repeating: 0, count: states)
    for record in escapes {
      if case .minimum(let number) = record.end { destinations[number] += 1 }
    }
    toMinimum = destinations
    leftDomain = escapes.count { $0.end == .outside }
    diverged = sorted.count { $0.end == .diverged }
    exponential =
      censored == 0 && escapes.count >= 5 ? ExponentialTest(times: times, seed: seed) : nil
  }
}

/// How one watch ended.
struct ExitRecord: Sendable {
  enum End: Sendable, Equatable { case minimum(Int), boundary, outside, diverged, censored }
  let index: Int
  let time: Double
  let end: End
  /// A watch that was given up, or ended where numbers end, has no time of escape.
  var isCensored: Bool { end == .censored || end == .diverged }
}

/// The Kolmogorov–Smirnov test of an exponential law whose mean is estimated from the same data.
///
/// Estimating the mean makes the statistic smaller than the tabulated law (Lilliefors 1969), so the
/// p-value comes from a seeded simulation of the same test.
public struct ExponentialTest: Sendable, Equatable {
  /// The largest distance of the two distribution functions.
  public let statistic: Double
  /// The probability of a larger distance under the exponential law.
  public let pValue: Double

  /// Tests times.
  ///
  /// - Parameters:
  ///   - times: At least two positive numbers.
  ///   - seed: The seed of the reference distribution.
  public init(times: [Double], seed: UInt64 = 1) {
    statistic = ExponentialTest.distance(times)
    let size = min(times.count, 200)
    let observed = ExponentialTest.scaled(statistic, times.count)
    let replicates = 4000
    var larger = 0
    var stream = RandomStream(seed: seed, index: UInt64(size), purpose: .statistics)
    var sample = [Double](repeating: 0, count: size)
    for _ in 0..<replicates {
      for i in sample.indices { sample[i] = -logOf(stream.nextUniform()) }
      if ExponentialTest.scaled(ExponentialTest.distance(sample), size) >= observed { larger += 1 }
    }
    pValue = Double(larger + 1) / Double(replicates + 1)
  }

  private static func distance(_ times: [Double]) -> Double {
    let sorted = times.sorted()
    let n = Double(sorted.count)
    let mean = sorted.reduce(0, +) / n
    var largest = 0.0
    for (i, time) in sorted.enumerated() {
      let value = 1 - Double.exp(-time / mean)
      largest = max(largest, Double(i + 1) / n - value, value - Double(i) / n)
    }
    return largest
  }

  /// Stephens's (1974) form of the statistic, whose law hardly depends on the sample size.
  private static func scaled(_ distance: Double, _ count: Int) -> Double {
    let root = Double(count).squareRoot()
    return (distance - 0.2 / Double(count)) * (root + 0.26 + 0.5 / root)
  }
}
