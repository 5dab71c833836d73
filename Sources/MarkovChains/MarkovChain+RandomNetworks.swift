import Glibc

/// What can be wrong with a request for a random network.
public enum RandomNetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A random network needs at least two states.
  case tooFewStates(Int)
  /// The spread of the rates is negative, not finite, or beyond what a chain can hold.
  case invalidDecades(Double)
  /// The mean degree of a graph does not fit its number of states.
  case invalidMeanDegree(Double, stateCount: Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .tooFewStates(let count):
      "a random network of \(count) states was asked for; accepted: 2 or more"
    case .invalidDecades(let decades):
      "the spread of the rates is \(decades) decades; accepted: 0 to 1e10"
    case .invalidMeanDegree(let degree, let count):
      """
      a mean degree of \(degree) does not fit a connected graph of \(count) states; accepted: \
      \(2 * Double(count - 1) / Double(count)) to \(count - 1)
      """
    }
  }
}

extension MarkovChain {
  /// A random network that looks like the minima and saddles of a landscape: connected, short-range
  /// and nearly planar.
  ///
  /// Construction, in this order from one stream of uniform numbers:
  /// 1. Minima are placed one after the other, uniformly in the unit square. Each one after the first
  ///    is joined by a saddle to the nearest of those already there, which makes a tree, and, from
  ///    the third on, with probability ½ also to the second nearest.
  /// 2. The energy E of every minimum is uniform in [0, 1), that of every saddle lies above the
  ///    higher of its two minima by a uniform number from [0, 1).
  /// 3. Barriers b = E(saddle) − E(minimum), two per saddle, become logarithms of rates
  ///    −ln 10 · decades · (b − min b)/(max b − min b): the fastest rate is 1, the slowest
  ///    10^−decades. The rates have detailed balance with π ∝ exp(−c E),
  ///    c = ln 10 · decades/(max b − min b).
  /// 4. Without detailed balance, each barrier is first raised by a uniform number from [0, ½).
  ///
  /// ```swift
  /// let chain = try MarkovChain.randomLandscapeNetwork(stateCount: 1000, decades: 30, seed: 1)
  /// ```
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 2.
  ///   - decades: The spread of the rates as a power of ten, from 0 to 1e10.
  ///   - seed: The seed; the same one gives the same network.
  ///   - reversible: Whether the rates have detailed balance.
  /// - Returns: The chain.
  /// - Throws: `RandomNetworkError`.
  public static func randomLandscapeNetwork(
    stateCount: Int, decades: Double, seed: UInt64, reversible: Bool = true
  ) throws -> MarkovChain {
    guard stateCount >= 2 else { throw RandomNetworkError.tooFewStates(stateCount) }
    var random = SplitMix(seed: seed)
    var points = NearestPoints()
    var edges: [(Int, Int)] = []
    edges.reserveCapacity(3 * stateCount / 2)
    for state in 0..<stateCount {
      let point = (random.uniform(), random.uniform())
      let nearest = points.nearestTwo(to: point)
      if let first = nearest.first { edges.append((first, state)) }
      if let second = nearest.second, random.uniform() < 0.5 { edges.append((second, state)) }
      points.insert(point)
    }
    return try network(
      stateCount: stateCount, edges: edges, decades: decades, random: &random,
      reversible: reversible)
  }

  /// A connected random graph without any geometry, whose elimination fills in to a dense matrix.
  ///
  /// Construction, in this order from one stream of uniform numbers:
  /// 1. State i = 1, 2, … is joined to a uniform random one of 0, …, i − 1, which makes a random
  ///    recursive tree.
  /// 2. Uniform random pairs of different states that are not yet joined are joined until there are
  ///    meanDegree · stateCount/2 edges, rounded.
  /// 3. Energies, barriers and rates as in `randomLandscapeNetwork`.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 2.
  ///   - meanDegree: The mean number of neighbours of a state, from 2 − 2/stateCount (a tree) to
  ///     stateCount − 1 (every pair).
  ///   - decades: The spread of the rates as a power of ten, from 0 to 1e10.
  ///   - seed: The seed; the same one gives the same network.
  ///   - reversible: Whether the rates have detailed balance.
  /// - Returns: The chain.
  /// - Throws: `RandomNetworkError`.
  public static func randomGraph(
    stateCount: Int, meanDegree: Double, decades: Double, seed: UInt64, reversible: Bool = true
  ) throws -> MarkovChain {
    guard stateCount >= 2 else { throw RandomNetworkError.tooFewStates(stateCount) }
    guard meanDegree >= 0, meanDegree <= Double(stateCount - 1) else {
      throw RandomNetworkError.invalidMeanDegree(meanDegree, stateCount: stateCount)
    }
    let edgeCount = Int((meanDegree * Double(stateCount) / 2).rounded())
    guard edgeCount >= stateCount - 1 else {
      throw RandomNetworkError.invalidMeanDegree(meanDegree, stateCount: stateCount)
    }
    var random = SplitMix(seed: seed)
    var edges: [(Int, Int)] = []
    edges.reserveCapacity(edgeCount)
    var joined = Set<Int>(minimumCapacity: edgeCount)
    for state in 1..<stateCount {
      let other = random.index(below: state)
      edges.append((other, state))
      joined.insert(other * stateCount + state)
    }
    while edges.count < edgeCount {
      let (a, b) = (random.index(below: stateCount), random.index(below: stateCount))
      guard a != b, joined.insert(min(a, b) * stateCount + max(a, b)).inserted else { continue }
      edges.append((min(a, b), max(a, b)))
    }
    return try network(
      stateCount: stateCount, edges: edges, decades: decades, random: &random,
      reversible: reversible)
  }

  /// Gives random energies to minima and saddles and makes rates of them.
  private static func network(
    stateCount: Int, edges: [(Int, Int)], decades: Double, random: inout SplitMix, reversible: Bool
  ) throws -> MarkovChain {
    guard decades >= 0, decades <= 1e10 else { throw RandomNetworkError.invalidDecades(decades) }
    let energies = (0..<stateCount).map { _ in random.uniform() }
    var barriers: [(from: Int, to: Int, height: Double)] = []
    barriers.reserveCapacity(2 * edges.count)
    for (a, b) in edges {
      let saddle = max(energies[a], energies[b]) + random.uniform()
      for (from, to) in [(a, b), (b, a)] {
        let extra = reversible ? 0 : random.uniform() / 2
        barriers.append((from, to, saddle - energies[from] + extra))
      }
    }
    let lowest = barriers.reduce(Double.infinity) { min($0, $1.height) }
    let highest = barriers.reduce(-Double.infinity) { max($0, $1.height) }
    let scale = highest > lowest ? log(10.0) * decades / (highest - lowest) : 0
    return try MarkovChain(
      stateCount: stateCount,
      transitions: barriers.map {
        .init(from: $0.from, to: $0.to, logRate: -(scale * ($0.height - lowest)))
      })
  }
}

/// Points of the unit square in square cells, about two a cell.
private struct NearestPoints {
  private var points: [(x: Double, y: Double)] = []
  private var side = 1
  private var cells: [[Int]] = [[]]

  mutating func insert(_ point: (Double, Double)) {
    points.append(point)
    if points.count > 4 * side * side {
      side *= 2
      cells = [[Int]](repeating: [], count: side * side)
      for k in points.indices { cells[cell(points[k])].append(k) }
    } else {
      cells[cell(point)].append(points.count - 1)
    }
  }

  private func cell(_ point: (x: Double, y: Double)) -> Int {
    Int(point.y * Double(side)) * side + Int(point.x * Double(side))
  }

  /// The two nearest points, from rings of cells around the given one.
  func nearestTwo(to point: (x: Double, y: Double)) -> (first: Int?, second: Int?) {
    var first: (index: Int, square: Double)?
    var second = first
    let column = Int(point.x * Double(side))
    let row = Int(point.y * Double(side))
    for ring in 0..<max(side, 1) {
      // Points outside the rings looked at so far are farther than this.
      let margin = Double(ring - 1) / Double(side)
      if let second, ring > 0, second.square <= margin * margin { break }
      for y in max(row - ring, 0)...min(row + ring, side - 1) {
        for x in max(column - ring, 0)...min(column + ring, side - 1)
        where abs(y - row) == ring || abs(x - column) == ring {
          for index in cells[y * side + x] {
            let (dx, dy) = (points[index].x - point.x, points[index].y - point.y)
            let square = dx * dx + dy * dy
            if first.map({ square < $0.square }) ?? true {
              second = first
              first = (index, square)
            } else if second.map({ square < $0.square }) ?? true {
              second = (index, square)
            }
          }
        }
      }
    }
    return (first?.index, second?.index)
  }
}
