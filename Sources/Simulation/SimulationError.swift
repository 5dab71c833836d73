/// What can be wrong with the settings of a simulation or with what it is asked to do.
public enum SimulationError: Error, Equatable, CustomStringConvertible {
  /// A setting is out of its range.
  case invalidSetting(name: String, value: String, accepted: String)
  /// Two parts do not belong to the same number of variables.
  case dimensionMismatch(quantity: String, expected: Int, found: Int)
  /// There is no minimum to start from.
  case noMinimum
  /// The combination of noise and interpretation has no integrator.
  case unsupportedInterpretation(String)
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
      "noise that depends on the position is simulated in the Itô interpretation only, not "
        + "\"\(name)\"; choose \"ito\""
    case .startOutsideRegion(let region):
      "no minimum lies inside the exit region \"\(region)\"; the region must contain the minimum "
        + "that is left"
    case .noEnergy:
      "a loss threshold needs a loss, but the drift is not a gradient; "
        + "use the exit region \"ball\", \"box\" or \"basin\""
    }
  }
}
