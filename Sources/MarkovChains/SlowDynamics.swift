/// What remains of a chain on a time scale: the states that are not left at once, and how those that
/// are left at once follow them.
///
/// A state s that is left at the rate K_s, with K_s t beyond 10¹⁷, is in balance with its
/// neighbours at time t. Its elimination, k_ij += k_is k_sj/K_s, keeps what the chain does at time t
/// up to a relative error of 1/(K_s t). A state that remains stands for the time spent in those
/// eliminated as well: its mass grows by m_i += k_is m_s/K_s, and its rates are k_ij/m_i. Nothing
/// is subtracted.
struct SlowDynamics {
  /// The states that remain, ascending.
  private(set) var slow: [Int] = []
  /// The chain on them, numbered as they stand in `slow`.
  private(set) var network: RateNetwork<ScaledNumber>
  /// The eliminated states in their order, with their shares.
  private var eliminated: [Elimination] = []
  /// One per state that remains.
  private var masses: [ScaledNumber] = []
  private let stateCount: Int

  private struct Elimination {
    var state: Int
    /// k_sj/K_s for the states that remain.
    var forward: [(state: Int, share: ScaledNumber)]
    /// k_is/K_s for the states that remain.
    var backward: [(state: Int, share: ScaledNumber)]
  }

  /// Eliminates what is fast against a time.
  ///
  /// - Parameters:
  ///   - given: A network without escapes.
  ///   - time: The time.
  ///   - fillLimit: The number of rates at which elimination is given up: slow states that stand
  ///     scattered over a large network are all joined to one another when the others are gone.
  init?(_ given: RateNetwork<ScaledNumber>, time: ScaledNumber, fillLimit: Int = .max) {
    stateCount = given.stateCount
    network = given
    let limit = ScaledNumber(0x1p57) / time
    var rows = (0..<stateCount).map { state in
      var row: [(Int, ScaledNumber)] = []
      given.forEachTransition(from: state) { row.append(($0, $1)) }
      return row
    }
    var columns = [[Int]](repeating: [], count: stateCount)
    for i in 0..<stateCount { for (j, _) in rows[i] { columns[j].append(i) } }
    var mass = [ScaledNumber](repeating: .one, count: stateCount)
    var isAlive = [Bool](repeating: true, count: stateCount)
    // Fast states by their number of neighbours; entries out of date are passed over.
    var buckets: [[Int]] = []
    var lowest = 0
    var fill = given.targets.count
    func degree(_ state: Int) -> Int { rows[state].count + columns[state].count }
    func file(_ state: Int) {
      let exit = rows[state].reduce(ScaledNumber.zero) { $0 + $1.1 }
      guard mass[state] * limit < exit else { return }
      let degree = degree(state)
      while buckets.count <= degree { buckets.append([]) }
      buckets[degree].append(state)
      lowest = min(lowest, degree)
    }
    for state in (0..<stateCount).reversed() { file(state) }
    while lowest < buckets.count {
      guard let state = buckets[lowest].popLast() else {
        lowest += 1
        continue
      }
      guard isAlive[state], degree(state) == lowest else { continue }
      let exit = rows[state].reduce(ScaledNumber.zero) { $0 + $1.1 }
      guard mass[state] * limit < exit else { continue }
      isAlive[state] = false
      fill -= rows[state].count
      var step = Elimination(
        state: state, forward: rows[state].map { ($0.0, $0.1 / exit) }, backward: [])
      for source in columns[state] where isAlive[source] {
        guard let index = Self.index(of: state, in: rows[source]) else { continue }
        let share = rows[source][index].1 / exit
        step.backward.append((source, share))
        mass[source] += share * mass[state]
        fill -= rows[source].count
        Self.merge(rows[state], times: share, into: &rows[source], state: source, without: index) {
          columns[$0].append(source)
        }
        fill += rows[source].count
      }
      for (target, _) in rows[state] { columns[target].removeAll { !isAlive[$0] } }
      rows[state] = []
      for (source, _) in step.backward { file(source) }
      for (target, _) in step.forward { file(target) }
      eliminated.append(step)
      guard fill <= fillLimit else { return nil }
    }
    slow = (0..<stateCount).filter { isAlive[$0] }
    masses = slow.map { mass[$0] }
    var local = [Int](repeating: -1, count: stateCount)
    for (k, state) in slow.enumerated() { local[state] = k }
    network = RateNetwork(
      stateCount: slow.count, rowStarts: [0], targets: [], rates: [],
      escapes: [ScaledNumber](repeating: .zero, count: slow.count))
    for state in slow {
      for (target, rate) in rows[state] {
        network.targets.append(local[target])
        network.rates.append(rate / mass[state])
      }
      network.rowStarts.append(network.targets.count)
    }
  }

  private static func index(of state: Int, in row: [(Int, ScaledNumber)]) -> Int? {
    var low = 0
    var high = row.count
    while low < high {
      let middle = (low + high) / 2
      if row[middle].0 < state { low = middle + 1 } else { high = middle }
    }
    return low < row.count && row[low].0 == state ? low : nil
  }

  /// Adds a multiple of one row to another, which loses one element; tells of new elements.
  private static func merge(
    _ added: [(Int, ScaledNumber)], times share: ScaledNumber,
    into row: inout [(Int, ScaledNumber)],
    state: Int, without removed: Int, new: (Int) -> Void
  ) {
    var result: [(Int, ScaledNumber)] = []
    result.reserveCapacity(row.count + added.count)
    var a = 0
    var b = 0
    while a < row.count || b < added.count {
      if a == removed {
        a += 1
      } else if b == added.count || (a < row.count && row[a].0 < added[b].0) {
        result.append(row[a])
        a += 1
      } else if a == row.count || added[b].0 < row[a].0 {
        if added[b].0 != state {
          result.append((added[b].0, share * added[b].1))
          new(added[b].0)
        }
        b += 1
      } else {
        result.append((row[a].0, row[a].1 + share * added[b].1))
        a += 1
        b += 1
      }
    }
    row = result
  }

  /// The weights on the states that remain, of a distribution over all.
  func projected(_ distribution: [ScaledNumber]) -> [ScaledNumber] {
    var result = distribution
    for step in eliminated where !result[step.state].isZero {
      for (target, share) in step.forward { result[target] += share * result[step.state] }
    }
    return slow.map { result[$0] }
  }

  /// The distribution over all states, of weights on those that remain.
  func lifted(_ weights: [ScaledNumber]) -> [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: stateCount)
    for (k, state) in slow.enumerated() { result[state] = weights[k] / masses[k] }
    for step in eliminated.reversed() {
      var sum = ScaledNumber.zero
      for (source, share) in step.backward { sum += share * result[source] }
      result[step.state] = sum
    }
    return result
  }
}
