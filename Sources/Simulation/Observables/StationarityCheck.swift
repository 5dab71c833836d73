import Landscapes
import LinearAlgebra

/// Whether a series has forgotten its start.
///
/// The test is that of Geweke (1992): the mean over the first tenth of the observed part against
/// that over the last half. Its error comes from independent trajectories or, of few, from blocking
/// the late part. The recommended burn-in is that of the marginal standard error rule (MSER-5;
/// White, Cobb and Spratt 2000): the number d of leading bins whose removal makes
/// Σ_{i>d} (yᵢ − ȳ)²/(n − d)² smallest, for the mean of all trajectories from their start on, in bins of
/// five observations or more (at most 1000 bins).
public struct StationarityCheck: Sendable, Equatable {
  /// The difference of the late and the early mean.
  public let drift: Measured
  /// The difference in standard errors; nil where there is no error.
  public let score: Double?
  /// The probability of a larger score, of either sign, in a stationary series.
  public let pValue: Double?
  /// The burn-in that MSER-5 recommends, as a time from the start of the trajectories.
  public let recommendedBurnIn: Double
  /// Whether the recommendation lies in the first half of the trajectories; if not they are too
  /// short to tell.
  public let isBurnInConclusive: Bool

  init(drift: Measured, bins: [(count: Double, sum: Double)], binTime: Double) {
    self.drift = drift
    if let error = drift.standardError, error > 0 {
      let score = drift.value / error
      self.score = score
      pValue = 2 * SpecialFunctions.normalUpperTail(score.magnitude)
    } else {
      score = nil
      pValue = nil
    }
    let means = bins.prefix { $0.count > 0 }.map { $0.sum / $0.count }
    let best = StationarityCheck.truncation(means)
    recommendedBurnIn = Double(best) * binTime
    isBurnInConclusive = means.count >= 10 && best < means.count / 2
  }

  /// How many leading values to leave out, at most half of them.
  private static func truncation(_ values: [Double]) -> Int {
    let n = values.count
    guard n >= 2 else { return 0 }
    // Counted from a value among them, so that the squares keep their digits.
    let origin = values[n - 1]
    var sum = 0.0
    var squares = 0.0
    var best = (index: 0, error: Double.infinity)
    for d in stride(from: n - 1, through: 0, by: -1) {
      let value = values[d] - origin
      sum += value
      squares += value * value
      let count = Double(n - d)
      let error = max(0, squares - sum * sum / count) / (count * count)
      if d <= n / 2, error <= best.error { best = (d, error) }
    }
    return best.index
  }
}

/// Sums of eight series over bins of equal length.
final class BinMeter {
  let width: Int
  private var sums: [Lanes]
  private var counts: [Int]

  /// - Parameter observations: The length of the series.
  init(observations: Int) {
    width = max(5, (observations + 999) / 1000)
    let bins = (observations + width - 1) / width
    sums = [Lanes](repeating: Lanes(0.0), count: bins)
    counts = [Int](repeating: 0, count: bins)
  }

  func observe(_ value: Lanes, index: Int) {
    let bin = index / width
    sums[bin] = sums[bin] + value
    counts[bin] += 1
  }

  /// Per bin the number of observations and their sum.
  func sums(lane: Int) -> [Double] {
    sums.indices.flatMap { [Double(counts[$0]), sums[$0][lane]] }
  }
}

extension BinMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    // Bins are filled in their order: of the later ones there is nothing yet.
    let used = counts.prefix { $0 > 0 }.count
    writer.write(Array(counts[..<used]))
    writer.write(Array(sums[..<used]))
  }

  func restore(from reader: inout StateReader) throws {
    let stored = try reader.integers()
    guard stored.count <= counts.count else { throw DamagedState() }
    counts.replaceSubrange(0..<stored.count, with: stored)
    for bin in stored.indices { sums[bin] = try reader.lanes() }
  }
}
