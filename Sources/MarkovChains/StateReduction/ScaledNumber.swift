import Glibc

/// A real number with the precision of a double and practically no limit of its size.
///
/// The value is significand · 2^(512 · exponent) with a significand between 2⁻²⁵⁶ and 2²⁵⁶ in
/// absolute value. An operation costs about as much as one on doubles and has a relative error of
/// 2⁻⁵³, also where the logarithm of the number is in the millions; arithmetic on stored
/// logarithms would be slower by an exponential and a logarithm per addition, and would lose the
/// digits in front of the decimal point of the logarithm.
struct ScaledNumber: Semifield, Equatable {
  private(set) var significand: Double
  private(set) var exponent: Int

  private static let up = 0x1p512
  private static let down = 0x1p-512
  private static let upper = 0x1p256
  private static let lower = 0x1p-256

  static let zero = ScaledNumber(normalized: 0, exponent: 0)
  static let one = ScaledNumber(normalized: 1, exponent: 0)

  /// The number with a significand that is in its range.
  @inline(__always)
  init(normalized significand: Double, exponent: Int) {
    self.significand = significand
    self.exponent = exponent
  }

  /// The number with a significand that is out of its range by at most one step.
  @inline(__always)
  private init(_ significand: Double, exponent: Int) {
    let size = significand.magnitude
    if size >= Self.upper {
      self.init(normalized: significand * Self.down, exponent: exponent + 1)
    } else if size < Self.lower, size > 0 {
      self.init(normalized: significand * Self.up, exponent: exponent - 1)
    } else {
      self.init(normalized: significand, exponent: exponent)
    }
  }

  /// The number with the value of a finite double.
  init(_ value: Double) {
    // A double can be out of range by two steps.
    if value.magnitude >= Self.upper {
      self.init(value * Self.down, exponent: 1)
    } else if value.magnitude < Self.lower, value != 0 {
      self.init(value * Self.up, exponent: -1)
    } else {
      self.init(normalized: value, exponent: 0)
    }
  }

  /// The number significand · 2^binaryExponent.
  init(significand: Double, binaryExponent: Int) {
    let steps = Int((Double(binaryExponent) / 512).rounded())
    self.init(
      significand * Double(sign: .plus, exponent: binaryExponent - 512 * steps, significand: 1),
      exponent: steps)
  }

  // 512 ln 2 in three parts; multiples of the first are exact up to 2²³.
  private static let step1 = 0x1.62e42fe8p8
  private static let step2 = 0x1.e8e7bcd5e4f1ep-22
  private static let step3 = -0x1.8cff81a12a17ep-76

  /// eˣ for a finite x, or for −∞ zero; relative error about 2⁻⁵², whatever the size of x.
  init(exp x: Double) {
    guard x > -.infinity else {
      self = .zero
      return
    }
    let steps = (x / Self.step1).rounded()
    // The reduced argument as a sum of two doubles: the first alone would be good to 1e-14 only.
    let reduced = x - steps * Self.step1
    let product = steps * Self.step2
    let productError = (-product).addingProduct(steps, Self.step2)
    let high = reduced - product
    let back = high - reduced
    let roundoff = (reduced - (high - back)) - (product + back)
    let low = roundoff - productError - steps * Self.step3
    self.init(Glibc.exp(high) * (1 + low), exponent: Int(steps))
  }

  /// The natural logarithm; −∞ for zero, NaN for a negative number.
  var logarithm: Double {
    guard significand != 0 else { return -.infinity }
    let steps = Double(exponent)
    return steps * Self.step1 + (steps * Self.step2 + Glibc.log(significand))
  }

  /// The nearest double; 0 or ±∞ outside its range.
  var value: Double {
    if exponent == 0 || significand == 0 { return significand }
    if exponent > 3 { return significand < 0 ? -.infinity : .infinity }
    if exponent < -3 { return 0 }
    var result = significand
    let factor = exponent > 0 ? Self.up : Self.down
    for _ in 0..<exponent.magnitude { result *= factor }
    return result
  }

  /// The significand between ½ and 1 in absolute value and the power of two.
  var binaryParts: (significand: Double, exponent: Int) {
    guard significand != 0 else { return (0, 0) }
    let shift = significand.exponent + 1
    return (
      significand * Double(sign: .plus, exponent: -Int(shift), significand: 1),
      512 * exponent + Int(shift)
    )
  }

  var isZero: Bool {
    @inline(__always) get { significand == 0 }
  }

  @inline(__always)
  static func + (lhs: Self, rhs: Self) -> Self {
    if lhs.exponent == rhs.exponent {
      return Self(lhs.significand + rhs.significand, exponent: lhs.exponent)
    }
    return sum(lhs, rhs)
  }

  private static func sum(_ lhs: Self, _ rhs: Self) -> Self {
    if lhs.significand == 0 { return rhs }
    if rhs.significand == 0 { return lhs }
    let (high, low) = lhs.exponent > rhs.exponent ? (lhs, rhs) : (rhs, lhs)
    // Two steps apart, the smaller one is below 2⁻⁵¹² of the larger.
    guard high.exponent - low.exponent == 1 else { return high }
    return Self(high.significand + low.significand * down, exponent: high.exponent)
  }

  @inline(__always)
  static func * (lhs: Self, rhs: Self) -> Self {
    Self(lhs.significand * rhs.significand, exponent: lhs.exponent &+ rhs.exponent)
  }

  @inline(__always)
  static func / (lhs: Self, rhs: Self) -> Self {
    Self(lhs.significand / rhs.significand, exponent: lhs.exponent &- rhs.exponent)
  }

  @inline(__always)
  static prefix func - (x: Self) -> Self {
    Self(normalized: -x.significand, exponent: x.exponent)
  }

  @inline(__always)
  static func - (lhs: Self, rhs: Self) -> Self { lhs + -rhs }

  var isNegative: Bool { significand < 0 }

  /// The square root of a number that is not negative.
  var squareRoot: Self {
    exponent % 2 == 0
      ? Self(significand.squareRoot(), exponent: exponent / 2)
      : Self(significand.squareRoot() * Self.upper, exponent: (exponent - 1) / 2)
  }
}

extension ScaledNumber: Comparable {
  static func < (lhs: Self, rhs: Self) -> Bool { (rhs - lhs).significand > 0 }
}
