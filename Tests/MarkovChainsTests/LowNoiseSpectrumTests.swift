import MarkovChains
import Testing

/// A network of costs with the answers of an enumeration of all its W-graphs: least costs V_k, all
/// optimal sets of sinks for every k, and stationary exponents where one recurrent class exists.
struct EnumeratedNetwork: Sendable {
  let stateCount: Int
  let edges: [(from: Int, to: Int, cost: Double)]
  let forestCosts: [Double]
  let sinks: [[[Int]]]
  let exponents: [Double]

  /// From a record: edges / number of states / V / sets for k = 1 | k = 2 | … / exponents.
  init?(_ record: Substring) {
    let fields = record.split(separator: "/")
    guard fields.count == 5 else { return nil }
    edges = makeEdges(String(fields[0])).map { (from: $0.from, to: $0.to, cost: $0.value) }
    forestCosts = ReferenceChain.numbers(String(fields[2]))
    stateCount = forestCosts.count
    sinks = fields[3].split(separator: "|").map { sets in
      sets.split(whereSeparator: \.isWhitespace).filter { $0 != "-" }.map { set in
        set.compactMap(\.wholeNumberValue)
      }
    }
    exponents = ReferenceChain.numbers(String(fields[4]))
  }

  /// Random networks; every second one has costs from 1 to 4 and thus many ties.
  static let all: [EnumeratedNetwork] =
    """
    0>1:51913 0>2:11810 0>3:52638 1>0:37930 1>3:29089 2>0:47219 2>1:22632 3>0:3361 / 4 /
    37803 15171 3361 0 / 1 | 12 | 012 | 0123 / 17279 0 6457 25728 ; 0>1:3 1>2:3 2>0:4 2>1:3
    2>3:3 3>4:3 4>0:2 4>1:3 4>3:1 / 5 / 10 7 4 1 0 / 3 | 03 13 23 | 013 023 123 | 0123 |
    01234 / 1 1 1 0 2 ; 0>2:70074 0>5:88314 1>0:54106 1>4:24079 1>5:97904 2>3:42407 2>4:8076
    3>0:76311 3>2:43394 3>5:3366 4>0:91396 4>1:37446 4>5:37880 5>0:20043 5>2:81332 5>4:80968
    / 6 / 93444 55564 31485 11442 3366 0 / 0 | 04 | 014 | 0145 | 01245 | 012345 / 0 45561
    61998 101039 32194 50031 ; 0>1:3 0>2:2 0>3:1 1>0:4 1>2:3 2>0:4 2>3:2 3>0:1 3>1:2 3>2:2 /
    4 / 5 3 1 0 / 1 | 01 12 13 | 012 123 | 0123 / 1 0 1 1 ; 0>1:42131 1>0:69369 1>2:53651
    2>0:26249 2>1:31702 / 3 / 68380 26249 0 / 1 | 01 | 012 / 11520 0 27402 ; 0>1:1 0>2:4
    0>3:4 1>0:3 1>2:2 1>4:3 1>5:1 2>1:1 2>4:1 3>0:2 3>5:3 5>2:4 5>4:3 / 6 / 8 5 3 2 1 0 / 4
    | 45 | 345 | 0345 1345 2345 | 01345 02345 12345 | 012345 / inf inf inf inf 0 inf ;
    0>1:81206 0>2:35317 1>0:21924 1>3:61891 2>3:430 3>0:20545 3>1:33730 3>2:49950 / 4 /
    42899 20975 430 0 / 0 | 01 | 013 | 0123 / 0 26578 34887 14772 ; 0>2:3 2>0:1 2>1:1 2>3:3
    3>1:3 3>2:1 / 4 / 5 2 1 0 / 1 | 01 | 012 013 | 0123 / inf 0 inf inf ; 0>2:71222
    0>3:26916 0>4:40786 1>0:99446 1>2:52437 1>3:15002 2>0:47957 2>1:56880 2>3:93223 2>4:8772
    3>0:25671 3>1:62742 3>2:73177 3>4:21342 4>0:19570 4>1:44380 4>2:640 4>3:730 / 5 / 50175
    24504 9502 640 0 / 0 | 03 | 013 | 0123 | 01234 / 0 48985 13725 1245 21857 ; 0>2:4 1>0:3
    1>2:2 2>3:4 3>4:4 4>0:3 4>2:3 4>3:1 / 5 / 11 7 3 1 0 / 3 | 03 23 | 023 | 0123 | 01234 /
    2 inf 2 0 3 ; 0>1:48758 0>2:45933 1>2:84631 2>0:85755 2>1:22889 2>3:3038 / 4 / 133602
    48971 3038 0 / 3 | 13 | 013 | 0123 / inf inf inf 0 ; 1>0:4 1>2:1 2>0:1 2>1:4 / 3 / 2 1 0
    / 0 | 01 02 | 012 / 0 inf inf ; 0>2:78517 0>3:64204 1>0:40590 1>2:97737 1>3:82156
    2>0:59230 2>3:52516 3>1:57448 3>2:1728 / 4 / 101548 42318 1728 0 / 0 | 02 | 012 | 0123 /
    0 72620 4974 55762 ; 0>2:3 0>3:4 1>0:1 1>2:3 1>4:1 2>1:4 3>0:2 3>1:2 3>4:3 4>0:2 4>1:1
    4>2:3 4>3:3 / 5 / 7 4 2 1 0 / 2 | 02 | 023 | 0123 0234 | 01234 / 1 3 0 3 3 ; 0>1:82773
    0>2:95857 1>0:54390 2>1:73395 / 3 / 127785 54390 0 / 0 | 02 | 012 / 0 28383 22462 ;
    0>4:3 1>0:1 1>2:2 1>4:4 2>1:4 2>3:4 2>4:1 3>0:1 3>1:2 3>2:1 4>1:1 4>2:2 / 5 / 4 3 2 1 0
    / 0 | 01 02 03 04 | 012 013 014 023 024 034 | 0123 0124 0134 0234 | 01234 / 0 2 3 6 2 ;
    0>5:22620 1>3:81166 1>5:84784 2>1:96742 2>3:82831 2>4:75888 3>1:62585 3>4:10920
    5>2:10684 5>3:5657 / 6 / 196251 115085 39197 16577 5657 0 / 4 | 14 | 124 | 0124 | 01234
    | 012345 / inf inf inf inf 0 inf ; 0>1:1 0>2:2 1>0:1 1>2:2 2>1:1 2>3:2 3>0:2 / 4 / 4 2 1
    0 / 0 1 | 03 13 | 013 023 123 | 0123 / 0 0 1 1 ; 0>1:52774 0>2:54041 0>3:8379 0>4:66707
    1>0:90536 1>2:27209 1>3:57332 1>4:28143 2>0:57307 2>3:99063 3>2:98342 3>4:33553
    4>0:11353 4>1:34547 4>2:88565 / 5 / 103688 46941 19732 8379 0 / 2 | 23 | 123 | 1234 |
    01234 / 25734 30098 0 560 22760 ; 0>1:2 0>2:2 1>0:2 1>3:1 2>0:1 2>1:2 2>3:2 3>0:1 3>1:3
    3>2:2 / 4 / 3 2 1 0 / 0 | 01 02 03 | 012 013 023 | 0123 / 0 1 1 1 ; 2>1:77813 / 3 / inf
    77813 0 / - | 01 | 012 / inf inf inf ; 0>1:3 0>3:2 0>4:1 1>2:1 1>3:3 1>4:4 2>0:2 2>1:4
    2>3:4 2>4:3 3>0:4 3>2:1 3>4:3 4>0:2 4>1:2 4>3:4 / 5 / 5 3 2 1 0 / 2 4 | 24 | 024 124 234
    | 0124 0234 1234 | 01234 / 1 1 0 2 0 ; 0>2:45644 0>3:70059 0>4:3534 1>0:38912 2>0:5421
    3>0:49244 3>2:767 3>4:17865 4>0:97429 4>3:15061 / 5 / 48634 9722 4301 767 0 / 4 | 14 |
    124 | 0124 | 01234 / 11527 inf 9640 14294 0 ; 0>1:1 0>3:1 0>4:2 1>0:1 1>2:1 1>3:2 2>0:1
    2>1:3 2>3:3 2>4:3 3>0:3 3>4:3 4>0:3 4>2:2 4>3:2 / 5 / 5 3 2 1 0 / 3 | 34 | 034 134 234 |
    0134 0234 1234 | 01234 / 2 2 2 0 1
    """.split(separator: ";").compactMap(EnumeratedNetwork.init)
}

/// V_k, Δ_k and the sinks for k = 1 … 8 of the networks of eight states, by enumeration.
private let references = [
  (
    "10.244374 8.037799 5.901513 3.799687 2.075020 1.312192 0.599649 0.000000",
    "2.206575 2.136286 2.101826 1.724667 0.762828 0.712543 0.599649",
    "6 46 467 0467 03467 023467 0234567 01234567"
  ),
  (
    "7.248125 5.046296 2.862534 1.951904 1.226786 0.663966 0.253176 0.000000",
    "2.201829 2.183762 0.910630 0.725118 0.562820 0.410790 0.253176",
    "7 27 127 1257 01257 012457 0124567 01234567"
  ),
  (
    "6.840140 4.822207 2.879798 1.806510 1.243607 0.793979 0.393072 0.000000",
    "2.017933 1.942409 1.073288 0.562903 0.449628 0.400907 0.393072",
    "3 03 037 0237 01237 012367 0123567 01234567"
  ),
  (
    "4.180568 2.473756 1.600164 1.154073 0.782503 0.490111 0.202372 0.000000",
    "1.706812 0.873592 0.446091 0.371570 0.292392 0.287739 0.202372",
    "0 02 024 0124 01234 012346 0123467 01234567"
  ),
  (
    "6.601775 4.551236 2.976246 1.685083 1.116058 0.586058 0.244615 0.000000",
    "2.050539 1.574990 1.291163 0.569025 0.530000 0.341443 0.244615",
    "1 13 136 1346 13467 013467 0123467 01234567"
  ),
]

/// Wells of energies 0, 1, 1.5 and saddles of energies 2 and 5; cost twice the barrier.
private let threeWells = [(from: 0, to: 1, cost: 4.0), (1, 0, 2), (1, 2, 8), (2, 1, 7)]

@Suite("The low-noise spectrum")
struct LowNoiseSpectrumTests {
  @Test("Optimal W-graphs of eight states agree with the enumeration", arguments: 0..<5)
  func references(_ number: Int) throws {
    let edges = makeEdges(networks[number].edges).map { (from: $0.from, to: $0.to, cost: $0.value) }
    let spectrum = try LowNoiseSpectrum(stateCount: 8, edges: edges)
    let (costs, exponents, sinks) = MarkovChainsTests.references[number]
    #expect(largestError(spectrum.forestCosts, ReferenceChain.numbers(costs)) < 1e-14)
    #expect(largestError(spectrum.eigenvalueExponents, ReferenceChain.numbers(exponents)) < 1e-14)
    for (k, set) in sinks.split(separator: " ").enumerated() {
      #expect(spectrum.sinks(count: k + 1) == set.compactMap(\.wholeNumberValue))
    }
    #expect(!spectrum.steps.contains { !$0.isUnique })
    let hierarchy = try CycleHierarchy(stateCount: 8, edges: edges)
    #expect(largestError(hierarchy.stationaryExponents, networks[number].exponents) < 1e-14)
  }

  @Test("Random networks, also with ties and several recurrent classes, agree with the enumeration")
  func enumeration() throws {
    #expect(EnumeratedNetwork.all.count == 24)
    for network in EnumeratedNetwork.all {
      let n = network.stateCount
      let spectrum = try LowNoiseSpectrum(stateCount: n, edges: network.edges)
      #expect(spectrum.forestCosts == network.forestCosts)
      for k in 1..<n {
        let (cost, next) = (network.forestCosts[k - 1], network.forestCosts[k])
        #expect(spectrum.eigenvalueExponents[k - 1] == (cost == .infinity ? cost : cost - next))
        guard cost < .infinity else { continue }
        let sinks = spectrum.sinks(count: k)
        #expect(network.sinks[k - 1].contains(sinks))
        let step = try #require(spectrum.steps.first { $0.sinkCount == k })
        #expect(step.isUnique == (network.sinks[k - 1].count == 1))
        // Every state drains to a sink, and a sink to itself.
        let basins = spectrum.basins(count: k)
        #expect(Set(basins) == Set(sinks))
        #expect(sinks.allSatisfy { basins[$0] == $0 })
      }
      #expect(spectrum.sinks(count: n) == Array(0..<n))
      let hierarchy = try CycleHierarchy(stateCount: n, edges: network.edges)
      let limit = try ZeroNoiseLimit(stateCount: n, edges: network.edges)
      #expect(hierarchy.stationaryExponents == limit.stationaryExponents)
      if network.forestCosts[0] < .infinity {
        #expect(hierarchy.stationaryExponents == network.exponents)
        #expect(limit.selected == network.sinks[0].compactMap(\.first).sorted())
      }
      for root in hierarchy.roots where hierarchy.cycles[root].exitCost == .infinity {
        #expect(
          hierarchy.mainStates(of: root)
            == limit.selected.filter(hierarchy.states(of: root).contains))
      }
    }
  }

  @Test("Three wells in a row")
  func wells() throws {
    let spectrum = try LowNoiseSpectrum(stateCount: 3, edges: threeWells)
    #expect(spectrum.forestCosts == [9, 2, 0])
    #expect(spectrum.eigenvalueExponents == [7, 2])
    #expect(spectrum.sinks(count: 1) == [0])
    #expect(spectrum.sinks(count: 2) == [0, 2])
    #expect(spectrum.basins(count: 2) == [0, 0, 2])
    let slowest = try #require(spectrum.steps.first)
    #expect((slowest.lostSink, slowest.absorbingSink) == (2, 0))
    #expect((slowest.exitState, slowest.destination) == (2, 1))
  }

  @Test("Exponents are the limit of the relaxation times of a chain with little noise")
  func limit() throws {
    for item in networks {
      let edges = makeEdges(item.edges)
      let chain = try MarkovChain(
        stateCount: 8,
        transitions: edges.map { .init(from: $0.from, to: $0.to, logRate: -$0.value / 1e-4) })
      let times = try chain.relaxationTimes().logTimes.map { $0 * 1e-4 }
      let exponents = LowNoiseSpectrum(chain).eigenvalueExponents.map { $0 * 1e-4 }
      #expect(largestError(times, exponents) < 1e-3)
    }
  }

  @Test("A hundred thousand states take a moment")
  func large() throws {
    let count = 100_000
    let chain = try MarkovChain(
      stateCount: count, transitions: randomTransitions(count, seed: 9))
    let clock = ContinuousClock()
    var spectrum: LowNoiseSpectrum?
    let time = clock.measure { spectrum = LowNoiseSpectrum(chain) }
    #expect(time < .seconds(10))
    let exponents = try #require(spectrum?.eigenvalueExponents)
    #expect(exponents.count == count - 1)
    #expect(zip(exponents, exponents.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("Mistakes are named")
  func errors() {
    #expect(throws: MarkovChainError.unknownState(3, stateCount: 2)) {
      try LowNoiseSpectrum(stateCount: 2, edges: [(0, 3, 1)])
    }
    #expect(throws: MarkovChainError.invalidCost(from: 0, to: 1, cost: -.infinity)) {
      try CycleHierarchy(stateCount: 2, edges: [(0, 1, -.infinity)])
    }
  }
}

@Suite("The hierarchy of cycles")
struct CycleHierarchyTests {
  @Test("Three wells: the upper pair is a cycle only with the lowest well")
  func wells() throws {
    let hierarchy = try CycleHierarchy(stateCount: 3, edges: threeWells)
    #expect(hierarchy.cycles.count == 5)
    #expect(hierarchy.roots == [4])
    let pair = hierarchy.cycles[3]
    #expect(pair.members == [0, 1])
    #expect((pair.rotationCost, pair.exitCost) == (4, 10))
    #expect((pair.exitState, pair.destination) == (1, 2))
    #expect(hierarchy.mainStates(of: 3) == [0])
    let whole = hierarchy.cycles[4]
    #expect((whole.rotationCost, whole.exitCost) == (10, .infinity))
    #expect(whole.exitState == nil)
    #expect(hierarchy.states(of: 4) == [0, 1, 2])
    #expect(hierarchy.stationaryExponents == [0, 2, 3])
    #expect(hierarchy.cycle(of: 1, atCost: 3) == 1)
    #expect(hierarchy.cycle(of: 1, atCost: 5) == 3)
    #expect(hierarchy.cycle(of: 2, atCost: 11) == 4)
  }

  // 0 → 1 → 2 → 0 at costs 1, 2, 3 and out of state 1 to 3 at cost 5: the cycle is left after
  // 5 − 2 + 3; from 3 back at cost 4, so that the whole is gone round after 6.
  @Test("A directed cycle is one whose order and exit are known in closed form")
  func directed() throws {
    let hierarchy = try CycleHierarchy(
      stateCount: 4, edges: [(0, 1, 1), (1, 2, 2), (2, 0, 3), (1, 3, 5), (3, 0, 4)])
    let cycle = hierarchy.cycles[4]
    #expect(cycle.members == [2, 0, 1])
    #expect((cycle.rotationCost, cycle.exitCost) == (3, 6))
    #expect((cycle.exitState, cycle.destination, cycle.isExitUnique) == (1, 3, true))
    #expect(hierarchy.cycles[5].members == [4, 3])
    #expect(hierarchy.stationaryExponents == [2, 1, 0, 2])
  }

  @Test("Tied states form one cycle with several main states")
  func ties() throws {
    let hierarchy = try CycleHierarchy(
      stateCount: 3, edges: [(0, 1, 1), (0, 2, 1), (1, 0, 2), (2, 0, 2)])
    #expect(hierarchy.cycles.count == 4)
    #expect(Set(hierarchy.cycles[3].members) == [0, 1, 2])
    #expect(hierarchy.mainStates(of: 3) == [1, 2])
    #expect(!hierarchy.cycles[0].isExitUnique)
    #expect(hierarchy.stationaryExponents == [1, 0, 0])
  }

  @Test("A mean exit time has the exponent of the exit cost")
  func exitTimes() throws {
    let noise = 1e-4
    let edges = makeEdges(networks[0].edges)
    let chain = try MarkovChain(
      stateCount: 8,
      transitions: edges.map { .init(from: $0.from, to: $0.to, logRate: -$0.value / noise) })
    let hierarchy = CycleHierarchy(chain)
    for (number, cycle) in hierarchy.cycles.enumerated() where cycle.exitCost < .infinity {
      let states = hierarchy.states(of: number)
      let outside = (0..<8).filter { !states.contains($0) }
      let times = try chain.logMeanFirstPassageTimes(to: outside)
      for state in states { #expect(abs(times[state] - cycle.exitCost) * noise < 1e-3) }
    }
  }
}
