/// Where and with which random numbers a stretch of a trajectory starts.
struct ExcursionStart: Sendable, Equatable {
  var position: [Double]
  /// What the process remembers; nil for a fresh start.
  var memory: ProcessMemory?
  /// The time since the trajectory left the source.
  var elapsed: Double
  /// The random stream of what follows.
  var stream: UInt64
}

/// How an excursion ended.
enum ExcursionEnd: Int, Sendable {
  /// In the source, or in a third set.
  case source
  case target
  /// ξ passed the level at which it was to stop.
  case level
  /// The limit of steps came first.
  case abandoned
  /// The state was no longer finite.
  case diverged
}

/// A stretch of a trajectory that is to be simulated until it reaches a set.
struct ExcursionJob: Sendable {
  /// Where to go on from an earlier excursion.
  struct Branch: Sendable {
    /// The earlier one is followed until ξ is above this.
    var level: Double
    /// The random stream from there.
    var stream: UInt64
  }
  /// Where it starts, or where the excursion started that it branches from.
  var start: ExcursionStart
  /// nil: it goes on from the start itself.
  var branch: Branch?
  /// It ends where ξ is above this.
  var stopLevel = Double.infinity
  /// Whether the last state is wanted.
  var keepsEnd = false
}

/// What became of an excursion.
struct Excursion: Sendable {
  /// Where its own random numbers start.
  var start: ExcursionStart
  /// ξ there.
  var startCoordinate: Double
  var end: ExcursionEnd
  /// The largest ξ before it ended, that of the start included.
  var maximum: Double
  /// The time from the start.
  var duration: Double
  /// The steps that it took to simulate.
  var steps: Int
  /// The last state, where it was wanted.
  var final: ExcursionStart?
}

extension RareEvent {
  /// Where a way ends that does not reach the target.
  private var end: StateRegion { elsewhere.map { source.union($0) } ?? source }

  /// Simulates excursions, eight at a time on each task. What comes out depends on the jobs only.
  ///
  /// - Parameters:
  ///   - jobs: What to simulate.
  ///   - isOut: Whether the excursions are ways out of the source, which it does not end; third
  ///     sets end all of them.
  ///   - settings: Seed, tasks and limit of steps.
  ///   - observer: Who may stop it, and keeps what is done.
  /// - Returns: The excursions in the order of the jobs; nil when stopped.
  func simulate(
    _ jobs: [ExcursionJob], isOut: Bool = false, settings: RareEventSettings,
    observer: RareEventObserver
  ) async -> [Excursion]? {
    let control = observer.control
    guard control.proceed(0) else { return nil }
    let width = TrajectoryBlock.width
    let done = observer.keeper?.begin(jobs) ?? [:]
    let open = done.isEmpty ? Array(jobs.indices) : jobs.indices.filter { done[$0] == nil }
    let tasks = max(1, min(settings.taskCount, (open.count + width - 1) / width))
    let counter = SharedCounter()
    @Sendable func share() -> [(index: Int, excursion: Excursion)] {
      var runner = ExcursionRunner(
        self, jobs: jobs, open: open, ends: isOut ? elsewhere : end, seed: settings.seed,
        stepLimit: settings.stepLimit)
      return runner.run(counter: counter, control: control, keeper: observer.keeper)
    }
    let parts =
      tasks == 1 ? [share()] : await concurrentMap(count: tasks, threads: tasks) { _ in share() }
    let all = parts.flatMap { $0 } + done.map { (index: $0.key, excursion: $0.value) }
    observer.keeper?.add(all, isStopped: control.isStopped)
    if control.isStopped { return nil }
    return all.sorted { $0.index < $1.index }.map(\.excursion)
  }
}

extension ExcursionStart: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(position)
    writer.write(memory)
    writer.write(elapsed)
    writer.write(stream)
  }

  init(from reader: inout StateReader) throws {
    position = try reader.numbers()
    memory = try reader.optional()
    elapsed = try reader.number()
    stream = try reader.word()
  }
}
