import LinearAlgebra

/// A chain with what the programs of the field keep beside it.
public struct ChainFiles: Sendable, Equatable {
  /// The chain.
  public var chain: MarkovChain
  /// The natural logarithm of each state's stationary probability as the files have it; nil where
  /// they do not.
  ///
  /// It is not compared with the chain. Files in circulation hold distributions of another chain;
  /// `MarkovChain.logStationaryDistribution()` is the one that belongs to the rates.
  public var logStationaryDistribution: [Double]?
  /// The states of set A, nil where the files name none.
  public var setA: [Int]?
  /// The states of set B, nil where the files name none.
  public var setB: [Int]?
  /// The community of each state, from 0; nil where the files have none.
  public var communities: [Int]?

  /// Puts together what is to be written.
  ///
  /// - Parameters:
  ///   - chain: The chain.
  ///   - logStationaryDistribution: The logarithm of each state's stationary probability; nil for
  ///     that of the chain (the mean over the recurrent classes where there are several).
  ///   - setA: The states of set A, or nil.
  ///   - setB: The states of set B, or nil.
  ///   - communities: The community of each state, from 0, or nil.
  public init(
    chain: MarkovChain, logStationaryDistribution: [Double]? = nil, setA: [Int]? = nil,
    setB: [Int]? = nil, communities: [Int]? = nil
  ) {
    self.chain = chain
    self.logStationaryDistribution = logStationaryDistribution
    self.setA = setA
    self.setB = setB
    self.communities = communities
  }

  /// A stationary distribution for the files.
  var writtenStationaryDistribution: [Double] {
    if let logStationaryDistribution { return logStationaryDistribution }
    let classes = chain.communicatingClasses.count { $0.isRecurrent }
    let share = logOf(Double(classes))
    return chain.logStationaryDistribution().map { $0 - share }
  }

  /// The pairs of states that exchange, with both rates, in the order of the states.
  var edges: [(first: Int, second: Int, forward: Double, backward: Double)] {
    chain.transitions.compactMap { transition in
      let (from, to) = (transition.from, transition.to)
      let back = chain.logRate(from: to, to: from)
      if from < to { return (from, to, transition.logRate, back) }
      return back == -.infinity ? (to, from, back, transition.logRate) : nil
    }
  }

  /// That the sets and lists fit the chain.
  func check() throws {
    let count = chain.stateCount
    if let setA { _ = try chain.checked(setA, name: "A") }
    if let setB { _ = try chain.checked(setB, name: "B") }
    if let setA, let setB { _ = try chain.checked(from: setA, to: setB) }
    for length in [communities?.count, logStationaryDistribution?.count] {
      precondition(length ?? count == count, "a list of one entry per state has another length")
    }
    precondition((communities ?? []).allSatisfy { $0 >= 0 }, "communities count from 0")
  }
}

/// Two files that describe the edges of a chain between pairs of states.
struct EdgeFiles {
  /// The pairs of states, from 0.
  private(set) var pairs: [(first: Int, second: Int)] = []
  /// The larger of the number of states that was given and of those that occur.
  private(set) var stateCount: Int
  private var places: [FieldScanner.Field] = []

  /// Reads pairs of states, from 1 in the file.
  ///
  /// - Parameters:
  ///   - text: The contents.
  ///   - name: The name of the file, for messages.
  ///   - stateCount: The number of states; nil for the largest that occurs.
  /// - Throws: `FileError`.
  init(connections text: String, name: String, stateCount: Int?) throws {
    var scanner = FieldScanner(text, name: name)
    self.stateCount = stateCount ?? 1
    let expected = "2 fields: the states that an edge joins"
    var lines: [Int: Int] = [:]
    while let line = try scanner.nextLine(of: 2, expected: expected) {
      let limit = stateCount ?? EdgeList.largestState + 1
      let first = try scanner.state(line.fields[0], count: limit)
      let second = try scanner.state(line.fields[1], count: limit)
      guard first != second else {
        throw scanner.error(
          line.fields[1], .invalid(line.fields[1].text, expected: "another state than the first"))
      }
      // Programs disagree whether a second entry replaces the first or adds to it.
      let pair = min(first, second) << 32 | max(first, second)
      if let known = lines.updateValue(line.number, forKey: pair) {
        throw scanner.error(
          line.fields[0], .repeated("the edge \(first + 1) \(second + 1)", firstLine: known))
      }
      pairs.append((first, second))
      places.append(line.fields[0])
      self.stateCount = max(self.stateCount, first + 1, second + 1)
    }
    guard !pairs.isEmpty else { throw FileError(file: name, problem: .empty(expected: expected)) }
  }

  /// Reads the logarithms of the rates of the edges, from the first state to the second and back.
  ///
  /// - Parameters:
  ///   - text: The contents.
  ///   - name: The name of the file, for messages.
  ///   - perLine: How many stand in a line, 1 or 2.
  /// - Returns: The chain.
  /// - Throws: `FileError`.
  func chain(weights text: String, name: String, perLine: Int) throws -> MarkovChain {
    var scanner = FieldScanner(text, name: name)
    var values: [Double] = []
    values.reserveCapacity(2 * pairs.count)
    let expected =
      "\(pairs.count) edges, for each the logarithms of the rates from the first to the second "
      + "state and back, " + (perLine == 1 ? "a line each" : "in one line")
    while let line = try scanner.nextLine(of: perLine, expected: expected) {
      for field in line.fields {
        guard values.count < 2 * pairs.count else {
          throw scanner.error(field, .surplus(field.text, expected: expected))
        }
        let limit = MarkovChain.largestLogarithm
        let range = "the logarithm of a rate, a number up to \(limit) in size or -inf"
        let value = try scanner.logarithm(field, expected: range)
        guard value.magnitude <= limit || value == -.infinity else {
          throw scanner.error(field, .invalid(field.text, expected: range))
        }
        values.append(value)
      }
    }
    guard !values.isEmpty else { throw FileError(file: name, problem: .empty(expected: expected)) }
    guard values.count == 2 * pairs.count else {
      throw scanner.endError(.truncated(expected: expected + "; found \(values.count) logarithms"))
    }
    var transitions: [MarkovChain.Transition] = []
    transitions.reserveCapacity(values.count)
    for (k, pair) in pairs.enumerated() {
      transitions.append(.init(from: pair.first, to: pair.second, logRate: values[2 * k]))
      transitions.append(.init(from: pair.second, to: pair.first, logRate: values[2 * k + 1]))
    }
    return try MarkovChain(stateCount: stateCount, transitions: transitions)
  }
}

extension ChainFiles {
  /// The contents of a file and its name, for messages.
  struct NamedText {
    let text: String
    let name: String

    init?(_ text: String?, _ name: String) {
      guard let text else { return nil }
      self.text = text
      self.name = name
    }
  }

  /// Puts together what the files of PyGT and DISCOTRESS have in common.
  init(
    edges: EdgeFiles, logStationary: [Double]?, weights: String, weightsName: String,
    weightsPerLine: Int, setA: NamedText?, setB: NamedText?, setsAreCounted: Bool,
    communities: NamedText?
  ) throws {
    let chain = try edges.chain(weights: weights, name: weightsName, perLine: weightsPerLine)
    let first = try setA.map {
      try StateFiles.set(
        $0.text, name: $0.name, stateCount: chain.stateCount, isCounted: setsAreCounted)
    }
    let second = try setB.map {
      try StateFiles.set(
        $0.text, name: $0.name, stateCount: chain.stateCount, isCounted: setsAreCounted,
        disjointFrom: first)
    }
    let groups = try communities.map {
      try StateFiles.communities($0.text, name: $0.name, stateCount: chain.stateCount)
    }
    self.init(
      chain: chain, logStationaryDistribution: logStationary, setA: first, setB: second,
      communities: groups)
  }
}
