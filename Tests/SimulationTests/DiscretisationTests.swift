import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Synchronization
import Testing

/// Discs of radius 0.3 around the tilted well's minima.
func tiltedWellCores(radius: Double = 0.3) -> CoreSets {
  CoreSets(
    sets: [[-1.0679230136896973, 0], [0.9142973158662134, 0]].map {
      CoreSet(center: $0, form: .identity(2), level: radius * radius)
    })
}

/// A block whose lanes stand at given points; those left over at the origin.
private func block(_ points: [[Double]]) -> TrajectoryBlock {
  var block = TrajectoryBlock(dimension: points[0].count)
  for (lane, point) in points.enumerated() {
    block.place(point, lane: lane, stream: UInt64(lane), basin: 0)
  }
  return block
}

@Suite("Discretisations")
struct DiscretisationTests {
  /// The ends of the gradient flow of the tilted well from points about its ridge (scipy's
  /// solve_ivp, relative tolerance 1e-11).
  private let starts: [[Double]] = [
    [0.15, 1], [0.3, 1], [0.25, 0.5], [1.9, 1.5], [-1.9, -1.5], [0.1536, 0.02], [0.155, 0.03],
    [0.16, -0.05],
  ]
  private let ends = [0, 1, 1, 1, 0, 0, 1, 1]

  @Test("the flow is followed to the right side of the ridge, eight points at a time")
  func descent() throws {
    let (field, _) = try tiltedWell()
    let discretisation = try Discretisation.attractors(of: field, cores: tiltedWellCores())
    #expect(discretisation.stateCount == 2)
    let assigner = discretisation.makeAssigner()
    assigner.observe(block(starts))
    #expect(assigner.states == ends)
    // One step is too few for all but those that are there.
    let hasty = try Discretisation.attractors(of: field, cores: tiltedWellCores(), steps: 1)
      .makeAssigner()
    hasty.observe(block([[-1, 0.1], [0.5, 0], [.nan, 0], [.infinity, 1]]))
    #expect(Array(hasty.states[..<4]) == [0, -1, -1, -1])
  }

  @Test("a basin function is asked only outside the core sets")
  func basins() throws {
    let calls = Mutex(0)
    let discretisation = try Discretisation.basins(count: 2, cores: tiltedWellCores()) { x in
      calls.withLock { $0 += 1 }
      return x[0] < 0 ? 0 : x[0] < 5 ? 1 : 7
    }
    let assigner = discretisation.makeAssigner()
    assigner.observe(
      block([
        [-1, 0.2], [0.9, 0.1], [-0.5, 0], [0.5, 0], [6, 0], [.nan, 0], [-1.1, 0], [1, 0],
      ]))
    // What the function numbers beyond the minima, and what is not a number, is no state.
    #expect(assigner.states == [0, 1, 0, 1, -1, -1, 0, 1])
    #expect(calls.withLock { $0 } == 3)
  }

  @Test("milestoning keeps the last core set visited, and none before the first")
  func milestoning() {
    let assigner = Discretisation.coreSets(tiltedWellCores()).makeAssigner()
    assigner.observe(block([[0, 0], [-1, 0], [0.9, 0]]))
    #expect(Array(assigner.states[..<3]) == [-1, 0, 1])
    assigner.observe(block([[-1, 0], [0.5, 0], [-0.5, 0]]))
    #expect(Array(assigner.states[..<3]) == [0, 0, 1])
    assigner.observe(block([[0, 0], [0.9, 0], [-1, 0.29]]))
    #expect(Array(assigner.states[..<3]) == [0, 1, 0])
    assigner.forget(lane: 0)
    assigner.observe(block([[0, 0], [0, 0], [0, 0]]))
    #expect(Array(assigner.states[..<3]) == [-1, 1, 0])
  }

  @Test("the nearest of several points is found, ties to the first")
  func nearest() throws {
    let assigner = try Discretisation.nearest(to: [[-1, 0], [1, 0], [0, 3]]).makeAssigner()
    assigner.observe(
      block([[-0.1, 0], [0.1, 0], [0, 0], [0, 2], [.nan, 0], [5, 5], [9, 0]]))
    #expect(Array(assigner.states[..<7]) == [0, 1, 0, 2, -1, 2, 1])
  }

  @Test("boxes are numbered along the last axis first, and reach to infinity where wanted")
  func boxes() throws {
    let range = try Domain(lower: [-1, 0], upper: [1, 3])
    let grid = try BoxGrid(axes: [2, 0], range: range, bins: [4, 3])
    #expect(grid.boxCount == 12)
    #expect(grid.box(of: [0.5, 99, -0.9]) == 0)
    #expect(grid.box(of: [2.5, 99, 0.1]) == 2 * 3 + 2)
    #expect(grid.center(of: 8) == [0.25, 2.5])
    #expect(grid.box(of: [-7, 0, 7]) == 9)
    #expect(grid.box(of: [.nan, 0, 0]) == nil)
    let assigner = Discretisation.boxes(grid).makeAssigner()
    assigner.observe(block([[0.5, 99, -0.9], [2.5, 99, 0.1], [-7, 0, 7], [.nan, 0, 0]]))
    #expect(Array(assigner.states[..<4]) == [0, 8, 9, -1])
    let closed = try BoxGrid(axes: [2, 0], range: range, bins: [4, 3], outside: .unassigned)
    #expect(closed.box(of: [-7, 0, 7]) == nil)
    #expect(closed.box(of: [1, 0, 1]) == nil)
    #expect(closed.box(of: [1, 0, -1]) == 1)
  }

  @Test("a user's function may leave points without a state")
  func function() throws {
    let assigner = try Discretisation.function(count: 3) { x in
      x[0] < 0 ? nil : Int(x[0])
    }.makeAssigner()
    assigner.observe(block([[-1], [0.5], [1.5], [2.5], [3.5]]))
    #expect(Array(assigner.states[..<5]) == [-1, 0, 1, 2, -1])
  }

  @Test("what does not fit is refused by name")
  func refusals() throws {
    let (field, network) = try tiltedWell()
    let three = CoreSets(sets: [CoreSet(center: [0, 0, 0], form: .identity(3), level: 1)])
    #expect(throws: SimulationError.noMinimum) { try Discretisation.nearest(to: []) }
    #expect(throws: SimulationError.self) {
      try Discretisation.basins(count: 3, cores: tiltedWellCores()) { _ in 0 }
    }
    #expect(
      throws: SimulationError.dimensionMismatch(quantity: "core sets", expected: 2, found: 3)
    ) { try Discretisation.attractors(of: field, cores: three) }
    #expect(throws: SimulationError.self) { try Discretisation.function(count: 0) { _ in 0 } }
    let unit = try Domain(lower: [0], upper: [1])
    #expect(throws: SimulationError.self) {
      try BoxGrid(axes: [0, 0], range: unit, bins: [1, 1])
    }
    #expect(throws: SimulationError.self) {
      try BoxGrid(axes: [0], range: unit, bins: [Int.max])
    }
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.1, dimension: 2), timeStep: 0.01)
    let settings = try DiscreteTrajectorySettings(frames: 10)
    #expect(throws: SimulationError.self) {
      try DiscreteTrajectoryStudy(
        mover: mover, discretisation: .coreSets(three), network: network, settings: settings)
    }
    #expect(throws: SimulationError.self) {
      try DiscreteTrajectoryStudy(
        mover: mover, discretisation: .boxes(BoxGrid(axes: [2], range: unit, bins: [4])),
        network: network, settings: settings)
    }
    #expect(throws: SimulationError.noMinimum) {
      try DiscreteTrajectoryStudy(
        mover: mover, discretisation: .coreSets(tiltedWellCores()), starts: [],
        settings: settings)
    }
    for bad in [(0, [1]), (10, [0]), (10, [11]), (10, [2, 2])] {
      #expect(throws: SimulationError.self) {
        try DiscreteTrajectorySettings(frames: bad.0, lags: bad.1)
      }
    }
  }
}
