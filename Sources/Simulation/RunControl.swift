import Synchronization

/// What a running ensemble asks and tells: whether to stop, and how far it is.
final class RunControl: Sendable {
  private let cancellation: @Sendable () -> Bool
  private let progress: (@Sendable (Double) -> Void)?
  private let total: Double
  private let done = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let lastReport = Mutex<ContinuousClock.Instant?>(nil)

  /// - Parameters:
  ///   - total: The units of work.
  ///   - progress: Told the share that is done, at most ten times a second.
  ///   - cancellation: Asked often whether to stop.
  init(
    total: Int, progress: (@Sendable (Double) -> Void)?,
    cancellation: @escaping @Sendable () -> Bool
  ) {
    self.total = Double(max(total, 1))
    self.progress = progress
    self.cancellation = cancellation
  }

  /// Whether the run was stopped.
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Adds finished work.
  ///
  /// - Parameter units: Work done since the last call.
  /// - Returns: Whether to go on.
  func proceed(_ units: Int) -> Bool {
    let now = done.add(units, ordering: .relaxed).newValue
    if let progress {
      let due = lastReport.withLock { last in
        let instant = ContinuousClock.now
        if let previous = last, instant - previous < .milliseconds(100) { return false }
        last = instant
        return true
      }
      if due { progress(min(1, Double(now) / total)) }
    }
    if isStopped { return false }
    if cancellation() || Task.isCancelled {
      stopped.store(true, ordering: .relaxed)
      return false
    }
    return true
  }

  /// Reports the end.
  func finish() { if !isStopped { progress?(1) } }
}

/// Computes a function of 0, 1, … on several tasks; the results come back in order.
///
/// - Parameters:
///   - count: How many values.
///   - threads: How many tasks run at a time.
///   - body: The function; worth at least a millisecond.
/// - Returns: The values in the order of their arguments.
func concurrentMap<Value: Sendable>(
  count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Value
) async -> [Value] {
  let next = SharedCounter()
  return await withTaskGroup(of: [(Int, Value)].self) { group in
    for _ in 0..<max(1, min(threads, count)) {
      group.addTask {
        var values: [(Int, Value)] = []
        while let index = next.take(below: count) { values.append((index, body(index))) }
        return values
      }
    }
    var all: [(Int, Value)] = []
    for await values in group { all += values }
    return all.sorted { $0.0 < $1.0 }.map(\.1)
  }
}

/// Hands out 0, 1, 2, … to several tasks.
final class SharedCounter: Sendable {
  private let next = Atomic<Int>(0)

  /// The next number below a limit; nil when there are none left.
  func take(below limit: Int) -> Int? {
    let value = next.add(1, ordering: .relaxed).oldValue
    return value < limit ? value : nil
  }
}
