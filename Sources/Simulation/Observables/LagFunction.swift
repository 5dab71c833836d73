/// A function of the time between two observations.
public struct LagFunction: Sendable, Equatable {
  /// The lags τ in time: multiples 1 to 15 of the interval of observation, then eight to every
  /// doubling.
  public let lags: [Double]
  /// The values at the lags.
  public let values: [Measured]

  /// Tabulates a function; as many values as lags.
  public init(lags: [Double], values: [Measured]) {
    precondition(lags.count == values.count, "a function of the lag needs one value per lag")
    self.lags = lags
    self.values = values
  }

  /// The mean over several functions of the same lags and its spread, as in Chaudhari and Soatto
  /// (2018, Fig. 3b) over the weights of a network.
  ///
  /// - Parameter functions: The functions.
  /// - Returns: Per lag the mean and the standard deviation; nil for none or for different lags.
  public static func average(
    of functions: [LagFunction]
  ) -> (mean: [Double], standardDeviation: [Double])? {
    guard let first = functions.first, functions.allSatisfy({ $0.lags == first.lags }) else {
      return nil
    }
    return spread(functions.map { $0.values.map(\.value) })
  }
}

/// The mean and the standard deviation of vectors, component by component.
func spread(_ vectors: [[Double]]) -> (mean: [Double], standardDeviation: [Double]) {
  let n = Double(vectors.count)
  var means: [Double] = []
  var deviations: [Double] = []
  for i in vectors[0].indices {
    let mean = vectors.reduce(0) { $0 + $1[i] } / n
    let squares = vectors.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) }
    means.append(mean)
    deviations.append(n > 1 ? (squares / (n - 1)).squareRoot() : 0)
  }
  return (means, deviations)
}
