import Landscapes
import LinearAlgebra
import QuasiPotentials
import Testing

@Suite("Linearised quasi-potentials and their exits")
struct LinearizedQuasiPotentialTests {
  /// F and D that do not commute, around (0.3, −0.2). Reference values: scipy
  /// `solve_continuous_lyapunov`, and a scan of 2 000 001 points over each boundary.
  func rotating() throws -> LinearizedQuasiPotential {
    try LinearizedQuasiPotential(
      center: [0.3, -0.2], stability: [[2, 1], [-1, 1]], diffusion: [[1, 0.2], [0.2, 0.5]])
  }

  @Test(
    "Hu's Example 3.1: εV = 2[x²/μ + y²/(2 − μ)], and the exit costs 2/max(μ, 2 − μ)",
    arguments: [0.4, 1.0, 1.5])
  func huExample(mu: Double) throws {
    let epsilon = 0.1
    let potential = try LinearizedQuasiPotential(
      center: [0, 0], stability: [[2, 0], [0, 2]],
      diffusion: .diagonal([epsilon / 2 * mu, epsilon / 2 * (2 - mu)]))
    let expected = 2 * (0.3 * 0.3 / mu + 0.4 * 0.4 / (2 - mu)) / epsilon
    #expect((potential.value(at: [0.3, -0.4]) / expected - 1).magnitude < 1e-13)
    let exit = try potential.exit(from: .ball(center: [0, 0], radius: 1))
    #expect((epsilon * exit.quasiPotential - 2 / max(mu, 2 - mu)).magnitude < 1e-13)
    #expect((norm(exit.position) - 1).magnitude < 1e-14)
    #expect(potential.rotation.largestMagnitude < 1e-15)
  }

  @Test("The Gaussian of a drift that rotates, against scipy")
  func rotatingDrift() throws {
    let potential = try rotating()
    #expect((potential.value(at: [1, 1]) - 1.527098150782361).magnitude < 1e-12)
    // F = (D + Q)U with an antisymmetric Q (Chaudhari, Lemma 20).
    let q = potential.rotation
    #expect((q + q.transposed).largestMagnitude < 1e-14)
    #expect(q[0, 1].magnitude > 0.1)
    let product = (potential.diffusion + q) * potential.curvature
    #expect((product - potential.stability).largestMagnitude < 1e-13)
  }

  @Test("The cheapest exit from balls, ellipsoids and boxes agrees with a scan of the boundary")
  func exits() throws {
    let potential = try rotating()
    let ball = try potential.exit(from: .ball(center: [0, 0.1], radius: 1))
    #expect((ball.quasiPotential - 0.3634440907100304).magnitude < 1e-10)
    let centred = try potential.exit(from: .ball(center: [0.3, -0.2], radius: 0.5))
    #expect((centred.quasiPotential - 0.19736842105278551).magnitude < 1e-10)
    let ellipsoid = try potential.exit(
      from: .ellipsoid(center: [0.2, 0], shape: [[2, 0.3], [0.3, 0.5]]))
    #expect((ellipsoid.quasiPotential - 0.4094099211241782).magnitude < 1e-10)
    let box = try potential.exit(from: .box(Domain(lower: [-1, -1.5], upper: [2, 0.7])))
    #expect((box.quasiPotential - 0.6877358490566038).magnitude < 1e-12)
    #expect((potential.value(at: box.position) - box.quasiPotential).magnitude < 1e-12)
  }

  @Test("An off-centre ball whose nearest exit is off the soft axis (the degenerate case)")
  func degenerateCase() throws {
    // V = ½(x² + 4y²), ball centred (0, 0.3) of radius 1: on the sphere y = 0.3 + v, x² = 1 − v²,
    // so 2V = 1 − v² + 4(0.3 + v)², least at v = −0.4: 2V = 0.88.
    let potential = try LinearizedQuasiPotential(
      center: [0, 0], stability: .diagonal([1, 4]), diffusion: .identity(2))
    let exit = try potential.exit(from: .ball(center: [0, 0.3], radius: 1))
    #expect((exit.quasiPotential - 0.44).magnitude < 1e-13)
    #expect((exit.position[1] + 0.1).magnitude < 1e-12)
  }

  @Test("Bad fixed points, noises and regions are refused")
  func refusals() throws {
    #expect(throws: QuasiPotentialError.unstable(realPart: -1)) {
      try LinearizedQuasiPotential(
        center: [0, 0], stability: .diagonal([2, -1]), diffusion: .identity(2))
    }
    #expect(throws: QuasiPotentialError.self) {
      try LinearizedQuasiPotential(
        center: [0, 0], stability: .diagonal([2, 1]), diffusion: .diagonal([1, 0]))
    }
    let potential = try rotating()
    #expect(throws: QuasiPotentialError.self) {
      try potential.exit(from: .ball(center: [5, 5], radius: 1))
    }
    #expect(throws: QuasiPotentialError.self) {
      try potential.exit(from: .ball(center: [0, 0], radius: -1))
    }
    #expect(throws: QuasiPotentialError.self) {
      try potential.exit(from: .ball(center: [0], radius: 1))
    }
  }
}
