/// Eight trajectories at a moment, with everything that is needed to go on.
struct OccupancySnapshot: Sendable {
  let trajectories: [TrajectoryState]
  let memories: [ProcessMemory]
  let counts: OccupancyCounts
}

extension OccupancySnapshot: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(trajectories)
    writer.write(memories)
    writer.write(counts)
  }

  init(from reader: inout StateReader) throws {
    trajectories = try reader.values()
    memories = try reader.values()
    counts = try OccupancyCounts(from: &reader)
    guard trajectories.count == TrajectoryBlock.width, memories.count == trajectories.count else {
      throw DamagedState()
    }
  }
}

extension OccupancyCounts: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(states)
    writer.write(correlators)
    writer.write(tallies)
    writer.write(runs)
    writer.write(clocks)
    writer.write(byGroup: finished)
    writer.write(done)
    writer.write(batch)
    writer.write(moved)
  }

  init(from reader: inout StateReader) throws {
    states = try reader.integers()
    correlators = try reader.values()
    tallies = try reader.values()
    runs = try reader.numbers()
    clocks = try reader.numbers()
    finished = try reader.talliesByGroup()
    done = try reader.integer()
    batch = try reader.integer()
    moved = try reader.word()
  }
}

extension OccupancyPart: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(byGroup: tallies)
    writer.write(isBurnIn)
    writer.write(steps)
  }

  init(from reader: inout StateReader) throws {
    tallies = try reader.talliesByGroup()
    isBurnIn = try reader.flag()
    steps = try reader.integer()
  }
}

extension StateWriter {
  fileprivate mutating func write(byGroup tallies: [Int: Tally]) {
    write(tallies.count)
    for (group, tally) in tallies.sorted(by: { $0.key < $1.key }) {
      write(group)
      write(tally)
    }
  }
}

extension StateReader {
  fileprivate mutating func talliesByGroup() throws -> [Int: Tally] {
    var result: [Int: Tally] = [:]
    for _ in 0..<(try integer()) {
      let group = try integer()
      result[group] = try Tally(from: &self)
    }
    return result
  }
}
