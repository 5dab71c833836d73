/// The transitions that alone connect a part of a network with some states of it.
///
/// What goes over such a bridge comes back: no net flux that is kept everywhere in that part can
/// cross it. The bridges of the undirected graph are found by one depth-first search (Tarjan 1974).
struct BridgeSearch {
  private var pairs: Set<CommittorDifferences.Pair> = []

  /// Finds the bridges.
  ///
  /// - Parameters:
  ///   - network: A strongly connected network.
  ///   - boundary: Which states count as the one where the search starts; at least one.
  init<Number>(_ network: RateNetwork<Number>, boundary: [Bool]) {
    let count = network.stateCount
    var neighbours = [Set<Int>](repeating: [], count: count)
    for state in 0..<count {
      network.forEachTransition(from: state) { target, _ in
        neighbours[state].insert(target)
        neighbours[target].insert(state)
      }
    }
    var order = [Int](repeating: -1, count: count)
    // The first state that can be reached from what lies below one without its own bridge.
    var low = order
    var next = 1
    for state in 0..<count where boundary[state] { (order[state], low[state]) = (0, 0) }
    // Each state inside with its parent and the neighbours that are left.
    var stack: [(state: Int, parent: Int, rest: [Int])] = []
    for start in 0..<count where boundary[start] {
      stack.append((start, -1, neighbours[start].filter { !boundary[$0] }.sorted()))
      while let top = stack.last {
        guard let other = top.rest.last else {
          stack.removeLast()
          guard top.parent >= 0, !boundary[top.parent] else { continue }
          low[top.parent] = min(low[top.parent], low[top.state])
          if low[top.state] > order[top.parent] {
            pairs.insert(.init(low: min(top.state, top.parent), high: max(top.state, top.parent)))
          }
          continue
        }
        stack[stack.count - 1].rest.removeLast()
        if other == top.parent { continue }
        if order[other] < 0 {
          order[other] = next
          low[other] = next
          next += 1
          stack.append((other, top.state, neighbours[other].sorted()))
        } else {
          low[top.state] = min(low[top.state], order[other])
        }
      }
    }
  }

  /// Whether two connected states outside the boundary are joined by a bridge.
  func contains(_ first: Int, _ second: Int) -> Bool {
    pairs.contains(.init(low: min(first, second), high: max(first, second)))
  }
}
