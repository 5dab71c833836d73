import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("Drifts that are not gradients, and the basins of the flow")
struct DriftTests {
  /// By scipy's root finder: (0.902428, 0.388802).
  @Test("Chaudhari and Soatto's Example 19 has two stable fixed points that a swirl has moved")
  func chaudhari() throws {
    let domain = try Domain(lower: [-2, -2], upper: [2, 2])
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(field: ChaudhariExample(strength: 0.5)))
    print("chaudhari", network.completeness, network.evaluations)
    #expect(network.completeness.status == .certified)
    #expect(network.minima.count == 2)
    #expect((network.minima[1].coordinates[0] - 0.902428).magnitude < 1e-6)
    #expect((network.minima[1].coordinates[1] - 0.388802).magnitude < 1e-6)
    #expect(network.minima[0].energy == nil)
    #expect(network.saddles.count == 1)
    #expect(norm(network.saddles[0].point.coordinates) < 1e-14)
    #expect(network.saddles[0].connects.compactMap { $0 }.sorted() == [0, 1])
  }

  /// Fixed points (∓1, 0) and (0, 0); −Db there has the eigenvalues 2, 2 and −1, 1.
  @Test("Maier and Stein's drift")
  func maierStein() throws {
    let domain = try Domain(lower: [-1.5, -1], upper: [1.5, 1])
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(field: MaierStein(alpha: 10)))
    #expect(network.completeness.status == .certified)
    #expect(network.minima.map(\.coordinates) == [[-1, 0], [1, 0]])
    #expect(network.minima[0].spectrum == [2, 2])
    #expect(network.saddles.count == 1)
    #expect(network.saddles[0].connects == [0, 1])
  }

  @Test("Basins are exact: the sign of the first coordinate decides in Maier and Stein's drift")
  func basins() throws {
    let domain = try Domain(lower: [-1.5, -1], upper: [1.5, 1])
    let field = CompiledField(field: MaierStein(alpha: 10))
    let network = try StationaryPointSearch(domain: domain).run(on: field)
    let follower = DescentFollower(
      field: field, minima: network.minima, others: network.saddles.map(\.point), domain: domain)
    #expect(follower.captureRadii.allSatisfy { $0 > 0.05 })
    for x in [-1.4, -0.7, -0.1, -1e-3, 1e-3, 0.2, 0.9] {
      for y in [-0.9, -0.2, 0.0, 0.6] {
        #expect(try follower.minimum(reachedFrom: [x, y]) == (x < 0 ? 0 : 1))
      }
    }
  }

  /// By scipy's Radau integrator on the gradient flow.
  @Test("A descent that leaves the domain ends nowhere, unless the walls reflect")
  func walls() throws {
    let domain = try Domain(lower: [-2, -2], upper: [2, 2])
    let field = CompiledField(TiltedDoubleWell())
    let network = try StationaryPointSearch(domain: domain).run(on: field)
    let open = DescentFollower(
      field: field, minima: network.minima, others: network.saddles.map(\.point), domain: domain)
    #expect(try open.minimum(reachedFrom: [-1.5, 1.9]) != nil)
    let narrow = try Domain(lower: [-0.9, -2], upper: [2, 2])
    let right = try StationaryPointSearch(domain: narrow).run(on: field)
    #expect(right.minima.count == 1)
    #expect(right.saddles[0].connects.contains(nil))
  }
}
