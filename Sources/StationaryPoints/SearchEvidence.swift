import Landscapes
import LinearAlgebra

/// What the hits of a search and the Euler sum say about its completeness.
struct SearchEvidence {
  let evaluator: FieldEvaluator
  let settings: StationaryPointSearch
  let points: [StationaryPoint]
  let hits: [Int]
  let rounds: Int
  let searches: Int
  let stop: SystematicSearch.Stop?
  /// Whether the drift points into the domain wherever a sample of its faces was looked at: then
  /// the indices of all stationary points inside add up to one, and the saddles join all minima.
  let isInward: Bool

  var completeness: Completeness {
    if let stop { return Completeness(status: .unknown, detail: detail(of: stop)) }
    let listed = points.indices.filter { settings.lists(index: points[$0].index) }
    let once = listed.count { hits[$0] < 2 }
    let all = settings.highestIndex.map { $0 >= evaluator.dimension } ?? true
    var sentences = [
      "\(listed.count) points from \(rounds) rounds of starts, "
        + (once == 0 ? "each hit at least twice" : "\(once) of them hit only once")
    ]
    var isConsistent = once == 0 && !listed.isEmpty
    if !all {
      sentences.append("no Euler sum, because points of higher index were not sought")
    } else if !isInward {
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

  /// What a search found that did not come to its end.
  private func detail(of stop: SystematicSearch.Stop) -> String {
    let minima = points.count { $0.index == 0 }
    let saddles = points.count { $0.index == 1 }
    let found = "\(minima) minima and \(saddles) saddles were found in \(searches) searches"
    switch stop {
    case .interrupted:
      return "interrupted: \(found), and there may be more"
    case .budget:
      return "the search budget of \(settings.searchBudget) searches ran out: \(found), and there "
        + "may be more"
    case .count:
      return "the search ended at its limit of \(settings.largestCount) points: \(found), and "
        + "there are likely many more"
    }
  }

  /// Looks at a sample of the faces.
  static func isInward(_ evaluator: FieldEvaluator, seed: UInt64) -> Bool {
    let domain = evaluator.domain
    let starts = StartingPoints(domain: domain, seed: seed &+ 1)
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
