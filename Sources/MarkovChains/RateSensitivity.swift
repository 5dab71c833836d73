/// How a quantity depends on one rate, both as natural logarithms.
public struct RateSensitivity: Sendable, Equatable {
  /// The state that the transition leaves.
  public let from: Int
  /// The state that it reaches.
  public let to: Int
  /// d ln x/d ln k, the relative change of the quantity per relative change of the rate; between
  /// −1 and 1.
  public let value: Double
}

/// Why a quantity has no sensitivity.
public enum SensitivityError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The stationary probability of a transient state is zero.
  case transientState(Int)
  /// The mean first-passage time is infinite from a state of the start.
  case infiniteTime(start: Int)
  /// The committor of the state is zero.
  case zeroCommittor(state: Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .transientState(let state):
      "state \(state) is transient, its stationary probability is zero; accepted: a recurrent state"
    case .infiniteTime(let start):
      "from state \(start) the set may never be reached; accepted: starts from which it certainly is"
    case .zeroCommittor(let state):
      "the committor of state \(state) is zero; accepted: a state that can reach the set before the other"
    }
  }
}

extension MarkovChain {
  /// The sensitivities of a stationary probability, d ln π_i/d ln k_ab.
  ///
  /// They are π_a k_ab (τ_a − τ_b) with the mean first-passage times τ to the state i (the
  /// deviation matrix in terms of first-passage times; Meyer 1994, Cho & Meyer 2000). The
  /// differences of the times follow from one another as the eliminated states are restored,
  ///
  ///     τ_s − τ_j = c_s/K_s + Σ_l (k_sl/K_s) (τ_l − τ_j),   l among the states that remain,
  ///
  /// never from the times themselves, which may agree to a hundred digits. Every term, times
  /// π_a k_ab, is at most of the order 1, and so the errors of the results are about 1e-15 of 1,
  /// whatever the rates.
  ///
  /// - Parameter state: The state i.
  /// - Returns: One value per transition, in the order of `transitions`; zero for those outside the
  ///   recurrent class of the state. Their sum is zero.
  /// - Throws: `MarkovChainError` for an unknown state, `SensitivityError` for a transient one.
  public func stationarySensitivities(of state: Int) throws -> [RateSensitivity] {
    let state = try checked([state], name: "state")[0]
    let values = try stationaryValues(of: state, network, communicatingClasses)
    return labelled(values)
  }

  /// The sensitivities of a mean first-passage time, d ln τ_AB/d ln k_ab.
  ///
  /// For a fixed start they are n_ab (τ_b − τ_a)/τ with the mean number n_ab of transitions from a
  /// to b on the way and the mean first-passage times τ from a and b. The start is distributed over
  /// A as in the stationary distribution, as for `passage(from:to:)`; its own dependence on the
  /// rates is included.
  ///
  /// - Parameters:
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: One value per transition, in the order of `transitions`. Their sum is −1.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap;
  ///   `SensitivityError` where B may never be reached.
  /// - Complexity: One sparse factorisation, and one more for each state of A if there are several.
  public func meanFirstPassageTimeSensitivities(
    from: [Int], to: [Int]
  ) throws -> [RateSensitivity] {
    let sets = try checked(from: from, to: to)
    let network = network
    let classes = communicatingClasses
    let stationary = stationaryDistribution(of: network, classes: classes)
    let weight = sets.from.reduce(ScaledNumber.zero) { $0 + stationary[$1] }
    let passage = FirstPassage(network, to: sets.to)
    let times = passage.moments(1)[0]
    var start = [ScaledNumber](repeating: .zero, count: passage.states.count)
    var mean = ScaledNumber.zero
    for state in sets.from {
      let share =
        weight.isZero ? ScaledNumber(1 / Double(sets.from.count)) : stationary[state] / weight
      guard !share.isZero else { continue }
      guard let place = passage.places[state] else {
        throw SensitivityError.infiniteTime(start: state)
      }
      start[place] = share
      mean += share * times[place]
    }
    let occupation = passage.reduction.solveTransposed(start)
    let differences = passage.differences(on: network, times: times)
    var values = [ScaledNumber](repeating: .zero, count: network.rates.count)
    for (place, state) in passage.states.enumerated() where !occupation[place].isZero {
      for k in rowStarts[state]..<rowStarts[state + 1] {
        let rise =
          passage.isTarget[targets[k]]
          ? -times[place] : differences.value(state, targets[k])
        values[k] = occupation[place] * network.rates[k] * rise / mean
      }
    }
    if sets.from.count > 1, !weight.isZero {
      for state in sets.from {
        guard let place = passage.places[state], !start[place].isZero else { continue }
        let excess = start[place] * (times[place] - mean) / mean
        guard !excess.isZero else { continue }
        for (k, value) in try stationaryValues(of: state, network, classes).enumerated() {
          values[k] += excess * value
        }
      }
    }
    return labelled(values)
  }

  /// The sensitivities of a committor, d ln q_i/d ln k_ab.
  ///
  /// They are n_ab (q_b − q_a)/q_i with the mean number n_ab of transitions from a to b, from the
  /// start in i until A or B is reached, and differences of the committor that follow from one
  /// another without cancellation. For 1 − q exchange the sets.
  ///
  /// - Parameters:
  ///   - state: The state i.
  ///   - from: The set A.
  ///   - to: The set B.
  /// - Returns: One value per transition, in the order of `transitions`. Their sum is zero.
  /// - Throws: `MarkovChainError` for an empty set, an unknown state, or sets that overlap;
  ///   `SensitivityError` where q_i is zero.
  public func committorSensitivities(
    of state: Int, from: [Int], to: [Int]
  ) throws -> [RateSensitivity] {
    let sets = try checked(from: from, to: to)
    let state = try checked([state], name: "state")[0]
    let network = network
    let solution = CommittorSolution(network, from: sets.from, to: sets.to)
    let committor = solution.committor[state]
    guard !committor.isZero else { throw SensitivityError.zeroCommittor(state: state) }
    var values = [ScaledNumber](repeating: .zero, count: network.rates.count)
    var isInside = [Bool](repeating: false, count: stateCount)
    for inner in solution.states { isInside[inner] = true }
    // The committor in B is 1 at any rates.
    guard isInside[state] else { return labelled(values) }
    let start = solution.states.map { $0 == state ? ScaledNumber.one : .zero }
    let occupation = solution.reduction.solveTransposed(start)
    let differences = solution.differences(on: network)
    let isTarget = Set(sets.to)
    for (a, time) in zip(solution.states, occupation) where !time.isZero {
      for k in rowStarts[a]..<rowStarts[a + 1] {
        let b = targets[k]
        let rise =
          isInside[b]
          ? differences.value(a, b)
          : isTarget.contains(b) ? solution.complement[a] : -solution.committor[a]
        values[k] = time * network.rates[k] * rise / committor
      }
    }
    return labelled(values)
  }

  private func labelled(_ values: [ScaledNumber]) -> [RateSensitivity] {
    zip(transitions, values).map {
      RateSensitivity(from: $0.from, to: $0.to, value: $1.value)
    }
  }

  /// d ln π_i/d ln k for all transitions.
  private func stationaryValues(
    of state: Int, _ network: RateNetwork<ScaledNumber>, _ classes: [CommunicatingClass]
  ) throws -> [ScaledNumber] {
    guard let part = classes.first(where: { $0.isRecurrent && $0.states.contains(state) }) else {
      throw SensitivityError.transientState(state)
    }
    let weights = StateReduction(network.restricted(to: part.states)).stationaryWeights()
    let total = weights.reduce(.zero, +)
    // Within the class the state is certain to be reached.
    let passage = FirstPassage(network, to: [state])
    let times = passage.moments(1)[0]
    let differences = passage.differences(on: network, times: times)
    var values = [ScaledNumber](repeating: .zero, count: network.rates.count)
    for (a, weight) in zip(part.states, weights) {
      for k in rowStarts[a]..<rowStarts[a + 1] {
        let b = targets[k]
        let fall: ScaledNumber
        if a == state {
          fall = passage.places[b].map { -times[$0] } ?? .zero
        } else if b == state {
          fall = passage.places[a].map { times[$0] } ?? .zero
        } else {
          fall = differences.value(b, a)
        }
        values[k] = weight / total * network.rates[k] * fall
      }
    }
    return values
  }
}

extension FirstPassage {
  /// The differences of the mean times between the connected states outside the set.
  func differences(
    on network: RateNetwork<ScaledNumber>, times: [ScaledNumber]
  ) -> CommittorDifferences {
    let sources = reduction.accumulated([ScaledNumber](repeating: .one, count: states.count))
    let escapes = reduction.accumulated(
      states.map { state in
        var sum = ScaledNumber.zero
        network.forEachTransition(from: state) { target, rate in
          if isTarget[target] { sum += rate }
        }
        return sum
      })
    var result = CommittorDifferences()
    reduction.descendDifferences(
      of: states, on: network,
      direct: { position, state in
        sources[position] - escapes[position] * (places[state].map { times[$0] } ?? .zero)
      },
      store: { result.set($0, $1, to: $2) })
    return result
  }
}
