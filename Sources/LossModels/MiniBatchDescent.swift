public import Landscapes

/// True mini-batch stochastic gradient descent, θ ← θ − η[(1/B) Σ ∇ℓᵢ(θ) + λθ].
///
/// ```swift
/// let descent = try MiniBatchDescent(
///   model, settings: StochasticGradient(learningRate: 0.1, batchSize: 8))
/// var scratch = descent.scratch()
/// for _ in 0..<1_000_000 { descent.step(&theta, using: &generator, scratch: &scratch) }
/// ```
///
/// One step allocates nothing; one scratch serves one trajectory.
public struct MiniBatchDescent<Model: SampledLoss>: Sendable {
  /// The loss over data.
  public let model: Model
  /// Learning rate and batch size.
  public let settings: StochasticGradient
  /// How the samples of a batch are drawn.
  public let sampling: BatchSampling

  /// What a trajectory needs besides its parameters.
  public typealias Scratch = MiniBatchDescentScratch

  /// Creates the process.
  ///
  /// - Parameters:
  ///   - model: The loss over data.
  ///   - settings: Learning rate, batch size, with or without replacement; a given number of
  ///     samples must be the model's.
  ///   - sampling: How batches are drawn; nil for what the settings say (fresh batches without
  ///     replacement, or with it).
  /// - Throws: `LandscapeError.invalidNoise` for a batch without repetition that is larger than the
  ///   data, or `.dimensionMismatch` for another number of samples.
  public init(
    _ model: Model, settings: StochasticGradient, sampling: BatchSampling? = nil
  ) throws {
    let sampling = sampling ?? (settings.replacement ? .withReplacement : .withoutReplacement)
    if let count = settings.sampleCount, count != model.sampleCount {
      throw LandscapeError.dimensionMismatch(
        quantity: "samples of the SGD settings", expected: model.sampleCount, found: count)
    }
    if sampling != .withReplacement, settings.batchSize > model.sampleCount {
      throw LandscapeError.invalidNoise(
        quantity: "batchSize", value: "\(settings.batchSize)",
        accepted: "at most the number of samples, \(model.sampleCount), without replacement")
    }
    self.model = model
    self.settings = settings
    self.sampling = sampling
  }

  /// The number of parameters.
  @inlinable
  public var dimension: Int { model.dimension }

  /// The time t = ηk that one step takes: η.
  @inlinable
  public var timeStep: Double { settings.learningRate }

  /// Room for one trajectory.
  @inlinable
  public func scratch() -> Scratch {
    Scratch(
      sampler: MiniBatchSampler(
        sampleCount: model.sampleCount, batchSize: settings.batchSize, sampling: sampling),
      dimension: model.dimension)
  }

  /// One step.
  ///
  /// - Parameters:
  ///   - parameters: θ, `dimension` numbers, replaced by the next ones.
  ///   - generator: The source of random bits.
  ///   - scratch: The trajectory's room.
  @inlinable
  public func step(
    _ parameters: inout [Double], using generator: inout some RandomNumberGenerator,
    scratch: inout Scratch
  ) {
    scratch.sampler.draw(using: &generator)
    for j in 0..<scratch.gradientSum.count { scratch.gradientSum[j] = 0 }
    let batch = scratch.sampler.batch
    do {
      var sum = scratch.gradientSum.mutableSpan
      model.addDataGradient(ofSamples: batch, at: parameters.span, to: &sum)
    }
    let scale = settings.learningRate / Double(settings.batchSize)
    let shrink = settings.learningRate * model.weightDecay
    for j in 0..<parameters.count {
      parameters[j] -= scale * scratch.gradientSum[j] + shrink * parameters[j]
    }
  }
}

/// What a trajectory of mini-batch descent needs besides its parameters.
public struct MiniBatchDescentScratch: Sendable {
  /// The sampler, which holds the current batch.
  public var sampler: MiniBatchSampler
  /// The mini-batch gradient of the last step, without weight decay, times B.
  public var gradientSum: [Double]

  /// Creates room for a trajectory.
  @inlinable
  public init(sampler: MiniBatchSampler, dimension: Int) {
    self.sampler = sampler
    gradientSum = [Double](repeating: 0, count: dimension)
  }
}
