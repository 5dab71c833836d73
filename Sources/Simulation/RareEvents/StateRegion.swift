public import Landscapes
import LinearAlgebra

/// A set of states, as signed level functions: a state is inside where one of them is not positive.
///
/// The level functions let the crossing of the surface inside a time step be corrected.
public struct StateRegion: Sendable {
  /// The level functions; the region is the union of the sets on which they are not positive.
  public let levels: [ReactionCoordinate]
  /// What it is, for reports.
  public let name: String

  /// Describes a region by its level functions.
  ///
  /// - Parameters:
  ///   - name: What it is, for reports.
  ///   - levels: At least one function that is positive outside and not positive inside.
  public init(name: String, levels: [ReactionCoordinate]) {
    precondition(!levels.isEmpty, "a region needs a level function")
    self.name = name
    self.levels = levels
  }

  /// {ξ ≤ a}.
  ///
  /// - Parameters:
  ///   - coordinate: ξ.
  ///   - level: a.
  /// - Returns: The region.
  public static func below(_ coordinate: ReactionCoordinate, _ level: Double) -> StateRegion {
    StateRegion(
      name: "\(coordinate.name) ≤ \(level)", levels: [coordinate.affine(sign: 1, offset: -level)])
  }

  /// {ξ ≥ b}.
  ///
  /// - Parameters:
  ///   - coordinate: ξ.
  ///   - level: b.
  /// - Returns: The region.
  public static func above(_ coordinate: ReactionCoordinate, _ level: Double) -> StateRegion {
    StateRegion(
      name: "\(coordinate.name) ≥ \(level)", levels: [coordinate.affine(sign: -1, offset: level)])
  }

  /// A ball.
  ///
  /// - Parameters:
  ///   - center: Its centre.
  ///   - radius: Its radius.
  /// - Returns: The region.
  public static func ball(center: [Double], radius: Double) -> StateRegion {
    StateRegion(
      name: "ball of radius \(radius)",
      levels: [.distance(toBallAround: center, radius: radius)])
  }

  /// An ellipsoid, such as the core set of a minimum.
  public static func core(_ core: CoreSet) -> StateRegion {
    StateRegion(name: "ellipsoid", levels: [.distance(toCore: core)])
  }

  /// Everything outside of a box.
  public static func outside(_ box: Domain) -> StateRegion {
    let n = box.dimension
    return StateRegion(
      name: "outside of a box",
      levels: (0..<n).flatMap { i in
        let x = ReactionCoordinate.coordinate(i, of: n)
        return [
          x.affine(sign: 1, offset: -box.lower[i]), x.affine(sign: -1, offset: box.upper[i]),
        ]
      })
  }

  /// The union of this and another region.
  public func union(_ other: StateRegion) -> StateRegion {
    StateRegion(name: "\(name) or \(other.name)", levels: levels + other.levels)
  }

  /// The number of variables.
  public var dimension: Int { levels[0].dimension }

  /// Whether a state is inside.
  public func contains(_ x: [Double]) -> Bool { levels.contains { $0(x) <= 0 } }
}
