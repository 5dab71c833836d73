import LinearAlgebra

/// The space of the slowest modes of a chain, at any spread of the rates.
///
/// X is a basis with Q X = X B that is the identity on m centre states R, so B acts on the values
/// at the centres. On the other states U, with N = (−Q_UU)⁻¹ ≥ 0, the committors C = N Q_UR towards
/// the centres, the effective rates S = Q_RR + Q_RU C between them and W = Q_RU N,
///
///     B = (1 + W X_U)⁻¹ S,   X_U = C − N X_U B.
///
/// C, S, W and N come from state reduction and subtract nothing. The iteration is inverse iteration
/// on the whole space; its second term is smaller than the first by the ratio of the slow rates to
/// the next faster ones, and so no slow mode is lost beside a faster one.
struct SlowSubspace {
  /// X, one row per state, with rows that add up to 1.
  var basis: ScaledMatrix
  /// B, with rows that add up to 0.
  var generator: ScaledMatrix
  /// The states at which the basis is the identity.
  var centers: [Int]

  /// Extra centres that may be kept in the first step so that it meets a wider gap.
  private static let guardCount = 12

  /// The space that belongs to the eigenvalues closest to zero.
  ///
  /// - Returns: nil where the iteration does not settle.
  init?(_ network: RateNetwork<ScaledNumber>, count: Int) {
    let ranking = Ranking(network)
    let states = network.stateCount
    guard count < states else {
      self.init(whole: network)
      return
    }
    let first = Array(ranking.states.prefix(count))
    guard states > count + Self.guardCount else {
      guard let all = Self(network, centers: first, limit: 20_000) else { return nil }
      self = all
      return
    }
    // The widest gap first; a guess can fail, for instance because it divides a complex pair.
    let sizes = (count...count + Self.guardCount).sorted {
      (ranking.ratio($0), $0) < (ranking.ratio($1), $1)
    }
    for size in ranking.ratio(count) < 0.03 ? [count] + sizes : sizes {
      let centers = Array(ranking.states.prefix(size))
      let limit = size == count ? 2_000 : 300
      guard let outer = Self(network, centers: centers, limit: limit) else { continue }
      guard size > count else {
        self = outer
        return
      }
      let reduced = RateNetwork(generator: outer.generator)
      guard let inner = Self(reduced, centers: Array(0..<count), limit: 20_000) else { continue }
      self.init(
        basis: outer.basis * inner.basis, generator: inner.generator, centers: first)
      return
    }
    return nil
  }

  private init(basis: ScaledMatrix, generator: ScaledMatrix, centers: [Int]) {
    self.basis = basis
    self.generator = generator
    self.centers = centers
  }

  private init(whole network: RateNetwork<ScaledNumber>) {
    let states = network.stateCount
    basis = .identity(states)
    generator = ScaledMatrix(rows: states, columns: states)
    centers = Array(0..<states)
    for i in 0..<states {
      network.forEachTransition(from: i) { j, rate in generator[i, j] += rate }
      generator[i, i] = -network.exitRate(of: i)
    }
  }

  /// Iterates with given centres, and with better ones where they turn out to be poor.
  ///
  /// - Parameters:
  ///   - network: The chain.
  ///   - centers: The states at which the basis is the identity.
  ///   - limit: The number of iterations after which to give up.
  ///   - start: A first basis.
  ///   - changes: How often centres may be changed.
  private init?(
    _ network: RateNetwork<ScaledNumber>, centers: [Int], limit: Int,
    start: ScaledMatrix? = nil, changes: Int = 4
  ) {
    let partition = CenterReduction(network, centers: centers)
    let effective = partition.effectiveRates
    var inside = start?.selecting(rows: partition.others) ?? partition.committors
    var result = SlowSubspace(
      basis: ScaledMatrix(rows: network.stateCount, columns: centers.count),
      generator: effective, centers: centers)
    for iteration in 0..<limit {
      let weights = .identity(centers.count) + partition.visits * inside
      guard let next = weights.solve(effective) else { return nil }
      let product = inside * next
      var change = 0.0
      var size = 1.0
      var updated = partition.committors
      for j in 0..<centers.count {
        let shift = partition.reduction.solve(product.column(j))
        for i in 0..<shift.count {
          updated[i, j] = updated[i, j] - shift[i]
          change = max(change, (updated[i, j] - inside[i, j]).magnitude.value)
          size = max(size, updated[i, j].magnitude.value)
        }
      }
      inside = updated
      guard change.isFinite, size.isFinite else { return nil }
      let isSettled = change < 1e-14 * Double(centers.count) * size
      // Large elements: the centres lie close together in the slow space, and rounding grows.
      let isPoor = size > 2 && changes > 0 && (isSettled || iteration == 20 || size > 1e4)
      guard isSettled || isPoor || partition.others.isEmpty else { continue }
      result.generator = next.withZeroRowSums()
      for (k, center) in centers.enumerated() { result.basis[center, k] = .one }
      for (i, state) in partition.others.enumerated() {
        for j in 0..<centers.count { result.basis[state, j] = inside[i, j] }
      }
      if isPoor {
        let uniform = [Double](repeating: 1, count: network.stateCount)
        if let vertices = MembershipOptimizer.innerSimplex(result.basis.values, weights: uniform),
          Set(vertices) != Set(centers), let better = result.recentered(on: vertices)
        {
          self.init(
            network, centers: vertices, limit: limit, start: better.basis, changes: changes - 1)
          return
        }
        guard isSettled else { continue }
      }
      self = result
      return
    }
    return nil
  }

  /// The same space with the identity on other states; nil where they do not determine it.
  func recentered(on states: [Int]) -> SlowSubspace? {
    let corner = basis.selecting(rows: states)
    guard let inverse = corner.inverse else { return nil }
    var result = self
    result.basis = basis * inverse
    result.generator = (corner * generator * inverse).withZeroRowSums()
    result.centers = states
    for (k, state) in states.enumerated() {
      for j in states.indices { result.basis[state, j] = j == k ? .one : .zero }
    }
    return result
  }

  /// The states by how long they keep their rank when those that are left fastest are eliminated.
  private struct Ranking {
    /// The states, the last survivor first.
    var states: [Int] = []
    /// The rate at which each was left when it was eliminated.
    var rates: [ScaledNumber] = []

    init(_ network: RateNetwork<ScaledNumber>) {
      let count = network.stateCount
      var table = ScaledMatrix(rows: count, columns: count)
      for i in 0..<count { network.forEachTransition(from: i) { j, rate in table[i, j] = rate } }
      var escapes = network.escapes
      var exits = (0..<count).map { network.exitRate(of: $0) }
      var remaining = [Int](0..<count)
      while let first = remaining.first {
        let state = remaining.reduce(first) { exits[$1] > exits[$0] ? $1 : $0 }
        let pivot = exits[state]
        guard !pivot.isZero else { break }
        remaining.removeAll { $0 == state }
        states.append(state)
        rates.append(pivot)
        for i in remaining where !table[i, state].isZero {
          let share = table[i, state] / pivot
          escapes[i] += share * escapes[state]
          var exit = escapes[i]
          for j in remaining where j != i {
            table[i, j] += share * table[state, j]
            exit += table[i, j]
          }
          exits[i] = exit
        }
      }
      states = remaining + states.reversed()
      rates = remaining.map { _ in .zero } + rates.reversed()
    }

    /// The ratio of the rates on the two sides of a number of centres.
    func ratio(_ count: Int) -> Double { (rates[count - 1] / rates[count]).value }
  }
}

/// A chain seen from some centre states: everything that state reduction gives without subtraction.
struct CenterReduction {
  let others: [Int]
  let reduction: StateReduction<ScaledNumber>
  /// C: from each other state the probabilities to reach each centre first.
  let committors: ScaledMatrix
  /// W: from each centre the time spent in each other state before the next centre, per unit of
  /// time at the centre.
  let visits: ScaledMatrix
  /// S: the rates between the centres with all others passed over; rows add up to 0.
  let effectiveRates: ScaledMatrix

  init(_ network: RateNetwork<ScaledNumber>, centers: [Int]) {
    var place = [Int](repeating: -1, count: network.stateCount)
    for (k, center) in centers.enumerated() { place[center] = k }
    let others = (0..<network.stateCount).filter { place[$0] < 0 }
    self.others = others
    var local = place
    for (k, state) in others.enumerated() { local[state] = k }
    let reduction = StateReduction(network.restricted(to: others))
    self.reduction = reduction
    let count = centers.count
    var sources = ScaledMatrix(rows: others.count, columns: count)
    for (i, state) in others.enumerated() {
      network.forEachTransition(from: state) { target, rate in
        if place[target] >= 0 { sources[i, place[target]] += rate }
      }
    }
    var committors = ScaledMatrix(rows: others.count, columns: count)
    for j in 0..<count {
      for (i, value) in reduction.solve(sources.column(j)).enumerated() { committors[i, j] = value }
    }
    var visits = ScaledMatrix(rows: count, columns: others.count)
    var rates = ScaledMatrix(rows: count, columns: count)
    for (k, center) in centers.enumerated() {
      var start = [ScaledNumber](repeating: .zero, count: others.count)
      network.forEachTransition(from: center) { target, rate in
        if place[target] >= 0 {
          rates[k, place[target]] += rate
        } else {
          start[local[target]] += rate
          for j in 0..<count { rates[k, j] += rate * committors[local[target], j] }
        }
      }
      for (i, time) in reduction.solveTransposed(start).enumerated() { visits[k, i] = time }
    }
    self.committors = committors
    self.visits = visits
    effectiveRates = rates.withZeroRowSums()
  }
}

extension ScaledMatrix {
  /// The matrix with the diagonal that makes its rows add up to 0.
  func withZeroRowSums() -> ScaledMatrix {
    var result = self
    for i in 0..<rows {
      var sum = ScaledNumber.zero
      for j in 0..<columns where j != i { sum += result[i, j] }
      result[i, i] = -sum
    }
    return result
  }
}

extension RateNetwork<ScaledNumber> {
  /// The network of a dense generator.
  init(generator: ScaledMatrix) {
    self.init(
      stateCount: generator.rows, rowStarts: [0], targets: [], rates: [],
      escapes: [ScaledNumber](repeating: .zero, count: generator.rows))
    for i in 0..<generator.rows {
      for j in 0..<generator.rows where j != i && !generator[i, j].isZero {
        targets.append(j)
        rates.append(generator[i, j])
      }
      rowStarts.append(targets.count)
    }
  }
}
