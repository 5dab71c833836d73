import CAMD

/// The order in which states are eliminated, and which states each elimination touches.
///
/// The order is one of approximate minimum degree on the symmetrised pattern (Amestoy, Davis &
/// Duff 1996); it decides the cost: a landscape-like network stays sparse to the end. States that
/// follow one another and touch the same others form a block with one dense front, so that a wide
/// front is worked on in place (multifrontal elimination, Duff & Reid 1983).
struct EliminationPlan: Sendable {
  /// The state at each position of the order.
  var states: [Int] = []
  /// The position of each state.
  var positions: [Int] = []
  /// The first position of each block; one more entry than there are blocks.
  var blockStarts: [Int] = [0]
  /// Where the positions touched by each block start in `touched`.
  var touchedStarts: [Int] = [0]
  /// The positions in the front of each block: its own first, then those that remain.
  var touched: [Int] = []
  /// The block that takes over what remains of each block's front; −1 for none.
  var parents: [Int] = []

  var blockCount: Int { blockStarts.count - 1 }

  /// The positions in the front of a block.
  func front(_ block: Int) -> Range<Int> { touchedStarts[block]..<touchedStarts[block + 1] }

  /// The number of states that a block eliminates.
  func width(_ block: Int) -> Int { blockStarts[block + 1] - blockStarts[block] }

  /// Makes a plan for a pattern in compressed rows.
  ///
  /// - Parameters:
  ///   - rowStarts: Where each row starts; one more entry than there are rows.
  ///   - targets: The columns of each row.
  ///   - last: A state that is to be eliminated after all others.
  init(rowStarts: [Int], targets: [Int], last: Int? = nil) {
    let count = rowStarts.count - 1
    guard count > 0 else { return }
    var order = [Int](0..<count)
    // A refusal (memory) leaves the natural order, which is slower but not wrong.
    if amd_l_order(count, rowStarts, targets, &order, nil, nil) < 0 { order = [Int](0..<count) }
    if let last { order = order.filter { $0 != last } + [last] }
    let first = Pattern(order: order, rowStarts: rowStarts, targets: targets)
    let post = Self.postorder(first.eliminationTree())
    states = post.map { order[$0] }
    positions = [Int](repeating: 0, count: count)
    for (position, state) in states.enumerated() { positions[state] = position }
    let pattern = Pattern(order: states, rowStarts: rowStarts, targets: targets)
    formBlocks(pattern, tree: pattern.eliminationTree())
  }

  /// The neighbours of each position, before and after it in the order.
  private struct Pattern {
    var lowerStarts: [Int]
    var lower: [Int]
    var upperStarts: [Int]
    var upper: [Int]

    init(order: [Int], rowStarts: [Int], targets: [Int]) {
      let count = order.count
      var position = [Int](repeating: 0, count: count)
      for (k, state) in order.enumerated() { position[state] = k }
      lowerStarts = [Int](repeating: 0, count: count + 1)
      upperStarts = lowerStarts
      for state in 0..<count {
        for k in rowStarts[state]..<rowStarts[state + 1] {
          let (a, b) = (position[state], position[targets[k]])
          lowerStarts[max(a, b) + 1] += 1
          upperStarts[min(a, b) + 1] += 1
        }
      }
      for k in 0..<count {
        lowerStarts[k + 1] += lowerStarts[k]
        upperStarts[k + 1] += upperStarts[k]
      }
      lower = [Int](repeating: 0, count: targets.count)
      upper = lower
      var nextLower = lowerStarts
      var nextUpper = upperStarts
      for state in 0..<count {
        for k in rowStarts[state]..<rowStarts[state + 1] {
          let (a, b) = (position[state], position[targets[k]])
          let (low, high) = (min(a, b), max(a, b))
          lower[nextLower[high]] = low
          nextLower[high] += 1
          upper[nextUpper[low]] = high
          nextUpper[low] += 1
        }
      }
    }

    /// The parent of each position in the elimination tree (Liu 1986); −1 for a root.
    func eliminationTree() -> [Int] {
      let count = lowerStarts.count - 1
      var parent = [Int](repeating: -1, count: count)
      var ancestor = parent
      for high in 0..<count {
        for k in lowerStarts[high]..<lowerStarts[high + 1] {
          var low = lower[k]
          while ancestor[low] != -1, ancestor[low] != high {
            let next = ancestor[low]
            ancestor[low] = high
            low = next
          }
          if ancestor[low] == -1 {
            ancestor[low] = high
            parent[low] = high
          }
        }
      }
      return parent
    }
  }

  /// The positions such that every subtree is contiguous and its root comes last.
  private static func postorder(_ parent: [Int]) -> [Int] {
    let count = parent.count
    var firstChild = [Int](repeating: -1, count: count)
    var sibling = firstChild
    for k in (0..<count).reversed() where parent[k] >= 0 {
      sibling[k] = firstChild[parent[k]]
      firstChild[parent[k]] = k
    }
    var result: [Int] = []
    result.reserveCapacity(count)
    var stack: [Int] = []
    for root in 0..<count where parent[root] < 0 {
      stack.append(root)
      while let top = stack.last {
        if firstChild[top] >= 0 {
          stack.append(firstChild[top])
          firstChild[top] = sibling[firstChild[top]]
        } else {
          stack.removeLast()
          result.append(top)
        }
      }
    }
    return result
  }

  private mutating func formBlocks(_ pattern: Pattern, tree parent: [Int]) {
    let count = parent.count
    var children = [[Int]](repeating: [], count: count)
    for k in 0..<count where parent[k] >= 0 { children[parent[k]].append(k) }
    var mark = [Int](repeating: -1, count: count)
    var structures = [[Int]](repeating: [], count: count)
    var blockOf = [Int](repeating: 0, count: count)
    blockStarts = []
    for k in 0..<count {
      mark[k] = k
      var structure: [Int] = []
      for index in pattern.upperStarts[k]..<pattern.upperStarts[k + 1]
      where mark[pattern.upper[index]] != k {
        mark[pattern.upper[index]] = k
        structure.append(pattern.upper[index])
      }
      for child in children[k] {
        for position in structures[child] where mark[position] != k {
          mark[position] = k
          structure.append(position)
        }
      }
      let joins = k > 0 && parent[k - 1] == k && structures[k - 1].count == structure.count + 1
      if !joins { blockStarts.append(k) }
      blockOf[k] = blockStarts.count - 1
      for child in children[k] { structures[child] = [] }
      structures[k] = structure
      // A block is complete when its last position has no successor in it.
      if joins {
        touched.removeLast(touched.count - (touchedStarts.last ?? 0))
      } else if k > 0 {
        touchedStarts.append(touched.count)
      }
      touched.append(contentsOf: (blockStarts.last ?? 0)...k)
      touched.append(contentsOf: structure)
    }
    touchedStarts.append(touched.count)
    blockStarts.append(count)
    parents = (0..<blockCount).map { block in
      let last = blockStarts[block + 1] - 1
      return parent[last] < 0 ? -1 : blockOf[parent[last]]
    }
  }
}
