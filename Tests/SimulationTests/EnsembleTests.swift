import Foundation
import Landscapes
import LinearAlgebra
import MarkovChains
import Simulation
import StationaryPoints
import Synchronization
import Testing

@Suite("Ensembles")
struct EnsembleTests {
  @Test("the relaxation rate of the tilted well is the exact one, not Eyring and Kramers's")
  func relaxation() async throws {
    let (field, network) = try tiltedWell()
    var values = try settings(trajectories: 4000, time: 120, timeStep: 0.005)
    values.initialMinima = [1]
    values.burnIn = 0
    values.frames = 0
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.06, dimension: 2), network: network,
      domain: Domain(lower: [-2.5, -2.5], upper: [2.5, 2.5]), settings: values,
      basin: descend(field))
    let result = try await ensemble.run()
    let relaxation = try #require(result.relaxation)
    let error = try #require(relaxation.rate.standardError)
    // Smallest non-zero eigenvalue of the Fokker–Planck operator: 0.0264789; the Eyring–Kramers
    // rates add up to 0.0295174.
    #expect(abs(relaxation.rate.value - 0.0264789) < 3 * error)
    #expect(error < 0.0009)
    #expect(abs(relaxation.rate.value - 0.0295174) > 3 * error)
    #expect(!result.interrupted)
    #expect(result.leftDomain == 0 && result.diverged == 0)
    #expect(result.findings.contains { $0.contains("forget where they started") })
    // The share of exp(−V/0.06) at x below the saddle, by quadrature: 0.993101. All trajectories
    // started on the other side: only the rate matrix can know.
    let share = result.occupancies[0].best
    let shareError = try #require(share.standardError)
    #expect(abs(share.value - 0.993101) < 4 * shareError)
    #expect(shareError < 0.002)
    #expect(try result.estimatedChain().transitions.count == 2)
  }

  @Test("every estimator of the occupancies agrees with the stationary density")
  func occupancies() async throws {
    let (field, network) = try tiltedWell()
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.12, dimension: 2), network: network,
      settings: settings(trajectories: 64, time: 3000, timeStep: 0.005),
      basin: descend(field))
    let result = try await ensemble.run()
    // The share of exp(−V/0.12) at x below the saddle, by quadrature: 0.9263.
    for estimate in [
      result.occupancies[0].best, result.occupancies[0].milestoning,
      result.occupancies[0].rateMatrix, result.occupancies[0].descent,
    ] {
      let value = try #require(estimate)
      let error = try #require(value.standardError)
      #expect(abs(value.value - 0.9263) < 3.5 * error)
      #expect(error < 0.006)
    }
    #expect(result.findings.isEmpty)
  }

  @Test("standard errors from one trajectory are those of repeated runs")
  func oneTrajectory() async throws {
    let (field, network) = try tiltedWell()
    var squares = 0.0
    var claimed = 0.0
    let runs = 24
    for seed in 1...runs {
      var values = try settings(
        trajectories: 1, time: 1500, timeStep: 0.005, seed: UInt64(seed))
      values.frames = 0
      values.burnIn = 0.1
      let ensemble = try Ensemble(
        field: field, dynamics: .langevin(temperature: 0.12, dimension: 2), network: network,
        settings: values)
      let share = try await ensemble.run().occupancies[0].milestoning
      // 0.9263 by quadrature of exp(−V/0.12), as above.
      squares += (share.value - 0.9263) * (share.value - 0.9263)
      let error = try #require(share.standardError)
      claimed += error * error
    }
    // The root of the mean square of 24 normal numbers is known to 14 %; taking the largest of
    // several blockings makes the errors larger by up to a quarter.
    let ratio = (squares / claimed).squareRoot()
    #expect(ratio > 0.5)
    #expect(ratio < 1.35)
  }

  @Test("short stretches of few trajectories are said to give errors that are too small")
  func shortStretches() async throws {
    let (field, network) = try tiltedWell()
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.12, dimension: 2), network: network,
      settings: try settings(trajectories: 2, time: 60, timeStep: 0.005))
    let result = try await ensemble.run()
    #expect(result.findings.contains { $0.contains("they are too small") })
  }

  @Test("a run that is stopped in its burn-in has the occupancies of the burn-in")
  func stoppedInBurnIn() async throws {
    let (field, network) = try tiltedWell()
    var values = try settings(trajectories: 16, time: 1e6, timeStep: 0.005)
    values.burnIn = 0.9
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.12, dimension: 2), network: network,
      settings: values)
    let calls = Mutex(0)
    let result = try await ensemble.run(isCancelled: {
      calls.withLock {
        $0 += 1
        return $0 > 200
      }
    })
    #expect(result.interrupted)
    let sum = result.occupancies.reduce(0) { $0 + $1.milestoning.value }
    #expect(abs(sum - 1) < 1e-12)
    #expect(result.findings.contains { $0.contains("stopped in its burn-in") })
  }

  @Test("the same seed gives the same result on any number of threads")
  func threads() async throws {
    let (field, network) = try tiltedWell()
    var results: [EnsembleResult] = []
    for threads in 1...3 {
      var values = try settings(
        trajectories: 21, time: 200, timeStep: 0.01, seed: 7, threads: threads)
      values.exits = 30
      values.histogram = try HistogramGrid(
        axes: [0], range: Domain(lower: [-2], upper: [2]), bins: [20])
      let ensemble = try Ensemble(
        field: field, dynamics: .langevin(temperature: 0.15, dimension: 2), network: network,
        settings: values, basin: descend(field))
      results.append(try await ensemble.run())
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
    #expect(results[0].exits[0].count + results[0].exits[0].censored == 30)
  }

  @Test("a run that is stopped keeps what it has done")
  func cancellation() async throws {
    let (field, network) = try tiltedWell()
    var values = try settings(trajectories: 16, time: 1e7, timeStep: 0.01)
    values.burnIn = 0
    values.exits = 5
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.15, dimension: 2), network: network,
      settings: values)
    let shares = Mutex<[Double]>([])
    let questions = Atomic<Int>(0)
    let result = try await ensemble.run(progress: { progress in
      shares.withLock { $0.append(progress.share) }
    }) {
      questions.add(1, ordering: .relaxed).newValue > 300
    }
    #expect(result.interrupted)
    #expect(result.steps > 100_000 && result.steps < 10_000_000)
    #expect(shares.withLock { $0.allSatisfy { $0 >= 0 && $0 < 1 } && !$0.isEmpty })
    #expect(result.occupancies.count == 2)
  }

  @Test("trajectories that leave the domain or diverge are counted, not lost")
  func escapes() async throws {
    // x³ drift: everything beyond the saddles at ±1 runs away.
    struct Trap: Landscape {
      var dimension: Int { 1 }
      func energy<S: Scalar>(at x: Span<S>) -> S {
        0.5 * x[0].squared() - 0.25 * x[0].squared().squared()
      }
    }
    let field = CompiledField(Trap())
    let points = try network(
      field, minima: [[0]], saddles: [([-1], [0, nil]), ([1], [0, nil])])
    for domain in [nil, try Domain(lower: [-2], upper: [2])] {
      let ensemble = try Ensemble(
        field: field, dynamics: .langevin(temperature: 0.2, dimension: 1), network: points,
        domain: domain, settings: settings(trajectories: 8, time: 200, timeStep: 0.01))
      let result = try await ensemble.run()
      #expect((domain == nil ? result.diverged : result.leftDomain) > 10)
      #expect(result.occupancies[0].best.value == 1)
      #expect(result.findings.contains { $0.contains("started again") })
    }
  }

  @Test("a histogram agrees with the stationary density, and not with another one")
  func histogram() async throws {
    let (field, network) = try tiltedWell()
    var values = try settings(trajectories: 64, time: 4000, timeStep: 0.004)
    values.frames = 400
    values.histogram = try HistogramGrid(
      axes: [0, 1], range: Domain(lower: [-1.8, -0.9], upper: [1.6, 0.9]), bins: [12, 6])
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.15, dimension: 2), network: network,
      settings: values)
    let result = try await ensemble.run()
    let histogram = try #require(result.histogram)
    func density(_ temperature: Double) -> ([Double]) -> Double {
      { exp(-(field.energy(at: $0) ?? 0) / temperature) }
    }
    let right = try #require(histogram.comparison(with: density(0.15)))
    let wrong = try #require(histogram.comparison(with: density(0.16)))
    #expect(right.pValue > 0.001)
    #expect(wrong.pValue < 1e-4)
  }

  @Test("a discrete process is measured by the same observables")
  func discrete() async throws {
    /// Gradient descent with Gaussian noise of the scale that Langevin dynamics have.
    struct NoisyDescent: DiscreteProcess {
      let field: CompiledField
      let temperature: Double
      var dimension: Int { field.dimension }
      let timeStep: Double
      func makeScratch() {}
      func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Void) {
        let b = field.drift(at: x)
        for i in x.indices {
          x[i] += timeStep * b[i] + (2 * temperature * timeStep).squareRoot() * stream.nextNormal()
        }
      }
    }
    let (field, network) = try tiltedWell()
    var results: [EnsembleResult] = []
    for threads in 1...2 {
      var values = try settings(
        trajectories: 32, time: 1000, timeStep: 0.02, threads: threads)
      values.exits = 100
      let ensemble = try Ensemble(
        mover: DiscreteMover(
          NoisyDescent(field: field, temperature: 0.15, timeStep: 0.02)), field: field,
        network: network, settings: values)
      results.append(try await ensemble.run())
    }
    #expect(results[0] == results[1])
    let left = results[0].occupancies[0].best
    let error = try #require(left.standardError)
    // The share of exp(−V/0.15) at x below the saddle, by quadrature: 0.888191.
    #expect(abs(left.value - 0.888191) < 3 * error)
    #expect(error < 0.03)
    #expect(results[0].exits[1].toMinimum == [100, 0])
  }

  @Test("settings out of range are named")
  func badSettings() throws {
    func setting(_ body: () throws -> EnsembleSettings) -> String? {
      do {
        _ = try body()
        return nil
      } catch let SimulationError.invalidSetting(name, _, _) { return name } catch { return "?" }
    }
    #expect(setting { try EnsembleSettings(time: 1, timeStep: -1) } == "timeStep")
    #expect(setting { try EnsembleSettings(time: 1, timeStep: 2) } == "time")
    #expect(setting { try EnsembleSettings(time: .nan, timeStep: 0.1) } == "time")
    #expect(
      setting { try EnsembleSettings(trajectories: -1, time: 1, timeStep: 0.1) } == "trajectories")
    #expect(setting { try EnsembleSettings(time: 1, timeStep: 0.1, exits: -2) } == "exits")
    #expect(
      setting { try EnsembleSettings(time: 1, timeStep: 0.1, coreFraction: 1) } == "coreFraction")
    #expect(setting { try EnsembleSettings(time: 1, timeStep: 0.1, burnIn: 1) } == "burnIn")
    #expect(
      setting { try EnsembleSettings(time: 1, timeStep: 0.1, exitRegion: .ball(radius: 0)) }
        == "exit radius")
  }

  @Test("core sets lie in their basins and do not overlap")
  func cores() throws {
    let (field, network) = try tiltedWell()
    let basin = descend(field)
    for fraction in [0.05, 0.25, 0.9] {
      let cores = try CoreSets(network: network, fraction: fraction, basin: basin)
      #expect(cores.findings.isEmpty)
      for k in 0..<40 {
        for l in 0..<40 {
          let x = [-2 + 0.1 * Double(k), -1 + 0.05 * Double(l)]
          let inside = cores.sets.indices.filter { cores.sets[$0].contains(x) }
          #expect(inside.count <= 1)
          if let first = inside.first { #expect(basin(x) == first) }
        }
      }
    }
    // A quarter of the lower barrier, 0.117509 (V at the saddle and the right minimum).
    let cores = try CoreSets(network: network, basin: basin)
    #expect(abs(cores.sets[1].level - 0.25 * 0.117509) < 1e-6)
    #expect(throws: SimulationError.self) { try CoreSets(network: network, fraction: 1.5) }
  }
}
