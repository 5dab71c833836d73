import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("The search in higher dimensions")
struct SystematicSearchTests {
  /// The function is a sum: per coordinate minima at −2.9035340277711771 and 2.7468027709908370, a
  /// maximum at 0.15673125678034010 (roots of 4x³ − 32x + 5).
  @Test("Styblinski–Tang has 2^d minima and d·2^(d−1) saddles", arguments: [4, 5, 6])
  func styblinskiTang(_ d: Int) throws {
    let domain = try Domain(
      lower: [Double](repeating: -5, count: d), upper: [Double](repeating: 5, count: d))
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(StyblinskiTang(dimension: d)))
    #expect(network.minima.count == 1 << d)
    #expect(network.saddles.count == d << (d - 1))
    #expect(network.completeness.status == .consistent)
    for point in network.minima + network.saddles.map(\.point) {
      for x in point.coordinates {
        let nearest = [-2.9035340277711771, 0.1567312567803401, 2.746802770990837]
          .map { (x - $0).magnitude }.min()
        #expect((nearest ?? 1) < 1e-12)
      }
    }
    for saddle in network.saddles {
      let ends = saddle.connects.compactMap { $0 }
      #expect(ends.count == 2)
      // The two minima agree in all coordinates but one.
      let differing = zip(network.minima[ends[0]].coordinates, network.minima[ends[1]].coordinates)
        .count { ($0 - $1).magnitude > 1e-9 }
      #expect(differing == 1)
    }
  }

  @Test("All 81 points of Styblinski–Tang in four dimensions satisfy the Euler sum")
  func allIndices() throws {
    let domain = try Domain(lower: [-5, -5, -5, -5], upper: [5, 5, 5, 5])
    let network = try StationaryPointSearch(domain: domain, highestIndex: nil).run(
      on: CompiledField(StyblinskiTang(dimension: 4)))
    #expect(
      network.minima.count + network.saddles.count + network.higherIndexPoints.count == 81)
    #expect(network.completeness.status == .consistent)
    #expect(network.completeness.detail.contains("Euler sum is 1"))
  }

  /// By scipy: BFGS from 400 random starts ends at the two uniform chains ±1 only. Their energy is
  /// zero, and the chain is symmetric under reflection and change of sign.
  @Test("A chain of twenty strongly coupled wells has two minima")
  func chain() throws {
    let d = 20
    let domain = try Domain(
      lower: [Double](repeating: -2, count: d), upper: [Double](repeating: 2, count: d))
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(WellChain(dimension: d, coupling: 10)))
    #expect(network.minima.count == 2)
    for minimum in network.minima {
      #expect(minimum.coordinates.allSatisfy { ($0.magnitude - 1).magnitude < 1e-9 })
    }
    #expect(network.saddles.allSatisfy { $0.connects.compactMap { $0 }.sorted() == [0, 1] })
    #expect(network.saddles.isEmpty == false)
  }

  /// Two independent Maier–Stein systems: per system two stable fixed points and one saddle.
  @Test("The fixed points of a drift in four dimensions")
  func drift() throws {
    let domain = try Domain(lower: [-1.5, -1, -1.6, -1.1], upper: [1.5, 1, 1.6, 1.1])
    let network = try StationaryPointSearch(domain: domain, highestIndex: nil).run(
      on: CompiledField(field: TwoMaierStein()))
    #expect(network.minima.count == 4)
    #expect(network.saddles.count == 4)
    #expect(network.higherIndexPoints.count == 1)
    #expect(network.completeness.status == .consistent)
  }

  @Test("The same seed gives the same network")
  func reproducible() throws {
    let domain = try Domain(lower: [-5, -5, -5, -5], upper: [5, 5, 5, 5])
    let search = StationaryPointSearch(domain: domain)
    let field = CompiledField(StyblinskiTang(dimension: 4))
    #expect(try search.run(on: field) == search.run(on: field))
  }

  @Test("Without enclosures the plane is searched, and no more is claimed than is known")
  func withoutEnclosures() throws {
    let domain = try Domain(lower: [-6, -6], upper: [6, 6])
    let network = try StationaryPointSearch(domain: domain, highestIndex: nil).run(
      on: CompiledField(Himmelblau(), enclosures: false))
    #expect(network.minima.count == 4)
    #expect(network.saddles.count == 4)
    #expect(network.higherIndexPoints.count == 1)
    #expect(network.completeness.status == .consistent)
  }
}
