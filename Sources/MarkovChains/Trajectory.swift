/// A trajectory of a chain.
public struct Trajectory: Sendable, Equatable {
  /// The states, from the start; where traps are left at once, those at which they are entered and
  /// left.
  public let states: [Int]
  /// The natural logarithm of the time at which each state is reached; −∞ for the first.
  public let logArrivalTimes: [Double]
  /// The natural logarithm of the time between the arrival at each state but the last and the
  /// arrival at the next one.
  public let logResidenceTimes: [Double]
}

/// How trajectories get out of traps, sets of states between which the chain jumps back and forth
/// many times.
public enum TrapRule: Sendable, Equatable {
  /// Every jump is made: kinetic Monte Carlo (Bortz, Kalos & Lebowitz 1975; Gillespie 1976).
  case none
  /// States that can reach each other over transitions at least as fast as this are one trap.
  case rateThreshold(logRate: Double)
  /// Two states or traps become one when the trajectory has gone between them several times, up to
  /// a number of states.
  case growing(maximumSize: Int)
}

/// What can be wrong with a request for trajectories.
public enum TrajectoryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The start does not belong to the trap.
  case startOutsideTrap(Int)
  /// The set is never left from one of its states, or not with certainty.
  case trapNotLeft(start: Int)
  /// A number that must not be negative is.
  case negativeCount(name: String, Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .startOutsideTrap(let state):
      "the start \(state) is not in the trap; accepted: one of its states"
    case .trapNotLeft(let state):
      "the trap of state \(state) is not left with certainty; accepted: a set without absorbing part"
    case .negativeCount(let name, let count): "\(name) is \(count); accepted: a number from 0"
    }
  }
}

extension MarkovChain {
  /// An exact trajectory.
  ///
  /// A trap is left in one step: the state that is reached and the time are drawn together from
  /// their exact distribution by undoing a state reduction (kinetic path sampling; Athènes &
  /// Bulatov 2014), at a cost that does not depend on the number of jumps inside. Which sets are
  /// treated as traps does not change the distribution of the states outside them and of the
  /// arrival times.
  ///
  /// - Parameters:
  ///   - start: The first state.
  ///   - targets: States at which the trajectory ends; none of them belongs to a trap.
  ///   - maximumSteps: After how many steps it ends at the latest. It also ends in a state, or a
  ///     trap, that is never left.
  ///   - traps: How traps are left.
  ///   - seed: The seed of the random numbers.
  ///   - stream: The number of the trajectory; different ones are independent.
  /// - Returns: The trajectory.
  /// - Throws: `MarkovChainError` for an unknown state, `TrajectoryError` for a negative number.
  public func trajectory(
    from start: Int, to targets: [Int] = [], maximumSteps: Int, traps: TrapRule = .none,
    seed: UInt64, stream: UInt64 = 0
  ) throws -> Trajectory {
    _ = try checked([start] + targets, name: "start")
    guard maximumSteps >= 0 else {
      throw TrajectoryError.negativeCount(name: "maximumSteps", maximumSteps)
    }
    var isEnd = [Bool](repeating: false, count: stateCount)
    for state in targets { isEnd[state] = true }
    var walker = TrapWalker(self, ends: isEnd, traps: traps)
    var generator = PhiloxGenerator(seed: seed, stream: stream)
    var states = [start]
    var arrivals = [-Double.infinity]
    var residences: [Double] = []
    var time = ScaledNumber.zero
    while states.count <= maximumSteps,
      let step = walker.step(from: states[states.count - 1], using: &generator)
    {
      time += step.time
      states.append(step.state)
      arrivals.append(time.logarithm)
      residences.append(step.time.logarithm)
    }
    return Trajectory(states: states, logArrivalTimes: arrivals, logResidenceTimes: residences)
  }
}

/// The steps of trajectories, with the traps they have found so far.
struct TrapWalker {
  private let network: RateNetwork<ScaledNumber>
  private let isEnd: [Bool]
  private let rule: TrapRule
  private var trapOf: [Int]
  private var members: [[Int]] = []
  private var samplers: [EscapeSampler?] = []
  private var hasSampler: [Bool] = []
  private var crossings: [CrossingPair: Int] = [:]

  private struct CrossingPair: Hashable {
    let low: Int
    let high: Int
  }

  /// How often two sets are crossed between before they become one.
  private static let patience = 8

  init(_ chain: MarkovChain, ends: [Bool], traps: TrapRule) {
    network = chain.network
    isEnd = ends
    rule = traps
    trapOf = [Int](repeating: -1, count: chain.stateCount)
    guard case .rateThreshold(let logRate) = traps else { return }
    var starts = [0]
    var targets: [Int] = []
    for state in 0..<chain.stateCount {
      for k in chain.rowStarts[state]..<chain.rowStarts[state + 1]
      where chain.logRates[k] >= logRate && !ends[state] && !ends[chain.targets[k]] {
        targets.append(chain.targets[k])
      }
      starts.append(targets.count)
    }
    for part in classes(stateCount: chain.stateCount, rowStarts: starts, targets: targets)
    where part.states.count > 1 {
      addTrap(part.states)
    }
  }

  private mutating func addTrap(_ states: [Int]) {
    for state in states { trapOf[state] = members.count }
    members.append(states)
    samplers.append(nil)
    hasSampler.append(false)
  }

  /// Draws the next step; nil at an end and where the state is never left.
  mutating func step(
    from state: Int, using generator: inout PhiloxGenerator
  ) -> (state: Int, time: ScaledNumber)? {
    guard !isEnd[state] else { return nil }
    let trap = trapOf[state]
    guard trap >= 0 else {
      guard let step = jump(from: state, using: &generator) else { return nil }
      note(state, step.state)
      return step
    }
    if !hasSampler[trap] {
      samplers[trap] = EscapeSampler(network, leaving: members[trap])
      hasSampler[trap] = true
    }
    guard let sampler = samplers[trap] else { return nil }
    let escape = sampler.sample(from: state, using: &generator)
    note(state, escape.exit)
    return (escape.exit, escape.time)
  }

  private func jump(
    from state: Int, using generator: inout PhiloxGenerator
  ) -> (state: Int, time: ScaledNumber)? {
    let total = network.exitRate(of: state)
    guard !total.isZero else { return nil }
    let time = ScaledNumber(generator.exponential()) / total
    let u = generator.uniform()
    var sum = ScaledNumber.zero
    let row = network.rowStarts[state]..<network.rowStarts[state + 1]
    for k in row {
      sum += network.rates[k]
      if u <= (sum / total).value { return (network.targets[k], time) }
    }
    return (network.targets[row.upperBound - 1], time)
  }

  /// Counts a crossing, and makes one trap of two sets between which there have been many.
  private mutating func note(_ from: Int, _ to: Int) {
    guard case .growing(let maximumSize) = rule, !isEnd[to] else { return }
    // A single state is a set of its own, numbered below zero.
    let first = trapOf[from] >= 0 ? trapOf[from] : -1 - from
    let second = trapOf[to] >= 0 ? trapOf[to] : -1 - to
    let pair = CrossingPair(low: min(first, second), high: max(first, second))
    let count = (crossings[pair] ?? 0) + 1
    crossings[pair] = count
    guard count >= Self.patience else { return }
    let union =
      (first >= 0 ? members[first] : [from]) + (second >= 0 ? members[second] : [to])
    guard union.count <= maximumSize else { return }
    crossings[pair] = nil
    for old in [first, second] where old >= 0 {
      members[old] = []
      samplers[old] = nil
    }
    addTrap(union.sorted())
  }
}
