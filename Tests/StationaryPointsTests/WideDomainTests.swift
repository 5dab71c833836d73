import Landscapes
import StationaryPoints
import Testing

private struct Quartic: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    x[0].raised(to: 4) - x[0].squared() + x[1].squared() * (1 + x[0].squared())
  }
}

@Suite("Boxes far larger than what they hold")
struct WideDomainTests {
  @Test("Two minima and their saddle are found and proved", arguments: [1e3, 1e6, 1e8])
  func wide(size: Double) throws {
    let domain = try Domain(lower: [-size, -size], upper: [size, size])
    let network = try StationaryPointSearch(domain: domain).run(on: CompiledField(Quartic()))
    #expect(network.completeness.status == .certified)
    // x = ±1/√2, by hand.
    #expect(network.minima.count == 2)
    #expect((network.minima[1].coordinates[0] - 0.5.squareRoot()).magnitude < 1e-12)
    #expect(
      network.saddles.map(\.connects) == [[0, 1]] || network.saddles.map(\.connects) == [[1, 0]])
  }
}
