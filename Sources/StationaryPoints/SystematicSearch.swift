import Landscapes
import LinearAlgebra

/// The search in dimensions where no proof is practical.
///
/// Minima from evenly spread starts; from every new minimum a climb along each of its modes, both
/// ways, soft modes first; from every new saddle the descents to both sides, and where points of
/// higher index are asked for the climbs and descents between neighbouring indices; then random
/// starts for whatever was missed, until all points have been hit repeatedly and none is new.
struct SystematicSearch {
  let evaluator: FieldEvaluator
  let settings: StationaryPointSearch
  let isCancelled: () -> Bool
  private var catalogue: PointCatalogue
  private var queue: [Int] = []
  private var spent = 0
  private var flat: [StationaryPoint] = []

  init(
    evaluator: FieldEvaluator, settings: StationaryPointSearch, known: [StationaryPoint],
    continua: [StationaryPoint] = [], isCancelled: @escaping () -> Bool
  ) {
    self.evaluator = evaluator
    self.settings = settings
    self.isCancelled = isCancelled
    flat = continua
    catalogue = PointCatalogue(
      dimension: evaluator.dimension, tolerance: 1e-6 * evaluator.domain.diameter)
    for point in known {
      let (number, isNew) = catalogue.insert(point)
      if isNew { queue.append(number) }
    }
  }

  private var isExhausted: Bool { spent >= settings.searchBudget }

  /// The indices up to which points are sought: one above what is listed would help, but costs.
  private var highestIndex: Int { settings.highestIndex ?? evaluator.dimension }

  mutating func run() throws -> Findings {
    let n = evaluator.dimension
    let starts = StartingPoints(domain: evaluator.domain, seed: settings.seed)
    let batch = max(32, 8 * n)
    var quiet = 0
    var rounds = 0
    while !isExhausted, quiet < 2, rounds < 40 {
      let before = catalogue.points.count + flat.count
      for _ in 0..<batch where !isExhausted {
        try checkCancellation()
        start(from: starts.next())
      }
      if evaluator.field.isGradient { try expandAll() }
      rounds += 1
      let isQuiet = catalogue.points.count + flat.count == before
      let singletons = catalogue.hits.count { $0 < 2 }
      quiet = isQuiet && (singletons == 0 || rounds > 10) ? quiet + 1 : 0
    }
    return findings(rounds: rounds)
  }

  private func checkCancellation() throws {
    if isCancelled() { throw CancellationError() }
  }

  /// One start: a minimisation and a climb along the softest mode, or Newton's method on a drift.
  private mutating func start(from x: [Double]) {
    guard evaluator.field.isGradient else {
      spent += 1
      record(evaluator.newton(from: x, iterations: 80) ?? evaluator.leastSquaresZero(from: x))
      return
    }
    spent += 1
    record(evaluator.minimize(from: x))
    guard highestIndex >= 1,
      let eigen = try? evaluator.hessian(x).symmetricEigendecomposition()
    else { return }
    for index in 1...(settings.highestIndex == 1 ? 1 : min(highestIndex, 3)) where !isExhausted {
      spent += 1
      record(evaluator.climb(from: x, modes: (0..<index).map { eigen.vector($0) }))
    }
    if highestIndex > 3 {
      spent += 1
      record(evaluator.newton(from: x))
    }
  }

  /// Puts a converged point into the catalogue, and on the queue where it is new.
  private mutating func record(_ x: [Double]?) {
    guard let x, let inside = evaluator.pulledInside(x) else { return }
    if let number = catalogue.number(of: inside) {
      catalogue.hit(number)
      return
    }
    guard evaluator.isConverged(norm(evaluator.drift(inside)), at: inside),
      let point = try? evaluator.stationaryPoint(at: inside)
    else { return }
    if point.flatDirections > 0, isOnKnownContinuum(point) { return }
    let (number, isNew) = catalogue.insert(point)
    if isNew { queue.append(number) }
  }

  /// Whether a point with flat directions can be joined to a known one by stationary points.
  ///
  /// Points on the straight line between the two are pulled back to the nearest zero of the drift;
  /// where all are degenerate, lie between and have the same energy, the two are one continuum.
  private mutating func isOnKnownContinuum(_ point: StationaryPoint) -> Bool {
    for other in flat + catalogue.points.filter({ $0.flatDirections > 0 })
    where other.flatDirections == point.flatDirections && other.index == point.index {
      guard let e = point.energy, let f = other.energy,
        (e - f).magnitude <= 1e-8 * max(1, e.magnitude)
      else { continue }
      let length = distance(point.coordinates, other.coordinates)
      var joined = true
      for k in 1..<8 where joined {
        let t = Double(k) / 8
        let guess = zip(point.coordinates, other.coordinates).map { $0 + t * ($1 - $0) }
        guard let zero = evaluator.leastSquaresZero(from: guess, iterations: 60),
          distance(zero, guess) < length,
          let middle = evaluator.energy(zero), (middle - e).magnitude <= 1e-8 * max(1, e.magnitude)
        else {
          joined = false
          continue
        }
      }
      if joined {
        if !flat.contains(where: { distance($0.coordinates, other.coordinates) == 0 }) {
          flat.append(other)
        }
        return true
      }
    }
    return false
  }

  private mutating func expandAll() throws {
    while !queue.isEmpty, !isExhausted {
      try checkCancellation()
      let point = catalogue.points[queue.removeFirst()]
      guard let eigen = try? point.hessian.symmetricEigendecomposition() else { continue }
      if point.index < highestIndex, point.index < evaluator.dimension {
        climbFrom(point, eigen)
      }
      if point.index > 0, point.index <= max(highestIndex, 2) { descendFrom(point, eigen) }
    }
  }

  /// From a point of index q along each of its stable modes towards points of index q + 1.
  private mutating func climbFrom(
    _ point: StationaryPoint, _ eigen: SymmetricEigendecomposition
  ) {
    let downhill = (0..<point.index).map { eigen.vector($0) }
    for mode
      in (point.index + point.flatDirections)..<max(
        evaluator.dimension, point.index + point.flatDirections)
    where !isExhausted {
      let vector = eigen.vector(mode)
      for sign in [1.0, -1.0] {
        spent += 1
        record(
          evaluator.climb(
            from: displaced(point.coordinates, sign, vector, 0.01), modes: downhill + [vector]))
      }
    }
  }

  /// From a saddle down each of its unstable modes: to minima from index 1, else to index q − 1.
  private mutating func descendFrom(
    _ point: StationaryPoint, _ eigen: SymmetricEigendecomposition
  ) {
    for mode in 0..<point.index where !isExhausted {
      let vector = eigen.vector(mode)
      let others = (0..<point.index).filter { $0 != mode }.map { eigen.vector($0) }
      for sign in [1.0, -1.0] {
        spent += 1
        let start = displaced(point.coordinates, sign, vector, 0.002)
        record(
          others.isEmpty
            ? evaluator.minimize(from: start) : evaluator.climb(from: start, modes: others))
      }
    }
  }

  private func displaced(
    _ x: [Double], _ sign: Double, _ vector: [Double], _ share: Double
  ) -> [Double] {
    // In high dimension the diagonal of the box grows; the width per variable does not.
    let step =
      share * evaluator.domain.diameter / Double(evaluator.dimension).squareRoot()
    return evaluator.domain.clamped(zip(x, vector).map { $0 + sign * step * $1 })
  }

  private func findings(rounds: Int) -> Findings {
    var found = Findings()
    let isContinuous = { (point: StationaryPoint) in
      flat.contains { $0.coordinates == point.coordinates }
    }
    found.points = catalogue.points.filter { !isContinuous($0) }
    found.continua = flat
    found.completeness =
      SearchEvidence(
        evaluator: evaluator, settings: settings, points: catalogue.points, hits: catalogue.hits,
        rounds: rounds, isExhausted: isExhausted
      ).completeness
    return found
  }
}
