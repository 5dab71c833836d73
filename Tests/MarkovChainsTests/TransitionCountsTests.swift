import LinearAlgebra
import MarkovChains
import Testing

@Suite("Transition counts")
struct TransitionCountsTests {
  // Count matrices of deeptime 0.4.5 (TransitionCountEstimator, "sliding" and "sample").
  @Test("Sliding and strided counts are those of deeptime")
  func modes() throws {
    let data = EstimationData.trajectories
    #expect(
      try TransitionCounts(trajectories: data, lag: 3).matrix == [
        [874, 467, 315, 4, 3, 2], [457, 352, 258, 4, 4, 1], [326, 246, 187, 4, 3, 2],
        [4, 5, 7, 631, 459, 374], [3, 7, 0, 484, 385, 264], [0, 3, 1, 351, 288, 219],
      ])
    #expect(
      try TransitionCounts(trajectories: data, lag: 3, mode: .strided).matrix == [
        [285, 159, 100, 1, 0, 0], [152, 125, 92, 2, 2, 1], [106, 86, 56, 1, 2, 0],
        [1, 2, 3, 214, 148, 123], [1, 3, 0, 158, 121, 94], [0, 0, 0, 114, 104, 76],
      ])
    #expect(
      try TransitionCounts(trajectories: data, lag: 10, mode: .strided).matrix == [
        [86, 37, 41, 2, 2, 0], [46, 28, 22, 1, 1, 1], [32, 30, 19, 1, 0, 1],
        [4, 3, 0, 63, 52, 31], [0, 0, 1, 52, 24, 31], [1, 1, 0, 33, 29, 23],
      ])
    let weighted = try TransitionCounts(trajectories: data, lag: 3, mode: .slidingOverLag)
    #expect(abs(weighted[0, 0] - 874 / 3.0) < 1e-12)
  }

  @Test("A gap cuts a trajectory, or is a frame without a state")
  func gaps() throws {
    let data = [[0, 1, -1, 0, 1, 1]]
    #expect(try TransitionCounts(trajectories: data).matrix == [[0, 2], [0, 1]])
    #expect(try TransitionCounts(trajectories: data, lag: 2).matrix == [[0, 1], [0, 0]])
    #expect(
      try TransitionCounts(trajectories: data, lag: 2, unassigned: .skip).matrix
        == [[0, 1], [1, 0]])
  }

  // The visits of state 0 in time are followed by 0 0 0 1 | 0 0 0 1 …: a_t of state 1 has mean ¼
  // and A(1) < 0, so g = 1; with lag 1 and blocks 0⁴1⁴ the visits of 1 are alike.
  @Test("Effective counts of a regular trajectory are the counts")
  func effectiveRegular() throws {
    let data = [(0..<400).map { ($0 / 4) % 2 }]
    let plain = try TransitionCounts(trajectories: data)
    let effective = try TransitionCounts(trajectories: data, mode: .effective)
    // Negative correlations from the first one for 0 → 1; for 0 → 0 the same, a → 1 − a.
    for entry in plain.entries {
      #expect(abs(effective[entry.from, entry.to] - entry.count) < 1e-9 * entry.count)
    }
  }

  // Written out in numpy from the formula in the documentation of `Mode.effective`.
  @Test("Effective counts follow their formula", arguments: effectiveRows)
  func effective(lag: Int, rows: [Double]) throws {
    let counts = try TransitionCounts(
      trajectories: EstimationData.trajectories, lag: lag, mode: .effective)
    for (state, expected) in rows.enumerated() {
      let sum = counts.matrix.row(state).reduce(0, +)
      #expect(abs(sum - expected) < 1e-9 * expected)
    }
  }

  @Test("The largest connected set keeps the names of its states")
  func connectedSets() throws {
    let counts = try TransitionCounts(trajectories: [[5, 5, 0, 1, 0, 2, 1, 0, 4, 4, 4]])
    #expect(counts.connectedSets == [[0, 1, 2], [4], [5], [3]])
    let active = counts.largestConnectedSet()
    #expect(active.labels == [0, 1, 2])
    #expect(active.matrix == [[0, 1, 1], [2, 0, 0], [0, 1, 0]])
    let swapped = try active.restricted(to: [2, 0])
    #expect(swapped.labels == [2, 0])
    #expect(swapped.matrix == [[0, 0], [1, 0]])
  }

  @Test("What is wrong with data is named")
  func errors() {
    func expect(_ error: EstimationError, _ body: () throws -> Void) {
      #expect(throws: error, performing: body)
    }
    expect(.noData) { _ = try TransitionCounts(trajectories: []) }
    expect(.noData) { _ = try TransitionCounts(trajectories: [[], [-1, -1]]) }
    expect(.invalidLag(0)) { _ = try TransitionCounts(trajectories: [[0, 1]], lag: 0) }
    expect(.lagTooLong(lag: 2, longest: 2)) {
      _ = try TransitionCounts(trajectories: [[0, 1, -1, 1]], lag: 2)
    }
    expect(.stateOutOfRange(state: 7, stateCount: 3, trajectory: 1, frame: 2)) {
      _ = try TransitionCounts(trajectories: [[0, 1], [1, 1, 7]], stateCount: 3)
    }
    expect(.invalidStateCount(.min)) {
      _ = try TransitionCounts(trajectories: [[0, .max]])
    }
    expect(.invalidCount(from: 0, to: 1, count: -1)) {
      _ = try TransitionCounts(matrix: [[1, -1], [0, 0]])
    }
    expect(.unknownState(2)) {
      _ = try TransitionCounts(stateCount: 2, entries: [.init(from: 0, to: 2, count: 1)])
    }
    expect(.noCounts(state: 1)) {
      _ = try TransitionCounts(trajectories: [[0, 0, 1]]).maximumLikelihood(.unconstrained)
    }
    expect(.noWayBack(from: 0, to: 1)) {
      _ = try TransitionCounts(matrix: [[3, 1], [0, 4]]).maximumLikelihood()
    }
    expect(.invalidPseudoCount(-1)) {
      _ = try TransitionCounts(matrix: [[3, 1], [1, 4]]).posterior(prior: .uniform(-1), seed: 1)
    }
    #expect(
      EstimationError.lagTooLong(lag: 9, longest: 4).description.contains("9 frames"))
  }
}

/// The sums of the rows for two lags.
private let effectiveRows = [
  (
    3,
    [
      1026.8935020076879, 590.9402501052006, 494.53138254997623, 1096.636522211361,
      749.8376789270355, 667.9391551308106,
    ]
  ),
  (
    10,
    [
      761.7036072251207, 605.0185549800117, 479.46541323220225, 1064.2179385060422,
      777.2865598773462, 629.4885239440089,
    ]
  ),
]
