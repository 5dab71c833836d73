import Landscapes
import LinearAlgebra
public import MarkovChains

extension ReactionCoordinate {
  /// The distance along a polyline, such as a minimum-energy path: the arc length up to the point
  /// of the polyline that is nearest to x.
  ///
  /// Both ends are prolonged as straight lines, so that ξ goes on beyond them. It is continuous
  /// wherever the nearest point is unique.
  ///
  /// - Parameter points: The corners, at least two, no two in a row the same.
  /// - Returns: The arc length, zero at the first corner.
  /// - Throws: `SimulationError` for fewer than two corners, corners of different sizes, or a
  ///   segment without length.
  public static func progress(along points: [[Double]]) throws -> ReactionCoordinate {
    guard let first = points.first, points.count >= 2 else {
      throw SimulationError.invalidSetting(
        name: "path", value: "\(points.count) points", accepted: "at least two points")
    }
    let n = first.count
    var segments: [PathSegment] = []
    var length = 0.0
    for k in 1..<points.count {
      guard points[k].count == n else {
        throw SimulationError.dimensionMismatch(
          quantity: "point \(k) of the path", expected: n, found: points[k].count)
      }
      let direction = zip(points[k], points[k - 1]).map { $0 - $1 }
      let size = norm(direction)
      guard size > 0, size.isFinite else {
        throw SimulationError.invalidSetting(
          name: "path", value: "points \(k - 1) and \(k) at a distance of \(size)",
          accepted: "successive points apart from each other")
      }
      segments.append(
        PathSegment(
          start: points[k - 1], unit: direction.map { $0 / size }, length: size, before: length))
      length += size
    }
    let path = segments
    return ReactionCoordinate(name: "distance along a path", dimension: n) { x in
      var nearest = Lanes(.infinity)
      var result = Lanes(0.0)
      for (k, segment) in path.enumerated() {
        var along = Lanes(0.0)
        var square = Lanes(0.0)
        for i in 0..<n {
          let y = x[i] - Lanes(segment.start[i])
          along = along + y * Lanes(segment.unit[i])
          square = square + y.squared()
        }
        var t = along
        if k > 0 { t = Lanes.select(t, nonnegative: t, negative: Lanes(0.0)) }
        if k < path.count - 1 {
          let size = Lanes(segment.length)
          t = Lanes.select(t - size, nonnegative: size, negative: t)
        }
        // |x − start − t·unit|².
        let distance = square - along.squared() + (along - t).squared()
        let isNearer = nearest - distance
        result = Lanes.select(
          isNearer, nonnegative: t + Lanes(segment.before), negative: result)
        nearest = Lanes.select(isNearer, nonnegative: distance, negative: nearest)
      }
      return result
    }
  }

  /// Values given on core sets, and in between their mean with weights 1/distance⁴, each distance
  /// in units of its core set's size (Shepard 1968).
  ///
  /// - Parameters:
  ///   - values: One per core set.
  ///   - cores: The core sets.
  ///   - name: What is interpolated, for reports.
  /// - Returns: The interpolation.
  /// - Throws: `SimulationError.dimensionMismatch` where there are not as many values as core sets
  ///   or no core set.
  public static func interpolated(
    _ values: [Double], over cores: CoreSets, name: String = "interpolation"
  ) throws -> ReactionCoordinate {
    guard let first = cores.sets.first, values.count == cores.sets.count else {
      throw SimulationError.dimensionMismatch(
        quantity: "values on core sets", expected: max(cores.sets.count, 1), found: values.count)
    }
    let distances = cores.sets.map { distance(toCore: $0) }
    return ReactionCoordinate(name: name, dimension: first.center.count) { x in
      var total = Lanes(0.0)
      var sum = Lanes(0.0)
      for (value, distance) in zip(values, distances) {
        let size = (distance(x) + Lanes(1.0)).squared()
        // The small number keeps the value finite at the centre itself.
        let weight = Lanes(1.0) / (size.squared() + Lanes(1e-12))
        total = total + weight
        sum = sum + Lanes(value) * weight
      }
      return sum / total
    }
  }

  /// The probability of a chain to reach one set of states before another, interpolated between
  /// the core sets of its states.
  ///
  /// - Parameters:
  ///   - chain: The chain; state i belongs to core set i.
  ///   - from: The states where it is 0.
  ///   - to: The states where it is 1.
  ///   - cores: The core sets.
  /// - Returns: The interpolated committor.
  /// - Throws: `MarkovChainError` for sets that overlap or are empty, `SimulationError` where the
  ///   chain and the core sets do not belong together.
  public static func committor(
    of chain: MarkovChain, from: [Int], to: [Int], over cores: CoreSets
  ) throws -> ReactionCoordinate {
    let committor = try chain.committor(from: from, to: to)
    return try interpolated(
      committor.logCommittor.map { Double.exp($0) }, over: cores, name: "committor of the chain")
  }
}

/// One straight piece of a polyline.
private struct PathSegment: Sendable {
  let start: [Double]
  let unit: [Double]
  let length: Double
  /// The length of all pieces before.
  let before: Double
}
