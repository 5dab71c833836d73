import Glibc

/// A real number as its sign and the natural logarithm of its magnitude.
///
/// Components of eigenvectors of a stiff chain span more decades than a double has.
public struct SignedLogarithm: Sendable, Equatable {
  /// −1, 0 or 1.
  public let sign: Int
  /// The natural logarithm of the magnitude; −∞ for zero.
  public let logMagnitude: Double

  /// Zero.
  public static let zero = SignedLogarithm(sign: 0, logMagnitude: -.infinity)

  /// Creates a number.
  ///
  /// - Parameters:
  ///   - sign: Its sign; only whether it is negative, zero or positive counts.
  ///   - logMagnitude: The natural logarithm of its magnitude; −∞ makes the number zero.
  public init(sign: Int, logMagnitude: Double) {
    self.sign = logMagnitude == -.infinity ? 0 : sign.signum()
    self.logMagnitude = self.sign == 0 ? -.infinity : logMagnitude
  }

  /// The nearest double; ±0 or ±∞ where the number is out of range.
  public var value: Double { Double(sign) * (sign == 0 ? 0 : exp(logMagnitude)) }

  init(_ number: ScaledNumber) {
    self.init(
      sign: number.isZero ? 0 : (number.isNegative ? -1 : 1),
      logMagnitude: (number.isNegative ? -number : number).logarithm)
  }
}
