import Landscapes

/// The standard error of a mean from blocks of a correlated series (Flyvbjerg and Petersen 1989).
///
/// Means over blocks of 1, 2, 4, … observations scatter as independent numbers do once the blocks are
/// long compared with the correlations. The shortest length b with b³ > 2N(s_b/s₁)⁴ is used, N the
/// number of observations and s_b the error from blocks of b: there the error of the estimate is
/// smallest (Lee, Conduit, Nemec, López Ríos and Drummond 2011, equation 9).
public struct BlockingAnalysis: Sendable, Equatable {
  /// What blocks of one length give.
  public struct Level: Sendable, Equatable {
    /// The number of observations in a block.
    public let blockLength: Int
    /// How many blocks there are, in all trajectories together.
    public let blocks: Int
    /// The standard error of the mean if the blocks were independent.
    public let standardError: Double
    /// The standard error of that, `standardError`/√(2(blocks − 1)).
    public let uncertainty: Double
  }

  /// The levels with at least two blocks, from single observations on.
  public let levels: [Level]
  /// The level that is used; nil where there is none.
  public let chosen: Int?
  /// Whether the blocks became long enough before they became too few.
  public let isConverged: Bool

  /// The standard error of the mean.
  public var standardError: Double? { chosen.map { levels[$0].standardError } }

  /// - Parameter sums: Per level the number of blocks, the sum of their means and that of their
  ///   squares.
  init(sums: [Double]) {
    var levels: [Level] = []
    for k in 0..<sums.count / 3 {
      let n = sums[3 * k]
      guard n >= 2 else { break }
      let mean = sums[3 * k + 1] / n
      let variance = max(0, sums[3 * k + 2] / n - mean * mean) / (n - 1)
      let error = variance.squareRoot()
      levels.append(
        Level(
          blockLength: 1 << k, blocks: Int(n), standardError: error,
          uncertainty: error / (2 * (n - 1)).squareRoot()))
    }
    self.levels = levels
    let optimal = levels.firstIndex { level in
      let ratio = level.standardError / levels[0].standardError
      let length = Double(level.blockLength)
      let observations = 2 * Double(levels[0].blocks)
      // A constant has no error at any level.
      return !(length * length * length <= observations * ratio * ratio * ratio * ratio)
    }
    isConverged = optimal.map { levels[$0].blocks >= 8 } ?? false
    chosen = optimal ?? levels.lastIndex { $0.blocks >= 8 } ?? levels.indices.last
  }
}

/// Means over blocks of doubling length of eight series, in memory that grows with the logarithm of
/// their length.
final class BlockingMeter {
  private var pending: [Lanes] = []
  private var isPending: [Bool] = []
  private var counts: [Int] = []
  private var sums: [Lanes] = []
  private var squares: [Lanes] = []

  func observe(_ value: Lanes) {
    var mean = value
    var level = 0
    while true {
      if level == counts.count { grow() }
      counts[level] += 1
      sums[level] = sums[level] + mean
      squares[level] = squares[level] + mean * mean
      guard isPending[level] else {
        pending[level] = mean
        isPending[level] = true
        return
      }
      isPending[level] = false
      mean = Lanes(0.5) * (pending[level] + mean)
      level += 1
    }
  }

  private func grow() {
    pending.append(Lanes(0.0))
    isPending.append(false)
    counts.append(0)
    sums.append(Lanes(0.0))
    squares.append(Lanes(0.0))
  }

  /// Per level the number of blocks, the sum of their means and that of their squares.
  func sums(lane: Int) -> [Double] {
    counts.indices.flatMap { [Double(counts[$0]), sums[$0][lane], squares[$0][lane]] }
  }
}

/// Adds sums of which the longer ones have more levels.
func addLevels(_ sums: [Double], to total: inout [Double]) {
  if sums.count > total.count {
    total += [Double](repeating: 0, count: sums.count - total.count)
  }
  for i in sums.indices { total[i] += sums[i] }
}

extension BlockingMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(counts)
    for level in counts.indices {
      writer.write(isPending[level])
      writer.write([pending[level], sums[level], squares[level]])
    }
  }

  func restore(from reader: inout StateReader) throws {
    let stored = try reader.integers()
    while counts.count < stored.count { grow() }
    counts = stored
    for level in counts.indices {
      isPending[level] = try reader.flag()
      pending[level] = try reader.lanes()
      sums[level] = try reader.lanes()
      squares[level] = try reader.lanes()
    }
  }
}
