import Synchronization

/// How far a run is.
public struct RunProgress: Sendable, Equatable {
  /// The share of the work that is done, from 0 to 1.
  public let share: Double
  /// The time that the rest will take at the speed of the present part of the run, without what
  /// was taken over from a checkpoint; nil as long as that speed is not known.
  public let timeLeft: Duration?

  /// Describes a state of progress.
  ///
  /// - Parameters:
  ///   - share: The share of the work that is done.
  ///   - timeLeft: The time that the rest will take, or nil.
  public init(share: Double, timeLeft: Duration?) {
    self.share = share
    self.timeLeft = timeLeft
  }
}

/// What a running ensemble asks and tells: whether to stop, and how far it is.
final class RunControl: Sendable {
  private struct Reference {
    var lastReport: ContinuousClock.Instant?
    /// When the present part of the run began, and what was done by then.
    var start = ContinuousClock.now
    var done = 0
  }

  private let cancellation: @Sendable () -> Bool
  private let progress: (@Sendable (RunProgress) -> Void)?
  private let total: Double
  private let done = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let reference = Mutex(Reference())

  /// - Parameters:
  ///   - total: The units of work.
  ///   - progress: Told how far the work is, at most ten times a second.
  ///   - cancellation: Asked often whether to stop.
  init(
    total: Int, progress: (@Sendable (RunProgress) -> Void)?,
    cancellation: @escaping @Sendable () -> Bool
  ) {
    self.total = Double(max(total, 1))
    self.progress = progress
    self.cancellation = cancellation
  }

  /// Whether the run was stopped.
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Starts a part of the run, whose units may take another time than those before.
  ///
  /// - Parameter units: What an earlier run did of it.
  func beginPart(alreadyDone units: Int) {
    let now = done.add(units, ordering: .relaxed).newValue
    reference.withLock { $0 = Reference(lastReport: $0.lastReport, done: now) }
  }

  /// Adds finished work.
  ///
  /// - Parameter units: Work done since the last call.
  /// - Returns: Whether to go on.
  func proceed(_ units: Int) -> Bool {
    let now = done.add(units, ordering: .relaxed).newValue
    if let progress, let report = dueReport(now) { progress(report) }
    if isStopped { return false }
    if cancellation() || Task.isCancelled {
      stopped.store(true, ordering: .relaxed)
      return false
    }
    return true
  }

  private func dueReport(_ now: Int) -> RunProgress? {
    reference.withLock { reference in
      let instant = ContinuousClock.now
      if let previous = reference.lastReport, instant - previous < .milliseconds(100) {
        return nil
      }
      reference.lastReport = instant
      let share = min(1, Double(now) / total)
      let new = now - reference.done
      let elapsed = instant - reference.start
      // The first moments say little about the speed.
      guard new > 0, elapsed >= .milliseconds(200) else {
        return RunProgress(share: share, timeLeft: nil)
      }
      return RunProgress(
        share: share, timeLeft: elapsed * (max(0, total - Double(now)) / Double(new)))
    }
  }

  /// Reports the end.
  func finish() { if !isStopped { progress?(RunProgress(share: 1, timeLeft: .zero)) } }
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
