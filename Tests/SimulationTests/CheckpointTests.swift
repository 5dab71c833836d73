import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Synchronization
import Testing

/// A store in memory that a run can be killed with: after a number of writes nothing more arrives.
final class MemoryStore: CheckpointStore {
  private let entries: Mutex<[String: [UInt8]]>
  private let left: Mutex<Int>

  init(_ contents: [String: [UInt8]] = [:], killedAfter writes: Int = .max) {
    entries = Mutex(contents)
    left = Mutex(writes)
  }

  var name: String { "in memory" }
  var contents: [String: [UInt8]] { entries.withLock { $0 } }
  var isKilled: Bool { left.withLock { $0 <= 0 } }

  func values(withPrefix prefix: String) -> [String: [UInt8]] {
    entries.withLock { $0.filter { $0.key.hasPrefix(prefix) } }
  }

  func update(_ values: [String: [UInt8]], removing removed: [String]) {
    let arrives = left.withLock {
      $0 -= 1
      return $0 >= 0
    }
    guard arrives else { return }
    entries.withLock {
      for key in removed { $0[key] = nil }
      $0.merge(values) { $1 }
    }
  }
}

/// Descent with momentum and Gaussian noise, which remembers the momentum and half of a pair of
/// normal numbers.
struct MomentumDescent: DiscreteProcess {
  let field: CompiledField
  let timeStep: Double
  let noise: Double
  var dimension: Int { field.dimension }

  func makeScratch() -> [Double] { [Double](repeating: 0, count: dimension) }

  func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout [Double]) {
    let b = field.drift(at: x)
    for i in x.indices {
      scratch[i] = 0.5 * scratch[i] + timeStep * b[i]
      x[i] += scratch[i]
    }
    // One number a step: every second one is the other half of a pair.
    x[0] += noise * stream.nextNormal()
  }

  func memory(of scratch: [Double]) -> [UInt64] { scratch.map(\.bitPattern) }

  func restore(_ memory: [UInt64], in scratch: inout [Double]) {
    for (i, word) in memory.enumerated() { scratch[i] = Double(bitPattern: word) }
  }
}

/// x²/2 − x⁴/4: beyond the saddles at ±1 everything runs away.
struct TrapLandscape: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.5 * x[0].squared() - 0.25 * x[0].squared().squared()
  }
}

/// What is interrupted and gone on with.
enum InterruptedCase: String, CaseIterable {
  case eulerMaruyama, fewTrajectories, heun, leimkuhlerMatthews, matrixNoise, lossNoise, restarts
  case momentum, momentumRestarts, timeChange

  func ensemble(threads: Int) throws -> Ensemble {
    let (field, network) = try tiltedWell()
    var values = try settings(
      trajectories: 21, time: 60, timeStep: 0.01, seed: 7, threads: threads)
    values.exits = 20
    let langevin = try Dynamics.langevin(temperature: 0.2, dimension: 2)
    func integrated(_ method: IntegrationMethod, _ dynamics: Dynamics) throws -> Ensemble {
      try Ensemble(
        mover: StochasticIntegrator(
          field: field, dynamics: dynamics, timeStep: values.timeStep, method: method,
          anchors: network.basinAnchors),
        field: field, network: network, settings: values)
    }
    func trap() throws -> (CompiledField, StationaryNetwork) {
      let field = CompiledField(TrapLandscape())
      let points = try trapNetwork(field)
      return (field, points)
    }
    switch self {
    case .eulerMaruyama:
      values.histogram = try HistogramGrid(
        axes: [0], range: Domain(lower: [-2], upper: [2]), bins: [20])
      return try Ensemble(
        field: field, dynamics: langevin, network: network, settings: values,
        basin: { $0[0] < 0.15 ? 0 : 1 })
    case .fewTrajectories:
      // Cut into stretches, and an odd number of steps between two looks.
      values.trajectories = 3
      values.time = 400
      values.observationInterval = 0.075
      return try Ensemble(
        field: field, dynamics: langevin, network: network, settings: values)
    case .heun:
      values.exitRegion = .ball(radius: 0.6)
      return try integrated(.heun, langevin)
    case .leimkuhlerMatthews:
      return try integrated(.leimkuhlerMatthews, langevin)
    case .matrixNoise:
      values.exitRegion = .box(try Domain(lower: [-1.6, -0.5], upper: [0.1, 0.5]))
      values.boundaryCorrection = .shiftedBoundary
      return try integrated(
        .eulerMaruyama, Dynamics(diffusion: ConstantDiffusion([[0.2, 0.05], [0.05, 0.3]])))
    case .lossNoise:
      let sgd = try StochasticGradient(learningRate: 0.2, batchSize: 1)
      return try integrated(
        .eulerMaruyama, .sgd(sgd, noise: .hessian, field: field))
    case .restarts:
      let (field, network) = try trap()
      return try Ensemble(
        field: field, dynamics: .langevin(temperature: 0.2, dimension: 1), network: network,
        domain: Domain(lower: [-2], upper: [2]), settings: values)
    case .timeChange:
      // Many steps between two looks, so that what the clock adds up is cut at many places.
      values.observationInterval = 0.37
      values.trajectories = 9
      let field = CompiledField(MoriLoss())
      let points = try moriNetwork(field)
      let noise = LossHessianDiffusion(field: field, scale: 0.5)
      return try Ensemble(
        mover: TimeChangedIntegrator(
          field: field, noise: noise, timeStep: 0.01, anchors: points.basinAnchors),
        field: field, network: points, settings: values)
    case .momentum:
      return try Ensemble(
        mover: DiscreteMover(MomentumDescent(field: field, timeStep: 0.01, noise: 0.07)),
        field: field, network: network, settings: values)
    case .momentumRestarts:
      let (field, network) = try trap()
      values.exitRegion = .ball(radius: 0.8)
      return try Ensemble(
        mover: DiscreteMover(MomentumDescent(field: field, timeStep: 0.01, noise: 0.07)),
        field: field, network: network, domain: Domain(lower: [-2], upper: [2]),
        settings: values)
    }
  }
}

/// The stationary points of Mori's loss (scipy.optimize.brentq).
func moriNetwork(_ field: CompiledField) throws -> StationaryNetwork {
  try network(
    field, minima: [[-1.0466805318046022], [0.9456492739235914]],
    saddles: [([0.10103125788129105], [0, 1])])
}

private func trapNetwork(_ field: CompiledField) throws -> StationaryNetwork {
  try network(field, minima: [[0]], saddles: [([-1], [0, nil]), ([1], [0, nil])])
}

@Suite("Checkpoints")
struct CheckpointTests {
  /// Runs an ensemble that is killed several times, and goes on each time.
  private func interrupted(
    _ interrupted: InterruptedCase, seed: UInt64, kills: Int, from store: MemoryStore? = nil
  ) async throws -> (result: EnsembleResult, kills: Int) {
    var stream = RandomStream(seed: seed, index: 0)
    var contents: [String: [UInt8]] = [:]
    var done = 0
    for kill in 0..<kills {
      let store = MemoryStore(
        contents, killedAfter: Int.random(in: 1...30, using: &stream))
      let result = try await interrupted.ensemble(threads: 1 + kill % 3).run(
        checkpoint: Checkpoint(store: store, problem: "a well", interval: .zero),
        isCancelled: { store.isKilled })
      contents = store.contents
      if result.interrupted { done += 1 }
    }
    let result = try await interrupted.ensemble(threads: 2).run(
      checkpoint: Checkpoint(store: MemoryStore(contents), problem: "a well", interval: .zero))
    return (result, done)
  }

  @Test("a run that was killed goes on to the same bytes", arguments: InterruptedCase.allCases)
  func resumes(_ system: InterruptedCase) async throws {
    let whole = try await system.ensemble(threads: 2).run()
    #expect(!whole.interrupted)
    for seed: UInt64 in 1...2 {
      let (result, kills) = try await interrupted(system, seed: seed, kills: 5)
      #expect(result == whole)
      #expect(kills >= 2)
    }
  }

  @Test("a run that is asked to stop stores where it is, and its results go on from there")
  func cancellation() async throws {
    let whole = try await InterruptedCase.eulerMaruyama.ensemble(threads: 1).run()
    var contents: [String: [UInt8]] = [:]
    var shares: [Double] = []
    var result = whole
    for round in 0..<40 {
      // No snapshots but those of the stop itself.
      let store = MemoryStore(contents)
      let questions = Atomic<Int>(0)
      let first = Mutex<Double?>(nil)
      result = try await InterruptedCase.eulerMaruyama.ensemble(threads: 1 + round % 2).run(
        checkpoint: Checkpoint(store: store, problem: "a well", interval: .seconds(1000)),
        progress: { progress in
          first.withLock { if $0 == nil { $0 = progress.share } }
        },
        isCancelled: { questions.add(1, ordering: .relaxed).newValue > 30 })
      contents = store.contents
      if let share = first.withLock({ $0 }) { shares.append(share) }
      if !result.interrupted { break }
    }
    #expect(!result.interrupted)
    #expect(result == whole)
    // Every part begins where the one before ended.
    #expect(shares.count > 3)
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("a finished run is read from its checkpoint")
  func finished() async throws {
    let store = MemoryStore()
    let checkpoint = Checkpoint(store: store, problem: "a well")
    let whole = try await InterruptedCase.heun.ensemble(threads: 2).run(checkpoint: checkpoint)
    let questions = Atomic<Int>(0)
    let again = try await InterruptedCase.heun.ensemble(threads: 1).run(
      checkpoint: checkpoint,
      isCancelled: {
        questions.add(1, ordering: .relaxed)
        return false
      })
    #expect(again == whole)
    #expect(questions.load(ordering: .relaxed) == 0)
  }

  @Test("two runs of other names share a store")
  func names() async throws {
    let store = MemoryStore()
    var results: [EnsembleResult] = []
    for system in [InterruptedCase.heun, .momentum] {
      results.append(
        try await system.ensemble(threads: 1).run(
          checkpoint: Checkpoint(store: store, problem: "", name: system.rawValue)))
    }
    #expect(results[0] != results[1])
  }

  @Test("the checkpoint of another run is refused, with what differs")
  func otherRun() async throws {
    let (field, network) = try tiltedWell()
    let base = try settings(trajectories: 8, time: 20, timeStep: 0.01)
    let store = MemoryStore()
    func run(
      _ values: EnsembleSettings, problem: String = "a well", temperature: Double = 0.2
    ) async throws {
      _ = try await Ensemble(
        field: field, dynamics: .langevin(temperature: temperature, dimension: 2),
        network: network, settings: values
      ).run(checkpoint: Checkpoint(store: store, problem: problem))
    }
    func difference(_ body: () async throws -> Void) async -> String? {
      do {
        try await body()
        return nil
      } catch let error as CheckpointError {
        guard case .otherRun(_, let quantity, _, _) = error else { return "\(error)" }
        #expect("\(error)".contains("remove the checkpoint to start anew"))
        return quantity
      } catch { return "\(error)" }
    }
    try await run(base)
    var other = base
    other.threads = 3
    #expect(await difference { try await run(other) } == nil)
    other.seed = 2
    #expect(await difference { try await run(other) } == "seed")
    other = base
    other.time = 21
    #expect(await difference { try await run(other) } == "time")
    // Every setting counts but the number of threads.
    let changes: [(String, (inout EnsembleSettings) throws -> Void)] = [
      ("number of trajectories", { $0.trajectories = 9 }), ("time step", { $0.timeStep = 0.005 }),
      ("number of exits", { $0.exits = 3 }), ("list of exit minima", { $0.exitMinima = [0] }),
      ("exit region", { $0.exitRegion = .ball(radius: 0.5) }),
      ("boundary correction", { $0.boundaryCorrection = .none }),
      ("core fraction", { $0.coreFraction = 0.2 }), ("burn-in", { $0.burnIn = 0.2 }),
      ("number of frames", { $0.frames = 7 }), ("exit time limit", { $0.exitTimeLimit = 3 }),
      ("observation interval", { $0.observationInterval = 0.1 }),
      ("list of initial minima", { $0.initialMinima = [1] }),
      (
        "histogram",
        {
          $0.histogram = try HistogramGrid(
            axes: [0], range: Domain(lower: [-2], upper: [2]), bins: [20])
        }
      ),
    ]
    for (name, change) in changes {
      var changed = base
      try change(&changed)
      let values = changed
      let found = await difference { try await run(values) }
      #expect(found == name)
    }
    #expect(await difference { try await run(base, problem: "two wells") } == "problem")
    #expect(
      await difference { try await run(base, temperature: 0.21) } == "steps (check sum of some)")
  }

  @Test("a damaged checkpoint is refused")
  func damaged() async throws {
    let system = InterruptedCase.eulerMaruyama
    let store = MemoryStore(killedAfter: 30)
    _ = try await system.ensemble(threads: 1).run(
      checkpoint: Checkpoint(store: store, problem: "", interval: .zero),
      isCancelled: { store.isKilled })
    let contents = store.contents
    #expect(contents.count > 2)
    func failure(_ contents: [String: [UInt8]]) async -> CheckpointError? {
      do {
        _ = try await system.ensemble(threads: 1).run(
          checkpoint: Checkpoint(store: MemoryStore(contents), problem: ""))
        return nil
      } catch { return error as? CheckpointError }
    }
    for key in contents.keys.sorted() {
      let name = String(key.dropFirst("ensemble/".count))
      var flipped = contents
      let count = contents[key]?.count ?? 0
      flipped[key]?[count / 2] ^= 4
      #expect(await failure(flipped) == .damaged(store: "in memory", key: name))
      var cut = contents
      cut[key]?.removeLast(count / 3)
      #expect(await failure(cut) == .damaged(store: "in memory", key: name))
    }
    var headless = contents
    headless["ensemble/fingerprint"] = nil
    #expect(await failure(headless) == .damaged(store: "in memory", key: "fingerprint"))
  }

  @Test("a store that fails later ends nothing, but the result says so")
  func failingStore() async throws {
    struct Full: Error, CustomStringConvertible { var description: String { "the disk is full" } }
    final class FailingStore: CheckpointStore {
      let writes = Atomic<Int>(0)
      var name: String { "full" }
      func values(withPrefix prefix: String) -> [String: [UInt8]] { [:] }
      func update(_ values: [String: [UInt8]], removing removed: [String]) throws {
        if writes.add(1, ordering: .relaxed).newValue > 1 { throw Full() }
      }
    }
    let result = try await InterruptedCase.heun.ensemble(threads: 1).run(
      checkpoint: Checkpoint(store: FailingStore(), problem: "", interval: .zero))
    #expect(!result.interrupted)
    #expect(result.findings.contains { $0.contains("the disk is full") })
  }

  @Test("the time left is told, from the speed of this part of the run alone")
  func timeLeft() async throws {
    let (field, network) = try tiltedWell()
    let values = try settings(trajectories: 16, time: 1e7, timeStep: 0.01, threads: 1)
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.15, dimension: 2), network: network,
      settings: values)
    let start = ContinuousClock.now
    let reports = Mutex<[(RunProgress, ContinuousClock.Instant)]>([])
    _ = try await ensemble.run(
      progress: { report in reports.withLock { $0.append((report, .now)) } },
      isCancelled: { reports.withLock { $0.count >= 8 } })
    let last = try #require(reports.withLock { $0.last })
    let left = try #require(last.0.timeLeft)
    // What is left takes as long as what is done, in proportion.
    let expected = (last.1 - start) * ((1 - last.0.share) / last.0.share)
    #expect(left > expected * 0.5 && left < expected * 2)
  }
}
