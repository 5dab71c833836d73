import MarkovChains
import Testing

extension ReferenceChain {
  static let all: [(name: String, chain: ReferenceChain)] = [
    ("reversible, 1e-8", reversible8), ("reversible, 1e-100", reversible100),
    ("reversible, 1e-300", reversible300), ("birth-death, 1e-30", birthDeath30),
    ("birth-death, 1e-300", birthDeath300), ("directed, 1e-30", directed30),
    ("directed, 1e-300", directed300),
  ]

  func chain() throws -> MarkovChain { try makeChain(edges) }
}

/// A chain from edges written as from>to:log rate.
func makeChain(_ text: String) throws -> MarkovChain {
  let edges = makeEdges(text)
  let count = edges.reduce(0) { max($0, $1.from, $1.to) } + 1
  return try MarkovChain(
    stateCount: count,
    transitions: edges.map { .init(from: $0.from, to: $0.to, logRate: $0.value) })
}

func makeEdges(_ text: String) -> [(from: Int, to: Int, value: Double)] {
  text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { edge in
    let parts = edge.split(whereSeparator: { $0 == ">" || $0 == ":" })
    guard parts.count == 3, let from = Int(parts[0]), let to = Int(parts[1]),
      let value = Double(parts[2])
    else { return nil }
    return (from, to, value)
  }
}

/// The largest absolute difference; equal infinities differ by 0.
func largestError(_ values: [Double], _ expected: [Double]) -> Double {
  guard values.count == expected.count else { return .infinity }
  return zip(values, expected).reduce(0) { $1.0 == $1.1 ? $0 : max($0, abs($1.0 - $1.1)) }
}

@Suite("Chains with reference answers of many digits")
struct ReferenceChainTests {
  @Test("ln π is right to 1e-11", arguments: ReferenceChain.all)
  func stationary(_ item: (name: String, chain: ReferenceChain)) throws {
    let values = try item.chain.chain().logStationaryDistribution()
    let error = largestError(values, ReferenceChain.numbers(item.chain.logStationary))
    #expect(error <= 1e-11)
  }

  @Test("ln mean first-passage times are right to 1e-11", arguments: ReferenceChain.all)
  func times(_ item: (name: String, chain: ReferenceChain)) throws {
    let chain = try item.chain.chain()
    let times = try chain.logMeanFirstPassageTimes(to: [item.chain.target])
    let error = largestError(times, ReferenceChain.numbers(item.chain.logTimes))
    #expect(error <= 1e-11)
    let column = chain.logMeanFirstPassageTimeMatrix().map { $0[item.chain.target] }
    #expect(largestError(column, ReferenceChain.numbers(item.chain.logTimes)) <= 1e-11)
  }

  @Test("Standard deviations of first-passage times are right", arguments: ReferenceChain.all)
  func deviations(_ item: (name: String, chain: ReferenceChain)) throws {
    let chain = try item.chain.chain()
    let values = try chain.logFirstPassageStandardDeviations(to: [item.chain.target])
    let error = largestError(values, ReferenceChain.numbers(item.chain.logDeviations))
    #expect(error <= 1e-11)
  }

  @Test("ln q and ln(1 − q) are right to 1e-11", arguments: ReferenceChain.all)
  func committor(_ item: (name: String, chain: ReferenceChain)) throws {
    let chain = item.chain
    let committor = try chain.chain().committor(from: chain.from, to: chain.to)
    let error = largestError(committor.logCommittor, ReferenceChain.numbers(chain.logCommittor))
    let other = largestError(
      committor.logComplement, ReferenceChain.numbers(chain.logComplement))
    #expect(error <= 1e-11)
    #expect(other <= 1e-11)
  }

  @Test("Relaxation times are right to 1e-10", arguments: ReferenceChain.all)
  func relaxation(_ item: (name: String, chain: ReferenceChain)) throws {
    let spectrum = try item.chain.chain().relaxationTimes()
    let error = largestError(
      spectrum.logTimes, ReferenceChain.numbers(item.chain.logRelaxation))
    #expect(error <= 1e-10)
    #expect(!spectrum.modes.contains { $0.isOscillating })
  }

  @Test("The Kemeny constant is right", arguments: ReferenceChain.all)
  func kemeny(_ item: (name: String, chain: ReferenceChain)) throws {
    let value = try #require(try item.chain.chain().logKemenyConstant())
    #expect(abs(value - item.chain.logKemeny) <= 1e-11)
  }

  // Fluxes and paths from exact net fluxes with 300 and 3000 digits.
  @Test("Reactive flux and dominant paths of chains without detailed balance")
  func paths() throws {
    let first = try ReferenceChain.directed30.chain()
    let passage = try first.passage(from: [3], to: [10, 8])
    #expect(abs(passage.logReactiveFlux + 40.255138157544742083) < 1e-11)
    let paths = try first.dominantPaths(from: [3], to: [10, 8], count: 3)
    #expect(
      paths.map(\.states) == [[3, 9, 5, 8], [3, 9, 5, 6, 7, 10], [3, 4, 5, 6, 7, 10]])
    #expect(
      largestError(
        paths.map(\.share), [0.86151678506566944, 0.10257065835601657, 0.035906520548550703])
        < 1e-13)
    let second = try ReferenceChain.directed300.chain()
    let flux = try second.passage(from: [3], to: [10, 8]).logReactiveFlux
    #expect(abs(flux + 402.71997800000002085) < 1e-11)
    let stiff = try second.dominantPaths(from: [3], to: [10, 8], count: .max)
    #expect(stiff.map(\.states).prefix(2) == [[3, 9, 5, 8], [3, 9, 5, 6, 7, 10]])
    #expect(abs((stiff.first?.share ?? 0) - 0.99999998848810527) < 1e-14)
    #expect(abs((stiff.dropFirst().first?.share ?? 0) - 1.1511889589064431e-8) < 1e-14)
  }

  // A slow ring of four states, each with a fast satellite; eigenvalues with 700 digits.
  @Test("Complex pairs survive at slow rates of e⁻⁴⁶⁰ beside fast rates of 1")
  func complexPairs() throws {
    let chain = try makeChain(
      """
      0>1:-400.0 0>4:-0.0 4>0:-60.0 1>2:-399.0 1>5:-1.0 5>1:-61.0 2>3:-398.0 2>6:-2.0 6>2:-62.0
      3>0:-397.0 3>7:-3.0 7>3:-63.0
      """)
    let modes = try chain.relaxationTimes().modes
    #expect(
      largestError(
        modes.map(\.logTime),
        [
          458.294056313799527, 458.294056313799527, 456.995322085673772, 3.0, 2.0, 1.0,
          -8.75651076269652034e-27,
        ]) < 1e-10)
    #expect(
      largestError(
        modes.prefix(3).map(\.logFrequency),
        [-460.160875934457733, -460.160875934457733, -.infinity]) < 1e-10)
    #expect(modes.dropFirst(2).allSatisfy { !$0.isOscillating })
  }
}
