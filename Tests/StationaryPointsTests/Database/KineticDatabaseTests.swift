import Foundation
import LinearAlgebra
import MarkovChains
import StationaryPoints
import Testing

@Suite("Databases of stationary points")
struct KineticDatabaseTests {
  private func chain(_ database: KineticDatabase, temperature: Double) throws -> MarkovChain {
    let rates = try database.logRates(temperature: temperature)
    return try MarkovChain(
      stateCount: database.minima.count,
      transitions: rates.transitions.map {
        .init(from: $0.from, to: $0.to, logRate: $0.logRate)
      })
  }

  private func relativeError(_ logarithm: Double, _ expected: Double) -> Double {
    abs(expm1(logarithm - logOf(expected)))
  }

  // PyGT's own numbers for its own network, as its examples print them. PyGT names the passage
  // from A to B "BA".
  @Test("PyGT's 32-state network: populations and passages at T = 1, in both directions")
  func network32() throws {
    let database = try PathsampleFormat.read(folder: DatabaseFixtures.network32)
    #expect(database.minima.count == 32 && database.transitionStates.count == 70)
    let rates = try database.logRates(temperature: 1)
    #expect(rates.kind == .harmonic && rates.selfJoining == 0 && rates.unreachable == 0)

    let chain = try chain(database, temperature: 1)
    let logs = chain.logStationaryDistribution()
    let communities = try #require(database.communities)
    let expected = [0.31641201, 0.19191359, 0.25727061, 0.23440379]
    for (community, population) in expected.enumerated() {
      let members = (0..<32).filter { communities[$0] == community }
      let logarithm = logSumExp(members.map { logs[$0] })
      #expect(relativeError(logarithm, population) < 5e-9 / population)
    }
    let boltzmann = try database.logStationaryDistribution(temperature: 1)
    for (log, other) in zip(logs, boltzmann) { #expect(abs(log - other) < 1e-13) }

    let a = try #require(database.setA)
    let b = try #require(database.setB)
    for (from, to, mean, rootOfSecondMoment) in [
      (a, b, 664.5826837564705, 878.2798938434962), (b, a, 585.7934067017948, 777.2852968888889),
    ] {
      let passage = try chain.passage(from: from, to: to)
      #expect(relativeError(passage.logMeanTime, mean) < 2e-13)
      let secondMoment = logSumExp(
        2 * passage.logMeanTime, 2 * passage.logStandardDeviation)
      #expect(relativeError(secondMoment / 2, rootOfSecondMoment) < 2e-13)
    }
  }

  // PyGT's Kemeny constant is the sum of the relaxation times, a time without the 1 that a mean
  // return would add: the same quantity as ours.
  @Test("PyGT's 32-state network: the Kemeny constant at T = 10")
  func kemenyConstant() throws {
    let database = try PathsampleFormat.read(folder: DatabaseFixtures.network32)
    let logarithm = try #require(try chain(database, temperature: 10).logKemenyConstant())
    #expect(relativeError(logarithm, 97.53002029348983) < 2e-13)
  }

  // With 50 digits (Python's decimal) from the formulas at T = 1/2.
  @Test(
    "Both kinds of rates, point groups, parallel saddles and one that joins a minimum to itself")
  func rates() throws {
    let database = try PathsampleFormat.parse(
      minima: DatabaseFixtures.minima, transitionStates: DatabaseFixtures.transitionStates)
    let harmonic: [(Int, Int, Double, Int)] = [
      (0, 1, -3.8947298858494004, 0), (1, 0, -4.212877066409345, 0),
      (1, 0, -5.156024246969291, 1), (0, 1, -4.837877066409345, 1),
      (1, 2, -8.186489355077455, 2), (2, 1, -2.326582705289455, 2),
    ]
    let overdamped = [
      -3.201582705289455, -3.5197298858494004, -5.156024246969291, -4.837877066409345,
      -8.8796365356374, -3.0197298858494004,
    ]
    let rates = try database.logRates(temperature: 0.5, kind: .harmonic)
    #expect(rates.selfJoining == 1)
    #expect(rates.transitions.count == harmonic.count)
    for (rate, expected) in zip(rates.transitions, harmonic) {
      #expect((rate.from, rate.to, rate.transitionState) == (expected.0, expected.1, expected.3))
      #expect(abs(rate.logRate - expected.2) < 1e-14)
    }
    let others = try database.logRates(temperature: 0.5)
    #expect(others.kind == .eyringKramers)
    for (rate, expected) in zip(others.transitions, overdamped) {
      #expect(abs(rate.logRate - expected) < 1e-14)
    }
    let logs = try database.logStationaryDistribution(temperature: 0.5)
    let expected = [-0.8664692724969195, -0.5483220919369741, -6.408228741724974]
    for (log, other) in zip(logs, expected) { #expect(abs(log - other) < 1e-14) }
    // Parallel saddles add: ln(e^−3.2015… + e^−4.8378…).
    let chain = try chain(database, temperature: 0.5)
    #expect(chain.transitions.count == 4)
    #expect(
      abs(chain.logRate(from: 0, to: 1) - logSumExp(-3.201582705289455, -4.837877066409345))
        < 1e-14)
  }

  @Test(
    "A missing eigenvalue leaves the harmonic rate, and is named when the other one is asked for")
  func missingEigenvalue() throws {
    let text = DatabaseFixtures.transitionStates.replacing("  -1\n", with: "\n")
    let database = try PathsampleFormat.parse(
      minima: DatabaseFixtures.minima, transitionStates: text)
    #expect(database.transitionStates[1].negativeEigenvalue == nil)
    #expect(try database.logRates(temperature: 1).kind == .harmonic)
    #expect(throws: KineticDatabaseError.noNegativeEigenvalue(transitionState: 1)) {
      try database.logRates(temperature: 1, kind: .eyringKramers)
    }
  }

  @Test("Stationary points that PATHSAMPLE has taken out are not reached")
  func unreachable() throws {
    let database = try KineticDatabase(
      minima: [
        .init(energy: 0, logProduct: 1), .init(energy: 1, logProduct: 1),
        .init(energy: 1.7976931e308, logProduct: 1),
      ],
      transitionStates: [
        .init(energy: 2, logProduct: 1, first: 0, second: 1),
        .init(energy: 1.7976931e308, logProduct: 1, first: 0, second: 1),
        .init(energy: 2, logProduct: 1, first: 1, second: 2),
      ])
    let rates = try database.logRates(temperature: 1)
    #expect(rates.transitions.count == 2 && rates.unreachable == 2)
    let logs = try database.logStationaryDistribution(temperature: 1)
    #expect(logs[2] == -.infinity && abs(logs[1] - logs[0] + 1) < 1e-15)
  }

  @Test("Temperatures of any size, and none that is not one")
  func temperatures() throws {
    let database = try PathsampleFormat.read(folder: DatabaseFixtures.network32)
    for temperature in [0, -1, .nan, .infinity] {
      #expect(throws: KineticDatabaseError.self) { try database.logRates(temperature: temperature) }
      #expect(throws: KineticDatabaseError.self) {
        try database.logStationaryDistribution(temperature: temperature)
      }
    }
    let cold = try database.logRates(temperature: 1e-6)
    #expect(cold.transitions.allSatisfy { $0.logRate < -1e4 && $0.logRate.isFinite })
    #expect(
      throws: KineticDatabaseError.outOfRange(
        of: "transition state 0", temperature: .leastNonzeroMagnitude)
    ) {
      try database.logRates(temperature: .leastNonzeroMagnitude)
    }
  }

  @Test("Data of one's own are checked")
  func validation() {
    let minimum = KineticDatabase.Minimum(energy: 0, logProduct: 1)
    let state = KineticDatabase.TransitionState(
      energy: 1, logProduct: 1, first: 0, second: 1, negativeEigenvalue: -1)
    func error(
      _ minima: [KineticDatabase.Minimum]? = nil,
      _ states: [KineticDatabase.TransitionState]? = nil, setA: [Int]? = nil,
      setB: [Int]? = nil, communities: [Int]? = nil, labels: [String]? = nil
    ) -> KineticDatabaseError? {
      do {
        _ = try KineticDatabase(
          minima: minima ?? [minimum, minimum], transitionStates: states ?? [state], setA: setA,
          setB: setB, communities: communities, labels: labels)
        return nil
      } catch {
        return error as? KineticDatabaseError
      }
    }
    func states(_ eigenvalue: Double?, order: Int = 1, second: Int = 1)
      -> [KineticDatabase.TransitionState]
    {
      [
        .init(
          energy: 1, logProduct: 1, pointGroupOrder: order, first: 0, second: second,
          negativeEigenvalue: eigenvalue)
      ]
    }
    #expect(error(setA: [0], setB: [1], communities: [0, 1], labels: ["a", "b"]) == nil)
    #expect(error([]) == .noMinima)
    #expect(error(nil, []) == .noTransitionStates)
    #expect(error([minimum, .init(energy: .nan, logProduct: 0)]) == .notFinite(of: "minimum 1"))
    #expect(
      error([minimum, .init(energy: 0, logProduct: 0, pointGroupOrder: 0)])
        == .invalidOrder(0, of: "minimum 1"))
    #expect(error(nil, states(0.5)) == .eigenvalueNotNegative(0.5, of: "transition state 0"))
    #expect(error(nil, states(-.infinity)) == .notFinite(of: "transition state 0"))
    #expect(error(nil, states(nil, order: -2)) == .invalidOrder(-2, of: "transition state 0"))
    #expect(error(nil, states(nil, second: 2)) == .unknownMinimum(2, count: 2))
    #expect(error(setA: [2]) == .unknownMinimum(2, count: 2))
    #expect(error(setA: []) == .emptySet)
    #expect(error(setB: [0, 0]) == .repeatedMinimum)
    #expect(error(setA: [0, 1], setB: [1]) == .overlappingSets(minimum: 1))
    #expect(error(communities: [0]) == .wrongCount(1, minima: 2))
    #expect(error(communities: [0, -1]) == .negativeCommunity(-1))
    #expect(error(labels: ["a"]) == .wrongCount(1, minima: 2))
  }
}
