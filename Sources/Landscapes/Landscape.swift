/// A loss or energy L(x), whose drift is −∇L.
///
/// Write the energy once, generic over the scalar:
///
/// ```swift
/// struct Quartic: Landscape {
///   let tilt: Double
///   var dimension: Int { 2 }
///   func energy<S: Scalar>(at x: Span<S>) -> S {
///     0.25 * (x[0].squared() - 1).squared() + S(tilt) * x[0] + x[1].squared()
///   }
/// }
/// ```
///
/// The exact gradient and Hessian, an eight-lane version and interval enclosures follow from it.
/// Where a hand-written `gradient` or `hessian` is given, it is used everywhere instead.
public protocol Landscape: VectorField {
  /// The energy at a point of `dimension` coordinates.
  func energy<S: Scalar>(at x: Span<S>) -> S

  /// The gradient ∇L; derived from `energy` unless it is given.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - gradient: Receives `dimension` components.
  func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>)

  /// The Hessian ∇∇L; derived from `gradient` unless it is given.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - hessian: Receives the matrix, row after row.
  func hessian<S: Scalar>(at x: Span<S>, into hessian: inout MutableSpan<S>)
}

extension Landscape {
  /// The exact gradient by forward-mode differentiation, one direction after another.
  @inlinable
  public func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>) {
    let n = dimension
    withUnsafeTemporaryAllocation(of: Dual<S>.self, capacity: n) { point in
      point.initialize(repeating: Dual(0.0))
      for i in 0..<n { point[i] = Dual(constant: x[i]) }
      for i in 0..<n {
        point[i].derivative = S(1.0)
        gradient[i] = energy(at: point.span).derivative
        point[i].derivative = S(0.0)
      }
    }
  }

  /// The exact Hessian, by differentiating the gradient.
  @inlinable
  public func hessian<S: Scalar>(at x: Span<S>, into hessian: inout MutableSpan<S>) {
    differentiate(at: x, into: &hessian) { gradient(at: $0, into: &$1) }
  }

  /// The drift of a landscape, −∇L.
  @inlinable
  public func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    gradient(at: x, into: &b)
    for i in 0..<dimension { b[i] = -b[i] }
  }

  /// The Jacobian matrix of the drift, −∇∇L.
  @inlinable
  public func driftJacobian<S: Scalar>(at x: Span<S>, into jacobian: inout MutableSpan<S>) {
    hessian(at: x, into: &jacobian)
    for i in 0..<dimension * dimension { jacobian[i] = -jacobian[i] }
  }
}
