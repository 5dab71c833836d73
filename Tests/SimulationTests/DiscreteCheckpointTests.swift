import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Synchronization
import Testing

/// What is interrupted and gone on with.
enum InterruptedStates: String, CaseIterable {
  case coreSets, attractors, boxes, lossNoise, losses, momentum

  func study(
    threads: Int, _ change: (inout DiscreteTrajectorySettings) -> Void = { _ in }
  ) throws -> DiscreteTrajectoryStudy {
    let (field, network) = try tiltedWell()
    let langevin = try Dynamics.langevin(temperature: 0.2, dimension: 2)
    let cores = try CoreSets(network: network, fraction: 0.3)
    // Three steps a frame: half of the frames are at odd steps.
    var settings = try DiscreteTrajectorySettings(
      trajectories: 21, frames: 1500, stepsPerFrame: 3, burnIn: 100, lags: [1, 7, 200],
      recordedTrajectories: 11, recordedFrames: 1000, seed: 5, threads: threads)
    change(&settings)
    func study(
      _ discretisation: Discretisation, _ dynamics: Dynamics, _ method: IntegrationMethod,
      domain: Domain? = nil
    ) throws -> DiscreteTrajectoryStudy {
      try DiscreteTrajectoryStudy(
        mover: StochasticIntegrator(
          field: field, dynamics: dynamics, timeStep: 0.01, method: method,
          anchors: network.basinAnchors),
        discretisation: discretisation, network: network, domain: domain, settings: settings)
    }
    switch self {
    case .coreSets: return try study(.coreSets(cores), langevin, .leimkuhlerMatthews)
    case .attractors:
      return try study(.attractors(of: field, cores: cores), langevin, .heun)
    case .boxes:
      // Few trajectories, which are cut into batches, and many that leave the grid.
      settings.trajectories = 3
      settings.frames = 4000
      let grid = try BoxGrid(
        axes: [0, 1], range: Domain(lower: [-1.2, -0.5], upper: [1.2, 0.5]), bins: [5, 3],
        outside: .unassigned)
      return try study(.boxes(grid), langevin, .eulerMaruyama)
    case .lossNoise:
      let sgd = try StochasticGradient(learningRate: 0.2, batchSize: 1)
      return try study(
        .coreSets(cores), .sgd(sgd, noise: .hessian, field: field), .eulerMaruyama)
    case .losses:
      return try study(
        .coreSets(cores), langevin, .leimkuhlerMatthews,
        domain: Domain(lower: [-1.4, -0.8], upper: [1.4, 0.8]))
    case .momentum:
      return try DiscreteTrajectoryStudy(
        mover: DiscreteMover(MomentumDescent(field: field, timeStep: 0.01, noise: 0.07)),
        discretisation: .coreSets(cores), network: network,
        domain: Domain(lower: [-1.4, -1], upper: [1.4, 1]), settings: settings)
    }
  }
}

@Suite("Checkpoints of discrete trajectories")
struct DiscreteCheckpointTests {
  @Test(
    "a study that was killed or stopped goes on to the same bytes",
    arguments: InterruptedStates.allCases)
  func resumes(_ system: InterruptedStates) async throws {
    let whole = await (try system.study(threads: 2)).run()
    #expect(!whole.interrupted)
    #expect(whole.trajectories.allSatisfy { $0.count == 1000 })
    #expect(![.losses, .momentum].contains(system) || whole.leftDomain > 0)
    #expect(system != .boxes || whole.unassignedFrames > 0)
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

  @Test("a finished study is read from its checkpoint")
  func finished() async throws {
    let checkpoint = Checkpoint(store: MemoryStore(), problem: "")
    let whole = try await InterruptedStates.losses.study(threads: 2).run(
      checkpoint: checkpoint)
    let asked = Atomic<Int>(0)
    let again = try await InterruptedStates.losses.study(threads: 1).run(
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
      _ study: DiscreteTrajectoryStudy, _ store: MemoryStore, problem: String = "a problem"
    ) async throws {
      _ = try await study.run(
        checkpoint: Checkpoint(store: store, problem: problem, name: "part", interval: .zero),
        isCancelled: { store.isKilled })
    }
    try await run(InterruptedStates.coreSets.study(threads: 1), store)
    #expect(
      await refusesDamage(store.contents) { checkpoint in
        _ = try await InterruptedStates.coreSets.study(threads: 1).run(checkpoint: checkpoint)
      })
    func other(
      _ system: InterruptedStates = .coreSets, problem: String = "a problem",
      _ change: (inout DiscreteTrajectorySettings) -> Void = { _ in }
    ) async throws -> String? {
      let copy = MemoryStore(store.contents)
      let study = try system.study(threads: 2, change)
      return difference(await refusal { try await run(study, copy, problem: problem) })
    }
    #expect(try await other(problem: "another") == "problem")
    #expect(try await other { $0.seed = 6 } == "seed")
    #expect(try await other { $0.trajectories = 22 } == "number of trajectories")
    #expect(try await other { $0.frames = 1600 } == "number of frames")
    #expect(try await other { $0.stepsPerFrame = 2 } == "number of steps per frame")
    #expect(try await other { $0.burnIn = 90 } == "burn-in")
    #expect(try await other { $0.lags = [1, 8, 200] } == "list of lags")
    #expect(try await other { $0.recordedFrames = 900 } == "number of recorded frames")
    #expect(try await other(.losses) == "domain")
    #expect(try await other(.attractors) == "kind of states")
    #expect(try await other(.lossNoise) == "steps (check sum of some)")
  }
}
