import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Synchronization
import Testing

/// What is interrupted and gone on with.
enum InterruptedSeries: String, CaseIterable {
  case eulerMaruyama, fewTrajectories, leimkuhlerMatthews, momentum, diverging

  func study(threads: Int, seed: UInt64 = 3) throws -> SeriesStudy {
    let (field, network) = try tiltedWell()
    let langevin = try Dynamics.langevin(temperature: 0.2, dimension: 2)
    var measurements = SeriesMeasurements(
      longestLag: 4, displacementAxes: [0, 1],
      spectrum: SpectrumSettings(segment: 1.5), recordInterval: 0.27)
    measurements.currentGrid = try HistogramGrid(
      axes: [0, 1], range: Domain(lower: [-2, -1], upper: [2, 1]), bins: [6, 4])
    measurements.circulations = [CirculationPlane(), CirculationPlane(center: [0.3, 0.1])]
    var mover: any Mover = try StochasticIntegrator(
      field: field, dynamics: langevin, timeStep: 0.01,
      method: self == .leimkuhlerMatthews ? .leimkuhlerMatthews : .eulerMaruyama)
    var starts = network.minima.map(\.coordinates)
    // Three steps from one observation to the next: half of them are at odd steps.
    var interval = 0.03
    var trajectories = 21
    var time = 40.0
    var burnIn = 0.1
    switch self {
    case .eulerMaruyama: break
    case .fewTrajectories:
      trajectories = 3
      time = 150
      burnIn = 0
    case .leimkuhlerMatthews: interval = 0.01
    case .momentum:
      mover = DiscreteMover(MomentumDescent(field: field, timeStep: 0.01, noise: 0.07))
      measurements.spectrum?.quantity = .increments
    case .diverging:
      mover = try StochasticIntegrator(
        field: CompiledField(TrapLandscape()),
        dynamics: .langevin(temperature: 0.06, dimension: 1), timeStep: 0.01)
      starts = [[0]]
      measurements = SeriesMeasurements(longestLag: 2)
    }
    return try SeriesStudy(
      mover: mover, starts: starts,
      observables: self == .diverging
        ? [.coordinate(0)]
        : [.coordinate(0), try .energy(of: field)],
      trajectories: trajectories, time: time, interval: interval, burnIn: burnIn, seed: seed,
      threads: threads, measurements: measurements)
  }
}

@Suite("Checkpoints of time series")
struct SeriesCheckpointTests {
  @Test(
    "a study that was killed or stopped goes on to the same bytes",
    arguments: InterruptedSeries.allCases)
  func resumes(_ system: InterruptedSeries) async throws {
    let whole = try await system.study(threads: 2).run()
    #expect(!whole.interrupted)
    #expect(system != .diverging || (1..<21).contains(whole.diverged))
    for seed: UInt64 in 1...2 {
      let (result, count) = try await interrupted(seed: seed, interruptions: 6) {
        threads, checkpoint, isCancelled in
        let result = try await system.study(threads: threads).run(
          checkpoint: checkpoint, isCancelled: isCancelled)
        return (result, result.interrupted)
      }
      #expect(result == whole)
      #expect(count >= 3)
    }
  }

  @Test("every part begins where the one before ended, and the positions are stored once")
  func progress() async throws {
    let system = InterruptedSeries.fewTrajectories
    var contents: [String: [UInt8]] = [:]
    var shares: [Double] = []
    var positions: [String] = []
    for _ in 0..<4 {
      let store = MemoryStore(contents)
      let asked = Atomic<Int>(0)
      let first = Mutex<Double?>(nil)
      let result = try await system.study(threads: 1).run(
        checkpoint: Checkpoint(
          store: store, problem: "a problem", name: "part", interval: .seconds(1000)),
        progress: { progress in
          first.withLock { if $0 == nil { $0 = progress.share } }
        },
        isCancelled: { asked.add(1, ordering: .relaxed).newValue > 10 })
      #expect(result.interrupted)
      // What a stopped run reports of positions is what it has done.
      let frames = try #require(result.record).frames.elements
      #expect(frames.contains { $0.isNaN } && frames.contains { !$0.isNaN })
      for (key, value) in contents where key.hasPrefix("part/frames/") {
        #expect(store.contents[key] == value)
      }
      contents = store.contents
      positions = contents.keys.filter { $0.hasPrefix("part/frames/") }
      if let share = first.withLock({ $0 }) { shares.append(share) }
    }
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 })
    #expect(positions.count == 4)
  }

  @Test("a finished study is read from its checkpoint")
  func finished() async throws {
    let checkpoint = Checkpoint(store: MemoryStore(), problem: "")
    let whole = try await InterruptedSeries.eulerMaruyama.study(threads: 2).run(
      checkpoint: checkpoint)
    let asked = Atomic<Int>(0)
    let again = try await InterruptedSeries.eulerMaruyama.study(threads: 1).run(
      checkpoint: checkpoint,
      isCancelled: {
        asked.add(1, ordering: .relaxed)
        return false
      })
    #expect(again == whole)
    #expect(asked.load(ordering: .relaxed) == 0)
  }

  @Test("damaged checkpoints and those of other studies are refused")
  func refused() async throws {
    let store = MemoryStore(killedAfter: 12)
    func run(
      _ study: SeriesStudy, _ store: MemoryStore, problem: String = "a problem"
    ) async throws {
      _ = try await study.run(
        checkpoint: Checkpoint(store: store, problem: problem, name: "part", interval: .zero),
        isCancelled: { store.isKilled })
    }
    try await run(InterruptedSeries.eulerMaruyama.study(threads: 1), store)
    #expect(
      await refusesDamage(store.contents) { checkpoint in
        _ = try await InterruptedSeries.eulerMaruyama.study(threads: 1).run(
          checkpoint: checkpoint)
      })
    func other(_ study: SeriesStudy, problem: String = "a problem") async -> String? {
      let copy = MemoryStore(store.contents)
      return difference(await refusal { try await run(study, copy, problem: problem) })
    }
    let same = try InterruptedSeries.eulerMaruyama.study(threads: 3)
    #expect(await other(same, problem: "another") == "problem")
    #expect(
      await other(try InterruptedSeries.eulerMaruyama.study(threads: 1, seed: 4)) == "seed")
    #expect(await other(try InterruptedSeries.fewTrajectories.study(threads: 1)) != nil)
    func changed(
      mover: (any Mover)? = nil, observables: [TrajectoryObservable]? = nil, time: Double? = nil,
      burnIn: Double? = nil, measurements: SeriesMeasurements? = nil, starts: [[Double]]? = nil
    ) throws -> SeriesStudy {
      try SeriesStudy(
        mover: mover ?? same.mover, starts: starts ?? same.starts,
        observables: observables ?? same.observables, trajectories: same.trajectories,
        time: time ?? same.time, interval: same.interval, burnIn: burnIn ?? same.burnIn,
        seed: same.seed, measurements: measurements ?? same.measurements)
    }
    #expect(await other(try changed(time: 41)) == "time")
    #expect(await other(try changed(burnIn: 0.2)) == "burn-in")
    #expect(await other(try changed(starts: [[0, 0]])) == "starts (check sum)")
    #expect(
      await other(try changed(measurements: SeriesMeasurements())) == "list of measurements")
    // Another function under the same name, and another noise.
    let second = TrajectoryObservable("energy") { $0[1] }
    #expect(
      await other(try changed(observables: [same.observables[0], second]))
        == "steps (check sum of some)")
    let field = try tiltedWell().0
    let warmer = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.21, dimension: 2), timeStep: 0.01)
    #expect(await other(try changed(mover: warmer)) == "steps (check sum of some)")
  }
}
