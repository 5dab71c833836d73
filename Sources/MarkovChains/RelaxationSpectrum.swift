/// The relaxation times of a chain.
public struct RelaxationSpectrum: Sendable, Equatable {
  /// One eigenvalue λ of the generator other than the zeros of its recurrent classes.
  public struct Mode: Sendable, Equatable {
    /// The natural logarithm of the relaxation time 1/|Re λ|.
    public let logTime: Double
    /// The natural logarithm of |Im λ|, the angular frequency of a damped oscillation; −∞ for a
    /// real eigenvalue. The two members of a complex pair follow one another.
    public let logFrequency: Double

    /// Whether the eigenvalue belongs to a complex pair.
    public var isOscillating: Bool { logFrequency > -.infinity }

    /// Creates a mode.
    public init(logTime: Double, logFrequency: Double = -.infinity) {
      self.logTime = logTime
      self.logFrequency = logFrequency
    }
  }

  /// The modes, slowest first.
  public let modes: [Mode]

  /// Creates a spectrum from its modes, slowest first.
  public init(modes: [Mode]) { self.modes = modes }

  /// The natural logarithms of the relaxation times, slowest first.
  public var logTimes: [Double] { modes.map(\.logTime) }
}

extension MarkovChain {
  /// The relaxation times of all modes.
  ///
  /// The generator's eigenvalues are those of its communicating classes. A class with detailed
  /// balance is factored as L D Lᵀ by state reduction in the order of the largest exit rate, and a
  /// one-sided Jacobi iteration on L √D gives every eigenvalue with a small relative error, at any
  /// spread of the rates (Demmel et al. 1999; Ye 2009). A class without detailed balance goes
  /// through LAPACK where the condition numbers of its eigenvalues show ten correct digits, and
  /// otherwise through arbitrary precision (Arb), with as many bits as the slowest time asks for,
  /// confirmed by a second run with more.
  ///
  /// - Returns: The modes, slowest first; one zero eigenvalue of each recurrent class is left out.
  /// - Throws: `MarkovChainError.spectrumOutOfReach` for a large stiff class without detailed
  ///   balance, `.spectrumNotConverged` where the arbitrary-precision runs do not agree.
  /// - Complexity: O(n³) for a class of n states.
  public func relaxationTimes() throws -> RelaxationSpectrum {
    var modes: [RelaxationSpectrum.Mode] = []
    let network = network
    for part in communicatingClasses {
      let block = network.restricted(to: part.states)
      if part.states.count == 1 {
        if !part.isRecurrent {
          modes.append(.init(logTime: -block.escapes[0].logarithm))
        }
      } else if let symmetrized = block.symmetrizedRates(tolerance: 1e-10) {
        let factors = PivotedReduction(symmetrized, escapes: block.escapes)
        modes += try factors.eigenvalues().map { .init(logTime: -$0.logarithm) }
      } else {
        modes += try GeneralSpectrum(block, isRecurrent: part.isRecurrent).modes()
      }
    }
    return RelaxationSpectrum(
      modes: modes.sorted { ($0.logTime, $0.logFrequency) > ($1.logTime, $1.logFrequency) })
  }
}
