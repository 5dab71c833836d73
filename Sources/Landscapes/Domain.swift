/// A box in parameter space: one interval per variable.
public struct Domain: Sendable, Equatable {
  /// The lower bounds.
  public let lower: [Double]
  /// The upper bounds.
  public let upper: [Double]

  /// Creates a box.
  ///
  /// - Parameters:
  ///   - lower: The lower bounds, one per variable.
  ///   - upper: The upper bounds; each must be finite and above its lower one.
  /// - Throws: `LandscapeError.invalidDomain` that names the variable.
  public init(lower: [Double], upper: [Double]) throws {
    guard lower.count == upper.count, !lower.isEmpty else {
      throw LandscapeError.dimensionMismatch(
        quantity: "upper bounds of the domain", expected: lower.count, found: upper.count)
    }
    for i in lower.indices {
      guard lower[i].isFinite, upper[i].isFinite, lower[i] < upper[i] else {
        throw LandscapeError.invalidDomain(variable: i, lower: lower[i], upper: upper[i])
      }
    }
    self.lower = lower
    self.upper = upper
  }

  /// The number of variables.
  public var dimension: Int { lower.count }

  /// The lengths of the edges.
  public var widths: [Double] { zip(lower, upper).map { $1 - $0 } }

  /// The centre of the box.
  public var center: [Double] { zip(lower, upper).map { 0.5 * $0 + 0.5 * $1 } }

  /// The length of the diagonal.
  public var diameter: Double { widths.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Whether a point lies inside, faces included.
  public func contains(_ x: [Double]) -> Bool {
    for i in x.indices where !(lower[i] <= x[i] && x[i] <= upper[i]) { return false }
    return true
  }

  /// The nearest point inside.
  public func clamped(_ x: [Double]) -> [Double] {
    x.indices.map { min(max(x[$0], lower[$0]), upper[$0]) }
  }
}
