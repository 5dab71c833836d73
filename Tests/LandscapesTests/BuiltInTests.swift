import Landscapes
import LinearAlgebra
import Testing

@Suite("Built-in landscapes")
struct BuiltInTests {
  @Test(
    "The gradient vanishes at every known stationary point, and the index is the stated one",
    arguments: LandscapeCatalogue.entries.map(\.name))
  func knownPoints(name: String) throws {
    let system = try LandscapeCatalogue.entry(named: name).system()
    for point in system.knownStationaryPoints {
      let hessian = system.field.hessian(at: point.coordinates)
      let scale = max(1, hessian.largestMagnitude)
      #expect(norm(system.field.drift(at: point.coordinates)) < 1e-12 * scale)
      let negative = try hessian.eigenvalues().filter { $0.real < 0 }.count
      #expect(negative == point.index)
      #expect(system.domain.contains(point.coordinates))
    }
  }

  // Energies from the certified 40-digit lists of stationary points, and by hand.
  @Test(
    "Energies agree with published or 40-digit values",
    arguments: [
      ("muller-brown", [-0.5582236346330243, 1.4417258418046686], -146.69951720995401),
      ("himmelblau", [-0.2708445906673476, -0.9230385564799815], 181.61652152258262),
      ("six-hump-camel", [0.08984201310031806, -0.7126564030207396], -1.0316284534898774),
      ("styblinski-tang", [-2.9035340277711771, -2.9035340277711771], -78.332331407545),
      ("rastrigin", [0.5, 0], 20.25), ("rosenbrock", [-1, 2], 104),
      ("ackley", [0, 0], 0.0399600266533),
    ] as [(String, [Double], Double)])
  func energies(name: String, point: [Double], expected: Double) throws {
    let field = try LandscapeCatalogue.entry(named: name).system().field
    let energy = try #require(field.energy(at: point))
    #expect((energy - expected).magnitude < 1e-9 * max(1, expected.magnitude))
  }

  @Test("Hand-written gradients agree with the derivative of the energy")
  func handWritten() {
    struct Derived: Landscape {
      var dimension: Int { 3 }
      func energy<S: Scalar>(at x: Span<S>) -> S {
        StyblinskiTang(dimension: 3, sampleVariance: 0.7, curvatureScale: 2).energy(at: x)
      }
    }
    let written = CompiledField(
      StyblinskiTang(dimension: 3, sampleVariance: 0.7, curvatureScale: 2))
    let derived = CompiledField(Derived())
    let x = [0.3, -1.7, 2.2]
    for (a, b) in zip(written.gradient(at: x), derived.gradient(at: x)) {
      #expect((a - b).magnitude < 1e-11)
    }
  }

  @Test("Averaging Styblinski–Tang over unit samples gives ½(θ⁴ − 10θ² + 5θ) + const")
  func averagedLoss() throws {
    // E(θ−x)⁴ = θ⁴ + 6θ² + 3, E(θ−x)² = θ² + 1, so ½(θ⁴ − 10θ² + 5θ − 13).
    let field = CompiledField(StyblinskiTang(dimension: 1, sampleVariance: 1))
    let energy = try #require(field.energy(at: [1.5]))
    #expect((energy - 0.5 * (5.0625 - 22.5 + 7.5 - 13)).magnitude < 1e-13)
  }

  @Test("The drift of Chaudhari's example keeps e^−Φ stationary: ∇·(b ρ − ∇ρ) = 0")
  func chaudhari() {
    // ∇·(ρ e^Φ J) = ∇·J = 0, so with ρ = e^−Φ: div(b) − b·∇Φ = −ΔΦ·... reduces to this identity.
    let field = CompiledField(field: ChaudhariDoubleWell(circulation: 0.5))
    for x in [[0.3, -0.7], [1.1, 0.4], [-0.9, 0.2]] {
      let b = field.drift(at: x)
      let jacobian = field.driftJacobian(at: x)
      let gradient = [x[0] * (x[0] * x[0] - 1), x[1]]
      let laplacian = 3 * x[0] * x[0] - 1 + 1
      let square = gradient[0] * gradient[0] + gradient[1] * gradient[1]
      let residual = jacobian.trace - dot(b, gradient) + laplacian - square
      #expect(residual.magnitude < 1e-13)
    }
    let fixed = field.drift(at: [0.902428, 0.388802])
    #expect(norm(fixed) < 3e-6)
  }

  @Test("Unknown names and values are refused with what would be accepted")
  func refusals() throws {
    #expect(throws: LandscapeError.self) { try LandscapeCatalogue.entry(named: "egg-box") }
    let well = try LandscapeCatalogue.entry(named: "double-well")
    #expect(throws: LandscapeError.self) { try well.system(parameters: ["slope": 1]) }
    #expect(throws: LandscapeError.self) { try well.system(parameters: ["height": -1]) }
    #expect(throws: LandscapeError.self) { try well.system(dimension: 0) }
    let bowl = try LandscapeCatalogue.entry(named: "hu-bowl")
    #expect(throws: LandscapeError.self) { try bowl.system(parameters: ["mu": 2]) }
    #expect(throws: LandscapeError.self) { try bowl.system(dimension: 3) }
  }
}
