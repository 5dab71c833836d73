public import CLanes
public import Glibc

/// Eight numbers that are computed on together, one per trajectory of an ensemble.
public struct Lanes: Scalar {
  /// The eight values in the C vector type.
  public var storage: metastability_lanes

  /// How many lanes there are.
  @inlinable
  public static var count: Int { 8 }

  /// Wraps a C vector.
  @inlinable
  public init(storage: metastability_lanes) { self.storage = storage }

  /// The same value in all lanes.
  @inlinable
  public init(_ value: Double) { storage = metastability_lanes_broadcast(value) }

  /// The same value in all lanes.
  @inlinable
  public init(floatLiteral value: Double) { self.init(value) }

  /// The same value in all lanes.
  @inlinable
  public init(integerLiteral value: Int) { self.init(Double(value)) }

  /// The same value in all lanes, where the integer is a double exactly.
  @inlinable
  public init?<T: BinaryInteger>(exactly source: T) {
    guard let value = Double(exactly: source) else { return nil }
    self.init(value)
  }

  /// The value in one lane.
  @inlinable
  public subscript(lane: Int) -> Double {
    get { storage[lane] }
    set { storage[lane] = newValue }
  }

  /// The largest absolute value of the eight.
  @inlinable
  public var magnitude: Double {
    var result = 0.0
    for lane in 0..<8 { result = max(result, storage[lane].magnitude) }
    return result
  }

  /// A function of one number, applied lane by lane.
  @inlinable
  public func map(_ function: (Double) -> Double) -> Lanes {
    var result = self
    for lane in 0..<8 { result.storage[lane] = function(storage[lane]) }
    return result
  }

  /// The sum.
  @inlinable
  public static func + (a: Lanes, b: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_add(a.storage, b.storage))
  }

  /// The difference.
  @inlinable
  public static func - (a: Lanes, b: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_subtract(a.storage, b.storage))
  }

  /// The product.
  @inlinable
  public static func * (a: Lanes, b: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_multiply(a.storage, b.storage))
  }

  /// The product, in place.
  @inlinable
  public static func *= (a: inout Lanes, b: Lanes) { a = a * b }

  /// The quotient.
  @inlinable
  public static func / (a: Lanes, b: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_divide(a.storage, b.storage))
  }

  /// The negative.
  @inlinable
  public static prefix func - (a: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_negate(a.storage))
  }

  /// The positive square root.
  @inlinable
  public func squareRoot() -> Lanes { Lanes(storage: metastability_lanes_sqrt(storage)) }

  /// The absolute value.
  @inlinable
  public var absoluteValue: Lanes { Lanes(storage: metastability_lanes_abs(storage)) }

  /// The real power.
  @inlinable
  public func raised(to exponent: Double) -> Lanes { map { Glibc.pow($0, exponent) } }

  /// The exponential function, to one unit in the last place.
  @inlinable
  public static func exp(_ x: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_exp(x.storage))
  }

  /// The natural logarithm.
  @inlinable
  public static func log(_ x: Lanes) -> Lanes { x.map { Glibc.log($0) } }

  /// The sine.
  @inlinable
  public static func sin(_ x: Lanes) -> Lanes { x.map { Glibc.sin($0) } }

  /// The cosine.
  @inlinable
  public static func cos(_ x: Lanes) -> Lanes { x.map { Glibc.cos($0) } }

  /// The hyperbolic tangent, to two units in the last place.
  @inlinable
  public static func tanh(_ x: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_tanh(x.storage))
  }

  /// `a` where `test ≥ 0`, else `b`, lane by lane.
  @inlinable
  public static func select(_ test: Lanes, nonnegative a: Lanes, negative b: Lanes) -> Lanes {
    Lanes(storage: metastability_lanes_select(test.storage, a.storage, b.storage))
  }
}

extension Lanes: Equatable {
  /// Whether all eight values agree.
  @inlinable
  public static func == (a: Lanes, b: Lanes) -> Bool {
    for lane in 0..<8 where a[lane] != b[lane] { return false }
    return true
  }
}
