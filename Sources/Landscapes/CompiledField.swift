public import LinearAlgebra

/// A vector field or landscape with everything that the solvers ask of it, compiled for the three
/// scalars that they compute with.
///
/// The initialisers are inlinable: they specialise the field's generic functions in the module
/// that knows the concrete type, so that the solvers below need no generics and lose no speed.
public struct CompiledField: Sendable {
  /// A function from a point to a number.
  public typealias ScalarFunction<S> = @Sendable (Span<S>) -> S
  /// A function from a point to a vector, or to a matrix row after row.
  public typealias VectorFunction<S> = @Sendable (Span<S>, inout MutableSpan<S>) -> Void

  /// The number of variables.
  public let dimension: Int
  /// The energy; nil for a vector field that is not known to be a gradient.
  public let energy: ScalarFunction<Double>?
  /// The energy over intervals.
  public let energyEnclosure: ScalarFunction<Interval>?
  /// The energy at eight points.
  public let energyLanes: ScalarFunction<Lanes>?
  /// The drift b (−∇L for a landscape).
  public let drift: VectorFunction<Double>
  /// The Jacobian matrix of the drift (−∇∇L for a landscape), row after row.
  public let driftJacobian: VectorFunction<Double>
  /// The drift over intervals; nil where enclosures are useless (losses over data).
  public let driftEnclosure: VectorFunction<Interval>?
  /// The Jacobian matrix of the drift over intervals.
  public let driftJacobianEnclosure: VectorFunction<Interval>?
  /// The drift at eight points.
  public let driftLanes: VectorFunction<Lanes>
  /// Steps of eight trajectories by the method of Euler and Maruyama.
  public let eulerSteps: @Sendable (LaneStretch) -> Void
  /// Steps of eight trajectories by the method of Heun.
  public let heunSteps: @Sendable (LaneStretch) -> Void

  /// Whether the drift is the negative gradient of an energy.
  public var isGradient: Bool { energy != nil }

  /// Compiles a landscape.
  ///
  /// - Parameters:
  ///   - landscape: The landscape.
  ///   - enclosures: Whether interval evaluation is of use.
  @inlinable
  public init<L: Landscape>(_ landscape: L, enclosures: Bool = true) {
    dimension = landscape.dimension
    energy = { landscape.energy(at: $0) }
    energyLanes = { landscape.energy(at: $0) }
    drift = { landscape.drift(at: $0, into: &$1) }
    driftJacobian = { landscape.driftJacobian(at: $0, into: &$1) }
    driftLanes = { landscape.drift(at: $0, into: &$1) }
    eulerSteps = { stretch in
      stretch.advanceByEuler(dimension: landscape.dimension) { landscape.drift(at: $0, into: &$1) }
    }
    heunSteps = { stretch in
      stretch.advanceByHeun(dimension: landscape.dimension) { landscape.drift(at: $0, into: &$1) }
    }
    if enclosures {
      energyEnclosure = { landscape.energy(at: $0) }
      driftEnclosure = { landscape.drift(at: $0, into: &$1) }
      driftJacobianEnclosure = { landscape.driftJacobian(at: $0, into: &$1) }
    } else {
      energyEnclosure = nil
      driftEnclosure = nil
      driftJacobianEnclosure = nil
    }
  }

  /// Compiles a vector field.
  ///
  /// - Parameters:
  ///   - field: The field.
  ///   - enclosures: Whether interval evaluation is of use.
  @inlinable
  public init<F: VectorField>(field: F, enclosures: Bool = true) {
    dimension = field.dimension
    energy = nil
    energyEnclosure = nil
    energyLanes = nil
    drift = { field.drift(at: $0, into: &$1) }
    driftJacobian = { field.driftJacobian(at: $0, into: &$1) }
    driftLanes = { field.drift(at: $0, into: &$1) }
    eulerSteps = { stretch in
      stretch.advanceByEuler(dimension: field.dimension) { field.drift(at: $0, into: &$1) }
    }
    heunSteps = { stretch in
      stretch.advanceByHeun(dimension: field.dimension) { field.drift(at: $0, into: &$1) }
    }
    if enclosures {
      driftEnclosure = { field.drift(at: $0, into: &$1) }
      driftJacobianEnclosure = { field.driftJacobian(at: $0, into: &$1) }
    } else {
      driftEnclosure = nil
      driftJacobianEnclosure = nil
    }
  }
}

extension CompiledField {
  /// The energy at a point; nil for a field without one.
  public func energy(at x: [Double]) -> Double? { energy.map { $0(x.span) } }

  /// The drift at a point.
  public func drift(at x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: dimension)
    do {
      var span = result.mutableSpan
      drift(x.span, &span)
    }
    return result
  }

  /// The Jacobian matrix of the drift at a point.
  public func driftJacobian(at x: [Double]) -> Matrix {
    var result = Matrix(rows: dimension, columns: dimension)
    do {
      var span = result.elements.mutableSpan
      driftJacobian(x.span, &span)
    }
    return result
  }

  /// The gradient of the energy at a point, −b.
  public func gradient(at x: [Double]) -> [Double] { drift(at: x).map { -$0 } }

  /// The Hessian of the energy, or −Db for a field that is not a gradient.
  public func hessian(at x: [Double]) -> Matrix {
    var result = driftJacobian(at: x)
    for i in result.elements.indices { result.elements[i] = -result.elements[i] }
    return result
  }
}
