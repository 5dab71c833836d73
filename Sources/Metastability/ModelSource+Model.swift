import Landscapes
import LinearAlgebra
import LossModels
import Simulation

/// A model over data behind one face, whatever its kind.
///
/// The functions are made where the concrete type is known, so that they are specialised for it.
struct LossModel: Sendable {
  let dimension: Int
  let sampleCount: Int
  let parameterNames: [String]
  /// The loss, compiled.
  let field: CompiledField
  /// C₁(x), the per-sample gradient covariance.
  let covariance: @Sendable ([Double]) -> Matrix
  /// True mini-batch gradient descent; nil for fresh batches, with or without repetition as the
  /// settings say.
  let mover: @Sendable (StochasticGradient, BatchSampling?) throws -> any Mover

  init<Model: SampledLoss>(_ model: Model) {
    dimension = model.dimension
    sampleCount = model.sampleCount
    parameterNames = model.parameterNames
    field = model.compiled
    covariance = { model.gradientCovariance(at: $0) }
    mover = { settings, sampling in
      DiscreteMover(try MiniBatchDescent(model, settings: settings, sampling: sampling))
    }
  }
}

extension ModelSource {
  /// The number of weights of the layers, or the largest number where it overflows.
  var parameterBound: Int {
    zip(layers, layers.dropFirst()).reduce(0) { sum, pair in
      let (product, overflow) = pair.0.multipliedReportingOverflow(by: pair.1)
      let (total, carry) = sum.addingReportingOverflow(product)
      return overflow || carry ? .max : total
    }
  }

  /// Reads the table and builds the model.
  func model(path: String) throws -> LossModel {
    let data = try DataSet(
      contentsOf: path,
      options: DataSet.Options(
        target: column(target), features: features.isEmpty ? nil : features.map { column($0) },
        header: header, delimiter: delimiter, normalize: normalize,
        positiveClasses: positiveClasses.isEmpty ? nil : positiveClasses))
    switch kind {
    case .linear:
      return LossModel(
        try LinearRegression(data: data, bias: bias, weightDecay: weightDecay))
    case .logistic:
      return LossModel(
        try LogisticRegression(data: data, bias: bias, weightDecay: weightDecay))
    case .mlp:
      return LossModel(
        try MultilayerPerceptron(
          layers: layers, data: data, activation: Activation(rawValue: activation) ?? .tanh,
          loss: SampleLoss(rawValue: loss) ?? .meanSquare, bias: bias, weightDecay: weightDecay))
    }
  }

  /// A column is named, or counted from zero where the table has no header.
  private func column(_ text: String) -> DataSet.Column {
    if !header, let number = Int(text) { return .index(number) }
    return .name(text)
  }
}
