import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("Certified stationary points in one to three dimensions")
struct EnumerationTests {
  @Test("Every point of the certified lists is found, none more", arguments: ReferenceLandscape.all)
  func references(_ reference: ReferenceLandscape) throws {
    let domain = try Domain(lower: reference.lower, upper: reference.upper)
    let network = try StationaryPointSearch(domain: domain, highestIndex: nil)
      .run(on: reference.field)
    #expect(network.completeness.status == .certified)
    let expectedMinima = reference.points.filter { $0.index == 0 }
    let expectedSaddles = reference.points.filter { $0.index == 1 }
    let found =
      network.minima + network.saddles.map(\.point) + network.higherIndexPoints
    #expect(network.minima.count == expectedMinima.count)
    #expect(network.saddles.count == expectedSaddles.count)
    #expect(found.count == reference.points.count)
    for expected in reference.points {
      let match = try #require(
        found.first { distance($0.coordinates, expected.coordinates) < 1e-9 })
      #expect(match.isCertified)
      #expect(match.index == expected.index)
      #expect(match.gradientNorm < 1e-9)
      let energy = try #require(match.energy)
      #expect((energy - expected.energy).magnitude < 1e-9)
      for (a, b) in zip(match.spectrum, expected.eigenvalues) {
        #expect((a - b).magnitude < 1e-9 * max(1, b.magnitude))
      }
    }
    for expected in expectedSaddles {
      let saddle = try #require(
        network.saddles.first { distance($0.point.coordinates, expected.coordinates) < 1e-9 })
      let ends = try Set(
        saddle.connects.map { end in
          let minimum = network.minima[try #require(end)]
          return try #require(
            reference.points.firstIndex {
              distance($0.coordinates, minimum.coordinates) < 1e-9
            })
        })
      #expect(ends == Set(expected.connects))
      for (end, path) in zip(saddle.connects, saddle.descents) {
        #expect(path.count <= 200)
        #expect(path.first == saddle.point.coordinates)
        #expect(path.last == end.map { network.minima[$0].coordinates })
      }
    }
  }

  /// The one-dimensional list has 11 minima and 10 maxima (the certified list of the
  /// one-dimensional function); the function is a sum, so the plane has their products.
  @Test("Rastrigin's function in the plane has 121 minima, 220 saddles and 100 maxima")
  func rastrigin() throws {
    let domain = try Domain(lower: [-5.12, -5.12], upper: [5.12, 5.12])
    let network = try StationaryPointSearch(domain: domain, highestIndex: nil)
      .run(on: CompiledField(Rastrigin(dimension: 2)))
    #expect(network.completeness.status == .certified)
    #expect(network.minima.count == 121)
    #expect(network.saddles.count == 220)
    #expect(network.higherIndexPoints.count == 100)
    // Each saddle joins the two minima beside it in one coordinate.
    for saddle in network.saddles {
      let ends = saddle.connects.compactMap { $0 }
      #expect(Set(ends).count == 2)
    }
    #expect(distance(network.minima[0].coordinates, [0, 0]) < 1e-14)
    #expect(
      (network.minima[1].coordinates[0] + 0.9949586376523347).magnitude < 1e-12)
  }

  /// By numpy: the three real roots of x³ − x + 0.15 = 0 on y = 0 have index 0, 1, 0; off that
  /// line x = −10/3, outside the domain.
  @Test("The tilted double well with a coupled valley")
  func tiltedDoubleWell() throws {
    let domain = try Domain(lower: [-2, -2], upper: [2, 2])
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(TiltedDoubleWell()))
    #expect(network.completeness.status == .certified)
    #expect(network.minima.count == 2)
    #expect(network.saddles.count == 1)
    #expect(network.saddles[0].connects.compactMap { $0 }.sorted() == [0, 1])
    #expect((network.minima[0].coordinates[0] + 1.0679230136896969).magnitude < 1e-12)
    #expect((network.saddles[0].point.coordinates[0] - 0.15362569782348381).magnitude < 1e-12)
    #expect(network.escapes.count == 2)
  }

  @Test("A minimum on the wall of the domain is found once")
  func onTheWall() throws {
    let domain = try Domain(lower: [-1, 0], upper: [1, 1])
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(Rastrigin(dimension: 2)))
    // Minima at −0.995, 0 and 0.995 in x, at 0 (on the wall) and 0.995 in y.
    #expect(network.minima.count == 6)
    #expect(network.completeness.status == .certified)
  }

  /// Products of the one-dimensional list: 11³ minima and 3·11²·10 saddles among 21³ points.
  @Test("Rastrigin's function in space")
  func rastriginInSpace() throws {
    let domain = try Domain(lower: [-5.12, -5.12, -5.12], upper: [5.12, 5.12, 5.12])
    let network = try StationaryPointSearch(domain: domain, highestIndex: nil, followPaths: false)
      .run(on: CompiledField(Rastrigin(dimension: 3)))
    #expect(network.completeness.status == .certified)
    #expect(network.minima.count == 1331)
    #expect(network.saddles.count == 3630)
    #expect(network.higherIndexPoints.count == 9261 - 1331 - 3630)
  }
}
