import Landscapes
import LinearAlgebra

/// Follows both descents of every saddle, on several threads, to the minima that it joins.
struct SaddleJoiner {
  let settings: StationaryPointSearch
  let evaluator: FieldEvaluator
  let saddles: [StationaryPoint]
  let higher: [StationaryPoint]
  let isCancelled: @Sendable () -> Bool

  /// One descent of a saddle.
  private struct Leg: Sendable {
    /// Where it ended; nil where it did not end.
    var end: DescentFollower.End?
    var points: [[Double]]
    var wasPerturbed = false
  }

  /// The two descents of a saddle.
  private struct Pair: Sendable {
    var legs: [Leg] = []
    var counts = EvaluationCounts()
  }

  init(
    settings: StationaryPointSearch, evaluator: FieldEvaluator, saddles: [StationaryPoint],
    higher: [StationaryPoint], isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.settings = settings
    self.evaluator = evaluator
    self.saddles = saddles
    self.higher = higher
    self.isCancelled = isCancelled
  }

  /// Joins the saddles to the minima.
  ///
  /// A descent may end in a minimum that was missed: it is added, and the descents that it may
  /// change are followed again.
  ///
  /// - Parameters:
  ///   - minima: The minima in their order; new ones are put in.
  ///   - found: Receives sentences, and what the descents say about completeness.
  /// - Returns: The saddles; those that were not reached before an interruption join nothing.
  func join(_ minima: inout [StationaryPoint], _ found: inout Findings) -> [Saddle] {
    var follower = follower(of: minima, extending: nil)
    var pairs = [Pair?](repeating: nil, count: saddles.count)
    var pending = Array(saddles.indices)
    let known = minima.count
    var isInterrupted = false
    for round in 0..<20 {
      let results = follow(pending, follower)
      for (number, pair) in zip(pending, results) {
        pairs[number] = pair
        if let pair { evaluator.counts += pair.counts } else { isInterrupted = true }
      }
      if isInterrupted || round == 19 { break }
      let missed = missedMinima(in: pending.compactMap { pairs[$0] }, minima)
      if missed.isEmpty { break }
      minima += missed
      let next = self.follower(of: minima, extending: follower)
      let changed = follower.minima.indices.map {
        next.captureRadii[$0] != follower.captureRadii[$0]
      }
      pending = saddles.indices.filter { number in
        pairs[number]?.legs.contains { leg in
          switch leg.end {
          case .minimum(let minimum): changed[minimum]
          case .elsewhere: true
          case .left, nil: false
          }
        } ?? false
      }
      follower = next
    }
    if minima.count > known {
      found.completeness = Completeness(
        status: .unknown,
        detail: found.completeness.detail
          + "; the descents from the saddles found \(minima.count - known) minima that the search "
          + "had missed")
    }
    describe(pairs, &found)
    var joined = renumbered(pairs, &minima)
    if isInterrupted {
      found.stop = .interrupted
      let done = pairs.count { $0 != nil }
      let before = found.completeness.detail
      found.completeness = Completeness(
        status: .unknown,
        detail: (before.hasPrefix("interrupted") ? before : "interrupted; \(before)")
          + "; \(done) of \(saddles.count) saddles were joined to their minima")
    } else if found.stop == nil {
      checkConnection(joined, minima, &found)
    } else {
      keepConnected(&joined, &minima, &found)
    }
    return joined
  }

  private func follower(
    of minima: [StationaryPoint], extending previous: DescentFollower?
  ) -> DescentFollower {
    DescentFollower(
      field: evaluator.field, minima: minima, others: saddles + higher, domain: settings.domain,
      reflecting: settings.reflecting, extending: previous, threads: settings.threads)
  }

  /// The descents of some saddles; nil for those that were not begun before an interruption.
  private func follow(_ numbers: [Int], _ follower: DescentFollower) -> [Pair?] {
    let recording = settings.followPaths
    let saddles = saddles
    let isCancelled = isCancelled
    return parallelMap(count: numbers.count, threads: settings.threads) { position -> Pair? in
      if isCancelled() { return nil }
      let saddle = saddles[numbers[position]]
      var pair = Pair()
      for start in saddle.descentStarts(scale: follower.scale) {
        guard let descent = try? follower.follow(from: start, recording: recording) else {
          pair.legs.append(Leg(end: nil, points: [saddle.coordinates, start]))
          continue
        }
        pair.counts += descent.counts
        pair.legs.append(
          Leg(
            end: descent.end,
            points: recording ? [saddle.coordinates] + descent.points : [],
            wasPerturbed: descent.wasPerturbed))
      }
      return pair
    }
  }

  /// The minima at which descents came to rest and that are not in the list.
  private func missedMinima(
    in pairs: [Pair], _ minima: [StationaryPoint]
  ) -> [StationaryPoint] {
    let tolerance = 1e-6 * settings.domain.diameter
    var catalogue = PointCatalogue(dimension: evaluator.dimension, tolerance: tolerance)
    for leg in pairs.flatMap(\.legs) {
      guard case .elsewhere(let x) = leg.end, let inside = evaluator.pulledInside(x),
        let rest = try? evaluator.stationaryPoint(at: inside), rest.index == 0,
        rest.flatDirections == 0
      else { continue }
      catalogue.insert(rest)
    }
    guard !catalogue.points.isEmpty else { return [] }
    var known = PointCatalogue(dimension: evaluator.dimension, tolerance: tolerance)
    for point in minima { known.insert(point) }
    return catalogue.points.filter { known.number(of: $0.coordinates) == nil }
  }

  /// Puts the minima in order and the saddles' ends to their numbers.
  private func renumbered(_ pairs: [Pair?], _ minima: inout [StationaryPoint]) -> [Saddle] {
    let order = ordered(Array(minima.enumerated())) { $0.element }
    var numbers = [Int](repeating: 0, count: minima.count)
    for (number, entry) in order.enumerated() { numbers[entry.offset] = number }
    minima = order.map(\.element)
    return zip(saddles, pairs).map { point, pair in
      let legs = pair?.legs ?? []
      return Saddle(
        point: point,
        connects: legs.map { leg in
          guard case .minimum(let number) = leg.end else { return nil }
          return numbers[number]
        }, descents: legs.map(\.points))
    }
  }

  /// Sentences about descents that did not go as they should; the first few of each kind.
  private func describe(_ pairs: [Pair?], _ found: inout Findings) {
    var sentences: [[String]] = [[], [], []]
    for (saddle, pair) in zip(saddles, pairs) {
      let place = StationaryPoints.describe(saddle.coordinates)
      for leg in pair?.legs ?? [] {
        switch leg.end {
        case nil: sentences[0].append("a descent from the saddle \(place) did not end")
        case .elsewhere(let x):
          sentences[1].append(
            "a descent from the saddle \(place) comes to rest at \(StationaryPoints.describe(x)), "
              + "which is none of the listed minima")
        case .minimum, .left: break
        }
        if leg.wasPerturbed {
          sentences[2].append(
            "a descent from the saddle \(place) runs into another saddle; it was pushed off to one "
              + "side")
        }
      }
    }
    for list in sentences {
      found.sentences += list.prefix(4)
      if list.count > 4 { found.sentences.append("… and so do \(list.count - 4) more") }
    }
  }

  /// Where the flow cannot leave the domain, the lowest pass between two sets of minima is a
  /// saddle: the saddles of a complete list join all minima.
  private func checkConnection(
    _ joined: [Saddle], _ minima: [StationaryPoint], _ found: inout Findings
  ) {
    guard found.isInward, found.completeness.status == .consistent,
      !found.points.contains(where: { $0.flatDirections > 0 }), found.continua.isEmpty
    else { return }
    let roots = groups(of: minima.count, joined)
    let groups = minima.indices.count { roots[$0] == $0 }
    if groups > 1 {
      found.completeness = Completeness(
        status: .unknown,
        detail: found.completeness.detail
          + "; the saddles leave the minima in \(groups) separate groups, although no descent can "
          + "leave the domain: saddles are missing")
    } else if minima.count > 1 {
      found.completeness = Completeness(
        status: .consistent,
        detail: found.completeness.detail + "; the saddles join all minima, as they must")
    }
  }

  /// Of a search that ended early, the part that hangs together with the lowest minimum: minima
  /// that random starts found elsewhere, and from which nothing was climbed any more, would be
  /// chains of their own.
  private func keepConnected(
    _ joined: inout [Saddle], _ minima: inout [StationaryPoint], _ found: inout Findings
  ) {
    guard evaluator.field.isGradient, !minima.isEmpty else { return }
    let roots = groups(of: minima.count, joined)
    var sizes = [Int](repeating: 0, count: minima.count)
    for root in roots { sizes[root] += 1 }
    // A small part would be no picture of the landscape: then everything is kept, in parts.
    guard let largest = sizes.max(), sizes[roots[0]] == largest, largest < minima.count,
      4 * largest >= minima.count
    else { return }
    let kept = minima.indices.filter { roots[$0] == roots[0] }
    var numbers = [Int?](repeating: nil, count: minima.count)
    for (number, old) in kept.enumerated() { numbers[old] = number }
    let before = (minima: minima.count, saddles: joined.count)
    minima = kept.map { minima[$0] }
    joined = joined.compactMap { saddle in
      let ends = saddle.connects.compactMap { $0 }
      guard ends.isEmpty || ends.contains(where: { numbers[$0] != nil }) else { return nil }
      return Saddle(
        point: saddle.point, connects: saddle.connects.map { $0.flatMap { numbers[$0] } },
        descents: saddle.descents)
    }
    found.sentences.append(
      "\(before.minima - minima.count) minima and \(before.saddles - joined.count) saddles that "
        + "were found, but that no saddle found joins to the lowest minimum, are left out")
  }

  /// For each minimum one that stands for all that saddles join to it, directly or not.
  private func groups(of count: Int, _ joined: [Saddle]) -> [Int] {
    var parents = Array(0..<count)
    func root(_ number: Int) -> Int {
      var number = number
      while parents[number] != number {
        parents[number] = parents[parents[number]]
        number = parents[number]
      }
      return number
    }
    for saddle in joined where saddle.connects.count == 2 {
      guard let first = saddle.connects[0], let second = saddle.connects[1] else { continue }
      parents[root(first)] = root(second)
    }
    return (0..<count).map { root($0) }
  }
}

extension StationaryPoint {
  /// The two points beside a saddle from which its descents start.
  fileprivate func descentStarts(scale: Double) -> [[Double]] {
    guard let directions = try? hessian.eigendecomposition(),
      let number = directions.values.firstIndex(where: { $0.real < 0 && $0.imaginary == 0 })
    else { return [] }
    var vector = directions.vectors[number].real
    let length = norm(vector)
    // The same side first on every machine.
    let largest = vector.max { $0.magnitude < $1.magnitude } ?? 1
    let step = (largest < 0 ? -1 : 1) * 1e-5 * scale / length
    vector = vector.map { $0 * step }
    return [-1.0, 1.0].map { sign in zip(coordinates, vector).map { $0 + sign * $1 } }
  }
}
