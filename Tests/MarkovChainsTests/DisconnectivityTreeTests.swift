import Glibc
import MarkovChains
import Testing

@Suite("Disconnectivity trees")
struct DisconnectivityTreeTests {
  @Test("Superbasins appear, unite and leave barriers as one reads them off the landscape")
  func landscape() throws {
    // Wells 0, 1, 0.5, 3 in a row behind saddles 2, 4, 4 and one alone.
    let tree = try DisconnectivityTree(
      minima: [0, 1, 0.5, 3, 7],
      saddles: [(4, 1, 2), (2, 0, 1), (4, 2, 3), (6, 3, 3), (5, 0, 2)])
    #expect(tree.minimumCount == 5)
    #expect(tree.nodes.count == 7)
    #expect(tree.nodes[5].children == [0, 1])
    #expect(tree.nodes[5].energy == 2)
    #expect(tree.nodes[6].children == [5, 2, 3])
    #expect(tree.nodes[6].minimumCount == 4)
    #expect(tree.nodes[6].lowestMinimum == 0)
    #expect(tree.nodes[0].parent == 5)
    #expect(tree.roots == [6, 4])
    #expect(tree.minima(under: 6) == [0, 1, 2, 3])
    #expect(tree.barriers == [.infinity, 1, 3.5, 1, .infinity])
    #expect(tree.superbasins(at: 0.7) == [[0], [2]])
    #expect(tree.superbasins(at: 3) == [[0, 1], [2], [3]])
    #expect(tree.superbasins(at: 8) == [[0, 1, 2, 3], [4]])
    #expect(tree.groups(at: 3).labels == [0, 0, 1, 2, 3])
  }

  @Test("Wells of PyGT's network unite in their four communities below energy 1.95")
  func communities() throws {
    let tree = try DisconnectivityTree(
      minima: CommunityNetwork.minima, saddles: CommunityNetwork.saddles)
    // The saddles up to 1.3 join only the first five minima of each community of eight.
    #expect(
      tree.groups(at: 1.95).members.filter { $0.count > 1 }
        == [Array(0..<5), Array(8..<13), Array(16..<21), Array(24..<29)])
    #expect(tree.roots.count == 1)
    #expect(tree.nodes[tree.roots[0]].energy == 3.05)
    #expect(tree.nodes[tree.roots[0]].minimumCount == 32)
  }

  @Test("Costs give the landscape from which they come, up to the lowest minimum")
  func costs() throws {
    // Energies 2, 3, 2.5 with saddles 5 and 7; closed form.
    let tree = try DisconnectivityTree(
      stateCount: 3, costs: [(0, 1, 3), (1, 0, 2), (1, 2, 4), (2, 1, 4.5)])
    #expect(tree.nodes.map(\.energy) == [0, 1, 0.5, 3, 5])
    #expect(tree.nodes[4].children == [3, 2])
  }

  @Test("Free energies of a chain with equal fluxes come from its stationary distribution")
  func freeEnergies() throws {
    // π ∝ (1, e^300), flux e^-500 either way.
    let tree = try DisconnectivityTree(
      freeEnergiesOf: try MarkovChain(2, edges: [(0, 1, -200), (1, 0, -500)]))
    #expect((tree.nodes[0].energy - 300).magnitude < 1e-10)
    #expect(tree.nodes[1].energy.magnitude < 1e-10)
    #expect((tree.nodes[2].energy - 500).magnitude < 1e-10)
    #expect((tree.barriers[0] - 200).magnitude < 1e-10)
  }

  @Test("A long row of wells makes a deep tree without recursion")
  func deepTree() throws {
    let count = 20_000
    let tree = try DisconnectivityTree(
      minima: [Double](repeating: 0, count: count),
      saddles: (1..<count).map { (Double($0), $0 - 1, $0) })
    #expect(tree.nodes.count == 2 * count - 1)
    #expect(tree.minima(under: tree.roots[0]).count == count)
    #expect(tree.groups(at: 0.5).count == count)
  }

  @Test("Energies that are no numbers and minima that do not exist are refused")
  func mistakes() {
    #expect(throws: CoarseGrainingError.notANumber(name: "the energy of minimum", index: 1)) {
      try DisconnectivityTree(minima: [0, .nan], saddles: [])
    }
    #expect(throws: CoarseGrainingError.notANumber(name: "the energy of saddle", index: 0)) {
      try DisconnectivityTree(minima: [0, 1], saddles: [(.nan, 0, 1)])
    }
    #expect(throws: MarkovChainError.unknownState(2, stateCount: 2)) {
      try DisconnectivityTree(minima: [0, 1], saddles: [(1, 0, 2)])
    }
  }
}
