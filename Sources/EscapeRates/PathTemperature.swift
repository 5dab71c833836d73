import Landscapes
import LinearAlgebra
import QuasiPotentials
import StationaryPoints

/// Xie's two temperatures on the path, and the s at which one takes over from the other.
struct PathTemperature {
  let share: Double
  let findings: [String]

  /// s as the setting says; `temperatures` are T_a and T_b, the noise along the escape direction
  /// at both ends.
  static func resolve(
    _ setting: PathShare, _ context: EscapeContext, temperatures: (Double, Double)
  ) throws -> PathTemperature {
    if case .fixed(let s) = setting { return PathTemperature(share: s, findings: []) }
    let work = try PathAction(field: context.problem.field, diffusion: context.diffusion)
      .work(along: context.climb)
    if work.isFinite, let share = effectiveShare(work, context, temperatures) {
      let outside =
        (0...1).contains(share)
        ? [] : ["the path-resolved s lies outside of 0 to 1: the path is not between T_a and T_b"]
      return PathTemperature(
        share: share,
        findings: ["s = \(Assumptions.rounded(share)) reproduces the path-resolved exponent"]
          + outside)
    }
    if work.isFinite {
      // Equal temperatures: every s gives the same.
      return PathTemperature(share: 0.5, findings: [])
    }
    guard let share = inflectionShare(context) else {
      return PathTemperature(
        share: 0.5, findings: ["the path gives no s; 0.5 is used"])
    }
    return PathTemperature(
      share: share,
      findings: [
        "the path-resolved exponent has no finite value; s = \(Assumptions.rounded(share)), the "
          + "height at which the curvature along the path changes sign"
      ])
  }

  /// The s for which sΔL/T_a + (1 − s)ΔL/T_b equals a given exponent; nil where s does not matter.
  static func effectiveShare(
    _ exponent: Double, _ context: EscapeContext, _ temperatures: (Double, Double)
  ) -> Double? {
    guard let barrier = context.barrier, barrier > 0 else { return nil }
    let (low, high) = (1 / temperatures.0, 1 / temperatures.1)
    guard low.isFinite, high.isFinite, (low - high).magnitude > 1e-12 * max(low, high) else {
      return nil
    }
    return (exponent / barrier - high) / (low - high)
  }

  /// (L − L(a))/ΔL where tᵀHt last changes sign on the way up; nil where it does not.
  private static func inflectionShare(_ context: EscapeContext) -> Double? {
    let field = context.problem.field
    guard let barrier = context.barrier, barrier > 0, let base = context.minimum.energy else {
      return nil
    }
    let points = context.climb
    for (start, end) in zip(points, points.dropFirst()).reversed() where start != end {
      let tangent = zip(end, start).map { $0 - $1 }
      func point(_ s: Double) -> [Double] { zip(start, tangent).map { $0 + s * $1 } }
      func bend(_ s: Double) -> Double { field.hessian(at: point(s)).quadraticForm(tangent) }
      let count = 32
      for k in (0..<count).reversed() {
        var (low, high) = (Double(k) / Double(count), Double(k + 1) / Double(count))
        guard bend(low) > 0, bend(high) <= 0 else { continue }
        for _ in 0..<60 {
          let middle = 0.5 * (low + high)
          if bend(middle) > 0 { low = middle } else { high = middle }
        }
        return field.energy(at: point(low)).map { ($0 - base) / barrier }
      }
    }
    return nil
  }
}
