import Glibc
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Implied time scales")
struct ImpliedTimescalesTests {
  // deeptime 0.4.5, MaximumLikelihoodMSM(maxerr=1e-14).
  @Test("Lags 1, 3 and 10 of deeptime, with intervals around them")
  func lags() throws {
    let rows = try TrajectoryEstimator(sampleCount: 200, seed: 4)
      .impliedTimescales(of: EstimationData.trajectories, lags: [1, 3, 10], count: 2)
    let expected = [
      [5.218128990096735, 0.2574210361251741], [5.208357713718127, 0.259822792619035],
      [5.185948185806056, 1.016649273573994],
    ]
    for (row, values) in zip(rows, expected) {
      #expect(row.labels == [0, 1, 2, 3, 4, 5])
      #expect(largestError(row.logTimescales, values) < 1e-9)
      #expect(row.summaries.count == 2)
      // ln t of the walk itself is 5.2694 (numpy eigvals of its table); some 20 crossings leave a
      // relative error of about 1/√20.
      #expect(row.summaries[0].lower < 5.2694 && 5.2694 < row.summaries[0].upper)
      #expect(row.summaries[0].standardDeviation > 0.1)
      #expect(row.summaries[0].standardDeviation < 0.35)
    }
    #expect(
      try TrajectoryEstimator().impliedTimescales(of: EstimationData.trajectories, lags: [2])[0]
        .summaries.isEmpty)
  }

  @Test("Deterministic alternation has a scale of its own")
  func alternation() throws {
    // Eigenvalue −1: |λ| = 1, infinite scale.
    let rows = try TrajectoryEstimator().impliedTimescales(of: [[0, 1, 0, 1, 0]], lags: [1])
    #expect(rows[0].logTimescales == [.infinity])
  }
}
