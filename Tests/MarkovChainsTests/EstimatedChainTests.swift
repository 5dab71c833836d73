import Glibc
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Chains of maximum likelihood")
struct EstimatedChainTests {
  // deeptime 0.4.5, MaximumLikelihoodMSM(maxerr=1e-14): stationary distribution and ln timescales.
  @Test("Detailed balance: distribution and time scales of deeptime")
  func reversible() throws {
    let estimate = try TransitionCounts(trajectories: EstimationData.trajectories, lag: 1)
      .maximumLikelihood()
    let pi = [
      0.2502705515033962, 0.1623201961827, 0.11537247245599698, 0.20033579080037892,
      0.15484097516347084, 0.11686001389405717,
    ]
    #expect(largestError(estimate.logStationaryDistribution(), pi.map { log($0) }) < 1e-10)
    #expect(
      largestError(
        try estimate.logImpliedTimescales(),
        [
          5.218128990096735, 0.2574210361251741, -0.2034831683311145, -0.22710898536400925,
          -0.5098224144036203,
        ]) < 1e-10)
    #expect(abs(estimate.transitionMatrix[2, 1] - 0.26202392706723) < 1e-13)
    #expect(abs(estimate.transitionMatrix[1, 3] - 0.00526973090457) < 1e-13)
    // The mean first-passage time in steps.
    #expect(
      abs(try estimate.chain.logMeanFirstPassageTimes(to: [5])[0] - 6.00627758430662) < 1e-10)
  }

  @Test("Lag 10: time scales are in frames, passage times in steps")
  func lagTen() throws {
    let counts = try TransitionCounts(trajectories: EstimationData.trajectories, lag: 10)
    #expect(
      largestError(
        try counts.maximumLikelihood().logImpliedTimescales(),
        [
          5.185948185806056, 1.016649273573994, 1.0145087094329002, 0.862958882008199,
          0.565107519541888,
        ]) < 1e-9)
    let free = try counts.maximumLikelihood(.unconstrained)
    // A complex pair is among them.
    #expect(
      largestError(
        try free.logImpliedTimescales(),
        [
          5.185939693623258, 0.9658796776354366, 0.9629380270984444, 0.8268364711729295,
          0.8268364711729295,
        ]) < 1e-9)
    #expect(
      abs(try free.chain.logMeanFirstPassageTimes(to: [5])[0] - 3.8299822674190467) < 1e-10)
  }

  // mpmath with 60 digits: root of the self-consistency equations.
  @Test("Detailed balance where the wells have 1e7 counts and the links a few")
  func metastable() throws {
    let counts = try TransitionCounts(matrix: [
      [9_000_000, 800_000, 0, 3], [810_000, 5_000_000, 2, 0], [0, 4, 7_000_000, 300_000],
      [1, 0, 310_000, 2_000_000],
    ])
    let estimate = try counts.maximumLikelihood()
    #expect(
      largestError(
        estimate.logStationaryDistribution(),
        [
          -0.941597188360363153, -1.47681893310930654, -1.23044410003268131,
          -2.41385412449421056,
        ]) < 1e-12)
    for (from, to, value) in [
      (0, 3, -15.4183991189981016), (3, 0, -13.9461421828642542), (1, 2, -14.4674796224513144),
      (2, 1, -14.7138544555279396), (0, 1, -2.50552495921328823), (3, 2, -2.00843425223453762),
    ] {
      #expect(abs(estimate.chain.logRate(from: from, to: to) - value) < 1e-12)
    }
    for row in 0..<4 {
      #expect(abs(estimate.transitionMatrix.row(row).reduce(0, +) - 1) < 1e-14)
    }
  }

  // p01 = p10 = 1e-400 (to rounding): 1 − λ = 2e-400 and the passage takes 1e400 steps.
  @Test("A time scale beyond the range of doubles", arguments: [1, 10])
  func slow(lag: Int) throws {
    let counts = try TransitionCounts(matrix: [[1e300, 1e-100], [1e-100, 1e300]], lag: lag)
    for reversibility in [Reversibility.unconstrained, .detailedBalance] {
      let estimate = try counts.maximumLikelihood(reversibility)
      let passage = try estimate.chain.logMeanFirstPassageTimes(to: [1])[0]
      #expect(abs(passage - 400 * log(10.0)) < 1e-12 * 921)
      let scale = try estimate.logImpliedTimescales()[0]
      #expect(abs(scale - (400 * log(10.0) - log(2.0) + log(Double(lag)))) < 1e-12 * 921)
    }
  }

  // Two states: every chain has detailed balance, so the rows are the frequencies.
  @Test("Two states, and sets that are not connected")
  func small() throws {
    let two = try TransitionCounts(matrix: [[90, 10], [1, 9]]).maximumLikelihood()
    #expect(largestError(two.transitionMatrix.elements, [0.9, 0.1, 0.1, 0.9]) < 1e-15)
    #expect(abs(try two.logImpliedTimescales()[0] - log(-1 / log(0.8))) < 1e-13)
    let parts = try TransitionCounts(
      matrix: [[9, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 3], [0, 0, 1, 1]]
    ).maximumLikelihood()
    #expect(
      largestError(
        parts.transitionMatrix.elements,
        [0.9, 0.1, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0.25, 0.75, 0, 0, 0.5, 0.5]) < 1e-15)
    let alone = try TransitionCounts(matrix: [[4]]).maximumLikelihood()
    #expect(alone.transitionMatrix == [[1]])
  }

  // Counts π_i p_ij N of a reversible chain are their own estimate.
  @Test("Balanced counts over sixty decades are reproduced")
  func balanced() throws {
    // Birth and death with π_i = 10^−(2i), fluxes 10^−(2i+3).
    let entries = (0..<30).flatMap { i -> [TransitionCounts.Entry] in
      let flux = pow(10, Double(-2 * i - 3))
      return [
        .init(from: i, to: i, count: pow(10, Double(-2 * i))),
        .init(from: i, to: i + 1, count: flux), .init(from: i + 1, to: i, count: flux),
      ]
    }
    let counts = try TransitionCounts(stateCount: 31, entries: entries)
    let free = try counts.maximumLikelihood(.unconstrained)
    let bound = try counts.maximumLikelihood()
    #expect(
      largestError(
        bound.chain.transitions.map(\.logRate), free.chain.transitions.map(\.logRate)) < 1e-12)
    #expect(
      largestError(
        bound.logStationaryDistribution(), free.logStationaryDistribution()) < 1e-11)
  }

  @Test("Propagation is multiplication by the matrix")
  func propagation() throws {
    let estimate = try TransitionCounts(matrix: [[90, 10], [1, 9]]).maximumLikelihood()
    // 0.9² + 0.1² = 0.82.
    #expect(largestError(try estimate.propagate([1, 0], steps: 2), [0.82, 0.18]) < 1e-15)
    #expect(throws: EstimationError.wrongLength(expected: 2, given: 1)) {
      try estimate.propagate([1], steps: 1)
    }
  }

  // Root of the equations of Trendelkamp-Schroer & Noé (2013) by mpmath with 40 digits; deeptime
  // gives the same to its eight printed digits.
  @Test("A given stationary distribution")
  func givenDistribution() throws {
    let counts = try TransitionCounts(matrix: [
      [50, 3, 1, 0], [2, 20, 4, 0], [0, 5, 10, 6], [0, 0, 9, 7],
    ])
    let logs = [0.4, 0.1, 0.3, 0.2].map { log($0) }
    let estimate = try counts.maximumLikelihood(logStationaryDistribution: logs)
    #expect(
      largestError(
        estimate.transitionMatrix.elements,
        [
          0.95861986608166253, 0.028365734594632633, 0.013014399323704841, 0,
          0.11346293837853053, 0.64458587580151808, 0.24195118581995139, 0,
          0.017352532431606454, 0.080650395273317131, 0.54025617810724302, 0.36174089418783339,
          0, 0, 0.54261134128175009, 0.45738865871824991,
        ]) < 1e-14)
    #expect(largestError(estimate.logStationaryDistribution(), logs) < 1e-13)
  }

  // With x_ij = π_i p_ij the rows of states 1 and 2 are full: x01 = ¼ − t, x02 = 0.15 − t, x12 = t,
  // 9/t = 5/(¼ − t) + 2/(0.15 − t), t = 0.10823304805043110172 (mpmath; SLSQP finds the same face).
  @Test("A given stationary distribution where no frame stayed")
  func givenDistributionAtTheBound() throws {
    let t = 0.10823304805043110172
    let counts = try TransitionCounts(matrix: [[0, 3, 1], [2, 0, 4], [1, 5, 0]])
    let estimate = try counts.maximumLikelihood(
      logStationaryDistribution: [log(0.6), log(0.25), log(0.15)])
    #expect(
      largestError(
        estimate.transitionMatrix.elements,
        [
          1 - (0.4 - 2 * t) / 0.6, (0.25 - t) / 0.6, (0.15 - t) / 0.6, (0.25 - t) / 0.25, 0,
          t / 0.25, (0.15 - t) / 0.15, t / 0.15, 0,
        ]) < 1e-12)
    // π = (¾, ¼), only jumps: p10 = 1, p01 = 1/3.
    let two = try TransitionCounts(matrix: [[0, 5], [5, 0]]).maximumLikelihood(
      logStationaryDistribution: [log(3.0), 0])
    #expect(largestError(two.transitionMatrix.elements, [2 / 3.0, 1 / 3.0, 1, 0]) < 1e-12)
    // One-way counts and a state that was never seen.
    let oneWay = try TransitionCounts(matrix: [[5, 5, 0], [0, 0, 0], [0, 0, 0]])
      .maximumLikelihood(logStationaryDistribution: [0, -700, -900])
    #expect(oneWay.logStayProbabilities[2] == 0)
    // x01 is at most π1 = e⁻⁷⁰⁰ and takes all of it.
    #expect(abs(oneWay.chain.logRate(from: 0, to: 1) + 700) < 1e-11)
    #expect(throws: EstimationError.invalidStationaryDistribution(state: 1, logarithm: -.infinity))
    {
      try TransitionCounts(matrix: [[0, 5], [5, 0]])
        .maximumLikelihood(logStationaryDistribution: [0, -.infinity])
    }
  }
}
