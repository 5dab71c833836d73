import LinearAlgebra

/// The capture regions, sorted along the coordinate in which they spread most, so that a look-up
/// tests few of them.
struct CaptureBallIndex: Sendable {
  let balls: [CaptureBall]
  private let axis: Int
  private let order: [Int]
  private let positions: [Double]
  private let reach: Double

  init(_ balls: [CaptureBall]) {
    self.balls = balls
    let dimension = balls.first?.center.count ?? 0
    var axis = 0
    var widest = -1.0
    for i in 0..<dimension {
      let values = balls.map { $0.center[i] }
      let spread = (values.max() ?? 0) - (values.min() ?? 0)
      if spread > widest {
        widest = spread
        axis = i
      }
    }
    let order = balls.indices.sorted { balls[$0].center[axis] < balls[$1].center[axis] }
    self.axis = axis
    self.order = order
    positions = order.map { balls[$0].center[axis] }
    reach = balls.reduce(0) { max($0, $1.reach) }
  }

  /// The number of the first region found that contains a point.
  func ball(containing x: [Double]) -> Int? {
    if balls.count <= 4 {
      for number in balls.indices where balls[number].contains(x) { return number }
      return nil
    }
    var low = 0
    var high = positions.count
    let from = x[axis] - reach
    while low < high {
      let middle = (low + high) / 2
      if positions[middle] < from { low = middle + 1 } else { high = middle }
    }
    while low < positions.count, positions[low] <= x[axis] + reach {
      if balls[order[low]].contains(x) { return order[low] }
      low += 1
    }
    return nil
  }
}
