import Landscapes
import LossModels
import Simulation

/// Xie's Setting 1: ℓᵢ(θ) = f(√k θ − xᵢ) in one variable, f(θ) = ½(θ⁴ − 16θ² + 5θ), with
/// normal samples xᵢ.
struct ShiftedStyblinskiTang: SampledLoss {
  let samples: [Double]
  /// √k.
  let root: Double

  init(samples: [Double], curvatureScale: Double = 1) {
    self.samples = samples
    root = curvatureScale.squareRoot()
  }

  /// Standard normal samples with the mean 0 and the variance 1 that the formulas assume.
  static func normalSamples(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed, index: 2 << 40, purpose: .process)
    let values = (0..<count).map { _ in stream.nextNormal() }
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    return values.map { ($0 - mean) / variance.squareRoot() }
  }

  var dimension: Int { 1 }
  var sampleCount: Int { samples.count }

  func dataEnergy<S: Scalar>(ofSamples indices: some Collection<Int>, at p: Span<S>) -> S {
    var sum = S(0.0)
    for i in indices {
      let t = S(root) * p[0] - S(samples[i])
      let square = t.squared()
      sum += S(0.5) * (square.squared() - S(16.0) * square + S(5.0) * t)
    }
    return sum
  }

  func addDataGradient<S: Scalar>(
    ofSamples indices: some Collection<Int>, at p: Span<S>, to gradient: inout MutableSpan<S>
  ) {
    for i in indices { gradient[0] += slope(p[0], S(samples[i])) }
  }

  func laneRoom(batchSize: Int) -> Int { 1 }

  func addLaneGradients(
    ofSamples indices: Span<Int>, at x: Span<Lanes>, to gradients: inout MutableSpan<Lanes>,
    room: inout MutableSpan<Lanes>
  ) {
    let size = indices.count / Lanes.count
    for k in 0..<size {
      var shift = Lanes(0.0)
      for lane in 0..<Lanes.count { shift[lane] = samples[indices[lane * size + k]] }
      gradients[0] += slope(x[0], shift)
    }
  }

  /// ∂ℓ/∂θ for one sample.
  func slope<S: Scalar>(_ theta: S, _ sample: S) -> S {
    let t = S(root) * theta - sample
    return S(root) * (S(2.0) * t.squared() * t - S(16.0) * t + S(2.5))
  }
}
