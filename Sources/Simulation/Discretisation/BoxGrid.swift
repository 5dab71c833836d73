public import Landscapes

/// Boxes of a regular grid over one, two or more of the variables, as states of a chain.
///
/// The grid may have far more boxes than a trajectory visits; only visited ones become states.
public struct BoxGrid: Sendable, Equatable {
  /// What a point outside the range is.
  public enum Outside: String, Sendable {
    /// In no box: trajectories are cut there.
    case unassigned
    /// In the nearest box, so that the outer boxes reach to infinity.
    case nearestBox
  }

  /// The variables.
  public let axes: [Int]
  /// The range of each of them.
  public let range: Domain
  /// The number of boxes along each of them.
  public let bins: [Int]
  /// What a point outside the range is.
  public let outside: Outside

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - axes: Different variables, at least one.
  ///   - range: As many intervals.
  ///   - bins: As many numbers of boxes, each at least 1, below 2³¹ boxes together.
  ///   - outside: What a point outside the range is.
  /// - Throws: `SimulationError.invalidSetting`.
  public init(
    axes: [Int], range: Domain, bins: [Int], outside: Outside = .nearestBox
  ) throws {
    guard !axes.isEmpty, axes.allSatisfy({ $0 >= 0 }), Set(axes).count == axes.count else {
      throw SimulationError.invalidSetting(
        name: "grid axes", value: "\(axes)", accepted: "different variables, numbered from 0")
    }
    let product = bins.reduce(1.0) { $0 * Double($1) }
    guard range.dimension == axes.count, bins.count == axes.count, bins.allSatisfy({ $0 >= 1 }),
      product < 0x1p31
    else {
      throw SimulationError.invalidSetting(
        name: "grid bins", value: "\(bins)",
        accepted: "one range and one number of boxes per axis, below 2147483648 boxes together")
    }
    self.axes = axes
    self.range = range
    self.bins = bins
    self.outside = outside
  }

  /// The number of boxes.
  public var boxCount: Int { bins.reduce(1, *) }

  /// The box of a point of the full space, the last axis varying fastest.
  ///
  /// - Parameter x: The coordinates.
  /// - Returns: The number of the box; nil outside the grid where that is no box, and for numbers
  ///   that are not finite.
  public func box(of x: [Double]) -> Int? {
    var result = 0
    for (k, axis) in axes.enumerated() {
      guard let place = place(x[axis], along: k) else { return nil }
      result = result * bins[k] + place
    }
    return result
  }

  /// The centre of a box, in the grid's own variables.
  ///
  /// - Parameter box: A number that `box(of:)` gave.
  /// - Returns: One coordinate per axis.
  public func center(of box: Int) -> [Double] {
    precondition((0..<boxCount).contains(box), "the box must be one of the grid's")
    var rest = box
    var result = [Double](repeating: 0, count: axes.count)
    for k in axes.indices.reversed() {
      let share = (Double(rest % bins[k]) + 0.5) / Double(bins[k])
      result[k] = range.lower[k] + share * (range.upper[k] - range.lower[k])
      rest /= bins[k]
    }
    return result
  }

  @inline(__always)
  func place(_ value: Double, along k: Int) -> Int? {
    let share = (value - range.lower[k]) / (range.upper[k] - range.lower[k])
    guard share.isFinite else { return nil }
    if share >= 0, share < 1 { return min(Int(share * Double(bins[k])), bins[k] - 1) }
    guard outside == .nearestBox else { return nil }
    return share < 0 ? 0 : bins[k] - 1
  }
}
