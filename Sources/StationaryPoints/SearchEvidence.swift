import Landscapes
import LinearAlgebra

/// What the hits of a search and the Euler sum say about its completeness.
struct SearchEvidence {
  let evaluator: FieldEvaluator
  let settings: StationaryPointSearch
  let points: [StationaryPoint]
  let hits: [Int]
  let rounds: Int
  let isExhausted: Bool

  var completeness: Completeness {
    let listed = points.indices.filter { settings.lists(index: points[$0].index) }
    let once = listed.count { hits[$0] < 2 }
    let all = settings.highestIndex.map { $0 >= evaluator.dimension } ?? true
    var sentences = [
      "\(listed.count) points from \(rounds) rounds of starts, "
        + (once == 0 ? "each hit at least twice" : "\(once) of them hit only once")
    ]
    var isConsistent = once == 0 && !isExhausted && !listed.isEmpty
    if isExhausted { sentences.append("the search budget of \(settings.searchBudget) ran out") }
    if !all {
      sentences.append("no Euler sum, because points of higher index were not sought")
    } else if !isOutward {
      sentences.append("no Euler sum, because the drift does not point inward on all faces")
    } else if points.contains(where: { $0.flatDirections > 0 }) {
      sentences.append("no Euler sum, because some points are degenerate")
    } else {
      let sum = points.reduce(0) { $0 + ($1.index % 2 == 0 ? 1 : -1) }
      sentences.append("the Euler sum is \(sum) (1 expected)")
      if sum != 1 { isConsistent = false }
    }
    return Completeness(
      status: isConsistent ? .consistent : .unknown, detail: sentences.joined(separator: "; "))
  }

  /// Whether the drift points into the domain wherever a sample of its faces was looked at: then
  /// the indices of all stationary points inside add up to one.
  private var isOutward: Bool {
    let domain = evaluator.domain
    let starts = StartingPoints(domain: domain, seed: settings.seed &+ 1)
    for _ in 0..<64 {
      let inner = starts.next()
      for i in 0..<evaluator.dimension {
        var x = inner
        x[i] = domain.lower[i]
        if !(evaluator.drift(x)[i] > 0) { return false }
        x[i] = domain.upper[i]
        if !(evaluator.drift(x)[i] < 0) { return false }
      }
    }
    return true
  }
}
