import EscapeRates
import Glibc
import Landscapes
import LinearAlgebra
import StationaryPoints

/// V = (x² − 1)²/4 + tilt·x + offset.
struct TiltedWell: Landscape {
  var tilt = 0.1
  var offset = 0.0
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + S(tilt) * x[0] + S(offset)
  }
}

/// V = (x² − 1)²/4 + 0.15x + y²(1 + 0.3x) + offset.
struct CoupledWell: Landscape {
  var offset = 0.0
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + 0.15 * x[0] + x[1].squared() * (0.3 * x[0] + 1)
      + S(offset)
  }
}

/// V = (x² − 1)²/4 + 2y²: separable, with a flat third direction.
struct FlatWell: Landscape {
  var dimension: Int { 3 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.25 * (x[0].squared() - 1).squared() + 2 * x[1].squared() + 0 * x[2]
  }
}

/// V = 2x²(x² − 1)² + 0.02x: three wells.
struct ThreeWells: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    2 * x[0].squared() * (x[0].squared() - 1).squared() + 0.02 * x[0]
  }
}

/// Two parallel saddles between the minima (−1, 0) and (1, 0):
/// V = (r² − 1)² + 0.3y².
struct Ring: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    (x[0].squared() + x[1].squared() - 1).squared() + 0.3 * x[1].squared()
  }
}

/// Hu's Example 3.1, f = x² + y².
struct Bowl: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S { x[0].squared() + x[1].squared() }
}

enum TestNetwork {
  /// A stationary point by Newton's method from a guess.
  static func point(_ field: CompiledField, near guess: [Double]) throws -> StationaryPoint {
    var x = guess
    for _ in 0..<60 {
      let hessian = field.hessian(at: x)
      let eigen = try hessian.symmetrized.symmetricEigendecomposition()
      let gradient = field.gradient(at: x)
      let step = eigen.mapValues { $0.magnitude < 1e-12 ? 0 : 1 / $0 } * gradient
      x = zip(x, step).map { $0 - $1 }
    }
    let hessian = field.hessian(at: x)
    let values = try hessian.symmetrized.symmetricEigendecomposition().values
    return StationaryPoint(
      coordinates: x, energy: field.energy(at: x), hessian: hessian,
      eigenvalues: values.map { ComplexNumber($0) }, gradientNorm: norm(field.gradient(at: x)),
      index: values.count { $0 < -1e-9 }, flatDirections: values.count { $0.magnitude <= 1e-9 },
      isCertified: false)
  }

  /// A network whose saddles join the given minima along straight lines or given polylines.
  static func make(
    _ field: CompiledField, minima: [[Double]], saddles: [([Double], Int, Int)]
  ) throws -> StationaryNetwork {
    let bottoms = try minima.map { try point(field, near: $0) }
    let passes = try saddles.map { guess, first, second in
      let saddle = try point(field, near: guess)
      return Saddle(
        point: saddle, connects: [first, second],
        descents: [
          [saddle.coordinates, bottoms[first].coordinates],
          [saddle.coordinates, bottoms[second].coordinates],
        ])
    }
    return StationaryNetwork(
      minima: bottoms, saddles: passes,
      completeness: Completeness(status: .unknown, detail: "made by hand"))
  }

  static func tilted(
    _ dynamics: (CompiledField) throws -> Dynamics, tilt: Double = 0.1, offset: Double = 0
  ) throws -> EscapeProblem {
    let field = CompiledField(TiltedWell(tilt: tilt, offset: offset))
    return EscapeProblem(
      field: field,
      network: try make(field, minima: [[-1.05], [0.95]], saddles: [([0.1], 0, 1)]),
      dynamics: try dynamics(field))
  }

  static func coupled(
    _ dynamics: (CompiledField) throws -> Dynamics, offset: Double = 0
  ) throws -> EscapeProblem {
    let field = CompiledField(CoupledWell(offset: offset))
    return EscapeProblem(
      field: field,
      network: try make(field, minima: [[-1.07, 0], [0.91, 0]], saddles: [([0.15, 0], 0, 1)]),
      dynamics: try dynamics(field), domain: try Domain(lower: [-2, -2], upper: [2, 2]))
  }

  static func langevin(_ temperature: Double) -> (CompiledField) throws -> Dynamics {
    { try .langevin(temperature: temperature, dimension: $0.dimension) }
  }

  static func sgd(
    _ rate: Double, _ batch: Int, _ noise: GradientNoise,
    covariance: (@Sendable ([Double]) -> Matrix)? = nil
  ) -> (CompiledField) throws -> Dynamics {
    {
      try .sgd(
        StochasticGradient(learningRate: rate, batchSize: batch), noise: noise, field: $0,
        gradientCovariance: covariance)
    }
  }
}

extension EscapeProblem {
  /// The rate over the first escape (from minimum 0 unless told).
  func rate(_ formula: any EscapeRateFormula, from: Int = 0) throws -> EscapeRate {
    let escape = network.escapes.first { $0.from == from }
    guard let escape else { throw Missing() }
    return try formula.rate(of: escape, in: self)
  }
}

/// There is no such escape.
struct Missing: Error {}
func exponential(_ x: Double) -> Double { Glibc.exp(x) }
func logarithm(_ x: Double) -> Double { Glibc.log(x) }
