public import EscapeRates
public import MarkovChains
public import StationaryPoints

/// A chain that does not come from a landscape, with what else its files say.
public struct GivenChain: Sendable {
  /// How it is called in the report: `given`, `estimated`, or the formula of its rates.
  public let name: String
  /// The chain.
  public let chain: MarkovChain
  /// The rates for the report; with barriers where the source has energies.
  public var rates: [EscapeTable.PairRate]
  /// The exponent of each transition in the limit of no noise.
  public var costs: [(from: Int, to: Int, cost: Double)]
  /// Where the rates are from.
  public var source: String?
  /// The energies of the minima and saddles, where there are any.
  public var energies: Energies?
  /// The chain in discrete time, where that is what was given.
  public var discrete: DiscreteTimeChain?
  /// What was estimated from trajectories.
  public var estimate: EstimationAnswer?

  /// Energies of minima and of the saddles between them.
  public struct Energies: Sendable {
    /// The energy of each minimum.
    public let minima: [Double]
    /// Each saddle with the minima that it joins.
    public let saddles: [(energy: Double, first: Int, second: Int)]

    /// Puts energies together.
    public init(minima: [Double], saddles: [(energy: Double, first: Int, second: Int)]) {
      self.minima = minima
      self.saddles = saddles
    }
  }

  /// A chain whose costs are minus the logarithms of its rates.
  ///
  /// - Parameters:
  ///   - name: How it is called in the report.
  ///   - chain: The chain.
  public init(name: String = "given", chain: MarkovChain) {
    self.name = name
    self.chain = chain
    let transitions = chain.transitions
    rates = transitions.map {
      EscapeTable.PairRate(from: $0.from, to: $0.to, logRate: $0.logRate)
    }
    costs = transitions.map { (from: $0.from, to: $0.to, cost: -$0.logRate) }
  }
}

/// Chains that are given over the same states, and what is known of these.
public struct GivenChains: Sendable {
  /// The chains: one, or one for each kind of rates.
  public var chains: [GivenChain]
  /// Formulas that have no answer here, with the reason.
  public var unavailable: [(name: String, reason: String)] = []
  /// What a reader should know.
  public var findings: [String] = []
  /// The set A of the files.
  public var setA: [Int]?
  /// The set B of the files.
  public var setB: [Int]?
  /// The community of each state.
  public var communities: [Int]?
  /// A name for each state.
  public var labels: [String]?
  /// The database that the chains were made from.
  public var database: KineticDatabase?

  /// The chains of one source.
  public init(_ chains: [GivenChain]) { self.chains = chains }

  /// The number of states.
  public var stateCount: Int { chains.first?.chain.stateCount ?? 0 }
}

/// What was learned from trajectories of discrete states.
public struct EstimationAnswer: Sendable {
  /// What each state is called in the data; those that are not connected are left out.
  public let labels: [Int]
  /// The lag in frames.
  public let lag: Int
  /// The number of pairs of frames that were counted.
  public let pairs: Double
  /// Implied time scales at the lags that were asked for.
  public let timescales: [ImpliedTimescales]
  /// The Chapman–Kolmogorov test of the single states at twice and four times the lag; nil where
  /// the trajectories are too short for it.
  public let test: ChapmanKolmogorovTest?
  /// Intervals of the natural logarithms of the stationary probabilities; empty without samples.
  public let logStationary: [PosteriorSummary]
  /// The interval of the natural logarithm of the slowest implied time scale.
  public let logSlowestTimescale: PosteriorSummary?
  /// The interval of the natural logarithm of the mean first-passage time from A to B in frames.
  public let logMeanTime: PosteriorSummary?
  /// The interval of the natural logarithm of the mean first-passage time from B to A in frames.
  public let logReverseMeanTime: PosteriorSummary?
  /// Reasons for what is absent.
  public let findings: [String]
}
