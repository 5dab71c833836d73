/// A vector field b(x), the drift of the dynamics dx = b(x) dt + √(2D) dW.
///
/// It need not be a gradient. Whoever writes `drift` once, generic over the scalar, gets the exact
/// Jacobian matrix, an eight-lane version and interval enclosures from it.
public protocol VectorField: Sendable {
  /// The number of variables.
  var dimension: Int { get }

  /// The drift at a point.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - b: Receives the drift, `dimension` components.
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>)

  /// The Jacobian matrix ∂bᵢ/∂xⱼ at a point; derived from `drift` unless it is given.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - jacobian: Receives the matrix, row after row.
  func driftJacobian<S: Scalar>(at x: Span<S>, into jacobian: inout MutableSpan<S>)
}

extension VectorField {
  /// The exact Jacobian matrix by forward-mode differentiation, one direction after another.
  @inlinable
  public func driftJacobian<S: Scalar>(at x: Span<S>, into jacobian: inout MutableSpan<S>) {
    differentiate(at: x, into: &jacobian) { drift(at: $0, into: &$1) }
  }

  /// The Jacobian matrix of a vector function of `dimension` variables, by dual numbers.
  @inlinable
  func differentiate<S: Scalar>(
    at x: Span<S>, into jacobian: inout MutableSpan<S>,
    _ function: (Span<Dual<S>>, inout MutableSpan<Dual<S>>) -> Void
  ) {
    let n = dimension
    withUnsafeTemporaryAllocation(of: Dual<S>.self, capacity: n) { point in
      withUnsafeTemporaryAllocation(of: Dual<S>.self, capacity: n) { image in
        point.initialize(repeating: Dual(0.0))
        image.initialize(repeating: Dual(0.0))
        for i in 0..<n { point[i] = Dual(constant: x[i]) }
        for j in 0..<n {
          point[j].derivative = S(1.0)
          var result = image.mutableSpan
          function(point.span, &result)
          for i in 0..<n { jacobian[i * n + j] = image[i].derivative }
          point[j].derivative = S(0.0)
        }
      }
    }
  }
}
