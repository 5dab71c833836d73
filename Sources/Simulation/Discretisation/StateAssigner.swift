import Landscapes
import LinearAlgebra

/// Assigns states to the eight trajectories of one block.
///
/// It remembers the state of each lane, which core sets with milestoning need.
public final class StateAssigner {
  /// The state of each lane; −1 for none.
  public private(set) var states = [Int](repeating: -1, count: TrajectoryBlock.width)

  private let kind: Discretisation.Kind
  private let span: Int
  private let watcher: CoreWatcher?
  private let descent: LaneDescent?
  private var position: [Double] = []
  /// The points of `nearest`, each coordinate in all lanes.
  private let centers: [[Lanes]]

  init(_ discretisation: Discretisation) {
    kind = discretisation.kind
    span = discretisation.stateSpan
    switch discretisation.kind {
    case .basins(_, let cores?), .coreSets(let cores):
      watcher = CoreWatcher(cores, dimension: cores.sets.first?.center.count ?? 0)
    default: watcher = nil
    }
    if case .attractors(let settings) = discretisation.kind {
      descent = LaneDescent(settings)
    } else {
      descent = nil
    }
    if case .nearest(let points) = discretisation.kind {
      centers = points.map { $0.map { Lanes($0) } }
    } else {
      centers = []
    }
  }

  /// Looks at where the trajectories are.
  ///
  /// - Parameter block: The trajectories.
  public func observe(_ block: TrajectoryBlock) { observe(block.positions) }

  /// Forgets the state of a lane, when another trajectory goes on in it.
  ///
  /// - Parameter lane: The lane.
  public func forget(lane: Int) { states[lane] = -1 }

  /// Remembers the states that another one had.
  func restore(_ states: [Int]) { self.states = states }

  func observe(_ x: [Lanes]) {
    switch kind {
    case .coreSets:
      guard let visits = watcher?.indices(x) else { return }
      for lane in 0..<TrajectoryBlock.width where visits[lane] >= 0 {
        states[lane] = Int(visits[lane])
      }
    case .basins(let basin, _):
      let visits = watcher?.indices(x) ?? Lanes(-1.0)
      for lane in 0..<TrajectoryBlock.width {
        states[lane] = visits[lane] >= 0 ? Int(visits[lane]) : number(basin, x, lane: lane)
      }
    case .attractors:
      guard let visits = descent?.ends(from: x) else { return }
      for lane in 0..<TrajectoryBlock.width { states[lane] = Int(visits[lane]) }
    case .nearest:
      let nearest = nearestCenters(x)
      for lane in 0..<TrajectoryBlock.width { states[lane] = Int(nearest[lane]) }
    case .boxes(let grid):
      for lane in 0..<TrajectoryBlock.width {
        var box = 0
        for k in grid.axes.indices {
          guard let place = grid.place(x[grid.axes[k]][lane], along: k) else {
            box = -1
            break
          }
          box = box * grid.bins[k] + place
        }
        states[lane] = box
      }
    case .function(let function):
      for lane in 0..<TrajectoryBlock.width { states[lane] = number(function, x, lane: lane) }
    }
  }

  /// What a function of the position says; −1 for none.
  private func number(_ function: ([Double]) -> Int?, _ x: [Lanes], lane: Int) -> Int {
    if position.count != x.count { position = [Double](repeating: 0, count: x.count) }
    for i in x.indices {
      let value = x[i][lane]
      guard value.isFinite else { return -1 }
      position[i] = value
    }
    guard let state = function(position), state >= 0, state < span else { return -1 }
    return state
  }

  private func nearestCenters(_ x: [Lanes]) -> Lanes {
    var best = Lanes(.infinity)
    var result = Lanes(-1.0)
    for (number, center) in centers.enumerated() {
      var square = Lanes(0.0)
      for i in x.indices { square = square + (x[i] - center[i]).squared() }
      // The first of several at the same distance; none for what is not finite.
      for lane in 0..<TrajectoryBlock.width where square[lane] < best[lane] {
        best[lane] = square[lane]
        result[lane] = Double(number)
      }
    }
    return result
  }
}
