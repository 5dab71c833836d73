import Landscapes
import StationaryPoints
import Synchronization
import Testing

private func cube(_ d: Int, _ half: Double) throws -> Domain {
  try Domain(
    lower: [Double](repeating: -half, count: d), upper: [Double](repeating: half, count: d))
}

/// Answers "cancelled" from the n-th question on.
private final class Patience: Sendable {
  private let asked = Atomic<Int>(0)
  private let limit: Int
  init(_ limit: Int) { self.limit = limit }
  var isOver: Bool { asked.add(1, ordering: .relaxed).newValue > limit }
}

@Suite("Landscapes with very many stationary points")
struct ManyPointsTests {
  /// A sum of d double wells: 2^d minima, and a saddle for every edge of the cube they form.
  @Test("Styblinski–Tang has all its minima and saddles", arguments: [7, 8])
  func styblinskiTang(_ d: Int) throws {
    let network = try StationaryPointSearch(domain: try cube(d, 5)).run(
      on: CompiledField(Landscapes.StyblinskiTang(dimension: d)))
    #expect(network.minima.count == 1 << d)
    #expect(network.saddles.count == d << (d - 1))
    #expect(network.completeness.status == .consistent)
    #expect(network.completeness.detail.contains("the saddles join all minima"))
    var edges: Set<[Int]> = []
    for saddle in network.saddles {
      let ends = saddle.connects.compactMap { $0 }
      try #require(ends.count == 2)
      edges.insert(ends.sorted())
      let differing = (0..<d).filter {
        let (a, b) = (
          network.minima[ends[0]].coordinates[$0], network.minima[ends[1]].coordinates[$0]
        )
        return (a - b).magnitude > 1
      }
      #expect(differing.count == 1)
      // The coordinate that differs is the one in which the saddle is at the barrier.
      #expect(
        differing.allSatisfy {
          (saddle.point.coordinates[$0] - 0.1567312567803401).magnitude < 1e-9
        })
    }
    #expect(edges.count == network.saddles.count)
  }

  /// Σ(x²−1)²/4 + k Σ(xᵢ₊₁ − xᵢ)². The counts are those of all real solutions of ∇V = 0, followed
  /// by numpy from the 3^d solutions at k = 0 along a complex path (polynomial homotopy): all 3^d
  /// complex solutions, as many as Bézout's number, were found, so none is missing.
  @Test(
    "A chain of weakly coupled wells has the minima and saddles that a homotopy finds",
    arguments: [
      (d: 6, coupling: 0.02, minima: 64, saddles: 192),
      (d: 7, coupling: 0.02, minima: 128, saddles: 448),
      (d: 8, coupling: 0.02, minima: 256, saddles: 1024),
      (d: 6, coupling: 0.05, minima: 64, saddles: 192),
      (d: 4, coupling: 0.1, minima: 10, saddles: 16),
      (d: 5, coupling: 0.1, minima: 16, saddles: 32),
      (d: 6, coupling: 0.1, minima: 26, saddles: 64),
      (d: 4, coupling: 0.2, minima: 4, saddles: 4),
    ])
  func chain(_ d: Int, coupling: Double, minima: Int, saddles: Int) throws {
    let network = try StationaryPointSearch(domain: try cube(d, 2)).run(
      on: CompiledField(WellChain(dimension: d, coupling: 2 * coupling)))
    #expect(network.minima.count == minima)
    #expect(network.saddles.count == saddles)
    #expect(network.completeness.status == .consistent, "\(network.completeness.detail)")
    #expect(network.saddles.allSatisfy { $0.connects.count == 2 && !$0.connects.contains(nil) })
  }

  /// The homotopy's counts by index: 26, 64, 70, 44, 20, 8, 1, with the alternating sum 1.
  @Test("All indices of a chain satisfy the Euler sum")
  func chainOfAllIndices() throws {
    let network = try StationaryPointSearch(domain: try cube(6, 2), highestIndex: nil).run(
      on: CompiledField(WellChain(dimension: 6, coupling: 0.2)))
    let higher = (2...6).map { index in
      network.higherIndexPoints.count { $0.index == index }
    }
    #expect([network.minima.count, network.saddles.count] + higher == [26, 64, 70, 44, 20, 8, 1])
    #expect(network.completeness.status == .consistent)
  }

  @Test("The network does not depend on the number of threads")
  func threads() throws {
    let field = CompiledField(WellChain(dimension: 6, coupling: 0.05))
    var search = StationaryPointSearch(domain: try cube(6, 2), threads: 1)
    let alone = try search.run(on: field)
    search.threads = 2
    #expect(try search.run(on: field) == alone)
    search.threads = 5
    #expect(try search.run(on: field) == alone)
  }

  /// 2²⁰ minima. The lowest has all coordinates at −2.9035340277711771 and the energy
  /// −39.166165703771416 for each of them.
  @Test("A search that meets too many points ends, says so, and keeps a connected network")
  func limit() throws {
    let search = StationaryPointSearch(domain: try cube(20, 5), largestCount: 1500)
    let network = try search.run(on: CompiledField(Landscapes.StyblinskiTang(dimension: 20)))
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.contains("limit of 1500 points"))
    #expect(network.minima.count + network.saddles.count < 2500)
    #expect(network.saddles.count > 500)
    #expect(((network.minima[0].energy ?? 0) + 20 * 39.166165703771416).magnitude < 1e-9)
    // From every minimum a way leads to the lowest one.
    var reached: Set<Int> = [0]
    let joins = network.saddles.map { $0.connects.compactMap { $0 } }
    var before = 0
    while reached.count > before {
      before = reached.count
      for ends in joins where ends.contains(where: { reached.contains($0) }) {
        reached.formUnion(ends)
      }
    }
    #expect(reached.count == network.minima.count)
  }

  @Test("A budget of searches that runs out is told")
  func budget() throws {
    let search = StationaryPointSearch(domain: try cube(12, 5), searchBudget: 2000)
    let network = try search.run(on: CompiledField(Landscapes.StyblinskiTang(dimension: 12)))
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.contains("search budget of 2000"))
    #expect(network.saddles.allSatisfy { $0.connects.count == 2 })
  }

  @Test("A cancelled search keeps the points that it found", arguments: [1, 2])
  func cancelled(_ threads: Int) throws {
    let patience = Patience(1000)
    let network = try StationaryPointSearch(domain: try cube(8, 5), threads: threads).run(
      on: CompiledField(Landscapes.StyblinskiTang(dimension: 8)), isCancelled: { patience.isOver })
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.hasPrefix("interrupted"))
    #expect(network.minima.isEmpty == false)
    #expect(network.saddles.isEmpty == false)
    #expect(network.saddles.count < 1024)
    #expect(network.saddles.allSatisfy { $0.connects.isEmpty && $0.descents.isEmpty })
    #expect(network.escapes.isEmpty)
    for point in network.minima + network.saddles.map(\.point) {
      #expect(point.gradientNorm < 1e-9)
    }
  }

  @Test("A search cancelled while it joins saddles keeps those that are joined")
  func cancelledWhileJoining() throws {
    let field = CompiledField(Landscapes.StyblinskiTang(dimension: 6))
    let search = StationaryPointSearch(domain: try cube(6, 5), threads: 1)
    // One question per task: count them, then stop fifty before the last.
    let questions = Atomic<Int>(0)
    let whole = try search.run(on: field) {
      questions.add(1, ordering: .relaxed)
      return false
    }
    #expect(whole.saddles.count == 192)
    let patience = Patience(questions.load(ordering: .relaxed) - 50)
    let network = try search.run(on: field, isCancelled: { patience.isOver })
    #expect(network.minima.count == 64)
    #expect(network.saddles.count == 192)
    #expect(network.saddles.count { $0.connects.isEmpty } == 50)
    #expect(network.saddles.count { $0.connects.count == 2 } == 142)
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.contains("142 of 192 saddles"))
  }

  @Test("A cancelled proof keeps the points that it proved")
  func cancelledEnumeration() throws {
    let patience = Patience(0)
    let network = try StationaryPointSearch(domain: try cube(2, 5)).run(
      on: CompiledField(Landscapes.StyblinskiTang(dimension: 2)), isCancelled: { patience.isOver })
    #expect(network.completeness.status == .unknown)
    #expect(network.completeness.detail.hasPrefix("interrupted"))
    #expect(network.minima.isEmpty)
  }

  @Test("A limit below one is refused")
  func badLimit() throws {
    #expect(
      throws: StationaryPointError.invalidBudget(name: "the largest count of points", value: 0)
    ) {
      try StationaryPointSearch(domain: try cube(4, 5), largestCount: 0).run(
        on: CompiledField(Landscapes.StyblinskiTang(dimension: 4)))
    }
    #expect(throws: StationaryPointError.invalidThreads(-1)) {
      try StationaryPointSearch(domain: try cube(4, 5), threads: -1).run(
        on: CompiledField(Landscapes.StyblinskiTang(dimension: 4)))
    }
  }
}
