import Glibc
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Net fluxes that recrossings hide")
struct HiddenNetFluxTests {
  @Test("Every net flux agrees with arbitrary precision", arguments: ReferenceFlux.all)
  func netFluxes(_ reference: ReferenceFlux) throws {
    let flux = try makeChain(reference.edges).reactiveFlux(from: reference.from, to: reference.to)
    #expect((flux.logTotalFlux - reference.logTotalFlux).magnitude < 1e-11)
    let expected = makeEdges(reference.netFluxes)
    let found = flux.edges.filter { $0.logNetFlux > -.infinity }
    #expect(found.map { [$0.from, $0.to] } == expected.map { [$0.from, $0.to] })
    #expect(largestError(found.map(\.logNetFlux), expected.map(\.value)) < 1e-11)
  }

  @Test("The pathways carry the whole flux", arguments: ReferenceFlux.all)
  func pathways(_ reference: ReferenceFlux) throws {
    let chain = try makeChain(reference.edges)
    try checkPathways(
      of: chain, try chain.dominantPaths(from: reference.from, to: reference.to),
      from: reference.from, to: reference.to)
  }

  private func checkPathways(
    of chain: MarkovChain, _ paths: [ReactivePath], from: [Int], to: [Int]
  ) throws {
    #expect((paths.reduce(0) { $0 + $1.share } - 1).magnitude < 1e-12)
    let edges = Set(chain.transitions.map { [$0.from, $0.to] })
    for path in paths {
      #expect(path.share > 0)
      #expect(Set(path.states).count == path.states.count)
      #expect(from.contains(path.states[0]) && to.contains(path.states[path.states.count - 1]))
      #expect(zip(path.states, path.states.dropFirst()).allSatisfy { edges.contains([$0, $1]) })
    }
  }

  @Test("The pathways of random chains over 300 decades carry the whole flux", arguments: 5...12)
  func randomChains(stateCount: Int) throws {
    for seed in 0..<20 {
      var numbers = UniformNumbers(state: UInt64(1000 * stateCount + seed))
      var transitions = (0..<stateCount).map { state in
        MarkovChain.Transition(
          from: state, to: (state + 1) % stateCount, logRate: -690 * numbers.next())
      }
      for _ in 0..<2 * stateCount {
        let i = Int(numbers.next() * Double(stateCount))
        let j = Int(numbers.next() * Double(stateCount))
        let (there, back) = (-690 * numbers.next(), -690 * numbers.next())
        guard i != j else { continue }
        transitions.append(.init(from: i, to: j, logRate: there))
        // One pair in four is joined in one direction only.
        if numbers.next() < 0.75 { transitions.append(.init(from: j, to: i, logRate: back)) }
      }
      let chain = try MarkovChain(stateCount: stateCount, transitions: transitions)
      let to = seed % 2 == 0 ? [stateCount - 1] : [stateCount - 2, stateCount - 1]
      let from = seed % 3 == 0 ? [0, 1] : [0]
      try checkPathways(
        of: chain, try chain.dominantPaths(from: from, to: to), from: from, to: to)
    }
  }

  // A loop 0 → 1 ⇄ 2 → 3 → 0 with the branch 1 ⇄ 4 ⇄ 5, from which all comes back.
  @Test("Over a bridge to states without a way on there is no net flux")
  func bridge() throws {
    let flux = try makeChain(
      "0>1:-1 1>2:0.3 2>1:0.1 2>3:-90 3>0:-2 1>0:-93 1>4:0.7 4>1:-0.9 4>5:0.3 5>4:-40"
    ).reactiveFlux(from: [0], to: [3])
    #expect(
      flux.edges.filter { $0.logNetFlux > -.infinity }.map { [$0.from, $0.to] }
        == [[0, 1], [1, 2], [2, 3]])
    #expect(flux.edges.contains { $0.from == 4 && $0.to == 5 && $0.logFlux > -.infinity })
    #expect((flux.pathways().reduce(0) { $0 + $1.share } - 1).magnitude < 1e-12)
  }

  // Two branches that mirror each other between 1 and 2, with a transition between their middles 4 and
  // 5: a balanced Wheatstone bridge, over which the net flux is exactly zero.
  @Test("A net flux that vanishes by symmetry counts as zero")
  func symmetric() throws {
    let flux = try makeChain(
      """
      0>1:-1 1>4:-20 4>1:0.5 1>5:-20 5>1:0.5 4>5:1 5>4:1 4>2:-0.25 2>4:-30 5>2:-0.25 2>5:-30 2>3:-60
      3>0:-2 1>0:-75
      """
    ).reactiveFlux(from: [0], to: [3])
    #expect(
      flux.edges.filter { $0.logNetFlux > -.infinity }.map { [$0.from, $0.to] }
        == [[0, 1], [1, 4], [1, 5], [2, 3], [4, 2], [5, 2]])
    let paths = flux.pathways()
    #expect(largestError(paths.map(\.share), [0.5, 0.5]) < 1e-12)
  }

  @Test("What cannot be computed in many digits is taken from the balance of the states")
  func fallback() throws {
    let reference = ReferenceFlux.all[3]
    let chain = try makeChain(reference.edges)
    let paths = try EliminationSettings.$current.withValue(.init(memoryLimit: 1)) {
      try chain.dominantPaths(from: reference.from, to: reference.to)
    }
    #expect(paths.reduce(0) { $0 + $1.share } < 0.9)
  }

  @Test("Landscape-like chains of a hundred states are answered whole", arguments: [20.0, 150])
  func landscape(decades: Double) throws {
    let chain = try MarkovChain.randomLandscapeNetwork(
      stateCount: 100, decades: decades, seed: 5, reversible: false)
    let stationary = chain.logStationaryDistribution()
    let order = stationary.indices.sorted { stationary[$0] > stationary[$1] }
    try checkPathways(
      of: chain, try chain.dominantPaths(from: [order[0]], to: [order[1]]), from: [order[0]],
      to: [order[1]])
  }
}
