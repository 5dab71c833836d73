import Landscapes
import LinearAlgebra
import QuasiPotentials
public import StationaryPoints

/// The large-deviation exponent of an escape (Freidlin & Wentzell; Hu et al. 2019, Theorem 3.5):
/// ln k = −V(b), V the quasi-potential of the minimum (Hu's φ is εV).
///
/// It is answered where V has a closed form:
/// - a gradient under constant isotropic noise: V = ΔL/D;
/// - one variable: V = ∫ −b/D dx over the climb;
/// - a gradient under constant noise that commutes with the Hessian wherever it was looked at:
///   V = ∫ ∇LᵀD⁻¹ dl, which then does not depend on the path;
/// - otherwise the Gaussian of the basin (Lyapunov equation), where drift and noise really are
///   linear and constant along the climb; elsewhere a linearisation proves nothing about V.
public struct FreidlinWentzell: EscapeRateFormula {
  /// "freidlinWentzell".
  public let name = "freidlinWentzell"
  /// Freidlin & Wentzell; Hu et al. 2019.
  public let source = "Hu, Zhu, Xiong & Huan 2019, Theorem 3.5"

  /// Leaving a ball-shaped basin has an exponent of its own.
  public let acceptsPlateau = true

  /// Creates the formula.
  public init() {}

  /// The exponent of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    let context = EscapeContext(escape: escape, problem: problem)
    if let radius = problem.basinRadius {
      return try Self.plateauRate(context, radius: radius)
    }
    let (potential, findings) = try Self.quasiPotential(context)
    return EscapeRate(
      logRate: -potential, barrier: context.barrier,
      barrierOverNoise: potential.isFinite ? potential : nil,
      findings: Assumptions.stationaryPoints(context) + Assumptions.discreteSteps(context)
        + Assumptions.barrier(potential) + findings, kind: .exponent)
  }

  /// The exit from a ball-shaped basin onto a plateau: what happens on the plateau costs nothing.
  private static func plateauRate(
    _ context: EscapeContext, radius: Double
  ) throws -> EscapeRate {
    let exit = try context.problem.exitExponent(
      from: context.escape.from,
      region: .ball(center: context.minimum.coordinates, radius: radius))
    return EscapeRate(
      logRate: -exit.quasiPotential, barrier: context.barrier,
      barrierOverNoise: exit.quasiPotential,
      findings: Assumptions.barrier(exit.quasiPotential) + exit.findings, kind: .exponent)
  }

  private static func quasiPotential(_ context: EscapeContext) throws -> (Double, [String]) {
    let problem = context.problem
    if case .isotropic(let strength) = context.diffusion.form, let barrier = context.barrier {
      return (barrier / strength, [])
    }
    let action = PathAction(field: problem.field, diffusion: context.diffusion)
    if problem.field.dimension == 1 {
      let work = try action.work(along: [context.minimum.coordinates, context.saddle.coordinates])
      return work == .infinity
        ? (work, ["the noise vanishes on the way up: the continuous process cannot escape"])
        : (work, [])
    }
    if case .constant(let matrix) = context.diffusion.form, problem.field.isGradient,
      commutes(matrix, context)
    {
      return (
        try action.work(along: context.climb),
        ["the constant noise commutes with the Hessian at all points that were looked at"]
      )
    }
    return try linearized(context, action)
  }

  private static func linearized(
    _ context: EscapeContext, _ action: PathAction
  ) throws -> (Double, [String]) {
    let minimum = context.minimum
    let basin: LinearizedQuasiPotential
    do {
      basin = try LinearizedQuasiPotential(
        center: minimum.coordinates, stability: minimum.hessian,
        diffusion: context.diffusion.matrix(at: minimum.coordinates))
    } catch {
      throw FormulaUnavailable(
        reason: "not available yet: the noise is neither isotropic nor one-dimensional, and the "
          + "linearised basin of minimum \(context.escape.from) has no Gaussian (\(error)); a "
          + "quasi-potential solver is needed")
    }
    let value = basin.value(at: context.saddle.coordinates)
    let bound = try action.geometricAction(of: context.climb)
    let diffusion = context.diffusion.matrix(at: minimum.coordinates)
    let climb = context.climb
    var samples: [[Double]] = []
    for (start, end) in zip(climb, climb.dropFirst()) {
      for k in 0..<8 {
        let share = Double(k) / 8
        samples.append(zip(start, end).map { $0 + share * ($1 - $0) })
      }
    }
    let isLinear = samples.allSatisfy { point in
      (context.problem.field.hessian(at: point) - minimum.hessian).largestMagnitude
        <= 1e-9 * minimum.hessian.largestMagnitude
        && (context.diffusion.matrix(at: point) - diffusion).largestMagnitude
          <= 1e-9 * diffusion.largestMagnitude
    }
    guard isLinear, bound.isFinite else {
      throw FormulaUnavailable(
        reason: "not available yet: the quasi-potential has no closed form here; the linearised "
          + "basin of minimum \(context.escape.from) gives \(Assumptions.rounded(value)) at saddle "
          + "\(context.escape.saddle), the action of the known path, an upper bound, is "
          + "\(Assumptions.rounded(bound)); a quasi-potential solver is needed")
    }
    return (value, ["drift and noise are linear and constant on the climb: a Gaussian basin"])
  }

  /// Whether DH = HD on the path and on a lattice of the box, or of a box around the path where
  /// there is none.
  private static func commutes(_ matrix: Matrix, _ context: EscapeContext) -> Bool {
    let path = context.climb
    let indices = context.minimum.coordinates.indices
    let reach = distance(context.minimum.coordinates, context.saddle.coordinates)
    let lower =
      context.problem.domain?.lower
      ?? indices.map { i in (path.map { $0[i] }.min() ?? 0) - 0.5 * reach }
    let upper =
      context.problem.domain?.upper
      ?? indices.map { i in (path.map { $0[i] }.max() ?? 0) + 0.5 * reach }
    // Additive recurrences fill the box evenly without a random generator.
    let primes: [Double] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]
    let lattice = (1...64).map { k in
      indices.map { i in
        let step = primes[i % primes.count].squareRoot() * Double(1 + i / primes.count)
        let fraction = (Double(k) * step).truncatingRemainder(dividingBy: 1)
        return lower[i] + fraction * (upper[i] - lower[i])
      }
    }
    return (path + lattice).allSatisfy { point in
      let hessian = context.problem.field.hessian(at: point)
      let commutator = hessian * matrix - matrix * hessian
      return commutator.largestMagnitude
        <= 1e-9 * hessian.largestMagnitude * matrix.largestMagnitude
    }
  }
}
