import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// Uniform numbers in [0, 1) from a linear congruence with a fixed seed.
struct UniformNumbers {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
}

/// A strongly connected chain without detailed balance, rates over e²⁵⁰, mean degree 5.
func randomTransitions(_ count: Int, seed: UInt64) -> [MarkovChain.Transition] {
  var numbers = UniformNumbers(state: seed)
  var result: [MarkovChain.Transition] = []
  for i in 0..<count {
    result.append(.init(from: i, to: (i + 1) % count, logRate: -250 * numbers.next()))
    for _ in 0..<4 {
      let j = Int(numbers.next() * Double(count))
      let logRate = -250 * numbers.next()
      if j != i { result.append(.init(from: i, to: j, logRate: logRate)) }
    }
  }
  return result
}

@Suite("Properties of random stiff chains")
struct PropertyTests {
  @Test("Probability flows balance in every state, whatever the order of the states")
  func balance() throws {
    let count = 300
    let transitions = randomTransitions(count, seed: 5)
    let chain = try MarkovChain(stateCount: count, transitions: transitions)
    let stationary = chain.logStationaryDistribution()
    #expect(abs(logSumExp(stationary)) < 1e-13)
    var inflow = [[Double]](repeating: [], count: count)
    for item in chain.transitions { inflow[item.to].append(stationary[item.from] + item.logRate) }
    for i in 0..<count {
      #expect(abs(logSumExp(inflow[i]) - stationary[i] - chain.logExitRate(of: i)) < 1e-11)
    }
    let permuted = try MarkovChain(
      stateCount: count,
      transitions: transitions.map {
        .init(from: $0.from * 7 % count, to: $0.to * 7 % count, logRate: $0.logRate)
      })
    let other = permuted.logStationaryDistribution()
    #expect(largestError((0..<count).map { other[$0 * 7 % count] }, stationary) < 1e-11)
  }

  @Test("The Kemeny constant does not depend on the start and is the sum of the relaxation times")
  func kemeny() throws {
    let count = 40
    let chain = try MarkovChain(
      stateCount: count, transitions: randomTransitions(count, seed: 11))
    let stationary = chain.logStationaryDistribution()
    let kemeny = try #require(chain.logKemenyConstant())
    for row in chain.logMeanFirstPassageTimeMatrix() {
      #expect(abs(logSumExp(zip(row, stationary).map { $0 + $1 }) - kemeny) < 1e-11)
    }
    let modes = try chain.relaxationTimes().modes
    #expect(modes.count == count - 1)
    // The sum of Re(1/λ); the dominant times here are real.
    #expect(abs(logSumExp(modes.filter { !$0.isOscillating }.map(\.logTime)) - kemeny) < 1e-9)
  }

  @Test("Committors satisfy their equations and add up to one")
  func committor() throws {
    let count = 200
    let chain = try MarkovChain(
      stateCount: count, transitions: randomTransitions(count, seed: 3))
    let committor = try chain.committor(from: [0, 5], to: [100, 7])
    var inflow = [[Double]](repeating: [], count: count)
    var missed = inflow
    for item in chain.transitions {
      inflow[item.from].append(item.logRate + committor.logCommittor[item.to])
      missed[item.from].append(item.logRate + committor.logComplement[item.to])
    }
    for i in 0..<count where ![0, 5, 100, 7].contains(i) {
      let exit = chain.logExitRate(of: i)
      #expect(abs(logSumExp(inflow[i]) - exit - committor.logCommittor[i]) < 1e-11)
      #expect(abs(logSumExp(missed[i]) - exit - committor.logComplement[i]) < 1e-11)
      #expect(abs(exp(committor.logCommittor[i]) + exp(committor.logComplement[i]) - 1) < 1e-13)
    }
  }

  @Test("The reactive flux is carried by the paths and is the same from either end")
  func flux() throws {
    let count = 60
    let chain = try MarkovChain(
      stateCount: count,
      transitions: randomTransitions(count, seed: 21).map {
        .init(from: $0.from, to: $0.to, logRate: $0.logRate / 50)
      })
    let paths = try chain.dominantPaths(from: [0], to: [30, 31], count: .max)
    #expect(abs(paths.map(\.share).reduce(0, +) - 1) < 1e-10)
    let ahead = try chain.passage(from: [0], to: [30, 31])
    let back = try chain.passage(from: [30, 31], to: [0])
    #expect(abs(ahead.logReactiveFlux - back.logReactiveFlux) < 1e-12)
  }
}
