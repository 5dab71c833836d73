import Landscapes
import LinearAlgebra

/// A rare event: a process reaches a target set B before it returns to a source set A.
///
/// ```swift
/// let x = ReactionCoordinate.coordinate(0, of: 2)
/// let event = try RareEvent(
///   mover: integrator, source: .below(x, -1), target: .above(x, 1), coordinate: x)
/// let result = try await AdaptiveMultilevelSplitting(event).probability(from: [-0.8, 0])
/// print(result.probability.logProbability, result.probability.interval)
/// ```
public struct RareEvent: Sendable {
  /// The process.
  public let mover: any Mover
  /// A, from which it starts and to which it usually returns.
  public let source: StateRegion
  /// B, which it rarely reaches.
  public let target: StateRegion
  /// Third sets, which end a way as A does: from there it does not go on to B; nil for none.
  public let elsewhere: StateRegion?
  /// ξ, by which the way from A to B is measured; large near B.
  public let coordinate: ReactionCoordinate
  /// How the surfaces of A and B are watched inside a step.
  public let correction: BoundaryCorrection
  /// The minimum that the noise refers to.
  public let basin: Int

  /// Describes a rare event.
  ///
  /// - Parameters:
  ///   - mover: The process.
  ///   - source: A.
  ///   - target: B, without a state in common with A.
  ///   - elsewhere: Third sets, without a state in common with A and B; nil for none.
  ///   - coordinate: ξ, large near B.
  ///   - correction: `.brownianBridge` for answers in continuous time, `.none` where A and B are
  ///     looked at only at the end of each step; without effect for discrete processes.
  ///   - basin: The minimum that the noise refers to.
  /// - Throws: `SimulationError` for parts with different numbers of variables, or a shifted
  ///   boundary.
  public init(
    mover: any Mover, source: StateRegion, target: StateRegion, elsewhere: StateRegion? = nil,
    coordinate: ReactionCoordinate, correction: BoundaryCorrection = .brownianBridge,
    basin: Int = 0
  ) throws {
    for (quantity, found) in [
      ("source", source.levels.map(\.dimension)), ("target", target.levels.map(\.dimension)),
      ("elsewhere", elsewhere?.levels.map(\.dimension) ?? []),
      ("reaction coordinate", [coordinate.dimension]),
    ] {
      if let other = found.first(where: { $0 != mover.dimension }) {
        throw SimulationError.dimensionMismatch(
          quantity: quantity, expected: mover.dimension, found: other)
      }
    }
    guard correction != .shiftedBoundary else {
      throw SimulationError.invalidSetting(
        name: "correction", value: correction.rawValue,
        accepted: "\"none\" or \"brownianBridge\" for rare events")
    }
    self.mover = mover
    self.source = source
    self.target = target
    self.elsewhere = elsewhere
    self.coordinate = coordinate
    self.correction = mover.isContinuous ? correction : .none
    self.basin = basin
  }

  /// - Parameter x: Where trajectories start.
  /// - Throws: `SimulationError` for a point that is not finite, has another number of variables,
  ///   or lies in A or B.
  func checkStart(_ x: [Double]) throws {
    try checkPoint(x)
    for (set, region) in [("the source", source), ("the target", target)]
    where region.contains(x) {
      throw SimulationError.invalidSetting(
        name: "start", value: "\(x)", accepted: "a point outside of \(set) (\(region.name))")
    }
  }

  /// - Parameter x: Where trajectories start.
  /// - Throws: `SimulationError` for a point that is not finite or has another number of variables.
  func checkPoint(_ x: [Double]) throws {
    guard x.count == mover.dimension else {
      throw SimulationError.dimensionMismatch(
        quantity: "start", expected: mover.dimension, found: x.count)
    }
    guard x.allSatisfy(\.isFinite), coordinate(x).isFinite else {
      throw SimulationError.invalidSetting(
        name: "start", value: "\(x)",
        accepted: "finite numbers with a finite reaction coordinate")
    }
  }
}
