import MarkovChains
import Testing

@Suite("Groups of states")
struct StateGroupsTests {
  @Test("Labels, members and files are the same partition")
  func forms() throws {
    let groups = try StateGroups(labels: [1, 0, 1, 2])
    #expect(groups.members == [[1], [0, 2], [3]])
    #expect(groups.count == 3)
    #expect(try StateGroups(members: [[1], [2, 0], [3]], stateCount: 4) == groups)
    #expect(groups.fileContents == "1\n0\n1\n2\n")
    #expect(try StateGroups(fileContents: "1\r\n0\r\n 1\n2\n\n") == groups)
  }

  @Test("What is no partition is refused with its reason")
  func mistakes() {
    #expect(throws: CoarseGrainingError.invalidLabel(1)) { try StateGroups(labels: [0, 2, 0]) }
    #expect(throws: CoarseGrainingError.invalidLabel(-1)) { try StateGroups(labels: [0, -1]) }
    #expect(throws: CoarseGrainingError.invalidLabel(.max)) { try StateGroups(labels: [.max]) }
    #expect(throws: CoarseGrainingError.notAPartition(state: 2)) {
      try StateGroups(members: [[0], [1]], stateCount: 3)
    }
    #expect(throws: CoarseGrainingError.notAPartition(state: 1)) {
      try StateGroups(members: [[0, 1], [1, 2]], stateCount: 3)
    }
    #expect(throws: MarkovChainError.unknownState(3, stateCount: 3)) {
      try StateGroups(members: [[0, 1], [3, 2]], stateCount: 3)
    }
    #expect(throws: CoarseGrainingError.malformedLabel(line: 2, text: "x")) {
      try StateGroups(fileContents: "0\nx\n1\n")
    }
  }

  /// 0 ⇄ 1 quickly, 1 → 2 quickly but 2 → 1 slowly, 2 ⇄ 3 in between.
  let fine = [
    (0, 1, -1.0), (1, 0, -2.0), (1, 2, -0.5), (2, 1, -900.0), (2, 3, -400.0), (3, 2, -450.0),
  ]

  @Test(
    "States that exchange above a threshold in both directions are one group",
    arguments: zip(
      [0.0, -2, -450, -900], [[0, 1, 2, 3], [0, 0, 1, 2], [0, 0, 1, 1], [0, 0, 0, 0]]))
  func byRate(threshold: Double, labels: [Int]) throws {
    #expect(try MarkovChain(4, edges: fine).groups(logRateThreshold: threshold).labels == labels)
  }

  @Test("Rates between groups can stay below a threshold that rates between states reach")
  func selfConsistent() throws {
    // 0 ⇄ 1 at rate 1; 1 ⇄ 2 at e^-1.5 forth and e^-0.2 back. In equilibrium {0, 1} is left from 1
    // half of the time, at e^-2.19, which only the threshold -1.5 between states reaches.
    let fine = try MarkovChain(3, edges: [(0, 1, 0), (1, 0, 0), (1, 2, -1.5), (2, 1, -0.2)])
    #expect(try fine.groups(logRateThreshold: -1.5).labels == [0, 0, 0])
    #expect(try fine.groups(logRateThreshold: -1).labels == [0, 0, 1])
    #expect(try fine.selfConsistentGroups(logRateThreshold: -1).labels == [0, 0, 1])
    // Two routes from {0, 1} to 2 at e^-1 each add up to e^-1 ≥ e^-1.2 in the group, and the way
    // back, 2 e^-1.5, is e^-0.81.
    let double = try MarkovChain(
      3, edges: [(0, 1, 0), (1, 0, 0), (0, 2, -1), (1, 2, -1), (2, 0, -1.5), (2, 1, -1.5)])
    #expect(try double.groups(logRateThreshold: -1.2).labels == [0, 0, 1])
    #expect(try double.selfConsistentGroups(logRateThreshold: -1.2).labels == [0, 0, 0])
    #expect(throws: CoarseGrainingError.notANumber(name: "threshold", index: 0)) {
      try double.groups(logRateThreshold: .nan)
    }
  }

  @Test("Minima are grouped over barriers that are low from both sides")
  func byBarrier() throws {
    let saddles: [(energy: Double, first: Int, second: Int)] = [(2, 0, 1), (5, 1, 2), (1.5, 2, 3)]
    let minima = [0, 1, 1.5, 1]
    #expect(try StateGroups(minima: minima, saddles: saddles, barrier: 0.4).labels == [0, 1, 2, 3])
    #expect(try StateGroups(minima: minima, saddles: saddles, barrier: 0.5).labels == [0, 1, 2, 2])
    #expect(try StateGroups(minima: minima, saddles: saddles, barrier: 1).labels == [0, 1, 2, 2])
    #expect(try StateGroups(minima: minima, saddles: saddles, barrier: 2).labels == [0, 0, 1, 1])
    #expect(try StateGroups(minima: minima, saddles: saddles, barrier: 4).labels == [0, 0, 0, 0])
  }
}
