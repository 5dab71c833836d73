/// A number with its derivative along one direction: forward-mode differentiation.
///
/// `Dual<Double>` gives exact first derivatives, `Dual<Dual<Double>>` exact second ones, and
/// `Dual<Lanes>` the first derivatives at eight points.
public struct Dual<Base: Scalar>: Scalar {
  /// The value.
  public var value: Base
  /// The derivative.
  public var derivative: Base

  /// Creates a number with a derivative.
  @inlinable
  public init(value: Base, derivative: Base) {
    self.value = value
    self.derivative = derivative
  }

  /// A constant: its derivative is zero.
  @inlinable
  public init(constant value: Base) {
    self.init(value: value, derivative: Base.zero)
  }

  /// A constant.
  @inlinable
  public init(_ value: Double) { self.init(constant: Base(value)) }

  /// A constant.
  @inlinable
  public init(floatLiteral value: Double) { self.init(value) }

  /// A constant.
  @inlinable
  public init(integerLiteral value: Int) { self.init(Double(value)) }

  /// A constant, where the integer is a double exactly.
  @inlinable
  public init?<T: BinaryInteger>(exactly source: T) {
    guard let value = Double(exactly: source) else { return nil }
    self.init(value)
  }

  /// A bound on the absolute value.
  @inlinable
  public var magnitude: Double { value.magnitude }

  /// The sum.
  @inlinable
  public static func + (a: Dual, b: Dual) -> Dual {
    Dual(value: a.value + b.value, derivative: a.derivative + b.derivative)
  }

  /// The difference.
  @inlinable
  public static func - (a: Dual, b: Dual) -> Dual {
    Dual(value: a.value - b.value, derivative: a.derivative - b.derivative)
  }

  /// The product.
  @inlinable
  public static func * (a: Dual, b: Dual) -> Dual {
    Dual(
      value: a.value * b.value,
      derivative: a.derivative * b.value + a.value * b.derivative)
  }

  /// The product, in place.
  @inlinable
  public static func *= (a: inout Dual, b: Dual) { a = a * b }

  /// The quotient.
  @inlinable
  public static func / (a: Dual, b: Dual) -> Dual {
    let quotient = a.value / b.value
    return Dual(
      value: quotient, derivative: (a.derivative - quotient * b.derivative) / b.value)
  }

  /// The negative.
  @inlinable
  public static prefix func - (a: Dual) -> Dual {
    Dual(value: -a.value, derivative: -a.derivative)
  }

  /// A function of one variable, by the chain rule.
  @inlinable
  func chain(_ value: Base, _ slope: Base) -> Dual {
    Dual(value: value, derivative: slope * derivative)
  }

  /// The square.
  @inlinable
  public func squared() -> Dual { chain(value.squared(), 2 * value) }

  /// The integer power.
  @inlinable
  public func raised(to exponent: Int) -> Dual {
    if exponent == 0 { return Dual(1.0) }
    return chain(
      value.raised(to: exponent), Base(Double(exponent)) * value.raised(to: exponent - 1))
  }

  /// The real power.
  @inlinable
  public func raised(to exponent: Double) -> Dual {
    chain(value.raised(to: exponent), Base(exponent) * value.raised(to: exponent - 1))
  }

  /// The positive square root.
  @inlinable
  public func squareRoot() -> Dual {
    let root = value.squareRoot()
    return chain(root, Base(0.5) / root)
  }

  /// The absolute value; the derivative at zero is taken from the right.
  @inlinable
  public var absoluteValue: Dual {
    chain(
      value.absoluteValue,
      Base.select(value, nonnegative: Base(1.0), negative: Base(-1.0)))
  }

  /// The exponential function.
  @inlinable
  public static func exp(_ x: Dual) -> Dual {
    let value = Base.exp(x.value)
    return x.chain(value, value)
  }

  /// The natural logarithm.
  @inlinable
  public static func log(_ x: Dual) -> Dual {
    x.chain(Base.log(x.value), Base(1.0) / x.value)
  }

  /// The sine.
  @inlinable
  public static func sin(_ x: Dual) -> Dual { x.chain(Base.sin(x.value), Base.cos(x.value)) }

  /// The cosine.
  @inlinable
  public static func cos(_ x: Dual) -> Dual { x.chain(Base.cos(x.value), -Base.sin(x.value)) }

  /// The hyperbolic tangent.
  @inlinable
  public static func tanh(_ x: Dual) -> Dual {
    let value = Base.tanh(x.value)
    return x.chain(value, Base(1.0) - value.squared())
  }

  /// `a` where `test ≥ 0`, else `b`, with the derivative of the branch.
  @inlinable
  public static func select(_ test: Dual, nonnegative a: Dual, negative b: Dual) -> Dual {
    Dual(
      value: Base.select(test.value, nonnegative: a.value, negative: b.value),
      derivative: Base.select(test.value, nonnegative: a.derivative, negative: b.derivative))
  }
}
