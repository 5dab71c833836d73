import Landscapes
import LinearAlgebra
import QuasiPotentials
public import StationaryPoints

/// The exact rate in one dimension: the reciprocal of the mean first-passage time from the minimum
/// to the next one, by quadrature, in the reading of the noise that the dynamics have.
///
/// Behind the minimum the face of the domain reflects; where another minimum
/// lies there, the rate is that of the nearest-neighbour chain whose mean first-passage times
/// between neighbouring minima are all exact (`OneDimensionalEscape.escapeTime`).
public struct ExactOneDimensional: EscapeRateFormula {
  /// "exactOneDimensional".
  public let name = "exactOneDimensional"
  /// The backward equation.
  public let source = "mean first-passage time by quadrature"

  /// Creates the formula.
  public init() {}

  /// A single variable.
  public func require(of problem: EscapeProblem) throws {
    guard problem.field.dimension == 1 else {
      throw FormulaUnavailable(
        reason: "\(name) needs one variable; this problem has \(problem.field.dimension)")
    }
  }

  /// The rate of one escape.
  public func rate(
    of escape: StationaryNetwork.Escape, in problem: EscapeProblem
  ) throws -> EscapeRate {
    try require(of: problem)
    let context = EscapeContext(escape: escape, problem: problem)
    let process = OneDimensionalEscape(
      field: problem.field, diffusion: context.diffusion,
      interpretation: problem.dynamics.interpretation)
    let start = context.minimum.coordinates[0]
    let target = problem.network.minima[escape.to].coordinates[0]
    guard context.diffusion.matrix(at: [target])[0, 0] > 0 else {
      throw FormulaUnavailable(
        reason:
          "\(name): the noise vanishes at minimum \(escape.to): it is approached for ever and "
          + "never reached, so that the time to it is infinite although its basin is entered")
    }
    let direction: Double = target > start ? 1 : -1
    let behind = problem.network.minima.map { $0.coordinates[0] }
      .filter { ($0 - start) * direction < 0 }
      .max { $0 * direction < $1 * direction }
    var findings: [String] = []
    let time: OneDimensionalEscape.PassageTime
    if let behind {
      time = try process.escapeTime(from: start, to: target, behind: behind)
      findings.append(
        "another minimum lies behind: the rate is that of the chain with exact mean "
          + "first-passage times between neighbours")
    } else {
      let face = problem.domain.map { direction > 0 ? $0.lower[0] : $0.upper[0] }
      let usable = face.flatMap { (start - $0) * direction > 0 ? $0 : nil }
      if let usable {
        time = try process.passageTime(from: start, to: target, wall: .reflecting(usable))
        // Where a wall a little nearer gives another time, the wall matters.
        let nearer = try process.passageTime(
          from: start, to: target, wall: .reflecting(usable + 0.05 * (start - usable)))
        if !problem.isReflecting, (nearer.logarithm - time.logarithm).magnitude > 1e-6 {
          findings.append(
            "a reflecting wall is assumed at the face \(usable) of the domain, and the time depends "
              + "on it")
        }
      } else {
        time = try process.passageTime(from: start, to: target)
      }
    }
    let climb = try PathAction(field: problem.field, diffusion: context.diffusion)
      .work(along: [[start], context.saddle.coordinates])
    return EscapeRate(
      logRate: -time.logarithm, barrier: context.barrier,
      barrierOverNoise: climb.isFinite ? climb : nil,
      findings: findings + time.findings + Assumptions.discreteSteps(context),
      quantities: time.logarithm < .infinity ? ["logMeanTime": time.logarithm] : [:])
  }
}
