public import Landscapes

/// Why a search for stationary points has no answer.
public enum StationaryPointError: Error, Equatable, CustomStringConvertible {
  /// The domain and the field have different numbers of variables.
  case dimensionMismatch(domain: Int, field: Int)
  /// The energy or the drift is infinite or not a number around a point of the domain.
  case notFinite(at: [Double])
  /// The domain contains no minimum (stable fixed point).
  case noMinimum(domain: Domain)
  /// The domain contains no minimum where the drift is differentiable, but places where it is not.
  case noSmoothMinimum(domain: Domain, finding: String)
  /// The domain contains no minimum, and the energy falls without bound outside it.
  case diverges(from: [Double], toward: [Double])
  /// The energy falls without bound at a point of the domain.
  case divergesInside(at: [Double])
  /// The minima in the domain are not isolated: they form a continuum.
  case noIsolatedStationaryPoint(example: [Double], flatDirections: Int)
  /// A descent did not end: neither in a minimum nor outside the domain.
  case descentUnfinished(from: [Double])
  /// The index that was asked for is not between 0 and the dimension.
  case invalidHighestIndex(Int, dimension: Int)
  /// A budget is zero or negative.
  case invalidBudget(name: String, value: Int)
  /// The number of threads is negative.
  case invalidThreads(Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .dimensionMismatch(let domain, let field):
      "the domain has \(domain) variables, the landscape or drift has \(field); "
        + "give one pair of bounds for each of its variables"
    case .notFinite(let x):
      "the energy or its gradient is not a finite number at and around \(describe(x)); "
        + "choose a domain in which it is finite everywhere"
    case .noMinimum(let domain):
      "there is no minimum inside the domain \(describe(domain)); choose a domain that contains one"
    case .noSmoothMinimum(let domain, let finding):
      "there is no smooth minimum inside the domain \(describe(domain)): \(finding); "
        + "round the kinks, for instance sqrt(x^2 + 1e-4) for abs(x)"
    case .diverges(let start, let end):
      "there is no minimum inside the domain, and the energy falls without bound outside it: "
        + "from \(describe(start)) it still falls at \(describe(end)); "
        + "choose an energy that is bounded below, or a domain with a minimum inside"
    case .divergesInside(let x):
      "the energy falls without bound at \(describe(x)), inside the domain: every trajectory ends "
        + "there; choose an energy that is bounded below, or a domain without that point"
    case .noIsolatedStationaryPoint(let x, let count):
      "the minima inside the domain are not isolated: at \(describe(x)) "
        + "\(count == 1 ? "1 direction is" : "\(count) directions are") flat and so are "
        + "neighbouring points; remove the variables or symmetries on which the energy does not "
        + "depend"
    case .descentUnfinished(let x):
      "the descent from \(describe(x)) ended neither in a minimum nor outside the domain"
    case .invalidHighestIndex(let index, let dimension):
      "the highest index is \(index); accepted: 0 to \(dimension)"
    case .invalidBudget(let name, let value):
      "\(name) is \(value); it must be positive"
    case .invalidThreads(let count):
      "the number of threads is \(count); expected a whole number from 0 (0: all processors)"
    }
  }
}

/// A point as the messages and findings print it.
func describe(_ x: [Double]) -> String {
  let shown = x.prefix(8).map { value in
    let rounded = (value * 1e6).rounded() / 1e6
    return "\(value.magnitude < 1e9 ? (rounded == 0 ? 0 : rounded) : value)"
  }
  return "(" + shown.joined(separator: ", ") + (x.count > 8 ? ", …)" : ")")
}

private func describe(_ domain: Domain) -> String {
  let pairs = zip(domain.lower, domain.upper).prefix(8).map { "[\($0), \($1)]" }
  return pairs.joined(separator: "×") + (domain.dimension > 8 ? "×…" : "")
}
