public import Landscapes

/// A model whose output is linear in the features, as a network without hidden layers.
///
/// The parameters are the weights, one per feature in their order, then the bias if there is one.
public protocol LinearModel: SampledLoss {
  /// The network `[k, 1]` that does the work.
  var network: MultilayerPerceptron { get }
}

extension LinearModel {
  /// The number of parameters: the features, and one for the bias.
  @inlinable
  public var dimension: Int { network.dimension }

  /// The number of samples N.
  @inlinable
  public var sampleCount: Int { network.sampleCount }

  /// The weight decay λ.
  @inlinable
  public var weightDecay: Double { network.weightDecay }

  /// "w[feature]" for each feature, then "b".
  public var parameterNames: [String] {
    network.data.featureNames.map { "w[\($0)]" } + (network.hasBias ? ["b"] : [])
  }

  /// The sum of the losses of some samples.
  ///
  /// - Parameters:
  ///   - samples: Indices from 0 to N − 1.
  ///   - x: The parameters.
  /// - Returns: Σ ℓᵢ, without weight decay.
  @inlinable
  public func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at x: Span<S>) -> S {
    network.dataEnergy(ofSamples: samples, at: x)
  }

  /// Adds the gradients of some samples.
  ///
  /// - Parameters:
  ///   - samples: Indices from 0 to N − 1.
  ///   - x: The parameters.
  ///   - gradient: Receives the sum Σ ∇ℓᵢ on top of what it holds, without weight decay.
  @inlinable
  public func addDataGradient<S: Scalar>(
    ofSamples samples: some Collection<Int>, at x: Span<S>, to gradient: inout MutableSpan<S>
  ) {
    network.addDataGradient(ofSamples: samples, at: x, to: &gradient)
  }

  /// How many vectors of lanes the network needs as room.
  ///
  /// - Parameter batchSize: The number of samples per lane.
  /// - Returns: A number of vectors.
  public func laneRoom(batchSize: Int) -> Int { network.laneRoom(batchSize: batchSize) }

  /// Adds the gradients of eight sets of parameters, each over samples of its own.
  ///
  /// - Parameters:
  ///   - samples: The samples of the first lane, those of the second, ….
  ///   - x: The parameters.
  ///   - gradients: The sums, without weight decay.
  ///   - room: `laneRoom(batchSize:)` vectors.
  public func addLaneGradients(
    ofSamples samples: Span<Int>, at x: Span<Lanes>, to gradients: inout MutableSpan<Lanes>,
    room: inout MutableSpan<Lanes>
  ) {
    network.addLaneGradients(ofSamples: samples, at: x, to: &gradients, room: &room)
  }
}

/// Linear regression: L(w, b) = (1/2N) Σ (w·xᵢ + b − yᵢ)² + (λ/2)(|w|² + b²) (Mori, section 5.3.1).
public struct LinearRegression: LinearModel {
  /// The network without hidden layers that does the work.
  public let network: MultilayerPerceptron

  /// Creates the loss of a linear regression.
  ///
  /// - Parameters:
  ///   - data: The samples. Members of the positive classes have the target +1, others −1.
  ///   - bias: Whether there is a bias.
  ///   - weightDecay: λ, at least 0.
  /// - Throws: `LossModelError` that names the sample or the weight decay.
  public init(data: DataSet, bias: Bool = true, weightDecay: Double = 0) throws {
    network = try MultilayerPerceptron(
      layers: [data.featureCount, 1], data: data, loss: .meanSquare, bias: bias,
      weightDecay: weightDecay)
  }
}

/// Logistic regression: the cross-entropy of the log-odds f = w·x + b,
/// L(w, b) = (1/N) Σ [ln(1 + e^{fᵢ}) − yᵢfᵢ] + (λ/2)(|w|² + b²).
public struct LogisticRegression: LinearModel {
  /// The network without hidden layers that does the work.
  public let network: MultilayerPerceptron

  /// Creates the loss of a logistic regression.
  ///
  /// - Parameters:
  ///   - data: The samples; targets 0 and 1, or positive classes (1).
  ///   - bias: Whether there is a bias.
  ///   - weightDecay: λ, at least 0. Without it the loss of separable classes has no minimum.
  /// - Throws: `LossModelError` that names the sample or the weight decay.
  public init(data: DataSet, bias: Bool = true, weightDecay: Double = 0) throws {
    network = try MultilayerPerceptron(
      layers: [data.featureCount, 1], data: data, loss: .crossEntropy, bias: bias,
      weightDecay: weightDecay)
  }
}
