import Foundation
import LinearAlgebra
import MarkovChains
import Metastability
import Testing

/// The chain of an example in Fixtures/problems.
private func example(_ name: String) async throws -> AnalysisReport {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let path = folder.appendingPathComponent("Fixtures/problems/\(name).json5").path
  return try await Analysis(try Problem(contentsOfFile: path)).run(.chain)
}

private func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  (a - b).magnitude <= tolerance * max(1, b.magnitude)
}

@Suite("Chains from files, databases and trajectories")
struct GivenChainTests {
  /// The figures are those that PyGT's authors print for their network.
  @Test("A database of 32 minima has the published populations and passage times")
  func kineticNetwork() async throws {
    let report = try await example("kinetic-network")
    let answer = try #require(report.formulas.first { $0.name == "harmonic" })
    let chain = try #require(answer.chain)
    let groups = try #require(chain.details.groups)
    let populations = [0.31641201, 0.19191359, 0.25727061, 0.23440379]
    for (value, expected) in zip(groups.logStationary, populations) {
      #expect((exp(value) - expected).magnitude < 5e-9)
    }
    let passages = try #require(chain.passages)
    #expect(close(exp(passages.forward.logMeanTime), 664.5826837564705, 1e-12))
    #expect(close(exp(passages.backward.logMeanTime), 585.7934067017948, 1e-12))
    // The printed second number is the root of the second moment.
    for (passage, expected) in [
      (passages.forward, 878.2798938434962), (passages.backward, 777.2852968888889),
    ] {
      let moment = exp(2 * passage.logMeanTime) + exp(2 * passage.logStandardDeviation)
      #expect(close(moment.squareRoot(), expected, 1e-12))
    }
    let samples = try #require(chain.details.samples)
    #expect(samples.lost == 0)
    let deviation =
      (exp(samples.logMeanTime) - 664.5826837564705) / exp(samples.logStandardError)
    #expect(deviation.magnitude < 4)
    #expect(passages.dominantPaths.reduce(0) { $0 + $1.share } > 1 - 1e-9)
    // Rates of leaving A for B and of coming back, weighted by where the chain is, are one flux.
    #expect(
      close(passages.forward.logReactiveFlux, passages.backward.logReactiveFlux, 1e-12))
    #expect(chain.details.modes.count == 4)
    #expect(chain.details.metastable?.sets.count == 4)
    #expect(chain.details.disconnectivity?.minimumCount == 32)
    // A rate twice as large halves every time: the sensitivities of a time add up to −1, those of a
    // probability to 0.
    let time = chain.details.sensitivities.reduce(0) { $0 + ($1.meanTime ?? .nan) }
    let share = chain.details.sensitivities.reduce(0) { $0 + ($1.selected ?? .nan) }
    #expect(close(time, -1, 1e-11))
    #expect(share.magnitude < 1e-11)
    #expect(
      report.formulas.first { $0.name == "eyringKramers" }?.unavailable?.contains("ninth column")
        == true)
  }

  /// Expected values by numpy: powers and eigenvalues of the matrix, a linear system for the steps.
  @Test("A chain in discrete time counts steps")
  func discreteTime() async throws {
    let report = try await example("discrete-chain")
    let chain = try #require(report.formulas.first?.chain)
    let passages = try #require(chain.passages)
    #expect(close(exp(passages.forward.logMeanTime), 100, 1e-13))
    #expect(close(exp(passages.forward.logStandardDeviation), 81.03497187, 1e-9))
    #expect(close(exp(passages.backward.logMeanTime), 175, 1e-13))
    let times = try #require(chain.relaxation).logTimes.map { exp($0) }
    #expect(close(times[0], 30.09746221, 1e-9))
    #expect(close(times[1], 14.34850718, 1e-9))
    let late = try #require(chain.details.occupations.last)
    for (value, expected) in zip(late.logProbabilities, [0.20801533, 0.53812831, 0.25385636]) {
      #expect((exp(value) - expected).magnitude < 5e-9)
    }
    // Eigenvalues −1/30.097… and −1/14.348… of the logarithm; the matrix is embeddable up to the
    // rates between 0 and 2, which are slightly negative: ln P by scipy.linalg.logm has −3.1e-4.
    let generator = try #require(chain.details.generator)
    #expect(generator.mostNegativeRate < -2e-4 && generator.mostNegativeRate > -5e-4)
    #expect(close(exp(chain.details.modes[0].logTime), 30.09746221, 1e-9))
    // From 0 the next state is 1 for certain, in 1/0.03 steps.
    let absorption = try #require(chain.details.absorption)
    #expect(absorption.logProbabilities[0][0] == 0)
    #expect(close(exp(absorption.logOccupationTimes[0]), 1 / 0.03, 1e-12))
    // One step from 0 cannot reach 2.
    let first = try #require(chain.details.passageTimes.first)
    #expect(first.logDistribution == -.infinity)
    #expect(first.logSurvival.magnitude < 1e-15)
    // After ten steps: 1 − (1, 1)·Q¹⁰ from 0 with Q the block of the states 0 and 1 (numpy).
    let tenth = chain.details.passageTimes[1]
    #expect((exp(tenth.logDistribution) - 0.023037066121738392).magnitude < 1e-12)
  }

  /// Expected values by deeptime 0.4.5, MaximumLikelihoodMSM with maxerr 1e-14.
  @Test("A chain estimated from a trajectory is deeptime's, and its intervals hold the truth")
  func estimated() async throws {
    let report = try await example("estimated-chain")
    let answer = try #require(report.formulas.first)
    let chain = try #require(answer.chain)
    for (value, expected) in zip(
      chain.logStationary, [0.20470078, 0.49991665, 0.29538256])
    {
      #expect((exp(value) - expected).magnitude < 1e-8)
    }
    let passages = try #require(chain.passages)
    #expect(close(exp(passages.forward.logMeanTime), 103.26313364055298, 1e-9))
    #expect(close(exp(passages.backward.logMeanTime), 164.89493087557574, 1e-9))
    let estimate = try #require(answer.estimate)
    let scales: [[Double]] = [
      [32.21944074, 14.81441015], [32.48958746, 14.99384072], [32.210185, 15.55971323],
      [31.29397656, 15.33719453],
    ]
    for (row, expected) in zip(estimate.timescales, scales) {
      for (value, expected) in zip(row.logTimescales, expected) {
        #expect(close(exp(value), expected, 1e-8))
      }
    }
    // The matrix that made the trajectory has the mean passage time 100.
    let interval = try #require(estimate.logMeanTime)
    #expect(interval.lower < log(100) && log(100) < interval.upper)
    #expect(try #require(estimate.test).largestDeviation < 4)
  }

  /// Closed forms of two states with the rates a and b.
  @Test("Two states with rates of 1e-200 have the answers of the closed forms")
  func twoStates() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("given-chain-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // ln 1e-200 and ln 3e-200.
    let (logA, logB) = (-460.51701859880916, -459.41840631014104)
    try "0 1 \(logA)\n1 0 \(logB)\n".write(
      to: folder.appendingPathComponent("rates.tsv"), atomically: true, encoding: .utf8)
    let problem = try Problem(
      text: """
        { landscape: { chain: "rates.tsv" }, chain: { from: 0, to: 1, initial: 0,
          times: [1e199, 1e200], modes: 1, hierarchy: true, sensitivities: true, sets: 2,
          targets: [[1]], trajectory: 10 } }
        """, folder: folder.path)
    let report = try await Analysis(problem).run(.chain)
    let chain = try #require(report.formulas.first?.chain)
    // p₀(t) = ¾ + ¼ e^{−(a + b)t}, survival e^{−at}.
    for (occupation, t) in zip(chain.details.occupations, [0.1, 1]) {
      #expect(close(occupation.logProbabilities[0], log(0.75 + 0.25 * exp(-4 * t)), 1e-12))
    }
    for (passage, t) in zip(chain.details.passageTimes, [0.1, 1]) {
      #expect(close(passage.logSurvival, -t, 1e-9))
      #expect(close(passage.logDensity, logA - t, 1e-9))
    }
    #expect(close(chain.details.modes[0].logTime, -(logA + log(4)), 1e-12))
    #expect(close(chain.details.sensitivities[0].meanTime ?? .nan, -1, 1e-12))
    // π₀ = b/(a + b): d ln π₀/d ln a = −¼.
    #expect(close(chain.details.sensitivities[0].selected ?? .nan, -0.25, 1e-12))
    // From 0 the only other state is reached for certain, after one visit of the mean time 1/a.
    let absorption = try #require(chain.details.absorption)
    #expect(absorption.logProbabilities[0][0] == 0)
    #expect(close(absorption.logOccupationTimes[0], -logA, 1e-12))
    #expect(absorption.logExpectedVisits[0].magnitude < 1e-12)
    #expect(chain.details.trajectory?.states == [0, 1])
    // The cost of an edge is −ln k, and the slow eigenvalue has the smaller of the two.
    #expect(close(chain.details.lowNoise?.eigenvalueExponents[0] ?? .nan, -logB, 1e-12))
    let written = try ChainExport.write(report, formats: [.edges, .npy, .pyGT], to: folder.path)
    #expect(written.count == 3)
    let copy = try EdgeList.read(file: folder.path + "/given/rates.tsv")
    #expect(copy == report.formulas[0].markov)
    #expect(try PyGTFormat.read(folder: folder.path + "/given/pygt").chain == copy)
  }
}
