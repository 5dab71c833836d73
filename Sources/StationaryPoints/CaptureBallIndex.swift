import LinearAlgebra

/// The capture regions in a tree of half-spaces, so that a look-up tests few of them.
///
/// Every inner node cuts its regions in two along one coordinate and knows how far the two parts
/// reach (a bounding interval hierarchy).
struct CaptureBallIndex: Sendable {
  let balls: [CaptureBall]
  private var order: [Int]
  private var nodes: [Node] = []

  private struct Node {
    /// The regions of a leaf, as positions in `order`.
    var range: Range<Int>
    var axis = 0
    /// The largest coordinate that the first part reaches, and the smallest of the second.
    var firstEnd = 0.0
    var secondStart = 0.0
    /// The two parts; nil for a leaf.
    var parts: (first: Int, second: Int)?
  }

  init(_ balls: [CaptureBall]) {
    self.balls = balls
    order = Array(balls.indices)
    if !balls.isEmpty { _ = build(balls.indices) }
  }

  /// Makes the node of some positions in `order`.
  private mutating func build(_ range: Range<Int>) -> Int {
    let number = nodes.count
    nodes.append(Node(range: range))
    guard range.count > 4 else { return number }
    var axis = 0
    var widest = 0.0
    for i in balls[order[range.lowerBound]].center.indices {
      var low = Double.infinity
      var high = -Double.infinity
      for position in range {
        let value = balls[order[position]].center[i]
        low = min(low, value)
        high = max(high, value)
      }
      if high - low > widest {
        widest = high - low
        axis = i
      }
    }
    guard widest > 0 else { return number }
    order[range].sort { balls[$0].center[axis] < balls[$1].center[axis] }
    // At the widest gap near the middle: minima often stand in rows.
    var cut = range.lowerBound + range.count / 2
    var gap = -1.0
    for position in range.lowerBound + range.count / 4...range.upperBound - 1 - range.count / 4
    where position > range.lowerBound {
      let width = balls[order[position]].center[axis] - balls[order[position - 1]].center[axis]
      if width > gap {
        gap = width
        cut = position
      }
    }
    let firstEnd = order[range.lowerBound..<cut].reduce(-Double.infinity) {
      max($0, balls[$1].center[axis] + balls[$1].reach)
    }
    let secondStart = order[cut..<range.upperBound].reduce(Double.infinity) {
      min($0, balls[$1].center[axis] - balls[$1].reach)
    }
    let first = build(range.lowerBound..<cut)
    let second = build(cut..<range.upperBound)
    nodes[number] = Node(
      range: range, axis: axis, firstEnd: firstEnd, secondStart: secondStart,
      parts: (first, second))
    return number
  }

  /// The number of the first region found that contains a point.
  func ball(containing x: [Double]) -> Int? { nodes.isEmpty ? nil : ball(containing: x, below: 0) }

  private func ball(containing x: [Double], below number: Int) -> Int? {
    guard let parts = nodes[number].parts else {
      for position in nodes[number].range where balls[order[position]].contains(x) {
        return order[position]
      }
      return nil
    }
    let value = x[nodes[number].axis]
    if value <= nodes[number].firstEnd, let ball = ball(containing: x, below: parts.first) {
      return ball
    }
    return value >= nodes[number].secondStart ? ball(containing: x, below: parts.second) : nil
  }
}
