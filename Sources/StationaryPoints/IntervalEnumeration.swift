import Landscapes
import LinearAlgebra

/// All zeros of a drift in a box of one to three dimensions, by interval branch and prune.
///
/// Boxes are tested generation by generation; those that may contain a zero are cut along the
/// coordinate that the drift depends on most. Every zero that is found brings a region of
/// uniqueness, and boxes inside such a region are done. What is left below the smallest width is
/// degenerate, and returned as such.
struct IntervalEnumeration {
  struct Root {
    let coordinates: [Double]
    /// A box in which this is the only zero.
    let region: [Interval]
  }

  struct Result {
    var roots: [Root] = []
    /// Boxes below the smallest width, or on a continuum, that may contain zeros.
    var undecided: [[Interval]] = []
    /// How many boxes were examined.
    var boxes = 0
    /// Whether the budget ran out.
    var isExhausted = false
    /// Whether it was cancelled with boxes left.
    var isInterrupted = false
    /// Whether the drift was seen to jump, so that the search rests on its natural enclosure.
    var jumps = false
    /// A point next to which the energy falls without bound.
    var divergence: [Double]?
    /// Whether continua of zeros were recognised and set aside early.
    var hasContinuum = false
  }

  let evaluator: FieldEvaluator
  let budget: Int
  let isCancelled: @Sendable () -> Bool
  /// The smallest width of a box, relative to the domain or, where that is less, to its distance
  /// from the origin and 1: a box may be far larger than what it holds.
  let smallestWidth = 0x1p-20
  private var test: BoxTest
  private var result = Result()
  private let widths: [Double]
  private var regions: RegionGrid

  init?(evaluator: FieldEvaluator, budget: Int, isCancelled: @escaping @Sendable () -> Bool) {
    guard let test = BoxTest(field: evaluator.field) else { return nil }
    self.evaluator = evaluator
    self.test = test
    self.budget = budget
    self.isCancelled = isCancelled
    widths = evaluator.domain.widths
    regions = RegionGrid(domain: evaluator.domain)
  }

  mutating func run() -> Result {
    enumerate()
    if test.sawJump, !result.isInterrupted {
      // Everything that rested on the Jacobian matrix is void.
      result = Result()
      result.jumps = true
      regions = RegionGrid(domain: evaluator.domain)
      test.naturalOnly = true
      enumerate()
    }
    evaluator.counts.gradient += test.driftCount
    evaluator.counts.hessian += test.matrixCount
    return result
  }

  private mutating func enumerate() {
    let n = evaluator.dimension
    let domain = evaluator.domain
    // A little larger, so that zeros on the faces are interior.
    var queue: [Interval] = (0..<n).map {
      Interval(domain.lower[$0] - 1e-9 * widths[$0], domain.upper[$0] + 1e-9 * widths[$0])
    }
    var next: [Interval] = []
    var generation = 0
    while !queue.isEmpty {
      next.removeAll(keepingCapacity: true)
      let count = queue.count / n
      for number in 0..<count {
        if result.boxes >= budget {
          result.isExhausted = true
          for rest in number..<count where result.undecided.count < 10_000 {
            result.undecided.append(Array(queue[rest * n..<(rest + 1) * n]))
          }
          return
        }
        result.boxes += 1
        if result.boxes % 1024 == 1, isCancelled() {
          result.isInterrupted = true
          return
        }
        for i in 0..<n { test.box[i] = queue[number * n + i] }
        process(into: &next)
      }
      generation += 1
      if next.count / n >= 256, generation >= 8 * n, generation % (4 * n) == 0 {
        // A curve of poles would fill the budget.
        result.divergence = divergence(among: next)
        if result.divergence != nil { return }
      }
      if !result.hasContinuum, next.count / n >= 256, generation >= 4 * n, generation % n == 0 {
        result.hasContinuum = sampleIsDegenerate(next)
      }
      if result.hasContinuum { setAsideDegenerate(&next) }
      swap(&queue, &next)
    }
  }

  /// Examines `test.box` and puts what remains of it on the next generation.
  private mutating func process(into next: inout [Interval]) {
    let n = test.dimension
    if isInsideKnownRegion() { return }
    for attempt in 0..<6 {
      let before = test.box
      switch test.examine() {
      case .empty: return
      case .regular: if resolveRegular() { return }
      case .undecided: break
      }
      // As long as contraction pays better than a cut, repeat it.
      var ratio = 1.0
      for i in 0..<n where before[i].width > 0 {
        ratio = min(ratio, test.box[i].width / before[i].width)
      }
      if ratio > 0.6 || attempt == 5 { break }
      if isInsideKnownRegion() { return }
    }
    split(into: &next)
  }

  private func isInsideKnownRegion() -> Bool {
    guard !result.roots.isEmpty else { return false }
    candidates: for number in regions.candidates(at: test.box) {
      let region = result.roots[number].region
      for i in 0..<test.dimension
      where test.box[i].lower < region[i].lower || test.box[i].upper > region[i].upper {
        continue candidates
      }
      return true
    }
    return false
  }

  /// Decides a box that contains at most one zero; false where that fails.
  private mutating func resolveRegular() -> Bool {
    let box = test.box
    guard let x = evaluator.newton(from: box.map(\.midpoint), iterations: 12) else { return false }
    let n = box.count
    guard let tight = enclosure(of: x) else { return false }
    if regions.candidates(at: tight).contains(where: { number in
      let region = result.roots[number].region
      return (0..<n).allSatisfy {
        region[$0].lower <= tight[$0].lower && tight[$0].upper <= region[$0].upper
      }
    }) {
      // Known already. It is the only zero of its region and this box has at most one: if the
      // hull of the two is regular, the box has no other.
      return test.provesUniqueness(in: hull(box, tight))
    }
    // Enlarge the region of uniqueness beyond the box, so that neighbours see the same zero.
    for growth in [0.5, 0.1, 0.0] {
      let union = hull(box, tight)
      let region = (0..<n).map { i in
        Interval(
          union[i].lower - growth * union[i].width, union[i].upper + growth * union[i].width)
      }
      if test.provesUniqueness(in: region) {
        result.roots.append(Root(coordinates: x, region: region))
        regions.insert(result.roots.count - 1, region)
        return true
      }
    }
    return false
  }

  private func hull(_ box: [Interval], _ tight: [Interval]) -> [Interval] {
    zip(box, tight).map { $0.hull($1) }
  }

  /// A small box around `x` that is proved to contain exactly one zero.
  private mutating func enclosure(of x: [Double]) -> [Interval]? {
    var radius = 1e-14
    while radius < 1e-5 {
      let candidate = x.indices.map {
        let r = radius * max(widths[$0], x[$0].magnitude)
        return Interval(x[$0] - r, x[$0] + r)
      }
      if test.provesExistence(in: candidate) { return candidate }
      radius *= 16
    }
    return nil
  }

  /// Cuts `test.box` along the coordinate in which the drift varies most.
  ///
  /// Coordinates on which the drift does not depend are not cut: a landscape with such a variable
  /// would otherwise fill the budget with one strip.
  private mutating func split(into next: inout [Interval]) {
    let n = test.dimension
    let box = test.box
    var slopes = [Double](repeating: 1, count: n)
    if test.hasMatrix {
      for j in 0..<n {
        slopes[j] = (0..<n).reduce(0) { max($0, test.matrix[$1 * n + j].magnitude) }
      }
    } else {
      for j in 0..<n { slopes[j] = 1 / widths[j] }
    }
    // A slope that is zero but for outward rounding.
    let inert = 1e-12 * (0..<n).reduce(0) { max($0, slopes[$1] * widths[$1]) }
    var chosen = -1
    var best = 0.0
    for j in 0..<n
    where box[j].width > smallestWidth * min(widths[j], 1 + box[j].mignitude)
      && slopes[j] * widths[j] > inert
    {
      let variation = slopes[j] * box[j].width
      if variation > best {
        best = variation
        chosen = j
      }
    }
    guard chosen >= 0 else {
      result.undecided.append(box)
      return
    }
    // Off the middle, where symmetric landscapes have their stationary points.
    let cut = box[chosen].lower + 0.4871 * box[chosen].width
    for half in [Interval(box[chosen].lower, cut), Interval(cut, box[chosen].upper)] {
      for i in 0..<n { next.append(i == chosen ? half : box[i]) }
    }
  }

  /// A pole in a sample of the boxes that are left.
  private func divergence(among boxes: [Interval]) -> [Double]? {
    let n = test.dimension
    let count = boxes.count / n
    for k in 0..<8 {
      let box = boxes[(k * count / 8) * n..<(k * count / 8 + 1) * n]
      if let place = evaluator.divergence(
        near: box.map(\.midpoint), radius: norm(box.map(\.width)))
      {
        return place
      }
    }
    return nil
  }

  /// Whether a sample of boxes shows many different degenerate zeros: a continuum.
  private func sampleIsDegenerate(_ boxes: [Interval]) -> Bool {
    let n = test.dimension
    let count = boxes.count / n
    var hits = 0
    for k in 0..<24 {
      let number = k * count / 24
      if isDegenerate(Array(boxes[number * n..<(number + 1) * n])) { hits += 1 }
    }
    return hits >= 8
  }

  private mutating func setAsideDegenerate(_ boxes: inout [Interval]) {
    let n = test.dimension
    var kept: [Interval] = []
    for number in 0..<boxes.count / n {
      let box = Array(boxes[number * n..<(number + 1) * n])
      if isDegenerate(box) { result.undecided.append(box) } else { kept += box }
    }
    boxes = kept
  }

  /// Whether a zero with a singular Jacobian matrix lies in or next to a box.
  private func isDegenerate(_ box: [Interval]) -> Bool {
    guard let x = evaluator.leastSquaresZero(from: box.map(\.midpoint), iterations: 40) else {
      return false
    }
    for i in box.indices where (x[i] - box[i].midpoint).magnitude > box[i].width { return false }
    guard let point = try? evaluator.stationaryPoint(at: x) else { return false }
    return point.flatDirections > 0
  }
}
