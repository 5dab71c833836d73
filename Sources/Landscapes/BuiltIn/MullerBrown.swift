/// The Müller–Brown surface: three minima and two saddles, a standard test of saddle searches
/// (K. Müller and L. D. Brown, Theor. Chim. Acta 53, 75, 1979).
public struct MullerBrown: Landscape {
  /// A factor on the energy.
  public let scale: Double

  /// Creates the landscape.
  public init(scale: Double = 1) { self.scale = scale }

  /// Two variables.
  public var dimension: Int { 2 }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    S(scale)
      * (term(x, -200, -1, 0, -10, 1, 0) + term(x, -100, -1, 0, -10, 0, 0.5)
        + term(x, -170, -6.5, 11, -6.5, -0.5, 1.5) + term(x, 15, 0.7, 0.6, 0.7, -1, 1))
  }

  @inlinable
  func term<S: Scalar>(
    _ x: Span<S>, _ height: Double, _ a: Double, _ b: Double, _ c: Double, _ x0: Double,
    _ y0: Double
  ) -> S {
    let u = x[0] - S(x0)
    let v = x[1] - S(y0)
    let exponent = S(a) * u.squared() + S(b) * u * v + S(c) * v.squared()
    return S(height) * S.exp(exponent)
  }
}
