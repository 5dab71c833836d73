/// A number that an energy can be written in.
///
/// An energy that is generic over the scalar is evaluated on doubles for its value, on `Dual`
/// numbers for its exact derivatives, on `Lanes` for eight points at once and on `Interval` for a
/// certified enclosure; it is written once.
///
/// ```swift
/// func energy<S: Scalar>(at x: Span<S>) -> S {
///   let u = x[0].squared() - 1
///   return 0.25 * u.squared() + exp(-x[1])
/// }
/// ```
///
/// `magnitude`, which `SignedNumeric` asks for, is a bound on the absolute value as a plain double.
public protocol Scalar: SignedNumeric, ExpressibleByFloatLiteral, Sendable, BitwiseCopyable
where Magnitude == Double {
  /// The number with the given value and no uncertainty or derivative.
  init(_ value: Double)
  /// The quotient.
  static func / (lhs: Self, rhs: Self) -> Self
  /// The square; for intervals tighter than the product with itself.
  func squared() -> Self
  /// The integer power.
  func raised(to exponent: Int) -> Self
  /// The real power of a positive number.
  func raised(to exponent: Double) -> Self
  /// The positive square root.
  func squareRoot() -> Self
  /// The absolute value as a scalar of the same kind.
  var absoluteValue: Self { get }
  /// The exponential function.
  static func exp(_ x: Self) -> Self
  /// The natural logarithm.
  static func log(_ x: Self) -> Self
  /// The sine.
  static func sin(_ x: Self) -> Self
  /// The cosine.
  static func cos(_ x: Self) -> Self
  /// The hyperbolic tangent.
  static func tanh(_ x: Self) -> Self
  /// `a` where `test ≥ 0`, else `b`; the hull of both for an interval that straddles zero.
  static func select(_ test: Self, nonnegative a: Self, negative b: Self) -> Self
}

extension Scalar {
  /// The square, as a product.
  @inlinable
  public func squared() -> Self { self * self }

  /// The integer power by repeated squaring; negative exponents give the reciprocal.
  @inlinable @inline(__always)
  public func raised(to exponent: Int) -> Self {
    // What energies are made of costs no call.
    switch exponent {
    case 0: Self(1.0)
    case 1: self
    case 2: squared()
    case 3: squared() * self
    case 4: squared().squared()
    case 6: (squared() * self).squared()
    default: power(exponent)
    }
  }

  @inlinable
  func power(_ exponent: Int) -> Self {
    if exponent < 0 { return Self(1.0) / power(-exponent) }
    if exponent == 0 { return Self(1.0) }
    if exponent == 1 { return self }
    let half = power(exponent / 2).squared()
    return exponent % 2 == 0 ? half : half * self
  }

  /// The quotient, in place.
  @inlinable
  public static func /= (lhs: inout Self, rhs: Self) { lhs = lhs / rhs }

  /// The tangent.
  @inlinable
  public static func tan(_ x: Self) -> Self { sin(x) / cos(x) }

  /// The hyperbolic sine.
  @inlinable
  public static func sinh(_ x: Self) -> Self { (exp(x) - exp(-x)) * Self(0.5) }

  /// The hyperbolic cosine.
  @inlinable
  public static func cosh(_ x: Self) -> Self { (exp(x) + exp(-x)) * Self(0.5) }
}

/// The exponential function of any scalar.
@inlinable
public func exp<S: Scalar>(_ x: S) -> S { S.exp(x) }
/// The natural logarithm of any scalar.
@inlinable
public func log<S: Scalar>(_ x: S) -> S { S.log(x) }
/// The sine of any scalar.
@inlinable
public func sin<S: Scalar>(_ x: S) -> S { S.sin(x) }
/// The cosine of any scalar.
@inlinable
public func cos<S: Scalar>(_ x: S) -> S { S.cos(x) }
/// The tangent of any scalar.
@inlinable
public func tan<S: Scalar>(_ x: S) -> S { S.tan(x) }
/// The hyperbolic sine of any scalar.
@inlinable
public func sinh<S: Scalar>(_ x: S) -> S { S.sinh(x) }
/// The hyperbolic cosine of any scalar.
@inlinable
public func cosh<S: Scalar>(_ x: S) -> S { S.cosh(x) }
/// The hyperbolic tangent of any scalar.
@inlinable
public func tanh<S: Scalar>(_ x: S) -> S { S.tanh(x) }
/// The positive square root of any scalar.
@inlinable
public func sqrt<S: Scalar>(_ x: S) -> S { x.squareRoot() }
