import Landscapes
import LinearAlgebra
import LossModels
import Simulation

/// A model over data behind one face, whatever its kind.
protocol LossModel: Sendable {
  var dimension: Int { get }
  var sampleCount: Int { get }
  var parameterNames: [String] { get }
  /// The loss, compiled.
  var field: CompiledField { get }
  /// C₁(x), the per-sample gradient covariance.
  var covariance: @Sendable ([Double]) -> Matrix { get }
  /// True mini-batch gradient descent.
  func mover(_ settings: StochasticGradient) throws -> any Mover
}

/// The face of a concrete model.
private struct LossModelFace<Model: SampledLoss>: LossModel {
  let model: Model
  var dimension: Int { model.dimension }
  var sampleCount: Int { model.sampleCount }
  var parameterNames: [String] { model.parameterNames }
  var field: CompiledField { model.compiled }
  var covariance: @Sendable ([Double]) -> Matrix { { model.gradientCovariance(at: $0) } }
  func mover(_ settings: StochasticGradient) throws -> any Mover {
    DiscreteMover(try MiniBatchDescent(model, settings: settings))
  }
}

extension MiniBatchDescent: DiscreteProcess {
  /// The buffers of a new trajectory.
  public func makeScratch() -> Scratch { scratch() }

  /// One iteration of gradient descent on a fresh mini-batch.
  public func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Scratch) {
    step(&x, using: &stream, scratch: &scratch)
  }
}

extension ModelSource {
  /// Reads the table and builds the model.
  func model(path: String) throws -> any LossModel {
    let data = try DataSet(
      contentsOf: path,
      options: DataSet.Options(
        target: column(target), features: features.isEmpty ? nil : features.map { column($0) },
        header: header, delimiter: delimiter, normalize: normalize,
        positiveClasses: positiveClasses.isEmpty ? nil : positiveClasses))
    switch kind {
    case .linear:
      return LossModelFace(
        model: try LinearRegression(data: data, bias: bias, weightDecay: weightDecay))
    case .logistic:
      return LossModelFace(
        model: try LogisticRegression(data: data, bias: bias, weightDecay: weightDecay))
    case .mlp:
      return LossModelFace(
        model: try MultilayerPerceptron(
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
