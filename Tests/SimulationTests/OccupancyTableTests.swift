import Foundation
import Landscapes
import LinearAlgebra
import MarkovChains
import Simulation
import StationaryPoints
import Testing

/// What is exact for the tilted double well at one temperature. State 0 is the left, deeper one.
struct ExactWell: Sendable {
  let temperature: Double
  /// The smallest non-zero eigenvalue of the Fokker–Planck operator.
  let relaxation: Double
  /// The share of exp(−V/D) left of the separatrix of the gradient flow.
  let basin: Double
  /// The share nearer to the left minimum.
  let nearest: Double
  /// The share last in the left core set, ∫ρq with the committor q between the discs.
  let core: Double
  /// The rates between the discs, ∫Dρ|∇q|² over that share.
  let forward: Double
  let backward: Double
  /// ∫ρ ds along the separatrix, and along the line between the minima: a path that is looked at
  /// every Δt changes sides √(D/πΔt) times that often, each way.
  let basinSurface: Double
  let nearestSurface: Double

  /// By scipy: a finite-volume grid of spacing 0.005 (the discs' edges met exactly) for the committor
  /// and 0.01 for the eigenvalue, and quadrature along the traced separatrix.
  static let cold = ExactWell(
    temperature: 0.06, relaxation: 0.0264797, basin: 0.9931054, nearest: 0.9925833,
    core: 0.9929566, forward: 1.808302e-4, backward: 0.02549305, basinSurface: 0.001900547,
    nearestSurface: 0.003026942)
  static let warm = ExactWell(
    temperature: 0.1, relaxation: 0.0644058, basin: 0.9527972, nearest: 0.9470674,
    core: 0.9502557, forward: 2.965189e-3, backward: 0.05664342, basinSurface: 0.02210071,
    nearestSurface: 0.02963684)
}

/// The ways in which positions become states that are compared.
enum Assignment: String, CaseIterable, Sendable {
  case descent = "exact descent"
  case cores = "core sets"
  case nearest = "nearest minimum"

  func discretisation(_ field: CompiledField, _ network: StationaryNetwork) throws
    -> Discretisation
  {
    switch self {
    case .descent:
      // Their points descend to their centres (seen by following the flow from 80 000 of each).
      try .attractors(
        of: field,
        cores: CoreSets(
          sets: zip(network.minima, [0.8, 0.65]).map { minimum, radius in
            CoreSet(center: minimum.coordinates, form: .identity(2), level: radius * radius)
          }))
    case .cores: .coreSets(tiltedWellCores())
    case .nearest: try .nearest(to: network.minima.map(\.coordinates))
    }
  }
}

/// The tilted well looked at after every step.
func tiltedWellStudy(
  _ assignment: Assignment, temperature: Double, timeStep: Double, steps: Int, seed: UInt64 = 1,
  startsOnTheRight: Int = 32
) async throws -> DiscreteTrajectoryResult {
  let (field, network) = try tiltedWell()
  let mover = try StochasticIntegrator(
    field: field, dynamics: .langevin(temperature: temperature, dimension: 2), timeStep: timeStep,
    method: .heun)
  let frames = steps / 64
  let minima = network.minima.map(\.coordinates)
  let starts = (0..<64).map { minima[$0 < startsOnTheRight ? 1 : 0] }
  return try await DiscreteTrajectoryStudy(
    mover: mover, discretisation: assignment.discretisation(field, network), starts: starts,
    startBasins: [Int](repeating: 0, count: 64),
    settings: DiscreteTrajectorySettings(
      trajectories: 64, frames: frames, burnIn: min(frames, Int(100 / timeStep)), lags: [],
      seed: seed)
  ).run()
}

@Suite("Occupancies and rates by descent, core sets and the nearest minimum")
struct OccupancyTableTests {
  @Test("each agrees with its own exact occupancy, and only core sets with a rate")
  func occupancies() async throws {
    let exact = ExactWell.warm
    for assignment in Assignment.allCases {
      let result = try await tiltedWellStudy(
        assignment, temperature: 0.1, timeStep: 0.005, steps: 8_000_000)
      let occupancy = result.occupancies[0]
      let error = try #require(occupancy.standardError)
      let jumps = try result.jumpCounts()
      let rate = jumps[0, 1] / jumps.residenceTimes[0]
      let rateError = (result.jumpInefficiencies[0] / jumps[0, 1]).squareRoot()
      switch assignment {
      case .descent:
        #expect(abs(occupancy.value - exact.basin) < 4 * error)
        let raw = exact.basinSurface / exact.basin * (0.1 / (.pi * 0.005)).squareRoot()
        #expect(abs(rate / raw - 1) < 0.15)
      case .cores:
        #expect(abs(occupancy.value - exact.core) < 4 * error)
        // Visits between two looks are missed: a little too low.
        #expect(abs(log(rate / exact.forward)) < 0.08 + 4 * rateError)
      case .nearest:
        #expect(abs(occupancy.value - exact.nearest) < 4 * error)
        let raw = exact.nearestSurface / exact.nearest * (0.1 / (.pi * 0.005)).squareRoot()
        #expect(abs(rate / raw - 1) < 0.15)
      }
      #expect(error < 0.009)
    }
  }

  @Test("crossings of a ridge grow like Δt^{−1/2}, transitions between core sets do not")
  func growth() async throws {
    var rates: [Assignment: [Double]] = [:]
    for timeStep in [1e-2, 1e-3] {
      for assignment in [Assignment.nearest, .cores] {
        let jumps = try await tiltedWellStudy(
          assignment, temperature: 0.1, timeStep: timeStep, steps: Int(4e4 / timeStep)
        ).jumpCounts()
        rates[assignment, default: []].append(jumps[0, 1] / jumps.residenceTimes[0])
      }
    }
    let nearest = try #require(rates[.nearest])
    let cores = try #require(rates[.cores])
    #expect(abs(nearest[1] / nearest[0] / 10.0.squareRoot() - 1) < 0.1)
    #expect(abs(cores[1] / cores[0] - 1) < 0.15)
  }

  @Test("the exact rates between core sets pass the comparison, twice as high ones do not")
  func comparison() async throws {
    let exact = ExactWell.cold
    let result = try await tiltedWellStudy(
      .cores, temperature: 0.06, timeStep: 0.004, steps: 24_000_000)
    func chain(_ forward: Double, _ backward: Double) throws -> MarkovChain {
      try MarkovChain(
        stateCount: 2,
        transitions: [
          .init(from: 0, to: 1, logRate: log(forward)),
          .init(from: 1, to: 0, logRate: log(backward)),
        ])
    }
    let right = try result.comparison(with: chain(exact.forward, exact.backward))
    #expect(right.entries.allSatisfy { $0.standardErrorsApart.magnitude < 4 })
    let wrong = try result.comparison(with: chain(2 * exact.forward, 2 * exact.backward))
    #expect(wrong.test.pValue < 1e-3)
    #expect(wrong.entries.allSatisfy { $0.standardErrorsApart > 1 })
  }
}
