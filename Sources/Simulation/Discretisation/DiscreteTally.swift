/// What is counted of discrete trajectories. Only whole numbers, so that tallies can be added in any
/// order. A pair of states is one number, from · span + to.
struct DiscreteTally: Sendable, Equatable {
  /// Frames after which each state was left or stayed in: multiples of the time of a frame.
  var residence: [Int: Int] = [:]
  /// Pairs of different states in frames that follow each other.
  var jumps: [Int: Int] = [:]
  /// All pairs of frames each lag apart.
  var sliding: [[Int: Int]]
  /// Pairs of the frames 0, lag, 2·lag, …
  var strided: [[Int: Int]]
  /// Frames without a state.
  var unassigned = 0
  /// Trajectories that left the domain.
  var leftDomain = 0
  /// Trajectories that were no longer finite.
  var diverged = 0

  init(lags: Int) {
    sliding = Array(repeating: [:], count: lags)
    strided = sliding
  }

  mutating func add(_ other: DiscreteTally) {
    residence.merge(other.residence, uniquingKeysWith: +)
    jumps.merge(other.jumps, uniquingKeysWith: +)
    for k in sliding.indices {
      sliding[k].merge(other.sliding[k], uniquingKeysWith: +)
      strided[k].merge(other.strided[k], uniquingKeysWith: +)
    }
    unassigned += other.unassigned
    leftDomain += other.leftDomain
    diverged += other.diverged
  }

  var isEmpty: Bool { residence.isEmpty && unassigned == 0 }
}

/// Counts the transitions of one trajectory, frame after frame, in memory that does not grow with
/// its length.
struct TransitionCounter {
  private let span: Int
  private let lags: [Int]
  /// The last states, as many as the longest lag.
  private var ring: [Int32]
  private var place = 0
  /// Frames since the first, or since the last without a state.
  private var age = 0
  private var previous = -1
  /// Frames of the same state, and of the same pair at each lag, are counted together.
  private var stay = 0
  private var runKey: [Int]
  private var runLength: [Int]

  init(span: Int, lags: [Int]) {
    self.span = span
    self.lags = lags
    ring = [Int32](repeating: -1, count: lags.max() ?? 0)
    runKey = [Int](repeating: -1, count: lags.count)
    runLength = [Int](repeating: 0, count: lags.count)
  }

  /// The next frame.
  ///
  /// - Parameters:
  ///   - state: Its state; −1 for none, where the trajectory is cut.
  ///   - tally: Receives what is complete.
  mutating func observe(_ state: Int, into tally: inout DiscreteTally) {
    if previous >= 0 {
      stay += 1
      if state != previous {
        tally.residence[previous, default: 0] += stay
        stay = 0
        if state >= 0 { tally.jumps[previous * span + state, default: 0] += 1 }
      }
    }
    previous = state
    guard state >= 0 else {
      tally.unassigned += 1
      age = 0
      place = 0
      return
    }
    guard !ring.isEmpty else { return }
    for k in lags.indices where age >= lags[k] {
      var index = place - lags[k]
      if index < 0 { index += ring.count }
      let key = Int(ring[index]) * span + state
      if key != runKey[k] {
        if runLength[k] > 0 { tally.sliding[k][runKey[k], default: 0] += runLength[k] }
        runKey[k] = key
        runLength[k] = 0
      }
      runLength[k] += 1
      if lags[k] == 1 || age % lags[k] == 0 { tally.strided[k][key, default: 0] += 1 }
    }
    ring[place] = Int32(truncatingIfNeeded: state)
    place += 1
    if place == ring.count { place = 0 }
    age += 1
  }

  /// Moves what is not complete into the tally, which ends a batch.
  mutating func flush(into tally: inout DiscreteTally) {
    if stay > 0 {
      tally.residence[previous, default: 0] += stay
      stay = 0
    }
    for k in runLength.indices where runLength[k] > 0 {
      tally.sliding[k][runKey[k], default: 0] += runLength[k]
      runLength[k] = 0
    }
  }
}

extension DiscreteTally: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(residence)
    writer.write(jumps)
    writer.write(sliding.count)
    for k in sliding.indices {
      writer.write(sliding[k])
      writer.write(strided[k])
    }
    writer.write([unassigned, leftDomain, diverged])
  }

  init(from reader: inout StateReader) throws {
    residence = try reader.counts()
    jumps = try reader.counts()
    sliding = []
    strided = []
    for _ in 0..<(try reader.integer()) {
      sliding.append(try reader.counts())
      strided.append(try reader.counts())
    }
    let numbers = try reader.integers(count: 3)
    (unassigned, leftDomain, diverged) = (numbers[0], numbers[1], numbers[2])
  }
}

extension TransitionCounter: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(span)
    writer.write(lags)
    // Only the last states since the trajectory was cut are looked at again, the oldest first.
    let kept = min(age, ring.count)
    writer.write(
      runs: (0..<kept).lazy.map { Int(ring[(place + ring.count - kept + $0) % ring.count]) })
    writer.write([age, previous, stay])
    writer.write(runKey)
    writer.write(runLength)
  }

  init(from reader: inout StateReader) throws {
    span = try reader.integer()
    lags = try reader.integers()
    let size = lags.max() ?? 0
    guard (0...DiscreteTrajectorySettings.longestLag).contains(size) else {
      throw DamagedState()
    }
    let kept = try reader.runs(limit: size)
    ring = [Int32](repeating: -1, count: size)
    for (k, state) in kept.enumerated() { ring[k] = Int32(truncatingIfNeeded: state) }
    place = kept.count == size ? 0 : kept.count
    let numbers = try reader.integers(count: 3)
    (age, previous, stay) = (numbers[0], numbers[1], numbers[2])
    runKey = try reader.integers(count: lags.count)
    runLength = try reader.integers(count: lags.count)
  }
}
