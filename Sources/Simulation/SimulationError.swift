/// What can be wrong with the settings of a simulation or with what it is asked to do.
public enum SimulationError: Error, Equatable, CustomStringConvertible {
  /// A setting is out of its range.
  case invalidSetting(name: String, value: String, accepted: String)
  /// Two parts do not belong to the same number of variables.
  case dimensionMismatch(quantity: String, expected: Int, found: Int)
  /// There is no minimum to start from.
  case noMinimum
  /// Noise that jumps is not simulated in an interpretation that needs its derivative.
  case unsupportedInterpretation(String)
  /// The method of integration does not fit the drift or the noise.
  case unsuitableMethod(String, needs: String)
  /// No minimum lies in the exit region.
  case startOutsideRegion(region: String)
  /// A loss threshold was asked for where there is no loss.
  case noEnergy

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .invalidSetting(let name, let value, let accepted):
      "simulation setting \"\(name)\" is \(value); accepted: \(accepted)"
    case .dimensionMismatch(let quantity, let expected, let found):
      "\(quantity): expected \(expected) variables, found \(found)"
    case .noMinimum:
      "there is no minimum to start a trajectory from; widen the domain of the search"
    case .unsupportedInterpretation(let name):
      "noise that jumps between parts of a basin has no derivative, which the interpretation "
        + "\"\(name)\" needs; choose \"ito\""
    case .unsuitableMethod(let name, let needs):
      "the method \"\(name)\" needs \(needs); choose \"eulerMaruyama\""
    case .startOutsideRegion(let region):
      "no minimum lies inside the exit region \"\(region)\"; the region must contain the minimum "
        + "that is left"
    case .noEnergy:
      "a loss threshold needs a loss, but the drift is not a gradient; "
        + "use the exit region \"ball\", \"box\" or \"basin\""
    }
  }
}

extension SimulationError {
  /// Refuses a setting.
  ///
  /// - Parameters:
  ///   - condition: Whether the setting is accepted.
  ///   - name: Its name.
  ///   - value: What it is.
  ///   - accepted: What would be accepted.
  /// - Throws: `invalidSetting` where it is not.
  static func require(
    _ condition: Bool, _ name: String, _ value: String, _ accepted: String
  ) throws {
    guard condition else { throw invalidSetting(name: name, value: value, accepted: accepted) }
  }
}
