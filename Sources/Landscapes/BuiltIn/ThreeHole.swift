/// The three-hole potential of Metzner, Schütte and Vanden-Eijnden: two deep wells joined by a
/// direct saddle and by a detour through a shallow third well.
///
/// V = 3e^{−x²−(y−1/3)²} − 3e^{−x²−(y−5/3)²} − 5e^{−(x−1)²−y²} − 5e^{−(x+1)²−y²}
/// + 0.2x⁴ + 0.2(y−1/3)⁴ (J. Chem. Phys. 125, 084110, 2006).
public struct ThreeHole: Landscape {
  /// Creates the landscape.
  public init() {}

  /// Two variables.
  public var dimension: Int { 2 }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let third = x[1] - S(1.0 / 3)
    let walls = S(0.2) * (x[0].raised(to: 4) + third.raised(to: 4))
    let ridge = S(3.0) * (bump(x, 0, 1.0 / 3) - bump(x, 0, 5.0 / 3))
    return ridge - S(5.0) * (bump(x, 1, 0) + bump(x, -1, 0)) + walls
  }

  @inlinable
  func bump<S: Scalar>(_ x: Span<S>, _ x0: Double, _ y0: Double) -> S {
    S.exp(-((x[0] - S(x0)).squared() + (x[1] - S(y0)).squared()))
  }
}
