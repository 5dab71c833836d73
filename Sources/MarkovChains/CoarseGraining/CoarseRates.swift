public import LinearAlgebra

/// A generator on groups or sets of states.
///
/// Unlike that of a Markov chain it may have negative rates: some exact reductions of a chain have
/// no other form.
public struct CoarseRates: Sendable, Equatable {
  private let generator: ScaledMatrix
  /// Estimates of the rounding errors; nil where there are none to speak of.
  private let noise: ScaledMatrix?
  /// The logarithms of the passage times to some of the groups, where these are known better than
  /// the rates in doubles could tell.
  private let knownLogTimes: [Int: [Double]]

  /// Creates a generator.
  ///
  /// - Parameters:
  ///   - generator: The rates; the diagonal is ignored.
  ///   - noise: The rounding errors; rates below them count as zero.
  ///   - knownLogTimes: The logarithms of the passage times to some of the groups.
  init(
    _ generator: ScaledMatrix, noise: ScaledMatrix? = nil, knownLogTimes: [Int: [Double]] = [:]
  ) {
    var cleaned = generator
    if let noise {
      for k in cleaned.elements.indices where cleaned.elements[k].magnitude < noise.elements[k] {
        cleaned.elements[k] = .zero
      }
    }
    self.generator = cleaned.withZeroRowSums()
    self.noise = noise
    self.knownLogTimes = knownLogTimes
  }

  /// The pairs of groups whose rate has lost more than so many of its digits to rounding errors,
  /// that the coarse chain would be another one.
  ///
  /// There are none but in chains that are too large for ball arithmetic.
  ///
  /// - Parameter tolerance: The largest error, relative to the rate or, where that is larger, to the
  ///   millionth part of all rates out of the group.
  /// - Returns: The pairs.
  public func uncertainPairs(tolerance: Double = 1e-6) -> [(from: Int, to: Int)] {
    guard let noise else { return [] }
    var result: [(from: Int, to: Int)] = []
    for from in 0..<count {
      let total = (0..<count).reduce(ScaledNumber.zero) {
        $1 == from ? $0 : $0 + generator[from, $1].magnitude
      }
      for to in 0..<count where to != from {
        let rate = generator[from, to].magnitude
        let small = total * ScaledNumber(1e-6)
        let scale = rate < small ? small : rate
        if ScaledNumber(tolerance) * scale < noise[from, to] { result.append((from, to)) }
      }
    }
    return result
  }

  /// Whether a rate may have fewer than eleven digits.
  var hasLostDigits: Bool {
    guard let noise else { return false }
    return zip(generator.elements, noise.elements).contains { rate, error in
      error > ScaledNumber(1e-11) * rate.magnitude
    }
  }

  /// The number of groups.
  public var count: Int { generator.rows }

  /// The rate from one group to another.
  ///
  /// - Parameters:
  ///   - from: The group that is left.
  ///   - to: The group that is reached; the same for minus the total rate out of it.
  /// - Returns: The natural logarithm of the absolute value, −∞ for zero, and whether the rate is
  ///   negative.
  public func rate(from: Int, to: Int) -> (logMagnitude: Double, isNegative: Bool) {
    let value = generator[from, to]
    return (value.magnitude.logarithm, value.isNegative)
  }

  /// The generator as plain numbers; rows add up to zero.
  public var matrix: Matrix { generator.values }

  /// The Markov chain with these rates.
  ///
  /// - Parameter droppingNegativeRates: Whether negative rates are left out. What they would add to
  ///   passage times and occupations is lost then; between groups that are well metastable it is
  ///   far below all else.
  /// - Returns: A chain with one state per group.
  /// - Throws: `CoarseGrainingError.negativeRate` where a rate is negative by more than rounding
  ///   and may not be left out.
  public func chain(droppingNegativeRates: Bool = false) throws -> MarkovChain {
    var transitions: [MarkovChain.Transition] = []
    for from in 0..<count {
      for to in 0..<count where to != from {
        let value = generator[from, to]
        guard !value.isNegative || droppingNegativeRates else {
          throw CoarseGrainingError.negativeRate(
            from: from, to: to, logMagnitude: value.magnitude.logarithm)
        }
        if !value.isZero, !value.isNegative {
          transitions.append(.init(from: from, to: to, logRate: value.logarithm))
        }
      }
    }
    return try MarkovChain(stateCount: count, transitions: transitions)
  }

  /// The natural logarithms of the mean first-passage times to a group, with the negative rates as
  /// they are.
  ///
  /// - Parameter target: The group.
  /// - Returns: One logarithm per group: −∞ for the target, NaN where no time follows from the
  ///   rates (the group is not reached, or the time would be negative).
  /// - Throws: `MarkovChainError.unknownState` for a group that does not exist.
  public func logMeanFirstPassageTimes(to target: Int) throws -> [Double] {
    guard (0..<count).contains(target) else {
      throw MarkovChainError.unknownState(target, stateCount: count)
    }
    if let known = knownLogTimes[target] { return known }
    let others = (0..<count).filter { $0 != target }
    let reduction = StateReduction(RateNetwork(generator: generator).restricted(to: others))
    let times = reduction.solve([ScaledNumber](repeating: .one, count: others.count))
    var result = [Double](repeating: -.infinity, count: count)
    for (group, time) in zip(others, times) { result[group] = time.logarithm }
    return result
  }
}
