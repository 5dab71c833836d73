import Landscapes
import LinearAlgebra

/// The field of one search, with the count of its evaluations and the scales of its derivatives.
final class FieldEvaluator {
  let field: CompiledField
  let domain: Domain
  var counts = EvaluationCounts()
  /// Where a descent ended with a drift far above what is usual: perhaps next to a pole.
  var steepestEnd: [Double]?
  /// A typical norm of the drift in the domain.
  private(set) var driftScale = 1.0
  /// A typical size of the elements of the Jacobian matrix in the domain.
  private(set) var jacobianScale = 1.0

  var dimension: Int { field.dimension }

  init(field: CompiledField, domain: Domain) {
    self.field = field
    self.domain = domain
  }

  /// What a survey of a field has found: enough for evaluators of the same field on other threads.
  struct Survey: Sendable {
    let field: CompiledField
    let domain: Domain
    let driftScale: Double
    let jacobianScale: Double
  }

  var results: Survey {
    Survey(field: field, domain: domain, driftScale: driftScale, jacobianScale: jacobianScale)
  }

  /// An evaluator with counts of its own.
  init(_ survey: Survey) {
    field = survey.field
    domain = survey.domain
    driftScale = survey.driftScale
    jacobianScale = survey.jacobianScale
  }

  func energy(_ x: [Double]) -> Double? {
    guard let energy = field.energy else { return nil }
    counts.energy += 1
    return energy(x.span)
  }

  func drift(_ x: [Double]) -> [Double] {
    counts.gradient += 1
    return field.drift(at: x)
  }

  func jacobian(_ x: [Double]) -> Matrix {
    counts.hessian += 1
    return field.driftJacobian(at: x)
  }

  /// −Db, symmetric to the last bit where the field is a gradient.
  func hessian(_ x: [Double]) -> Matrix {
    counts.hessian += 1
    let result = field.hessian(at: x)
    return field.isGradient ? result.symmetrized : result
  }

  /// Looks at points spread over the domain: sets the scales, refuses what is not finite.
  ///
  /// An isolated singular point (the tip of a cone) is accepted; one that is not finite at
  /// neighbouring points either is not.
  func survey(seed: UInt64) throws {
    let sequence = StartingPoints(domain: domain, seed: seed)
    var driftNorms: [Double] = []
    var jacobianSizes: [Double] = []
    for _ in 0..<(32 + 8 * dimension) {
      let x = sequence.next()
      guard isFinite(x) else {
        let neighbour = zip(x, domain.widths).map { $0 + 1e-7 * $1 }
        if isFinite(neighbour) { continue }
        throw StationaryPointError.notFinite(at: x)
      }
      driftNorms.append(norm(drift(x)))
      if jacobianSizes.count < 64 {
        let size = jacobian(x).largestMagnitude
        if size.isFinite { jacobianSizes.append(size) }
      }
    }
    driftScale = max(FieldEvaluator.median(driftNorms), 1e-300)
    jacobianScale = max(FieldEvaluator.median(jacobianSizes), 1e-300)
  }

  private func isFinite(_ x: [Double]) -> Bool {
    if let value = energy(x), !value.isFinite { return false }
    return drift(x).allSatisfy(\.isFinite)
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.filter(\.isFinite).sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
