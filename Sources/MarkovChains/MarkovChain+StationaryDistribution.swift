extension MarkovChain {
  /// The natural logarithms of the stationary probabilities.
  ///
  /// Each recurrent class has a distribution of its own, which adds up to 1; transient states have
  /// the probability 0. The probabilities solve πQ = 0 by state reduction without subtraction
  /// (Grassmann, Taksar & Heyman 1985) on numbers of unlimited range, so that every single one is
  /// right to about twelve digits, whatever the spread of the rates.
  ///
  /// - Returns: One logarithm per state; −∞ for transient states.
  /// - Complexity: That of a sparse factorisation in an order of minimum degree.
  public func logStationaryDistribution() -> [Double] {
    stationaryDistribution(of: network, classes: communicatingClasses).map(\.logarithm)
  }

  func stationaryDistribution(
    of network: RateNetwork<ScaledNumber>, classes: [CommunicatingClass]
  ) -> [ScaledNumber] {
    stationaryDistribution(of: network, classes: classes) {
      StateReduction($0, for: .stationaryWeights)
    }
  }

  func stationaryDistribution(
    of network: RateNetwork<ScaledNumber>, classes: [CommunicatingClass],
    reduce: (RateNetwork<ScaledNumber>) throws -> StateReduction<ScaledNumber>
  ) rethrows -> [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: stateCount)
    for part in classes where part.isRecurrent {
      let weights = try reduce(network.restricted(to: part.states)).stationaryWeights()
      let total = weights.reduce(.zero, +)
      for (state, weight) in zip(part.states, weights) { result[state] = weight / total }
    }
    return result
  }
}
