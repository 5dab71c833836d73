import Landscapes
import LinearAlgebra

extension StationaryPointSearch {
  /// The certified list in one to three dimensions; nil where the field has no enclosures.
  func enumerate(
    _ evaluator: FieldEvaluator, isCancelled: @escaping @Sendable () -> Bool
  ) throws -> Findings? {
    guard
      var enumeration = IntervalEnumeration(
        evaluator: evaluator, budget: boxBudget, isCancelled: isCancelled)
    else { return nil }
    let result = enumeration.run()
    if let place = result.divergence { throw StationaryPointError.divergesInside(at: place) }
    var found = Findings()
    for root in result.roots {
      guard let x = evaluator.pulledInside(root.coordinates) else { continue }
      found.points.append(try evaluator.stationaryPoint(at: x, isCertified: true))
    }
    if result.isInterrupted {
      found.stop = .interrupted
      found.completeness = Completeness(
        status: .unknown,
        detail: "interrupted: the interval search had examined \(result.boxes) boxes and proved "
          + "\(found.points.count) points, and there may be more")
      return found
    }
    let open = try DegeneratePoints(evaluator: evaluator).sort(result.undecided)
    // Degenerate points are merged with each other there; here with the certified ones.
    for point in open.isolated where !found.points.contains(where: { isSame($0, point) }) {
      found.points.append(point)
    }
    found.continua = open.continua
    found.sentences = open.sentences
    if result.isExhausted || result.jumps {
      var search = SystematicSearch(
        evaluator: evaluator, settings: self, known: found.points, continua: open.continua,
        isCancelled: isCancelled)
      let more = search.run()
      found.points = more.points
      found.stop = more.stop
      found.continua = more.continua
      found.sentences += more.sentences
    }
    found.completeness = completeness(of: result, open, certified: result.roots.count)
    if found.stop == .interrupted {
      found.completeness = Completeness(
        status: .unknown, detail: "interrupted: \(found.completeness.detail)")
    }
    return found
  }

  private func isSame(_ p: StationaryPoint, _ q: StationaryPoint) -> Bool {
    distance(p.coordinates, q.coordinates)
      <= 1e-6 * min(domain.diameter, 1 + norm(p.coordinates))
  }

  private func completeness(
    of result: IntervalEnumeration.Result, _ open: DegeneratePoints.Sorted, certified: Int
  ) -> Completeness {
    if result.isExhausted {
      return Completeness(
        status: .unknown,
        detail: "the interval search used up its \(boxBudget) boxes with some of them undecided; "
          + "a search from many starts was added, which proves nothing")
    }
    if result.jumps {
      return Completeness(
        status: .unknown,
        detail: "the drift jumps inside the domain; \(result.boxes) boxes were examined with its "
          + "natural enclosure and a search from many starts was added")
    }
    let proof =
      "interval branch and prune over \(result.boxes) boxes, \(certified) points proved to exist "
      + "and to be the only ones"
    if result.undecided.isEmpty {
      return Completeness(status: .certified, detail: proof)
    }
    let rest = open.places.prefix(4).joined(separator: "; ")
    return Completeness(
      status: open.continua.isEmpty && open.unexplained == 0 ? .consistent : .unknown,
      detail: proof + " outside the places where no proof is possible: \(rest)")
  }
}
