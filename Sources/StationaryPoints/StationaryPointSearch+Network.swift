import Landscapes
import LinearAlgebra

extension StationaryPointSearch {
  /// Sorts the points by index, follows the descents of the saddles, and numbers everything.
  func assemble(
    _ found: inout Findings, evaluator: FieldEvaluator, isCancelled: @escaping @Sendable () -> Bool
  ) throws -> StationaryNetwork {
    let shape = DegenerateShape(evaluator: evaluator)
    var minima: [StationaryPoint] = []
    var saddles: [StationaryPoint] = []
    var higher: [StationaryPoint] = []
    var others: [StationaryPoint] = []
    for point in found.points {
      if point.flatDirections > 0 {
        switch shape.kind(of: point) {
        case .minimum:
          minima.append(point)
          found.sentences.append(
            "the minimum \(describe(point.coordinates)) is degenerate: \(point.flatDirections) flat "
              + "direction\(point.flatDirections == 1 ? "" : "s"); formulas that need its Hessian do "
              + "not apply there")
        case .valley: found.continua.append(point)
        case .other: others.append(point)
        }
      } else if point.index == 0, point.isCenter {
        let attracts = shape.attracts(point)
        found.sentences.append(
          "the fixed point \(describe(point.coordinates)) is a centre (imaginary eigenvalues); "
            + "the flow around it was followed and "
            + (attracts ? "comes nearer: it counts as stable" : "does not: it is not listed"))
        if attracts { minima.append(point) }
      } else if point.index == 0 {
        minima.append(point)
      } else if point.index == 1 {
        saddles.append(point)
      } else {
        higher.append(point)
      }
    }
    if let first = others.first {
      let more = others.count == 1 ? "" : " (and \(others.count - 1) more)"
      found.sentences.append(
        "the degenerate stationary point \(describe(first.coordinates))\(more) is no minimum; "
          + "it is not listed")
    }
    describeContinua(&found)
    guard !minima.isEmpty || found.stop == .interrupted else {
      throw reasonForNoMinimum(found, evaluator)
    }
    minima = ordered(minima) { $0 }
    var joined: [Saddle] = []
    if lists(index: 1) {
      let joiner = SaddleJoiner(
        settings: self, evaluator: evaluator, saddles: ordered(saddles) { $0 }, higher: higher,
        isCancelled: isCancelled)
      joined = joiner.join(&minima, &found)
    }
    return StationaryNetwork(
      minima: minima, saddles: joined,
      higherIndexPoints: ordered(higher.filter { lists(index: $0.index) }) { $0 },
      completeness: found.completeness, evaluations: evaluator.counts,
      findings: found.sentences)
  }

  /// One sentence for each kind of continuum.
  private func describeContinua(_ found: inout Findings) {
    var told: [StationaryPoint] = []
    for point in found.continua {
      let isTold = told.contains {
        $0.flatDirections == point.flatDirections && $0.index == point.index
          && (($0.energy ?? 0) - (point.energy ?? 0)).magnitude
            <= 1e-6 * max(1, (point.energy ?? 0).magnitude)
      }
      if isTold { continue }
      told.append(point)
      found.sentences.append(
        "a continuum of stationary points of index \(point.index) passes through "
          + "\(describe(point.coordinates)): \(point.flatDirections) flat "
          + "direction\(point.flatDirections == 1 ? "" : "s"); it is not listed")
    }
  }

  private func reasonForNoMinimum(
    _ found: Findings, _ evaluator: FieldEvaluator
  ) -> StationaryPointError {
    if let valley = found.continua.first(where: { $0.index == 0 }) ?? found.continua.first {
      return .noIsolatedStationaryPoint(
        example: valley.coordinates, flatDirections: valley.flatDirections)
    }
    if let kink = found.sentences.first(where: { $0.contains("has a kink") }) {
      return .noSmoothMinimum(domain: domain, finding: kink)
    }
    guard evaluator.field.isGradient else { return .noMinimum(domain: domain) }
    // Does the energy go on falling far outside, along the line on which it leaves?
    let starts = StartingPoints(domain: domain, seed: seed)
    for _ in 0..<16 {
      let start = starts.next()
      let follower = DescentFollower(field: evaluator.field, minima: [], domain: domain)
      guard let descent = try? follower.follow(from: start, recording: true),
        descent.end == .left, let exit = descent.points.last
      else { continue }
      let direction = zip(exit, domain.center).map { $0 - $1 }
      guard var last = evaluator.energy(exit) else { continue }
      let first = last
      var falls = true
      var point = exit
      var drops: [Double] = []
      for k in 1...12 where falls {
        let far = zip(exit, direction).map { $0 + Double(1 << k) * $1 }
        guard let value = evaluator.energy(far), !value.isNaN else { break }
        falls = value < last
        if value == -.infinity { return .diverges(from: start, toward: far) }
        drops.append(last - value)
        last = value
        point = far
      }
      // A bounded energy falls by less and less, an unbounded one at least by equal amounts per
      // doubling of the distance.
      if falls, drops.count >= 6, let drop = drops.last, drop >= 0.5 * (drops.first ?? 0),
        last < first
      {
        return .diverges(from: start, toward: point)
      }
    }
    return .noMinimum(domain: domain)
  }
}
