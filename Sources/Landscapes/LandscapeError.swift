/// What can be wrong with a landscape, its domain or its noise.
public enum LandscapeError: Error, Equatable, CustomStringConvertible {
  /// A vector or matrix has the wrong size.
  case dimensionMismatch(quantity: String, expected: Int, found: Int)
  /// A pair of bounds is reversed, equal or not finite.
  case invalidDomain(variable: Int, lower: Double, upper: Double)
  /// A parameter has a value that the landscape does not accept.
  case invalidParameter(name: String, value: Double, accepted: String)
  /// A landscape has no parameter of this name.
  case unknownParameter(name: String, known: [String])
  /// There is no built-in landscape of this name.
  case unknownLandscape(name: String, known: [String])
  /// A noise setting is out of its range.
  case invalidNoise(quantity: String, value: String, accepted: String)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .dimensionMismatch(let quantity, let expected, let found):
      "\(quantity): expected \(expected), found \(found)"
    case .invalidDomain(let variable, let lower, let upper):
      "domain of variable \(variable): [\(lower), \(upper)] is not an interval; "
        + "the first bound must be finite and below the second"
    case .invalidParameter(let name, let value, let accepted):
      "parameter \"\(name)\" is \(value); accepted: \(accepted)"
    case .unknownParameter(let name, let known):
      "unknown parameter \"\(name)\"; known: "
        + (known.isEmpty ? "none" : known.joined(separator: ", "))
    case .unknownLandscape(let name, let known):
      "unknown landscape \"\(name)\"; known: \(known.joined(separator: ", "))"
    case .invalidNoise(let quantity, let value, let accepted):
      "\(quantity) is \(value); accepted: \(accepted)"
    }
  }
}
