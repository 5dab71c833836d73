import Landscapes
import LinearAlgebra
import LossModels
import Testing

/// SplitMix64 (Steele, Lea & Flood 2014): a small generator with a fixed seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("Mini-batches and their descent")
struct MiniBatchTests {
  @Test("Without replacement no sample repeats, and every pair is equally likely")
  func withoutReplacement() {
    var generator = SplitMix(state: 1)
    var sampler = MiniBatchSampler(sampleCount: 7, batchSize: 3, sampling: .withoutReplacement)
    var pairs = [Double](repeating: 0, count: 49)
    let draws = 70_000
    for _ in 0..<draws {
      sampler.draw(using: &generator)
      let batch = sampler.batch
      #expect(Set(batch).count == 3)
      pairs[batch[0] * 7 + batch[2]] += 1
    }
    // Ordered pairs of different samples: 42, each with probability 1/42; 41 degrees of freedom.
    let mean = Double(draws) / 42
    var statistic = 0.0
    for i in 0..<7 {
      for j in 0..<7 where i != j {
        statistic += (pairs[i * 7 + j] - mean) * (pairs[i * 7 + j] - mean) / mean
      }
      #expect(pairs[i * 8] == 0)
    }
    // 99.9 % quantile of chi-square with 41 degrees of freedom (scipy): 74.74.
    #expect(statistic < 74.74)
  }

  @Test("A batch depends on the generator alone, not on earlier batches")
  func memoryless() {
    for sampling in [BatchSampling.withReplacement, .withoutReplacement] {
      var fresh = MiniBatchSampler(sampleCount: 50, batchSize: 20, sampling: sampling)
      var used = fresh
      var earlier = SplitMix(state: 5)
      for _ in 0..<10 { used.draw(using: &earlier) }
      var (a, b) = (SplitMix(state: 9), SplitMix(state: 9))
      fresh.draw(using: &a)
      used.draw(using: &b)
      #expect(fresh.batch == used.batch)
    }
  }

  @Test("An epoch takes every sample at most once, in an order that changes")
  func epochs() {
    var generator = SplitMix(state: 3)
    var sampler = MiniBatchSampler(sampleCount: 10, batchSize: 3, sampling: .epochs)
    var counts = [Double](repeating: 0, count: 10)
    var orders: Set<[Int]> = []
    for _ in 0..<20_000 {
      var epoch: [Int] = []
      for _ in 0..<3 {
        sampler.draw(using: &generator)
        epoch += sampler.batch
      }
      #expect(Set(epoch).count == 9)
      for i in epoch { counts[i] += 1 }
      orders.insert(epoch)
    }
    #expect(orders.count > 19_000)
    // Each sample is left out of an epoch with probability 1/10: 18 000 ± √(20 000·0.09) = 42.4.
    #expect(counts.allSatisfy { ($0 - 18_000).magnitude < 4.5 * 42.4 })
  }

  @Test("Draws are uniform where a remainder would favour small numbers")
  func unbiased() {
    // A generator that only yields one of three equally spaced values: 2⁶⁴ mod 3 = 1, so that the
    // lowest product must be rejected (Lemire): a first word of 0 is drawn again.
    struct Listed: RandomNumberGenerator {
      var words: [UInt64]
      mutating func next() -> UInt64 { words.removeFirst() }
    }
    var generator = Listed(words: [0, .max, 0, 1 << 63])
    var sampler = MiniBatchSampler(sampleCount: 3, batchSize: 2, sampling: .withReplacement)
    sampler.draw(using: &generator)
    #expect(sampler.batch == [2, 1])
    #expect(generator.words.isEmpty)
  }

  @Test(
    "Mini-batch gradients have the mean ∇L and the covariance C₁ times its factor",
    arguments: [BatchSampling.withReplacement, .withoutReplacement])
  func moments(sampling: BatchSampling) throws {
    let model = try ReferenceCase.all[0].model()
    let x = ReferenceCase.all[0].parameters
    let d = model.dimension
    let settings = try StochasticGradient(
      learningRate: 1, batchSize: 4, replacement: sampling == .withReplacement, sampleCount: 6)
    let descent = try MiniBatchDescent(model, settings: settings)
    #expect(descent.sampling == sampling)
    var generator = SplitMix(state: 17)
    var scratch = descent.scratch()
    let steps = 100_000
    var sum = [Double](repeating: 0, count: d)
    var squares = Matrix(rows: d, columns: d)
    var fourths = squares
    let mean = model.compiled.gradient(at: x)
    for _ in 0..<steps {
      var next = x
      descent.step(&next, using: &generator, scratch: &scratch)
      // With η = 1 the step is minus the mini-batch gradient.
      let deviation = (0..<d).map { x[$0] - next[$0] - mean[$0] }
      for i in 0..<d {
        sum[i] += deviation[i]
        for j in 0..<d {
          let product = deviation[i] * deviation[j]
          squares[i, j] += product
          fourths[i, j] += product * product
        }
      }
    }
    let n = Double(steps)
    let expected = settings.covarianceFactor * model.gradientCovariance(at: x)
    for i in 0..<d {
      #expect((sum[i] / n).magnitude < 4.5 * (expected[i, i] / n).squareRoot())
      for j in 0...i {
        let average = squares[i, j] / n
        let error = ((fourths[i, j] / n - average * average) / n).squareRoot()
        #expect((average - expected[i, j]).magnitude < 4.5 * error + 1e-12)
      }
    }
  }

  @Test("One step is θ − η(mean gradient of the batch + λθ), and the same seed repeats it")
  func step() throws {
    let reference = ReferenceCase.all[0]
    let model = try reference.model()
    let descent = try MiniBatchDescent(
      model, settings: StochasticGradient(learningRate: 0.3, batchSize: 2))
    var (a, b) = (SplitMix(state: 4), SplitMix(state: 4))
    var scratch = descent.scratch()
    var theta = reference.parameters
    descent.step(&theta, using: &a, scratch: &scratch)
    var gradient = theta
    do {
      var span = gradient.mutableSpan
      model.miniBatchGradient(
        indices: scratch.sampler.batch, at: reference.parameters.span, into: &span)
    }
    for j in theta.indices {
      #expect((theta[j] - (reference.parameters[j] - 0.3 * gradient[j])).magnitude < 1e-15)
    }
    var again = reference.parameters
    var other = descent.scratch()
    descent.step(&again, using: &b, scratch: &other)
    #expect(again == theta)
  }

  @Test("A batch that cannot be drawn without repetition is refused")
  func errors() throws {
    let model = try ReferenceCase.all[0].model()
    let large = try StochasticGradient(learningRate: 0.1, batchSize: 7, replacement: false)
    #expect(throws: LandscapeError.self) { try MiniBatchDescent(model, settings: large) }
    let other = try StochasticGradient(learningRate: 0.1, batchSize: 2, sampleCount: 5)
    #expect(
      throws: LandscapeError.dimensionMismatch(
        quantity: "samples of the SGD settings", expected: 6, found: 5)
    ) { try MiniBatchDescent(model, settings: other) }
  }
}
