import LinearAlgebra

/// A continuous-time Markov chain on a finite set of states, as natural logarithms of its rates.
///
/// Rates far below the smallest double are ordinary values here: the chain of a landscape at low
/// noise has rates like exp(−5000). States are numbered from 0.
///
/// ```swift
/// let chain = try MarkovChain(
///   stateCount: 2,
///   transitions: [.init(from: 0, to: 1, logRate: -12.3), .init(from: 1, to: 0, logRate: -2100)])
/// ```
public struct MarkovChain: Sendable, Equatable {
  /// A directed transition.
  public struct Transition: Sendable, Equatable {
    /// The state that is left.
    public let from: Int
    /// The state that is reached.
    public let to: Int
    /// The natural logarithm of the rate; −∞ for a transition that does not occur.
    public let logRate: Double

    /// Creates a transition.
    public init(from: Int, to: Int, logRate: Double) {
      self.from = from
      self.to = to
      self.logRate = logRate
    }
  }

  /// The largest magnitude of the logarithm of a rate. A double resolves such a rate to five digits;
  /// products of many rates must stay within the exponents that the solvers count with.
  public static let largestLogarithm = 1e11

  /// The number of states.
  public let stateCount: Int
  /// Where each state's transitions start in `targets` and `logRates`; `stateCount + 1` entries.
  let rowStarts: [Int]
  /// The reached states, ascending within a row.
  let targets: [Int]
  /// The natural logarithms of the rates; finite.
  let logRates: [Double]

  /// Creates a chain from its transitions.
  ///
  /// Repeated transitions between the same states add their rates; those with rate zero
  /// (logarithm −∞) are dropped.
  ///
  /// - Parameters:
  ///   - stateCount: The number of states, at least 1.
  ///   - transitions: The transitions, in any order.
  /// - Throws: `MarkovChainError` for an unknown state, a self-loop, or a logarithm that is NaN,
  ///   +∞ or beyond `largestLogarithm`.
  public init(stateCount: Int, transitions: [Transition]) throws {
    guard stateCount >= 1 else { throw MarkovChainError.noStates }
    for transition in transitions {
      for state in [transition.from, transition.to] where !(0..<stateCount).contains(state) {
        throw MarkovChainError.unknownState(state, stateCount: stateCount)
      }
      guard transition.from != transition.to else {
        throw MarkovChainError.selfLoop(state: transition.from)
      }
      let logRate = transition.logRate
      guard logRate.magnitude <= Self.largestLogarithm || logRate == -.infinity else {
        throw MarkovChainError.invalidRate(
          from: transition.from, to: transition.to, logRate: transition.logRate)
      }
    }
    let sorted = transitions.filter { $0.logRate > -.infinity }.sorted {
      ($0.from, $0.to) < ($1.from, $1.to)
    }
    var rowStarts = [0]
    rowStarts.reserveCapacity(stateCount + 1)
    var targets: [Int] = []
    var logRates: [Double] = []
    var previous = -1
    for transition in sorted {
      while rowStarts.count <= transition.from { rowStarts.append(targets.count) }
      if previous == transition.from, targets.last == transition.to {
        logRates[logRates.count - 1] = logSumExp(
          logRates[logRates.count - 1], transition.logRate)
      } else {
        targets.append(transition.to)
        logRates.append(transition.logRate)
      }
      previous = transition.from
    }
    while rowStarts.count <= stateCount { rowStarts.append(targets.count) }
    self.stateCount = stateCount
    self.rowStarts = rowStarts
    self.targets = targets
    self.logRates = logRates
  }

  /// Creates a chain from rows that are known to be right.
  init(stateCount: Int, rowStarts: [Int], targets: [Int], logRates: [Double]) {
    self.stateCount = stateCount
    self.rowStarts = rowStarts
    self.targets = targets
    self.logRates = logRates
  }

  /// All transitions, by state.
  public var transitions: [Transition] {
    (0..<stateCount).flatMap { from in
      (rowStarts[from]..<rowStarts[from + 1]).map {
        Transition(from: from, to: targets[$0], logRate: logRates[$0])
      }
    }
  }

  /// The natural logarithm of the total rate at which a state is left; −∞ for an absorbing state.
  public func logExitRate(of state: Int) -> Double {
    logSumExp(logRates[rowStarts[state]..<rowStarts[state + 1]])
  }
  /// The rates as numbers of unlimited range, for the solvers.
  var network: RateNetwork<ScaledNumber> {
    RateNetwork(
      stateCount: stateCount, rowStarts: rowStarts, targets: targets,
      rates: logRates.map { ScaledNumber(exp: $0) },
      escapes: [ScaledNumber](repeating: .zero, count: stateCount))
  }

  /// A set of states, ascending and without repetitions.
  func checked(_ states: [Int], name: String) throws -> [Int] {
    guard !states.isEmpty else { throw MarkovChainError.emptySet(name: name) }
    for state in states where !(0..<stateCount).contains(state) {
      throw MarkovChainError.unknownState(state, stateCount: stateCount)
    }
    return Array(Set(states)).sorted()
  }

  /// Two disjoint sets of states.
  func checked(from: [Int], to: [Int]) throws -> (from: [Int], to: [Int]) {
    let sets = (from: try checked(from, name: "from"), to: try checked(to, name: "to"))
    let second = Set(sets.to)
    if let state = sets.from.first(where: second.contains) {
      throw MarkovChainError.overlappingSets(state: state)
    }
    return sets
  }
}
