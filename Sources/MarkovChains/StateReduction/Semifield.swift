/// Numbers that can be added, multiplied and divided but never need to be subtracted.
///
/// State reduction uses nothing else. So one algorithm serves rates of any size
/// (`ScaledNumber`) and the limit of no noise, where only the exponents of the rates count and
/// sums become minima (`MinPlusNumber`): without subtraction there is no cancellation, and the
/// leading exponent of a sum is the leading exponent of its largest term.
protocol Semifield: Sendable {
  static var zero: Self { get }
  static var one: Self { get }
  var isZero: Bool { get }
  static func + (lhs: Self, rhs: Self) -> Self
  static func * (lhs: Self, rhs: Self) -> Self
  /// The quotient; the divisor must not be zero.
  static func / (lhs: Self, rhs: Self) -> Self
}

extension Semifield {
  @inline(__always)
  static func += (lhs: inout Self, rhs: Self) { lhs = lhs + rhs }
}

/// A cost c that stands for a quantity of the order exp(−c/ε) as ε → 0.
struct MinPlusNumber: Semifield, Equatable {
  var cost: Double

  static let zero = MinPlusNumber(cost: .infinity)
  static let one = MinPlusNumber(cost: 0)
  var isZero: Bool { cost == .infinity }

  @inline(__always)
  static func + (lhs: Self, rhs: Self) -> Self { Self(cost: min(lhs.cost, rhs.cost)) }
  @inline(__always)
  static func * (lhs: Self, rhs: Self) -> Self { Self(cost: lhs.cost + rhs.cost) }
  @inline(__always)
  static func / (lhs: Self, rhs: Self) -> Self { Self(cost: lhs.cost - rhs.cost) }
}
