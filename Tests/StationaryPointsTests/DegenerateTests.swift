import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("Landscapes without isolated minima, and other difficult ones")
struct DegenerateTests {
  private let box = { try Domain(lower: [-2, -2.1], upper: [2.2, 2]) }

  @Test("A circle of minima is recognised and named")
  func circle() throws {
    let domain = try box()
    let error = #expect(throws: StationaryPointError.self) {
      try StationaryPointSearch(domain: domain).run(on: CompiledField(MexicanHat()))
    }
    guard case .noIsolatedStationaryPoint(let x, let count) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(count == 1)
    #expect((norm(x) - 1).magnitude < 1e-6)
  }

  @Test("An energy that ignores a variable is recognised and named")
  func strip() throws {
    let domain = try box()
    let error = #expect(throws: StationaryPointError.self) {
      try StationaryPointSearch(domain: domain).run(on: CompiledField(Strip()))
    }
    guard case .noIsolatedStationaryPoint(_, let count) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(count == 1)
  }

  @Test("Two bowls in a plain: both minima, and the plain is reported")
  func bowls() throws {
    let domain = try Domain(lower: [-4, -3], upper: [4, 3])
    let network = try StationaryPointSearch(domain: domain).run(on: CompiledField(BowlsInPlain()))
    #expect(network.minima.count == 2)
    #expect(distance(network.minima[0].coordinates, [-2, 0]) < 1e-12)
    #expect(distance(network.minima[1].coordinates, [2, 0]) < 1e-12)
    #expect(network.completeness.status == .unknown)
    #expect(network.findings.count { $0.contains("continuum") } == 1)
  }

  @Test("A quartic minimum is listed with its flat direction")
  func quartic() throws {
    let network = try StationaryPointSearch(domain: try box()).run(
      on: CompiledField(QuarticValley()))
    #expect(network.minima.count == 1)
    #expect(network.minima[0].flatDirections == 1)
    #expect(norm(network.minima[0].coordinates) < 1e-4)
    #expect(network.completeness.status == .consistent)
    #expect(network.findings.contains { $0.contains("degenerate") })
  }

  @Test("A slope has no minimum")
  func slide() throws {
    let domain = try box()
    #expect(throws: StationaryPointError.noMinimum(domain: domain)) {
      try StationaryPointSearch(domain: domain).run(on: CompiledField(Slide()))
    }
  }

  @Test("An energy without lower bound diverges")
  func abyss() throws {
    let domain = try box()
    let error = #expect(throws: StationaryPointError.self) {
      try StationaryPointSearch(domain: domain).run(on: CompiledField(Abyss()))
    }
    guard case .diverges = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
  }

  @Test("An energy that falls without bound inside the domain is refused, in any dimension")
  func poles() throws {
    for (power, dimension) in [(-1, 1), (-1, 2), (-2, 2), (0, 2), (-1, 5), (0, 4)] {
      let pole = Pole(dimension: dimension, power: power)
      let domain = try Domain(
        lower: [Double](repeating: -1, count: dimension),
        upper: [Double](repeating: 1, count: dimension))
      let error = #expect(throws: StationaryPointError.self) {
        try StationaryPointSearch(domain: domain).run(on: CompiledField(pole))
      }
      guard case .divergesInside(let x) = error else {
        Issue.record("power \(power) in \(dimension): \(String(describing: error))")
        continue
      }
      #expect((x[0] - 0.3).magnitude < 1e-6)
    }
  }

  @Test("A weak pole beside a zero of the gradient, and a small one in a wide domain, are found")
  func weakPoles() throws {
    for (pole, half) in [
      (WeakPole(place: 0.37, isLogarithm: true), 2.0),
      (WeakPole(place: 7.7, isLogarithm: false), 1000),
    ] {
      let search = StationaryPointSearch(domain: try Domain(lower: [-half], upper: [half]))
      let error = #expect(throws: StationaryPointError.self) {
        try search.run(on: CompiledField(pole))
      }
      guard case .divergesInside(let x) = error else {
        Issue.record("unexpected \(String(describing: error))")
        continue
      }
      #expect((x[0] - pole.place).magnitude < 1e-9)
    }
  }

  @Test("A wall that rises without bound is no divergence")
  func wall() throws {
    let network = try StationaryPointSearch(domain: try Domain(lower: [-3], upper: [3])).run(
      on: CompiledField(Wall()))
    // x² + 1/x²: minima at ±1.
    #expect(network.minima.map { ($0.coordinates[0] * 1e9).rounded() / 1e9 } == [-1, 1])
  }

  @Test("An energy that is not a number in a part of the domain is refused")
  func notFinite() throws {
    let error = #expect(throws: StationaryPointError.self) {
      try StationaryPointSearch(domain: try Domain(lower: [-1], upper: [1])).run(
        on: CompiledField(Logarithm()))
    }
    guard case .notFinite(let x) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(x[0] < 0)
  }

  /// x ln x has its minimum at 1/e.
  @Test("An infinite slope at the wall does no harm")
  func logarithm() throws {
    let network = try StationaryPointSearch(domain: try Domain(lower: [0], upper: [2])).run(
      on: CompiledField(Logarithm()))
    #expect((network.minima[0].coordinates[0] - 0.36787944117144233).magnitude < 1e-13)
  }

  @Test("A cone is reported, and the minima around it are found")
  func ackley() throws {
    let domain = try Domain(lower: [-1.5, -1.5], upper: [1.5, 1.5])
    let network = try StationaryPointSearch(domain: domain).run(on: CompiledField(Ackley()))
    #expect(network.minima.count == 8)
    #expect(network.completeness.status == .unknown)
    #expect(network.findings.contains { $0.contains("kink") })
  }

  @Test("The domain must have the field's dimension")
  func dimension() throws {
    #expect(throws: StationaryPointError.dimensionMismatch(domain: 1, field: 2)) {
      try StationaryPointSearch(domain: try Domain(lower: [-1], upper: [1])).run(
        on: CompiledField(Himmelblau()))
    }
  }

  @Test("A cancelled search ends")
  func cancelled() throws {
    let domain = try Domain(lower: [-5.0, -5, -5, -5], upper: [5.0, 5, 5, 5])
    let network = try StationaryPointSearch(domain: domain).run(
      on: CompiledField(StyblinskiTang(dimension: 4)), isCancelled: { true })
    #expect(network.minima.isEmpty)
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.hasPrefix("interrupted"))
  }
}

/// |x|² with a pole of the first variable at 0.3: 1/u, −1/u², or for 0 a logarithm.
private struct Pole: Landscape {
  let dimension: Int
  let power: Int
  func energy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(0.0)
    for i in 0..<dimension { sum = sum + x[i].squared() }
    let u = x[0] - 0.3
    switch power {
    case -1: return sum + 0.1 / u
    case -2: return sum - 0.1 / u.squared()
    default: return sum + 0.1 * S.log(u.squared())
    }
  }
}

/// x² + 1/x².
private struct Wall: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { x[0].squared() + 1 / x[0].squared() }
}

/// (x² − 1)² with 10⁻⁴ ln|u| or −10⁻⁴/u² beside it.
private struct WeakPole: Landscape {
  let place: Double
  let isLogarithm: Bool
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let u = (x[0] - S(place)).squared()
    let well = (x[0].squared() - 1).squared()
    return isLogarithm ? well + 5e-5 * S.log(u) : well - 1e-4 / u
  }
}
