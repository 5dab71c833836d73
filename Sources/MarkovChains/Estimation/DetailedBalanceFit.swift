import Glibc
import LinearAlgebra

/// The jumps of a reversible chain that are most likely given numbers of jumps c_ij, i ≠ j.
///
/// With symmetric weights x_ij = π_i p_ij (or π_i k_ij) the likelihood is greatest at
/// x_ij = (c_ij + c_ji)/(y_i + y_j), where y_i is c_i/π_i (or T_i/π_i), c_i all counts from i and
/// T_i the time spent there (Bowman et al. 2009; Trendelkamp-Schroer et al. 2015). Inserted, it
/// leaves
///
///     F(u) = Σ_{i≠j} c_ij ln(1 + e^{u_j − u_i}),   u = ln y,
///
/// to be minimised: the Bradley–Terry model of paired comparisons. F is convex, and has one minimum
/// up to a shift exactly where the graph of the counts is strongly connected (Ford 1957). Neither
/// the time spent nor the frames that stayed enter. The Hessian is the Laplacian of a graph; the
/// Newton steps come from state reduction. |F‴| ≤ D F″ along a step whose largest difference
/// across a transition is D, so the length ln(1 + D)/D of the step never increases F (Bach 2010),
/// and the iteration converges from anywhere, in the end quadratically.
struct DetailedBalanceFit: Sendable {
  /// A pair of states with the counts in both directions.
  struct Link: Sendable {
    let i: Int
    let j: Int
    let forward: Double
    let backward: Double
    var sum: Double { forward + backward }
  }

  let stateCount: Int
  let links: [Link]
  /// The strongly connected sets; no link leads from one to another.
  let components: [[Int]]
  /// u = ln y; each component by itself is free up to a shift.
  private(set) var logits: [Double]

  /// Prepares the fit.
  ///
  /// - Parameters:
  ///   - table: The counts; the diagonal is ignored.
  ///   - labels: What the states are called in a message.
  /// - Throws: `EstimationError.noWayBack` where the counts leave a strongly connected set.
  init(_ table: CountTable, labels: [Int]) throws {
    stateCount = table.stateCount
    components = table.connectedSets
    var number = [Int](repeating: 0, count: stateCount)
    for (k, set) in components.enumerated() { for state in set { number[state] = k } }
    var links: [Link] = []
    for (from, to, value) in table.entries where from != to {
      guard number[from] == number[to] else {
        throw EstimationError.noWayBack(from: labels[from], to: labels[to])
      }
      let back = table.value(from: to, to: from)
      if from < to {
        links.append(Link(i: from, j: to, forward: value, backward: back))
      } else if back == 0 {
        links.append(Link(i: to, j: from, forward: 0, backward: value))
      }
    }
    self.links = links
    // The stationary distribution η of the rates c_ij: y = 1/η is exact where the counts have
    // detailed balance.
    let network = RateNetwork(
      stateCount: stateCount,
      entries: table.entries.compactMap {
        $0.from == $0.to ? nil : ($0.from, $0.to, ScaledNumber($0.value))
      })
    logits = [Double](repeating: 0, count: stateCount)
    for set in components where set.count > 1 {
      let weights = StateReduction(network.restricted(to: set)).stationaryWeights()
      for (state, weight) in zip(set, weights) { logits[state] = -weight.logarithm }
    }
  }

  /// Moves to the minimum of F.
  ///
  /// The iteration ends with a full step after one of less than 1e-8, when the error of the
  /// logarithms is of the order of rounding.
  ///
  /// - Throws: `EstimationError.notConverged` after 500 steps.
  mutating func maximizeLikelihood() throws {
    guard !links.isEmpty else { return }
    let limit = 500
    var size = Double.infinity
    for _ in 0..<limit {
      var gradient = [Double](repeating: 0, count: stateCount)
      for link in links {
        let forward = -link.forward * Self.share(logits[link.j] - logits[link.i])
        let flow = forward + link.backward * Self.share(logits[link.i] - logits[link.j])
        gradient[link.i] += flow
        gradient[link.j] -= flow
      }
      let step = laplacian().solve(gradient.map { -$0 })
      size = links.reduce(0) { max($0, abs(step[$1.i] - step[$1.j])) }
      let length = size < 1e-8 ? 1 : log1p(size) / size
      for state in 0..<stateCount { logits[state] += length * step[state] }
      if size < 1e-8 { return }
    }
    throw EstimationError.notConverged(
      algorithm: "maximum likelihood with detailed balance", iterations: limit, residual: size)
  }

  /// The Hessian of F at the present point.
  func laplacian() -> GroundedLaplacian {
    GroundedLaplacian(
      stateCount: stateCount, components: components,
      links: links.map { link in
        let difference = abs(logits[link.i] - logits[link.j])
        let ratio = ScaledNumber(exp: -difference)
        let sum = ScaledNumber.one + ratio
        return (link.i, link.j, ScaledNumber(link.sum) * ratio / (sum * sum))
      })
  }

  /// eˣ/(1 + eˣ).
  private static func share(_ x: Double) -> Double {
    x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
  }

  /// ln of the most likely share of the jumps from i that lead to j, times all jumps from i:
  /// (c_ij + c_ji) y_i/(y_i + y_j).
  func forEachFlux(_ body: (_ from: Int, _ to: Int, _ logFlux: Double) -> Void) {
    for link in links {
      let difference = logits[link.i] - logits[link.j]
      body(link.i, link.j, log(link.sum) - logSumExp(0, -difference))
      body(link.j, link.i, log(link.sum) - logSumExp(0, difference))
    }
  }

  /// F(u).
  func negativeLogLikelihood(_ u: [Double]) -> Double {
    var sum = 0.0
    for link in links {
      let difference = u[link.i] - u[link.j]
      if link.forward > 0 { sum += link.forward * logSumExp(0, -difference) }
      if link.backward > 0 { sum += link.backward * logSumExp(0, difference) }
    }
    return sum
  }
}

/// The Laplacian of a weighted graph with one state of each connected component held at zero.
struct GroundedLaplacian: Sendable {
  let links: [(i: Int, j: Int, weight: ScaledNumber)]
  private let stateCount: Int
  private let states: [Int]
  private let reduction: StateReduction<ScaledNumber>

  init(
    stateCount: Int, components: [[Int]], links: [(i: Int, j: Int, weight: ScaledNumber)]
  ) {
    self.stateCount = stateCount
    self.links = links
    let network = RateNetwork(
      stateCount: stateCount,
      entries: links.flatMap { [($0.i, $0.j, $0.weight), ($0.j, $0.i, $0.weight)] })
    // The best connected state of each component is the ground.
    states = components.flatMap { set in
      let ground = set.max {
        network.rowStarts[$0 + 1] - network.rowStarts[$0]
          < network.rowStarts[$1 + 1] - network.rowStarts[$1]
      }
      return set.filter { $0 != ground }
    }
    reduction = StateReduction(network.restricted(to: states))
  }

  /// The solution of L x = f, zero at the grounds.
  func solve(_ right: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: stateCount)
    for (state, x) in zip(states, reduction.solve(states.map { ScaledNumber(right[$0]) })) {
      result[state] = x.value
    }
    return result
  }

  /// A normal random vector of mean zero and covariance L⁻¹: L x = Σ √w ξ (e_i − e_j), ξ standard
  /// normals, one for each link.
  func normalVector(_ random: inout PhiloxGenerator) -> [Double] {
    var right = [ScaledNumber](repeating: .zero, count: stateCount)
    for link in links {
      let kick = ScaledNumber(random.normal()) * link.weight.squareRoot
      right[link.i] += kick
      right[link.j] += -kick
    }
    var result = [Double](repeating: 0, count: stateCount)
    for (state, x) in zip(states, reduction.solve(states.map { right[$0] })) {
      result[state] = x.value
    }
    return result
  }

  /// The quadratic form xᵀ L x.
  func quadraticForm(_ x: [Double]) -> Double {
    links.reduce(0) { $0 + $1.weight.value * (x[$1.i] - x[$1.j]) * (x[$1.i] - x[$1.j]) }
  }

  /// The number of coordinates that are free.
  var dimension: Int { states.count }
}

extension RateNetwork {
  /// A network without escapes from entries of distinct pairs in any order.
  init(stateCount: Int, entries: [(from: Int, to: Int, rate: Number)]) {
    self.init(
      stateCount: stateCount, rowStarts: [0], targets: [], rates: [],
      escapes: [Number](repeating: .zero, count: stateCount))
    for entry in entries.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
      while rowStarts.count <= entry.from { rowStarts.append(targets.count) }
      targets.append(entry.to)
      rates.append(entry.rate)
    }
    while rowStarts.count <= stateCount { rowStarts.append(targets.count) }
  }
}
