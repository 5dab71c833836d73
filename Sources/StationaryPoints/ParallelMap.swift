import Glibc
import Synchronization

/// Computes a function of 0, 1, … on several threads; the results come back in order.
///
/// The threads are the system's own: the pools behind structured concurrency may already be full
/// with the caller, who waits here.
///
/// - Parameters:
///   - count: How many values.
///   - threads: How many threads; 0 for all processors.
///   - body: The function. What it returns must not depend on the other calls.
/// - Returns: The values in the order of their arguments.
func parallelMap<Value: Sendable>(
  count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Value
) -> [Value] {
  let available = threads > 0 ? threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  let workers = min(available, count)
  guard workers > 1 else { return (0..<count).map(body) }
  let pool = WorkerPool(count: count, body)
  let others = (1..<workers).compactMap { _ in startThread { pool.work() } }
  pool.work()
  for thread in others { pthread_join(thread, nil) }
  return pool.values
}

/// Work that several threads share.
private final class WorkerPool<Value: Sendable>: Sendable {
  private let count: Int
  private let body: @Sendable (Int) -> Value
  private let next = Atomic<Int>(0)
  private let gathered = Mutex<[(Int, Value)]>([])

  init(count: Int, _ body: @escaping @Sendable (Int) -> Value) {
    self.count = count
    self.body = body
  }

  /// Computes values until none is left.
  func work() {
    var own: [(Int, Value)] = []
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { break }
      own.append((index, body(index)))
    }
    gathered.withLock { $0 += own }
  }

  /// The values in order, once all threads have ended.
  var values: [Value] { gathered.withLock { $0 }.sorted { $0.0 < $1.0 }.map(\.1) }
}

/// Carries a closure to a new thread.
private final class Errand: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread with a stack as large as the main one's; nil where the system has none left.
private func startThread(_ run: @escaping @Sendable () -> Void) -> pthread_t? {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, 8 << 20)
  var thread = pthread_t()
  let errand = Unmanaged.passRetained(Errand(run))
  let code = pthread_create(
    &thread, &attributes,
    { pointer in
      if let pointer { Unmanaged<Errand>.fromOpaque(pointer).takeRetainedValue().run() }
      return nil
    }, errand.toOpaque())
  guard code == 0 else {
    errand.release()
    return nil
  }
  return thread
}
