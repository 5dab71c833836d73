/// Numbers of transitions between states in compressed rows, the diagonal included.
struct CountTable: Sendable, Equatable {
  let stateCount: Int
  /// Where each row starts; `stateCount + 1` entries.
  private(set) var rowStarts: [Int]
  /// The reached states, ascending within a row.
  private(set) var targets: [Int]
  /// The counts, all above zero.
  private(set) var values: [Double]

  /// A table of entries in any order; those of one pair add up, zeros are dropped.
  init(stateCount: Int, entries: [(from: Int, to: Int, value: Double)]) {
    self.stateCount = stateCount
    rowStarts = [0]
    rowStarts.reserveCapacity(stateCount + 1)
    targets = []
    values = []
    var previous = -1
    let sorted = entries.filter { $0.value > 0 }.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    for entry in sorted {
      while rowStarts.count <= entry.from { rowStarts.append(targets.count) }
      if previous == entry.from, targets.last == entry.to {
        values[values.count - 1] += entry.value
      } else {
        targets.append(entry.to)
        values.append(entry.value)
      }
      previous = entry.from
    }
    while rowStarts.count <= stateCount { rowStarts.append(targets.count) }
  }

  @inline(__always)
  func forEach(from state: Int, _ body: (Int, Double) -> Void) {
    for k in rowStarts[state]..<rowStarts[state + 1] { body(targets[k], values[k]) }
  }

  var entries: [(from: Int, to: Int, value: Double)] {
    (0..<stateCount).flatMap { from in
      (rowStarts[from]..<rowStarts[from + 1]).map { (from, targets[$0], values[$0]) }
    }
  }

  func value(from: Int, to: Int) -> Double {
    var low = rowStarts[from]
    var high = rowStarts[from + 1]
    while low < high {
      let middle = (low + high) / 2
      if targets[middle] < to { low = middle + 1 } else { high = middle }
    }
    return low < rowStarts[from + 1] && targets[low] == to ? values[low] : 0
  }

  func rowSum(_ state: Int) -> Double {
    var sum = 0.0
    forEach(from: state) { sum += $1 }
    return sum
  }

  /// The sum of a row without its diagonal element, never formed by a subtraction.
  func exitSum(_ state: Int) -> Double {
    var sum = 0.0
    forEach(from: state) { target, value in if target != state { sum += value } }
    return sum
  }

  /// The table of some of the states, numbered as they stand in the list.
  func restricted(to states: [Int]) -> CountTable {
    var local = [Int](repeating: -1, count: stateCount)
    for (k, state) in states.enumerated() { local[state] = k }
    return CountTable(
      stateCount: states.count,
      entries: entries.compactMap { entry in
        guard local[entry.from] >= 0, local[entry.to] >= 0 else { return nil }
        return (local[entry.from], local[entry.to], entry.value)
      })
  }

  /// Each row multiplied by a factor of its own.
  func scaledRows(_ factors: [Double]) -> CountTable {
    CountTable(
      stateCount: stateCount,
      entries: entries.map { ($0.from, $0.to, $0.value * factors[$0.from]) })
  }

  /// The strongly connected sets: those with more states first, then those with more counts, then
  /// by their smallest state.
  var connectedSets: [[Int]] {
    let sets = classes(stateCount: stateCount, rowStarts: rowStarts, targets: targets)
      .map(\.states)
    var number = [Int](repeating: 0, count: stateCount)
    for (k, set) in sets.enumerated() { for state in set { number[state] = k } }
    var inside = [Double](repeating: 0, count: sets.count)
    for entry in entries where number[entry.from] == number[entry.to] {
      inside[number[entry.from]] += entry.value
    }
    return sets.indices.sorted {
      (-sets[$0].count, -inside[$0], sets[$0][0]) < (-sets[$1].count, -inside[$1], sets[$1][0])
    }.map { sets[$0] }
  }

  /// The counts with a prior's pseudo-counts.
  func adding(_ prior: TransitionPrior, includingDiagonal: Bool) throws -> CountTable {
    guard let pseudoCount = prior.pseudoCount else { return self }
    guard pseudoCount > 0, pseudoCount < .infinity else {
      throw EstimationError.invalidPseudoCount(pseudoCount)
    }
    var added: [(from: Int, to: Int, value: Double)] = []
    for state in 0..<stateCount where includingDiagonal {
      added.append((state, state, pseudoCount))
    }
    if case .uniform = prior {
      for i in 0..<stateCount {
        for j in 0..<stateCount where i != j { added.append((i, j, pseudoCount)) }
      }
    } else {
      for entry in entries where entry.from != entry.to {
        added.append((entry.from, entry.to, pseudoCount))
        // Seen in one direction only: the other one gets its own here.
        if value(from: entry.to, to: entry.from) == 0 {
          added.append((entry.to, entry.from, pseudoCount))
        }
      }
    }
    return CountTable(stateCount: stateCount, entries: entries + added)
  }
}
