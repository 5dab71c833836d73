import Glibc
import MarkovChains
import Testing

@Suite("Reducible chains")
struct ReducibleChainTests {
  // Two recurrent classes {1, 2} and {3}, transient {0} and {4, 5}.
  let text = "0>1:-1 0>3:-1 1>2:-3 2>1:-4 4>5:0 5>4:0 5>0:-2"

  @Test("Communicating classes")
  func communicatingClasses() throws {
    let classes = try makeChain(text).communicatingClasses
    #expect(classes.map(\.states) == [[0], [1, 2], [3], [4, 5]])
    #expect(classes.map(\.isRecurrent) == [false, true, true, false])
  }

  @Test("A chain of 100 000 one-way states needs no recursion")
  func deep() throws {
    let n = 100_000
    let chain = try MarkovChain(
      stateCount: n, transitions: (0..<n - 1).map { .init(from: $0, to: $0 + 1, logRate: 0) })
    #expect(chain.communicatingClasses.count == n)
    #expect(chain.logStationaryDistribution()[n - 1] == 0)
    #expect(abs(try chain.logMeanFirstPassageTimes(to: [n - 1])[0] - log(Double(n - 1))) < 1e-12)
  }

  @Test("Each recurrent class has its own distribution")
  func stationary() throws {
    let values = try makeChain(text).logStationaryDistribution()
    // Balance of 1 ⇄ 2 with rates e⁻³ and e⁻⁴.
    let total: Double = log1p(exp(1.0))
    let expected: [Double] = [-.infinity, -total, 1 - total, 0, -.infinity, -.infinity]
    #expect(largestError(values, expected) < 1e-14)
  }

  @Test("Times are infinite where a set may be missed")
  func times() throws {
    let chain = try makeChain(text)
    let toOne = try chain.logMeanFirstPassageTimes(to: [1])
    let infinite = Double.infinity
    let single: [Double] = [infinite, -infinite, 4, infinite, infinite, infinite]
    #expect(toOne == single)
    // From 0 to either class: rate 2/e; from {4, 5}: rate e⁻² at half of the time, and 1 more.
    let both = try chain.logMeanFirstPassageTimes(to: [1, 3])
    let fromFive: Double = 2 * exp(2.0) + exp(1.0) / 2
    let expected: [Double] = [
      1 - log(2.0), -.infinity, 4, -.infinity, log(fromFive + 1), log(fromFive),
    ]
    #expect(largestError(both, expected) < 1e-14)
    #expect(chain.logKemenyConstant() == nil)
    #expect(try chain.passage(from: [4], to: [1]).logMeanTime == .infinity)
    #expect(try chain.passage(from: [4], to: [1]).logReactiveFlux == -.infinity)
    #expect(try chain.dominantPaths(from: [4], to: [1], count: 3).isEmpty)
  }

  @Test("Committors count what is never reached as not reached")
  func committor() throws {
    let chain = try makeChain(text)
    let committor = try chain.committor(from: [0], to: [2])
    let never = -Double.infinity
    let reached: [Double] = [never, 0, 0, never, never, never]
    let missed: [Double] = [0, never, never, 0, 0, 0]
    #expect(committor.logCommittor == reached)
    #expect(committor.logComplement == missed)
  }

  // Eigenvalues of the blocks: −2/e; −(e⁻³ + e⁻⁴); −1 − e⁻²/2 ± √(1 + e⁻⁴/4).
  @Test("Relaxation times are those of the classes")
  func relaxation() throws {
    let root = sqrt(1 + exp(-4.0) / 4)
    let middle = 1 + exp(-2.0) / 2
    let expected = [
      2 + log(middle + root), -log(exp(-3.0) + exp(-4.0)), 1 - log(2.0), -log(middle + root),
    ].sorted(by: >)
    let values = try makeChain(text).relaxationTimes().logTimes
    #expect(largestError(values, expected) < 1e-13)
  }

  @Test("Bad questions are named")
  func errors() throws {
    let chain = try makeChain(text)
    #expect(throws: MarkovChainError.emptySet(name: "to")) {
      try chain.logMeanFirstPassageTimes(to: [])
    }
    #expect(throws: MarkovChainError.unknownState(9, stateCount: 6)) {
      try chain.committor(from: [9], to: [1])
    }
    #expect(throws: MarkovChainError.overlappingSets(state: 1)) {
      try chain.passage(from: [0, 1], to: [1])
    }
    #expect(throws: MarkovChainError.selfLoop(state: 1)) {
      try MarkovChain(stateCount: 2, transitions: [.init(from: 1, to: 1, logRate: 0)])
    }
    #expect(throws: MarkovChainError.noStates) {
      try MarkovChain(stateCount: 0, transitions: [])
    }
  }

  @Test("Repeated transitions add, those of rate zero are dropped")
  func repeated() throws {
    let chain = try MarkovChain(
      stateCount: 3,
      transitions: [
        .init(from: 1, to: 0, logRate: 0), .init(from: 0, to: 1, logRate: -5),
        .init(from: 1, to: 0, logRate: 0), .init(from: 0, to: 2, logRate: -.infinity),
      ])
    #expect(
      chain.transitions == [
        .init(from: 0, to: 1, logRate: -5), .init(from: 1, to: 0, logRate: log(2.0)),
      ])
  }
}
