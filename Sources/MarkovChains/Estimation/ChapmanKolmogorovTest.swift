public import LinearAlgebra

/// Whether a chain estimated at one lag predicts what is seen at its multiples: T(τ)ᵏ against T(kτ).
///
/// For sets of states, the probability to be in set B after a start in set A with the stationary
/// weights there (Prinz et al. 2011, section IV.F).
public struct ChapmanKolmogorovTest: Sendable, Equatable {
  /// The comparison at one multiple of the lag.
  public struct Comparison: Sendable, Equatable {
    /// k.
    public let multiple: Int
    /// The probabilities from each set (row) to each set (column) by T(τ)ᵏ.
    public let predicted: Matrix
    /// The same by T(kτ).
    public let estimated: Matrix
    /// The posterior of the predicted probabilities, row after row; empty without samples.
    public let predictedSummaries: [PosteriorSummary]
    /// The posterior of the estimated probabilities, row after row; empty without samples.
    public let estimatedSummaries: [PosteriorSummary]

    /// The differences in units of their standard deviations, row after row; empty without samples.
    ///
    /// Both sides use the same data, so these are upper bounds of the evidence against the chain
    /// only as far as the counts are independent.
    public var deviations: [Double] {
      zip(predictedSummaries.indices, zip(predictedSummaries, estimatedSummaries)).map { k, pair in
        let difference = estimated.elements[k] - predicted.elements[k]
        let variance =
          pair.0.standardDeviation * pair.0.standardDeviation
          + pair.1.standardDeviation * pair.1.standardDeviation
        return difference == 0 ? 0 : difference / variance.squareRoot()
      }
    }
  }

  /// The lag τ in frames.
  public let lag: Int
  /// The sets of states, by their names in the trajectories.
  public let sets: [[Int]]
  /// One comparison for each multiple.
  public let comparisons: [Comparison]

  /// The largest difference in units of its standard deviation; zero without samples.
  public var largestDeviation: Double {
    comparisons.flatMap(\.deviations).reduce(0) { max($0, $1.magnitude) }
  }
}

extension TrajectoryEstimator {
  /// Compares predictions from one lag with estimates at its multiples.
  ///
  /// Both start in each set with the stationary weights of the chain at the shorter lag, among the
  /// states that are in the largest connected sets of both lags.
  ///
  /// - Parameters:
  ///   - trajectories: States from 0, frame after frame; negative where there is none.
  ///   - lag: The lag τ in frames.
  ///   - multiples: The multiples k, at least 1.
  ///   - sets: The sets of states, for instance metastable ones.
  /// - Returns: The comparisons, with error bars where `sampleCount` is not zero.
  /// - Throws: As `TransitionCounts.init` and `TransitionCounts.posterior`;
  ///   `EstimationError.invalidLag` for a multiple below 1, `.emptySet` for a set without a state
  ///   of the chains.
  public func chapmanKolmogorovTest(
    of trajectories: [[Int]], lag: Int, multiples: [Int], sets: [[Int]]
  ) throws -> ChapmanKolmogorovTest {
    let longer = try multiples.map { multiple in
      let product = lag.multipliedReportingOverflow(by: multiple)
      guard multiple >= 1, !product.overflow else {
        throw EstimationError.invalidLag(product.partialValue)
      }
      return try counts(of: trajectories, lag: lag * multiple)
    }
    return try chapmanKolmogorovTest(
      of: counts(of: trajectories, lag: lag), longer: longer, sets: sets)
  }

  /// Compares predictions from the counts at one lag with those at its multiples, however they were
  /// made.
  ///
  /// - Parameters:
  ///   - counts: The counts at the lag τ.
  ///   - longer: The counts at multiples of it.
  ///   - sets: The sets of states, for instance metastable ones.
  /// - Returns: The comparisons, with error bars where `sampleCount` is not zero.
  /// - Throws: As `TransitionCounts.posterior`; `EstimationError.invalidLag` for a lag that is no
  ///   multiple of τ, `.emptySet` for a set without a state of the chains.
  public func chapmanKolmogorovTest(
    of counts: TransitionCounts, longer: [TransitionCounts], sets: [[Int]]
  ) throws -> ChapmanKolmogorovTest {
    let short = counts.largestConnectedSet()
    let lag = short.lag
    let chain = try short.maximumLikelihood(reversibility)
    let logWeights = chain.logStationaryDistribution()
    let shortSamples = try samples(of: short)
    let comparisons = try longer.map { counts in
      guard counts.lag.isMultiple(of: lag) else { throw EstimationError.invalidLag(counts.lag) }
      let multiple = counts.lag / lag
      let long = counts.largestConnectedSet()
      let known = Set(long.labels)
      var starts: [[Int: Double]] = []
      for (number, set) in sets.enumerated() {
        let wanted = Set(set)
        let states = chain.labels.indices.filter {
          wanted.contains(chain.labels[$0]) && known.contains(chain.labels[$0])
        }
        let total = logSumExp(states.map { logWeights[$0] })
        guard total > -.infinity else { throw EstimationError.emptySet(number: number) }
        starts.append(
          Dictionary(
            uniqueKeysWithValues: states.map {
              (chain.labels[$0], weight(logWeights[$0] - total))
            }))
      }
      let predict = { try passages(of: $0, from: starts, to: sets, steps: multiple) }
      let estimate = { try passages(of: $0, from: starts, to: sets, steps: 1) }
      return ChapmanKolmogorovTest.Comparison(
        multiple: multiple,
        predicted: Matrix(rows: sets.count, columns: sets.count, elements: try predict(chain)),
        estimated: Matrix(
          rows: sets.count, columns: sets.count,
          elements: try estimate(long.maximumLikelihood(reversibility))),
        predictedSummaries: try shortSamples.summaries(level: level, of: predict),
        estimatedSummaries: try samples(of: long).summaries(level: level, of: estimate))
    }
    return ChapmanKolmogorovTest(lag: lag, sets: sets, comparisons: comparisons)
  }
}

private func weight(_ logarithm: Double) -> Double { ScaledNumber(exp: logarithm).value }

/// The probabilities to be in each set some steps after each start, row after row.
private func passages(
  of chain: EstimatedChain, from starts: [[Int: Double]], to sets: [[Int]], steps: Int
) throws -> [Double] {
  let members = sets.map { set in
    let wanted = Set(set)
    return chain.labels.indices.filter { wanted.contains(chain.labels[$0]) }
  }
  return try starts.flatMap { start in
    let end = try chain.propagate(chain.labels.map { start[$0] ?? 0 }, steps: steps)
    return members.map { states in states.reduce(0) { $0 + end[$1] } }
  }
}
