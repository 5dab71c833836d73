import Landscapes
import LinearAlgebra
import StationaryPoints

/// The rates of one formula for all pairs of minima that a saddle joins.
public struct EscapeTable: Sendable, Equatable {
  /// The rate between two minima over all their parallel saddles.
  public struct PairRate: Sendable, Equatable {
    /// The minimum that is left.
    public let from: Int
    /// The minimum that is reached.
    public let to: Int
    /// The saddles between them, ascending.
    public let saddles: [Int]
    /// ln of the sum of their rates per unit of t = ηk (Rule 1); of an indicator, which is not a
    /// rate, the largest.
    public let logRate: Double
    /// The lowest barrier.
    public let barrier: Double?
    /// The lowest barrier over the noise.
    public let barrierOverNoise: Double?
    /// All findings, each once.
    public let findings: [String]
  }

  /// The formula's name.
  public let formula: String
  /// How much the formula claims; nil where there is no rate.
  public let kind: EscapeRate.Kind?
  /// The rates, by `from` and `to`; empty where the formula is unavailable or no saddle joins two
  /// minima.
  public let rates: [PairRate]
  /// The rate of every single escape, in the order of the network's escapes.
  public let escapes: [EscapeRate]
  /// Why the formula has no answer; nil where it has one.
  public let unavailable: String?

  /// Evaluates a formula on all escapes of a problem.
  ///
  /// One escape without an answer makes the whole table unavailable: a chain that lacks an edge
  /// would select the wrong minimum.
  ///
  /// - Parameters:
  ///   - formula: The formula.
  ///   - problem: The problem.
  public init(formula: any EscapeRateFormula, problem: EscapeProblem) {
    self.formula = formula.name
    do {
      try formula.require(of: problem)
      let escapes = problem.network.escapes
      let results = try escapes.map { try formula.rate(of: $0, in: problem) }
      if let index = results.firstIndex(where: { $0.logRate.isNaN || $0.logRate == .infinity }) {
        throw FormulaUnavailable(
          reason: "its log rate from \(escapes[index].from) to \(escapes[index].to) is "
            + "\(results[index].logRate)")
      }
      self.kind = results.first?.kind
      self.rates = Self.pairs(escapes, results)
      self.escapes = results
      self.unavailable = nil
    } catch {
      self.kind = nil
      self.rates = []
      self.escapes = []
      self.unavailable = "\(error)"
    }
  }

  private static func pairs(
    _ escapes: [StationaryNetwork.Escape], _ results: [EscapeRate]
  ) -> [PairRate] {
    let members = Dictionary(grouping: escapes.indices) { [escapes[$0].from, escapes[$0].to] }
    let keys = members.keys.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
    return keys.map { key in
      let group = (members[key] ?? []).sorted { escapes[$0].saddle < escapes[$1].saddle }
      let rates = group.map { results[$0] }
      var findings: [String] = []
      for finding in rates.flatMap(\.findings) where !findings.contains(finding) {
        findings.append(finding)
      }
      let logRates = rates.map(\.logRate)
      let isIndicator = rates.contains { $0.kind == .indicator }
      return PairRate(
        from: key[0], to: key[1], saddles: group.map { escapes[$0].saddle },
        logRate: isIndicator
          ? logRates.max() ?? -.infinity : EscapeComposition.parallel(logRates),
        barrier: rates.compactMap(\.barrier).min(),
        barrierOverNoise: rates.compactMap(\.barrierOverNoise).min(), findings: findings)
    }
  }
}
