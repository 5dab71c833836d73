/// What the elimination of the states of a chain costs, known before it starts.
public struct EliminationCost: Sendable, Equatable, CustomStringConvertible {
  /// The number of states that are eliminated.
  public internal(set) var stateCount = 0
  /// The size of the widest dense front.
  public internal(set) var widestFront = 0
  /// The number of factors in one direction: transitions between the states that remain when each
  /// state is eliminated.
  public internal(set) var factorCount = 0
  /// The number of multiplications, each with an addition.
  public internal(set) var multiplications = 0.0
  /// The largest number of rates that wait between fronts.
  var largestStack = 0

  /// The memory in bytes that the fronts and the factors take.
  public var memory: Double {
    let numbers =
      Double(widestFront) * Double(widestFront) + Double(largestStack) + 2 * Double(factorCount)
    return numbers * Double(MemoryLayout<ScaledNumber>.stride)
  }

  /// A sentence for the user.
  public var description: String {
    """
    eliminating \(stateCount) states takes \(wholeMegabytes(memory)) MB and \(multiplications) \
    multiplications; the widest front has \(widestFront) states
    """
  }
}

/// An elimination that the machine cannot do.
public enum EliminationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The memory for an elimination is above the limit.
  case outOfMemory(cost: EliminationCost, limit: Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .outOfMemory(let cost, let limit):
      """
      \(cost); accepted: up to \(wholeMegabytes(Double(limit))) MB (EliminationSettings.memoryLimit). \
      A network with fewer transitions, or a coarse-grained one, needs less
      """
    }
  }
}

private func wholeMegabytes(_ bytes: Double) -> Int { Int((bytes / 1e6).rounded(.up)) }

extension EliminationPlan {
  /// What the elimination costs.
  var cost: EliminationCost {
    var result = EliminationCost()
    result.stateCount = states.count
    var stack = 0
    var children = [Int](repeating: 0, count: blockCount)
    for block in 0..<blockCount {
      let size = front(block).count
      let rest = size - width(block)
      result.widestFront = max(result.widestFront, size)
      for k in rest..<size {
        result.factorCount += k
        result.multiplications += Double(k) * Double(k)
      }
      // The children's remainders are taken before the block's own is added.
      stack += rest * rest - children[block]
      result.largestStack = max(result.largestStack, stack)
      if parents[block] >= 0 { children[parents[block]] += rest * rest }
    }
    return result
  }

  /// Refuses a plan that needs more memory than the settings allow.
  func checkMemory() throws {
    let limit = EliminationSettings.current.memoryLimit
    let cost = cost
    guard cost.memory <= Double(limit) else {
      throw EliminationError.outOfMemory(cost: cost, limit: limit)
    }
  }
}

extension StateReduction {
  /// Eliminates all states of a network unless that needs more memory than the settings allow.
  static func checked(
    _ network: RateNetwork<Number>, for purpose: Purpose
  ) throws -> StateReduction {
    let plan = EliminationPlan(rowStarts: network.rowStarts, targets: network.targets)
    try plan.checkMemory()
    return StateReduction(network, plan: plan, for: purpose)
  }

  static func checked(_ network: RateNetwork<Number>) throws -> StateReduction {
    try checked(network, for: .anything)
  }
}

extension MarkovChain {
  /// What the elimination of all states costs in memory and work; the stationary distribution, mean
  /// first-passage times to a set and committors need one elimination each.
  ///
  /// Networks of landscapes are cheap at a hundred thousand states; in a random graph the states that
  /// are eliminated last are all connected to one another, and 30 000 of them do not fit into the
  /// memory of most machines.
  ///
  /// - Returns: The cost, which is an upper bound where only some of the states are eliminated.
  /// - Complexity: That of the ordering, far below the elimination itself for wide fronts.
  public func eliminationCost() -> EliminationCost {
    EliminationPlan(rowStarts: rowStarts, targets: targets).cost
  }

  /// Refuses a chain whose elimination needs more memory than the settings allow.
  ///
  /// Solvers that throw do this themselves; it is for `logStationaryDistribution()` and
  /// `logKemenyConstant()`, which do not.
  ///
  /// - Throws: `EliminationError.outOfMemory` with the numbers in it.
  public func checkEliminationMemory() throws {
    try EliminationPlan(rowStarts: rowStarts, targets: targets).checkMemory()
  }
}
