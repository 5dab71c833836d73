import Glibc
import LinearAlgebra

/// A start that is not a distribution over the states of a chain.
public enum StartError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The number of weights is not the number of states.
  case wrongCount(Int, stateCount: Int)
  /// The logarithm of a weight is NaN, +∞ or too large.
  case invalidWeight(state: Int, logWeight: Double)
  /// No state has a positive weight.
  case noWeight

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .wrongCount(let count, let stateCount):
      "the start has \(count) weights; accepted: one for each of the \(stateCount) states"
    case .invalidWeight(let state, let logWeight):
      "the log weight of state \(state) is \(logWeight); accepted: a number up to 1e11, or -inf"
    case .noWeight: "the start gives weight to no state; accepted: at least one finite log weight"
    }
  }
}

extension MarkovChain {
  /// The probabilities that each of several sets is the first of them to be reached.
  ///
  /// The probabilities h solve Q h = 0 outside the sets with h = 1 in the set itself and 0 in the
  /// others. Every one is found by state reduction without subtraction and keeps its relative
  /// accuracy, and so does its distance from 1. Where some set may never be reached, they add up to
  /// less than 1.
  ///
  /// - Parameter targets: The sets, no two of which share a state.
  /// - Returns: For each set one natural logarithm per state.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap,
  ///   `EliminationError` where the memory does not suffice.
  public func logAbsorptionProbabilities(of targets: [[Int]]) throws -> [[Double]] {
    var setOf = [Int](repeating: -1, count: stateCount)
    for (number, set) in targets.enumerated() {
      for state in try checked(set, name: "target \(number)") {
        guard setOf[state] < 0 else { throw MarkovChainError.overlappingSets(state: state) }
        setOf[state] = number
      }
    }
    let network = network
    let reaching = network.canReach((0..<stateCount).filter { setOf[$0] >= 0 })
    let inside = (0..<stateCount).filter { setOf[$0] < 0 && reaching[$0] }
    let reduction = try StateReduction.checked(network.restricted(to: inside))
    // The last column counts what reaches no set.
    var hits = [[ScaledNumber]](
      repeating: [ScaledNumber](repeating: .zero, count: stateCount), count: targets.count + 1)
    for state in 0..<stateCount {
      if setOf[state] >= 0 {
        hits[setOf[state]][state] = .one
      } else if !reaching[state] {
        hits[targets.count][state] = .one
      }
    }
    var sources = [[ScaledNumber]](
      repeating: [ScaledNumber](repeating: .zero, count: inside.count), count: targets.count + 1)
    for (k, state) in inside.enumerated() {
      network.forEachTransition(from: state) { target, rate in
        if setOf[target] >= 0 {
          sources[setOf[target]][k] += rate
        } else if !reaching[target] {
          sources[targets.count][k] += rate
        }
      }
    }
    for (number, source) in sources.enumerated() where source.contains(where: { !$0.isZero }) {
      for (state, hit) in zip(inside, reduction.solve(source)) { hits[number][state] = hit }
    }
    return targets.indices.map { number in
      (0..<stateCount).map { state in
        var others = ScaledNumber.zero
        for other in hits.indices where other != number { others += hits[other][state] }
        // Near 1 the sum of the others has the digits.
        let logOthers = others.logarithm
        return logOthers < -1
          ? Glibc.log1p(-Glibc.exp(logOthers)) : hits[number][state].logarithm
      }
    }
  }

  /// The mean time spent in each state before a set is reached.
  ///
  /// The times y solve −y Q_UU = g on the states outside the set, g the distribution at the start.
  ///
  /// - Parameters:
  ///   - logInitial: The natural logarithms of the weights of the states at the start, −∞ for none;
  ///     they are scaled to a sum of 1.
  ///   - targets: The set that ends the count.
  /// - Returns: One natural logarithm per state; −∞ in the set and where the chain never comes, +∞
  ///   where it may stay for ever without reaching the set.
  /// - Throws: `StartError`; `MarkovChainError` for an empty set or an unknown state;
  ///   `EliminationError` where the memory does not suffice.
  public func logOccupationTimes(
    from logInitial: [Double], before targets: [Int]
  ) throws -> [Double] {
    try occupation(from: logInitial, before: targets).map(\.logarithm)
  }

  /// The mean number of visits to each state before a set is reached, the start included.
  ///
  /// A visit lasts until the state is left, so the number is the mean time in the state times its
  /// exit rate.
  ///
  /// - Parameters:
  ///   - logInitial: The natural logarithms of the weights of the states at the start, −∞ for none;
  ///     they are scaled to a sum of 1.
  ///   - targets: The set that ends the count.
  /// - Returns: One natural logarithm per state; −∞ in the set and where the chain never comes, +∞
  ///   where it may stay for ever without reaching the set.
  /// - Throws: `StartError`; `MarkovChainError` for an empty set or an unknown state;
  ///   `EliminationError` where the memory does not suffice.
  public func logExpectedVisits(
    from logInitial: [Double], before targets: [Int]
  ) throws -> [Double] {
    let network = network
    return try occupation(from: logInitial, before: targets).enumerated().map { state, time in
      switch time {
      case .infinite: .infinity
      case .finite(let value): (value * network.exitRate(of: state)).logarithm
      }
    }
  }

  /// The probability of each state of a set to be the one where the set is entered.
  ///
  /// - Parameters:
  ///   - logInitial: The natural logarithms of the weights of the states at the start, −∞ for none;
  ///     they are scaled to a sum of 1.
  ///   - targets: The set.
  /// - Returns: One natural logarithm per state; −∞ outside the set. The probabilities add up to the
  ///   probability that the set is reached at all.
  /// - Throws: `StartError`; `MarkovChainError` for an empty set or an unknown state;
  ///   `EliminationError` where the memory does not suffice.
  public func logEntranceDistribution(
    from logInitial: [Double], into targets: [Int]
  ) throws -> [Double] {
    let set = try checked(targets, name: "into")
    let times = try occupation(from: logInitial, before: set)
    var isTarget = [Bool](repeating: false, count: stateCount)
    for state in set { isTarget[state] = true }
    var result = try start(logInitial)
    for state in 0..<stateCount where !isTarget[state] { result[state] = .zero }
    let network = network
    for (state, time) in times.enumerated() {
      guard case .finite(let value) = time, !value.isZero else { continue }
      network.forEachTransition(from: state) { target, rate in
        if isTarget[target] { result[target] += value * rate }
      }
    }
    return result.map(\.logarithm)
  }

  /// The natural logarithms of the weights of a start that is uniform over some states.
  ///
  /// - Parameter states: The states.
  /// - Returns: One logarithm per state, 0 in the set and −∞ elsewhere.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state.
  public func logUniformStart(over states: [Int]) throws -> [Double] {
    var result = [Double](repeating: -.infinity, count: stateCount)
    for state in try checked(states, name: "over") { result[state] = 0 }
    return result
  }

  /// A start as numbers that add up to 1.
  func start(_ logInitial: [Double]) throws -> [ScaledNumber] {
    guard logInitial.count == stateCount else {
      throw StartError.wrongCount(logInitial.count, stateCount: stateCount)
    }
    for (state, value) in logInitial.enumerated()
    where !(value == -.infinity || value.magnitude <= Self.largestLogarithm) {
      throw StartError.invalidWeight(state: state, logWeight: value)
    }
    let weights = logInitial.map { ScaledNumber(exp: $0) }
    let total = weights.reduce(.zero, +)
    guard !total.isZero else { throw StartError.noWeight }
    return weights.map { $0 / total }
  }

  private enum Occupation {
    case finite(ScaledNumber)
    case infinite

    var logarithm: Double {
      switch self {
      case .finite(let value): value.logarithm
      case .infinite: .infinity
      }
    }
  }

  private func occupation(
    from logInitial: [Double], before targets: [Int]
  ) throws -> [Occupation] {
    let start = try start(logInitial)
    let set = try checked(targets, name: "before")
    var isTarget = [Bool](repeating: false, count: stateCount)
    for state in set { isTarget[state] = true }
    let network = network
    // States of closed classes without a target are never left; all others can be reduced.
    var isClosed = [Bool](repeating: false, count: stateCount)
    for part in classes(avoiding: isTarget) where part.isRecurrent {
      for state in part.states where !isTarget[state] { isClosed[state] = true }
    }
    let inside = (0..<stateCount).filter { !isTarget[$0] && !isClosed[$0] }
    let reduction = try StateReduction.checked(network.restricted(to: inside))
    let times = reduction.solveTransposed(inside.map { start[$0] })
    var result = [Occupation](repeating: .finite(.zero), count: stateCount)
    var stack = (0..<stateCount).filter { isClosed[$0] && !start[$0].isZero }
    for (state, time) in zip(inside, times) {
      result[state] = .finite(time)
      guard !time.isZero else { continue }
      network.forEachTransition(from: state) { target, _ in
        if isClosed[target] { stack.append(target) }
      }
    }
    while let state = stack.popLast() {
      if case .infinite = result[state] { continue }
      result[state] = .infinite
      network.forEachTransition(from: state) { target, _ in stack.append(target) }
    }
    return result
  }

  /// The communicating classes of the chain in which some states are never left.
  private func classes(avoiding isAbsorbing: [Bool]) -> [CommunicatingClass] {
    var starts = [0]
    var reached: [Int] = []
    for state in 0..<stateCount {
      if !isAbsorbing[state] { reached += targets[rowStarts[state]..<rowStarts[state + 1]] }
      starts.append(reached.count)
    }
    return MarkovChains.classes(stateCount: stateCount, rowStarts: starts, targets: reached)
  }
}
