import Foundation
import Landscapes
import LinearAlgebra
import MarkovChains
import Simulation
import StationaryPoints
import Synchronization
import Testing

/// States by the value of one variable.
func byVariable(_ variable: Int, count: Int? = nil) throws -> Discretisation {
  try .function(count: count) { Int($0[variable]) }
}

/// The three-state jump process.
func jumpStudy(
  trajectories: Int, frames: Int, seed: UInt64 = 1, lags: [Int] = [], timeStep: Double = 0.01,
  threads: Int = 0
) throws -> DiscreteTrajectoryStudy {
  try DiscreteTrajectoryStudy(
    mover: DiscreteMover(JumpProcess(rates: JumpProcess.threeStates, timeStep: timeStep)),
    discretisation: byVariable(0, count: 3), starts: [[0], [1], [2]],
    settings: DiscreteTrajectorySettings(
      trajectories: trajectories, frames: frames, lags: lags, seed: seed, threads: threads))
}

@Suite("Discrete trajectories")
struct DiscreteTrajectoryTests {
  @Test("counts at lags are those of deeptime")
  func deeptime() async throws {
    let study = try DiscreteTrajectoryStudy(
      mover: DiscreteMover(CongruentialProcess()), discretisation: byVariable(1, count: 3),
      starts: (0..<12).map { [Double(1000 + $0), Double($0 % 3)] },
      settings: DiscreteTrajectorySettings(
        trajectories: 12, frames: 2000, lags: [7, 1, 50], recordedTrajectories: 12))
    let result = await study.run()
    // deeptime 0.4.5, TransitionCountEstimator with the modes "sliding" and "sample", on the same
    // trajectories made by a Python program.
    let sliding: [Int: [[Double]]] = [
      1: [[7139, 390, 406], [403, 7166, 395], [391, 413, 7297]],
      7: [[4275, 1667, 1975], [1766, 4392, 1772], [1870, 1890, 4321]],
      50: [[2630, 2712, 2420], [2398, 2680, 2705], [2743, 2387, 2737]],
    ]
    let strided: [Int: [[Double]]] = [
      1: [[7139, 390, 406], [403, 7166, 395], [391, 413, 7297]],
      7: [[608, 238, 281], [247, 621, 257], [272, 267, 629]],
      50: [[51, 67, 47], [63, 58, 49], [49, 50, 46]],
    ]
    for (lag, expected) in sliding {
      #expect(
        try result.transitionCounts(lag: lag).matrix
          == Matrix(rows: 3, columns: 3, elements: expected.flatMap(\.self)))
    }
    for (lag, expected) in strided {
      #expect(
        try result.transitionCounts(lag: lag, mode: .strided).matrix
          == Matrix(rows: 3, columns: 3, elements: expected.flatMap(\.self)))
    }
    // deeptime's MaximumLikelihoodMSM, whose iteration stops at 1e-7: with detailed balance 6.17630946 and 6.14061055 frames,
    // without it a pair of 6.15848042 frames.
    let estimated = try result.estimatedChain(lag: 1, .detailedBalance).logImpliedTimescales()
    for (value, expected) in zip(estimated, [6.17630946, 6.14061055]) {
      #expect(abs(exp(value) - expected) < 1e-6)
    }
    let rows = try result.impliedTimescales(
      TrajectoryEstimator(reversibility: .unconstrained, mode: .sliding))
    #expect(rows.map(\.lag) == [1, 7, 50])
    #expect(abs(exp(rows[0].logTimescales[0]) - 6.15848042) < 1e-7)
    let jumps = try result.jumpCounts()
    #expect(jumps.residenceTimes == [7935, 7964, 8101].map { 0.5 * $0 })
    #expect(jumps[0, 1] == 390 && jumps[2, 1] == 413 && jumps[1, 1] == 0)
  }

  @Test(
    "streamed counts are those of the recorded trajectories, gaps included", arguments: [3, 40])
  func recorded(trajectories: Int) async throws {
    let (field, network) = try tiltedWell()
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.3, dimension: 2), timeStep: 0.02)
    let grid = try BoxGrid(
      axes: [0, 1], range: Domain(lower: [-1.5, -0.8], upper: [1.4, 0.8]), bins: [50, 7],
      outside: .unassigned)
    for discretisation in [Discretisation.boxes(grid), .coreSets(tiltedWellCores())] {
      let study = try DiscreteTrajectoryStudy(
        mover: mover, discretisation: discretisation, network: network,
        domain: Domain(lower: [-1.8, -2], upper: [1.6, 2]),
        settings: DiscreteTrajectorySettings(
          trajectories: trajectories, frames: 3000, stepsPerFrame: 3, burnIn: 7,
          lags: [1, 2, 5, 64], recordedTrajectories: trajectories))
      let result = await study.run()
      #expect(result.trajectories.count == trajectories)
      #expect(result.trajectories.allSatisfy { $0.count == 3001 })
      #expect(result.leftDomain > 0)
      #expect(result.labels == result.labels.sorted())
      let gaps = result.trajectories.reduce(0) { $0 + $1.count { $0 < 0 } }
      #expect(result.unassignedFrames == gaps)
      #expect(result.stateCount == 2 || (result.stateCount > 100 && result.stateCount <= 350))
      for lag in [1, 2, 5, 64] {
        for mode in [TransitionCounts.Mode.sliding, .strided, .slidingOverLag] {
          let expected = try TransitionCounts(
            trajectories: result.trajectories, lag: lag, mode: mode,
            stateCount: result.stateCount)
          let found = try result.transitionCounts(lag: lag, mode: mode)
          #expect((found.matrix - expected.matrix).largestMagnitude < 1e-9)
        }
      }
      // Visits of 0.06 a frame; the last frame of a trajectory has no duration.
      let visits = result.trajectories.map { trajectory in
        trajectory.enumerated().map { frame, state in
          JumpCounts.Visit(state: state, duration: frame + 1 < trajectory.count ? 0.06 : 1e-300)
        }
      }
      let expected = try JumpCounts(trajectories: visits, stateCount: result.stateCount)
      let jumps = try result.jumpCounts()
      #expect(jumps.entries == expected.entries)
      for (a, b) in zip(jumps.residenceTimes, expected.residenceTimes) {
        #expect(abs(a - b) < 1e-9 * (1 + b))
      }
    }
  }

  @Test("the rates of a jump process come back, with its stationary state and time scales")
  func jumpProcess() async throws {
    let result = try await jumpStudy(
      trajectories: 64, frames: 10_000, lags: [1, 20, 40, 80]
    ).run()
    let jumps = try result.jumpCounts()
    for i in 0..<3 {
      for j in 0..<3 where i != j {
        let rate = JumpProcess.threeStates[i][j]
        let error = (rate / jumps.residenceTimes[i]).squareRoot()
        #expect(abs(jumps[i, j] / jumps.residenceTimes[i] - rate) < 4 * error)
      }
    }
    for (occupancy, expected) in zip(result.occupancies, JumpProcess.stationary) {
      let error = try #require(occupancy.standardError)
      #expect(abs(occupancy.value - expected) < 4 * error)
      #expect(error < 0.01)
    }
    let chain = try result.estimatedChain()
    for (value, expected) in zip(chain.logStationaryDistribution(), JumpProcess.stationary) {
      #expect(abs(exp(value) / expected - 1) < 0.06)
    }
    // The slowest eigenvalue of a step is 1 − 0.01 (3.4 − √1.28)/2.
    let expected = -1 / log(1 - 0.01 * (3.4 - 1.28.squareRoot()) / 2)
    let rows = try result.impliedTimescales(
      TrajectoryEstimator(
        reversibility: .unconstrained, mode: .effective, sampleCount: 100, seed: 3), count: 1)
    for row in rows {
      let summary = try #require(row.summaries.first)
      #expect(abs(row.logTimescales[0] - log(expected)) < 4 * summary.standardDeviation)
      #expect(summary.standardDeviation < 0.08)
    }
    let test = try result.chapmanKolmogorovTest(
      lag: 20, multiples: [1, 2, 4], sets: [[0], [1], [2]],
      TrajectoryEstimator(
        reversibility: .unconstrained, mode: .effective, sampleCount: 100, seed: 3))
    #expect(test.comparisons.map(\.multiple) == [1, 2, 4])
    #expect(test.largestDeviation < 4)
    #expect(throws: SimulationError.self) { try result.transitionCounts(lag: 3) }
    let posterior = try result.posterior(sampleCount: 50, seed: 1)
    let rate = try posterior.summary { $0.logExitRate(of: 0) }
    #expect(abs(rate.mean - log(1.5)) < 4 * rate.standardDeviation)
    let discrete = try result.posterior(lag: 20, .detailedBalance, sampleCount: 20, seed: 1)
    #expect(discrete.samples.allSatisfy { $0.stateCount == 3 })
  }

  @Test("sliding counts are worth fewer independent ones, jumps of a Markov chain all of them")
  func inefficiencies() async throws {
    // Two states that change with probability 0.01 a step. The indicator of staying for 50 steps,
    // seen at successive visits, is nearly the same for about 50 steps.
    let study = try DiscreteTrajectoryStudy(
      mover: DiscreteMover(JumpProcess(rates: [[0, 1], [1, 0]], timeStep: 0.01)),
      discretisation: byVariable(0, count: 2), starts: [[0], [1]],
      settings: DiscreteTrajectorySettings(trajectories: 4096, frames: 500, lags: [1, 50]))
    let result = await study.run()
    for factor in result.jumpInefficiencies { #expect(factor > 0.4 && factor < 1.7) }
    for factor in try result.inefficiencies(lag: 1) { #expect(factor > 0.4 && factor < 1.7) }
    // Between a quarter of the lag and the lag.
    for factor in try result.inefficiencies(lag: 50) { #expect(factor > 12 && factor < 75) }
    let effective = try result.transitionCounts(lag: 50, mode: .effective)
    let sliding = try result.transitionCounts(lag: 50)
    #expect(abs(effective[0, 1] / effective[0, 0] - sliding[0, 1] / sliding[0, 0]) < 1e-12)
    #expect(effective.total < sliding.total / 12)
  }

  @Test("the same seed gives the same result on any number of threads")
  func threads() async throws {
    let (field, network) = try tiltedWell()
    var results: [DiscreteTrajectoryResult] = []
    for threads in 1...3 {
      let mover = try StochasticIntegrator(
        field: field, dynamics: .langevin(temperature: 0.15, dimension: 2), timeStep: 0.01)
      let study = try DiscreteTrajectoryStudy(
        mover: mover, discretisation: .coreSets(tiltedWellCores()), network: network,
        settings: DiscreteTrajectorySettings(
          trajectories: 21, frames: 2000, stepsPerFrame: 5, lags: [1, 10],
          recordedTrajectories: 5, recordedFrames: 100, seed: 7, threads: threads))
      results.append(await study.run())
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
    #expect(results[0].trajectories.map(\.count) == [100, 100, 100, 100, 100])
    #expect(results[0].steps == 21 * 10_000)
    #expect(!results[0].interrupted)
  }

  @Test("a run that is stopped keeps what it has done")
  func cancellation() async throws {
    let study = try jumpStudy(trajectories: 16, frames: 1 << 40, lags: [10])
    let shares = Mutex<[Double]>([])
    let questions = Atomic<Int>(0)
    let result = await study.run(
      progress: { progress in shares.withLock { $0.append(progress.share) } }
    ) {
      questions.add(1, ordering: .relaxed).newValue > 300
    }
    #expect(result.interrupted)
    #expect(result.steps > 100_000 && result.steps < 10_000_000)
    #expect(result.residenceTimes.reduce(0, +) > 0)
    #expect(try result.transitionCounts(lag: 10).total > 100_000)
    #expect(shares.withLock { $0.allSatisfy { $0 >= 0 && $0 < 1 } })
  }

  @Test("a trajectory that is no longer finite is cut and started again")
  func divergence() async throws {
    struct Runaway: DiscreteProcess {
      var dimension: Int { 1 }
      var timeStep: Double { 1 }
      func makeScratch() {}
      func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Void) {
        x[0] = x[0] == 3 ? .infinity : x[0] + 1
      }
    }
    let result = try await DiscreteTrajectoryStudy(
      mover: DiscreteMover(Runaway()), discretisation: byVariable(0), starts: [[1]],
      settings: DiscreteTrajectorySettings(
        trajectories: 9, frames: 8, lags: [2], recordedTrajectories: 1)
    ).run()
    // 1 2 3 lost, started again at 1, and so on.
    #expect(result.labels == [1, 2, 3])
    #expect(result.trajectories == [[0, 1, 2, -1, 1, 2, -1, 1, 2]])
    #expect(result.diverged == 18 && result.leftDomain == 0)
    #expect(try result.jumpCounts()[0, 1] == 9)
    #expect(try result.transitionCounts(lag: 2).total == 9)
  }
}
