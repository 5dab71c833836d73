import Glibc
import LinearAlgebra

extension TransitionCounts {
  /// Samples of the transition probabilities from their posterior distribution.
  ///
  /// Without detailed balance the rows are independent Dirichlet variates, each sample from a
  /// stream of its own. With detailed balance the probability to stay has a beta distribution of
  /// parameters c_ii and c_i − c_ii, and the rest comes from a Markov chain of samples whose
  /// stationary distribution is the posterior of Trendelkamp-Schroer, Wu, Paul & Noé (2015); its
  /// steps are nearly independent where counts are large.
  ///
  /// The counts should be independent: see `Mode.slidingOverLag` and `Mode.effective`.
  ///
  /// - Parameters:
  ///   - reversibility: Whether every sample has detailed balance.
  ///   - prior: What is assumed before the first count.
  ///   - sampleCount: The number of samples.
  ///   - stepsPerSample: With detailed balance, the steps from one sample to the next.
  ///   - seed: The seed; the same seed gives the same samples.
  /// - Returns: The samples.
  /// - Throws: As `maximumLikelihood` for the counts with the prior's;
  ///   `EstimationError.invalidPseudoCount` or `.invalidSampleCount`.
  public func posterior(
    _ reversibility: Reversibility = .detailedBalance, prior: TransitionPrior = .sparse,
    sampleCount: Int = 1000, stepsPerSample: Int = 4, seed: UInt64
  ) throws -> ChainPosterior<EstimatedChain> {
    for count in [sampleCount, stepsPerSample] where count < 1 {
      throw EstimationError.invalidSampleCount(count)
    }
    let counts = try adding(prior)
    _ = try counts.rowSums()
    switch reversibility {
    case .unconstrained:
      return ChainPosterior(
        samples: try (0..<sampleCount).map { try counts.dirichletSample(seed: seed, number: $0) })
    case .detailedBalance:
      return try counts.reversiblePosterior(
        sampleCount: sampleCount, stepsPerSample: stepsPerSample, seed: seed)
    }
  }

  private func dirichletSample(seed: UInt64, number: Int) throws -> EstimatedChain {
    var random = PhiloxGenerator(seed: seed, stream: UInt64(number))
    var transitions: [MarkovChain.Transition] = []
    var stay = [Double](repeating: -.infinity, count: stateCount)
    for state in 0..<stateCount {
      var logs: [(Int, Double)] = []
      table.forEach(from: state) { logs.append(($0, random.logGamma(shape: $1))) }
      let sum = logSumExp(logs.map(\.1))
      for (target, logarithm) in logs {
        if target == state {
          stay[state] = logarithm - sum
        } else {
          transitions.append(.init(from: state, to: target, logRate: logarithm - sum))
        }
      }
    }
    return try EstimatedChain(
      counts: self, transitions: transitions, logStayProbabilities: stay)
  }

  private func reversiblePosterior(
    sampleCount: Int, stepsPerSample: Int, seed: UInt64
  ) throws -> ChainPosterior<EstimatedChain> {
    let diagonal = (0..<stateCount).map { table.value(from: $0, to: $0) }
    let exits = (0..<stateCount).map { table.exitSum($0) }
    let samples = try DetailedBalanceSampler.samples(
      DetailedBalanceFit(table, labels: labels), count: sampleCount,
      stepsPerSample: stepsPerSample, seed: seed
    ) { sampler, random in
      var stay = [Double](repeating: -.infinity, count: stateCount)
      var leave = [Double](repeating: 0, count: stateCount)
      for state in 0..<stateCount where diagonal[state] > 0 {
        if exits[state] > 0 {
          (stay[state], leave[state]) = random.logBeta(diagonal[state], exits[state])
        } else {
          (stay[state], leave[state]) = (0, -.infinity)
        }
      }
      var transitions: [MarkovChain.Transition] = []
      sampler.forEachShare { from, to, share in
        transitions.append(.init(from: from, to: to, logRate: leave[from] + share))
      }
      return try EstimatedChain(
        counts: self, transitions: transitions, logStayProbabilities: stay)
    }
    return ChainPosterior(samples: samples)
  }
}
