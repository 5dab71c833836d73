import Synchronization

/// A run's part of a checkpoint store: what was there at the start, and what goes into it.
final class CheckpointSession: Sendable {
  /// The layout of the stored states.
  private static let format = "1"

  private struct Contents {
    /// What an earlier run left.
    var earlier: [String: [UInt8]]
    var pending: [String: [UInt8]] = [:]
    var removed: Set<String> = []
    var lastWrite = ContinuousClock.now
    var failure: String?
  }

  private let checkpoint: Checkpoint
  private let contents: Mutex<Contents>

  /// Opens a run's part of a store.
  ///
  /// - Parameters:
  ///   - checkpoint: The store.
  ///   - fingerprint: Everything that decides the result, by name.
  /// - Throws: `CheckpointError` where the store holds another run or is damaged; what the store
  ///   throws.
  init(_ checkpoint: Checkpoint, fingerprint: [(name: String, value: String)]) throws {
    self.checkpoint = checkpoint
    var earlier: [String: [UInt8]] = [:]
    let prefix = checkpoint.name + "/"
    for (key, value) in try checkpoint.store.values(withPrefix: prefix) {
      earlier[String(key.dropFirst(prefix.count))] = value
    }
    let all: [(name: String, value: String)] = [("format", CheckpointSession.format)] + fingerprint
    if earlier.isEmpty {
      // Written at once, so that a store that cannot be written is known from the start.
      var writer = StateWriter()
      writer.write(all.count)
      for (name, value) in all {
        writer.write(name)
        writer.write(value)
      }
      try checkpoint.store.update([prefix + "fingerprint": writer.sealed], removing: [])
    } else {
      try CheckpointSession.check(
        earlier.removeValue(forKey: "fingerprint"), against: all, store: checkpoint.store.name)
    }
    contents = Mutex(Contents(earlier: earlier))
  }

  private static func check(
    _ bytes: [UInt8]?, against present: [(name: String, value: String)], store: String
  ) throws {
    let damage = CheckpointError.damaged(store: store, key: "fingerprint")
    guard let bytes, var reader = try? StateReader(sealed: bytes) else { throw damage }
    var stored: [(name: String, value: String)] = []
    do {
      for _ in 0..<(try reader.integer()) {
        stored.append((try reader.text(), try reader.text()))
      }
    } catch { throw damage }
    guard let found = stored.first, found.name == "format" else { throw damage }
    guard found.value == format else {
      throw CheckpointError.otherFormat(store: store, stored: found.value, present: format)
    }
    for (name, value) in present {
      let old = stored.first { $0.name == name }?.value ?? "missing"
      guard old == value else {
        let (old, new) = excerpts(old, value)
        throw CheckpointError.otherRun(
          store: store, quantity: name, stored: old, present: new)
      }
    }
  }

  /// Two texts as a message quotes them: of long ones the part where they differ.
  private static func excerpts(_ first: String, _ second: String) -> (String, String) {
    let (a, b) = (Array(first), Array(second))
    guard max(a.count, b.count) > 60 else { return ("\"\(first)\"", "\"\(second)\"") }
    let common = zip(a, b).prefix { $0 == $1 }.count
    let start = max(0, common - 20)
    func excerpt(_ text: [Character]) -> String {
      let end = min(text.count, start + 60)
      guard start < end else { return "\"…\"" }
      return "\"" + (start > 0 ? "…" : "") + String(text[start..<end])
        + (end < text.count ? "…\"" : "\"")
    }
    return (excerpt(a), excerpt(b))
  }

  /// Takes out what an earlier run left.
  ///
  /// - Parameters:
  ///   - prefix: The beginning of the keys.
  ///   - decode: Makes a value of the rest of a key and of what was stored there.
  /// - Returns: The values.
  /// - Throws: `CheckpointError.damaged`.
  func take<Value>(
    _ prefix: String, _ decode: (Substring, inout StateReader) throws -> Value
  ) throws -> [Value] {
    let found = contents.withLock { contents in
      let keys = contents.earlier.keys.filter { $0.hasPrefix(prefix) }.sorted()
      return keys.map { ($0, contents.earlier.removeValue(forKey: $0) ?? []) }
    }
    return try found.map { key, bytes in
      do {
        var reader = try StateReader(sealed: bytes)
        return try decode(key.dropFirst(prefix.count), &reader)
      } catch is DamagedState {
        throw CheckpointError.damaged(store: checkpoint.store.name, key: key)
      }
    }
  }

  /// Whether so much time has passed that unfinished work should be stored.
  func isDue(since last: ContinuousClock.Instant) -> Bool {
    ContinuousClock.now - last >= checkpoint.interval
  }

  /// Stores a value, now or with the next ones.
  ///
  /// - Parameters:
  ///   - key: The key.
  ///   - writer: The value.
  ///   - isUrgent: Whether it and all others that wait are written now.
  func put(_ key: String, _ writer: StateWriter, isUrgent: Bool = false) {
    put([key: writer], isUrgent: isUrgent)
  }

  /// Stores a value, forgets others, and writes everything that waits.
  func put(_ key: String, _ writer: StateWriter, removing removed: [String]) {
    contents.withLock { contents in
      contents.pending[key] = writer.sealed
      for key in removed {
        contents.pending[key] = nil
        contents.removed.insert(key)
      }
      write(&contents)
    }
  }

  /// Stores several values together, now or with the next ones.
  ///
  /// - Parameters:
  ///   - values: The values by key.
  ///   - isUrgent: Whether they and all others that wait are written now.
  func put(_ values: [String: StateWriter], isUrgent: Bool = false) {
    contents.withLock { contents in
      for (key, writer) in values {
        contents.pending[key] = writer.sealed
        contents.removed.remove(key)
      }
      if isUrgent || ContinuousClock.now - contents.lastWrite >= checkpoint.interval {
        write(&contents)
      }
    }
  }

  /// What is thrown where a value is not what it should be.
  func damage(_ key: String) -> CheckpointError {
    .damaged(store: checkpoint.store.name, key: key)
  }

  /// Writes everything that waits.
  func flush() {
    contents.withLock { contents in
      guard !contents.pending.isEmpty || !contents.removed.isEmpty else { return }
      write(&contents)
    }
  }

  /// Why the last snapshot could not be written; nil where it was.
  var failure: String? { contents.withLock { $0.failure } }

  /// A failure ends nothing: the work goes on, and the next snapshot tries again.
  private func write(_ contents: inout Contents) {
    let prefix = checkpoint.name + "/"
    var values: [String: [UInt8]] = [:]
    for (key, value) in contents.pending { values[prefix + key] = value }
    do {
      try checkpoint.store.update(values, removing: contents.removed.map { prefix + $0 })
      contents.pending = [:]
      contents.removed = []
      contents.failure = nil
    } catch {
      contents.failure = "\(error)"
    }
    contents.lastWrite = ContinuousClock.now
  }
}
