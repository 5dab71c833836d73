import Synchronization

/// An escape that is not over yet, with everything that is needed to go on.
struct UnfinishedEscape: Sendable {
  let index: Int
  let trajectory: TrajectoryState
  let memory: ProcessMemory
  /// What the watcher of the boundary remembers of it.
  let boundary: [Double]
  /// The way since the last visit to the core set, where it is kept.
  let path: ExcursionPath?
}

/// What a checkpoint holds of an escape.
enum StoredEscape: Sendable {
  case finished(ExitRecord)
  case unfinished(UnfinishedEscape)
}

extension StoredEscape: StateCodable {
  func write(to writer: inout StateWriter) {
    switch self {
    case .finished(let record):
      writer.write(true)
      writer.write(record)
    case .unfinished(let escape):
      writer.write(false)
      writer.write(escape.index)
      writer.write(escape.trajectory)
      writer.write(escape.memory)
      writer.write(escape.boundary)
      writer.write(escape.path != nil)
      if let path = escape.path { writer.write(path) }
    }
  }

  init(from reader: inout StateReader) throws {
    if try reader.flag() {
      self = .finished(try ExitRecord(from: &reader))
      return
    }
    self = .unfinished(
      UnfinishedEscape(
        index: try reader.integer(), trajectory: try TrajectoryState(from: &reader),
        memory: try ProcessMemory(from: &reader), boundary: try reader.numbers(),
        path: try reader.flag() ? ExcursionPath(from: &reader) : nil))
  }
}

/// The escapes from one minimum that are still to be watched: first those that an earlier run left
/// unfinished, then new ones.
final class EscapeQueue: Sendable {
  enum Item {
    case new(index: Int)
    case unfinished(UnfinishedEscape)
  }

  private struct Waiting {
    var unfinished: [UnfinishedEscape]
    var nextIndex = 0
  }

  /// The escapes that an earlier run saw to their end.
  let finished: [ExitRecord]
  private let count: Int
  private let known: Set<Int>
  private let waiting: Mutex<Waiting>

  /// - Parameters:
  ///   - count: How many escapes are watched.
  ///   - stored: What an earlier run left.
  init(count: Int, _ stored: [StoredEscape]) {
    self.count = count
    var finished: [ExitRecord] = []
    var unfinished: [UnfinishedEscape] = []
    for escape in stored {
      switch escape {
      case .finished(let record): finished.append(record)
      case .unfinished(let escape): unfinished.append(escape)
      }
    }
    self.finished = finished
    known = Set(finished.map(\.index) + unfinished.map(\.index))
    waiting = Mutex(Waiting(unfinished: unfinished))
  }

  /// The next one; nil where none is left.
  func next() -> Item? {
    waiting.withLock { waiting in
      if let escape = waiting.unfinished.popLast() { return .unfinished(escape) }
      while known.contains(waiting.nextIndex) { waiting.nextIndex += 1 }
      guard waiting.nextIndex < count else { return nil }
      defer { waiting.nextIndex += 1 }
      return .new(index: waiting.nextIndex)
    }
  }
}
