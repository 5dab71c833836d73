import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("Drifts that are not gradients, and the basins of the flow")
struct DriftTests {
  /// By mpmath's root finder with 30 digits.
  @Test("Chaudhari and Soatto's Example 19 has two stable fixed points that a swirl has moved")
  func chaudhari() throws {
    let domain = try Domain(lower: [-2, -2], upper: [2, 2])
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(field: ChaudhariExample(strength: 0.5)))
    #expect(network.completeness.status == .certified)
    #expect(network.minima.count == 2)
    #expect((network.minima[1].coordinates[0] - 0.90242832117743036).magnitude < 1e-14)
    #expect((network.minima[1].coordinates[1] - 0.38880223835685550).magnitude < 1e-14)
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

  /// Above λ = e^(−1/4) only the origin is left: a centre that attracts weakly (Chaudhari and
  /// Soatto 2018, Example 19; the eigenvalues are ±√(1 − λ²e^(1/2)) in −Db).
  @Test("A centre that attracts counts as stable")
  func center() throws {
    let domain = try Domain(lower: [-2, -2], upper: [2, 2])
    let field = CompiledField(field: ChaudhariExample(strength: 1))
    let network = try StationaryPointSearch(domain: domain).run(on: field)
    #expect(network.minima.count == 1)
    #expect(network.saddles.isEmpty)
    #expect(
      (network.minima[0].eigenvalues[1].imaginary - 0.80543235016985).magnitude < 1e-8)
    #expect(network.findings.contains { $0.contains("centre") })
    let follower = DescentFollower(field: field, minima: network.minima, domain: domain)
    #expect(try follower.minimum(reachedFrom: [0.8, 0.3]) == 0)
  }

  /// Ends by scipy's Radau integrator on the gradient flow.
  @Test(
    "Basins of the tilted double well",
    arguments: [
      ([-1.5, 1.9], 0), ([0.4, 1.2], 1), ([0.2, -0.5], 1), ([0.17, 0.1], 1), ([1.2, -1.8], 1),
      ([0.1, 0.05], 0), ([0.5, 1.0], 1),
    ])
  func tiltedBasins(_ start: [Double], _ expected: Int) throws {
    let domain = try Domain(lower: [-2, -2], upper: [2, 2])
    let field = CompiledField(TiltedDoubleWell())
    let network = try StationaryPointSearch(domain: domain).run(on: field)
    let follower = DescentFollower(
      field: field, minima: network.minima, others: network.saddles.map(\.point), domain: domain)
    #expect(try follower.minimum(reachedFrom: start) == expected)
  }

  @Test("A descent that leaves the domain ends nowhere; a reflecting wall stops it")
  func walls() throws {
    let domain = try Domain(lower: [-0.9, -2], upper: [2, 2])
    let field = CompiledField(TiltedDoubleWell())
    for reflecting in [false, true] {
      let network = try StationaryPointSearch(domain: domain, reflecting: reflecting)
        .run(on: field)
      #expect(network.minima.count == 1)
      let connects = try #require(network.saddles.first).connects
      #expect(connects.contains(nil))
      #expect(connects.contains(0))
      for path in network.saddles[0].descents {
        #expect(path.allSatisfy { $0[0] > -1.1 })
      }
    }
  }

  /// V = (x² − 1)² + 10 (y − x²/2)²: at (0.3, 0.21) the flow falls towards the valley floor at
  /// y = 0.045, below the wall y = 0.2; along the wall ∂V/∂x < 0, so it slides to (1, 1/2).
  @Test("The flow slides along a reflecting wall")
  func sliding() throws {
    let domain = try Domain(lower: [-2, 0.2], upper: [2, 2])
    let field = CompiledField(BentValley())
    let network = try StationaryPointSearch(domain: domain, reflecting: true).run(on: field)
    #expect(network.minima.count == 2)
    let sliding = DescentFollower(
      field: field, minima: network.minima, domain: domain, reflecting: true)
    let open = DescentFollower(field: field, minima: network.minima, domain: domain)
    #expect(try sliding.minimum(reachedFrom: [0.3, 0.21]) == 1)
    #expect(try open.minimum(reachedFrom: [0.3, 0.21]) == nil)
  }

  @Test("Every point of a grid has a basin")
  func grid() throws {
    let domain = try Domain(lower: [-3, -2], upper: [2.5, 4])
    let field = CompiledField(MullerBrown())
    let network = try StationaryPointSearch(domain: domain).run(on: field)
    let follower = DescentFollower(
      field: field, minima: network.minima, others: network.saddles.map(\.point), domain: domain)
    var counts = [0, 0, 0, 0]
    for i in 0..<60 {
      for j in 0..<60 {
        let x = [-1.5 + 2.5 * Double(i) / 59, -0.25 + 2.0 * Double(j) / 59]
        counts[try follower.minimum(reachedFrom: x) ?? 3] += 1
      }
    }
    #expect(follower.capturingMinimum(network.minima[0].coordinates) == 0)
    #expect(counts[3] == 0)
    #expect(counts[0] + counts[1] + counts[2] == 3600)
  }
}
