import Foundation
import Landscapes
import LinearAlgebra
import MarkovChains
import Simulation
import Testing

@Suite("Reaction coordinates and sets")
struct ReactionCoordinateTests {
  @Test("values at points by hand")
  func values() throws {
    #expect(ReactionCoordinate.coordinate(1, of: 2)([3, 4]) == 4)
    #expect(ReactionCoordinate.linear([2, -1], offset: 0.5)([3, 4]) == 2.5)
    #expect(ReactionCoordinate.distance(toBallAround: [0, 0], radius: 2)([3, 4]) == 3)
    let core = CoreSet(center: [1, 0], form: [[4, 0], [0, 1]], level: 1)
    #expect(ReactionCoordinate.distance(toCore: core)([2, 0]) == 1)
    #expect(ReactionCoordinate.distance(toCore: core)([1, 1]) == 0)
    let energy = try #require(
      ReactionCoordinate(energyOf: CompiledField(Bowl(curvatures: [2, 4]))))
    #expect(energy([1, 2]) == 9)
  }

  @Test("the distance along a path, around its corner and beyond its ends")
  func progress() throws {
    let path = try ReactionCoordinate.progress(along: [[0, 0], [2, 0], [2, 3]])
    #expect(path([1, 0.1]) == 1)
    #expect(path([2.2, 1]) == 3)
    #expect(path([-1, 5]) == -1)
    #expect(path([1.9, 7]) == 9)
    #expect(path([2.5, -0.5]) == 2)
    #expect(throws: SimulationError.self) {
      try ReactionCoordinate.progress(along: [[0, 0], [0, 0]])
    }
    #expect(throws: SimulationError.self) { try ReactionCoordinate.progress(along: [[0, 0]]) }
  }

  @Test("the committor of a chain takes its values in the core sets")
  func committor() throws {
    // 0 ⇄ 1 ⇄ 2 with rates 1 to the left and 3 to the right: q(1) = ¾.
    let chain = try MarkovChain(
      stateCount: 3,
      transitions: [
        .init(from: 0, to: 1, logRate: 0), .init(from: 1, to: 0, logRate: 0),
        .init(from: 1, to: 2, logRate: log(3)), .init(from: 2, to: 1, logRate: 0),
      ])
    let cores = CoreSets(
      sets: [-1.0, 0, 1].map { CoreSet(center: [$0], form: [[1]], level: 0.01) })
    let q = try ReactionCoordinate.committor(of: chain, from: [0], to: [2], over: cores)
    #expect(abs(q([-1])) < 1e-9)
    #expect(abs(q([0]) - 0.75) < 1e-9)
    #expect(abs(q([1]) - 1) < 1e-9)
    #expect(q([0.4]) > 0.75 && q([0.4]) < 1)
  }

  @Test("sets contain what they should")
  func sets() throws {
    let x = ReactionCoordinate.coordinate(0, of: 2)
    #expect(StateRegion.below(x, 1).contains([1, 9]))
    #expect(!StateRegion.below(x, 1).contains([1.1, 0]))
    #expect(StateRegion.above(x, 1).contains([1, 0]))
    #expect(StateRegion.ball(center: [1, 1], radius: 0.5).contains([1.3, 1.4]))
    #expect(!StateRegion.ball(center: [1, 1], radius: 0.5).contains([1.5, 1.1]))
    let box = StateRegion.outside(try Domain(lower: [-1, -1], upper: [1, 1]))
    #expect(box.contains([0, 1.5]) && box.contains([-1.5, 0]) && !box.contains([0.5, -0.5]))
    let both = StateRegion.below(x, -1).union(.above(x, 1))
    #expect(both.contains([2, 0]) && both.contains([-2, 0]) && !both.contains([0, 0]))
  }
}
