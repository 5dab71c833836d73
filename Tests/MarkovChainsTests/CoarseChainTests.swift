import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// PyGT's network of 32 minima in four communities of eight (MIT licence), by energies; all
/// frequencies and symmetries are equal.
enum CommunityNetwork {
  static let minima = [
    0, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.5, 0.6, 0.6, 0.6, 0.6, 0.7, 0.7, 0.7, 0.25, 0.3, 0.3,
    0.3, 0.3, 0.4, 0.4, 0.4, 0.3, 0.4, 0.4, 0.4, 0.4, 0.5, 0.5, 0.5,
  ]
  /// Energy and the two minima of each saddle.
  static let saddles: [(energy: Double, first: Int, second: Int)] = [
    (0.5, 0, 1), (0.5, 0, 2), (0.5, 0, 3), (0.5, 0, 4), (0.5, 1, 2), (0.5, 2, 3), (0.5, 3, 4),
    (0.5, 1, 4), (2.5, 1, 5), (2.5, 4, 5), (2.5, 2, 6), (2.5, 3, 6), (2.5, 2, 7), (2.5, 1, 7),
    (
      1,
      8, 9
    ), (1, 8, 10), (1, 8, 11), (1, 8, 12), (1, 9, 10), (1, 10, 11), (1, 11, 12), (1, 9, 12),
    (2.75, 9, 13), (2.75, 12, 13), (2.75, 10, 14), (2.75, 11, 14), (2.75, 9, 15), (2.75, 10, 15),
    (1.25, 16, 17), (1.25, 16, 18), (1.25, 16, 19), (1.25, 16, 20), (1.25, 17, 18),
    (
      1.25, 18,
      19
    ), (1.25, 19, 20), (1.25, 17, 20), (3, 17, 21), (3, 20, 21), (3, 19, 22), (3, 18, 22),
    (
      3,
      17, 23
    ), (3, 18, 23), (1.3, 24, 25), (1.3, 24, 26), (1.3, 24, 27), (1.3, 24, 28),
    (
      1.3, 25,
      26
    ), (1.3, 26, 27), (1.3, 27, 28), (1.3, 25, 28), (3.05, 25, 29), (3.05, 28, 29),
    (
      3.05, 26,
      30
    ), (3.05, 27, 30), (3.05, 25, 31), (3.05, 26, 31), (2, 6, 13), (2, 6, 15), (2, 5, 22),
    (
      2,
      7, 22
    ), (2, 14, 29), (2, 14, 31), (2, 21, 30), (2, 23, 30), (3.5, 7, 13), (6, 7, 31),
    (
      6, 5,
      23
    ), (6, 21, 31), (3.5, 15, 29), (3.5, 15, 23),
  ]

  /// The harmonic rates at temperature 1.
  static func chain() throws -> MarkovChain {
    try MarkovChain(
      stateCount: minima.count,
      transitions: saddles.flatMap { saddle in
        [(saddle.first, saddle.second), (saddle.second, saddle.first)].map { from, to in
          .init(
            from: from, to: to, logRate: -log(2 * Double.pi) - (saddle.energy - minima[from]))
        }
      })
  }

  static func groups() throws -> StateGroups {
    try StateGroups(labels: (0..<32).map { $0 / 8 })
  }
}

extension MarkovChain {
  /// A chain from (from, to, logarithm of the rate).
  init(_ stateCount: Int, edges: [(Int, Int, Double)]) throws {
    try self.init(
      stateCount: stateCount,
      transitions: edges.map { .init(from: $0.0, to: $0.1, logRate: $0.2) })
  }
}

@Suite("Chains of groups of states")
struct CoarseChainTests {
  /// Three wells of three states without detailed balance, rates from 1 to 1e-100.
  static let directed: [(Int, Int, Double)] = [
    (0, 1, -1.5), (1, 0, -0.5), (1, 2, -2.5), (2, 1, -0.25), (2, 0, -3), (3, 4, -60),
    (4, 3, -20), (4, 5, -45), (5, 4, -3.5), (3, 5, -70), (6, 7, -0.75), (7, 6, -1.25),
    (7, 8, -100), (8, 7, -90), (2, 3, -230), (3, 2, -150), (5, 6, -180.5), (6, 5, -210.25),
    (8, 0, -160),
  ]
  /// Four wells of two states in a row, rates from 1 to 1e-150.
  static let row: [(Int, Int, Double)] = [
    (0, 1, -2), (1, 0, -1), (1, 2, -200), (2, 1, -120), (2, 3, -30), (3, 2, -10), (3, 4, -300),
    (4, 3, -350.5), (4, 5, 0.5), (5, 4, -4), (5, 6, -100), (6, 5, -140), (6, 7, -20), (7, 6, -1),
  ]
  /// Six states in a ring, rates of order 1.
  static let mild: [(Int, Int, Double)] = [
    (0, 1, 0.3), (1, 0, -0.2), (1, 2, -1.1), (2, 1, -0.4), (2, 3, -2.5), (3, 2, -3), (3, 4, 0.1),
    (4, 3, 0.6), (4, 5, -2), (5, 4, -2.2), (5, 0, -2.7), (2, 5, -1.9),
  ]

  // Expected rates and passage times: the published formula with a full inverse, and ⟨τ⟩_IJ − ⟨τ⟩_JJ
  // from all passage times between states, both in mpmath with 700 digits.
  @Test("Hummer and Szabo's rates keep the passage times of a stiff chain without detailed balance")
  func directedChain() throws {
    let rates = try MarkovChain(9, edges: Self.directed).hummerSzaboRates(
      try StateGroups(labels: [0, 0, 0, 1, 1, 1, 2, 2, 2]))
    let expected: [(Int, Int, Double)] = [
      (0, 1, -233.65729739595573), (1, 0, -150), (1, 2, -246.99999969408384),
      (2, 0, -170.47410524339073), (2, 1, -211.22410524339073),
    ]
    for (from, to, logRate) in expected {
      let found = rates.rate(from: from, to: to)
      #expect((found.logMagnitude - logRate).magnitude < 1e-12 && !found.isNegative)
    }
    let times: [[Double]] = [
      [-.infinity, 233.65729739595573, 330.65729709003957],
      [150, -.infinity, 330.65729709003957],
      [170.47410524339073, 233.65729739595573, -.infinity],
    ]
    for target in 0..<3 {
      let found = try rates.logMeanFirstPassageTimes(to: target)
      for from in 0..<3 where from != target {
        #expect((found[from] - times[from][target]).magnitude < 1e-12)
      }
    }
  }

  @Test("The rates between four wells in a row keep the passage times over 150 decades")
  func rowOfWells() throws {
    let rates = try MarkovChain(8, edges: Self.row).hummerSzaboRates(
      try StateGroups(labels: [0, 0, 1, 1, 2, 2, 3, 3]))
    for (from, to, logRate) in [
      (0, 1, -201.31326168751822), (1, 0, -120.00000000206115), (1, 2, -320.00000000206115),
      (2, 1, -355.01104774484859), (2, 3, -100.01104774484859), (3, 2, -140.0000000056028),
    ] {
      #expect((rates.rate(from: from, to: to).logMagnitude - logRate).magnitude < 1e-12)
    }
    let times: [[Double]] = [
      [-.infinity, 201.31326168751822, 401.31326168751822, 401.31326168751822],
      [195.0000000056028, -.infinity, 401.31326168751822, 401.31326168751822],
      [395.0000000056028, 395.0000000056028, -.infinity, 146.31326168751822],
      [395.0000000056028, 395.0000000056028, 140.0000000056028, -.infinity],
    ]
    let positive = try rates.chain(droppingNegativeRates: true)
    for target in 0..<4 {
      let found = try rates.logMeanFirstPassageTimes(to: target)
      let ofChain = try positive.logMeanFirstPassageTimes(to: [target])
      for from in 0..<4 where from != target {
        #expect((found[from] - times[from][target]).magnitude < 1e-12)
        // The negative rates between wells that are no neighbours are below all else here.
        #expect((ofChain[from] - times[from][target]).magnitude < 1e-12)
      }
    }
  }

  @Test("On a mild chain the rates are those of the published formula, negative ones included")
  func mildChain() throws {
    let fine = try MarkovChain(6, edges: Self.mild)
    let rates = try fine.hummerSzaboRates(try StateGroups(labels: [0, 0, 1, 1, 2, 2]))
    let expected = [
      (0, 1, -2.5908016188084331, false), (0, 2, -5.2625184090899523, true),
      (1, 0, -2.5136886486774596, false), (1, 2, -1.3684009497216677, false),
      (2, 0, -5.1657264407878078, false), (2, 1, -1.4208503237766619, false),
    ]
    for (from, to, logMagnitude, isNegative) in expected {
      let found = rates.rate(from: from, to: to)
      #expect((found.logMagnitude - logMagnitude).magnitude < 1e-12)
      #expect(found.isNegative == isNegative)
    }
    let error = #expect(throws: CoarseGrainingError.self) { try rates.chain() }
    #expect(error?.description.contains("from group 0 to 2 is negative") == true)
    // Groups of states that are no neighbours.
    let odd = try fine.hummerSzaboRates(try StateGroups(labels: [0, 1, 1, 0, 2, 2]))
    #expect((odd.rate(from: 0, to: 2).logMagnitude + 1.4816253010736392).magnitude < 1e-12)
    #expect((odd.rate(from: 2, to: 1).logMagnitude + 2.7143224467693223).magnitude < 1e-12)
    #expect(odd.rate(from: 2, to: 1).isNegative)
    let times = try odd.logMeanFirstPassageTimes(to: 1)
    #expect((times[0] - 2.7507069485381663).magnitude < 1e-12)
    #expect((times[2] - 3.1989216812972787).magnitude < 1e-12)
  }

  // Both generators from mpmath with 40 digits by the published formulas, the same as PyGT 0.3
  // prints to nine digits.
  @Test("Four communities of minima have the rates that PyGT finds")
  func communities() throws {
    let fine = try CommunityNetwork.chain()
    let groups = try CommunityNetwork.groups()
    let hummerSzabo: [[Double]] = [
      [-0.00457664399148166, 0.00273346893005724, 0.00224534400651239, -0.00040216894508798],
      [0.00450672836778329, -0.00891846203125108, -7.39411496466431e-5, 0.00448567481311443],
      [0.00276150396642238, -5.51571402359175e-5, -0.00514488034577269, 0.00243853351958623],
      [-0.00054287129266056, 0.00367255991780411, 0.00267642015122821, -0.00580610877637176],
    ]
    let found = try fine.hummerSzaboRates(groups).matrix
    let local: [[Double]] = [
      [0, 0.00676762598656188, 0.00614413209432401, 5.57562467217866e-5],
      [0.0111579289161875, 0, 0.00111989415222881, 0.0111579289161875],
      [0.00755654594551552, 0.000835396245514994, 0, 0.00755654594551552],
      [7.52630607147843e-5, 0.00913533954434079, 0.00829371082243366, 0],
    ]
    let equilibrium = try fine.localEquilibriumChain(groups)
    for from in 0..<4 {
      for to in 0..<4 {
        #expect((found[from, to] - hummerSzabo[from][to]).magnitude < 1e-15)
        guard to != from else { continue }
        let rate = exp(equilibrium.logRate(from: from, to: to))
        #expect((rate - local[from][to]).magnitude < 1e-14 * rate)
      }
    }
    // The published populations.
    let populations = [0.31641201, 0.19191359, 0.25727061, 0.23440379]
    for (logProbability, population) in zip(equilibrium.logStationaryDistribution(), populations) {
      #expect((exp(logProbability) - population).magnitude < 5e-9)
    }
  }

  @Test("Groups of single states give back the chain")
  func trivialGroups() throws {
    let fine = try MarkovChain(9, edges: Self.directed)
    let groups = try StateGroups(labels: Array(0..<9))
    let again = try fine.hummerSzaboRates(groups).chain()
    for transition in fine.transitions {
      let logRate = again.logRate(from: transition.from, to: transition.to)
      #expect((logRate - transition.logRate).magnitude < 1e-12)
    }
    #expect(again.transitions.count == fine.transitions.count)
    #expect(try fine.localEquilibriumChain(groups).transitions.count == fine.transitions.count)
  }

  @Test("Two recurrent classes and their transient states are reduced side by side")
  func reducibleChain() throws {
    // 0 ⇄ 1 and 2 ⇄ 3 ⇄ 4 for themselves, 5 leads to both. Closed form: between two groups in
    // equilibrium with two states in all, the rates are the chain's.
    let fine = try MarkovChain(
      6,
      edges: [
        (0, 1, -400), (1, 0, -700), (2, 3, -1), (3, 2, -1), (3, 4, -300), (4, 3, -500), (5, 0, 0),
        (5, 4, 0),
      ])
    let groups = try StateGroups(labels: [0, 1, 2, 2, 3, 0])
    let rates = try fine.hummerSzaboRates(groups)
    #expect((rates.rate(from: 0, to: 1).logMagnitude + 400).magnitude < 1e-12)
    #expect((rates.rate(from: 1, to: 0).logMagnitude + 700).magnitude < 1e-12)
    #expect((rates.rate(from: 2, to: 3).logMagnitude + 300 + log(2)).magnitude < 1e-12)
    #expect(rates.rate(from: 0, to: 2).logMagnitude == -.infinity)
    #expect(throws: CoarseGrainingError.groupSpansClasses(label: 0)) {
      try fine.hummerSzaboRates(try StateGroups(labels: [0, 1, 0, 2, 2, 2]))
    }
    #expect(throws: CoarseGrainingError.transientGroup(label: 2)) {
      try fine.localEquilibriumChain(try StateGroups(labels: [0, 0, 1, 1, 1, 2]))
    }
    #expect(throws: CoarseGrainingError.labelCount(2, stateCount: 6)) {
      try fine.hummerSzaboRates(try StateGroups(labels: [0, 1]))
    }
  }
}
