import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Testing

/// 2(r² − 1)² − x² + 0.06y: a ring with minima on the left and on the right and a saddle above and
/// one below.
private struct TiltedRing: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let u = x[0].squared() + x[1].squared() - 1
    return 2 * u.squared() - x[0].squared() + 0.06 * x[1]
  }
}

@Suite("Exit locations and saddles")
struct ExitPlaceTests {
  @Test("free Brownian motion leaves a disc as the Poisson kernel says")
  func poissonKernel() async throws {
    // Centre (−½, 0), radius 1, start at the origin: the mean of the exit point is the start
    // (a martingale), and the exit is in the half disc of the start with probability
    // (2/π) arctan((1 + r)/(1 − r)), r = ½: 0.795167.
    let field = CompiledField(Bowl(curvatures: [0, 0]))
    for correction in [BoundaryCorrection.brownianBridge, .shiftedBoundary] {
      let values = try EnsembleSettings(
        trajectories: 0, time: 1000, timeStep: 0.004, exits: 4000,
        exitRegion: .ball(radius: 1, center: [-0.5, 0]), boundaryCorrection: correction)
      let ensemble = try Ensemble(
        field: field, dynamics: .langevin(temperature: 0.5, dimension: 2),
        network: network(field, minima: [[0, 0]]), settings: values)
      let exit = try #require(try await ensemble.run().exits.first)
      let locations = try #require(exit.locations)
      #expect(locations.points.count == 4000)
      let radii: [Double] = locations.points.map { hypot($0[0] + 0.5, $0[1]) }
      #expect(radii.allSatisfy { abs($0 - 1) < 1e-12 })
      for mean in locations.mean {
        let error = try #require(mean.standardError)
        #expect(abs(mean.value) < 3.5 * error)
      }
      let sectors = try #require(locations.sectors)
      #expect(sectors.reduce(0, +) == 4000)
      let near = Double(sectors[9..<27].reduce(0, +)) / 4000
      // √(p(1 − p)/4000) = 0.00638.
      #expect(abs(near - 0.795167) < 3.5 * 0.00638)
      #expect(exit.saddles == nil)
    }
  }

  @Test("free Brownian motion leaves an interval through each end as the distances say")
  func faces() async throws {
    // From 0 in [−1, 2]: through the upper end with probability 1/3.
    let field = CompiledField(Bowl(curvatures: [0]))
    let values = try EnsembleSettings(
      trajectories: 0, time: 1000, timeStep: 0.02, exits: 8000,
      exitRegion: .box(Domain(lower: [-1], upper: [2])))
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.5, dimension: 1),
      network: network(field, minima: [[0]]), settings: values)
    let locations = try #require(try await ensemble.run().exits.first?.locations)
    #expect(locations.faces.reduce(0, +) == 8000)
    let upper = Double(locations.faces[1]) / 8000
    // √(p(1 − p)/8000) = 0.00527.
    #expect(abs(upper - 0.333333) < 3.5 * 0.00527)
    #expect(locations.points.allSatisfy { $0 == [-1] || $0 == [2] })
    #expect(locations.sectors == nil)
  }

  @Test("exits at a loss lie on its level set")
  func threshold() async throws {
    let field = CompiledField(Bowl(curvatures: [2, 8]))
    let values = try EnsembleSettings(
      trajectories: 0, time: 1000, timeStep: 0.005, exits: 500, exitRegion: .lossThreshold(1))
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.3, dimension: 2),
      network: network(field, minima: [[0, 0]]), settings: values)
    let locations = try #require(try await ensemble.run().exits.first?.locations)
    #expect(locations.faces == [500])
    let losses = locations.points.map { field.energy(at: $0) ?? .nan }
    #expect(losses.allSatisfy { abs($0 - 1) < 1e-4 })
  }

  @Test("a process in discrete time is where its last step took it")
  func discrete() async throws {
    let field = CompiledField(Bowl(curvatures: [0]))
    let values = try EnsembleSettings(
      trajectories: 0, time: 1000, timeStep: 0.1, exits: 300,
      exitRegion: .box(Domain(lower: [-1], upper: [2])))
    let ensemble = try Ensemble(
      mover: DiscreteMover(MomentumDescent(field: field, timeStep: 0.1, noise: 0.3)),
      field: field, network: network(field, minima: [[0]]), settings: values)
    let locations = try #require(try await ensemble.run().exits.first?.locations)
    #expect(locations.points.allSatisfy { $0[0] < -1 || $0[0] > 2 })
  }

  @Test("escapes over two parallel saddles are shared as the flux is")
  func parallelSaddles() async throws {
    let field = CompiledField(TiltedRing())
    // Stationary points by scipy.optimize.fsolve.
    let points = try network(
      field, minima: [[-1.117631424039249, -0.03], [1.117631424039249, -0.03]],
      saddles: [
        ([0, -1.0037291146270617], [0, 1]), ([0, 0.9962286926808542], [1, 0]),
      ])
    let values = try EnsembleSettings(
      trajectories: 0, time: 1e5, timeStep: 0.005, exits: 800)
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.25, dimension: 2), network: points,
      settings: values)
    let exits = try await ensemble.run().exits
    for exit in exits {
      let saddles = try #require(exit.saddles)
      #expect(saddles.sought == 800)
      #expect(saddles.counts.reduce(0, +) == 800)
      let share = try #require(saddles.share(of: 0))
      let error = try #require(share.standardError)
      // The share of the reactive flux that crosses x = 0 below the top of the ring, by the
      // committor on 400 × 400 cells (scipy): 0.6064, on 200 × 200 the same; the Eyring–Kramers
      // rates give 0.6080.
      #expect(abs(share.value - 0.6064) < 3.5 * error)
      #expect(exit.locations == nil)
    }
  }

  @Test("with one saddle there is nothing to seek")
  func oneSaddle() async throws {
    let (field, network) = try tiltedWell()
    let ensemble = try Ensemble(
      field: field, dynamics: .langevin(temperature: 0.2, dimension: 2), network: network,
      settings: EnsembleSettings(trajectories: 0, time: 1e4, timeStep: 0.01, exits: 30))
    for exit in try await ensemble.run().exits { #expect(exit.saddles?.counts == [30]) }
  }

  @Test("intervals of rates are exact gamma intervals")
  func intervals() async throws {
    let (field, network) = try tiltedWell()
    func exits(_ count: Int, limit: Double?) async throws -> ExitStatistics {
      let ensemble = try Ensemble(
        field: field, dynamics: .langevin(temperature: 0.2, dimension: 2), network: network,
        settings: EnsembleSettings(
          trajectories: 0, time: 1e5, timeStep: 0.01, exits: count, exitTimeLimit: limit))
      return try #require(try await ensemble.run().exits.last)
    }
    /// P(a Poisson number with this mean is at most n).
    func atMost(_ n: Int, _ mean: Double) -> Double {
      var term = exp(-mean)
      var sum = term
      for k in 0..<max(n, 0) {
        term *= mean / Double(k + 1)
        sum += term
      }
      return n < 0 ? 0 : sum
    }
    // Nothing leaves within four steps.
    let none = try await exits(50, limit: 0.04)
    #expect(none.count == 0 && none.censored == 50)
    #expect(abs(none.totalTime - 2) < 1e-12)
    #expect(none.rateInterval.lowerBound == 0)
    #expect(abs(atMost(0, none.rateInterval.upperBound * none.totalTime) - 0.025) < 1e-12)
    // The bound that holds with 95 %, 3.00/time.
    let bound = try #require(none.rateBound)
    #expect(abs(atMost(0, bound * none.totalTime) - 0.05) < 1e-12)
    // A gamma variable of shape n lies below x where a Poisson variable of mean x is at least n.
    let all = try await exits(12, limit: nil)
    #expect(all.count == 12 && all.rateBound == nil)
    var lower = all.rateInterval.lowerBound * all.totalTime
    var upper = all.rateInterval.upperBound * all.totalTime
    #expect(abs(atMost(11, lower) - 0.975) < 1e-9)
    #expect(abs(atMost(11, upper) - 0.025) < 1e-9)
    let some = try await exits(40, limit: 4)
    let n = some.count
    #expect(n > 0 && some.censored > 0)
    lower = some.rateInterval.lowerBound * some.totalTime
    upper = some.rateInterval.upperBound * some.totalTime
    #expect(abs(atMost(n - 1, lower) - 0.975) < 1e-9)
    #expect(abs(atMost(n, upper) - 0.025) < 1e-9)
  }
}
