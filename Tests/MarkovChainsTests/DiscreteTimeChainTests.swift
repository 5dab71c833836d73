import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// Probabilities that are powers of two, with answers from exact rational arithmetic; steps are
/// counted to {5, 6}.
struct ExactDiscreteChain: Sendable {
  let edges: [(Int, Int, Int)]
  let logSelf: [Double]
  let logStationary: [Double]
  let logTimes: [Double]
  let logSecond: [Double]
  let logDeviations: [Double]
  let logKemeny: Double

  static let lazy = ExactDiscreteChain(
    edges: [
      (0, 1, -24), (0, 2, -35), (0, 4, -3), (1, 2, -17), (1, 3, -5), (1, 6, -12), (2, 0, -32),
      (2, 3, -17), (3, 4, -8), (4, 1, -2), (4, 5, -15), (5, 2, -13), (5, 3, -26), (5, 6, -12),
      (6, 0, -6),
    ],
    logSelf: [
      -0.13353146077738049509, -0.032008623725327770645, -7.6296564676485386845e-6,
      -0.0039138993211363290923, -0.28772276338381234, -0.00036629291572104696283,
      -0.015748356968139168608,
    ],
    logStationary: [
      -8.5624000489346138214, -2.334521467995899874, -2.1792568652920376144,
      -0.25479481377223065176, -4.4059386542433119976, -6.8908859933076591419,
      -6.4829591324702130905,
    ],
    logTimes: [
      10.617630821333959282, 10.617459085488705257, 12.056206941741191344, 10.62368364663436033,
      10.617434956928173676, -.infinity, -.infinity,
    ],
    logSecond: [
      22.207630803434049572, 22.207530668534240512, 24.626510189847261362, 22.212240951908120374,
      22.207482660601896403, -.infinity, -.infinity,
    ],
    logDeviations: [
      10.86625827459374913, 10.866282191133650034, 11.857552755681930837, 10.866270159793033615,
      10.866258262915847907, -.infinity, -.infinity,
    ],
    logKemeny: 11.687093186251922048)

  static let quick = ExactDiscreteChain(
    edges: [
      (0, 1, -5), (0, 4, -3), (1, 0, -2), (1, 2, -3), (2, 1, -3), (2, 3, -3), (2, 6, -4),
      (3, 1, -3), (3, 2, -3), (3, 4, -3), (4, 2, -2), (4, 3, -4), (4, 5, -5), (5, 1, -4),
      (5, 6, -2), (6, 0, -2), (6, 2, -4),
    ],
    logSelf: [
      -0.1698990367953974729, -0.47000362924573555365, -0.37469344944141069361,
      -0.47000362924573555365, -0.42121346507630355059, -0.37469344944141069361,
      -0.37469344944141069361,
    ],
    logStationary: [
      -1.1642027174966400343, -1.9825886051780990984, -1.4831321932403888183,
      -2.2959854065795532165, -1.896311577404506831, -4.198896670398552515,
      -2.857800447655638975,
    ],
    logTimes: [
      3.9252682321781666969, 3.9252682321781666969, 3.7534179752515074745, 3.8712010109078909291,
      3.7534179752515074745, -.infinity, -.infinity,
    ],
    logSecond: [
      8.4619951190017857782, 8.4633553405308533593, 8.2810005087292229417, 8.4024019024345633645,
      8.2756849721572621727, -.infinity, -.infinity,
    ],
    logDeviations: [
      3.8399440024213766503, 3.8414295772010061426, 3.83139798815183742, 3.8374854490600564794,
      3.8264549821147657489, -.infinity, -.infinity,
    ],
    logKemeny: 2.7865675929109007835)

  func chain() throws -> DiscreteTimeChain {
    var rows = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 7)
    for (from, to, power) in edges { rows[from][to] = exp2(Double(power)) }
    for state in 0..<7 { rows[state][state] = 1 - rows[state].reduce(0, +) }
    return try DiscreteTimeChain(rows: rows)
  }
}

@Suite("Chains in discrete time")
struct DiscreteTimeChainTests {
  @Test("Answers are those of exact fractions", arguments: [false, true])
  func exact(isLazy: Bool) throws {
    let exact = isLazy ? ExactDiscreteChain.lazy : .quick
    let chain = try exact.chain()
    #expect(largestError(chain.logSelfProbabilities, exact.logSelf) < 1e-15)
    #expect(largestError(chain.logStationaryDistribution(), exact.logStationary) < 1e-13)
    let times = try chain.logMeanFirstPassageTimes(to: [5, 6])
    #expect(largestError(times, exact.logTimes) < 1e-13)
    let second = try chain.logFirstPassageSecondMoments(to: [5, 6])
    #expect(largestError(second, exact.logSecond) < 1e-13)
    let deviations = try chain.logFirstPassageStandardDeviations(to: [6, 5])
    #expect(largestError(deviations, exact.logDeviations) < 1e-13)
    let kemeny = try #require(chain.logKemenyConstant())
    #expect(abs(kemeny - exact.logKemeny) < 1e-13)
    #expect(chain.communicatingClasses.count == 1)
    #expect(try chain.period(of: chain.communicatingClasses[0]) == 1)
    let sparse = try DiscreteTimeChain(stateCount: 7, transitions: chain.transitions)
    #expect(sparse == chain)
    let plain = try DiscreteTimeChain(
      stateCount: 7,
      probabilities: chain.transitions.map { ($0.from, $0.to, exp($0.logProbability)) })
    #expect(largestError(plain.logStationaryDistribution(), exact.logStationary) < 1e-13)
  }

  // Gambler's ruin with fair steps from i of n: probability i/n, i(n − i) steps.
  @Test("Gambler's ruin")
  func ruin() throws {
    let n = 10
    var items: [(from: Int, to: Int, probability: Double)] = [(0, 0, 1), (n, n, 1)]
    for i in 1..<n { items += [(i, i - 1, 0.5), (i, i + 1, 0.5)] }
    let chain = try DiscreteTimeChain(stateCount: n + 1, probabilities: items)
    let absorption = try chain.logAbsorptionProbabilities(of: [[0], [n]])
    let steps = try chain.logMeanFirstPassageTimes(to: [0, n])
    let won = try chain.committor(from: [0], to: [n]).logCommittor
    for i in 0...n {
      let share = Double(i) / Double(n)
      #expect(abs(exp(absorption[1][i]) - share) < 1e-14)
      #expect(abs(exp(absorption[0][i]) - (1 - share)) < 1e-14)
      #expect(abs(exp(won[i]) - share) < 1e-14)
      #expect(abs(exp(steps[i]) - Double(i * (n - i))) < 1e-12)
    }
    // From 1, state j < n is visited 2(n − j)/n times before the end.
    let start = (0...n).map { $0 == 1 ? 0 : -Double.infinity }
    let visits = try chain.logExpectedVisits(from: start, before: [0, n])
    for j in 1..<n { #expect(abs(exp(visits[j]) - 2 * Double(n - j) / Double(n)) < 1e-13) }
    #expect(try chain.logMeanFirstPassageTimes(to: [n])[5] == .infinity)
    #expect(chain.communicatingClasses.filter(\.isRecurrent).map(\.states) == [[0], [n]])
  }

  // A ring walked one way has a certain number of steps: second moment k², deviation 0; one fair
  // coin at the end makes it k + geometric with variance 2.
  @Test("Nearly certain numbers of steps keep the digits of their spread")
  func certain() throws {
    let n = 1000
    var items = (0..<n).map { (from: $0, to: ($0 + 1) % n, probability: 1.0) }
    let ring = try DiscreteTimeChain(stateCount: n, probabilities: items)
    let second = try ring.logFirstPassageSecondMoments(to: [n - 1])
    #expect(abs(second[0] - 2 * log(Double(n - 1))) < 1e-12)
    #expect(
      try ring.logFirstPassageStandardDeviations(to: [n - 1]).allSatisfy { $0 == -.infinity })
    #expect(try ring.period(of: ring.communicatingClasses[0]) == n)
    items[n - 2].probability = 0.5
    items.append((from: n - 2, to: n - 2, probability: 0.5))
    let coin = try DiscreteTimeChain(stateCount: n, probabilities: items)
    let deviations = try coin.logFirstPassageStandardDeviations(to: [n - 1])
    for state in 0..<n - 1 { #expect(abs(deviations[state] - log(2.0) / 2) < 1e-12) }
    #expect(try coin.period(of: coin.communicatingClasses[0]) == 1)
  }

  // A geometric number of steps of mean e⁵⁰⁰⁰.
  @Test("Probabilities far below the smallest double")
  func tiny() throws {
    let chain = try DiscreteTimeChain(
      stateCount: 2,
      transitions: [
        .init(from: 0, to: 0, logProbability: 0), .init(from: 0, to: 1, logProbability: -5000),
        .init(from: 1, to: 0, logProbability: 0),
      ])
    #expect(try chain.logMeanFirstPassageTimes(to: [1])[0] == 5000)
    let deviation = try chain.logFirstPassageStandardDeviations(to: [1])[0]
    #expect(abs(deviation - 5000) < 1e-11)
    #expect(largestError(chain.logStationaryDistribution(), [0, -5000]) < 1e-11)
  }

  @Test("Periods of classes")
  func periods() throws {
    // {0, 1, 2, 3} with cycles of 4 and 2; {4} stays; 5 is left at once.
    let chain = try DiscreteTimeChain(
      stateCount: 6,
      probabilities: [
        (0, 1, 1), (1, 2, 0.5), (1, 0, 0.5), (2, 3, 1), (3, 0, 1), (4, 4, 1), (5, 4, 1),
      ])
    #expect(try chain.communicatingClasses.map { try chain.period(of: $0) } == [2, 1, 0])
  }

  @Test("The jumps of a chain in continuous time")
  func jumps() throws {
    let chain = try makeChain("0>1:-300 0>2:-301 1>0:5 3>0:-2")
    let jumps = DiscreteTimeChain(jumpsOf: chain)
    let rows = chain.jumpChain()
    for item in jumps.transitions { #expect(rows[item.from][item.to] == item.logProbability) }
    #expect(jumps.transitions.count == 5)
    let checked = try DiscreteTimeChain(stateCount: 4, transitions: jumps.transitions)
    #expect(checked == jumps)
  }

  @Test("Bad probabilities are named")
  func errors() throws {
    #expect(throws: DiscreteTimeChainError.noStates) { try DiscreteTimeChain(rows: []) }
    #expect(throws: DiscreteTimeChainError.rowLength(row: 1, count: 1, stateCount: 2)) {
      try DiscreteTimeChain(rows: [[0.5, 0.5], [1]])
    }
    #expect(
      throws: DiscreteTimeChainError.invalidProbability(from: 0, to: 1, probability: -0.5)
    ) { try DiscreteTimeChain(rows: [[1.5, -0.5], [0, 1]], tolerance: 1) }
    #expect(throws: DiscreteTimeChainError.rowSum(row: 1, sum: 0.75, tolerance: 1e-9)) {
      try DiscreteTimeChain(rows: [[0.5, 0.5], [0.5, 0.25]])
    }
    #expect(throws: DiscreteTimeChainError.repeatedTransition(from: 0, to: 0)) {
      try DiscreteTimeChain(
        stateCount: 1, probabilities: [(0, 0, 0.5), (0, 0, 0.5)])
    }
    #expect(throws: DiscreteTimeChainError.unknownState(3, stateCount: 2)) {
      try DiscreteTimeChain(stateCount: 2, probabilities: [(0, 3, 1)])
    }
    #expect(throws: DiscreteTimeChainError.invalidTolerance(-1)) {
      try DiscreteTimeChain(stateCount: 1, transitions: [], tolerance: -1)
    }
    #expect(throws: DiscreteTimeChainError.self) {
      try DiscreteTimeChain(rows: [[.nan, 1], [0, 1]])
    }
    #expect(throws: DiscreteTimeChainError.self) {
      try DiscreteTimeChain(
        stateCount: 1, transitions: [.init(from: 0, to: 0, logProbability: 0.1)])
    }
  }
}
