import Glibc

/// The distribution of the time at which a chain first enters a set of states.
///
/// The chain is stopped in the set, and its occupation at a time gives all three functions without a
/// difference: the probability of the set is the distribution function, that of the other states
/// together the survival, and the flux into the set the density. So each has a small relative error
/// from the power law of short times, t^{k−1} for k jumps, to the exponential tail.
///
/// ```swift
/// let passage = try chain.firstPassageDistribution(from: [0], to: [9])
/// try passage.logSurvival(atLogTime: passage.logMean)
/// ```
public struct FirstPassageDistribution: Sendable {
  /// The three functions at one time, as natural logarithms.
  public struct Values: Sendable, Equatable {
    /// The logarithm of the density f(t) of the passage time, per unit of time; an atom at time 0,
    /// from a start inside the set, is not part of it.
    public let logDensity: Double
    /// The logarithm of the probability that the set has not been entered.
    public let logSurvival: Double
    /// The logarithm of the probability that the set has been entered.
    public let logDistribution: Double
  }

  /// The natural logarithm of the mean passage time; +∞ where the set may never be entered, −∞ where
  /// the start lies in it.
  public let logMean: Double
  /// The chain with the set as its last state, which is never left.
  private let stopped: MarkovChain
  private let start: [ScaledNumber]

  init(_ chain: MarkovChain, from initial: [ScaledNumber], to targets: [Int]) throws {
    let network = chain.network
    let passage = FirstPassage(network, to: targets)
    let last = chain.stateCount - targets.count
    var local = [Int](repeating: last, count: chain.stateCount)
    var next = 0
    for state in 0..<chain.stateCount where !passage.isTarget[state] {
      local[state] = next
      next += 1
    }
    stopped = try MarkovChain(
      stateCount: last + 1,
      transitions: chain.transitions.filter { !passage.isTarget[$0.from] }.map {
        .init(from: local[$0.from], to: local[$0.to], logRate: $0.logRate)
      })
    var start = [ScaledNumber](repeating: .zero, count: last + 1)
    for (state, share) in initial.enumerated() { start[local[state]] += share }
    self.start = start
    let times = passage.moments(1)[0]
    var mean: ScaledNumber? = .zero
    for (state, share) in initial.enumerated() where !share.isZero && !passage.isTarget[state] {
      mean = passage.places[state].flatMap { place in mean.map { $0 + share * times[place] } }
    }
    logMean = mean?.logarithm ?? .infinity
  }

  /// Density, survival and distribution function at a time.
  ///
  /// - Parameter logTime: The natural logarithm of the time; −∞ stands for time 0.
  /// - Returns: The logarithms of the three.
  /// - Throws: `TimeEvolutionError` for a wrong time, or where a chain is too large for
  ///   `logOccupation(afterLogTime:from:)`; `RelaxationModeError` where the tail of a large chain
  ///   cannot be resolved.
  public func logValues(atLogTime logTime: Double) throws -> Values {
    guard logTime <= 1e12, logTime >= -1e12 || logTime == -.infinity else {
      throw TimeEvolutionError.invalidLogTime(logTime)
    }
    let time = ScaledNumber(exp: logTime)
    let network = stopped.network
    var end = start
    var isRelative = true
    if !time.isZero {
      (end, isRelative) = try TimeEvolution(network, time: time).distribution(from: start)
    }
    let inside = end.count - 1
    func survival(_ weights: [ScaledNumber]) -> ScaledNumber {
      weights.dropLast().reduce(.zero, +)
    }
    // The tail on a large chain: errors small against 1 are not small there.
    if !isRelative, logMean < .infinity, survival(end).value < 1e-4 {
      let tail = try slowModes(at: time)
      for k in 0..<inside { end[k] = tail[k] }
    }
    var density = ScaledNumber.zero
    for state in 0..<inside {
      let rate = network.rate(from: state, to: inside)
      if !rate.isZero { density += rate * end[state] }
    }
    // Of two probabilities that add up to 1 the smaller one tells the larger one to the last digit.
    let (left, entered) = (survival(end), end[inside])
    return Values(
      logDensity: density.logarithm,
      logSurvival: entered < left ? log1p(-entered.value) : left.logarithm,
      logDistribution: entered < left ? entered.logarithm : log1p(-left.value))
  }

  /// The natural logarithm of the density of the passage time.
  ///
  /// - Parameter logTime: The natural logarithm of the time.
  /// - Returns: The logarithm of the density per unit of time.
  /// - Throws: As `logValues(atLogTime:)`.
  public func logDensity(atLogTime logTime: Double) throws -> Double {
    try logValues(atLogTime: logTime).logDensity
  }

  /// The natural logarithm of the probability that the set has not been entered at a time.
  ///
  /// - Parameter logTime: The natural logarithm of the time.
  /// - Returns: The logarithm of the probability.
  /// - Throws: As `logValues(atLogTime:)`.
  public func logSurvival(atLogTime logTime: Double) throws -> Double {
    try logValues(atLogTime: logTime).logSurvival
  }

  /// The natural logarithm of the probability that the set has been entered at a time.
  ///
  /// - Parameter logTime: The natural logarithm of the time.
  /// - Returns: The logarithm of the probability.
  /// - Throws: As `logValues(atLogTime:)`.
  public func logDistribution(atLogTime logTime: Double) throws -> Double {
    try logValues(atLogTime: logTime).logDistribution
  }

  /// The distribution as the sum of the slowest modes.
  private func slowModes(at time: ScaledNumber) throws -> [ScaledNumber] {
    let pairs = try stopped.slowestEigenpairs(count: 12)
    var result = [ScaledNumber](repeating: .zero, count: start.count)
    guard let first = pairs.first, let last = pairs.last else { return result }
    let omitted = ((last.value.real - first.value.real) * time).value
    if pairs.count == 12, omitted < 30 {
      throw TimeEvolutionError.notConverged(logTime: time.logarithm, difference: 1e-4)
    }
    for pair in pairs {
      let angle = (pair.value.imaginary * time).value
      let decay = ScaledNumber(exp: -(pair.value.real * time).value)
      var weight = ComplexScaledNumber(
        real: decay * ScaledNumber(cos(angle)), imaginary: decay * ScaledNumber(-sin(angle)))
      var overlap = ComplexScaledNumber.zero
      for (a, b) in zip(start, pair.right) { overlap += ComplexScaledNumber(real: a) * b }
      weight = weight * overlap
      for (k, value) in pair.left.enumerated() { result[k] += (weight * value).real }
    }
    return result
  }
}

extension MarkovChain {
  /// The distribution of the first-passage time from a set of states to another.
  ///
  /// The start is distributed over the first set as in the stationary distribution; where all of it
  /// is transient, uniformly (as in `passage(from:to:)`).
  ///
  /// - Parameters:
  ///   - from: The set of the start.
  ///   - to: The set that is to be entered.
  /// - Returns: The distribution of the time.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap.
  public func firstPassageDistribution(
    from: [Int], to: [Int]
  ) throws -> FirstPassageDistribution {
    let sets = try checked(from: from, to: to)
    let stationary = stationaryDistribution(of: network, classes: communicatingClasses)
    let weight = sets.from.reduce(ScaledNumber.zero) { $0 + stationary[$1] }
    var start = [ScaledNumber](repeating: .zero, count: stateCount)
    for state in sets.from {
      start[state] =
        weight.isZero ? ScaledNumber(1 / Double(sets.from.count)) : stationary[state] / weight
    }
    return try FirstPassageDistribution(self, from: start, to: sets.to)
  }

  /// The distribution of the first-passage time to a set of states.
  ///
  /// - Parameters:
  ///   - initial: The probabilities at time 0, one per state.
  ///   - to: The set that is to be entered; a start in it counts as a passage at time 0.
  /// - Returns: The distribution of the time.
  /// - Throws: `TimeEvolutionError` for a wrong distribution, `MarkovChainError` for an empty set or
  ///   an unknown state.
  public func firstPassageDistribution(
    fromDistribution initial: [Double], to: [Int]
  ) throws -> FirstPassageDistribution {
    let start = try checkedDistribution(initial)
    return try FirstPassageDistribution(self, from: start, to: try checked(to, name: "to"))
  }
}
