/// A complex number, as eigenvalues of real matrices need it.
public struct ComplexNumber: Sendable, Equatable {
  /// The real part.
  public var real: Double
  /// The imaginary part.
  public var imaginary: Double

  /// Creates a complex number from its parts.
  public init(_ real: Double, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  /// The absolute value.
  public var magnitude: Double { (real * real + imaginary * imaginary).squareRoot() }
}
