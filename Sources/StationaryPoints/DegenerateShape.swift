import Landscapes
import LinearAlgebra

/// Tells degenerate minima from degenerate saddles and inflections by the energy beside them.
struct DegenerateShape {
  enum Kind {
    case minimum
    /// One of a continuum of points with the same energy.
    case valley
    case other
  }

  let evaluator: FieldEvaluator

  /// Looks along the flat directions, with the other coordinates relaxed, for lower energies.
  func kind(of point: StationaryPoint) -> Kind {
    guard point.index == 0, let energy = point.energy,
      let eigen = try? point.hessian.symmetricEigendecomposition()
    else { return .other }
    let n = evaluator.dimension
    let order = (0..<n).sorted { eigen.values[$0].magnitude < eigen.values[$1].magnitude }
    let flat = order.prefix(point.flatDirections).map { eigen.vector($0) }
    let stiff = order.dropFirst(point.flatDirections).map { (eigen.values[$0], eigen.vector($0)) }
    var isValley = false
    var directions = flat
    if let first = flat.first {
      for other in flat.dropFirst() {
        directions.append(zip(first, other).map { ($0 + $1) / 2.0.squareRoot() })
        directions.append(zip(first, other).map { ($0 - $1) / 2.0.squareRoot() })
      }
    }
    let rounding = 1e-14 * max(1, energy.magnitude)
    for direction in directions {
      for step in [1e-2, 3e-3, -3e-3, -1e-2] {
        var x = zip(point.coordinates, direction).map {
          $0 + step * evaluator.domain.diameter * $1
        }
        for _ in 0..<6 {
          let b = evaluator.drift(x)
          for (value, vector) in stiff {
            let move = dot(vector, b) / value
            for i in 0..<n { x[i] += move * vector[i] }
          }
        }
        guard let other = evaluator.energy(x), other >= energy - rounding else { return .other }
        if other <= energy + rounding { isValley = true }
      }
    }
    return isValley ? .valley : .minimum
  }

  /// Whether the flow around a centre comes nearer to it, over twenty turns.
  func attracts(_ point: StationaryPoint) -> Bool {
    let turning = point.eigenvalues.filter { $0.imaginary > 0 }.min { $0.imaginary < $1.imaginary }
    guard let turning else { return false }
    let period = 2 * Double.pi / turning.imaginary
    let radius = 0.02 * evaluator.domain.diameter
    var start = point.coordinates
    start[0] += radius
    let flow = FlowIntegrator(
      field: evaluator.field, start: start, step: 1e-3 * period, absoluteError: 1e-10 * radius,
      relativeError: 1e-10, method: .explicit)
    var time = 0.0
    // The largest distance in the first and in the last turn.
    var first = 0.0
    var last = 0.0
    for _ in 0..<100_000 where time < 20 * period {
      guard let step = flow.advance() else { return false }
      time += step
      let away = distance(flow.state, point.coordinates)
      if time <= period { first = max(first, away) }
      if time >= 19 * period { last = max(last, away) }
    }
    evaluator.counts.gradient += flow.driftCount
    return last > 0 && last < 0.999 * first
  }
}
