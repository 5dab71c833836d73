import Landscapes
import LinearAlgebra

/// The search in dimensions where no proof is practical.
///
/// Minima from evenly spread starts; from every new minimum, the lowest first, a climb along each
/// of its modes, both ways; from every new saddle the descents to both sides, and where points of
/// higher index are asked for the climbs and descents between neighbouring indices; then random
/// starts for whatever was missed, and from every minimum pushes along the coordinates, until all
/// points have been hit repeatedly and none is new.
///
/// The single searches are run in waves of a fixed size: those of one wave know only the points
/// found before it, and their results are taken in order. So the network does not depend on the
/// number of threads.
struct SystematicSearch {
  /// Why a search ended before it had nothing left to do.
  enum Stop: Sendable {
    case interrupted
    case budget
    case count
  }

  let evaluator: FieldEvaluator
  let settings: StationaryPointSearch
  let isCancelled: @Sendable () -> Bool
  private var catalogue: PointCatalogue
  /// Points whose descents are still to be followed.
  private var descending: [Int] = []
  /// Points from which climbs are still to be started.
  private var climbing = EnergyQueue()
  /// Minima from which no pushes were started yet.
  private var unpushed = EnergyQueue()
  private var spent = 0
  private var flat: [StationaryPoint] = []
  private var stop: Stop?
  /// A point next to which the energy falls without bound.
  private(set) var divergence: [Double]?
  private var suspects = 0

  /// How many tasks know only what was found before them.
  private static let waveSize = 256

  init(
    evaluator: FieldEvaluator, settings: StationaryPointSearch, known: [StationaryPoint],
    continua: [StationaryPoint] = [], isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.evaluator = evaluator
    self.settings = settings
    self.isCancelled = isCancelled
    flat = continua
    catalogue = PointCatalogue(
      dimension: evaluator.dimension, tolerance: 1e-6 * evaluator.domain.diameter)
    for point in known { insert(point) }
  }

  /// The indices up to which points are sought: one above what is listed would help, but costs.
  private var highestIndex: Int { settings.highestIndex ?? evaluator.dimension }

  mutating func run() -> Findings {
    let n = evaluator.dimension
    let starts = StartingPoints(domain: evaluator.domain, seed: settings.seed)
    let batch = max(32, 8 * n)
    var quiet = 0
    var rounds = 0
    while stop == nil, quiet < 2, rounds < 40 {
      let before = catalogue.points.count + flat.count
      perform((0..<batch).map { _ in randomStart(starts.next()) })
      if evaluator.field.isGradient {
        expandAll()
        if catalogue.hits.contains(where: { $0 < 2 }) { pushAll() }
      }
      guard stop == nil else { break }
      rounds += 1
      let isQuiet = catalogue.points.count + flat.count == before
      let singletons = catalogue.hits.count { $0 < 2 }
      quiet = isQuiet && (singletons == 0 || rounds > 10) ? quiet + 1 : 0
    }
    return findings(rounds: rounds)
  }

  // MARK: Waves

  /// Whether more may be started.
  private mutating func mayGoOn() -> Bool {
    if stop == nil {
      if spent >= settings.searchBudget {
        stop = .budget
      } else if catalogue.points.count >= settings.largestCount {
        stop = .count
      }
    }
    return stop == nil
  }

  /// Runs tasks wave by wave, as long as the budget lasts.
  private mutating func perform(_ tasks: [SearchTask]) {
    var first = 0
    while first < tasks.count, mayGoOn() {
      let last = min(first + Self.waveSize, tasks.count)
      runWave(tasks[first..<last])
      first = last
    }
  }

  private mutating func runWave(_ tasks: ArraySlice<SearchTask>) {
    let results = resultsOfWave(tasks)
    for result in results {
      guard let result else {
        stop = .interrupted
        continue
      }
      evaluator.counts += result.counts
      if let end = result.steepestEnd { examine(end) }
      spent += result.outcomes.count
      for outcome in result.outcomes {
        switch outcome {
        case .nothing: break
        case .known(let number): catalogue.hit(number)
        case .found(let point): record(point)
        }
      }
    }
  }

  /// Looks whether a descent ended at a pole.
  private mutating func examine(_ end: [Double]) {
    guard divergence == nil, suspects < 64 else { return }
    suspects += 1
    divergence = evaluator.divergence(near: end, radius: 1e-6 * evaluator.domain.diameter)
    if divergence != nil { stop = .interrupted }
  }

  /// The results in the order of the tasks; nil for those that were not begun.
  private func resultsOfWave(_ tasks: ArraySlice<SearchTask>) -> [SearchTask.Result?] {
    let survey = evaluator.results
    let known = catalogue
    let isCancelled = isCancelled
    return parallelMap(count: tasks.count, threads: settings.threads) { position in
      isCancelled() ? nil : tasks[tasks.startIndex + position].run(survey, known: known)
    }
  }

  /// Puts a point into the catalogue, and on the queues where it is new.
  private mutating func record(_ point: StationaryPoint) {
    if let number = catalogue.number(of: point.coordinates) {
      catalogue.hit(number)
      return
    }
    if point.flatDirections > 0, isOnKnownContinuum(point) { return }
    insert(point)
  }

  private mutating func insert(_ point: StationaryPoint) {
    let (number, isNew) = catalogue.insert(point)
    guard isNew else { return }
    if point.index > 0, point.index <= max(highestIndex, 2) { descending.append(number) }
    if point.index < highestIndex, point.index < evaluator.dimension {
      climbing.insert(number, energy: point.energy ?? 0)
      if point.index == 0, point.flatDirections == 0 {
        unpushed.insert(number, energy: point.energy ?? 0)
      }
    }
  }

  // MARK: What is started

  private func randomStart(_ x: [Double]) -> SearchTask {
    guard evaluator.field.isGradient else { return SearchTask(start: x, kind: .zero) }
    let highest = settings.highestIndex == 1 ? 1 : min(highestIndex, 3)
    return SearchTask(
      start: x,
      kind: .scatter(
        indices: highest >= 1 ? Array(1...highest) : [], newton: highestIndex > 3))
  }

  /// Climbs and descends from all new points, the lowest first.
  private mutating func expandAll() {
    let together = max(1, Self.waveSize / (2 * evaluator.dimension))
    while true {
      descendAll()
      guard mayGoOn() else { return }
      let next = climbing.removeFirst(together)
      if next.isEmpty { return }
      perform(next.flatMap { climbs(from: catalogue.points[$0]) })
    }
  }

  /// The descents of all new saddles: they are not denied where the budget ends, so that every
  /// saddle in the list has its minima.
  private mutating func descendAll() {
    while !descending.isEmpty, stop != .interrupted {
      let next = descending
      descending = []
      let tasks = next.flatMap { descents(from: catalogue.points[$0]) }
      for first in stride(from: 0, to: tasks.count, by: Self.waveSize)
      where stop != .interrupted {
        runWave(tasks[first..<min(first + Self.waveSize, tasks.count)])
      }
    }
  }

  /// Pushes along the coordinates from all minima.
  private mutating func pushAll() {
    let together = max(1, Self.waveSize / (2 * evaluator.dimension))
    while mayGoOn() {
      let next = unpushed.removeFirst(together)
      if next.isEmpty { return }
      perform(next.flatMap { pushes(from: catalogue.points[$0]) })
      expandAll()
    }
  }

  /// From a point of index q along each of its stable modes towards points of index q + 1.
  private func climbs(from point: StationaryPoint) -> [SearchTask] {
    guard let eigen = try? point.hessian.symmetricEigendecomposition() else { return [] }
    let downhill = (0..<point.index).map { eigen.vector($0) }
    let first = point.index + point.flatDirections
    return (first..<max(evaluator.dimension, first)).flatMap { mode in
      let vector = eigen.vector(mode)
      return [1.0, -1.0].map { sign in
        SearchTask(
          start: displaced(point.coordinates, sign, vector, 0.01),
          kind: .climb(modes: downhill + [vector]))
      }
    }
  }

  private func pushes(from point: StationaryPoint) -> [SearchTask] {
    (0..<evaluator.dimension).flatMap { axis in
      [1.0, -1.0].map { sign in
        var direction = [Double](repeating: 0, count: evaluator.dimension)
        direction[axis] = sign
        return SearchTask(start: point.coordinates, kind: .push(along: direction))
      }
    }
  }

  /// From a saddle down each of its unstable modes: to minima from index 1, else to index q − 1.
  private func descents(from point: StationaryPoint) -> [SearchTask] {
    guard let eigen = try? point.hessian.symmetricEigendecomposition() else { return [] }
    return (0..<point.index).flatMap { mode in
      let vector = eigen.vector(mode)
      let others = (0..<point.index).filter { $0 != mode }.map { eigen.vector($0) }
      return [1.0, -1.0].map { sign in
        SearchTask(
          start: displaced(point.coordinates, sign, vector, 0.002),
          kind: others.isEmpty ? .minimize : .climb(modes: others))
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

  // MARK: Continua

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

  private func findings(rounds: Int) -> Findings {
    var found = Findings()
    let isContinuous = { (point: StationaryPoint) in
      flat.contains { $0.coordinates == point.coordinates }
    }
    found.points = catalogue.points.filter { !isContinuous($0) }
    found.continua = flat
    found.stop = stop
    found.isInward = stop == nil && SearchEvidence.isInward(evaluator, seed: settings.seed)
    found.completeness =
      SearchEvidence(
        evaluator: evaluator, settings: settings, points: catalogue.points, hits: catalogue.hits,
        rounds: rounds, searches: spent, stop: stop, isInward: found.isInward
      ).completeness
    return found
  }
}
