import Glibc

/// Samples for supervised learning: a table of features and one target per sample.
///
/// ```swift
/// let iris = try DataSet(
///   contentsOf: "iris.csv",
///   options: .init(target: "species", features: ["petal width"], normalize: true,
///     positiveClasses: ["versicolor"]))
/// let model = try MultilayerPerceptron(layers: [1, 1, 1], data: iris, weightDecay: 0.01)
/// ```
public struct DataSet: Sendable, Equatable {
  /// The target of every sample, as it was read.
  public enum Target: Sendable, Equatable {
    /// Numbers: the values of a regression, or the classes 0, 1, … of a classification.
    case numbers([Double])
    /// Whether each sample belongs to the positive classes. Models take a member as 1 and others as
    /// 0 for the cross-entropy, as +1 and −1 for the mean square.
    case memberships([Bool])
  }

  /// The names of the features.
  public let featureNames: [String]
  /// The number of samples N.
  public let sampleCount: Int
  /// The features, sample after sample: N × `featureCount` numbers.
  public let features: [Double]
  /// The name of the target.
  public let targetName: String
  /// The target of every sample.
  public let target: Target
  /// What was subtracted from each feature: its mean where the features were normalised, else 0.
  public let featureShifts: [Double]
  /// What each feature was then divided by: its standard deviation (normalised by N) where the
  /// features were normalised and it is not constant, else 1.
  public let featureScales: [Double]

  /// The number of features.
  public var featureCount: Int { featureNames.count }

  /// The features of one sample.
  public func features(ofSample i: Int) -> [Double] {
    Array(features[i * featureCount..<(i + 1) * featureCount])
  }

  /// The names of the features that have the same value in all samples.
  ///
  /// Normalisation only centres them (to 0): they then carry no information, and without weight
  /// decay the weights that they feed are flat directions of the loss.
  public var constantFeatures: [String] {
    featureNames.indices.filter { j in
      (0..<sampleCount).allSatisfy { features[$0 * featureCount + j] == features[j] }
    }.map { featureNames[$0] }
  }

  /// Creates a data set from numbers.
  ///
  /// - Parameters:
  ///   - features: One row per sample, all of the same positive length, finite.
  ///   - target: One entry per sample.
  ///   - featureNames: The names; "x0", "x1", … where they are left out.
  ///   - targetName: The name of the target.
  ///   - normalize: Whether each feature is brought to zero mean and unit variance.
  public init(
    features: [[Double]], target: Target, featureNames: [String]? = nil,
    targetName: String = "y", normalize: Bool = false
  ) {
    let columns = features.first?.count ?? 0
    let targets =
      switch target {
      case .numbers(let values): values.count
      case .memberships(let values): values.count
      }
    precondition(columns > 0, "a data set needs at least one sample and one feature")
    precondition(
      features.allSatisfy { $0.count == columns }, "all samples must have the same features")
    precondition(targets == features.count, "there must be one target per sample")
    precondition(
      featureNames.map { $0.count == columns } ?? true, "there must be one name per feature")
    self.featureNames = featureNames ?? (0..<columns).map { "x\($0)" }
    self.targetName = targetName
    self.target = target
    sampleCount = features.count
    var values = features.flatMap { $0 }
    var shifts = [Double](repeating: 0, count: columns)
    var scales = [Double](repeating: 1, count: columns)
    if normalize {
      for j in 0..<columns {
        (shifts[j], scales[j]) = DataSet.moments(values, column: j, of: columns)
        for i in 0..<sampleCount {
          values[i * columns + j] = (values[i * columns + j] - shifts[j]) / scales[j]
        }
      }
    }
    self.features = values
    featureShifts = shifts
    featureScales = scales
  }

  /// The mean and the standard deviation (normalised by N) of a column; 1 for a constant one.
  private static func moments(
    _ values: [Double], column: Int, of columns: Int
  ) -> (shift: Double, scale: Double) {
    let entries = stride(from: column, to: values.count, by: columns).map { values[$0] }
    // A constant is told apart exactly; its variance would be rounding noise.
    if entries.allSatisfy({ $0 == entries[0] }) { return (entries[0], 1) }
    // Scaled by the largest value, so that neither sums nor squares overflow.
    let unit = entries.reduce(0) { max($0, $1.magnitude) }
    let n = Double(entries.count)
    let mean = entries.reduce(0) { $0 + $1 / unit } / n
    let variance = entries.reduce(0) { $0 + ($1 / unit - mean) * ($1 / unit - mean) } / n
    let deviation = variance.squareRoot() * unit
    return deviation > 0 ? (mean * unit, deviation) : (entries[0], 1)
  }
}
