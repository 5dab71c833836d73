import Landscapes
import LinearAlgebra

/// One independent piece of a search, to be run on any thread.
struct SearchTask: Sendable {
  enum Kind: Sendable {
    /// Down to a minimum.
    case minimize
    /// Up along modes, down along all others.
    case climb(modes: [[Double]])
    /// Along a direction until the curvature turns negative somewhere, and up from there.
    case push(along: [Double])
    /// From a place anywhere: down to a minimum, and up along its 1, 2, … softest modes.
    case scatter(indices: [Int], newton: Bool)
    /// A zero of a drift that is no gradient.
    case zero
  }

  let start: [Double]
  let kind: Kind

  /// What one search ended in.
  enum Outcome: Sendable {
    case nothing
    /// A point that was known before.
    case known(Int)
    case found(StationaryPoint)
  }

  struct Result: Sendable {
    var outcomes: [Outcome] = []
    var counts = EvaluationCounts()
    /// Where a descent ended that may have met a pole.
    var steepestEnd: [Double]?
  }

  /// Runs the task.
  ///
  /// - Parameters:
  ///   - survey: The field and its scales.
  ///   - known: The points that are known; only looked at.
  /// - Returns: The outcomes, one per search.
  func run(_ survey: FieldEvaluator.Survey, known: PointCatalogue) -> Result {
    let evaluator = FieldEvaluator(survey)
    var result = Result()
    func note(_ x: [Double]?) { result.outcomes.append(outcome(x, evaluator, known)) }
    switch kind {
    case .minimize: note(evaluator.minimize(from: start))
    case .climb(let modes): note(evaluator.climb(from: start, modes: modes))
    case .push(let direction): note(evaluator.push(from: start, along: direction))
    case .zero:
      note(
        evaluator.newton(from: start, iterations: 80)
          ?? evaluator.leastSquaresZero(from: start))
    case .scatter(let indices, let newton):
      note(evaluator.minimize(from: start))
      if let eigen = try? evaluator.hessian(start).symmetricEigendecomposition() {
        for index in indices {
          note(evaluator.climb(from: start, modes: (0..<index).map { eigen.vector($0) }))
        }
        if newton { note(evaluator.newton(from: start)) }
      }
    }
    result.counts = evaluator.counts
    result.steepestEnd = evaluator.steepestEnd
    return result
  }

  private func outcome(
    _ x: [Double]?, _ evaluator: FieldEvaluator, _ known: PointCatalogue
  ) -> Outcome {
    guard let x, let inside = evaluator.pulledInside(x) else { return .nothing }
    if let number = known.number(of: inside) { return .known(number) }
    guard evaluator.isConverged(norm(evaluator.drift(inside)), at: inside),
      let point = try? evaluator.stationaryPoint(at: inside)
    else { return .nothing }
    return .found(point)
  }
}
