import Glibc
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Jump counts")
struct JumpCountsTests {
  @Test("Jumps and residence times of trajectories with a gap")
  func counting() throws {
    let counts = try JumpCounts(trajectories: [
      [
        .init(state: 0, duration: 2), .init(state: 1, duration: 0.5),
        .init(state: 1, duration: 0.25), .init(state: 0, duration: 1),
        .init(state: -1, duration: 9), .init(state: 2, duration: 4),
      ],
      [.init(state: 2, duration: 1), .init(state: 0, duration: 3)],
    ])
    #expect(counts.residenceTimes == [6, 0.75, 5])
    #expect(
      counts.entries == [
        .init(from: 0, to: 1, count: 1), .init(from: 1, to: 0, count: 1),
        .init(from: 2, to: 0, count: 1),
      ])
    let chain = try counts.maximumLikelihood(.unconstrained)
    #expect(abs(chain.logRate(from: 1, to: 0) - log(1 / 0.75)) < 1e-15)
    #expect(counts.largestConnectedSet().labels == [0, 1])
    #expect(throws: EstimationError.noWayBack(from: 2, to: 0)) { try counts.maximumLikelihood() }
  }

  // With detailed balance the likelihood in x_ij = π_i k_ij and π: x_ij = N^s_ij/(T_i/π_i + T_j/π_j),
  // π_i = Σ_j x_ij T_i/N_i. Solved by mpmath (50 digits).
  @Test("The most likely generator with detailed balance")
  func reversible() throws {
    let counts = try JumpCounts(
      residenceTimes: [100, 3, 0.5],
      entries: [
        .init(from: 0, to: 1, count: 12), .init(from: 1, to: 0, count: 7),
        .init(from: 1, to: 2, count: 30), .init(from: 2, to: 1, count: 25),
        .init(from: 2, to: 0, count: 4), .init(from: 0, to: 2, count: 1),
      ])
    let chain = try counts.maximumLikelihood()
    for (from, to, rate) in reversibleJumpRates {
      #expect(abs(chain.logRate(from: from, to: to) - log(rate)) < 1e-13)
    }
    // Exit rates are N_i/T_i.
    #expect(abs(chain.logExitRate(of: 1) - log(37 / 3.0)) < 1e-13)
  }

  // Gamma distribution of shape N and rate T: mean N/T, standard deviation √N/T; the median for
  // shape 3 is 2.674060313723561 (scipy.stats.gamma.ppf(0.5, 3)).
  @Test("The posterior of a rate is a gamma distribution")
  func posterior() throws {
    let counts = try JumpCounts(
      residenceTimes: [4, 1],
      entries: [.init(from: 0, to: 1, count: 3), .init(from: 1, to: 0, count: 3)])
    let exact = try counts.ratePosterior(from: 0, to: 1)
    #expect(exact.mean == 0.75)
    #expect(abs(exact.quantile(0.5) - 2.674060313723561 / 4) < 1e-12)
    for reversibility in [Reversibility.unconstrained, .detailedBalance] {
      let posterior = try counts.posterior(reversibility, sampleCount: 20_000, seed: 5)
      let rate = try posterior.summary { exp($0.logRate(from: 0, to: 1)) }
      #expect(abs(rate.mean - 0.75) < 4 * rate.standardError)
      #expect(abs(rate.standardDeviation / exact.standardDeviation - 1) < 0.04)
      #expect(abs(rate.median - exact.quantile(0.5)) < 0.02)
    }
  }

  @Test("What is wrong is named")
  func errors() {
    #expect(throws: EstimationError.invalidHoldingTime(time: 0, trajectory: 0, visit: 1)) {
      try JumpCounts(
        trajectories: [[.init(state: 0, duration: 1), .init(state: 1, duration: 0)]])
    }
    #expect(throws: EstimationError.noData) { try JumpCounts(trajectories: [[]]) }
    #expect(throws: EstimationError.noResidenceTime(state: 0)) {
      try JumpCounts(
        residenceTimes: [0, 1],
        entries: [.init(from: 0, to: 1, count: 3), .init(from: 1, to: 0, count: 3)]
      ).maximumLikelihood()
    }
  }
}

private let reversibleJumpRates = [
  (0, 1, 0.102389188709062761), (0, 2, 0.0276108112909372387), (1, 0, 2.92036037636457462),
  (1, 2, 9.41297295696875871), (2, 0, 4.47783774181255227), (2, 1, 53.5221622581874477),
]
