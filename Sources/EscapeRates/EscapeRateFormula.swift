public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// A formula for the rate of an escape from a minimum over a saddle.
///
/// Adding one is a file with a conforming type and a line in `FormulaCatalogue.all(_:)`.
public protocol EscapeRateFormula: Sendable {
  /// The name in problem files and reports.
  var name: String { get }

  /// The paper and equation that it is from, in a phrase.
  var source: String { get }

  /// Which reading of position-dependent noise it assumes; nil where its noise is constant, so
  /// that there is no difference.
  var interpretation: StochasticInterpretation? { get }

  /// Whether it has an answer where a plateau joins ball-shaped basins and no isolated saddle does.
  var acceptsPlateau: Bool { get }

  /// Checks what the formula needs of a problem as a whole, before any escape is looked at.
  ///
  /// - Parameter problem: The problem.
  /// - Throws: `FormulaUnavailable` with the reason.
  func require(of problem: EscapeProblem) throws

  /// The rate of one escape.
  ///
  /// - Parameters:
  ///   - escape: One of the escapes of the problem's network.
  ///   - problem: The problem.
  /// - Returns: ln of the rate per unit of the time t = ηk, with findings.
  /// - Throws: `FormulaUnavailable` where the formula has no answer, or an error of the numerics.
  func rate(of escape: StationaryNetwork.Escape, in problem: EscapeProblem) throws -> EscapeRate
}

extension EscapeRateFormula {
  /// Most formulas have no requirement beyond those of a single escape.
  public func require(of problem: EscapeProblem) throws {}

  /// Most formulas need the curvature of a saddle.
  public var acceptsPlateau: Bool { false }

  /// Most formulas are for constant noise.
  public var interpretation: StochasticInterpretation? { nil }
}

/// A formula for stochastic gradient descent on a landscape.
public protocol StochasticGradientFormula: EscapeRateFormula {}

extension StochasticGradientFormula {
  /// A gradient, and SGD.
  public func require(of problem: EscapeProblem) throws {
    try Assumptions.requireGradient(problem, name)
    _ = try Assumptions.stochasticGradient(problem, name)
  }
}

/// Why a formula has no answer to a problem.
public struct FormulaUnavailable: Error, Equatable, CustomStringConvertible {
  /// The reason, as a clause that can stand after "unavailable: ".
  public let reason: String

  /// Creates the error.
  public init(reason: String) { self.reason = reason }

  /// The reason.
  public var description: String { reason }
}
