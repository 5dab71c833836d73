/// A flux over directed edges, from which paths are taken away.
struct NetFlux {
  /// An edge with its part of the whole flux.
  struct Edge: Sendable, Equatable {
    let from: Int
    let to: Int
    let share: Double
    let error: Double
  }

  private let from: [Int]
  private let isSource: [Bool]
  private let isTarget: [Bool]
  private var starts: [Int]
  private var origins: [Int] = []
  private var targets: [Int] = []
  private var remaining: [Double] = []
  /// What does not count as flux any more, because it is within the rounding errors.
  private var floors: [Double] = []
  // The state of a search; entries of earlier ones are told by their stamp.
  private var stamp = 0
  private var stamps: [Int]
  private var capacity: [Double]
  private var arrival: [Int]

  init(stateCount: Int, from: [Int], to: [Int], edges: [Edge]) {
    self.from = from
    var isSource = [Bool](repeating: false, count: stateCount)
    var isTarget = isSource
    for state in from { isSource[state] = true }
    for state in to { isTarget[state] = true }
    self.isSource = isSource
    self.isTarget = isTarget
    starts = [0]
    for edge in edges.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
      while starts.count <= edge.from { starts.append(targets.count) }
      origins.append(edge.from)
      targets.append(edge.to)
      remaining.append(edge.share)
      floors.append(max(1e-13 * edge.share, edge.error))
    }
    while starts.count <= stateCount { starts.append(targets.count) }
    stamps = [Int](repeating: 0, count: stateCount)
    capacity = [Double](repeating: 0, count: stateCount)
    arrival = [Int](repeating: -1, count: stateCount)
  }

  /// Finds the path whose weakest edge is strongest and takes its flux away.
  mutating func takeStrongestPath() -> ReactivePath? {
    let isTarget = isTarget
    guard let whole = strongestPath(from: from, until: { isTarget[$0] }) else { return nil }
    let edges = withoutLoops(refined(whole))
    guard let first = edges.first else { return nil }
    let weakest = edges.indices.reduce(0) {
      remaining[edges[$1]] < remaining[edges[$0]] ? $1 : $0
    }
    let share = remaining[edges[weakest]]
    for edge in edges { remaining[edge] -= share }
    return ReactivePath(
      states: [origins[first]] + edges.map { targets[$0] }, share: share, bottleneck: weakest)
  }

  /// The edges of the path between two sets whose weakest edge is strongest.
  private mutating func strongestPath(
    from sources: [Int], until isReached: (Int) -> Bool
  ) -> [Int]? {
    stamp += 1
    var queue = PriorityQueue<Int>()
    for state in sources {
      stamps[state] = stamp
      capacity[state] = .infinity
      arrival[state] = -1
      queue.insert(state, priority: .infinity)
    }
    while let (state, priority) = queue.removeHighest() {
      guard priority == capacity[state] else { continue }
      if isReached(state) {
        var edges: [Int] = []
        var current = state
        while arrival[current] >= 0 {
          edges.append(arrival[current])
          current = origins[arrival[current]]
        }
        return edges.reversed()
      }
      for k in starts[state]..<starts[state + 1] where remaining[k] > floors[k] {
        let through = min(priority, remaining[k])
        let target = targets[k]
        guard stamps[target] != stamp || through > capacity[target] else { continue }
        stamps[target] = stamp
        capacity[target] = through
        arrival[target] = k
        queue.insert(target, priority: through)
      }
    }
    return nil
  }

  /// Makes the parts before and after the weakest edge as strong as possible, and so on within
  /// them.
  private mutating func refined(_ path: [Int]) -> [Int] {
    var result: [Int] = []
    // The last segment is the next one; a settled one has a single edge.
    var segments = [path]
    while let segment = segments.popLast() {
      guard segment.count > 1 else {
        result += segment
        continue
      }
      let weakest = segment.indices.reduce(0) {
        remaining[segment[$1]] < remaining[segment[$0]] ? $1 : $0
      }
      let edge = segment[weakest]
      let (tail, head) = (origins[edge], targets[edge])
      let isFirst = isSource[origins[segment[0]]] && result.isEmpty
      let isLast = segments.isEmpty
      var before = Array(segment[..<weakest])
      var after = Array(segment[(weakest + 1)...])
      if before.count > 1 || (isFirst && !before.isEmpty) {
        let sources = isFirst ? from : [origins[segment[0]]]
        before = strongestPath(from: sources, until: { $0 == tail }) ?? before
      }
      if after.count > 1 || (isLast && !after.isEmpty) {
        let isTarget = isTarget
        let end = targets[segment[segment.count - 1]]
        after =
          strongestPath(from: [head], until: { isLast ? isTarget[$0] : $0 == end }) ?? after
      }
      segments += [after, [edge], before].filter { !$0.isEmpty }
    }
    return result
  }

  /// A path without the loops that edges of equal strength can cause.
  private func withoutLoops(_ path: [Int]) -> [Int] {
    var result: [Int] = []
    for edge in path {
      if let loop = result.firstIndex(where: { origins[$0] == targets[edge] }) {
        result.removeSubrange(loop...)
      } else {
        result.append(edge)
      }
    }
    return result
  }
}
