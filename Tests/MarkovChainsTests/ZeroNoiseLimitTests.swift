import MarkovChains
import Testing

/// Directed networks of eight states with costs, the least tree cost and the stationary exponents,
/// found by enumerating all spanning trees.
let networks: [(edges: String, least: Double?, exponents: [Double])] = [
  (
    """
    0>1:2.101826 1>0:2.945554 0>2:2.106749 2>0:1.22614 0>5:2.434925 5>0:0.712543
    1>3:2.09991 3>1:2.297752 1>6:0.599649 6>1:2.973983 1>7:2.188668 7>1:2.136286
    2>3:0.762828 3>2:2.34197 2>4:1.700244 4>2:2.206575 3>5:2.358746 5>3:0.810849
    3>6:1.724667 6>3:2.715729
    """, 10.244373999999999,
    [
      1.247982, 2.374334, 2.570204, 0.991062,
      2.063873, 2.637265, 0.0, 2.426716,
    ]
  ),
  (
    """
    0>1:2.263846 1>0:2.183762 0>2:2.782083 2>0:2.201829 0>3:2.036163 3>0:2.2639
    0>7:0.725118 7>0:1.605538 1>5:2.706084 5>1:2.793803 3>4:0.253176 4>3:2.657648
    3>6:1.981619 6>3:1.338577 4>5:0.56282 5>4:2.615526 5>7:0.91063 7>5:1.860005
    6>7:0.41079 7>6:1.758159
    """, 7.248125,
    [
      0.88042, 0.960504, 1.460674, 2.43277,
      2.123126, 0.949375, 1.347369, 0.0,
    ]
  ),
  (
    """
    0>1:1.757579 1>0:0.562903 0>2:1.832489 2>0:1.073288 0>3:2.308848 3>0:2.389768
    0>4:2.017933 4>0:0.423895 1>4:2.600125 4>1:2.50241 1>5:2.826431 5>1:2.032518
    1>7:2.135303 7>1:1.942409 2>5:2.160523 5>2:0.400907 3>6:1.398558 6>3:0.449628
    4>6:0.393072 6>4:1.077047
    """, 6.84014,
    [
      0.038867, 1.233543, 0.798068, 0.0,
      1.632905, 2.557684, 0.94893, 1.426437,
    ]
  ),
  (
    """
    0>1:1.463706 1>0:0.446091 0>3:1.026271 3>0:1.148171 0>5:2.725869 5>0:2.208573
    0>6:2.716125 6>0:0.292392 1>2:0.839711 2>1:1.706812 3>4:0.37157 4>3:0.842196
    3>5:1.767485 5>3:0.202372 3>7:1.297699 7>3:0.287739 4>6:0.873592 6>4:2.707061
    4>7:1.282641 7>4:0.949998
    """, 4.180568,
    [
      0.0, 1.017615, 0.150514, 0.623305,
      0.152679, 2.188418, 0.733879, 1.147581,
    ]
  ),
  (
    """
    0>1:0.53 1>0:0.538651 0>2:2.910612 2>0:0.341443 0>4:2.954388 4>0:1.746358
    0>5:0.892821 5>0:0.244615 1>4:2.668622 4>1:1.291163 1>5:2.855517 5>1:0.363831
    2>3:2.432982 3>2:2.050539 2>6:2.46475 6>2:1.57499 3>5:2.211485 5>3:1.432284
    5>7:0.858329 7>5:0.569025
    """, 6.601774999999999,
    [
      0.008651, 0.0, 1.747698, 0.038602,
      1.377459, 0.656857, 2.637458, 0.946161,
    ]
  ),
]

@Suite("The limit of no noise")
struct ZeroNoiseLimitTests {
  @Test("Tree costs agree with the enumeration of all trees", arguments: networks)
  func enumeration(_ item: (edges: String, least: Double?, exponents: [Double])) throws {
    let edges = makeEdges(item.edges).map { (from: $0.from, to: $0.to, cost: $0.value) }
    let limit = try ZeroNoiseLimit(stateCount: 8, edges: edges)
    #expect(largestError(limit.stationaryExponents, item.exponents) < 1e-12)
    let least = try #require(item.least)
    #expect(abs((limit.treeCosts.min() ?? 0) - least) < 1e-12)
    #expect(limit.selected == item.exponents.indices.filter { item.exponents[$0] == 0 })
  }

  // Wells of energies 0, 1, 1.5 and saddles of energies 2 and 5; cost twice the barrier.
  @Test("Three wells in a row are offset by twice their energies")
  func threeWells() throws {
    let limit = try ZeroNoiseLimit(
      stateCount: 3, edges: [(0, 1, 4), (1, 0, 2), (1, 2, 8), (2, 1, 7)])
    #expect(limit.stationaryExponents == [0, 2, 3])
    #expect(limit.treeCosts == [9, 11, 12])
    #expect(limit.selected == [0])
  }

  @Test("Exponents are the limit of ln π of a chain with little noise")
  func limit() throws {
    let item = networks[0]
    let edges = makeEdges(item.edges)
    let noise = 1e-4
    let chain = try MarkovChain(
      stateCount: 8,
      transitions: edges.map { .init(from: $0.from, to: $0.to, logRate: -$0.value / noise) })
    let values = chain.logStationaryDistribution().map { -$0 * noise }
    #expect(largestError(values, item.exponents) < 1e-3)
  }

  @Test("Where no tree exists the cost is infinite")
  func reducible() throws {
    let two = try ZeroNoiseLimit(stateCount: 3, edges: [(0, 1, 1), (0, 2, 2)])
    #expect(two.treeCosts == [.infinity, .infinity, .infinity])
    #expect(two.stationaryExponents == [.infinity, 0, 0])
    #expect(two.selected == [1, 2])
    let one = try ZeroNoiseLimit(
      stateCount: 3, edges: [(0, 1, 1), (1, 2, 3), (2, 1, 2.5), (0, 2, .infinity)])
    #expect(one.treeCosts == [.infinity, 3.5, 4])
    #expect(one.selected == [1])
  }

  @Test("Mistakes are named")
  func errors() {
    #expect(throws: MarkovChainError.unknownState(3, stateCount: 2)) {
      try ZeroNoiseLimit(stateCount: 2, edges: [(0, 3, 1)])
    }
    #expect(throws: MarkovChainError.selfLoop(state: 1)) {
      try ZeroNoiseLimit(stateCount: 2, edges: [(1, 1, 1)])
    }
  }
}
