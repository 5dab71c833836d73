import Glibc
import LinearAlgebra

/// The probabilities of reaching one set of states before another.
public struct Committor: Sendable, Equatable {
  /// ln q for every state, q the probability to reach B before A; −∞ in A, 0 in B.
  public let logCommittor: [Double]
  /// ln(1 − q) for every state, computed by itself and not from q; 0 in A, −∞ in B.
  public let logComplement: [Double]
}

extension MarkovChain {
  /// The probability to reach one set before another, from every state.
  ///
  /// q solves Q q = 0 outside the sets with q = 0 in A and 1 in B. Both q and 1 − q are found by
  /// state reduction without subtraction, and both keep their relative accuracy. Where neither set
  /// is ever reached, q is 0.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: ln q and ln(1 − q).
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap,
  ///   `EliminationError` where the memory does not suffice.
  public func committor(from: [Int], to: [Int]) throws -> Committor {
    let sets = try checked(from: from, to: to)
    let solution = try CommittorSolution(
      network, from: sets.from, to: sets.to, reduce: StateReduction.checked)
    return Committor(
      logCommittor: zip(solution.committor, solution.complement).map { q, rest in
        // Near 1 the complement has the digits.
        let logRest = rest.logarithm
        return logRest < -1 ? Glibc.log1p(-Glibc.exp(logRest)) : q.logarithm
      },
      logComplement: zip(solution.committor, solution.complement).map { q, rest in
        let logCommittor = q.logarithm
        return logCommittor < -1 ? Glibc.log1p(-Glibc.exp(logCommittor)) : rest.logarithm
      })
  }
}

/// The committor and its complement, with what they were solved from.
struct CommittorSolution {
  var committor: [ScaledNumber]
  var complement: [ScaledNumber]
  /// The states outside the sets that can reach one of them, ascending.
  let states: [Int]
  let reduction: StateReduction<ScaledNumber>
  /// The rates into B, accumulated at each position of the reduction.
  let accumulatedIntoTarget: [ScaledNumber]
  /// The rates into A or to where neither is reached, accumulated likewise.
  let accumulatedElsewhere: [ScaledNumber]

  init(_ network: RateNetwork<ScaledNumber>, from: [Int], to: [Int]) {
    self.init(network, from: from, to: to) { StateReduction($0) }
  }

  init(
    _ network: RateNetwork<ScaledNumber>, from: [Int], to: [Int],
    reduce: (RateNetwork<ScaledNumber>) throws -> StateReduction<ScaledNumber>
  ) rethrows {
    let count = network.stateCount
    var isTarget = [Bool](repeating: false, count: count)
    var isBoundary = isTarget
    for state in to { isTarget[state] = true }
    for state in from + to { isBoundary[state] = true }
    let reaching = network.canReach(from + to)
    states = (0..<count).filter { !isBoundary[$0] && reaching[$0] }
    var isInside = [Bool](repeating: false, count: count)
    for state in states { isInside[state] = true }
    reduction = try reduce(network.restricted(to: states))
    var intoTarget: [ScaledNumber] = []
    var elsewhere: [ScaledNumber] = []
    for state in states {
      var into = ScaledNumber.zero
      var other = ScaledNumber.zero
      network.forEachTransition(from: state) { target, rate in
        if isTarget[target] { into += rate } else if !isInside[target] { other += rate }
      }
      intoTarget.append(into)
      elsewhere.append(other)
    }
    committor = isTarget.map { $0 ? .one : .zero }
    complement = isTarget.map { $0 ? .zero : .one }
    for (state, q) in zip(states, reduction.solve(intoTarget)) { committor[state] = q }
    for (state, rest) in zip(states, reduction.solve(elsewhere)) { complement[state] = rest }
    accumulatedIntoTarget = reduction.accumulated(intoTarget)
    accumulatedElsewhere = reduction.accumulated(elsewhere)
  }
}
