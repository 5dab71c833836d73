public import Glibc

/// A closed interval that is guaranteed to contain the exact result.
///
/// Every operation widens its bounds outward: by one unit in the last place after the operations
/// that IEEE arithmetic rounds correctly, by four after the library functions, whose documented
/// error in glibc is below two. An operation outside its domain gives the whole line, which is
/// always a correct enclosure.
public struct Interval: Scalar {
  /// The lower bound.
  public var lower: Double
  /// The upper bound.
  public var upper: Double

  /// Creates the interval from `lower` to `upper`.
  @inlinable
  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// A single point.
  @inlinable
  public init(_ value: Double) { self.init(value, value) }

  /// A single point.
  @inlinable
  public init(floatLiteral value: Double) { self.init(value, value) }

  /// A single point.
  @inlinable
  public init(integerLiteral value: Int) { self.init(Double(value)) }

  /// A single point, where the integer is a double exactly.
  @inlinable
  public init?<T: BinaryInteger>(exactly source: T) {
    guard let value = Double(exactly: source) else { return nil }
    self.init(value)
  }

  /// The whole line.
  @inlinable
  public static var whole: Interval { Interval(-.infinity, .infinity) }

  /// The largest absolute value of a member.
  @inlinable
  public var magnitude: Double { max(lower.magnitude, upper.magnitude) }

  /// The smallest absolute value of a member.
  @inlinable
  public var mignitude: Double {
    lower > 0 ? lower : (upper < 0 ? -upper : 0)
  }

  /// The middle.
  @inlinable
  public var midpoint: Double { 0.5 * lower + 0.5 * upper }

  /// The distance between the bounds.
  @inlinable
  public var width: Double { upper - lower }

  /// Whether a number lies inside, bounds included.
  @inlinable
  public func contains(_ x: Double) -> Bool { lower <= x && x <= upper }

  /// Whether the interval lies strictly inside another.
  @inlinable
  public func isInterior(to other: Interval) -> Bool {
    other.lower < lower && upper < other.upper
  }

  /// The common part, or nil where there is none.
  @inlinable
  public func intersection(_ other: Interval) -> Interval? {
    let low = max(lower, other.lower)
    let high = min(upper, other.upper)
    return low <= high ? Interval(low, high) : nil
  }

  /// The smallest interval that contains both.
  @inlinable
  public func hull(_ other: Interval) -> Interval {
    Interval(min(lower, other.lower), max(upper, other.upper))
  }

  /// Bounds moved outward by one unit in the last place; not-a-number becomes the whole line.
  @inlinable
  static func outward(_ lower: Double, _ upper: Double) -> Interval {
    guard lower <= upper else { return whole }
    return Interval(lower.nextDown, upper.nextUp)
  }

  /// Bounds moved outward by the error of a library function.
  @inlinable
  static func outwardLibrary(_ lower: Double, _ upper: Double) -> Interval {
    guard lower <= upper else { return whole }
    return Interval(
      lower.nextDown.nextDown.nextDown.nextDown, upper.nextUp.nextUp.nextUp.nextUp)
  }

  /// The sum.
  @inlinable
  public static func + (a: Interval, b: Interval) -> Interval {
    outward(a.lower + b.lower, a.upper + b.upper)
  }

  /// The difference.
  @inlinable
  public static func - (a: Interval, b: Interval) -> Interval {
    outward(a.lower - b.upper, a.upper - b.lower)
  }

  /// Zero times infinity is zero here: the bound belongs to numbers, not to infinity itself.
  @inlinable
  static func product(_ a: Double, _ b: Double) -> Double {
    a == 0 || b == 0 ? 0 : a * b
  }

  /// The product.
  @inlinable
  public static func * (a: Interval, b: Interval) -> Interval {
    let p = product(a.lower, b.lower)
    let q = product(a.lower, b.upper)
    let r = product(a.upper, b.lower)
    let s = product(a.upper, b.upper)
    return outward(min(min(p, q), min(r, s)), max(max(p, q), max(r, s)))
  }

  /// The product, in place.
  @inlinable
  public static func *= (a: inout Interval, b: Interval) { a = a * b }

  /// The quotient; the whole line where the divisor contains zero.
  @inlinable
  public static func / (a: Interval, b: Interval) -> Interval {
    guard b.lower > 0 || b.upper < 0 else { return whole }
    return a * outward(1 / b.upper, 1 / b.lower)
  }

  /// The negative.
  @inlinable
  public static prefix func - (a: Interval) -> Interval { Interval(-a.upper, -a.lower) }

  /// The square, never negative.
  @inlinable
  public func squared() -> Interval { raised(to: 2) }

  /// The integer power, exact at the bounds but for rounding.
  @inlinable
  public func raised(to exponent: Int) -> Interval {
    if exponent < 0 { return Interval(1.0) / raised(to: -exponent) }
    if exponent == 0 { return Interval(1.0) }
    if exponent == 1 { return self }
    // One rounding per multiplication, so one unit per multiplication.
    let low = Interval.pointPower(lower, exponent)
    let high = Interval.pointPower(upper, exponent)
    if exponent % 2 == 1 { return Interval(low.lower, high.upper) }
    if lower >= 0 { return Interval(max(0, low.lower), high.upper) }
    if upper <= 0 { return Interval(max(0, high.lower), low.upper) }
    return Interval(0, max(low.upper, high.upper))
  }

  @inlinable
  static func pointPower(_ x: Double, _ exponent: Int) -> Interval {
    var result = Interval(x)
    for _ in 1..<exponent { result = result * Interval(x) }
    return result
  }

  /// The real power; the whole line where the base can be negative.
  @inlinable
  public func raised(to exponent: Double) -> Interval {
    guard lower >= 0 else { return .whole }
    let a = Glibc.pow(lower, exponent)
    let b = Glibc.pow(upper, exponent)
    let result = Interval.outwardLibrary(min(a, b), max(a, b))
    return Interval(max(0, result.lower), result.upper)
  }

  /// The positive square root; the whole line where the argument can be negative.
  @inlinable
  public func squareRoot() -> Interval {
    guard lower >= 0 else { return .whole }
    return Interval(max(0, lower.squareRoot().nextDown), upper.squareRoot().nextUp)
  }

  /// The absolute value.
  @inlinable
  public var absoluteValue: Interval { Interval(mignitude, magnitude) }

  /// The exponential function.
  @inlinable
  public static func exp(_ x: Interval) -> Interval {
    let result = outwardLibrary(Glibc.exp(x.lower), Glibc.exp(x.upper))
    return Interval(max(0, result.lower), result.upper)
  }

  /// The natural logarithm; the whole line where the argument can be zero or negative.
  @inlinable
  public static func log(_ x: Interval) -> Interval {
    guard x.lower > 0 else { return whole }
    return outwardLibrary(Glibc.log(x.lower), Glibc.log(x.upper))
  }

  /// The sine.
  @inlinable
  public static func sin(_ x: Interval) -> Interval {
    periodic(x, values: (Glibc.sin(x.lower), Glibc.sin(x.upper)), firstMaximum: 0.25)
  }

  /// The cosine.
  @inlinable
  public static func cos(_ x: Interval) -> Interval {
    periodic(x, values: (Glibc.cos(x.lower), Glibc.cos(x.upper)), firstMaximum: 0)
  }

  /// The range of a sine-like function whose maxima lie at `firstMaximum` + integers and minima
  /// half a period later, in units of 2π; a maximum within 1e-12 turns counts as inside.
  @inlinable
  static func periodic(
    _ x: Interval, values: (Double, Double), firstMaximum: Double
  ) -> Interval {
    guard x.magnitude < 1e6, x.width < 7 else { return Interval(-1, 1) }
    let turn = 6.283185307179586
    let margin = 1e-9
    let from = x.lower / turn - firstMaximum - margin
    let to = x.upper / turn - firstMaximum + margin
    let hasMaximum = from.rounded(.up) <= to
    let hasMinimum = (from - 0.5).rounded(.up) <= to - 0.5
    let result = outwardLibrary(min(values.0, values.1), max(values.0, values.1))
    return Interval(
      hasMinimum ? -1 : max(-1, result.lower), hasMaximum ? 1 : min(1, result.upper))
  }

  /// The hyperbolic tangent.
  @inlinable
  public static func tanh(_ x: Interval) -> Interval {
    let result = outwardLibrary(Glibc.tanh(x.lower), Glibc.tanh(x.upper))
    return Interval(max(-1, result.lower), min(1, result.upper))
  }

  /// `a` where `test ≥ 0`, `b` where `test < 0`, the hull of both where that is undecided.
  @inlinable
  public static func select(
    _ test: Interval, nonnegative a: Interval, negative b: Interval
  ) -> Interval {
    if test.lower >= 0 { return a }
    if test.upper < 0 { return b }
    return a.hull(b)
  }
}
