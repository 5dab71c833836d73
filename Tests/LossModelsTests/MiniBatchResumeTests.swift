import Landscapes
import LinearAlgebra
import LossModels
import Simulation
import StationaryPoints
import Synchronization
import Testing

/// ℓᵢ(θ) = (θ² − 1)²/4 + xᵢθ.
private struct NoisyWell: SampledLoss {
  let slopes: [Double]
  var dimension: Int { 1 }
  var sampleCount: Int { slopes.count }
  func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at p: Span<S>) -> S {
    var sum = S(0.0)
    for i in samples {
      sum = sum + S(0.25) * (p[0].squared() - 1).squared() + S(slopes[i]) * p[0]
    }
    return sum
  }
}

/// A store in memory to which nothing more arrives after a number of writes.
private final class KilledStore: CheckpointStore {
  private let entries: Mutex<[String: [UInt8]]>
  private let left: Mutex<Int>

  init(_ contents: [String: [UInt8]], after writes: Int) {
    entries = Mutex(contents)
    left = Mutex(writes)
  }

  var name: String { "in memory" }
  var contents: [String: [UInt8]] { entries.withLock { $0 } }
  var isKilled: Bool { left.withLock { $0 <= 0 } }

  func values(withPrefix prefix: String) -> [String: [UInt8]] {
    entries.withLock { $0.filter { $0.key.hasPrefix(prefix) } }
  }

  func update(_ values: [String: [UInt8]], removing removed: [String]) {
    let arrives = left.withLock {
      $0 -= 1
      return $0 >= 0
    }
    guard arrives else { return }
    entries.withLock {
      for key in removed { $0[key] = nil }
      $0.merge(values) { $1 }
    }
  }
}

@Suite("Mini-batch descent that is interrupted")
struct MiniBatchResumeTests {
  private func ensemble(_ sampling: BatchSampling, threads: Int) throws -> Ensemble {
    let model = NoisyWell(slopes: [4, -3.5, 2, -5, 1, 3, -1.8, 0.3])
    let descent = try MiniBatchDescent(
      model, settings: StochasticGradient(learningRate: 0.15, batchSize: 3), sampling: sampling)
    let field = model.compiled
    func point(_ x: Double) throws -> StationaryPoint {
      let hessian = field.hessian(at: [x])
      return StationaryPoint(
        coordinates: [x], energy: field.energy(at: [x]), hessian: hessian,
        eigenvalues: try hessian.eigenvalues(), gradientNorm: 0, index: x == 0 ? 1 : 0,
        flatDirections: 0, isCertified: false)
    }
    let network = StationaryNetwork(
      minima: [try point(-1), try point(1)],
      saddles: [Saddle(point: try point(0), connects: [0, 1], descents: [])],
      completeness: Completeness(status: .unknown, detail: "by hand"))
    return try Ensemble(
      mover: DiscreteMover(descent), field: field, network: network,
      settings: EnsembleSettings(
        trajectories: 12, time: 450, timeStep: 0.15, seed: 3, threads: threads, exits: 25))
  }

  @Test(
    "a run that was killed goes on to the same bytes",
    arguments: [BatchSampling.epochs, .withoutReplacement, .withReplacement])
  func resumes(_ sampling: BatchSampling) async throws {
    let whole = try await ensemble(sampling, threads: 1).run()
    #expect(whole.transitionCounts[0][1] > 0)
    for first in [1, 2, 3] {
      var contents: [String: [UInt8]] = [:]
      var kills = 0
      for round in 0..<5 {
        let store = KilledStore(contents, after: first + 7 * round)
        let result = try await ensemble(sampling, threads: 1 + round % 3).run(
          checkpoint: Checkpoint(store: store, problem: "", interval: .zero),
          isCancelled: { store.isKilled })
        contents = store.contents
        if result.interrupted { kills += 1 }
      }
      let result = try await ensemble(sampling, threads: 2).run(
        checkpoint: Checkpoint(
          store: KilledStore(contents, after: .max), problem: "", interval: .zero))
      #expect(result == whole)
      #expect(kills >= 2)
    }
  }

  @Test("the rest of an epoch moves from one sampler to another")
  func epochs() {
    var sampler = MiniBatchSampler(sampleCount: 20, batchSize: 6, sampling: .epochs)
    var stream = RandomStream(seed: 4, index: 0)
    for _ in 0..<8 { sampler.draw(using: &stream) }
    var other = MiniBatchSampler(sampleCount: 20, batchSize: 6, sampling: .epochs)
    other.memory = sampler.memory
    var same = stream
    for _ in 0..<10 {
      sampler.draw(using: &stream)
      other.draw(using: &same)
      #expect(sampler.batch == other.batch)
    }
    // Words of another data set are left aside.
    other.memory = MiniBatchSampler(sampleCount: 9, batchSize: 3, sampling: .epochs).memory
    sampler.draw(using: &stream)
    other.draw(using: &same)
    #expect(sampler.batch == other.batch)
    for sampling in [BatchSampling.withReplacement, .withoutReplacement] {
      var memoryless = MiniBatchSampler(sampleCount: 20, batchSize: 6, sampling: sampling)
      memoryless.draw(using: &stream)
      #expect(memoryless.memory.isEmpty)
    }
  }
}
