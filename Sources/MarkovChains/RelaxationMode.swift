/// One relaxation of a chain: an eigenvalue of the generator with its eigenvectors.
///
/// Probabilities relax as p(t) = Σ_k (p(0)·x_k) l_k e^{μ_k t} and mean values of a function f as
/// Σ_k x_k (l_k·f) e^{μ_k t}, with Q x = μ x and l Q = μ l.
public struct RelaxationMode: Sendable, Equatable {
  /// The natural logarithm of the relaxation time 1/|Re μ|.
  public let logTime: Double
  /// The natural logarithm of |Im μ|, the angular frequency of a damped oscillation; −∞ for a real
  /// eigenvalue.
  public let logFrequency: Double
  /// Whether this is the second member of a complex pair, with the negative imaginary part; its
  /// vectors are the complex conjugates of those of the first.
  public let isConjugate: Bool
  /// The right eigenvector (its real part), one component per state; the component of largest
  /// magnitude is 1.
  public let right: [SignedLogarithm]
  /// The imaginary part of the right eigenvector; zeros for a real eigenvalue.
  public let rightImaginary: [SignedLogarithm]
  /// The left eigenvector (its real part), one component per state, scaled to Σ_i l_i x_i = 1
  /// (without a complex conjugate).
  public let left: [SignedLogarithm]
  /// The imaginary part of the left eigenvector; zeros for a real eigenvalue.
  public let leftImaginary: [SignedLogarithm]

  /// Whether the eigenvalue belongs to a complex pair.
  public var isOscillating: Bool { logFrequency > -.infinity }

  /// The mode with the same eigenvectors and another time and frequency.
  init(_ mode: RelaxationMode, logTime: Double, logFrequency: Double) {
    self.logTime = logTime
    self.logFrequency = logFrequency
    isConjugate = mode.isConjugate
    right = mode.right
    rightImaginary = mode.rightImaginary
    left = mode.left
    leftImaginary = mode.leftImaginary
  }

  init(_ pair: Eigenpair) {
    let value = pair.value
    logTime = -value.real.magnitude.logarithm
    logFrequency = value.imaginary.magnitude.logarithm
    // The eigenvalue is that of −Q.
    isConjugate = !value.imaginary.isZero && !value.imaginary.isNegative
    right = pair.right.map { SignedLogarithm($0.real) }
    rightImaginary = pair.right.map { SignedLogarithm($0.imaginary) }
    left = pair.left.map { SignedLogarithm($0.real) }
    leftImaginary = pair.left.map { SignedLogarithm($0.imaginary) }
  }
}

/// Why the slowest modes of a chain cannot be given.
public enum RelaxationModeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The number of modes is not positive.
  case invalidCount(Int)
  /// The search for eigenvalues ended before all were found and confirmed.
  case notConverged(found: Int)
  /// Several eigenvalues coincide and their eigenvectors do not span as many dimensions.
  case defective(logTime: Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .invalidCount(let count):
      "the number of modes is \(count); accepted: a number from 1"
    case .notConverged(let found):
      """
      the search for the slowest modes did not converge after \(found) of them; ask for fewer, or \
      for mean first-passage times
      """
    case .defective(let logTime):
      """
      the relaxation time exp(\(logTime)) belongs to several modes that share an eigenvector, so \
      that eigenvectors alone do not describe the relaxation
      """
    }
  }
}

extension MarkovChain {
  /// The slowest modes of relaxation with their eigenvectors.
  ///
  /// Eigenvalues of a small class come from its whole spectrum (`relaxationTimes()`), those of a
  /// large one from a search by sparse state reduction at a shift: in a class with detailed balance
  /// the order of the eigenvalues is proved by counting negative pivots; in one without, the modes
  /// are those of smallest |μ| and a winding number shows that none is left out. Each eigenvalue is
  /// then refined, and its vectors found, by eliminating all states but the one on which the mode
  /// weighs most, with the eigenvalue as a negative escape rate. No component is the difference of
  /// larger numbers except where the vector changes its sign, so small components keep their
  /// relative accuracy as well, at any spread of the rates.
  ///
  /// A pair of complex eigenvalues is never split: the result may have one mode more than asked for.
  /// It has fewer where the chain has fewer; the zero eigenvalue of each recurrent class does not
  /// count. The vectors extend over all classes: the right one over the states from which the
  /// mode's class is reached, the left one over those reached from it.
  ///
  /// - Parameter count: The number of modes.
  /// - Returns: The modes, slowest first. Where eigenvalues coincide their vectors are one
  ///   of the possible bases, biorthogonal.
  /// - Throws: `RelaxationModeError`; `MarkovChainError.spectrumOutOfReach` where nearly all modes
  ///   of a large stiff class without detailed balance are wanted.
  /// - Complexity: About ten sparse factorisations per mode.
  public func slowestModes(count: Int) throws -> [RelaxationMode] {
    guard count >= 1 else { throw RelaxationModeError.invalidCount(count) }
    return try slowestEigenpairs(count: count).map { RelaxationMode($0) }
  }

  func slowestEigenpairs(count: Int) throws -> [Eigenpair] {
    let network = network
    var candidates: [EigenvalueCandidate] = []
    for part in communicatingClasses {
      let values = try eigenvalues(
        network.restricted(to: part.states), isRecurrent: part.isRecurrent, count: count)
      // One more than asked for shows whether a group of equal eigenvalues is complete.
      candidates += values.map { EigenvalueCandidate(value: $0, states: part.states) }
    }
    candidates.sort { $0.precedes($1) }
    var pairs: [Eigenpair] = []
    var start = 0
    while start < candidates.count, pairs.count < count {
      var end = start + 1
      while end < candidates.count, candidates[end].isClose(to: candidates[end - 1]) { end += 1 }
      let group = EigenvectorGroup(network: network, candidates: Array(candidates[start..<end]))
      let found = try group.pairs()
      pairs += found
      start = end
      if let pair = found.first, !pair.value.imaginary.isZero {
        pairs.append(pair.conjugate)
        start += 1
      }
    }
    // Cut to the count, but not through a pair.
    var length = min(count, pairs.count)
    if length < pairs.count, pairs[length].value.imaginary == -pairs[length - 1].value.imaginary,
      !pairs[length].value.imaginary.isZero
    {
      length += 1
    }
    return Array(pairs.prefix(length))
  }

  /// The smallest eigenvalues of −Q for a strongly connected class: at least one more than asked
  /// for where there are so many.
  private func eigenvalues(
    _ block: RateNetwork<ScaledNumber>, isRecurrent: Bool, count: Int
  ) throws -> [ComplexScaledNumber] {
    let size = block.stateCount
    if size == 1 { return isRecurrent ? [] : [ComplexScaledNumber(real: block.escapes[0])] }
    let wanted = min(count, size) + 1
    let search = SlowEigenvalues(network: block, isRecurrent: isRecurrent)
    guard block.detailedBalanceWeights(tolerance: 1e-10) != nil else {
      if size > 40, wanted < size / 4 { return try search.complex(count: wanted) }
      let modes = try GeneralSpectrum(block, isRecurrent: isRecurrent).modes()
      var sign = -1.0
      return modes.map { mode in
        let real = ScaledNumber(exp: -mode.logTime)
        guard mode.isOscillating else { return ComplexScaledNumber(real: real) }
        sign = -sign
        return ComplexScaledNumber(
          real: real, imaginary: ScaledNumber(exp: mode.logFrequency) * ScaledNumber(-sign))
      }
    }
    if size > 100, wanted < size / 8 {
      return try search.real(count: wanted).map { ComplexScaledNumber(real: $0) }
    }
    guard let symmetrized = block.symmetrizedRates(tolerance: 1e-10) else { return [] }
    return try PivotedReduction(symmetrized, escapes: block.escapes).eigenvalues()
      .sorted().map { ComplexScaledNumber(real: $0) }
  }
}
