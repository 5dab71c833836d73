import Foundation
import Metastability
import Testing

/// An escape from a ball around the minimum of the regression of `line.csv`, and its exact time.
struct MiniBatchEscape: Sendable, CustomTestStringConvertible {
  /// What the dynamics say about batches.
  var batches: String
  var sampler = "miniBatch"
  var radius: Double
  /// The mean number of steps from the minimum, at the beginning of an epoch.
  var steps: Double
  var testDescription: String { "\(batches), \(sampler), radius \(radius)" }

  func report(method: String, exits: Int, copies: Int = 256) async throws -> AnalysisReport {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/data")
    let size = method == "never" ? "" : ", copies: \(copies), repetitions: 16"
    let problem = try Problem(
      text: """
        { landscape: { model: { kind: "linear", bias: false,
            data: { file: "line.csv", target: "y", normalize: false } }, domain: [[-3, 3]] },
          dynamics: { kind: "sgd", learningRate: 0.1, \(batches), noise: "gradientCovariance" },
          rates: { formulas: ["zhu"] },
          simulation: { exits: \(exits), exit: { kind: "ball", radius: \(radius) },
            sampler: "\(sampler)",
            rareEvents: { method: "\(method)"\(size) } } }
        """, folder: folder.path)
    return try await Analysis(problem).run(.simulate)
  }
}

// θ ← θ − η/B Σ xᵢ(xᵢθ − yᵢ) over the batch, η = 0.1, starting in the minimum; a Python program
// (numpy, scipy.sparse, GMRES to 1e-10) solves T = 1 + P T inside the ball. Independent batches: a sum
// over all batches, on 20 000 cells whose midpoints are mapped (2463.17 and 2463.21 on 20 000 and
// 40 000). Epochs: the state is the cell and the set of samples left, 255 sets with 2000 cells (with
// 500, 1000 and 2000 cells 103083, 102105 and 102792 steps to radius 0.35).
// Normal noise with the covariance of the samples' gradients: 200 nodes of Gauss and Legendre.
@Suite("Escapes of mini-batch descent")
struct MiniBatchEscapeTests {
  static let rare = [
    MiniBatchEscape(batches: "batchSize: 1", radius: 0.6, steps: 2463.2),
    MiniBatchEscape(batches: "batchSize: 2, replacement: false", radius: 0.42, steps: 3733.7),
    MiniBatchEscape(batches: "batchSize: 2", radius: 0.42, steps: 1540.5),
    MiniBatchEscape(
      batches: "batchSize: 1", sampler: "eulerMaruyama", radius: 0.7, steps: 6151.195),
  ]
  static let inEpochs = MiniBatchEscape(
    batches: "batchSize: 1, epochs: true", radius: 0.35, steps: 102_792)

  private func check(
    _ escape: MiniBatchEscape, method: String, copies: Int = 512
  ) async throws {
    let report = try await escape.report(method: method, exits: 100, copies: copies)
    let answer = try #require(report.simulation?.rareEvents.first)
    let exact = -log(0.1 * escape.steps)
    #expect(answer.method == method)
    #expect(answer.standardError < 0.1)
    #expect(
      abs(answer.logRate - exact) < 3 * answer.standardError,
      "\(method) \(answer.logRate) ± \(answer.standardError), exact \(exact)")
  }

  @Test(
    "splitting and forward flux have the exact rate of independent batches",
    arguments: rare, ["splitting", "forwardFlux"])
  func independent(_ escape: MiniBatchEscape, method: String) async throws {
    try await check(escape, method: method)
  }

  @Test(
    "plain simulation has it too, in epochs as well",
    arguments: rare + [
      MiniBatchEscape(batches: "batchSize: 1, epochs: true", radius: 0.3, steps: 1107.9)
    ])
  func plain(_ escape: MiniBatchEscape) async throws {
    let report = try await escape.report(method: "never", exits: 2000)
    let exit = try #require(report.simulation?.result.exits.first)
    let mean = try #require(exit.meanTime)
    let error = try #require(exit.standardError)
    #expect(exit.count == 2000)
    #expect(abs(mean - 0.1 * escape.steps) < 3 * error)
  }

  @Test(
    "in epochs branches take along which samples are left",
    arguments: ["splitting", "forwardFlux"])
  func epochs(method: String) async throws {
    try await check(Self.inEpochs, method: method, copies: 4096)
  }
}
