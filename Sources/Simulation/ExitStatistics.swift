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
  /// time. Without an escape it begins at 0.
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
  /// Where the escapes left the region; nil for the region "basin" and without an escape.
  public let locations: ExitLocations?
  /// The saddles that the escapes went over; nil for other regions than "basin", and where no
  /// saddle of the minimum is known.
  public let saddles: SaddleUse?

  /// The upper 95 % bound of the rate where no escape was seen, −ln(0.05)/time; nil where one was.
  public var rateBound: Double? {
    count == 0 && totalTime > 0 ? -logOf(0.05) / totalTime : nil
  }

  /// Escapes per unit of time: the inverse of `meanTime`; nil without an escape.
  public var rate: Double? { meanTime.map { 1 / $0 } }

  init(
    _ measurement: ExitMeasurement, region: String, states: Int, saddles saddleCount: Int,
    seed: UInt64
  ) {
    let sorted = measurement.records.sorted { $0.index < $1.index }
    let escapes = sorted.filter { !$0.isCensored }
    minimum = measurement.minimum
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
    rateInterval = ExitStatistics.rateInterval(
      escapes: escapes.count, totalTime: totalTime, isCensored: censored > 0)
    var destinations = [Int](repeating: 0, count: states)
    for record in escapes {
      if case .minimum(let number) = record.end { destinations[number] += 1 }
    }
    toMinimum = destinations
    leftDomain = escapes.count { $0.end == .outside }
    diverged = sorted.count { $0.end == .diverged }
    locations = ExitLocations(escapes.compactMap(\.place), faces: measurement.faceCount)
    if measurement.seeksSaddles {
      var counts = [Int](repeating: 0, count: saddleCount)
      let sought = escapes.compactMap(\.saddle)
      for saddle in sought where saddle >= 0 { counts[saddle] += 1 }
      saddles = SaddleUse(counts: counts, sought: sought.count)
    } else {
      saddles = nil
    }
    exponential =
      censored == 0 && escapes.count >= 5 ? ExponentialTest(times: times, seed: seed) : nil
  }
}

extension ExitStatistics {
  /// The exact 95 % interval of the rate of a Poisson process (Garwood 1936).
  ///
  /// Watches that follow one another are one Poisson process as long as the law is exponential,
  /// whenever each of them ends. Up to a given number of escapes the total time is
  /// gamma-distributed with that shape; where watches are given up, the next escape has not come
  /// yet, and the upper end has one more. With up to ten watches and any time limit either end
  /// misses the rate in at most 2.6 % of cases, both together in less than 5 %.
  private static func rateInterval(
    escapes: Int, totalTime: Double, isCensored: Bool
  ) -> ClosedRange<Double> {
    guard totalTime > 0 else { return 0...Double.infinity }
    let n = Double(escapes)
    let lower = escapes > 0 ? SpecialFunctions.gammaQuantile(0.025, shape: n) : 0
    let upper = SpecialFunctions.gammaQuantile(0.975, shape: isCensored ? n + 1 : n)
    return (lower / totalTime)...(upper / totalTime)
  }
}

/// The watches from one minimum.
struct ExitMeasurement: Sendable {
  let minimum: Int
  var records: [ExitRecord]
  /// The number of faces of the region; 0 for basins.
  let faceCount: Int
  /// Whether the saddles of escapes are sought.
  let seeksSaddles: Bool

  var steps: Int { records.reduce(0) { $0 + $1.steps } }
}

/// How one watch ended.
struct ExitRecord: Sendable {
  enum End: Sendable, Equatable { case minimum(Int), boundary, outside, diverged, censored }
  let index: Int
  let time: Double
  let steps: Int
  let end: End
  /// Where the region was left.
  var place: ExitPlace?
  /// The saddle that was used, −1 where none could be named; nil where none was sought.
  var saddle: Int?
  /// A watch that was given up, or ended where numbers end, has no time of escape.
  var isCensored: Bool { end == .censored || end == .diverged }
}

extension ExitRecord: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(index)
    writer.write(time)
    writer.write(steps)
    switch end {
    case .minimum(let number): writer.write(number)
    case .boundary: writer.write(-1)
    case .outside: writer.write(-2)
    case .diverged: writer.write(-3)
    case .censored: writer.write(-4)
    }
    writer.write(place != nil)
    if let place { writer.write(place) }
    writer.write(saddle != nil)
    if let saddle { writer.write(saddle) }
  }

  init(from reader: inout StateReader) throws {
    index = try reader.integer()
    time = try reader.number()
    steps = try reader.integer()
    switch try reader.integer() {
    case -1: end = .boundary
    case -2: end = .outside
    case -3: end = .diverged
    case -4: end = .censored
    case let number where number >= 0: end = .minimum(number)
    default: throw DamagedState()
    }
    place = try reader.flag() ? ExitPlace(from: &reader) : nil
    saddle = try reader.flag() ? reader.integer() : nil
  }
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
