/// What is counted of the states of a milestoned trajectory.
///
/// For processes whose steps all take the same time there are only whole numbers in it, so that
/// tallies can be added in any order; for others the order is that of the trajectories.
struct Tally: Sendable {
  /// Time by the last core set visited: a number of observations, or the time on the clock of a
  /// process that keeps one.
  var residence: [Double]
  /// Transitions, by from · states + to.
  var transitions: [Int: Int] = [:]
  /// Frames by the minimum that they descend to, weighted with the time that an observation takes
  /// there where a clock is kept; the last entry counts those that reach none.
  var frames: [Double]
  /// Positions by cell of the histogram.
  var histogram: [Int]
  /// Pairs of states a lag apart; entry 2·level + 0 for the lag 4·2^level, + 1 for 8·2^level.
  var pairs: [[Int: Int]]
  /// Trajectories that left the domain.
  var leftDomain = 0
  /// Trajectories that were no longer finite.
  var diverged = 0

  init(states: Int, cells: Int, levels: Int) {
    residence = [Double](repeating: 0, count: states)
    frames = [Double](repeating: 0, count: states + 1)
    histogram = [Int](repeating: 0, count: cells)
    pairs = Array(repeating: [:], count: 2 * levels)
  }

  /// Adds another tally, or takes it away with the sign −1.
  mutating func add(_ other: Tally, sign: Int = 1) {
    for i in residence.indices { residence[i] += Double(sign) * other.residence[i] }
    for (key, value) in other.transitions { transitions[key, default: 0] += sign * value }
    for i in frames.indices { frames[i] += Double(sign) * other.frames[i] }
    for i in histogram.indices { histogram[i] += sign * other.histogram[i] }
    for i in pairs.indices {
      for (key, value) in other.pairs[i] { pairs[i][key, default: 0] += sign * value }
    }
    leftDomain += sign * other.leftDomain
    diverged += sign * other.diverged
  }

  var isEmpty: Bool { residence.allSatisfy { $0 == 0 } }

  /// Forgets everything but the trajectories that were lost.
  mutating func forgetObservations() {
    for i in residence.indices { residence[i] = 0 }
    transitions = [:]
    for i in frames.indices { frames[i] = 0 }
    for i in histogram.indices { histogram[i] = 0 }
    for i in pairs.indices { pairs[i] = [:] }
  }
}

extension Tally: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(residence)
    writer.write(transitions)
    writer.write(frames)
    writer.write(histogram)
    writer.write(pairs.count)
    for counts in pairs { writer.write(counts) }
    writer.write(leftDomain)
    writer.write(diverged)
  }

  init(from reader: inout StateReader) throws {
    residence = try reader.numbers()
    transitions = try reader.counts()
    frames = try reader.numbers()
    histogram = try reader.integers()
    pairs = []
    for _ in 0..<(try reader.integer()) { pairs.append(try reader.counts()) }
    leftDomain = try reader.integer()
    diverged = try reader.integer()
  }
}

/// Counts pairs of states at lags that double from level to level, in bounded memory whatever the
/// length of the trajectory.
///
/// Level k looks at every 2^k-th observation and pairs it with those 4 and 8 looks ago.
struct LagCorrelator: Sendable {
  private let states: Int
  private let levels: Int
  private var ring: [Int]
  private var filled: [Int]
  private var tick = 0
  /// Runs of the same pair are counted before they go into the tally.
  private var runKey: [Int]
  private var runLength: [Int]

  init(states: Int, levels: Int) {
    self.states = states
    self.levels = levels
    ring = [Int](repeating: 0, count: 8 * levels)
    filled = [Int](repeating: 0, count: levels)
    runKey = [Int](repeating: 0, count: 2 * levels)
    runLength = [Int](repeating: 0, count: 2 * levels)
  }

  /// Forgets the past, after a trajectory was put elsewhere.
  mutating func reset() {
    for i in filled.indices { filled[i] = 0 }
    tick = 0
  }

  /// Forgets the past and what was counted of it.
  mutating func clear() {
    reset()
    for i in runLength.indices { runLength[i] = 0 }
  }

  mutating func observe(_ state: Int, into tally: inout Tally) {
    var level = 0
    var index = tick
    tick += 1
    while level < levels {
      let base = 8 * level
      if filled[level] >= 4 {
        count(ring[base + (index + 4) & 7], state, at: 2 * level, into: &tally)
      }
      if filled[level] >= 8 {
        count(ring[base + index & 7], state, at: 2 * level + 1, into: &tally)
      }
      ring[base + index & 7] = state
      filled[level] += 1
      guard index & 1 == 0 else { return }
      index >>= 1
      level += 1
    }
  }

  /// Moves the counts of unfinished runs into the tally.
  mutating func flush(into tally: inout Tally) {
    for slot in runLength.indices where runLength[slot] > 0 {
      tally.pairs[slot][runKey[slot], default: 0] += runLength[slot]
      runLength[slot] = 0
    }
  }

  private mutating func count(_ from: Int, _ to: Int, at slot: Int, into tally: inout Tally) {
    let key = from * states + to
    if runKey[slot] != key {
      if runLength[slot] > 0 { tally.pairs[slot][runKey[slot], default: 0] += runLength[slot] }
      runKey[slot] = key
      runLength[slot] = 0
    }
    runLength[slot] += 1
  }
}

extension LagCorrelator: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(states)
    writer.write(levels)
    writer.write(ring)
    writer.write(filled)
    writer.write(tick)
    writer.write(runKey)
    writer.write(runLength)
  }

  init(from reader: inout StateReader) throws {
    states = try reader.integer()
    levels = try reader.integer()
    ring = try reader.integers()
    filled = try reader.integers()
    tick = try reader.integer()
    runKey = try reader.integers()
    runLength = try reader.integers()
  }
}

/// The delete-one jackknife over groups.
///
/// - Parameters:
///   - groups: The groups; empty ones are left out.
///   - areBatches: Whether neighbouring groups are stretches of the same trajectory. Their
///     correlation is then met by blocking (Flyvbjerg and Petersen 1989): neighbours are merged, down
///     to eight groups, and the largest of the standard errors is taken.
///   - estimate: The estimator of a total; nil where it has no value.
/// - Returns: The estimate from everything, and its standard error where all estimates without
///   one group exist and there are at least two groups.
func jackknife(
  _ groups: [Tally], areBatches: Bool, _ estimate: (Tally) -> [Double]?
) -> (values: [Double], standardErrors: [Double]?)? {
  var used = groups.filter { !$0.isEmpty }
  guard var total = used.first else { return nil }
  for group in used.dropFirst() { total.add(group) }
  guard let values = estimate(total) else { return nil }
  var errors: [Double]?
  while used.count >= 2 {
    guard let level = standardErrors(used, total, estimate) else { break }
    errors = errors.map { zip($0, level).map(max) } ?? level
    guard areBatches, used.count >= 16 else { break }
    used = stride(from: 0, to: used.count, by: 2).map { k in
      var pair = used[k]
      if k + 1 < used.count { pair.add(used[k + 1]) }
      return pair
    }
  }
  return (values, errors)
}

private func standardErrors(
  _ groups: [Tally], _ total: Tally, _ estimate: (Tally) -> [Double]?
) -> [Double]? {
  var partial: [[Double]] = []
  for group in groups {
    var rest = total
    rest.add(group, sign: -1)
    guard let value = estimate(rest) else { return nil }
    partial.append(value)
  }
  let n = Double(groups.count)
  return partial[0].indices.map { i in
    let mean = partial.reduce(0) { $0 + $1[i] } / n
    let squares = partial.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) }
    return ((n - 1) / n * squares).squareRoot()
  }
}
