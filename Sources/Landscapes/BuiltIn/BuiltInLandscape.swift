public import LinearAlgebra

/// A built-in landscape or drift, made from its parameters.
public struct BuiltInSystem: Sendable {
  /// The field, compiled.
  public let field: CompiledField
  /// The box in which it is usually looked at.
  public let domain: Domain
  /// The stationary points that are known in closed form or from a certified list.
  public let knownStationaryPoints: [KnownStationaryPoint]
  /// D_Hu(x), where the literature fixes a noise together with the landscape.
  public let huMatrix: (@Sendable ([Double]) -> Matrix)?
  /// A flat region through which the basins are joined, where there is one.
  public let plateau: Plateau?

  /// Describes a system.
  public init(
    field: CompiledField, domain: Domain, knownStationaryPoints: [KnownStationaryPoint] = [],
    huMatrix: (@Sendable ([Double]) -> Matrix)? = nil, plateau: Plateau? = nil
  ) {
    self.field = field
    self.domain = domain
    self.knownStationaryPoints = knownStationaryPoints
    self.huMatrix = huMatrix
    self.plateau = plateau
  }
}

/// A stationary point that is known beforehand.
public struct KnownStationaryPoint: Sendable, Equatable {
  /// The coordinates.
  public let coordinates: [Double]
  /// The number of negative eigenvalues.
  public let index: Int
}

/// A flat region that joins ball-shaped basins (Hu Example 4.1): no isolated saddle separates them.
public struct Plateau: Sendable, Equatable {
  /// A point of the region.
  public let point: [Double]
  /// The radius of the ball around each minimum that is its basin.
  public let basinRadius: Double
}

/// An entry of the catalogue of built-in landscapes.
public struct BuiltInLandscape: Sendable {
  /// A parameter with its default.
  public struct Parameter: Sendable, Equatable {
    /// The name in a problem file.
    public let name: String
    /// The value where none is given.
    public let defaultValue: Double
    /// What it means.
    public let summary: String
    /// The smallest accepted value.
    public let minimum: Double
    /// Whether the smallest value itself is accepted.
    public let includesMinimum: Bool

    init(
      _ name: String, _ defaultValue: Double, _ summary: String,
      above minimum: Double = -.infinity, including: Bool = false
    ) {
      self.name = name
      self.defaultValue = defaultValue
      self.summary = summary
      self.minimum = minimum
      self.includesMinimum = including
    }
  }

  /// The name in a problem file.
  public let name: String
  /// What it is, in a line.
  public let summary: String
  /// The formula, for a reader.
  public let formula: String
  /// The number of variables where none is given.
  public let defaultDimension: Int
  /// The numbers of variables that are accepted.
  public let dimensions: ClosedRange<Int>
  /// The parameters.
  public let parameters: [Parameter]
  /// Whether it is a drift without an energy.
  public let isDrift: Bool
  let make: @Sendable (Int, [String: Double]) throws -> BuiltInSystem

  /// Makes the system.
  ///
  /// - Parameters:
  ///   - dimension: The number of variables; nil for the default.
  ///   - given: Values for some of the parameters; the others keep their defaults.
  /// - Returns: The compiled system with its default domain.
  /// - Throws: `LandscapeError` that names the parameter or the dimension.
  public func system(
    dimension: Int? = nil, parameters given: [String: Double] = [:]
  ) throws -> BuiltInSystem {
    let dimension = dimension ?? defaultDimension
    guard dimensions.contains(dimension) else {
      let accepted =
        dimensions.lowerBound == dimensions.upperBound
        ? "\(dimensions.lowerBound)" : "a whole number from \(dimensions.lowerBound)"
      throw LandscapeError.invalidParameter(
        name: "dimension", value: Double(dimension), accepted: accepted)
    }
    var values: [String: Double] = [:]
    for parameter in parameters { values[parameter.name] = parameter.defaultValue }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let parameter = parameters.first(where: { $0.name == name }) else {
        throw LandscapeError.unknownParameter(name: name, known: parameters.map(\.name))
      }
      guard value.isFinite,
        value > parameter.minimum || (parameter.includesMinimum && value == parameter.minimum)
      else {
        let bound = parameter.includesMinimum ? "from" : "above"
        throw LandscapeError.invalidParameter(
          name: name, value: value,
          accepted: parameter.minimum.isFinite
            ? "a number \(bound) \(parameter.minimum)" : "a finite number")
      }
      values[name] = value
    }
    return try make(dimension, values)
  }
}
