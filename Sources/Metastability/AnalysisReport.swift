public import EscapeRates
public import Landscapes
import LinearAlgebra
public import MarkovChains
public import StationaryPoints

/// Everything that an analysis found: the data behind the text and the JSON report.
public struct AnalysisReport: Sendable {
  /// The problem as it was read; null for an analysis that was set up in code.
  public let problem: JSONValue
  /// The names of the variables.
  public var variables: [String] = []
  /// The minima, the saddles and what they join; nil for a given chain.
  public var network: StationaryNetwork?
  /// The answers, one per formula, in the order of the catalogue.
  public var formulas: [FormulaAnswer] = []
  /// What was simulated and what came out.
  public var simulation: SimulationAnswer?
  /// Formulas against the simulation, one entry per formula and minimum.
  public var comparison: [Comparison] = []
  /// Formulas against the simulated rates from minimum to minimum.
  public var edgeComparison: [EdgeComparison] = []
  /// Formulas against the simulated relaxation rate.
  public var relaxationComparison: [RelaxationComparison] = []
  /// The learning rate, where the dynamics are SGD: rates are also given per iteration.
  public var learningRate: Double?
  /// How long each part took, in seconds.
  public var timings = Timings()
  /// Sentences that belong to the analysis as a whole.
  public var findings: [String] = []
  /// A name for each state of a given chain; nil for their numbers.
  public var stateLabels: [String]?
  /// The database that the chains were made from.
  public var database: KineticDatabase?
  /// The set A that passages start from.
  public var setA: [Int]?
  /// The set B that they end in.
  public var setB: [Int]?
  /// Whether the analysis was ended early; what had been found is kept.
  public var isInterrupted = false
  /// Why the analysis failed; what had been found is kept.
  public var failure: String?

  init(problem: JSONValue) { self.problem = problem }

  /// Whether nothing was found yet.
  public var isEmpty: Bool { network == nil && formulas.isEmpty }

  /// Says where escapes lead out of the domain: no chain over its minima knows of them.
  mutating func noteOpenSaddles() {
    let open = network?.saddles.indices.filter {
      network?.saddles[$0].connects.contains(nil) ?? false
    }
    guard let open, !open.isEmpty else { return }
    findings.append(
      "saddles \(open.prefix(6).map { "s\($0)" }.joined(separator: ", "))"
        + "\(open.count > 6 ? " and \(open.count - 6) more" : "") lead out of the domain: escapes "
        + "over them are not in the rates and chains")
  }

  /// Times in seconds.
  public struct Timings: Sendable, Equatable {
    /// The search for stationary points.
    public var search = 0.0
    /// The rates by all formulas.
    public var rates = 0.0
    /// The chains.
    public var chain = 0.0
    /// The simulation.
    public var simulation = 0.0
  }

  /// The formula whose rates come closest to the simulated ones, by the mean absolute error of the
  /// log rate over all minima; nil without a simulation. Exact solutions are left out: they are
  /// what formulas are judged by.
  public var closestFormula: (name: String, meanError: Double)? {
    var sums: [String: (total: Double, count: Int)] = [:]
    for entry in comparison {
      guard let error = entry.logRateError else { continue }
      let previous = sums[entry.formula] ?? (0, 0)
      sums[entry.formula] = (previous.total + error.magnitude, previous.count + 1)
    }
    let most = sums.values.map(\.count).max() ?? 0
    let candidates = formulas.compactMap { formula -> (name: String, meanError: Double)? in
      guard formula.kind == .rate, !FormulaCatalogue.referees.contains(formula.name),
        let sum = sums[formula.name], sum.count == most
      else { return nil }
      return (formula.name, sum.total / Double(sum.count))
    }
    // Formulas that agree to rounding: the first of the catalogue.
    let best = candidates.map(\.meanError).min() ?? 0
    return candidates.first { $0.meanError <= best + 1e-9 }
  }
}

/// What one formula says: the rates and the chain that follows from them.
public struct FormulaAnswer: Sendable {
  /// The name, as in the problem file.
  public let name: String
  /// The rates, one per ordered pair of minima that a saddle joins.
  public var rates: [EscapeTable.PairRate] = []
  /// The paper and equation that it is from; nil for a given chain.
  public var source: String?
  /// How it reads position-dependent noise; nil where its noise is constant.
  public var interpretation: StochasticInterpretation?
  /// How much the formula claims.
  public var kind = EscapeRate.Kind.rate
  /// The chain over the minima.
  public var markov: MarkovChain?
  /// What follows from the chain.
  public var chain: ChainAnswer?
  /// What was learned from trajectories, where the chain was estimated.
  public var estimate: EstimationAnswer?
  /// Why the formula has no answer here.
  public var unavailable: String?

  init(name: String) { self.name = name }

  /// The natural logarithm of the total rate out of a minimum; nil where none is known.
  public func logExitRate(of minimum: Int) -> Double? {
    let terms = rates.filter { $0.from == minimum }.map(\.logRate)
    return terms.isEmpty ? nil : logSumExp(terms)
  }
}

/// A formula against the simulation, at one minimum.
public struct Comparison: Sendable, Equatable {
  /// The name of the formula.
  public let formula: String
  /// The minimum.
  public let minimum: Int
  /// ln(rate by the formula) − ln(simulated rate) of leaving the minimum; nil where either is
  /// missing.
  public let logRateError: Double?
  /// The standard error of the logarithm of the simulated rate.
  public let standardError: Double?
  /// Occupancy by the formula minus the simulated one; nil where either is missing.
  public let occupancyError: Double?
  /// Whether the formula says that there is no escape, and the simulation saw one.
  public let isRefuted: Bool
  /// The standard error of the simulated occupancy.
  public let occupancyStandardError: Double?

  /// The error of the log rate in standard errors.
  public var deviation: Double? {
    guard let logRateError, let standardError, standardError > 0 else { return nil }
    return logRateError / standardError
  }
}

/// A formula's slowest relaxation rate against the simulated one.
public struct RelaxationComparison: Sendable, Equatable {
  /// The name of the formula.
  public let formula: String
  /// The natural logarithm of the formula's relaxation rate.
  public let logRate: Double
  /// ln(rate by the formula) − ln(simulated rate).
  public let logRateError: Double
  /// The standard error of the logarithm of the simulated rate.
  public let standardError: Double

  /// The error in standard errors.
  public var deviation: Double { logRateError / standardError }
}
