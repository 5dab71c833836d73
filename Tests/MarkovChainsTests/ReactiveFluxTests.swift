import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// A mild chain of ten states with the flux from {0, 1} to {9} and all pathways of deeptime
/// (`reactive_flux(P, A, B).pathways(fraction=1)`, P = 1 + Q/(2 max|Q_ii|)).
private struct MildChain: Sendable {
  let edges: String
  let logTotalFlux: Double
  let paths: String
  let shares: String

  static let all = [
    MildChain(
      edges: """
        0>1:-1.80135 0>2:-2.678661 0>3:-1.883432 0>5:-2.12885 0>8:-0.067386 0>9:-0.108357
        1>0:-3.896295 1>2:-2.801381 1>3:-3.262241 1>4:-3.738854 1>5:-2.067721 1>7:-3.011291
        1>8:-2.705835 1>9:-3.832809 2>0:-2.318529 2>1:-1.522916 2>3:-2.023053 2>4:-3.49136
        2>6:-2.289816 2>7:-0.117679 2>8:-0.671932 3>0:-1.515465 3>1:-1.945688 3>2:-0.584099
        3>4:-3.572217 3>5:-1.679983 3>6:-1.857583 4>1:-1.979016 4>2:-3.613876 4>3:-3.095952
        4>5:-0.141796 4>8:-0.81038 4>9:-1.424632 5>0:-2.600695 5>1:-1.438373 5>3:-0.82545
        5>4:-1.196991 5>6:-2.53463 5>8:-3.897796 6>2:-1.731423 6>3:-0.893763 6>5:-3.67162
        6>7:-1.903732 6>9:-0.887967 7>1:-3.891191 7>2:-0.024592 7>6:-2.827907 7>8:-2.340377
        7>9:-1.004888 8>0:-3.817284 8>1:-1.983998 8>2:-2.45244 8>4:-3.947931 8>5:-1.66926
        8>7:-2.011705 8>9:-3.116648 9>0:-1.796088 9>1:-2.746966 9>4:-2.332986 9>6:-0.473391
        9>7:-0.524333 9>8:-1.826619
        """,
      logTotalFlux: -2.781726657867952,
      paths: """
        09 0879 153279 179 19 189 128549 1369 1269 148569 1569 03289 0569 0249 1328769 149
        0269 0349 034879 03269 0532879 032879 132879
        """,
      shares: """
        0.32925439169884746 0.10669522293788612 0.10070245842769068 0.09742798241112553
        0.08271313033318986 0.07940227874446557 0.05737347767509342 0.03332624585933246
        0.027360134887126013 0.025860735583392306 0.013958960957546798 0.010200086546125421
        0.009859818787608396 0.006197329239123049 0.005807044800448251 0.005405184512191211
        0.0030029394080775306 0.001998427480061141 0.0015145264047988077
        0.0009723148770093242 0.0004991731153065901 0.0002999643083024527
        0.00016817100525147167
        """),
    MildChain(
      edges: """
        0>1:-5.0709 0>5:-3.7466 0>7:-4.2469 1>0:-3.9692 1>2:-1.7269 1>3:-2.1364 1>4:-3.6738
        1>5:-4.3294 1>6:-4.2607 2>1:-0.612 2>3:-1.8074 3>1:-2.0272 3>2:-2.8131 3>4:-2.4519
        3>5:-4.3167 3>6:-2.4466 3>7:-3.4383 3>8:-3.7656 4>1:-3.769 4>3:-2.6563 4>5:-2.8833
        4>7:-4.3392 5>0:-1.6785 5>1:-3.363 5>3:-3.4595 5>4:-1.8217 5>6:-0.8468 5>9:-2.7033
        6>1:-5.6345 6>3:-3.9296 6>5:-3.187 6>7:-5.8343 6>8:-5.2161 6>9:-5.2408 7>0:-2.8623
        7>3:-3.2646 7>4:-3.9611 7>6:-4.1776 7>8:-3.4122 8>3:-4.0756 8>6:-4.0431 8>7:-3.8959
        8>9:-4.6888 9>5:-2.1493 9>6:-2.3466 9>8:-2.9676
        """,
      logTotalFlux: -5.661521625690611,
      paths: """
        059 1369 0789 12389 169 1459 1569 13459 07689 1359 123569 123769 074569 07459
        1237459
        """,
      shares: """
        0.3253845061398774 0.21282444071242634 0.08574923977709088 0.07723738342433965
        0.07085764857898419 0.0703239404779696 0.0603709228246863 0.037948497114622164
        0.020999079964808976 0.018379407833210754 0.009168250413693605 0.007570303256531966
        0.0020535603143536224 0.0009456526899628806 0.0001871664774273447
        """),
  ]
}

@Suite("The reactive flux")
struct ReactiveFluxTests {
  @Test("All pathways of mild chains agree with deeptime", arguments: 0..<2)
  func deeptime(_ number: Int) throws {
    let reference = MildChain.all[number]
    let flux = try makeChain(reference.edges).reactiveFlux(from: [1, 0], to: [9])
    #expect(abs(flux.logTotalFlux - reference.logTotalFlux) < 1e-13)
    let paths = flux.pathways()
    #expect(
      paths.map(\.states)
        == reference.paths.split(whereSeparator: \.isWhitespace).map {
          $0.compactMap(\.wholeNumberValue)
        })
    #expect(largestError(paths.map(\.share), ReferenceChain.numbers(reference.shares)) < 1e-13)
    #expect(flux.pathways(count: 3) == Array(paths.prefix(3)))
  }

  // A ring of six states with rate 1, but 1/2 between 2 and 3; the distribution is uniform. From 0
  // to 3 it is a circuit of resistances 1 + 1 + 2 on one side and 1 + 1 + 1 on the other.
  @Test("Fluxes of a ring are those of an electrical circuit", arguments: [0.0, -900])
  func ring(logRate: Double) throws {
    var transitions: [MarkovChain.Transition] = []
    for i in 0..<6 {
      let rate = logRate - (i == 2 ? log(2.0) : 0)
      transitions.append(.init(from: i, to: (i + 1) % 6, logRate: rate))
      transitions.append(.init(from: (i + 1) % 6, to: i, logRate: rate))
    }
    let flux = try MarkovChain(stateCount: 6, transitions: transitions)
      .reactiveFlux(from: [0], to: [3])
    // Conductances 1/4 and 1/3, in units of π k = 1/6.
    #expect(abs(flux.logTotalFlux - (log(7.0 / 72) + logRate)) < 1e-12)
    let paths = flux.pathways()
    #expect(paths.map(\.states) == [[0, 5, 4, 3], [0, 1, 2, 3]])
    #expect(largestError(paths.map(\.share), [4.0 / 7, 3.0 / 7]) < 1e-14)
    let edge = try #require(flux.edges.first { $0.from == 1 && $0.to == 2 })
    // q = 0, 1/4, 1/2, 1: gross flux π (1 − q₁) q₂ k, net flux π (q₂ − q₁) k.
    #expect(abs(edge.logFlux - (log(3.0 / 48) + logRate)) < 1e-12)
    #expect(abs(edge.logNetFlux - (log(1.0 / 24) + logRate)) < 1e-12)
    let back = try #require(flux.edges.first { $0.from == 2 && $0.to == 1 })
    #expect(abs(back.logFlux - (log(1.0 / 48) + logRate)) < 1e-12)
    #expect(back.logNetFlux == -.infinity)
  }

  // A line 0 — 1 — 2 — 3 and a detour 1 — 4 — 2 of half the conductance.
  @Test("The bottleneck is the transition that limits the path")
  func bottleneck() throws {
    let chain = try makeChain("0>1:0 1>0:0 1>2:0 2>1:0 2>3:0 3>2:0 1>4:0 4>1:0 4>2:0 2>4:0")
    let paths = try chain.dominantPaths(from: [0], to: [3])
    #expect(paths.map(\.states) == [[0, 1, 2, 3], [0, 1, 4, 2, 3]])
    #expect(largestError(paths.map(\.share), [2.0 / 3, 1.0 / 3]) < 1e-14)
    #expect(paths.first?.bottleneck == 1)
  }

  @Test("Net fluxes are conserved and gross fluxes differ by them")
  func conservation() throws {
    let chain = try MarkovChain(
      stateCount: 80,
      transitions: randomTransitions(80, seed: 8).map {
        .init(from: $0.from, to: $0.to, logRate: $0.logRate / 40)
      })
    let flux = try chain.reactiveFlux(from: [0, 7], to: [40, 41])
    var net = [Double](repeating: 0, count: 80)
    for edge in flux.edges where edge.logNetFlux > -.infinity {
      let share = exp(edge.logNetFlux - flux.logTotalFlux)
      net[edge.from] -= share
      net[edge.to] += share
      let back = flux.edges.first { $0.from == edge.to && $0.to == edge.from }?.logFlux
      let difference =
        exp(edge.logFlux - flux.logTotalFlux) - exp((back ?? -.infinity) - flux.logTotalFlux)
      #expect(abs(difference - share) < 1e-12)
    }
    for state in 0..<80 where ![0, 7, 40, 41].contains(state) { #expect(abs(net[state]) < 1e-12) }
    #expect(abs(net[40] + net[41] - 1) < 1e-12)
    #expect(abs(net[0] + net[7] + 1) < 1e-12)
  }

  @Test("Where the chain does not come from A to B there is no flux")
  func none() throws {
    let chain = try makeChain("0>1:0 1>2:0 2>1:0")
    let flux = try chain.reactiveFlux(from: [0], to: [1])
    #expect(flux.logTotalFlux == -.infinity)
    #expect(flux.edges.isEmpty && flux.pathways().isEmpty)
    #expect(throws: MarkovChainError.overlappingSets(state: 1)) {
      try chain.reactiveFlux(from: [0, 1], to: [1])
    }
  }

  // Two separate routes in a chain of uniform distribution: conductances 1/2 and e⁻²⁰⁰/2.
  @Test("A route that carries next to nothing is found nevertheless")
  func faint() throws {
    let chain = try makeChain("0>1:0 1>0:0 1>2:0 2>1:0 0>3:-200 3>0:-200 3>2:-200 2>3:-200")
    let paths = try chain.dominantPaths(from: [0], to: [2])
    #expect(paths.map(\.states) == [[0, 1, 2], [0, 3, 2]])
    #expect(abs(log(paths.last?.share ?? 0) + 200) < 1e-12)
  }
}
