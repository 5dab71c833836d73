import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints

/// V = (x²−1)²/4 + 0.15x + y²(1 + 0.3x).
struct TiltedWell: Landscape {
  var dimension: Int { 2 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    let u = x[0].squared() - 1
    return 0.25 * u.squared() + 0.15 * x[0] + x[1].squared() * (1 + 0.3 * x[0])
  }
  func gradient<S: Scalar>(at x: Span<S>, into g: inout MutableSpan<S>) {
    g[0] = x[0] * (x[0].squared() - 1) + 0.15 + 0.3 * x[1].squared()
    g[1] = 2 * x[1] * (1 + 0.3 * x[0])
  }
}

/// Σ kᵢxᵢ²/2.
struct Bowl: Landscape {
  let curvatures: [Double]
  var dimension: Int { curvatures.count }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(0.0)
    for i in 0..<curvatures.count { sum = sum + S(0.5 * curvatures[i]) * x[i].squared() }
    return sum
  }
}

/// Mori's one-dimensional loss 0.17 + (x²−1)²/4 + 0.1x.
struct MoriLoss: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S {
    0.17 + 0.25 * (x[0].squared() - 1).squared() + 0.1 * x[0]
  }
}

/// A network from the coordinates of minima and of saddles with the minima that they join.
func network(
  _ field: CompiledField, minima: [[Double]], saddles: [([Double], [Int?])] = []
) throws -> StationaryNetwork {
  func point(_ x: [Double]) throws -> StationaryPoint {
    let hessian = field.hessian(at: x)
    let eigenvalues = try hessian.eigenvalues()
    return StationaryPoint(
      coordinates: x, energy: field.energy(at: x), hessian: hessian, eigenvalues: eigenvalues,
      gradientNorm: norm(field.drift(at: x)), index: eigenvalues.count { $0.real < 0 },
      flatDirections: 0, isCertified: false)
  }
  return StationaryNetwork(
    minima: try minima.map(point),
    saddles: try saddles.map {
      Saddle(point: try point($0.0), connects: $0.1, descents: [])
    },
    completeness: Completeness(status: .unknown, detail: "by hand"))
}

/// The tilted well's stationary points (scipy.optimize.fsolve).
func tiltedWell() throws -> (field: CompiledField, network: StationaryNetwork) {
  let field = CompiledField(TiltedWell())
  let result = try network(
    field, minima: [[-1.0679230136896973, 0], [0.9142973158662134, 0]],
    saddles: [([0.15362569782348384, 0], [0, 1])])
  return (field, result)
}

/// Descends to the left or right minimum of a double well in the first variable by small steps.
func descend(_ field: CompiledField) -> BasinFunction {
  { start in
    var x = start
    for _ in 0..<4000 {
      let b = field.drift(at: x)
      for i in x.indices { x[i] += 0.02 * b[i] }
      guard x.allSatisfy(\.isFinite) else { return nil }
      if norm(b) < 1e-3 { break }
    }
    return x[0] < 0 ? 0 : 1
  }
}

/// Settings of a test with the default exits left out.
func settings(
  trajectories: Int, time: Double, timeStep: Double, seed: UInt64 = 1, threads: Int = 0
) throws -> EnsembleSettings {
  try EnsembleSettings(
    trajectories: trajectories, time: time, timeStep: timeStep, seed: seed, threads: threads,
    exits: 0)
}
