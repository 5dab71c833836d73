/// What can be wrong with a model of a data set.
public enum LossModelError: Error, Equatable, CustomStringConvertible {
  /// The numbers of units do not make a network for these data.
  case invalidLayers([Int], accepted: String)
  /// A sample's target does not go with the loss.
  case unsuitableTarget(sample: Int, value: Double, accepted: String)
  /// The weight decay is negative or not finite.
  case invalidWeightDecay(Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .invalidLayers(let layers, let accepted):
      "layers \(layers); accepted: \(accepted)"
    case .unsuitableTarget(let sample, let value, let accepted):
      "the target of sample \(sample) (from 0) is \(value); accepted: \(accepted)"
    case .invalidWeightDecay(let value):
      "weightDecay is \(value); accepted: 0 or a positive number"
    }
  }
}
