import Glibc
import LinearAlgebra

/// A gamma distribution, the posterior of a rate.
public struct GammaPosterior: Sendable, Equatable {
  /// The shape: number of jumps and pseudo-count.
  public let shape: Double
  /// The inverse of the scale: the time observed.
  public let time: Double

  /// The mean, shape/time.
  public var mean: Double { shape / time }
  /// The standard deviation, √shape/time.
  public var standardDeviation: Double { shape.squareRoot() / time }

  /// The rate below which the posterior has a probability.
  ///
  /// - Parameter probability: Between 0 and 1.
  /// - Returns: The quantile; zero for a shape of zero.
  public func quantile(_ probability: Double) -> Double {
    shape > 0 ? SpecialFunctions.gammaQuantile(probability, shape: shape) / time : 0
  }
}

extension JumpCounts {
  /// The chain under which the jumps and times are most likely.
  ///
  /// Without detailed balance k_ij = N_ij/T_i. With it k_ij = (N_ij + N_ji) y_i/((y_i + y_j) T_i)
  /// with the same y as for transition counts; the exit rates are N_i/T_i either way.
  ///
  /// - Parameter reversibility: Whether detailed balance is required.
  /// - Returns: A chain with rates in the inverse unit of the durations; a state that was never
  ///   left is absorbing.
  /// - Throws: `EstimationError.noResidenceTime`; with detailed balance `.noWayBack` where the
  ///   jumps leave a strongly connected set; `.notConverged`.
  public func maximumLikelihood(
    _ reversibility: Reversibility = .detailedBalance
  ) throws -> MarkovChain {
    try checkTimes()
    var transitions: [MarkovChain.Transition] = []
    switch reversibility {
    case .unconstrained:
      transitions = table.entries.map {
        .init(
          from: $0.from, to: $0.to, logRate: log($0.value) - log(residenceTimes[$0.from]))
      }
    case .detailedBalance:
      var fit = try DetailedBalanceFit(table, labels: labels)
      try fit.maximizeLikelihood()
      fit.forEachFlux { from, to, logFlux in
        transitions.append(
          .init(from: from, to: to, logRate: logFlux - log(residenceTimes[from])))
      }
    }
    return try MarkovChain(stateCount: stateCount, transitions: transitions)
  }

  /// The exact posterior of one rate without detailed balance: a gamma distribution of shape
  /// N_ij + α with the prior's pseudo-count α and rate T_i.
  ///
  /// - Parameters:
  ///   - from: The state that is left.
  ///   - to: The state that is reached, another one.
  ///   - prior: The pseudo-counts; the prior density of a rate is k^{α − 1} (with `sparse` 1/k where
  ///     jumps were seen, and the rate is zero elsewhere).
  /// - Returns: The distribution.
  /// - Throws: `EstimationError.unknownState`, `.noResidenceTime` or `.invalidPseudoCount`;
  ///   `MarkovChainError.selfLoop` for a state and itself.
  public func ratePosterior(
    from: Int, to: Int, prior: TransitionPrior = .sparse
  ) throws -> GammaPosterior {
    for state in [from, to] where !(0..<stateCount).contains(state) {
      throw EstimationError.unknownState(state)
    }
    guard from != to else { throw MarkovChainError.selfLoop(state: from) }
    guard residenceTimes[from] > 0 else {
      throw EstimationError.noResidenceTime(state: labels[from])
    }
    return GammaPosterior(
      shape: try table.adding(prior, includingDiagonal: false).value(from: from, to: to),
      time: residenceTimes[from])
  }

  /// Samples of the rates from their posterior distribution.
  ///
  /// Without detailed balance the rates are independent gamma variates (see `ratePosterior`). With
  /// it the exit rates are, of shape N_i and rate T_i, and the destinations have the same posterior
  /// as those of transition counts (`TransitionCounts.posterior`), with the prior ∏ dπ_i/π_i
  /// besides that of the symmetric weights.
  ///
  /// - Parameters:
  ///   - reversibility: Whether every sample has detailed balance.
  ///   - prior: The pseudo-counts.
  ///   - sampleCount: The number of samples.
  ///   - stepsPerSample: With detailed balance, the steps from one sample to the next.
  ///   - seed: The seed; the same seed gives the same samples.
  /// - Returns: The samples, with rates in the inverse unit of the durations.
  /// - Throws: As `maximumLikelihood` for the jumps with the prior's;
  ///   `EstimationError.invalidPseudoCount` or `.invalidSampleCount`.
  public func posterior(
    _ reversibility: Reversibility = .detailedBalance, prior: TransitionPrior = .sparse,
    sampleCount: Int = 1000, stepsPerSample: Int = 4, seed: UInt64
  ) throws -> ChainPosterior<MarkovChain> {
    for count in [sampleCount, stepsPerSample] where count < 1 {
      throw EstimationError.invalidSampleCount(count)
    }
    let counts = JumpCounts(
      labels: labels, residenceTimes: residenceTimes,
      table: try table.adding(prior, includingDiagonal: false))
    try counts.checkTimes()
    switch reversibility {
    case .unconstrained:
      return ChainPosterior(
        samples: try (0..<sampleCount).map { number in
          var random = PhiloxGenerator(seed: seed, stream: UInt64(number))
          return try MarkovChain(
            stateCount: stateCount,
            transitions: counts.table.entries.map {
              .init(
                from: $0.from, to: $0.to,
                logRate: random.logGamma(shape: $0.value) - log(residenceTimes[$0.from]))
            })
        })
    case .detailedBalance:
      return try counts.reversiblePosterior(
        sampleCount: sampleCount, stepsPerSample: stepsPerSample, seed: seed)
    }
  }

  private func reversiblePosterior(
    sampleCount: Int, stepsPerSample: Int, seed: UInt64
  ) throws -> ChainPosterior<MarkovChain> {
    let exits = (0..<stateCount).map { table.exitSum($0) }
    return ChainPosterior(
      samples: try DetailedBalanceSampler.samples(
        DetailedBalanceFit(table, labels: labels), count: sampleCount,
        stepsPerSample: stepsPerSample, seed: seed
      ) { sampler, random in
        let logExits = (0..<stateCount).map { state in
          exits[state] > 0
            ? random.logGamma(shape: exits[state]) - log(residenceTimes[state]) : -.infinity
        }
        var transitions: [MarkovChain.Transition] = []
        sampler.forEachShare { from, to, share in
          transitions.append(.init(from: from, to: to, logRate: logExits[from] + share))
        }
        return try MarkovChain(stateCount: stateCount, transitions: transitions)
      })
  }

  /// Every state that is left has been stayed in.
  private func checkTimes() throws {
    for state in 0..<stateCount where table.exitSum(state) > 0 && residenceTimes[state] <= 0 {
      throw EstimationError.noResidenceTime(state: labels[state])
    }
  }
}
