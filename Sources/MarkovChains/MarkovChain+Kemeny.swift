extension MarkovChain {
  /// The natural logarithm of the Kemeny constant, the mean first-passage time from any recurrent
  /// state to a state drawn from the stationary distribution, Σ_j π_j τ_ij.
  ///
  /// It is the same for every i, and the sum of the relaxation times of the recurrent class.
  /// With N = (−Q)⁻¹ on the states other than r it is Σ_j N_jj − Σ_j π_j τ_jr; r is chosen such
  /// that the subtraction costs two binary digits at most (one that costs a single digit exists
  /// always, because the mean of Σ_j π_j τ_jr over r is the Kemeny constant itself).
  ///
  /// - Returns: The logarithm; −∞ for a class of one state; nil where the chain does not have a
  ///   single recurrent class.
  public func logKemenyConstant() -> Double? {
    let recurrent = communicatingClasses.filter(\.isRecurrent)
    guard recurrent.count == 1, let states = recurrent.first?.states else { return nil }
    guard states.count > 1 else { return -.infinity }
    let network = network.restricted(to: states)
    let weights = StateReduction(network).stationaryWeights()
    let total = weights.reduce(.zero, +)
    let candidates = states.indices.sorted { weights[$0] > weights[$1] }
    var best = ScaledNumber.zero
    var bestLoss = Double.infinity
    for root in candidates {
      let others = states.indices.filter { $0 != root }
      let reduction = StateReduction(network.restricted(to: others))
      let visits = reduction.inverseDiagonal().reduce(.zero, +)
      let times = reduction.solve([ScaledNumber](repeating: .one, count: others.count))
      var mean = ScaledNumber.zero
      for (state, time) in zip(others, times) { mean += weights[state] / total * time }
      let difference = visits - mean
      let loss = (visits / difference).value
      if loss > 0, loss < bestLoss {
        bestLoss = loss
        best = difference
      }
      if bestLoss < 4 { break }
    }
    return best.logarithm
  }
}
