import Foundation
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Quantities that rounding hides")
struct LostDigitsTests {
  /// A loop 0 → 1 ⇄ 2 → 3 → 0 whose recrossings of 1 and 2 are e^gap times as many as its passages.
  /// There is one pathway, whatever the gap.
  @Test(
    "The pathway of a loop is found below any number of recrossings",
    arguments: [20.0, 34, 80, 400])
  func loop(gap: Double) throws {
    let chain = try MarkovChain(
      stateCount: 4,
      transitions: [
        .init(from: 0, to: 1, logRate: -1), .init(from: 1, to: 2, logRate: 0.3),
        .init(from: 2, to: 1, logRate: 0.1), .init(from: 2, to: 3, logRate: -gap),
        .init(from: 3, to: 0, logRate: -2), .init(from: 1, to: 0, logRate: -gap - 3),
      ])
    let paths = try chain.dominantPaths(from: [0], to: [3])
    #expect(paths.map(\.states) == [[0, 1, 2, 3]])
    #expect((paths[0].share - 1).magnitude < 1e-12)
  }

  /// Groups {1} and {0, 2}, of which the second is no metastable one. By the published formula with
  /// 300 digits (mpmath) ln k from the second to the first is −90.6202, and back −51.2931.
  @Test("A rate of Hummer and Szabo that doubles lose is found with more digits, or named")
  func hummerSzabo() throws {
    let chain = try MarkovChain(
      stateCount: 3,
      transitions: [
        .init(from: 1, to: 0, logRate: -4.301556218937197),
        .init(from: 1, to: 2, logRate: -65.97695571219937),
        .init(from: 2, to: 1, logRate: -97.96209319665462),
        .init(from: 0, to: 1, logRate: -43.627949617545724),
      ])
    let groups = try StateGroups(labels: [1, 0, 1])
    let rates = try chain.hummerSzaboRates(groups)
    #expect((rates.rate(from: 1, to: 0).logMagnitude + 90.620189256634594).magnitude < 1e-12)
    #expect((rates.rate(from: 0, to: 1).logMagnitude + 51.293147832159317).magnitude < 1e-12)
    #expect(rates.uncertainPairs().isEmpty)
    // Without memory for numbers of many digits.
    let plain = try EliminationSettings.$current.withValue(.init(memoryLimit: 1)) {
      try chain.hummerSzaboRates(groups)
    }
    #expect(plain.uncertainPairs().map { [$0.from, $0.to] } == [[0, 1]])
  }

  /// P = (½ ½; ¼ ¾) has the eigenvalues 1 and ¼.
  @Test("The modes of a chain in discrete time are those of its matrix")
  func discreteModes() throws {
    let chain = try DiscreteTimeChain(rows: [[0.5, 0.5], [0.25, 0.75]])
    let modes = try chain.slowestModes(count: 1)
    #expect((exp(modes[0].logTime) + 1 / log(0.25)).magnitude < 1e-14)
    // Alternation: λ = −½ decays as slowly as ½.
    let alternating = try DiscreteTimeChain(rows: [[0.25, 0.75], [0.75, 0.25]])
    #expect((exp(try alternating.slowestModes(count: 1)[0].logTime) - 1 / log(2)).magnitude < 1e-14)
    // After n steps: 1 − 2^−n of a start in 0 have left it for ever if 1 is absorbing.
    let absorbing = try DiscreteTimeChain(rows: [[0.5, 0.5], [0, 1]])
    #expect((absorbing.occupation(after: 10, from: [1, 0])[0] - pow(0.5, 10)).magnitude < 1e-16)
    #expect((absorbing.transitionMatrix(steps: 40)[0, 0] - pow(0.5, 40)).magnitude < 1e-24)
  }
}
