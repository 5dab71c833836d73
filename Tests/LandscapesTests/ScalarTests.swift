import Landscapes
import LinearAlgebra
import Testing

struct Quartic: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + 0.15 * x[0] + x[1].squared() * (1 + 0.3 * x[0])
  }
}

@Suite("Scalars: one energy, evaluated on every kind of number")
struct ScalarTests {
  @Test("Dual numbers give the hand-derived gradient and Hessian")
  func derivatives() throws {
    let field = CompiledField(Quartic())
    let x = [0.7, -0.4]
    let gradient = field.gradient(at: x)
    #expect((gradient[0] - ((0.49 - 1) * 0.7 + 0.15 + 0.3 * 0.16)).magnitude < 1e-15)
    #expect((gradient[1] - (-0.8 * 1.21)).magnitude < 1e-15)
    let hessian = field.hessian(at: x)
    #expect((hessian - [[3 * 0.49 - 1, -0.24], [-0.24, 2.42]]).largestMagnitude < 1e-15)
  }

  @Test("Eight lanes give the bits of eight single evaluations")
  func lanes() {
    let field = CompiledField(Quartic())
    var points = [Lanes(0), Lanes(0)]
    for lane in 0..<8 {
      points[0][lane] = Double(lane) * 0.3 - 1
      points[1][lane] = 0.5 - Double(lane) * 0.1
    }
    var drift = [Lanes(0), Lanes(0)]
    do {
      var span = drift.mutableSpan
      field.driftLanes(points.span, &span)
    }
    for lane in 0..<8 {
      let single = field.drift(at: [points[0][lane], points[1][lane]])
      #expect(drift[0][lane] == single[0])
      #expect(drift[1][lane] == single[1])
    }
  }

  @Test("An interval encloses every value inside it")
  func intervals() throws {
    let field = CompiledField(Quartic())
    let enclosure = try #require(field.energyEnclosure)
    let box = [Interval(-1.2, -0.8), Interval(-0.1, 0.3)]
    let range = enclosure(box.span)
    for i in 0...20 {
      for j in 0...20 {
        let x = [-1.2 + 0.02 * Double(i), -0.1 + 0.02 * Double(j)]
        let value = try #require(field.energy(at: x))
        #expect(range.contains(value))
      }
    }
    #expect(Interval.sin(Interval(0, 2)).upper == 1)
    #expect(Interval.cos(Interval(3, 3.3)).lower == -1)
    #expect(Interval(-2, 3).squared().lower == 0)
    #expect((Interval(1, 2) / Interval(-1, 1)).upper == .infinity)
  }
}
