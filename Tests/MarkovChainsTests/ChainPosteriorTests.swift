import Glibc
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Posterior samples")
struct ChainPosteriorTests {
  // Dirichlet rows of parameters a: means a_i/s, variances a_i(s − a_i)/(s²(s + 1)).
  @Test("Rows without detailed balance are Dirichlet variates")
  func dirichlet() throws {
    let counts = try TransitionCounts(matrix: [[5, 2, 0.25], [3, 4, 2], [0, 1, 6]])
    for (prior, pseudo) in [(TransitionPrior.sparse, 0.0), (.uniform(1), 1)] {
      let posterior = try counts.posterior(
        .unconstrained, prior: prior, sampleCount: 20_000, seed: 3)
      for i in 0..<3 {
        let row = counts.matrix.row(i).map { $0 + pseudo }
        let sum = row.reduce(0, +)
        for j in 0..<3 {
          let p = try posterior.summary { $0.transitionMatrix[i, j] }
          let deviation = (row[j] * (sum - row[j]) / (sum + 1)).squareRoot() / sum
          #expect(abs(p.mean - row[j] / sum) <= 4 * deviation / 20_000.0.squareRoot())
          #expect(abs(p.standardDeviation - deviation) <= 0.04 * deviation)
        }
      }
    }
  }

  // Two-dimensional quadrature of the density in scipy (trapezoidal rule, agreeing to 1e-14 on two
  // grids), and 40 000 samples of deeptime's reversible sampler agree with it. Mean and standard
  // deviation of p01, p02, p10, p12, p20, p21 and ln(π0/π1).
  struct Reversible: Sendable {
    let counts: Matrix
    let moments: [(Double, Double)]
  }
  static let reversible = [
    Reversible(
      counts: [[5, 2, 1], [3, 4, 2], [2, 1, 6]],
      moments: [
        (0.21601188030712842, 0.12508289948522458), (0.15898811969287155, 0.10810063999644377),
        (0.3635449952825525, 0.14353114210059126), (0.19201056027300298, 0.11391855022606744),
        (0.19201056027300303, 0.11391855022606744), (0.14132277306033025, 0.09797066025821646),
        (0.6266613408812489, 0.7452599507019559),
      ]),
    Reversible(
      counts: [[2, 1, 1], [1, 1, 0], [2, 1, 3]],
      moments: [
        (0.3025743436697509, 0.19673891562117182), (0.19742565633024908, 0.1679027462129323),
        (0.3948513126604981, 0.2607422368953576), (0.10514868733950183, 0.14036646043254808),
        (0.36838289577983396, 0.17768975134351164), (0.13161710422016604, 0.12108594252949838),
        (0.1838289577983394, 1.2789355407976017),
      ]),
    Reversible(
      counts: [[900, 30, 2], [28, 700, 9], [4, 6, 1500]],
      moments: [
        (0.030973394950324033, 0.005574952424450771),
        (0.0033613689981738244, 0.0015815640169359183),
        (0.039528895395248315, 0.007050067100674969),
        (0.010674632420219803, 0.003545191418372179),
        (0.001898810658080792, 0.0009160371194376278),
        (0.0047237058982105996, 0.0016420402828522193),
        (0.2441938254064011, 0.25100690166543277),
      ]),
  ]

  @Test("Three states with detailed balance", arguments: 0..<3)
  func reversible(number: Int) throws {
    let reference = Self.reversible[number]
    let posterior = try TransitionCounts(matrix: reference.counts)
      .posterior(sampleCount: 20_000, seed: 11)
    let summaries = try posterior.summaries { sample in
      let p = sample.transitionMatrix
      return [
        p[0, 1], p[0, 2], p[1, 0], p[1, 2], p[2, 0], p[2, 1],
        log(p[0, 1] * p[1, 2] * p[2, 0] / (p[1, 0] * p[2, 1] * p[0, 2])),
        // Detailed balance gives ln(π0/π1).
        log(p[1, 0] / p[0, 1]),
      ]
    }
    #expect(abs(summaries[6].lower) < 1e-9 && abs(summaries[6].upper) < 1e-9)
    for (summary, (mean, deviation)) in zip(
      Array(summaries[0..<6]) + [summaries[7]], reference.moments)
    {
      #expect(abs(summary.mean - mean) < 4 * summary.standardError)
      #expect(summary.standardError < 3 * deviation / 20_000.0.squareRoot())
      #expect(abs(summary.standardDeviation / deviation - 1) < 0.05)
    }
  }

  // Beta distributions of parameters (c01, c00) and (c10, c11); E ln p = ψ(a) − ψ(a + b),
  // variance ψ′(a) − ψ′(a + b).
  @Test("Two states: both posteriors are the same beta distributions")
  func twoStates() throws {
    let counts = try TransitionCounts(matrix: [[40, 2], [3, 9]])
    for reversibility in [Reversibility.unconstrained, .detailedBalance] {
      let posterior = try counts.posterior(reversibility, sampleCount: 20_000, seed: 8)
      let first = try posterior.summary { $0.chain.logRate(from: 0, to: 1) }
      // scipy: digamma(2) − digamma(42), √(polygamma(1, 2) − polygamma(1, 42)).
      #expect(abs(first.mean + 3.302933282838815) < 4 * first.standardError)
      #expect(abs(first.standardDeviation / 0.7879332757312361 - 1) < 0.04)
    }
  }

  @Test("A basin against another, joined by few counts, is sampled at once")
  func metastable() throws {
    // ln(π_A/π_B) has a spread of order one; each link between the wells has 3 counts or less.
    let counts = try TransitionCounts(matrix: [
      [90_000, 8_000, 0, 3], [8_100, 50_000, 2, 0], [0, 3, 70_000, 3_000],
      [1, 0, 3_100, 20_000],
    ])
    let posterior = try counts.posterior(sampleCount: 4_000, seed: 2)
    let ratio = try posterior.summary {
      $0.chain.logRate(from: 2, to: 1) - $0.chain.logRate(from: 1, to: 2)
    }
    // Nearly independent samples: the error of the mean is that of 4000 draws.
    #expect(ratio.standardError < 2 * ratio.standardDeviation / 4_000.0.squareRoot())
    #expect(ratio.standardDeviation > 0.5 && ratio.standardDeviation < 1.2)
  }

  @Test("The same seed gives the same samples, another seed others")
  func seeds() throws {
    let counts = try TransitionCounts(matrix: [[5, 2, 1], [3, 4, 2], [2, 1, 6]])
    for reversibility in [Reversibility.unconstrained, .detailedBalance] {
      let first = try counts.posterior(reversibility, sampleCount: 5, seed: 1)
      #expect(try counts.posterior(reversibility, sampleCount: 5, seed: 1).samples == first.samples)
      #expect(try counts.posterior(reversibility, sampleCount: 5, seed: 2).samples != first.samples)
    }
  }

  // Data from known chains drawn from the prior: an interval of level 0.9 contains the truth with
  // probability 0.9. 400 repetitions have a standard error of 1.5 %.
  @Test("Intervals cover the truth as often as they say")
  func coverage() throws {
    var random = SplitMix(state: 20)
    var hits = 0
    let repetitions = 400
    for repetition in 0..<repetitions {
      // Two probabilities, uniform as the prior says, and a trajectory of 200 frames.
      let (a, b) = (random.uniform(), random.uniform())
      var state = 0
      var trajectory = [0]
      for _ in 0..<200 {
        if random.uniform() < (state == 0 ? a : b) { state = 1 - state }
        trajectory.append(state)
      }
      let counts = try TransitionCounts(trajectories: [trajectory], stateCount: 2)
      let posterior = try counts.posterior(
        .unconstrained, prior: .uniform(1), sampleCount: 400, seed: UInt64(repetition))
      let time = try posterior.summary(level: 0.9) {
        try $0.chain.logMeanFirstPassageTimes(to: [1])[0]
      }
      if time.lower <= -log(a), -log(a) <= time.upper { hits += 1 }
    }
    #expect(abs(Double(hits) / Double(repetitions) - 0.9) < 4 * 0.015)
  }

  @Test("Summaries of known samples")
  func summary() throws {
    let summary = try PosteriorSummary(values: (0...100).map { Double($0) }, level: 0.9)
    #expect(summary.mean == 50 && summary.median == 50)
    #expect(abs(summary.lower - 5) < 1e-12 && abs(summary.upper - 95) < 1e-12)
    // Σ(k − 50)² = 2 · 50 · 51 · 101/6 = 85850.
    #expect(abs(summary.standardDeviation - 858.5.squareRoot()) < 1e-12)
    let infinite = try PosteriorSummary(values: [-.infinity, -.infinity])
    #expect(infinite.mean == -.infinity && infinite.standardDeviation == 0)
    #expect(throws: EstimationError.invalidLevel(1)) { try PosteriorSummary(values: [1], level: 1) }
  }
}

/// A small generator for the data of tests (Steele, Lea & Flood 2014).
struct SplitMix {
  var state: UInt64
  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }
}
