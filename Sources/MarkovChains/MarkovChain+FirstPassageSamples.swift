/// An exact sample of a first passage.
public struct FirstPassageSample: Sendable, Equatable {
  /// The state of A from which it starts.
  public let start: Int
  /// The state of B that is reached; nil where B is missed for ever.
  public let target: Int?
  /// The natural logarithm of the time; +∞ where B is missed.
  public let logTime: Double
}

/// An exact sample of the escape from a trap.
public struct EscapeSample: Sendable, Equatable {
  /// The state outside the trap that is reached first.
  public let exit: Int
  /// The natural logarithm of the time.
  public let logTime: Double
}

extension MarkovChain {
  /// The work for one sample up to which the whole chain is reduced at once.
  private static let largestWork = 2_000_000

  /// Exact samples of the first-passage time from one set of states to another and of the state
  /// that is reached.
  ///
  /// All states outside B are eliminated, the shrunken trajectory is drawn, and the states are put
  /// back one by one with numbers of jumps and times drawn from their exact conditional
  /// distributions (kinetic path sampling; Athènes & Bulatov 2014; Sharpe & Wales 2020). The cost
  /// does not depend on the rates, and the times can have any size. Chains whose factors are too
  /// large for that are walked through from trap to trap, where traps of up to 1000 states grow as
  /// needed; this is as exact, but takes longer the more often larger traps are crossed.
  ///
  /// - Parameters:
  ///   - from: The set A. The start is distributed over it as in the stationary distribution, or
  ///     uniformly where all of A is transient.
  ///   - to: The set B.
  ///   - count: How many samples.
  ///   - seed: The seed of the random numbers; sample n uses stream n.
  /// - Returns: The samples. Every one is independent of the others.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap;
  ///   `TrajectoryError` for a negative number of samples.
  public func firstPassageSamples(
    from: [Int], to: [Int], count: Int, seed: UInt64
  ) throws -> [FirstPassageSample] {
    let sets = try checked(from: from, to: to)
    guard count >= 0 else { throw TrajectoryError.negativeCount(name: "count", count) }
    let network = network
    let reaching = network.canReach(sets.to)
    var isTarget = [Bool](repeating: false, count: stateCount)
    for state in sets.to { isTarget[state] = true }
    let visited = canVisit(from: sets.from, avoiding: isTarget)
    let inside = (0..<stateCount).filter { reaching[$0] && visited[$0] }
    let starts = startDistribution(over: sets.from, network)
    let part = network.restricted(to: inside)
    let plan = EliminationPlan(rowStarts: part.rowStarts, targets: part.targets)
    let sampler =
      EscapeSampler.work(of: plan) <= Self.largestWork
      ? EscapeSampler(network, leaving: inside, plan: plan) : nil
    let isEnd = (0..<stateCount).map { !reaching[$0] || isTarget[$0] }
    var walker = TrapWalker(self, ends: isEnd, traps: .growing(maximumSize: 1000))
    return (0..<count).map { number in
      var generator = PhiloxGenerator(seed: seed, stream: UInt64(number))
      let u = generator.uniform()
      let start = sets.from[starts.firstIndex { u <= $0 } ?? starts.count - 1]
      var state = start
      var time = ScaledNumber.zero
      if reaching[start] {
        if let sampler {
          (state, time) = sampler.sample(from: start, using: &generator)
        } else {
          while let step = walker.step(from: state, using: &generator) {
            state = step.state
            time += step.time
          }
        }
      }
      return isTarget[state]
        ? FirstPassageSample(start: start, target: state, logTime: time.logarithm)
        : FirstPassageSample(start: start, target: nil, logTime: .infinity)
    }
  }

  /// The states that a trajectory can visit before it reaches a target.
  private func canVisit(from states: [Int], avoiding isTarget: [Bool]) -> [Bool] {
    var visited = [Bool](repeating: false, count: stateCount)
    for state in states { visited[state] = true }
    var pending = states
    while let state = pending.popLast() {
      for k in rowStarts[state]..<rowStarts[state + 1]
      where !visited[targets[k]] && !isTarget[targets[k]] {
        visited[targets[k]] = true
        pending.append(targets[k])
      }
    }
    return visited
  }

  /// The sums of the probabilities to start in the states of a set.
  private func startDistribution(
    over states: [Int], _ network: RateNetwork<ScaledNumber>
  ) -> [Double] {
    guard states.count > 1 else { return [1] }
    let stationary = stationaryDistribution(of: network, classes: communicatingClasses)
    let total = states.reduce(ScaledNumber.zero) { $0 + stationary[$1] }
    var sum = ScaledNumber.zero
    return states.enumerated().map { number, state in
      guard !total.isZero else { return Double(number + 1) / Double(states.count) }
      sum += stationary[state]
      return (sum / total).value
    }
  }

  /// Exact samples of the escape from a trap: the state that is reached and the time, which are not
  /// independent of one another.
  ///
  /// - Parameters:
  ///   - trap: The states of the trap, any set.
  ///   - start: The state of the trap at time zero.
  ///   - count: How many samples.
  ///   - seed: The seed of the random numbers; sample n uses stream n.
  /// - Returns: The samples.
  /// - Throws: `MarkovChainError` for an empty set or an unknown state; `TrajectoryError` where the
  ///   start is not in the trap, the trap is not left with certainty, or the number is negative.
  public func escapeSamples(
    from trap: [Int], start: Int, count: Int, seed: UInt64
  ) throws -> [EscapeSample] {
    let states = try checked(trap, name: "trap")
    guard states.contains(start) else { throw TrajectoryError.startOutsideTrap(start) }
    guard count >= 0 else { throw TrajectoryError.negativeCount(name: "count", count) }
    guard let sampler = EscapeSampler(network, leaving: states) else {
      throw TrajectoryError.trapNotLeft(start: start)
    }
    return (0..<count).map { number in
      var generator = PhiloxGenerator(seed: seed, stream: UInt64(number))
      let escape = sampler.sample(from: start, using: &generator)
      return EscapeSample(exit: escape.exit, logTime: escape.time.logarithm)
    }
  }
}
