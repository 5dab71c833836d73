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
  /// - Throws: `MarkovChainError` for an unknown state, a self-loop, or a logarithm that is NaN
  ///   or +∞.
  public init(stateCount: Int, transitions: [Transition]) throws {
    guard stateCount >= 1 else { throw MarkovChainError.noStates }
    var rows = [[Int: Double]](repeating: [:], count: stateCount)
    for transition in transitions {
      for state in [transition.from, transition.to] where !(0..<stateCount).contains(state) {
        throw MarkovChainError.unknownState(state, stateCount: stateCount)
      }
      guard transition.from != transition.to else {
        throw MarkovChainError.selfLoop(state: transition.from)
      }
      guard !transition.logRate.isNaN, transition.logRate < .infinity else {
        throw MarkovChainError.invalidRate(
          from: transition.from, to: transition.to, logRate: transition.logRate)
      }
      guard transition.logRate > -.infinity else { continue }
      let previous = rows[transition.from][transition.to] ?? -.infinity
      rows[transition.from][transition.to] = logSumExp(previous, transition.logRate)
    }
    var rowStarts = [0]
    var targets: [Int] = []
    var logRates: [Double] = []
    for row in rows {
      for (target, logRate) in row.sorted(by: { $0.key < $1.key }) {
        targets.append(target)
        logRates.append(logRate)
      }
      rowStarts.append(targets.count)
    }
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
}
