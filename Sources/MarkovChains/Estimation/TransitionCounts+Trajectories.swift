extension TransitionCounts {
  /// Which pairs of frames are counted.
  public enum Mode: Sendable, Equatable {
    /// Every pair of frames one lag apart. All data are used, but the counts of a lag above 1
    /// overlap: they are not independent, and intervals from them are too narrow.
    case sliding
    /// Frames 0, lag, 2·lag, … of each piece. Independent, but most pairs are not used.
    case strided
    /// Every pair of frames, each with the weight 1/lag: the estimate of `sliding` with about the
    /// evidence of `strided`.
    case slidingOverLag
    /// Every pair of frames, each row scaled to its number of statistically independent counts.
    ///
    /// For each pair i, j the series a_t ∈ {0, 1} tells for the visits of i, in the order of time,
    /// whether j followed. With its autocorrelation A(k), up to its first k with A(k) ≤ 0, its
    /// c_i visits are worth c_i/g_ij of them, g_ij = 1 + 2 Σ_k (1 − k/N) A(k); the row is scaled by
    /// the mean of 1/g_ij over its counts.
    case effective
  }

  /// What a negative state means.
  public enum UnassignedFrames: Sendable, Equatable {
    /// The trajectory is cut there: no pair spans the gap.
    case cut
    /// The frame has no state but the time goes on: pairs around it count.
    case skip
  }

  /// Counts the transitions of trajectories.
  ///
  /// - Parameters:
  ///   - trajectories: States from 0, frame after frame; a negative number where there is none.
  ///   - lag: The lag in frames.
  ///   - mode: Which pairs of frames count, and how much.
  ///   - unassigned: What a negative state means.
  ///   - stateCount: The number of states; nil for the largest state plus one.
  /// - Throws: `EstimationError` where there is no state at all, for a lag that is not positive or
  ///   longer than every trajectory, and for a state beyond `stateCount`.
  /// - Complexity: O(frames); for `effective` times the lengths of the correlations.
  public init(
    trajectories: [[Int]], lag: Int = 1, mode: Mode = .sliding,
    unassigned: UnassignedFrames = .cut, stateCount: Int? = nil
  ) throws {
    guard lag >= 1 else { throw EstimationError.invalidLag(lag) }
    if let stateCount, stateCount < 1 { throw EstimationError.invalidStateCount(stateCount) }
    let largest = trajectories.reduce(-1) { $1.reduce($0) { max($0, $1) } }
    guard largest >= 0 else { throw EstimationError.noData }
    if let stateCount, largest >= stateCount {
      for (number, trajectory) in trajectories.enumerated() {
        if let frame = trajectory.firstIndex(where: { $0 >= stateCount }) {
          throw EstimationError.stateOutOfRange(
            state: trajectory[frame], stateCount: stateCount, trajectory: number, frame: frame)
        }
      }
    }
    let count = stateCount ?? largest &+ 1
    guard (1...Self.largestStateCount).contains(count) else {
      throw EstimationError.invalidStateCount(count)
    }
    let pieces = trajectories.flatMap { trajectory in
      switch unassigned {
      case .cut: trajectory.split { $0 < 0 }
      case .skip: [trajectory[...]]
      }
    }
    let longest = pieces.reduce(0) { max($0, $1.count) }
    guard longest > lag else { throw EstimationError.lagTooLong(lag: lag, longest: longest) }
    var tally = Tally(stateCount: count)
    let step = mode == .strided ? lag : 1
    for piece in pieces {
      piece.withUnsafeBufferPointer { frames in
        var start = 0
        while start + lag < frames.count {
          if frames[start] >= 0, frames[start + lag] >= 0 {
            tally.add(from: frames[start], to: frames[start + lag])
          }
          start += step
        }
      }
    }
    var table = CountTable(stateCount: count, entries: tally.entries)
    switch mode {
    case .sliding, .strided: break
    case .slidingOverLag:
      table = table.scaledRows([Double](repeating: 1 / Double(lag), count: count))
    case .effective:
      table = table.scaledRows(Self.independentShares(of: table, pieces: pieces, lag: lag))
    }
    self.init(labels: Array(0..<count), lag: lag, table: table)
  }

  /// The share of independent counts in each row.
  private static func independentShares(
    of table: CountTable, pieces: [ArraySlice<Int>], lag: Int
  ) -> [Double] {
    // For each state the states that followed its visits, piece after piece.
    var followers = [[[Int]]](repeating: [], count: table.stateCount)
    for piece in pieces {
      var found: [Int: [Int]] = [:]
      for start in piece.indices.dropLast(lag) where piece[start] >= 0 && piece[start + lag] >= 0 {
        found[piece[start], default: []].append(piece[start + lag])
      }
      for (state, list) in found { followers[state].append(list) }
    }
    return (0..<table.stateCount).map { state in
      var weighted = 0.0
      var total = 0.0
      table.forEach(from: state) { target, count in
        weighted += count / statisticalInefficiency(of: target, in: followers[state])
        total += count
      }
      return total > 0 ? weighted / total : 0
    }
  }

  /// g = 1 + 2 Σ_k (1 − k/N) A(k) of the indicator of one state.
  private static func statisticalInefficiency(of target: Int, in lists: [[Int]]) -> Double {
    let total = Double(lists.reduce(0) { $0 + $1.count })
    let hits = Double(lists.reduce(0) { $0 + $1.count { $0 == target } })
    let mean = hits / total
    let variance = mean * (1 - mean)
    let longest = lists.reduce(0) { max($0, $1.count) }
    guard variance > 0 else { return 1 }
    var sum = 0.0
    for k in 1..<max(longest, 1) {
      var covariance = 0.0
      var pairs = 0
      for list in lists where list.count > k {
        pairs += list.count - k
        for t in 0..<list.count - k {
          covariance +=
            ((list[t] == target ? 1 : 0) - mean) * ((list[t + k] == target ? 1 : 0) - mean)
        }
      }
      let correlation = covariance / Double(pairs) / variance
      guard correlation > 0 else { break }
      sum += correlation * (1 - Double(k) / Double(longest))
    }
    return 1 + 2 * sum
  }
}

/// Numbers of pairs, in a table while it is small.
private struct Tally {
  private let stateCount: Int
  private var dense: [Int]
  private var sparse: [Int: Int] = [:]

  init(stateCount: Int) {
    self.stateCount = stateCount
    dense = stateCount <= 1024 ? [Int](repeating: 0, count: stateCount * stateCount) : []
  }

  @inline(__always)
  mutating func add(from: Int, to: Int) {
    let key = from * stateCount + to
    if dense.isEmpty { sparse[key, default: 0] += 1 } else { dense[key] += 1 }
  }

  var entries: [(from: Int, to: Int, value: Double)] {
    let pairs =
      dense.isEmpty
      ? sparse.map { ($0.key, $0.value) } : dense.enumerated().map { ($0.offset, $0.element) }
    return pairs.filter { $0.1 > 0 }.map { ($0.0 / stateCount, $0.0 % stateCount, Double($0.1)) }
  }
}
