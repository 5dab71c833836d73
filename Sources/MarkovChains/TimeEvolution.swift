import Glibc

/// Why the state of a chain at a time cannot be given.
public enum TimeEvolutionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A time is NaN, negative or infinite.
  case invalidTime(Double)
  /// The logarithm of a time is NaN, +∞ or beyond ±1e12.
  case invalidLogTime(Double)
  /// A distribution has not one entry per state.
  case invalidLength(Int, stateCount: Int)
  /// An entry of a distribution is negative or not a number.
  case invalidProbability(state: Int, value: Double)
  /// The entries of a distribution do not add up to 1.
  case invalidSum(Double)
  /// The methods for large chains do not agree.
  case notConverged(logTime: Double, difference: Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .invalidTime(let time): "the time is \(time); accepted: a finite number from 0"
    case .invalidLogTime(let time):
      "the logarithm of the time is \(time); accepted: a number up to 1e12 in size, or -inf"
    case .invalidLength(let length, let count):
      "the distribution has \(length) entries; the chain has \(count) states"
    case .invalidProbability(let state, let value):
      "the probability of state \(state) is \(value); accepted: a number from 0 to 1"
    case .invalidSum(let sum): "the probabilities add up to \(sum); accepted: 1 (to 1e-9)"
    case .notConverged(let time, let difference):
      """
      the distribution at time exp(\(time)) is uncertain by \(difference): a large chain with \
      oscillations that are fast against the time; use a smaller chain
      """
    }
  }
}

/// The distribution over the states of a chain at a time.
struct TimeEvolution {
  private let network: RateNetwork<ScaledNumber>
  private let time: ScaledNumber

  init(_ network: RateNetwork<ScaledNumber>, time: ScaledNumber) {
    self.network = network
    self.time = time
  }

  /// - Parameter initial: The distribution at time 0.
  /// - Returns: The distribution at the time, and whether every probability has a small relative
  ///   error; otherwise the errors are small against 1.
  /// - Throws: `TimeEvolutionError.notConverged`.
  func distribution(
    from initial: [ScaledNumber]
  ) throws -> (values: [ScaledNumber], isRelative: Bool) {
    // The factor of the fill keeps the elimination cheaper than what follows without it.
    let limit = max(400_000, 4 * network.targets.count)
    let dynamics = SlowDynamics(network, time: time, fillLimit: limit)
    let direct = DirectEvolution(
      dynamics?.network ?? network, time: time, from: dynamics?.projected(initial) ?? initial)
    func lifted(_ values: [ScaledNumber]) -> (values: [ScaledNumber], isRelative: Bool) {
      (dynamics?.lifted(values) ?? values, true)
    }
    if direct.cost < 2e9 { return lifted(direct.distribution()) }
    let inversion = LaplaceInversion(network, time: time)
    let values = inversion.distribution(from: initial, points: 28)
    let others = inversion.distribution(from: initial, points: 24)
    var difference = 0.0
    for (a, b) in zip(values, others) { difference = max(difference, (a - b).magnitude.value) }
    if difference < 1e-11 { return (values.map { $0.isNegative ? .zero : $0 }, false) }
    if direct.cost < 6e10 { return lifted(direct.distribution()) }
    throw TimeEvolutionError.notConverged(logTime: time.logarithm, difference: difference)
  }
}

/// The distribution at a time by sums of positive terms: uniformisation or squaring.
private struct DirectEvolution {
  /// What can be reached from the start.
  private let states: [Int]
  private let network: RateNetwork<ScaledNumber>
  private let start: [ScaledNumber]
  private let time: ScaledNumber
  private let stateCount: Int
  private let depth: Int
  private let fastest: ScaledNumber
  private let jumpCost: Double
  private let squareCost: Double

  /// A rough time of work in nanoseconds.
  var cost: Double { min(jumpCost, squareCost) }

  init(_ given: RateNetwork<ScaledNumber>, time: ScaledNumber, from initial: [ScaledNumber]) {
    let depths = Self.depths(given, from: initial)
    let states = depths.indices.filter { depths[$0] >= 0 }
    self.states = states
    depth = depths.max() ?? 0
    let network = given.restricted(to: states)
    self.network = network
    start = states.map { initial[$0] }
    self.time = time
    stateCount = given.stateCount
    let count = Double(states.count)
    fastest = states.indices.map { network.exitRate(of: $0) }.max() ?? .zero
    let jumps = 2 * (fastest * time).value
    jumpCost =
      (jumps + 12 * jumps.squareRoot() + Double(depth) + 30)
      * (5 * Double(network.targets.count) + 20 * count)
    let squarings = Double(StochasticPowers.doublings(network, time: time) + 12)
    squareCost = squarings * (2 * count * count * count + 40 * count * count)
  }

  func distribution() -> [ScaledNumber] {
    var values = start
    if !fastest.isZero { values = jumpCost <= squareCost ? uniformised() : squared() }
    var result = [ScaledNumber](repeating: .zero, count: stateCount)
    for (state, value) in zip(states, values) { result[state] = value }
    return result
  }

  /// The number of jumps after which each state is reached; −1 where it never is.
  private static func depths(
    _ network: RateNetwork<ScaledNumber>, from start: [ScaledNumber]
  ) -> [Int] {
    var depths = start.map { $0.isZero ? -1 : 0 }
    var queue = depths.indices.filter { depths[$0] == 0 }
    var next = 0
    while next < queue.count {
      let state = queue[next]
      next += 1
      network.forEachTransition(from: state) { target, _ in
        guard depths[target] < 0 else { return }
        depths[target] = depths[state] + 1
        queue.append(target)
      }
    }
    return depths
  }

  private func squared() -> [ScaledNumber] {
    let powers = StochasticPowers(network, time: time)
    var result = [ScaledNumber](repeating: .zero, count: start.count)
    for i in start.indices where !start[i].isZero {
      for j in start.indices { result[j] += start[i] * powers.elements[i * start.count + j] }
    }
    return result
  }

  /// Σ_k e^{−m} mᵏ/k! p(0)Uᵏ with the jump matrix U at twice the fastest rate; all terms positive.
  private func uniformised() -> [ScaledNumber] {
    let uniform = fastest + fastest
    let mean = uniform * time
    let sources = network.reversed { _, _, rate in rate / uniform }
    let stays = start.indices.map {
      ScaledNumber(1 - (network.exitRate(of: $0) / uniform).value)
    }
    var weight = ScaledNumber(exp: -mean.value)
    var vector = start
    var sum = vector.map { weight * $0 }
    var k = 0
    let negligible = ScaledNumber(1e-18)
    while true {
      k += 1
      weight = weight * mean / ScaledNumber(Double(k))
      let previous = vector
      for j in vector.indices {
        var value = previous[j] * stays[j]
        sources.forEachTransition(from: j) { value += previous[$0] * $1 }
        vector[j] = value
      }
      var isDone = k > depth && ScaledNumber(2) * mean < ScaledNumber(Double(k))
      for j in vector.indices {
        let term = weight * vector[j]
        sum[j] += term
        if isDone, sum[j] * negligible < term { isDone = false }
      }
      if isDone { break }
    }
    let total = start.reduce(.zero, +) / sum.reduce(.zero, +)
    return sum.map { $0 * total }
  }
}

extension MarkovChain {
  /// The probabilities of the states at a time.
  ///
  /// - Parameters:
  ///   - time: The time, finite and not negative.
  ///   - initial: The probabilities at time 0, one per state.
  /// - Returns: One probability per state; those below the smallest double are zero.
  /// - Throws: `TimeEvolutionError`.
  /// - Complexity: As that of `logOccupation(afterLogTime:from:)`.
  public func occupation(after time: Double, from initial: [Double]) throws -> [Double] {
    guard time >= 0, time < .infinity else { throw TimeEvolutionError.invalidTime(time) }
    return try distribution(after: ScaledNumber(time), from: initial).map(\.value)
  }

  /// The natural logarithms of the probabilities of the states at a time.
  ///
  /// States that are left within the time divided by 10¹⁷ follow the others in balance
  /// (`SlowDynamics`). On those others the distribution comes from
  ///
  /// - uniformisation, a sum of positive terms, where that takes few jumps;
  /// - squaring of the transition probabilities over a short time, on some hundreds of states;
  /// - inversion of the Laplace transform with sparse state reduction at each point of the contour,
  ///   on large networks.
  ///
  /// The first two subtract nowhere: each probability has a small relative error from times far below
  /// the fastest rate to times far above the slowest, as long as its logarithm is above −10⁸; of
  /// smaller ones not even the logarithm is right. The third is right to
  /// about 1e-11 of the total probability; negative results are zero.
  ///
  /// - Parameters:
  ///   - logTime: The natural logarithm of the time; −∞ stands for time 0.
  ///   - initial: The probabilities at time 0, one per state.
  /// - Returns: One logarithm per state; −∞ for states that cannot be occupied.
  /// - Throws: `TimeEvolutionError` for a wrong time or distribution, or where a chain is too large
  ///   for the first two methods and the third does not settle.
  /// - Complexity: Uniformisation: transitions · time · fastest rate; squaring: at most 80 dense
  ///   products of the states that are not in balance; inversion: 26 sparse factorisations.
  public func logOccupation(
    afterLogTime logTime: Double, from initial: [Double]
  ) throws -> [Double] {
    guard logTime <= 1e12, logTime >= -1e12 || logTime == -.infinity else {
      throw TimeEvolutionError.invalidLogTime(logTime)
    }
    return try distribution(after: ScaledNumber(exp: logTime), from: initial).map(\.logarithm)
  }

  private func distribution(
    after time: ScaledNumber, from initial: [Double]
  ) throws -> [ScaledNumber] {
    let start = try checkedDistribution(initial)
    guard !time.isZero else { return start }
    return try TimeEvolution(network, time: time).distribution(from: start).values
  }

  /// A distribution over the states, scaled to sum 1.
  func checkedDistribution(_ given: [Double]) throws -> [ScaledNumber] {
    guard given.count == stateCount else {
      throw TimeEvolutionError.invalidLength(given.count, stateCount: stateCount)
    }
    for (state, value) in given.enumerated() where !(value >= 0 && value < .infinity) {
      throw TimeEvolutionError.invalidProbability(state: state, value: value)
    }
    let sum = given.reduce(0, +)
    guard abs(sum - 1) <= 1e-9 else { throw TimeEvolutionError.invalidSum(sum) }
    return given.map { ScaledNumber($0 / sum) }
  }
}
