import Foundation
import LinearAlgebra
import MarkovChains
import Simulation
import Testing

/// A chain from a table of rates.
private func chain(_ rates: [[Double]]) throws -> MarkovChain {
  try MarkovChain(
    stateCount: rates.count,
    transitions: rates.enumerated().flatMap { i, row in
      row.enumerated().compactMap { j, rate in
        i == j || rate == 0 ? nil : .init(from: i, to: j, logRate: log(rate))
      }
    })
}

private func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (squares / Double(values.count - 1)).squareRoot())
}

@Suite("Chains compared entry by entry")
struct ChainComparisonTests {
  @Test("one rate has the tails, the score and the interval of scipy's Poisson distribution")
  func exactNumbers() throws {
    struct Row {
      let count, mean, score, pValue, lower, upper: Double
      let error: Double?
    }
    // scipy 1.17.1: poisson.cdf and sf with half the probability of the count, norm.isf of them,
    // gamma.ppf and polygamma(1, N).
    let rows = [
      Row(
        count: 5, mean: 10, score: 1.6628690498952174, pValue: 0.13417192575806378,
        lower: 1.6234863901184207, upper: 11.66833207932267, error: 0.4704497377373223),
      Row(
        count: 0, mean: 3, score: 1.961788884214524, pValue: exp(-3), lower: 0,
        upper: 3.6888794541139354, error: nil),
      Row(
        count: 40, mean: 25, score: -2.777423833583632, pValue: 0.006887137458854141,
        lower: 28.576586441788965, upper: 54.468646963984064, error: 0.15910720864024683),
      Row(
        count: 1, mean: 0.01, score: -2.5758350379887265, pValue: 0.019900332501663905,
        lower: 0.025317807984289876, upper: 5.571643390938898, error: 1.282549830161864),
      Row(
        count: 100_000, mean: 100_500, score: 1.5779831192000133, pValue: 0.11493243594445997,
        lower: 99381.15266374472, upper: 100621.74473974388, error: 0.003162285565879),
    ]
    for row in rows {
      // The time 8 and the rate μ/8.
      let jumps = try JumpCounts(
        residenceTimes: [8, 0], entries: [.init(from: 0, to: 1, count: row.count)])
      let comparison = try ChainComparison(
        jumps: jumps, predicted: chain([[0, row.mean / 8], [1, 0]]))
      // Nothing is known of a state that was never visited.
      #expect(comparison.entries.count == 1)
      let entry = try #require(comparison.entry(from: 0, to: 1))
      func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
        a == b || abs(a - b) <= tolerance * max(1, abs(b))
      }
      #expect(near(entry.standardErrorsApart, row.score))
      #expect(near(entry.pValue, row.pValue))
      #expect(near(entry.logLower, log(row.lower / 8), 1e-8))
      #expect(near(entry.logUpper, log(row.upper / 8), 1e-8))
      #expect(near(entry.logPredicted, log(row.mean / 8)))
      #expect(near(entry.logEstimated, row.count > 0 ? log(row.count / 8) : -.infinity))
      #expect(near(entry.expectedCount, row.mean) && entry.count == row.count)
      if let error = row.error {
        let found = try #require(entry.standardError)
        #expect(near(found, error))
      } else {
        #expect(entry.standardError == nil)
      }
    }
  }

  @Test("all rates together have the moments of their likelihood ratios")
  func combined() throws {
    let jumps = try JumpCounts(
      residenceTimes: [1, 1, 1],
      entries: [.init(from: 0, to: 1, count: 5), .init(from: 2, to: 0, count: 40)])
    let comparison = try ChainComparison(
      jumps: jumps, predicted: chain([[0, 10, 0], [3, 0, 0], [25, 0, 0]]))
    // Σ 2 [N ln(N/μ) − N + μ] and the tail of a chi-square variate scaled to the moments that scipy
    // sums over the Poisson distributions.
    #expect(abs(comparison.test.statistic - 16.668818534059394) < 1e-9)
    #expect(comparison.test.degreesOfFreedom == 3)
    #expect(abs(comparison.test.pValue - 0.0011437580463779093) < 1e-9)
  }

  @Test("transition probabilities have the tails and intervals of the binomial distribution")
  func binomial() throws {
    // scipy 1.17.1: binom with half the probability of the count, binomtest(…).proportion_ci
    // "exact". Two states: p₀₁ = 1 − e^{−k} with k₀₁ = k, k₁₀ = 0 after a lag of two frames of 0.5.
    let rows: [(Double, Double, Double, Double, Double, Double, Double)] = [
      (
        5, 200, 0.05, 1.7018190457644247, 0.12468499008458944, 0.00816616619071024,
        0.05737435112726713
      ),
      (0, 30, 0.1, 2.029659539825573, 0.042391158275216195, 0, 0.11570330822202743),
      (
        150, 1000, 0.12, -2.833213349570293, 0.00526227998375574, 0.128424811116202,
        0.17365812856706506
      ),
    ]
    for (count, trials, probability, score, pValue, lower, upper) in rows {
      let counts = try TransitionCounts(
        stateCount: 2, lag: 2,
        entries: [
          .init(from: 0, to: 0, count: trials - count), .init(from: 0, to: 1, count: count),
        ])
      let comparison = try ChainComparison(
        transitions: counts, predicted: chain([[0, -log(1 - probability)], [0, 0]]),
        frameTime: 0.5)
      let entry = try #require(comparison.entry(from: 0, to: 1))
      #expect(abs(entry.standardErrorsApart - score) < 1e-8)
      #expect(abs(entry.pValue - pValue) < 1e-9)
      #expect(abs(exp(entry.logLower) - lower) < 1e-9)
      #expect(abs(exp(entry.logUpper) - upper) < 1e-9)
      #expect(comparison.test.degreesOfFreedom == (trials == 30 ? 0 : 1))
    }
  }

  @Test("what was never seen is refuted at e^{−kT}, what should never happen at once")
  func extremes() throws {
    let jumps = try JumpCounts(
      residenceTimes: [1e6, 1], entries: [.init(from: 1, to: 0, count: 1)])
    let never = try ChainComparison(jumps: jumps, predicted: chain([[0, 1e-2], [0, 0]]))
    #expect(never.entries.map(\.from) == [0, 1])
    #expect(never.entries[0].pValue == 0 && never.entries[0].logEstimated == -.infinity)
    // The signed root of the deviance, √(2·10⁴), where the tail is below all doubles.
    #expect(abs(never.entries[0].standardErrorsApart - 2e4.squareRoot()) < 1e-9)
    #expect(never.entries[1].standardErrorsApart == -.infinity)
    #expect(never.entries[1].pValue == 0 && never.entries[1].expectedCount == 0)
    #expect(never.test.pValue == 0)
    // A rate that no double holds is compared in logarithms.
    let tiny = try MarkovChain(
      stateCount: 2,
      transitions: [
        .init(from: 0, to: 1, logRate: -3000), .init(from: 1, to: 0, logRate: 0),
      ])
    let comparison = try ChainComparison(jumps: jumps, predicted: tiny)
    #expect(comparison.entries[0].logPredicted == -3000)
    #expect(comparison.entries[0].pValue == 1)
    #expect(comparison.test.pValue > 0.3)
  }

  @Test("inefficient jumps count less; what does not fit is refused")
  func inefficiencies() throws {
    let jumps = try JumpCounts(
      residenceTimes: [10, 10], entries: [.init(from: 0, to: 1, count: 40)])
    let predicted = try chain([[0, 3], [1, 0]])
    let entry = try #require(
      ChainComparison(jumps: jumps, predicted: predicted, inefficiencies: [4, 1]).entries.first)
    #expect(entry.count == 10 && abs(entry.expectedCount - 7.5) < 1e-12)
    #expect(abs(entry.logEstimated - log(4.0)) < 1e-12)
    #expect(throws: ChainComparisonError.differentStates(predicted: 3, estimated: 2)) {
      try ChainComparison(jumps: jumps, predicted: chain(JumpProcess.threeStates))
    }
    #expect(throws: ChainComparisonError.invalidInefficiencies([1, 0])) {
      try ChainComparison(jumps: jumps, predicted: predicted, inefficiencies: [1, 0])
    }
    #expect(throws: EstimationError.invalidLevel(1)) {
      try ChainComparison(jumps: jumps, predicted: predicted, level: 1)
    }
    #expect(throws: ChainComparisonError.invalidFrameTime(0)) {
      try ChainComparison(
        transitions: TransitionCounts(matrix: .identity(2)), predicted: predicted, frameTime: 0)
    }
    #expect(throws: EstimationError.noResidenceTime(state: 0)) {
      try ChainComparison(
        jumps: JumpCounts(
          residenceTimes: [0, 1], entries: [.init(from: 0, to: 1, count: 1)]),
        predicted: predicted)
    }
  }

  @Test(
    "over 200 repetitions the deviations from the true chain are standard normal",
    arguments: [(1000, false), (150, false), (1000, true)])
  func coverage(frames: Int, effective: Bool) async throws {
    let predicted = try chain(JumpProcess.threeStates)
    var scores: [Double] = []
    var stationary: [Double] = []
    var refused = 0
    var refusedStationary = 0
    var covered = 0
    for seed in 1...200 {
      let result = try await jumpStudy(
        trajectories: 16, frames: frames, seed: UInt64(seed), timeStep: 0.02
      ).run()
      let comparison = try result.comparison(with: predicted, effective: effective)
      scores += comparison.entries.map(\.standardErrorsApart)
      covered += comparison.entries.count {
        $0.logLower <= $0.logPredicted && $0.logPredicted <= $0.logUpper
      }
      if comparison.test.pValue < 0.05 { refused += 1 }
      if frames > 500 {
        let shares = try result.stationaryComparison(with: predicted, effective: effective)
        stationary += shares.entries.map(\.standardErrorsApart)
        if try #require(shares.test).pValue < 0.05 { refusedStationary += 1 }
      }
    }
    #expect(scores.count == 1200)
    // 16 trajectories are 16 groups: a measured variance of 15 degrees of freedom makes the
    // deviations those of Student's distribution, of standard deviation √(15/13) = 1.07 for one
    // jump and less for the two of a state together.
    let all = meanAndDeviation(scores)
    #expect(abs(all.mean) < 0.1)
    #expect(abs(all.deviation - 1) < 0.1)
    // 95 % intervals cover at least that; those of the exact law a little more.
    #expect(Double(covered) / 1200 > (effective ? 0.92 : 0.94))
    #expect(Double(covered) / 1200 < 0.985)
    // 10 of 200 expected, standard deviation 3.1.
    #expect(refused <= (effective ? 26 : 20) && refused >= 2)
    if frames > 500 {
      let shares = meanAndDeviation(stationary)
      #expect(abs(shares.mean) < 0.15)
      #expect(abs(shares.deviation - 1) < 0.12)
      #expect(refusedStationary <= (effective ? 26 : 20))
    }
  }

  @Test("at a lag the deviations are standard normal with effective counts, not with sliding ones")
  func coverageAtLag() async throws {
    // The generator that a step of Δt = 0.02 has: ln(1 + 0.02 Q)/0.02.
    let step = Matrix([
      [0.97, 0.02, 0.01], [0.016, 0.978, 0.006], [0.012, 0.004, 0.984],
    ])
    let predicted = try GeneratorEstimate(transitionMatrix: step, lag: 0.02).chain
    var effective: [Double] = []
    var sliding: [Double] = []
    var strided: [Double] = []
    var refused = 0
    for seed in 1...200 {
      let result = try await jumpStudy(
        trajectories: 64, frames: 400, seed: UInt64(seed), lags: [20], timeStep: 0.02
      ).run()
      let comparison = try result.comparison(with: predicted, lag: 20)
      effective += comparison.entries.map(\.standardErrorsApart)
      if comparison.test.pValue < 0.05 { refused += 1 }
      for mode in [TransitionCounts.Mode.sliding, .strided] {
        let entries = try ChainComparison(
          transitions: result.transitionCounts(lag: 20, mode: mode), predicted: predicted,
          frameTime: 0.02
        ).entries.map(\.standardErrorsApart)
        if mode == .sliding { sliding += entries } else { strided += entries }
      }
    }
    #expect(abs(meanAndDeviation(effective).mean) < 0.1)
    #expect(abs(meanAndDeviation(effective).deviation - 1) < 0.1)
    #expect(abs(meanAndDeviation(strided).mean) < 0.1)
    #expect(abs(meanAndDeviation(strided).deviation - 1) < 0.1)
    #expect(meanAndDeviation(sliding).deviation > 3)
    #expect(refused <= 22)
  }

  @Test("a chain with one wrong rate is refuted, at that entry")
  func wrongChain() async throws {
    var rates = JumpProcess.threeStates
    rates[1][2] = 0.4
    let result = try await jumpStudy(trajectories: 64, frames: 20_000).run()
    let comparison = try result.comparison(with: chain(rates))
    let worst = try #require(
      comparison.entries.max {
        $0.standardErrorsApart.magnitude < $1.standardErrorsApart.magnitude
      })
    #expect(worst.from == 1 && worst.to == 2)
    // ln(0.4/0.3) times the root of about 1350 jumps.
    #expect(worst.standardErrorsApart > 7 && worst.standardErrorsApart < 13)
    #expect(comparison.test.pValue < 1e-8)
    #expect(try result.comparison(with: chain(JumpProcess.threeStates)).test.pValue > 0.001)
    let shares = try #require(result.stationaryComparison(with: chain(rates)).test)
    #expect(shares.pValue < 1e-6)
  }
}
