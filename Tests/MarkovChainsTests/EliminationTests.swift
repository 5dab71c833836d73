import Glibc
import LinearAlgebra
import MarkovChains
import Testing

extension EliminationSettings {
  /// State by state, and by panels of several widths.
  static let paths = [
    EliminationSettings(smallestPanel: .max), EliminationSettings(panelWidth: 1, smallestPanel: 1),
    EliminationSettings(panelWidth: 3, smallestPanel: 1),
    EliminationSettings(panelWidth: 64, smallestPanel: 1),
  ]
}

extension MarkovChain {
  /// 0 ⇄ 1 ⇄ … ⇄ n, all rates 1.
  static func ladder(_ n: Int) throws -> MarkovChain {
    try birthDeath(
      up: [Double](repeating: 0, count: n), down: [Double](repeating: 0, count: n))
  }
}

@Suite("Ways of elimination")
struct EliminationTests {
  struct Answers: Equatable {
    let stationary: [Double]
    let times: [Double]
    let committor: Committor
    let occupation: [Double]

    init(_ chain: MarkovChain) throws {
      let last = chain.stateCount - 1
      stationary = chain.logStationaryDistribution()
      times = try chain.logMeanFirstPassageTimes(to: [last])
      committor = try chain.committor(from: [0, 2], to: [last])
      occupation = try chain.logOccupationTimes(
        from: chain.logUniformStart(over: [1]), before: [0])
    }

    func largestDifference(to other: Answers) -> Double {
      [
        largestError(stationary, other.stationary), largestError(times, other.times),
        largestError(committor.logCommittor, other.committor.logCommittor),
        largestError(committor.logComplement, other.committor.logComplement),
        largestError(occupation, other.occupation),
      ].max() ?? .infinity
    }
  }

  // 10⁵ decades are more than products of doubles can serve; the logarithms are of order 10⁵ there.
  @Test(
    "Matrix products on doubles give the same answers as single steps",
    arguments: [(8.0, 1e-13), (30, 3e-13), (300, 1e-12), (3000, 1e-11), (1e5, 1e-9)])
  func paths(_ item: (decades: Double, tolerance: Double)) throws {
    for reversible in [true, false] {
      let chain = try MarkovChain.randomGraph(
        stateCount: 400, meanDegree: 6, decades: item.decades, seed: 7, reversible: reversible)
      let reference = try EliminationSettings.$current.withValue(.init(smallestPanel: .max)) {
        try Answers(chain)
      }
      for settings in EliminationSettings.paths.dropFirst() + [.init(panelWidth: 17)] {
        let answers = try EliminationSettings.$current.withValue(settings) { try Answers(chain) }
        #expect(answers.largestDifference(to: reference) < item.tolerance)
      }
    }
  }

  @Test("The bytes are the same on any number of threads", arguments: [30.0, 600])
  func threads(decades: Double) throws {
    let chain = try MarkovChain.randomGraph(
      stateCount: 1500, meanDegree: 4, decades: decades, seed: 3)
    let one = try EliminationSettings.$current.withValue(.init(threads: 1)) { try Answers(chain) }
    for count in [2, 5] {
      let more = try EliminationSettings.$current.withValue(.init(threads: count)) {
        try Answers(chain)
      }
      #expect(more == one)
    }
  }

  @Test("Reference chains keep their digits by panels", arguments: ReferenceChain.all)
  func reference(_ item: (name: String, chain: ReferenceChain)) throws {
    let chain = try item.chain.chain()
    for settings in EliminationSettings.paths {
      try EliminationSettings.$current.withValue(settings) {
        let stationary = chain.logStationaryDistribution()
        #expect(
          largestError(stationary, ReferenceChain.numbers(item.chain.logStationary)) < 1e-11)
        let times = try chain.logMeanFirstPassageTimes(to: [item.chain.target])
        #expect(largestError(times, ReferenceChain.numbers(item.chain.logTimes)) < 1e-11)
        let q = try chain.committor(from: item.chain.from, to: item.chain.to)
        #expect(
          largestError(q.logCommittor, ReferenceChain.numbers(item.chain.logCommittor)) < 1e-11)
        #expect(
          largestError(q.logComplement, ReferenceChain.numbers(item.chain.logComplement)) < 1e-11)
      }
    }
  }

  @Test("What does not fit into memory is refused with its size")
  func memory() throws {
    let chain = try MarkovChain.randomGraph(
      stateCount: 2000, meanDegree: 4, decades: 10, seed: 1)
    let cost = chain.eliminationCost()
    #expect(cost.stateCount == 2000)
    #expect(cost.widestFront > 300 && cost.widestFront < 1000)
    // A dense front of w states needs at least w² numbers of 16 bytes, and w³/3 multiplications.
    let width = Double(cost.widestFront)
    #expect(cost.memory >= 16 * width * width)
    #expect(cost.multiplications >= width * width * width / 3)
    let limit = 1_000_000
    EliminationSettings.$current.withValue(.init(memoryLimit: limit)) {
      #expect(throws: EliminationError.outOfMemory(cost: cost, limit: limit)) {
        try chain.checkEliminationMemory()
      }
      #expect(throws: EliminationError.self) { try chain.passage(from: [0], to: [1]) }
      #expect(throws: EliminationError.self) { try chain.committor(from: [0], to: [1]) }
    }
    let message = EliminationError.outOfMemory(cost: cost, limit: limit).description
    #expect(message.contains("eliminating 2000 states takes"))
    #expect(message.contains("up to 1 MB"))
    try chain.checkEliminationMemory()
  }
}

@Suite("Random networks")
struct RandomNetworkTests {
  @Test("Rates span the decades asked for and the graph is connected", arguments: [0.0, 8, 300])
  func spread(decades: Double) throws {
    for chain in [
      try MarkovChain.randomLandscapeNetwork(stateCount: 500, decades: decades, seed: 4),
      try MarkovChain.randomGraph(stateCount: 500, meanDegree: 4, decades: decades, seed: 4),
      try MarkovChain.randomGraph(
        stateCount: 500, meanDegree: 4, decades: decades, seed: 4, reversible: false),
    ] {
      let logs = chain.transitions.map(\.logRate)
      #expect(logs.max() == 0)
      #expect(abs((logs.min() ?? 1) + decades * log(10.0)) < 1e-12 * (decades + 1))
      #expect(chain.communicatingClasses.count == 1)
    }
    let graph = try MarkovChain.randomGraph(
      stateCount: 500, meanDegree: 4, decades: decades, seed: 4)
    #expect(graph.transitions.count == 2000)
  }

  @Test("Detailed balance holds exactly when asked for")
  func balance() throws {
    for (reversible, largest) in [(true, 0...1e-11), (false, 1...Double.infinity)] {
      let chain = try MarkovChain.randomLandscapeNetwork(
        stateCount: 2000, decades: 100, seed: 9, reversible: reversible)
      let stationary = chain.logStationaryDistribution()
      var imbalance = 0.0
      for item in chain.transitions {
        let forward = stationary[item.from] + item.logRate
        let back = stationary[item.to] + chain.logRate(from: item.to, to: item.from)
        imbalance = max(imbalance, abs(forward - back))
      }
      #expect(largest.contains(imbalance))
    }
  }

  @Test("The seed decides; a landscape keeps its fronts narrow")
  func seeds() throws {
    let one = try MarkovChain.randomLandscapeNetwork(stateCount: 3000, decades: 30, seed: 1)
    #expect(try MarkovChain.randomLandscapeNetwork(stateCount: 3000, decades: 30, seed: 1) == one)
    #expect(try MarkovChain.randomLandscapeNetwork(stateCount: 3000, decades: 30, seed: 2) != one)
    #expect(one.eliminationCost().widestFront < 100)
  }

  @Test("Bad requests are named")
  func errors() {
    #expect(throws: RandomNetworkError.tooFewStates(1)) {
      try MarkovChain.randomLandscapeNetwork(stateCount: 1, decades: 3, seed: 1)
    }
    #expect(throws: RandomNetworkError.invalidDecades(-1)) {
      try MarkovChain.randomGraph(stateCount: 9, meanDegree: 3, decades: -1, seed: 1)
    }
    #expect(throws: RandomNetworkError.invalidMeanDegree(1, stateCount: 9)) {
      try MarkovChain.randomGraph(stateCount: 9, meanDegree: 1, decades: 3, seed: 1)
    }
    #expect(throws: RandomNetworkError.invalidMeanDegree(9, stateCount: 9)) {
      try MarkovChain.randomGraph(stateCount: 9, meanDegree: 9, decades: 3, seed: 1)
    }
  }
}
