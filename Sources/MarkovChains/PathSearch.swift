/// A search for the cheapest paths without loops between two sets of states.
struct PathSearch {
  private let rowStarts: [Int]
  private let targets: [Int]
  private let weights: [Double]
  private let from: [Int]
  private let isSource: [Bool]
  private let isTarget: [Bool]
  /// The cost of the cheapest path from each state to B.
  private var distance: [Double]
  /// The next state on that path; −1 in B and where B is not reached.
  private var next: [Int]
  // The state of a search; entries of earlier ones are told by their stamp.
  private var stamp = 0
  private var stamps: [Int]
  private var reached: [Double]
  private var previous: [Int]
  /// The states that a path may not visit, by a stamp of their own.
  private var block = 0
  private var blocked: [Int]

  /// The paths that start with a prefix and do not go on to some states, and the cheapest of them
  /// or a lower bound of its cost.
  private struct Candidate {
    /// The prefix, followed by the rest of the cheapest path once that is known.
    var states: [Int]
    let prefixLength: Int
    let excluded: [Int]
    var isPath: Bool
  }

  init(_ chain: MarkovChain, weights: [Double], from: [Int], to: [Int]) {
    let count = chain.stateCount
    rowStarts = chain.rowStarts
    targets = chain.targets
    self.weights = weights
    self.from = from
    var isSource = [Bool](repeating: false, count: count)
    var isTarget = isSource
    for state in from { isSource[state] = true }
    for state in to { isTarget[state] = true }
    self.isSource = isSource
    self.isTarget = isTarget
    distance = [Double](repeating: .infinity, count: count)
    next = [Int](repeating: -1, count: count)
    stamps = [Int](repeating: 0, count: count)
    blocked = stamps
    reached = distance
    previous = next
    findDistances(to: to)
  }

  /// Dijkstra's algorithm from B backwards.
  private mutating func findDistances(to: [Int]) {
    let count = distance.count
    var starts = [Int](repeating: 0, count: count + 1)
    for target in targets { starts[target + 1] += 1 }
    for state in 0..<count { starts[state + 1] += starts[state] }
    var fill = starts
    var sources = [Int](repeating: 0, count: targets.count)
    var edges = sources
    for state in 0..<count {
      for k in rowStarts[state]..<rowStarts[state + 1] {
        sources[fill[targets[k]]] = state
        edges[fill[targets[k]]] = k
        fill[targets[k]] += 1
      }
    }
    var queue = PriorityQueue<Int>()
    for state in to {
      distance[state] = 0
      queue.insert(state, priority: 0)
    }
    while let (state, priority) = queue.removeHighest() {
      // Paths do not pass through A.
      guard -priority == distance[state], !isSource[state] else { continue }
      for k in starts[state]..<starts[state + 1] where !isTarget[sources[k]] {
        let sum = distance[state] + weights[edges[k]]
        guard sum < distance[sources[k]] else { continue }
        distance[sources[k]] = sum
        next[sources[k]] = state
        queue.insert(sources[k], priority: -sum)
      }
    }
  }

  /// The sum of the weights along a path.
  func cost(of states: [Int]) -> Double {
    zip(states, states.dropFirst()).reduce(0) { $0 + weight(from: $1.0, to: $1.1) }
  }

  private func weight(from: Int, to: Int) -> Double {
    var low = rowStarts[from]
    var high = rowStarts[from + 1]
    while low < high {
      let middle = (low + high) / 2
      if targets[middle] < to { low = middle + 1 } else { high = middle }
    }
    return weights[low]
  }

  /// The cheapest paths, in order.
  mutating func paths(count: Int) -> [[Int]] {
    var result: [[Int]] = []
    var queue = PriorityQueue<Candidate>()
    propose(prefix: [], excluded: [], cost: 0, in: &queue)
    while result.count < count, let (candidate, _) = queue.removeHighest() {
      guard candidate.isPath else {
        resolve(candidate, in: &queue)
        continue
      }
      let states = candidate.states
      result.append(states)
      var cost = 0.0
      for length in 0..<states.count {
        // The block of the states of the prefix grows with it.
        if length >= 2 { cost += weight(from: states[length - 2], to: states[length - 1]) }
        guard length >= candidate.prefixLength else { continue }
        let excluded = length == candidate.prefixLength ? candidate.excluded : []
        propose(
          prefix: Array(states[..<length]), excluded: excluded + [states[length]], cost: cost,
          in: &queue)
      }
    }
    return result
  }

  /// Queues the paths that start with a prefix and do not go on to the excluded states.
  private mutating func propose(
    prefix: [Int], excluded: [Int], cost: Double, in queue: inout PriorityQueue<Candidate>
  ) {
    if let last = prefix.last, isTarget[last] { return }
    block += 1
    for state in prefix { blocked[state] = block }
    var best = -1
    var bound = Double.infinity
    forEachStep(after: prefix.last) { state, weight in
      guard blocked[state] != block, weight + distance[state] < bound, !excluded.contains(state)
      else { return }
      best = state
      bound = weight + distance[state]
    }
    guard best >= 0 else { return }
    var states = prefix
    var current = best
    while current >= 0, blocked[current] != block {
      states.append(current)
      current = next[current]
    }
    let isPath = current < 0
    if !isPath { states = prefix }
    queue.insert(
      Candidate(
        states: states, prefixLength: prefix.count, excluded: excluded, isPath: isPath),
      priority: -(isPath ? self.cost(of: states) : cost + bound))
  }

  /// Finds the cheapest path of a candidate that has only a bound so far.
  private mutating func resolve(_ candidate: Candidate, in queue: inout PriorityQueue<Candidate>) {
    var candidate = candidate
    block += 1
    for state in candidate.states { blocked[state] = block }
    stamp += 1
    var open = PriorityQueue<(state: Int, sum: Double)>()
    let origin = candidate.states.last
    forEachStep(after: origin) { state, weight in
      guard blocked[state] != block, !candidate.excluded.contains(state) else { return }
      stamps[state] = stamp
      reached[state] = weight
      previous[state] = -1
      open.insert((state, weight), priority: -(weight + distance[state]))
    }
    while let (item, _) = open.removeHighest() {
      let state = item.state
      guard item.sum == reached[state] else { continue }
      if isTarget[state] {
        var rest: [Int] = []
        var current = state
        while current >= 0 {
          rest.append(current)
          current = previous[current]
        }
        candidate.states += rest.reversed()
        candidate.isPath = true
        queue.insert(candidate, priority: -cost(of: candidate.states))
        return
      }
      for k in rowStarts[state]..<rowStarts[state + 1] {
        let target = targets[k]
        guard blocked[target] != block, !isSource[target], distance[target] < .infinity else {
          continue
        }
        let sum = item.sum + weights[k]
        guard stamps[target] != stamp || sum < reached[target] else { continue }
        stamps[target] = stamp
        reached[target] = sum
        previous[target] = state
        open.insert((target, sum), priority: -(sum + distance[target]))
      }
    }
  }

  /// Calls a closure with the states that can follow the last state of a prefix, or start a path.
  private func forEachStep(after state: Int?, _ body: (Int, Double) -> Void) {
    guard let state else {
      for source in from where distance[source] < .infinity { body(source, 0) }
      return
    }
    for k in rowStarts[state]..<rowStarts[state + 1]
    where !isSource[targets[k]] && distance[targets[k]] < .infinity {
      body(targets[k], weights[k])
    }
  }
}
