/// A partition of the states into groups, as labels that survive coarse graining.
///
/// Group g of a coarse chain consists of the states with label g.
///
/// ```swift
/// let groups = try StateGroups(labels: [0, 0, 1, 1, 1])
/// groups.members       // [[0, 1], [2, 3, 4]]
/// groups.fileContents  // "0\n0\n1\n1\n1\n", as PyGT's communities.dat
/// ```
public struct StateGroups: Sendable, Equatable {
  /// The group of each state, counted from 0.
  public let labels: [Int]
  /// The number of groups.
  public let count: Int

  /// Creates a partition from the group of each state.
  ///
  /// - Parameter labels: One label per state; 0, 1, … without a gap.
  /// - Throws: `CoarseGrainingError.invalidLabel` for a negative or a missing label.
  public init(labels: [Int]) throws {
    // No more groups than states, so that a huge label is a gap.
    var isUsed = [Bool](repeating: false, count: labels.count)
    for label in labels {
      guard isUsed.indices.contains(label) else { throw CoarseGrainingError.invalidLabel(label) }
      isUsed[label] = true
    }
    let count = isUsed.lastIndex(of: true).map { $0 + 1 } ?? 0
    if let missing = isUsed[..<count].firstIndex(of: false) {
      throw CoarseGrainingError.invalidLabel(missing)
    }
    self.labels = labels
    self.count = count
  }

  /// Creates a partition from its groups.
  ///
  /// - Parameters:
  ///   - members: The states of each group.
  ///   - stateCount: The number of states.
  /// - Throws: `CoarseGrainingError.notAPartition` where a state is in no group or in two,
  ///   `.invalidLabel` for an empty group, `MarkovChainError.unknownState`.
  public init(members: [[Int]], stateCount: Int) throws {
    var labels = [Int](repeating: -1, count: stateCount)
    for (label, states) in members.enumerated() {
      for state in states {
        guard labels.indices.contains(state) else {
          throw MarkovChainError.unknownState(state, stateCount: stateCount)
        }
        guard labels[state] < 0 else { throw CoarseGrainingError.notAPartition(state: state) }
        labels[state] = label
      }
    }
    if let state = labels.firstIndex(of: -1) {
      throw CoarseGrainingError.notAPartition(state: state)
    }
    try self.init(labels: labels)
  }

  /// Numbers the groups of a union in the order of their first states.
  init(_ union: inout UnionFind) {
    var numbers: [Int: Int] = [:]
    var labels: [Int] = []
    for state in 0..<union.count {
      let root = union.root(of: state)
      let number = numbers[root] ?? numbers.count
      numbers[root] = number
      labels.append(number)
    }
    self.labels = labels
    count = numbers.count
  }

  /// The states of each group, ascending.
  public var members: [[Int]] {
    var result = [[Int]](repeating: [], count: count)
    for (state, label) in labels.enumerated() { result[label].append(state) }
    return result
  }

  /// The labels, one a line and counted from 0, as in PyGT's `communities.dat`.
  public var fileContents: String { labels.map { "\($0)\n" }.joined() }

  /// Reads labels, one a line and counted from 0, as in PyGT's `communities.dat`.
  ///
  /// Empty lines at the end are passed over.
  ///
  /// - Parameter fileContents: The text of the file.
  /// - Throws: `CoarseGrainingError.malformedLabel` with the line, or `.invalidLabel`.
  public init(fileContents: String) throws {
    var lines = fileContents.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { line in line.filter { !$0.isWhitespace } }
    while lines.last?.isEmpty == true { lines.removeLast() }
    try self.init(
      labels: lines.enumerated().map { number, line in
        guard let label = Int(line), label >= 0 else {
          throw CoarseGrainingError.malformedLabel(line: number + 1, text: String(line.prefix(40)))
        }
        return label
      })
  }
}

/// Disjoint sets that can be united.
struct UnionFind {
  private var parents: [Int]
  private var sizes: [Int]

  var count: Int { parents.count }

  init(count: Int) {
    parents = Array(0..<count)
    sizes = [Int](repeating: 1, count: count)
  }

  /// The element that stands for the set of an element.
  mutating func root(of element: Int) -> Int {
    var current = element
    while parents[current] != current {
      parents[current] = parents[parents[current]]
      current = parents[current]
    }
    return current
  }

  /// Unites the sets of two elements; false where they are one already.
  @discardableResult
  mutating func unite(_ a: Int, _ b: Int) -> Bool {
    var (first, second) = (root(of: a), root(of: b))
    guard first != second else { return false }
    if sizes[first] < sizes[second] { swap(&first, &second) }
    parents[second] = first
    sizes[first] += sizes[second]
    return true
  }
}
