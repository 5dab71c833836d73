import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// Matrices of transition probabilities with blocks, from a linear congruential generator; the next
/// block is reached more often than the others by the factor `drift`.
func blockMatrix(
  states: Int, blocks: Int, seed: Int, drift: Double, coupling: Double = 0.01
) -> Matrix {
  var x = seed
  var p = Matrix(rows: states, columns: states)
  let size = states / blocks
  for i in 0..<states {
    for j in 0..<states {
      x = (x * 1_103_515_245 + 12345) % 2_147_483_648
      let u = Double(x) / 2_147_483_648
      guard i != j else { continue }
      p[i, j] =
        i / size == j / size
        ? 0.1 + u : coupling * u * (j / size == (i / size + 1) % blocks ? drift : 1)
    }
  }
  for i in 0..<states {
    let sum = p.row(i).reduce(0, +)
    for j in 0..<states { p[i, j] /= sum * 1.25 }
    p[i, i] = 1 - p.row(i).reduce(0, +)
  }
  return p
}

/// The chain whose rates are the elements off the diagonal.
func chain(from p: Matrix) throws -> MarkovChain {
  try MarkovChain(
    stateCount: p.rows,
    transitions: (0..<p.rows).flatMap { i in
      (0..<p.rows).filter { $0 != i }.map { .init(from: i, to: $0, logRate: log(p[i, $0])) }
    })
}

@Suite("Metastable sets")
struct MetastableSetsTests {
  struct Example: Sendable {
    let states: Int
    let blocks: Int
    let seed: Int
    let drift: Double
    var coupling = 0.01
    let crispness: Double
    let minChi: Double
    let memberships: [[Double]]

    var matrix: Matrix {
      blockMatrix(states: states, blocks: blocks, seed: seed, drift: drift, coupling: coupling)
    }
  }

  // pyGPCCA 1.0.4 with uniform weights, its simplex search repeated thirty times with tolerance
  // 1e-14 (its own of 1e-4 leaves three digits).
  static let examples = [
    Example(
      states: 9, blocks: 3, seed: 7, drift: 1,
      crispness: 0.9802424125403374, minChi: -0.001170407363828,
      memberships: [
        [0.00574577844, 0.98260652596, 0.0116476956],
        [0, 1, 0],
        [0.00271378513, 0.98864086572, 0.00864534915],
        [0.98744436724, 0.00581995107, 0.00673568169],
        [1, 0, 0],
        [0.96906653168, 0.01143664828, 0.01949682003],
        [0, 0.00462640696, 0.99537359304],
        [0.00675587887, 0.00545881645, 0.98778530467],
        [0.00117446632, 0, 0.99882553368],
      ]),
    Example(
      states: 9, blocks: 3, seed: 7, drift: 8,
      crispness: 0.9259360865745766, minChi: -0.004560357906342,
      memberships: [
        [0.04375983196, 0.00685330842, 0.94938685963],
        [0, 0, 1],
        [0.01745422992, 0.01112645866, 0.97141931143],
        [0.94749663612, 0.05083193201, 0.00167143187],
        [1, 0, 0],
        [0.86116746875, 0.13535650715, 0.00347602411],
        [0, 0.96322569238, 0.03677430762],
        [0.00739612148, 0.95076134078, 0.04184253774],
        [0.00471215503, 0.99528784497, 0],
      ]),
    Example(
      states: 12, blocks: 4, seed: 11, drift: 5,
      crispness: 0.9571972352857595, minChi: -0.009596639688304,
      memberships: [
        [0, 0.00963192337, 0, 0.99036807663],
        [0.01730349215, 0.00629163648, 0.00203249225, 0.97437237912],
        [0.01078154865, 0, 0.00713272989, 0.98208572146],
        [0.99336922771, 0, 0.00137314186, 0.00525763043],
        [0.9564715774, 0.0435284226, 0, 0],
        [0.96017942399, 0.03481853856, 0.00104631569, 0.00395572175],
        [0, 0.9915103054, 0, 0.0084896946],
        [0.00251022688, 0.99539007455, 0.00209969857, 0],
        [0.00068334042, 0.96120636554, 0.03495641103, 0.00315388301],
        [0, 0.00022180916, 0.99977819084, 0],
        [0.00668077366, 0.00538861257, 0.95166207196, 0.03626854181],
        [0.00902959063, 0, 0.97885165069, 0.01211875868],
      ]),
    Example(
      states: 12, blocks: 3, seed: 5, drift: 1, coupling: 0.3,
      crispness: 0.7358543360793147, minChi: -0.164318413647,
      memberships: [
        [0.79896971822, 0.12315819677, 0.077872085],
        [0.80104434107, 0.19895565893, 0],
        [0.79616510467, 0.08875572477, 0.11507917056],
        [0.92711367992, 0, 0.07288632008],
        [0.27933281951, 0.66930047032, 0.05136671017],
        [0.21206079952, 0.78793920048, 0],
        [0, 0.84252327033, 0.15747672967],
        [0.1926771386, 0.7747959, 0.03252696141],
        [0.00210219674, 0, 0.99789780326],
        [0, 0.04504380077, 0.95495619923],
        [0.01291482655, 0.05965205646, 0.92743311699],
        [0.08909559415, 0.10751048381, 0.80339392204],
      ]),
  ]

  private func largestDifference(_ found: Matrix, _ expected: [[Double]]) -> Double {
    // pyGPCCA's order of the sets is not ours.
    let count = found.columns
    var total = 0.0
    for j in 0..<count {
      total = max(
        total,
        (0..<count).map { k in
          (0..<found.rows).reduce(0) { max($0, (found[$1, j] - expected[$1][k]).magnitude) }
        }.min() ?? .infinity)
    }
    return total
  }

  @Test("Memberships, crispness and minChi are those of pyGPCCA", arguments: examples)
  func generalExamples(example: Example) throws {
    let analysis = try PerronClusterAnalysis(transitionMatrix: example.matrix)
    let sets = try analysis.metastableSets(count: example.blocks)
    #expect(largestDifference(sets.memberships, example.memberships) < 2e-10)
    #expect((sets.crispness - example.crispness).magnitude < 1e-12)
    #expect((sets.minChi - example.minChi).magnitude < 1e-11)
    for i in 0..<sets.memberships.rows {
      #expect((sets.memberships.row(i).reduce(0, +) - 1).magnitude < 1e-14)
    }
    #expect(sets.memberships.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
    // The coarse matrix has the dominant eigenvalues and commutes with the memberships.
    let coarse = try analysis.coarseTransitionMatrix(sets)
    let left = example.matrix * sets.memberships
    #expect((left - sets.memberships * coarse).largestMagnitude < 1e-13)
    // The same from the generator by state reduction.
    let reduction = try chain(from: example.matrix).metastableSets(count: example.blocks)
    #expect((reduction.sets.memberships - sets.memberships).largestMagnitude < 1e-11)
    #expect(
      (reduction.coarseRates.matrix + .identity(example.blocks) - coarse).largestMagnitude < 1e-11)
    let stationary = try #require(analysis.stationaryProbabilities(sets))
    let logStationary = try #require(reduction.logStationary)
    for (a, b) in zip(stationary, logStationary) { #expect((log(a) - b).magnitude < 1e-11) }
  }

  @Test("A number of sets that divides a complex pair is refused with its neighbours")
  func complexPairs() throws {
    let matrix = blockMatrix(states: 9, blocks: 3, seed: 7, drift: 8)
    let analysis = try PerronClusterAnalysis(transitionMatrix: matrix)
    let expected = CoarseGrainingError.splitsComplexPair(count: 2, accepted: [3])
    #expect(throws: expected) { try analysis.metastableSets(count: 2) }
    #expect(throws: expected) { try chain(from: matrix).metastableSets(count: 2) }
    #expect(expected.description.contains("accepted beside it: 3"))
    let selection = try chain(from: matrix).metastableSetSelection(in: 2...4)
    #expect(!selection.candidates.map(\.count).contains(2))
    #expect(selection.crispest == 3)
  }

  @Test("PCCA+ on a reversible matrix is GPCCA with stationary weights")
  func reversible() throws {
    let general = blockMatrix(states: 12, blocks: 4, seed: 3, drift: 1)
    let symmetric = general + general.transposed
    var matrix = symmetric
    let total = symmetric.elements.reduce(0, +)
    for i in 0..<12 {
      let sum = symmetric.row(i).reduce(0, +)
      for j in 0..<12 { matrix[i, j] = symmetric[i, j] / sum }
    }
    let robust = try PerronClusterAnalysis(reversible: matrix)
    for i in 0..<12 {
      let expected = symmetric.row(i).reduce(0, +) / total
      #expect((robust.weights[i] - expected).magnitude < 1e-14)
    }
    let sets = try robust.metastableSets(count: 4)
    let other = try PerronClusterAnalysis(transitionMatrix: matrix, weights: .stationary)
      .metastableSets(count: 4)
    #expect((sets.memberships - other.memberships).largestMagnitude < 1e-12)
    #expect(try sets.groups().members.map(\.count) == [3, 3, 3, 3])
    #expect(throws: CoarseGrainingError.notReversible(from: 1, to: 0)) {
      try PerronClusterAnalysis(reversible: blockMatrix(states: 9, blocks: 3, seed: 7, drift: 8))
    }
  }

  /// Five wells of eight states that only their first and last states connect; energies and
  /// barriers such that leaving the wells takes 1e50 to 1e250 of the time within them.
  private static func wells(drift: Double) throws -> MarkovChain {
    var transitions: [MarkovChain.Transition] = []
    for well in 0..<5 {
      for k in 0..<8 {
        for step in [1, 3] {
          let (i, j) = (8 * well + k, 8 * well + (k + step) % 8)
          transitions.append(.init(from: i, to: j, logRate: -0.1 * Double(k % 3) + drift))
          transitions.append(.init(from: j, to: i, logRate: -0.2 * Double(k % 4)))
        }
      }
    }
    let out = [-115.0, -230, -345, -460, -575]
    for well in 0..<5 {
      let next = (well + 1) % 5
      transitions.append(.init(from: 8 * well + 7, to: 8 * next, logRate: out[well]))
      transitions.append(.init(from: 8 * next, to: 8 * well + 7, logRate: out[next] - 7))
    }
    return try MarkovChain(stateCount: 40, transitions: transitions)
  }

  @Test("Wells that are left once in 1e50 to 1e250 steps are the sets", arguments: [0.0, 0.7])
  func stiffWells(drift: Double) throws {
    let chain = try Self.wells(drift: drift)
    let reduction = try chain.metastableSets(count: 5)
    let sets = reduction.sets
    #expect(Set(sets.members) == Set((0..<5).map { Array(8 * $0..<8 * $0 + 8) }))
    for i in 0..<40 {
      for j in 0..<5 {
        let isMember = sets.members[j].contains(i)
        #expect((sets.memberships[i, j] - (isMember ? 1 : 0)).magnitude < 1e-13)
      }
    }
    #expect((sets.crispness - 1).magnitude < 1e-13)
    // Rates of all sizes: those between wells in equilibrium, to the relative order 1e-50.
    let labels = try sets.groups()
    let expected = try chain.localEquilibriumChain(labels)
    for from in 0..<5 {
      for to in 0..<5 where expected.logRate(from: from, to: to) > -.infinity {
        let rate = reduction.coarseRates.rate(from: from, to: to)
        #expect((rate.logMagnitude - expected.logRate(from: from, to: to)).magnitude < 1e-10)
      }
    }
    let populations = try #require(reduction.logStationary)
    for (a, b) in zip(populations, expected.logStationaryDistribution()) {
      #expect((a - b).magnitude < 1e-10)
    }
  }

  @Test("With fewer sets than wells those that are left first join where they lead")
  func hierarchy() throws {
    // Well 0 leads to well 1 rather than 4, well 1 to 2, and so on; each is left e^115 times more
    // often than the next.
    let chain = try Self.wells(drift: 0)
    for count in [2, 4] {
      let sets = try chain.metastableSets(count: count).sets
      let merged = Array(0..<8 * (6 - count))
      let single = (6 - count..<5).map { Array(8 * $0..<8 * $0 + 8) }
      #expect(Set(sets.members) == Set(single + [merged]))
      #expect(sets.crispness > 0.999)
      #expect(sets.minChi > -1e-49)
      // States of well 0 are shared by the sets as they lead to their wells; the rest of a slow
      // mode is below by 1e-50.
      let fourth = sets.assignment[32]
      let committor = try chain.committor(from: (5 - count..<4).map { 8 * $0 }, to: [32])
      for state in 0..<8 {
        let expected = exp(committor.logCommittor[state])
        #expect((sets.memberships[state, fourth] - expected).magnitude < 1e-13)
      }
    }
    let selection = try chain.metastableSetSelection(in: 2...7)
    #expect(selection.crispest == 5)
    #expect(selection.widestGap == 5)
    #expect(selection.candidates.map(\.count) == [2, 3, 4, 5, 6, 7])
  }

  @Test("A wide chain whose slow modes have close neighbours agrees with the Schur form")
  func closeModes() throws {
    // Sixty states, four sets; extra modes widen the gap for the iteration.
    let matrix = blockMatrix(states: 60, blocks: 4, seed: 17, drift: 3, coupling: 0.15)
    let direct = try PerronClusterAnalysis(
      transitionMatrix: matrix, order: .largestRealPart
    ).metastableSets(count: 4)
    let reduced = try chain(from: matrix).metastableSets(count: 4).sets
    #expect((direct.memberships - reduced.memberships).largestMagnitude < 1e-10)
    #expect((direct.crispness - reduced.crispness).magnitude < 1e-11)
  }

  @Test("Recurrent classes are sets of their own, and transient states belong to several")
  func reducible() throws {
    // 0 ⇄ 1 and 2 ⇄ 3, 4 leads to the first with probability 1/4: closed form.
    let chain = try MarkovChain(
      5, edges: [(0, 1, 0), (1, 0, 0), (2, 3, 0), (3, 2, 0), (4, 0, 0), (4, 2, log(3))])
    let reduction = try chain.metastableSets(count: 2)
    #expect(reduction.logStationary == nil)
    let chi = reduction.sets.memberships
    let first = reduction.sets.assignment[0]
    #expect((chi[4, first] - 0.25).magnitude < 1e-14)
    #expect(chi[1, first] == 1 && chi[2, first] == 0)
    #expect(reduction.coarseRates.matrix.largestMagnitude == 0)
    let three = try MarkovChain(3, edges: [(0, 1, 0)])
    #expect(throws: CoarseGrainingError.setCount(1, accepted: 2...3)) {
      try three.metastableSets(count: 1)
    }
    let apart = try MarkovChain(4, edges: [(0, 1, 0)])
    #expect(throws: CoarseGrainingError.setCount(2, accepted: 3...4)) {
      try apart.metastableSets(count: 2)
    }
  }

  @Test("What is no matrix of probabilities or no weight is named")
  func mistakes() throws {
    #expect(throws: CoarseGrainingError.shape(rows: 1, columns: 2)) {
      try PerronClusterAnalysis(transitionMatrix: [[0.5, 0.5]])
    }
    #expect(throws: CoarseGrainingError.invalidProbability(row: 0, column: 1, value: -0.5)) {
      try PerronClusterAnalysis(transitionMatrix: [[1.5, -0.5], [0.5, 0.5]])
    }
    #expect(throws: CoarseGrainingError.rowSum(row: 1, sum: 0.75)) {
      try PerronClusterAnalysis(transitionMatrix: [[0.5, 0.5], [0.25, 0.5]])
    }
    let matrix: Matrix = [[0.5, 0.5], [0.5, 0.5]]
    #expect(throws: CoarseGrainingError.weightCount(1, stateCount: 2)) {
      try PerronClusterAnalysis(transitionMatrix: matrix, weights: .custom([1]))
    }
    #expect(throws: CoarseGrainingError.invalidWeight(state: 1, weight: 0)) {
      try PerronClusterAnalysis(transitionMatrix: matrix, weights: .custom([1, 0]))
    }
    #expect(throws: CoarseGrainingError.setCount(3, accepted: 2...2)) {
      try PerronClusterAnalysis(transitionMatrix: matrix).metastableSets(count: 3)
    }
  }
}
