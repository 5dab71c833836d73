/// Numbers of unlimited range in which a shifted generator can be reduced.
protocol SpectralNumber: Semifield {
  init(real: ScaledNumber, imaginary: ScaledNumber)
  var real: ScaledNumber { get }
  var imaginary: ScaledNumber { get }
  /// The absolute value, to a few digits at least.
  var magnitude: ScaledNumber { get }
  static prefix func - (x: Self) -> Self
}

extension SpectralNumber {
  init(real: ScaledNumber) { self.init(real: real, imaginary: .zero) }
  @inline(__always)
  static func - (lhs: Self, rhs: Self) -> Self { lhs + -rhs }
}

extension ScaledNumber: SpectralNumber {
  /// The real part; the imaginary one is dropped.
  init(real: ScaledNumber, imaginary: ScaledNumber) { self = real }
  var real: ScaledNumber { self }
  var imaginary: ScaledNumber { .zero }
  var magnitude: ScaledNumber { isNegative ? -self : self }
}

/// A complex number with the precision of a double and practically no limit of its size:
/// (x + iy) · 2^(512 · exponent), with the larger part between 2⁻²⁵⁶ and 2²⁵⁶ in absolute value.
struct ComplexScaledNumber: SpectralNumber, Equatable {
  private var x: Double
  private var y: Double
  private var exponent: Int

  private static let up = 0x1p512
  private static let down = 0x1p-512

  static let zero = ComplexScaledNumber(unchecked: 0, 0, 0)
  static let one = ComplexScaledNumber(unchecked: 1, 0, 0)

  @inline(__always)
  private init(unchecked x: Double, _ y: Double, _ exponent: Int) {
    self.x = x
    self.y = y
    self.exponent = exponent
  }

  /// The number with parts that are out of their range by at most one step.
  @inline(__always)
  private init(_ x: Double, _ y: Double, _ exponent: Int) {
    let size = max(x.magnitude, y.magnitude)
    if size >= 0x1p256 {
      self.init(unchecked: x * Self.down, y * Self.down, exponent + 1)
    } else if size < 0x1p-256, size > 0 {
      self.init(unchecked: x * Self.up, y * Self.up, exponent - 1)
    } else if size == 0 {
      self.init(unchecked: 0, 0, 0)
    } else {
      self.init(unchecked: x, y, exponent)
    }
  }

  init(real: ScaledNumber, imaginary: ScaledNumber) {
    let a = ComplexScaledNumber(unchecked: real.significand, 0, real.exponent)
    let b = ComplexScaledNumber(unchecked: 0, imaginary.significand, imaginary.exponent)
    self = a + b
  }

  var real: ScaledNumber { Self.part(x, exponent) }
  var imaginary: ScaledNumber { Self.part(y, exponent) }
  private static func part(_ value: Double, _ exponent: Int) -> ScaledNumber {
    value == 0
      ? .zero : ScaledNumber(value) * ScaledNumber(significand: 1, binaryExponent: 512 * exponent)
  }
  var magnitude: ScaledNumber {
    Self.part((x * x + y * y).squareRoot(), exponent)
  }
  /// The argument as a point of the unit circle.
  var direction: (cosine: Double, sine: Double) {
    let size = (x * x + y * y).squareRoot()
    return (x / size, y / size)
  }
  var conjugate: Self { Self(unchecked: x, -y, exponent) }
  var isZero: Bool {
    @inline(__always) get { x == 0 && y == 0 }
  }

  @inline(__always)
  static func + (lhs: Self, rhs: Self) -> Self {
    if lhs.exponent == rhs.exponent {
      return Self(lhs.x + rhs.x, lhs.y + rhs.y, lhs.exponent)
    }
    return sum(lhs, rhs)
  }

  private static func sum(_ lhs: Self, _ rhs: Self) -> Self {
    if lhs.isZero { return rhs }
    if rhs.isZero { return lhs }
    let (high, low) = lhs.exponent > rhs.exponent ? (lhs, rhs) : (rhs, lhs)
    guard high.exponent - low.exponent == 1 else { return high }
    return Self(high.x + low.x * down, high.y + low.y * down, high.exponent)
  }

  @inline(__always)
  static func * (lhs: Self, rhs: Self) -> Self {
    Self(
      lhs.x * rhs.x - lhs.y * rhs.y, lhs.x * rhs.y + lhs.y * rhs.x,
      lhs.exponent &+ rhs.exponent)
  }

  @inline(__always)
  static func / (lhs: Self, rhs: Self) -> Self {
    // The square of the divisor lies within 2^±513.
    let square = rhs.x * rhs.x + rhs.y * rhs.y
    let (u, v) = (rhs.x / square, rhs.y / square)
    return Self(
      lhs.x * u + lhs.y * v, lhs.y * u - lhs.x * v, lhs.exponent &- rhs.exponent)
  }

  @inline(__always)
  static prefix func - (x: Self) -> Self { Self(unchecked: -x.x, -x.y, x.exponent) }
}
