import Landscapes
import LinearAlgebra
public import MarkovChains

/// The transitions between core sets and the time spent after visiting each: the sufficient
/// statistics of a Markov chain in continuous time, whose maximum-likelihood rates are counts over
/// times.
struct MilestonedRates {
  let counts: [[Int]]
  let times: [Double]

  init(_ tally: Tally, timeUnit: Double) {
    let states = tally.residence.count
    var counts = Array(repeating: [Int](repeating: 0, count: states), count: states)
    for (key, value) in tally.transitions { counts[key / states][key % states] = value }
    self.counts = counts
    times = tally.residence.map { $0 * timeUnit }
  }

  func rate(_ i: Int, _ j: Int) -> Double {
    times[i] > 0 && i != j ? Double(counts[i][j]) / times[i] : 0
  }

  /// The chain over the states that were seen.
  private func chain(over seen: [Int]) -> MarkovChain? {
    var transitions: [MarkovChain.Transition] = []
    for (a, i) in seen.enumerated() {
      for (b, j) in seen.enumerated() where a != b && counts[i][j] > 0 {
        transitions.append(.init(from: a, to: b, logRate: logOf(rate(i, j))))
      }
    }
    return try? MarkovChain(stateCount: seen.count, transitions: transitions)
  }

  /// The stationary distribution; nil unless the states that were seen form one recurrent class:
  /// the weight of a state that is left but never entered is not known.
  func stationaryDistribution() -> [Double]? {
    let seen = times.indices.filter { times[$0] > 0 }
    guard !seen.isEmpty, let chain = chain(over: seen), chain.communicatingClasses.count == 1
    else { return nil }
    var result = [Double](repeating: 0, count: times.count)
    for (position, logarithm) in chain.logStationaryDistribution().enumerated() {
      result[seen[position]] = Double.exp(logarithm)
    }
    return result
  }

  /// The slowest relaxation rate of the rate matrix and its right eigenvector; nil unless there
  /// are at least two states in one recurrent class.
  func slowestMode() -> (rate: Double, vector: [Double])? {
    guard stationaryDistribution() != nil else { return nil }
    let seen = times.indices.filter { times[$0] > 0 }
    guard seen.count >= 2 else { return nil }
    var q = Matrix(rows: seen.count, columns: seen.count)
    for (a, i) in seen.enumerated() {
      for (b, j) in seen.enumerated() where a != b {
        q[a, b] = rate(i, j)
        q[a, a] -= rate(i, j)
      }
    }
    guard let eigen = try? q.eigendecomposition() else { return nil }
    // The largest real part is the stationary state's zero.
    let slow = seen.count - 2
    guard eigen.values[slow].real < 0 else { return nil }
    var vector = [Double](repeating: 0, count: times.count)
    for (a, i) in seen.enumerated() { vector[i] = eigen.vectors[slow].real[a] }
    return (-eigen.values[slow].real, vector)
  }
}

extension EnsembleResult {
  /// The chain of the milestoned trajectories: rates are transition counts over residence times.
  ///
  /// - Returns: The chain, without transitions that were never seen.
  /// - Throws: `MarkovChainError` where there are no states.
  public func estimatedChain() throws -> MarkovChain {
    var transitions: [MarkovChain.Transition] = []
    for (i, row) in transitionCounts.enumerated() where residenceTimes[i] > 0 {
      for (j, count) in row.enumerated() where i != j && count > 0 {
        transitions.append(
          .init(from: i, to: j, logRate: logOf(Double(count)) - logOf(residenceTimes[i])))
      }
    }
    return try MarkovChain(stateCount: transitionCounts.count, transitions: transitions)
  }
}
