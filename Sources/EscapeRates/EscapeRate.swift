import Landscapes
import LinearAlgebra
import StationaryPoints

/// What a formula says about one escape.
public struct EscapeRate: Sendable, Equatable {
  /// How much a formula claims.
  public enum Kind: String, Sendable {
    /// A rate with its prefactor.
    case rate
    /// The exponent of a rate, without a prefactor.
    case exponent
    /// A quantity that a mean escape time is said to be proportional to.
    case indicator
  }

  /// ln of the rate per unit of the time t = ηk; −∞ for a rate that is exactly zero.
  public let logRate: Double
  /// ΔL; nil where the drift has no energy or the formula knows no barrier.
  public let barrier: Double?
  /// The barrier in units of the noise: the exponent of the formula.
  public let barrierOverNoise: Double?
  /// Sentences about assumptions that do not hold, and choices that were made.
  public let findings: [String]
  /// How much is claimed.
  public let kind: Kind
  /// Further numbers by name ("s", "effectiveDimension", "escapeEigenvalue").
  public let quantities: [String: Double]

  /// Whether the rate has no prefactor: its logarithm is right to leading order only.
  public var isExponentOnly: Bool { kind != .rate }

  /// Creates a result.
  public init(
    logRate: Double, barrier: Double?, barrierOverNoise: Double?, findings: [String] = [],
    kind: Kind = .rate, quantities: [String: Double] = [:]
  ) {
    self.logRate = logRate
    self.barrier = barrier
    self.barrierOverNoise = barrierOverNoise
    self.findings = findings
    self.kind = kind
    self.quantities = quantities
  }

  /// The rate exactly zero.
  static func zero(
    barrier: Double?, findings: [String], kind: Kind = .rate, quantities: [String: Double] = [:]
  ) -> EscapeRate {
    EscapeRate(
      logRate: -.infinity, barrier: barrier, barrierOverNoise: nil, findings: findings,
      kind: kind, quantities: quantities)
  }

  /// ln of the rate per SGD iteration, k = t/η.
  public func logRatePerIteration(learningRate: Double) -> Double {
    logRate + logOf(learningRate)
  }
}
