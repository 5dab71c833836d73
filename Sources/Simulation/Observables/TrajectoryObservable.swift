public import Landscapes

/// A number that is measured along trajectories, computed for eight of them at a time.
///
/// ```swift
/// let observables: [TrajectoryObservable] = [
///   .coordinate(0), try .energy(of: field),
///   TrajectoryObservable("radius") { ($0[0].squared() + $0[1].squared()).squareRoot() },
/// ]
/// ```
public struct TrajectoryObservable: Sendable {
  /// What the variables of the process must be.
  enum Requirement: Sendable, Equatable {
    case none
    case variable(Int)
    case count(Int)
  }

  /// The name in results and messages.
  public let name: String
  let requirement: Requirement
  let evaluate: @Sendable (Span<Lanes>) -> Lanes

  private init(
    name: String, requirement: Requirement, evaluate: @escaping @Sendable (Span<Lanes>) -> Lanes
  ) {
    self.name = name
    self.requirement = requirement
    self.evaluate = evaluate
  }

  /// Any function of the position.
  ///
  /// - Parameters:
  ///   - name: The name in results and messages.
  ///   - evaluate: The function; its argument has one element per variable.
  public init(_ name: String, evaluate: @escaping @Sendable (Span<Lanes>) -> Lanes) {
    self.init(name: name, requirement: .none, evaluate: evaluate)
  }

  /// One of the variables.
  ///
  /// - Parameter index: Its number, from 0.
  /// - Returns: The observable "x" with the number, counted from 0.
  public static func coordinate(_ index: Int) -> TrajectoryObservable {
    TrajectoryObservable(name: "x\(index)", requirement: .variable(index)) { $0[index] }
  }

  /// The energy or loss.
  ///
  /// - Parameter field: The landscape.
  /// - Returns: The observable "energy".
  /// - Throws: `SimulationError.invalidSetting` where the drift has no energy.
  public static func energy(of field: CompiledField) throws -> TrajectoryObservable {
    guard let energy = field.energyLanes else {
      throw SimulationError.invalidSetting(
        name: "observable", value: "the energy of a drift that is not a gradient",
        accepted: "a coordinate or a function of the position")
    }
    return TrajectoryObservable(
      name: "energy", requirement: .count(field.dimension), evaluate: energy)
  }

  /// A linear function of the position.
  ///
  /// - Parameters:
  ///   - coefficients: One per variable.
  ///   - constant: What is added.
  ///   - name: The name in results and messages.
  /// - Returns: Σ coefficientᵢ xᵢ + constant.
  public static func linear(
    _ coefficients: [Double], constant: Double = 0, name: String = "linear"
  ) -> TrajectoryObservable {
    TrajectoryObservable(name: name, requirement: .count(coefficients.count)) { x in
      var sum = Lanes(constant)
      for i in 0..<coefficients.count { sum = sum + Lanes(coefficients[i]) * x[i] }
      return sum
    }
  }

  /// The same under another name.
  public func named(_ name: String) -> TrajectoryObservable {
    TrajectoryObservable(name: name, requirement: requirement, evaluate: evaluate)
  }

  /// Checks that the observable exists for a process.
  func check(dimension: Int) throws {
    switch requirement {
    case .none: break
    case .variable(let index):
      guard (0..<dimension).contains(index) else {
        throw SimulationError.invalidSetting(
          name: "observable", value: "coordinate \(index)",
          accepted: "coordinates from 0 to \(dimension - 1)")
      }
    case .count(let count):
      guard count == dimension else {
        throw SimulationError.dimensionMismatch(
          quantity: "observable \"\(name)\"", expected: dimension, found: count)
      }
    }
  }
}
