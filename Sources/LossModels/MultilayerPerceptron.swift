/// The loss of a fully connected network over a data set.
///
/// Layers are counted from 1, unit 0 of layer 0 is the first feature. Hidden layers apply the
/// activation; the last layer is linear, and its outputs go into the loss:
///
///     z⁽ˡ⁾ = W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾,  a⁽ˡ⁾ = φ(z⁽ˡ⁾),  f = z of the last layer,
///     L(θ) = (1/N) Σᵢ ℓ(f(xᵢ), yᵢ) + (λ/2)|θ|².
///
/// The parameters are laid out layer after layer: the weights W row by row (all weights into unit
/// 0, then all into unit 1, …), then the biases of that layer, if there are any.
///
/// ```swift
/// let model = try MultilayerPerceptron(layers: [2, 1, 1], data: data, weightDecay: 0.02)
/// model.parameterNames          // ["w1[0,0]", "w1[0,1]", "b1[0]", "w2[0,0]", "b2[0]"]
/// let field = model.compiled
/// ```
///
/// The gradient is hand-written backpropagation over any scalar; the Hessian is its derivative by
/// dual numbers and costs as many gradients as there are parameters.
public struct MultilayerPerceptron: Sendable {
  /// The numbers of units: features, hidden layers, outputs.
  public let layers: [Int]
  /// The activation of the hidden units.
  public let activation: Activation
  /// The loss of a sample.
  public let loss: SampleLoss
  /// Whether the units have biases.
  public let hasBias: Bool
  /// The weight decay λ, on all parameters.
  public let weightDecay: Double
  /// The data.
  public let data: DataSet
  /// The number of parameters.
  public let dimension: Int

  /// The features, sample after sample.
  @usableFromInline let features: [Double]
  /// The features with each sample's row padded to a multiple of eight numbers.
  let paddedFeatures: [Double]
  /// Mean square: the targets, one per output, sample after sample. Cross-entropy with one output:
  /// −1 for the target 1 and +1 for 0, so that ℓ = softplus(sign·f).
  @usableFromInline let targets: [Double]
  /// The classes, for the cross-entropy with several outputs.
  @usableFromInline let classes: [Int]
  /// Where each layer's parameters start.
  @usableFromInline let offsets: [Int]
  /// Where each layer's units start, and their total number at the end.
  @usableFromInline let unitOffsets: [Int]

  /// Creates the loss of a network.
  ///
  /// - Parameters:
  ///   - layers: The numbers of units: the features, any hidden layers, the outputs. `[k, 1]` is
  ///     linear.
  ///   - data: The samples. With several outputs the target must be the class, 0, 1, …; with one
  ///     output and cross-entropy it must be 0 or 1.
  ///   - activation: The activation of the hidden units.
  ///   - loss: The loss of a sample.
  ///   - bias: Whether the units have biases.
  ///   - weightDecay: λ, on all parameters (biases too), at least 0.
  /// - Throws: `LossModelError` that names the layers, the sample or the weight decay.
  public init(
    layers: [Int], data: DataSet, activation: Activation = .tanh, loss: SampleLoss = .meanSquare,
    bias: Bool = true, weightDecay: Double = 0
  ) throws {
    guard layers.count >= 2, layers.allSatisfy({ $0 > 0 }), layers[0] == data.featureCount else {
      throw LossModelError.invalidLayers(
        layers,
        accepted: "at least two positive numbers of units, the first one the number of features, "
          + "\(data.featureCount)")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw LossModelError.invalidWeightDecay(weightDecay)
    }
    self.layers = layers
    self.activation = activation
    self.loss = loss
    self.hasBias = bias
    self.weightDecay = weightDecay
    self.data = data
    features = data.features
    paddedFeatures = MultilayerPerceptron.padded(data.features, width: layers[0])
    (targets, classes) = try MultilayerPerceptron.encode(
      data.target, outputs: layers[layers.count - 1], loss: loss)
    var offsets = [0]
    var unitOffsets = [0, layers[0]]
    for (inputs, outputs) in zip(layers, layers.dropFirst()) {
      offsets.append((offsets.last ?? 0) + outputs * (inputs + (bias ? 1 : 0)))
      unitOffsets.append((unitOffsets.last ?? 0) + outputs)
    }
    dimension = offsets.removeLast()
    self.offsets = offsets
    self.unitOffsets = unitOffsets
  }

  /// The number of samples N.
  public var sampleCount: Int { data.sampleCount }

  /// "w1[j,i]" for the weight into unit j of layer 1 from unit i below, "b1[j]" for its bias.
  public var parameterNames: [String] {
    var names: [String] = []
    for l in 1..<layers.count {
      for j in 0..<layers[l] { for i in 0..<layers[l - 1] { names.append("w\(l)[\(j),\(i)]") } }
      if hasBias { for j in 0..<layers[l] { names.append("b\(l)[\(j)]") } }
    }
    return names
  }

  private static func padded(_ rows: [Double], width: Int) -> [Double] {
    let stride = (width + 7) / 8 * 8
    var result = [Double](repeating: 0, count: rows.count / width * stride)
    for i in rows.indices { result[i / width * stride + i % width] = rows[i] }
    return result
  }

  private static func encode(
    _ target: DataSet.Target, outputs: Int, loss: SampleLoss
  ) throws -> (targets: [Double], classes: [Int]) {
    let values: [Double]
    switch target {
    case .numbers(let numbers): values = numbers
    case .memberships(let members):
      let negative = outputs == 1 && loss == .meanSquare ? -1.0 : 0.0
      values = members.map { $0 ? 1 : negative }
    }
    for (i, value) in values.enumerated() where !value.isFinite {
      throw LossModelError.unsuitableTarget(sample: i, value: value, accepted: "a finite number")
    }
    if outputs == 1 {
      guard loss == .crossEntropy else { return (values, []) }
      for (i, value) in values.enumerated() where value != 0 && value != 1 {
        throw LossModelError.unsuitableTarget(
          sample: i, value: value,
          accepted: "0 or 1 for the cross-entropy with one output; name the positive classes, or "
            + "take one output per class")
      }
      return (values.map { 1 - 2 * $0 }, [])
    }
    let classes = try values.enumerated().map { i, value in
      guard let index = Int(exactly: value), (0..<outputs).contains(index) else {
        throw LossModelError.unsuitableTarget(
          sample: i, value: value,
          accepted: "a class, a whole number from 0 to \(outputs - 1), with \(outputs) outputs")
      }
      return index
    }
    guard loss == .meanSquare else { return ([], classes) }
    return (classes.flatMap { k in (0..<outputs).map { $0 == k ? 1.0 : 0.0 } }, classes)
  }
}
