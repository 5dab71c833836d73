/// States that can all reach one another.
public struct CommunicatingClass: Sendable, Equatable {
  /// The states, ascending.
  public let states: [Int]
  /// Whether the chain stays in the class for ever once it is there; otherwise the class is
  /// transient.
  public let isRecurrent: Bool

  /// Creates a class.
  public init(states: [Int], isRecurrent: Bool) {
    self.states = states
    self.isRecurrent = isRecurrent
  }
}

extension MarkovChain {
  /// The strongly connected components of the chain's graph, by their smallest state (Tarjan
  /// 1972).
  ///
  /// - Complexity: O(states + transitions); no recursion.
  public var communicatingClasses: [CommunicatingClass] {
    classes(stateCount: stateCount, rowStarts: rowStarts, targets: targets)
  }
}

/// The strongly connected components of a graph in compressed rows.
func classes(stateCount: Int, rowStarts: [Int], targets: [Int]) -> [CommunicatingClass] {
  var index = [Int](repeating: -1, count: stateCount)
  var low = index
  var component = index
  var next = rowStarts
  var path: [Int] = []
  var pending: [Int] = []
  var visited = 0
  var members: [[Int]] = []
  for root in 0..<stateCount where index[root] < 0 {
    path.append(root)
    while let state = path.last {
      if index[state] < 0 {
        index[state] = visited
        low[state] = visited
        visited += 1
        pending.append(state)
      }
      if next[state] < rowStarts[state + 1] {
        let target = targets[next[state]]
        next[state] += 1
        if index[target] < 0 {
          path.append(target)
        } else if component[target] < 0 {
          low[state] = min(low[state], index[target])
        }
        continue
      }
      path.removeLast()
      if let parent = path.last { low[parent] = min(low[parent], low[state]) }
      guard low[state] == index[state] else { continue }
      var found: [Int] = []
      while let member = pending.popLast() {
        component[member] = members.count
        found.append(member)
        if member == state { break }
      }
      members.append(found.sorted())
    }
  }
  return members.enumerated().map { number, states in
    CommunicatingClass(
      states: states,
      isRecurrent: states.allSatisfy { state in
        (rowStarts[state]..<rowStarts[state + 1]).allSatisfy { component[targets[$0]] == number }
      })
  }.sorted { $0.states[0] < $1.states[0] }
}
