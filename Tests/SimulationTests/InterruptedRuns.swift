import Simulation
import Synchronization

/// Goes on with a computation that is killed and stopped in turn, at random moments and on other
/// numbers of threads, until it is left alone.
///
/// - Parameters:
///   - seed: Decides the moments.
///   - interruptions: How often it is interrupted before.
///   - writes: No more snapshots than these are taken before a kill.
///   - questions: No more questions than these are answered before a stop.
///   - body: The computation with a number of threads, a checkpoint, and whether to stop.
/// - Returns: What it gives in the end, and how many interruptions came before its end.
/// - Throws: What the computation throws.
func interrupted<Result>(
  seed: UInt64, interruptions: Int, writes: Int = 8, questions: Int = 10,
  _ body: (Int, Checkpoint, @escaping @Sendable () -> Bool) async throws -> (
    result: Result, isInterrupted: Bool
  )
) async throws -> (result: Result, interruptions: Int) {
  var stream = RandomStream(seed: seed, index: 0)
  var contents: [String: [UInt8]] = [:]
  var count = 0
  for round in 0..<interruptions {
    let isKill = round.isMultiple(of: 2)
    let store = MemoryStore(
      contents, killedAfter: isKill ? Int.random(in: 1...writes, using: &stream) : .max)
    let limit = Int.random(in: 1...questions, using: &stream)
    let asked = Atomic<Int>(0)
    let outcome = try await body(
      1 + round % 3,
      Checkpoint(
        store: store, problem: "a problem", name: "part",
        interval: isKill ? .zero : .seconds(1000))
    ) {
      isKill ? store.isKilled : asked.add(1, ordering: .relaxed).newValue > limit
    }
    contents = store.contents
    if outcome.isInterrupted { count += 1 }
  }
  let end = try await body(
    2, Checkpoint(store: MemoryStore(contents), problem: "a problem", name: "part")
  ) { false }
  return (end.result, count)
}

/// What a computation says to its own checkpoint and to others.
///
/// - Parameter body: The computation.
/// - Returns: The description of the error; nil for none.
func refusal(_ body: () async throws -> Void) async -> CheckpointError? {
  do {
    try await body()
    return nil
  } catch { return error as? CheckpointError }
}

/// The quantity by which the checkpoint of another run is told.
func difference(_ error: CheckpointError?) -> String? {
  guard case .otherRun(_, let quantity, _, _) = error else { return nil }
  return quantity
}

/// Whether every value of a checkpoint is refused where a bit of it is another one.
///
/// - Parameters:
///   - contents: The checkpoint, of the name "part".
///   - body: The computation.
/// - Returns: Whether all are.
func refusesDamage(
  _ contents: [String: [UInt8]], _ body: (Checkpoint) async throws -> Void
) async -> Bool {
  for key in contents.keys {
    var damaged = contents
    damaged[key]?[(contents[key]?.count ?? 0) / 2] ^= 4
    let store = MemoryStore(damaged)
    let found = await refusal {
      try await body(Checkpoint(store: store, problem: "a problem", name: "part"))
    }
    let name = String(key.dropFirst("part/".count))
    guard found == .damaged(store: "in memory", key: name) else { return false }
  }
  return contents.count > 1
}
