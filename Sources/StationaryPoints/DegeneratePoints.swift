import Landscapes
import LinearAlgebra

/// What the boxes that interval arithmetic cannot decide contain: isolated degenerate points,
/// continua of stationary points, kinks, or nothing.
struct DegeneratePoints {
  struct Sorted {
    /// Isolated degenerate points.
    var isolated: [StationaryPoint] = []
    /// One point of every continuum.
    var continua: [StationaryPoint] = []
    /// Where boxes stayed undecided, in words.
    var places: [String] = []
    /// How many places have no explanation.
    var unexplained = 0
    var sentences: [String] = []
  }

  let evaluator: FieldEvaluator

  func sort(_ boxes: [[Interval]]) throws -> Sorted {
    var sorted = Sorted()
    guard !boxes.isEmpty else { return sorted }
    let diameter = evaluator.domain.diameter
    var zeros: [(point: StationaryPoint, extent: Double)] = []
    var rest: [[Double]] = []
    try refuseDivergence(in: boxes)
    // A sample is enough to describe a continuum.
    let stride = max(1, boxes.count / 2000)
    for number in Swift.stride(from: 0, to: boxes.count, by: stride) {
      let box = boxes[number]
      let center = box.map(\.midpoint)
      let size = norm(box.map(\.width))
      if let x = evaluator.newton(from: center, iterations: 200)
        ?? evaluator.leastSquaresZero(from: center, iterations: 300),
        distance(x, center) <= max(2 * size, 1e-3 * diameter),
        let inside = evaluator.pulledInside(x)
      {
        zeros.append((try evaluator.stationaryPoint(at: inside), size))
      } else {
        rest.append(center)
      }
    }
    try group(zeros, into: &sorted)
    describe(rest, into: &sorted)
    return sorted
  }

  private func refuseDivergence(in boxes: [[Interval]]) throws {
    for number in Swift.stride(from: 0, to: boxes.count, by: max(1, boxes.count / 64)) {
      let box = boxes[number]
      if let place = evaluator.divergence(
        near: box.map(\.midpoint), radius: 2 * norm(box.map(\.width)))
      {
        throw StationaryPointError.divergesInside(at: place)
      }
    }
  }

  /// Zeros close together are one point; many far apart with the same spectrum a continuum.
  private func group(
    _ zeros: [(point: StationaryPoint, extent: Double)], into sorted: inout Sorted
  ) throws {
    let diameter = evaluator.domain.diameter
    var clusters: [[(point: StationaryPoint, extent: Double)]] = []
    for zero in zeros {
      let position = clusters.firstIndex { cluster in
        cluster.contains {
          distance($0.point.coordinates, zero.point.coordinates)
            <= max(1e-4 * diameter, $0.extent + zero.extent)
        }
      }
      if let position { clusters[position].append(zero) } else { clusters.append([zero]) }
    }
    for cluster in clusters {
      // The point with the smallest residual speaks for its cluster.
      guard
        let best = cluster.map(\.point).min(by: { $0.gradientNorm < $1.gradientNorm })
      else { continue }
      let spread = cluster.map { distance($0.point.coordinates, best.coordinates) }.max() ?? 0
      let extent = cluster.map(\.extent).max() ?? 0
      let place = StationaryPoints.describe(best.coordinates)
      if best.flatDirections == 0 {
        if !sorted.isolated.contains(where: {
          distance($0.coordinates, best.coordinates) <= 1e-6 * diameter
        }) {
          sorted.isolated.append(best)
          sorted.places.append("near \(place), where the Hessian is almost singular")
        }
      } else if max(spread, extent) > 1e-3 * diameter {
        addContinuum(best, to: &sorted)
      } else {
        sorted.isolated.append(best)
        sorted.places.append("near \(place), a degenerate point")
      }
    }
  }

  private func addContinuum(_ point: StationaryPoint, to sorted: inout Sorted) {
    let known = sorted.continua.contains {
      $0.flatDirections == point.flatDirections && $0.index == point.index
        && (($0.energy ?? 0) - (point.energy ?? 0)).magnitude
          <= 1e-6 * max(1, (point.energy ?? 0).magnitude)
    }
    guard !known else { return }
    sorted.continua.append(point)
    let place = StationaryPoints.describe(point.coordinates)
    sorted.places.append("a continuum of stationary points through \(place)")
  }

  private func describe(_ rest: [[Double]], into sorted: inout Sorted) {
    let diameter = evaluator.domain.diameter
    var places: [[Double]] = []
    for x in rest where !places.contains(where: { distance($0, x) <= 1e-2 * diameter }) {
      places.append(x)
    }
    guard let first = places.first else { return }
    sorted.unexplained += places.count
    let more = places.count == 1 ? "" : " and at \(places.count - 1) other places"
    let place = "near \(StationaryPoints.describe(first))\(more)"
    sorted.places.append("\(place), where the drift jumps or cannot be enclosed")
    sorted.sentences.append(
      "\(place) the drift jumps, has a kink or cannot be enclosed: a minimum there has no "
        + "Hessian and is not listed")
  }
}
