import Landscapes
import LinearAlgebra
import QuasiPotentials
import Testing

/// L = (x² − 1)²/4 + y².
private struct Channel: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + x[1].squared()
  }
}

/// L = (x² − 1)²/4.
private struct Quartic: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { 0.25 * (x[0].squared() - 1).squared() }
}

@Suite("Actions and work along given paths")
struct PathActionTests {
  let field = CompiledField(Channel())
  let valley: [[Double]] = [[-1, 0], [-0.5, 0], [0, 0]]

  @Test("Isotropic noise: the work is ΔL/D on any path, the action only along the gradient")
  func isotropic() throws {
    let action = PathAction(
      field: field, diffusion: try IsotropicDiffusion(dimension: 2, strength: 0.05))
    #expect((try action.work(along: valley) - 5).magnitude < 1e-12)
    #expect((try action.geometricAction(of: valley) - 5).magnitude < 1e-11)
    let detour: [[Double]] = [[-1, 0], [-0.5, 0.3], [0, 0]]
    #expect((try action.work(along: detour) - 5).magnitude < 1e-11)
    #expect(try action.geometricAction(of: detour) > 5.1)
    // Downhill nothing is paid.
    #expect((try action.geometricAction(of: valley.reversed())).magnitude < 1e-12)
    #expect((try action.work(along: valley.reversed()) + 5).magnitude < 1e-12)
  }

  @Test("Constant diagonal noise in a separable landscape: Σ ΔLᵢ/Dᵢ")
  func diagonal() throws {
    let action = PathAction(
      field: field, diffusion: try ConstantDiffusion([[0.05, 0], [0, 0.5]]))
    // From (−1, 0) to (0, 0.6): 0.25/0.05 + 0.36/0.5.
    let path: [[Double]] = [[-1, 0], [-0.4, 0.1], [0, 0.6]]
    #expect((try action.work(along: path) - 5.72).magnitude < 1e-11)
  }

  @Test("Multiplicative noise: ∫L'/D in closed form")
  func multiplicative() throws {
    // D = 0.1(1 + x²/2): ψ = 20[x²/2 − (3/2) ln(2 + x²)], ψ(0) − ψ(−1) = −10 + 30 ln(3/2).
    let noise = FieldDiffusion(dimension: 1) { [[0.1 * (1 + 0.5 * $0[0] * $0[0])]] }
    let action = PathAction(field: CompiledField(Quartic()), diffusion: noise)
    let expected = -10 + 30 * 0.4054651081081644
    #expect((try action.work(along: [[-1], [0]]) - expected).magnitude < 1e-11)
  }

  @Test("Literal Hessian noise: infinite at the inflection, uphill and downhill")
  func inflection() throws {
    let field = CompiledField(Quartic())
    let action = PathAction(field: field, diffusion: HessianDiffusion(field: field, scale: 0.05))
    #expect(try action.work(along: [[-1], [-0.3], [0]]) == .infinity)
    #expect(try action.work(along: [[0], [-1]]) == -.infinity)
    // The same in two dimensions, where only one eigenvalue vanishes.
    let channel = PathAction(
      field: self.field, diffusion: HessianDiffusion(field: self.field, scale: 0.05))
    #expect(try channel.work(along: valley) == .infinity)
  }

  @Test("The action with times: ¼∫|φ̇ − b|²/D dt along a straight line in closed form")
  func timed() throws {
    // b = −x, D = 0.5, φ = t on [0, 2]: ¼·2·∫(1 + t)² dt = ½·(27 − 1)/3.
    let field = CompiledField(field: Decay())
    let action = PathAction(
      field: field, diffusion: try IsotropicDiffusion(dimension: 1, strength: 0.5))
    let value = try action.action(of: [[0], [0.5], [2]], times: [0, 0.5, 2])
    #expect((value - 26.0 / 6).magnitude < 1e-12)
    // Faster or slower, it costs no less than the geometric action x²/2D = 4.
    #expect((try action.geometricAction(of: [[0], [2]]) - 4).magnitude < 1e-12)
  }
}

private struct Decay: VectorField {
  var dimension: Int { 1 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) { b[0] = -x[0] }
}
