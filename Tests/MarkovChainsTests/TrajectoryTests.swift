import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// Whether an average of samples agrees with an expectation within some standard errors.
private func agrees(_ samples: [Double], _ expected: Double, errors: Double = 4) -> Bool {
  let n = Double(samples.count)
  let mean = samples.reduce(0, +) / n
  let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
  return abs(mean - expected) <= errors * (variance / n).squareRoot()
}

/// A mild chain with two absorbing states, 6 and 7. From 0, by dense linear algebra (numpy): the
/// probabilities of either, the moments of the time, and the mean time over the cases of either.
private enum TwoExits {
  static let edges = """
    0>1:0.849 0>2:-0.181 0>3:-2.01 0>5:-0.433 0>6:-4.687 0>7:-5.731 1>2:-2.063 1>3:-1.933
    1>4:0.608 1>5:-2.545 1>6:-2.534 1>7:-4.019 2>0:-0.357 2>1:-0.235 2>3:-0.401 2>6:-6.243
    3>0:-2.225 3>6:-5.073 4>0:0.057 4>1:-0.239 4>7:-5.899 5>2:0.613 5>6:-5.524 5>7:-5.127
    """
  static let probabilities = [0.8274761891478372, 0.17252381085216137]
  static let mean = 55.078282695217716
  static let secondMoment = 6425.62967222798
  static let partialMeans = [45.86787538391565, 9.210407311301987]
}

@Suite("Trajectories")
struct TrajectoryTests {
  // Known answers of the paper's reference implementation (Random123, kat_vectors), as 64-bit words.
  @Test("The generator is Philox4x32-10")
  func philox() {
    var generator = PhiloxGenerator(seed: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)
    generator = PhiloxGenerator(seed: .max, stream: .max, position: .max)
    #expect(generator.next() == 0x41c8_3b0e_408f_276d)
    #expect(generator.next() == 0x6d54_51fd_a20b_c7c6)
    generator = PhiloxGenerator(
      seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e,
      position: 0x85a3_08d3_243f_6a88)
    #expect(generator.next() == 0x94fd_cceb_d16c_fe09)
    #expect(generator.next() == 0x2412_6ea1_5001_e420)
  }

  private func check(_ exits: [Int], _ times: [Double]) {
    #expect(agrees(exits.map { $0 == 6 ? 1 : 0 }, TwoExits.probabilities[0]))
    #expect(agrees(times, TwoExits.mean))
    #expect(agrees(times.map { $0 * $0 }, TwoExits.secondMoment))
    #expect(agrees(zip(exits, times).map { $0 == 6 ? $1 : 0 }, TwoExits.partialMeans[0]))
    #expect(agrees(zip(exits, times).map { $0 == 7 ? $1 : 0 }, TwoExits.partialMeans[1]))
  }

  @Test("Samples of the first passage have the exact moments and exits", arguments: [0.0, 690])
  func firstPassage(shift: Double) throws {
    let edges = makeEdges(TwoExits.edges)
    let chain = try MarkovChain(
      stateCount: 8,
      transitions: edges.map { .init(from: $0.from, to: $0.to, logRate: $0.value - shift) })
    let samples = try chain.firstPassageSamples(from: [0], to: [6, 7], count: 40_000, seed: 2)
    check(samples.compactMap(\.target), samples.map { exp($0.logTime - shift) })
    let again = try chain.firstPassageSamples(from: [0], to: [6, 7], count: 100, seed: 2)
    #expect(again == Array(samples.prefix(100)))
    let escapes = try chain.escapeSamples(
      from: [5, 4, 3, 2, 1, 0], start: 0, count: 40_000, seed: 5)
    check(escapes.map(\.exit), escapes.map { exp($0.logTime - shift) })
  }

  @Test(
    "Trajectories have the same distribution however traps are left",
    arguments: [
      TrapRule.none, .growing(maximumSize: 3), .growing(maximumSize: 100),
      .rateThreshold(logRate: -1), .rateThreshold(logRate: -100),
    ])
  func rules(_ rule: TrapRule) throws {
    let chain = try makeChain(TwoExits.edges)
    var exits: [Int] = []
    var times: [Double] = []
    for stream in 0..<4000 {
      let trajectory = try chain.trajectory(
        from: 0, to: [6, 7], maximumSteps: 100_000, traps: rule, seed: 77,
        stream: UInt64(stream))
      exits.append(trajectory.states.last ?? -1)
      times.append(exp(trajectory.logArrivalTimes.last ?? .nan))
      #expect(abs(logSumExp(trajectory.logResidenceTimes) - log(times[stream])) < 1e-12)
    }
    check(exits, times)
  }

  // 0 ⇄ 1 at rate 1, out of 1 at a small rate k: the time is exponential with mean 2/k.
  @Test("A trap with 10³⁰ and 10⁴⁰⁰ recrossings", arguments: [-30, -400.0])
  func trap(exponent: Double) throws {
    let logRate = exponent * log(10.0)
    let chain = try MarkovChain(
      stateCount: 4,
      transitions: [
        .init(from: 0, to: 1, logRate: 0), .init(from: 1, to: 0, logRate: 0),
        .init(from: 1, to: 2, logRate: logRate - log(3.0)),
        .init(from: 1, to: 3, logRate: logRate + log(2.0 / 3)),
      ])
    let clock = ContinuousClock()
    var samples: [FirstPassageSample] = []
    let time = try clock.measure {
      samples = try chain.firstPassageSamples(from: [0], to: [2, 3], count: 20_000, seed: 9)
    }
    #expect(time < .seconds(2))
    let times = samples.map { exp($0.logTime + logRate) }
    #expect(agrees(times, 2))
    #expect(agrees(times.map { $0 * $0 }, 8))
    // The median of an exponential time of mean 2.
    #expect(agrees(times.map { $0 < 2 * log(2.0) ? 1 : 0 }, 0.5))
    #expect(agrees(samples.map { $0.target == 2 ? 1 : 0 }, 1.0 / 3))
    let trajectory = try chain.trajectory(
      from: 0, maximumSteps: 1000, traps: .rateThreshold(logRate: -1), seed: 1)
    #expect(trajectory.states.count == 2)
    let grown = try chain.trajectory(
      from: 0, maximumSteps: 1000, traps: .growing(maximumSize: 10), seed: 1)
    #expect([2, 3].contains(grown.states.last) && grown.states.count < 30)
  }

  // Ten basins of ten states in a row, rates inside of order 1, between them e⁻⁶⁰.
  @Test("Exact mean and deviation of a passage over nested traps")
  func nested() throws {
    var numbers = UniformNumbers(state: 4)
    var transitions: [MarkovChain.Transition] = []
    for basin in 0..<10 {
      for i in 0..<10 {
        for j in 0..<10 where i != j && (numbers.next() < 0.3 || j == (i + 1) % 10) {
          transitions.append(
            .init(from: 10 * basin + i, to: 10 * basin + j, logRate: -30 * numbers.next()))
        }
      }
      if basin > 0 {
        transitions.append(.init(from: 10 * basin, to: 10 * basin - 1, logRate: -61))
        transitions.append(.init(from: 10 * basin - 1, to: 10 * basin, logRate: -60))
      }
    }
    let chain = try MarkovChain(stateCount: 100, transitions: transitions)
    let passage = try chain.passage(from: [0, 1, 2], to: [99])
    let samples = try chain.firstPassageSamples(
      from: [0, 1, 2], to: [99], count: 4000, seed: 12)
    let times = samples.map { exp($0.logTime - passage.logMeanTime) }
    let relative = exp(passage.logStandardDeviation - passage.logMeanTime)
    #expect(agrees(times, 1))
    #expect(agrees(times.map { $0 * $0 }, 1 + relative * relative))
    let stationary = chain.logStationaryDistribution()
    let total = logSumExp(stationary[0..<3])
    for state in 0..<3 {
      #expect(
        agrees(samples.map { $0.start == state ? 1 : 0 }, exp(stationary[state] - total))
          || stationary[state] - total < -12)
    }
    // The same from trap to trap.
    let walks = try (0..<300).map { stream in
      try chain.trajectory(
        from: 0, to: [99], maximumSteps: 1_000_000, traps: .growing(maximumSize: 60), seed: 3,
        stream: UInt64(stream))
    }
    let start = try chain.logMeanFirstPassageTimes(to: [99])[0]
    #expect(agrees(walks.map { exp(($0.logArrivalTimes.last ?? 0) - start) }, 1))
  }

  @Test("A target that can be missed, a trap that is not left, and mistakes")
  func edgeCases() throws {
    // From 0 to 1 or 2 with probability ½ each; 2 and 3 form a trap without an exit.
    let chain = try makeChain("0>1:-400 0>2:-400 2>3:0 3>2:0")
    let samples = try chain.firstPassageSamples(from: [0], to: [1], count: 2000, seed: 6)
    #expect(agrees(samples.map { $0.target == 1 ? 1 : 0 }, 0.5))
    for sample in samples { #expect((sample.target == nil) == (sample.logTime == .infinity)) }
    #expect(try chain.trajectory(from: 1, maximumSteps: 5, seed: 1).states == [1])
    #expect(try chain.trajectory(from: 2, maximumSteps: 5, seed: 1).states.count == 6)
    #expect(
      try chain.trajectory(from: 2, maximumSteps: 5, traps: .rateThreshold(logRate: -1), seed: 1)
        .states == [2])
    #expect(throws: TrajectoryError.trapNotLeft(start: 2)) {
      try chain.escapeSamples(from: [2, 3], start: 2, count: 1, seed: 1)
    }
    #expect(throws: TrajectoryError.startOutsideTrap(1)) {
      try chain.escapeSamples(from: [2, 3], start: 1, count: 1, seed: 1)
    }
    #expect(throws: TrajectoryError.negativeCount(name: "maximumSteps", -1)) {
      try chain.trajectory(from: 0, maximumSteps: -1, seed: 1)
    }
  }
}
