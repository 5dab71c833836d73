import LinearAlgebra
import MarkovChains
import Testing

@Suite("Chapman–Kolmogorov test")
struct ChapmanKolmogorovTests {
  // numpy powers of deeptime's reversible estimates (maxerr=1e-14), lag 2; rows A→A, A→B, B→A, B→B.
  @Test("Predictions and estimates of two sets")
  func twoSets() throws {
    let test = try TrajectoryEstimator(sampleCount: 200, seed: 6).chapmanKolmogorovTest(
      of: EstimationData.trajectories, lag: 2, multiples: [1, 5, 20],
      sets: [[0, 1, 2], [3, 4, 5]])
    let predicted = [
      [0.9948702678049102, 0.005129732195089925, 0.005738747029526818, 0.9942612529704732],
      [0.9749421663394042, 0.025057833660595576, 0.02803276331340707, 0.9719672366865932],
      [0.90750442787939, 0.09249557212060922, 0.10347688135836973, 0.8965231186416315],
    ]
    for (comparison, expected) in zip(test.comparisons, predicted) {
      #expect(largestError(comparison.predicted.elements, expected) < 1e-11)
      #expect(comparison.predictedSummaries.count == 4)
    }
    let seen = [0.9045096047838648, 0.09549039521613557, 0.10559561100850832, 0.8944043889914917]
    #expect(largestError(test.comparisons[2].estimated.elements, seen) < 1e-11)
    #expect(test.comparisons[0].deviations.allSatisfy { $0 == 0 })
    #expect(test.largestDeviation < 3)
  }

  @Test("States that lump both sides of a barrier fail")
  func lumped() throws {
    let trajectory = EstimationData.trajectory(seed: 9, count: 100_000, start: 0)
    func deviation(_ isFirst: (Int) -> Bool) throws -> Double {
      try TrajectoryEstimator(sampleCount: 200, seed: 6).chapmanKolmogorovTest(
        of: [trajectory.map { isFirst($0) ? 0 : 1 }], lag: 2, multiples: [10], sets: [[0], [1]]
      ).largestDeviation
    }
    #expect(try deviation { $0 < 3 } < 3)
    #expect(try deviation { [0, 1, 3].contains($0) } > 4)
  }

  @Test("What is wrong is named")
  func errors() {
    #expect(throws: EstimationError.emptySet(number: 1)) {
      try TrajectoryEstimator().chapmanKolmogorovTest(
        of: EstimationData.trajectories, lag: 1, multiples: [2], sets: [[0], [9]])
    }
    #expect(throws: EstimationError.invalidLag(0)) {
      try TrajectoryEstimator().chapmanKolmogorovTest(
        of: EstimationData.trajectories, lag: 1, multiples: [0], sets: [[0]])
    }
  }
}
