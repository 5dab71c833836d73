public import Glibc

extension Double: Scalar {
  /// The absolute value.
  @inlinable
  public var absoluteValue: Double { magnitude }

  /// The real power.
  @inlinable
  public func raised(to exponent: Double) -> Double { Glibc.pow(self, exponent) }

  /// The exponential function.
  @inlinable
  public static func exp(_ x: Double) -> Double { Glibc.exp(x) }

  /// The natural logarithm.
  @inlinable
  public static func log(_ x: Double) -> Double { Glibc.log(x) }

  /// The sine.
  @inlinable
  public static func sin(_ x: Double) -> Double { Glibc.sin(x) }

  /// The cosine.
  @inlinable
  public static func cos(_ x: Double) -> Double { Glibc.cos(x) }

  /// The hyperbolic tangent.
  @inlinable
  public static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }

  /// `a` where `test ≥ 0`, else `b`.
  @inlinable
  public static func select(_ test: Double, nonnegative a: Double, negative b: Double) -> Double {
    test >= 0 ? a : b
  }
}
