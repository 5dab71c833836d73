import LinearAlgebra
public import MarkovChains
import Simulation

/// A formula's rate from one minimum to another against the simulated one.
public struct EdgeComparison: Sendable, Equatable {
  /// What the simulated rate comes from.
  public enum Source: String, Sendable {
    /// Escapes that were watched from the minimum.
    case escapes
    /// Transitions between core sets in the long trajectories.
    case transitions
    /// Adaptive multilevel splitting.
    case splitting
    /// Forward flux sampling.
    case forwardFlux
  }

  /// The name of the formula.
  public let formula: String
  /// The minimum that is left.
  public let from: Int
  /// The minimum that is reached.
  public let to: Int
  /// What the simulated rate comes from.
  public let source: Source
  /// ln of the formula's rate; −∞ where it excludes the transition.
  public let logRate: Double
  /// ln of the simulated rate; −∞ where no transition was seen.
  public let logSimulated: Double
  /// The standard error of `logSimulated`; nil where no transition was seen.
  public let standardError: Double?
  /// The 95 % interval of the logarithm of the simulated rate: exact gamma quantiles for counts.
  public let interval: ClosedRange<Double>
  /// How many standard errors the formula lies above the simulation; of few counts the normal
  /// deviate of their exact tail. Nil where there is nothing to compare.
  public let standardErrorsApart: Double?
  /// The probability, if the formula were right, of a simulation that is at least as far off.
  public let pValue: Double?
  /// How many transitions were seen; nil for a method for rare events.
  public let count: Double?

  init(formula: String, source: Source, entry: ChainComparison.Entry) {
    self.formula = formula
    from = entry.from
    to = entry.to
    self.source = source
    logRate = entry.logPredicted
    logSimulated = entry.logEstimated
    standardError = entry.standardError
    interval = entry.logLower...entry.logUpper
    standardErrorsApart = entry.standardErrorsApart
    pValue = entry.pValue
    count = entry.count
  }

  init(formula: String, predicted: MarkovChain, rare: RareEventAnswer, to: Int) {
    self.formula = formula
    from = rare.from
    self.to = to
    source = Source(rawValue: rare.method) ?? .splitting
    let terms = predicted.transitions.filter { $0.from == rare.from && $0.to == to }
    logRate = logSumExp(terms.map(\.logRate))
    logSimulated = rare.logRate
    interval = rare.lower...max(rare.lower, rare.upper)
    count = nil
    guard rare.logRate > -.infinity, rare.standardError > 0, rare.standardError < .infinity else {
      standardError = nil
      standardErrorsApart = nil
      pValue = nil
      return
    }
    standardError = rare.standardError
    let apart = (logRate - rare.logRate) / rare.standardError
    standardErrorsApart = apart.isFinite ? apart : nil
    pValue = apart.isFinite ? 2 * SpecialFunctions.normalUpperTail(apart.magnitude) : nil
  }
}
