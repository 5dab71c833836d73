public import Landscapes
public import Simulation

/// What is analysed: a field with its noise, or a chain that is given.
public enum AnalysisSubject: Sendable {
  /// A landscape or drift with its noise.
  case system(AnalysisSystem)
  /// Chains that are given, or come from a database or from trajectories.
  case given(GivenChains)
}

/// A landscape or drift, the box in which it is looked at, and its noise.
public struct AnalysisSystem: Sendable {
  /// The field.
  public let field: CompiledField
  /// The box in which stationary points are sought.
  public let domain: Domain
  /// The names of the variables.
  public let variables: [String]
  /// The noise.
  public let dynamics: Dynamics
  /// Whether the box reflects trajectories.
  public let isReflecting: Bool
  /// A flat region that joins ball-shaped basins, where there is one.
  public let plateau: Plateau?
  /// True mini-batch gradient descent, where the landscape is a loss over data.
  public let miniBatch: (any Mover)?

  /// Describes a system.
  ///
  /// - Parameters:
  ///   - field: The compiled landscape or drift.
  ///   - domain: The box in which stationary points are sought.
  ///   - variables: The names of the variables; nil for x0, x1, ….
  ///   - dynamics: The noise.
  ///   - isReflecting: Whether the box reflects trajectories.
  ///   - plateau: A flat region that joins ball-shaped basins.
  ///   - miniBatch: True mini-batch gradient descent on the same loss.
  public init(
    field: CompiledField, domain: Domain, variables: [String]? = nil, dynamics: Dynamics,
    isReflecting: Bool = false, plateau: Plateau? = nil, miniBatch: (any Mover)? = nil
  ) {
    self.field = field
    self.domain = domain
    self.variables = variables ?? (0..<field.dimension).map { "x\($0)" }
    self.dynamics = dynamics
    self.isReflecting = isReflecting
    self.plateau = plateau
    self.miniBatch = miniBatch
  }
}
