import Glibc
import LinearAlgebra

/// The reversible chain of maximum likelihood whose stationary distribution is given.
///
/// With multipliers λ of the row sums p_ij = a_ij/(λ_i + λ_j π_i/π_j), a_ij = c_ij + c_ji
/// (Trendelkamp-Schroer & Noé 2013), and λ minimises the convex function
///
///     D(λ) = Σ_i λ_i − Σ_{i<j} a_ij ln(λ_i/π_i + λ_j/π_j) − Σ_i c_ii ln λ_i,   λ ≥ 0,
///
/// whose gradient is 1 − Σ_j p_ij. λ_i = 0 occurs where c_ii = 0; there p_ii is what is left of 1.
/// The minimum is found by Newton steps projected on the bounds (Bertsekas 1982), after some of the
/// paper's steps λ_i ← λ_i Σ_j p_ij.
struct GivenStationaryFit {
  private let logPi: [Double]
  private let links: [DetailedBalanceFit.Link]
  private let diagonal: [Double]
  /// Σ_j a_ij + c_ii.
  private let scales: [Double]
  private var lambda: [Double]

  init(_ table: CountTable, logStationaryDistribution: [Double]) {
    logPi = logStationaryDistribution
    var links: [DetailedBalanceFit.Link] = []
    var diagonal = [Double](repeating: 0, count: table.stateCount)
    for (from, to, value) in table.entries {
      if from == to {
        diagonal[from] = value
      } else if from < to {
        links.append(
          .init(i: from, j: to, forward: value, backward: table.value(from: to, to: from)))
      } else if table.value(from: to, to: from) == 0 {
        links.append(.init(i: to, j: from, forward: 0, backward: value))
      }
    }
    var scales = diagonal
    for link in links {
      scales[link.i] += link.sum
      scales[link.j] += link.sum
    }
    // A state that was never seen stays where it is.
    for state in scales.indices where scales[state] == 0 {
      diagonal[state] = 1
      scales[state] = 1
    }
    self.links = links
    self.diagonal = diagonal
    self.scales = scales
    lambda = zip(scales, diagonal).map { 0.5 * ($0 + $1) }
  }

  /// ln p for both directions of each link at a point; +∞ outside the domain.
  private func logProbabilities(_ lambda: [Double]) -> [(forward: Double, backward: Double)] {
    let logs = lambda.map { log($0) }
    return links.map { link in
      let shift = logPi[link.i] - logPi[link.j]
      let logSum = log(link.sum)
      return (
        logSum - logSumExp(logs[link.i], logs[link.j] + shift),
        logSum - logSumExp(logs[link.j], logs[link.i] - shift)
      )
    }
  }

  private func rowSums(
    _ lambda: [Double], _ probabilities: [(forward: Double, backward: Double)]
  ) -> [Double] {
    var sums = zip(diagonal, lambda).map { $0 > 0 ? $0 / $1 : 0 }
    for (link, p) in zip(links, probabilities) {
      sums[link.i] += exp(p.forward)
      sums[link.j] += exp(p.backward)
    }
    return sums
  }

  private func objective(_ lambda: [Double]) -> Double {
    let logs = lambda.map { log($0) }
    var sum = lambda.reduce(0, +)
    for link in links {
      sum -= link.sum * logSumExp(logs[link.i] - logPi[link.i], logs[link.j] - logPi[link.j])
    }
    for state in diagonal.indices where diagonal[state] > 0 {
      sum -= diagonal[state] * logs[state]
    }
    return sum
  }

  /// Moves to the minimum; the last step changes no probability by more than 1e-8 of itself.
  ///
  /// - Throws: `EstimationError.notConverged` after 500 steps, `LinearAlgebraError`.
  mutating func maximizeLikelihood() throws {
    for _ in 0..<20 {
      let sums = rowSums(lambda, logProbabilities(lambda))
      for state in lambda.indices { lambda[state] *= sums[state] }
    }
    let limit = 500
    var size = Double.infinity
    for _ in 0..<limit {
      let probabilities = logProbabilities(lambda)
      let gradient = rowSums(lambda, probabilities).map { 1 - $0 }
      let step = try newtonStep(probabilities, gradient)
      size = relativeChange(step, probabilities)
      // A multiplier that still moves to its bound changes the others in first order.
      let isSettled = lambda.indices.allSatisfy { !isHeld($0, gradient) || lambda[$0] == 0 }
      if size < (isSettled ? 1e-8 : 1e-14) {
        lambda = moved(by: step, length: 1)
        return
      }
      let value = objective(lambda)
      var length = 1.0
      var next = moved(by: step, length: length)
      for _ in 0..<60 {
        let slope = lambda.indices.reduce(0) { $0 + gradient[$1] * (next[$1] - lambda[$1]) }
        if objective(next) <= value + 1e-4 * slope + 1e-13 * value.magnitude { break }
        length /= 2
        next = moved(by: step, length: length)
      }
      lambda = next
    }
    throw EstimationError.notConverged(
      algorithm: "maximum likelihood with a given stationary distribution", iterations: limit,
      residual: size)
  }

  private func moved(by step: [Double], length: Double) -> [Double] {
    lambda.indices.map { state in
      max(
        lambda[state] + length * step[state], diagonal[state] > 0 ? 0.1 * lambda[state] : 0)
    }
  }

  /// Whether a multiplier is held at its bound of zero.
  private func isHeld(_ state: Int, _ gradient: [Double]) -> Bool {
    diagonal[state] == 0 && lambda[state] <= 1e-8 * scales[state] && gradient[state] > 0
  }

  private func newtonStep(
    _ probabilities: [(forward: Double, backward: Double)], _ gradient: [Double]
  ) throws -> [Double] {
    let count = lambda.count
    var curvature = zip(diagonal, lambda).map { $0 > 0 ? $0 / ($1 * $1) : 0 }
    for (link, p) in zip(links, probabilities) {
      curvature[link.i] += exp(2 * p.forward) / link.sum
      curvature[link.j] += exp(2 * p.backward) / link.sum
    }
    let roots = curvature.map { $0.squareRoot() }
    let free = (0..<count).filter { !isHeld($0, gradient) }
    var place = [Int](repeating: -1, count: count)
    for (k, state) in free.enumerated() { place[state] = k }
    // Scaled to a unit diagonal; the excess keeps a direction without curvature (a bipartite graph
    // without diagonal counts) from being singular.
    var matrix = (1 + 1e-13) * Matrix.identity(free.count)
    for (link, p) in zip(links, probabilities) where place[link.i] >= 0 && place[link.j] >= 0 {
      let element =
        exp(p.forward + p.backward) / link.sum / (roots[link.i] * roots[link.j])
      matrix[place[link.i], place[link.j]] = element
      matrix[place[link.j], place[link.i]] = element
    }
    let solution = try matrix.solve(free.map { -gradient[$0] / roots[$0] })
    return (0..<count).map { state in
      place[state] >= 0
        ? solution[place[state]] / roots[state] : -gradient[state] / curvature[state]
    }
  }

  /// The largest relative change of a probability that a step would make.
  private func relativeChange(
    _ step: [Double], _ probabilities: [(forward: Double, backward: Double)]
  ) -> Double {
    let next = moved(by: step, length: 1)
    var size = 0.0
    for (p, q) in zip(probabilities, logProbabilities(next)) {
      size = max(size, abs(p.forward - q.forward))
    }
    for state in next.indices where diagonal[state] > 0 {
      size = max(size, abs(next[state] / lambda[state] - 1))
    }
    return size
  }

  /// The transition probabilities and those to stay, as logarithms.
  func solution() -> (transitions: [MarkovChain.Transition], logStay: [Double]) {
    let probabilities = logProbabilities(lambda)
    var transitions: [MarkovChain.Transition] = []
    for (link, p) in zip(links, probabilities) {
      transitions.append(.init(from: link.i, to: link.j, logRate: p.forward))
      transitions.append(.init(from: link.j, to: link.i, logRate: p.backward))
    }
    let sums = rowSums(lambda, probabilities)
    let stay = lambda.indices.map { state -> Double in
      if diagonal[state] > 0 { return log(diagonal[state] / lambda[state]) }
      let rest = 1 - sums[state]
      return rest > 1e-12 ? log(rest) : -.infinity
    }
    return (transitions, stay)
  }
}

extension TransitionCounts {
  /// The chain with a given stationary distribution and detailed balance under which the counts are
  /// most likely (Trendelkamp-Schroer & Noé 2013).
  ///
  /// The counts need not be connected in both directions, and may come from trajectories that are
  /// too short for the slow transitions: the distribution supplies the way back.
  ///
  /// - Parameter logStationaryDistribution: The natural logarithms of the stationary probabilities,
  ///   up to a constant.
  /// - Returns: The transition probabilities; a state without counts stays for ever.
  /// - Throws: `EstimationError.wrongLength`, `.invalidStationaryDistribution` for a logarithm that
  ///   is not finite, or `.notConverged`.
  /// - Complexity: O(states³) per step.
  public func maximumLikelihood(
    logStationaryDistribution: [Double]
  ) throws -> EstimatedChain {
    guard logStationaryDistribution.count == stateCount else {
      throw EstimationError.wrongLength(
        expected: stateCount, given: logStationaryDistribution.count)
    }
    for (state, logarithm) in logStationaryDistribution.enumerated() where !logarithm.isFinite {
      throw EstimationError.invalidStationaryDistribution(
        state: labels[state], logarithm: logarithm)
    }
    var fit = GivenStationaryFit(table, logStationaryDistribution: logStationaryDistribution)
    try fit.maximizeLikelihood()
    let solution = fit.solution()
    return try EstimatedChain(
      counts: self, transitions: solution.transitions, logStayProbabilities: solution.logStay)
  }
}
