import Glibc
import LinearAlgebra
import MarkovChains
import Testing

extension ExactChain {
  static let all: [(name: String, chain: ExactChain)] = [
    ("60 binary digits", moderate), ("1200 binary digits", stiff),
  ]

  func chain() throws -> MarkovChain {
    try MarkovChain(
      stateCount: 9,
      transitions: makeEdges(edges).map {
        .init(from: $0.from, to: $0.to, logRate: $0.value * log(2.0))
      })
  }

  static let start: [Double] = [
    -.infinity, -.infinity, log(1.0), -.infinity, -.infinity, log(3.0), -.infinity, -.infinity,
    -.infinity,
  ]
}

@Suite("Chains with answers from exact fractions")
struct ExactChainTests {
  @Test("Every answer is right through every way of elimination", arguments: ExactChain.all)
  func answers(_ item: (name: String, chain: ExactChain)) throws {
    let exact = item.chain
    let chain = try exact.chain()
    for settings in EliminationSettings.paths {
      try EliminationSettings.$current.withValue(settings) {
        #expect(largestError(chain.logStationaryDistribution(), exact.logStationary) < 1e-12)
        let moments = try chain.logFirstPassageMoments(to: [8, 7], order: 3)
        #expect(largestError(moments[0], exact.logTimes) < 1e-12)
        #expect(largestError(moments[1], exact.logSecond) < 1e-12)
        #expect(largestError(moments[2], exact.logThird) < 1e-12)
        let second = try chain.logFirstPassageSecondMoments(to: [7, 8])
        #expect(second == moments[1])
        let absorption = try chain.logAbsorptionProbabilities(of: [[0], [4, 3], [8]])
        for (values, expected) in zip(absorption, exact.logAbsorption) {
          #expect(largestError(values, expected) < 1e-12)
        }
        let times = try chain.logOccupationTimes(from: ExactChain.start, before: [7, 8])
        #expect(largestError(times, exact.logOccupation) < 1e-12)
        let visits = try chain.logExpectedVisits(from: ExactChain.start, before: [7, 8])
        #expect(largestError(visits, exact.logVisits) < 1e-12)
        let entrance = try chain.logEntranceDistribution(from: ExactChain.start, into: [7, 8])
        #expect(largestError(entrance, exact.logEntrance) < 1e-12)
        let rates = try chain.passageRates(from: [0, 1], to: [7, 8])
        let found = [
          rates.logMeanTime, rates.logSecondMoment, rates.logSteadyState, rates.logNonSteadyState,
          rates.logMeanInverseTime, rates.logQuasiStationary,
        ]
        #expect(largestError(found, exact.rates) < 1e-12)
        #expect(rates.logInverseMeanTime == -rates.logMeanTime)
      }
    }
  }

  @Test("Two sets of absorbing states are a committor", arguments: ExactChain.all)
  func committor(_ item: (name: String, chain: ExactChain)) throws {
    let chain = try item.chain.chain()
    let absorption = try chain.logAbsorptionProbabilities(of: [[2], [6, 1]])
    let committor = try chain.committor(from: [2], to: [1, 6])
    #expect(largestError(absorption[1], committor.logCommittor) < 1e-13)
    #expect(largestError(absorption[0], committor.logComplement) < 1e-13)
  }

  // A ladder 0 ⇄ 1 ⇄ … ⇄ n with all rates 1, killed at n: −Q is tridiagonal with eigenvalues
  // 2 − 2 cos((2k + 1)π/(2n + 1)), so that the slowest decays are of similar speed.
  @Test("Quasi-stationary rates converge without a gap", arguments: [2, 30, 400])
  func ladder(n: Int) throws {
    let chain = try MarkovChain.ladder(n)
    let rates = try chain.passageRates(from: [0], to: [n])
    let expected = 2 * log(2 * sin(Double.pi / Double(2 * (2 * n + 1))))
    #expect(abs(rates.logQuasiStationary - expected) < 1e-11)
    // Two copies that hardly mix: the gap between the two slowest decays is e⁻²⁰.
    let twins = try MarkovChain(
      stateCount: 2 * n + 1,
      transitions: chain.transitions.flatMap { item in
        [
          item,
          .init(
            from: item.from == n ? n : item.from + n + 1, to: item.to == n ? n : item.to + n + 1,
            logRate: item.logRate),
        ].filter { $0.from != n }
      } + [.init(from: 0, to: n + 1, logRate: -20), .init(from: n + 1, to: 0, logRate: -20)])
    let twinRates = try twins.passageRates(from: [0], to: [n])
    #expect(abs(twinRates.logQuasiStationary - expected) < 1e-11)
  }

  @Test("What may never be left is said to be so")
  func closed() throws {
    // 0 → 1 ⇄ 2 closed, 0 → 3, 4 → 0; nothing leaves 3.
    let chain = try makeChain("0>1:0 1>2:0 2>1:0 0>3:0 4>0:0")
    let infinite = Double.infinity
    let start = try chain.logUniformStart(over: [4])
    let times = try chain.logOccupationTimes(from: start, before: [3])
    let expected: [Double] = [-log(2.0), infinite, infinite, -infinite, 0]
    #expect(times == expected)
    let visits = try chain.logExpectedVisits(from: start, before: [3])
    #expect(visits == [0, infinite, infinite, -infinite, 0])
    let entrance = try chain.logEntranceDistribution(from: start, into: [3])
    #expect(entrance == [-infinite, -infinite, -infinite, -log(2.0), -infinite])
    let absorption = try chain.logAbsorptionProbabilities(of: [[3]])
    #expect(absorption == [[-log(2.0), -infinite, -infinite, 0, -log(2.0)]])
    let rates = try chain.passageRates(from: [4], to: [3])
    #expect(rates.logMeanTime == infinite)
    #expect(rates.logSecondMoment == infinite)
    #expect(rates.logQuasiStationary == -infinite)
    #expect(rates.logMeanInverseTime == -infinite)
    #expect(rates.logSteadyState == -log(2.0))
  }

  @Test("Bad questions are named")
  func errors() throws {
    let chain = try makeChain("0>1:0 1>0:0")
    #expect(throws: StartError.wrongCount(1, stateCount: 2)) {
      try chain.logOccupationTimes(from: [0], before: [1])
    }
    #expect(throws: StartError.noWeight) {
      try chain.logExpectedVisits(from: [-.infinity, -.infinity], before: [1])
    }
    #expect(throws: StartError.invalidWeight(state: 1, logWeight: .infinity)) {
      try chain.logOccupationTimes(from: [0, .infinity], before: [1])
    }
    #expect(throws: MarkovChainError.overlappingSets(state: 1)) {
      try chain.logAbsorptionProbabilities(of: [[1], [0, 1]])
    }
    #expect(throws: MarkovChainError.emptySet(name: "target 0")) {
      try chain.logAbsorptionProbabilities(of: [[]])
    }
  }
}
