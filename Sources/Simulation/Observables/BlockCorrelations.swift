import Landscapes

/// The lengths of the blocks whose means are correlated: 1, 2, 4, … observations, as long as a
/// trajectory has sixteen of them.
struct BlockGrid: Sendable {
  /// The number of lengths.
  let levels: Int

  /// The correlations of a block reach to the seventh after it.
  static var reach: Int { 7 }

  /// - Parameter observations: The length of a trajectory.
  init(observations: Int) {
    var levels = 1
    while 16 << levels <= observations { levels += 1 }
    self.levels = levels
  }
}

/// Products of the means of blocks of eight series with those of the blocks before, for blocks of
/// every length of a grid, in memory that grows with the logarithm of the longest.
///
/// The sum of the covariances of blocks, b Σⱼ Cov(B₀, Bⱼ), weighs the covariance at every single lag
/// by a hat function around j b; the hats add up to one, so that no oscillation between the lags is
/// missed.
final class BlockCorrelationMeter {
  private let levels: Int
  /// Per level the last eight means.
  private let ring: UnsafeMutablePointer<Lanes>
  private let pending: UnsafeMutablePointer<Lanes>
  private let ticks: UnsafeMutablePointer<Int>
  /// Per level and distance the sums of u + v and u·v over pairs (u, v).
  private let sums: UnsafeMutablePointer<Lanes>
  private let counts: UnsafeMutablePointer<Int>

  private static var slots: Int { BlockGrid.reach + 1 }
  private var sumCount: Int { 2 * levels * Self.slots }

  /// The number of sums of a lane: the pairs and both sums of each level and distance.
  static func width(_ grid: BlockGrid) -> Int { 3 * slots * grid.levels }

  /// Where the sums of a level and distance start.
  static func offset(level: Int, distance: Int) -> Int { 3 * (slots * level + distance) }

  init(grid: BlockGrid) {
    levels = grid.levels
    func lanes(_ count: Int) -> UnsafeMutablePointer<Lanes> {
      let result = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
      result.initialize(repeating: Lanes(0.0), count: count)
      return result
    }
    func numbers(_ count: Int) -> UnsafeMutablePointer<Int> {
      let result = UnsafeMutablePointer<Int>.allocate(capacity: count)
      result.initialize(repeating: 0, count: count)
      return result
    }
    ring = lanes(levels * Self.slots)
    pending = lanes(levels)
    sums = lanes(2 * levels * Self.slots)
    ticks = numbers(levels)
    counts = numbers(levels * Self.slots)
  }

  deinit {
    ring.deallocate()
    pending.deallocate()
    sums.deallocate()
    ticks.deallocate()
    counts.deallocate()
  }

  func observe(_ value: Lanes) {
    var mean = value
    for level in 0..<levels {
      let past = ring + Self.slots * level
      let index = ticks[level]
      ticks[level] = index + 1
      past[index & 7] = mean
      let available = min(index, BlockGrid.reach)
      for distance in 0...available {
        let slot = Self.slots * level + distance
        let earlier = past[(index - distance) & 7]
        sums[2 * slot] = sums[2 * slot] + (earlier + mean)
        sums[2 * slot + 1] = sums[2 * slot + 1] + earlier * mean
        counts[slot] += 1
      }
      guard index & 1 == 1 else {
        pending[level] = mean
        return
      }
      mean = Lanes(0.5) * (pending[level] + mean)
    }
  }

  /// Adds the sums of a lane.
  func collect(lane: Int, into target: inout [Double], at offset: Int) {
    for slot in 0..<Self.slots * levels {
      target[offset + 3 * slot] += Double(counts[slot])
      target[offset + 3 * slot + 1] += sums[2 * slot][lane]
      target[offset + 3 * slot + 2] += sums[2 * slot + 1][lane]
    }
  }

  /// Sets the sums to zero; the past remains for pairs to come.
  func startBatch() {
    for k in 0..<sumCount { sums[k] = Lanes(0.0) }
    for k in 0..<Self.slots * levels { counts[k] = 0 }
  }
}

extension BlockCorrelationMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(ring, count: levels * Self.slots)
    writer.write(pending, count: levels)
    writer.write(sums, count: sumCount)
    writer.write((0..<levels).map { ticks[$0] })
    writer.write((0..<levels * Self.slots).map { counts[$0] })
  }

  func restore(from reader: inout StateReader) throws {
    try reader.read(into: ring, count: levels * Self.slots)
    try reader.read(into: pending, count: levels)
    try reader.read(into: sums, count: sumCount)
    for (k, value) in try reader.integers(count: levels).enumerated() { ticks[k] = value }
    for (k, value) in try reader.integers(count: levels * Self.slots).enumerated() {
      counts[k] = value
    }
  }
}
