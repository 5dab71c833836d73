import Landscapes
import LinearAlgebra

/// Something that is made for a run and then goes on from what a checkpoint holds, exact to the bit.
protocol StateRestorable {
  /// Writes what has changed since it was made.
  func write(to writer: inout StateWriter)
  /// Reads what `write(to:)` wrote.
  mutating func restore(from reader: inout StateReader) throws
}

extension StateWriter {
  mutating func write(_ value: Lanes) {
    for lane in 0..<Lanes.count { write(value[lane]) }
  }

  mutating func write(_ values: [Lanes]) {
    for value in values { write(value) }
  }

  mutating func write(_ values: UnsafePointer<Lanes>, count: Int) {
    for k in 0..<count { write(values[k]) }
  }

  mutating func write(_ value: Double?) {
    write(value != nil)
    if let value { write(value) }
  }

  mutating func write(_ value: (some StateCodable)?) {
    write(value != nil)
    if let value { value.write(to: &self) }
  }

  /// Writes two vectors of lanes, or that there are none.
  mutating func write(pair: (Lanes, Lanes)?) {
    write(pair != nil)
    guard let pair else { return }
    write(pair.0)
    write(pair.1)
  }

  /// Writes whole numbers of which many that follow each other are the same.
  mutating func write(runs values: some Sequence<Int>) {
    var runs: [Int] = []
    for value in values {
      if let last = runs.indices.last, runs[last - 1] == value {
        runs[last] += 1
      } else {
        runs += [value, 1]
      }
    }
    write(runs)
  }

  /// The check sum of what was written, in hexadecimal digits.
  var sum: String { String(checkSum(sealed), radix: 16) }
}

extension StateReader {
  mutating func lanes() throws -> Lanes {
    var value = Lanes(0.0)
    for lane in 0..<Lanes.count { value[lane] = try number() }
    return value
  }

  /// Reads into vectors of lanes whose number is known.
  mutating func read(into values: inout [Lanes]) throws {
    for k in values.indices { values[k] = try lanes() }
  }

  mutating func read(into values: UnsafeMutablePointer<Lanes>, count: Int) throws {
    for k in 0..<count { values[k] = try lanes() }
  }

  mutating func optionalNumber() throws -> Double? { try flag() ? try number() : nil }

  mutating func optional<Value: StateCodable>() throws -> Value? {
    try flag() ? try Value(from: &self) : nil
  }

  mutating func pair() throws -> (Lanes, Lanes)? { try flag() ? (try lanes(), try lanes()) : nil }

  /// Reads what `write(runs:)` wrote.
  ///
  /// - Parameter limit: The largest number of values.
  /// - Returns: The values.
  /// - Throws: `DamagedState` where there are more.
  mutating func runs(limit: Int) throws -> [Int] {
    let runs = try integers()
    var result: [Int] = []
    for k in stride(from: 0, to: runs.count - 1, by: 2) {
      guard runs[k + 1] >= 0, runs[k + 1] <= limit - result.count else { throw DamagedState() }
      result += repeatElement(runs[k], count: runs[k + 1])
    }
    return result
  }

  /// Reads numbers whose number is known.
  mutating func numbers(count: Int) throws -> [Double] {
    let result = try numbers()
    guard result.count == count else { throw DamagedState() }
    return result
  }

  /// Reads whole numbers whose number is known.
  mutating func integers(count: Int) throws -> [Int] {
    let result = try integers()
    guard result.count == count else { throw DamagedState() }
    return result
  }
}

extension Mover {
  /// A few steps: other drift, noise, method or data make others, and so does a version of the
  /// package or a machine that rounds in another way.
  ///
  /// - Parameters:
  ///   - starts: Where the lanes start, in turn.
  ///   - basins: The minimum that the noise of each start refers to.
  ///   - seed: The seed.
  /// - Returns: The trajectories after the steps.
  func blockAfterSomeSteps(
    from starts: [[Double]], basins: [Int], seed: UInt64
  ) -> TrajectoryBlock {
    var block = TrajectoryBlock(dimension: dimension)
    for lane in 0..<TrajectoryBlock.width {
      let start = lane % starts.count
      block.place(starts[start], lane: lane, stream: UInt64(lane), basin: basins[start])
    }
    makeStepper(seed: seed).advance(&block, by: 16)
    return block
  }
}

extension StateWriter {
  mutating func write(_ block: TrajectoryBlock) {
    for lane in 0..<TrajectoryBlock.width { write(block.state(lane: lane)) }
  }

  mutating func write(_ cores: CoreSets) {
    for core in cores.sets {
      write(core.center)
      write(core.form.elements)
      write(core.level)
    }
  }
}
