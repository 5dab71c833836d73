import Landscapes
import LinearAlgebra
public import MarkovChains

/// What can be wrong with two chains that are to be compared.
public enum ChainComparisonError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The chains have different numbers of states.
  case differentStates(predicted: Int, estimated: Int)
  /// There are not as many inefficiencies as states, or one is not positive.
  case invalidInefficiencies([Double])
  /// The time of a frame is not positive.
  case invalidFrameTime(Double)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .differentStates(let predicted, let estimated):
      """
      the predicted chain has \(predicted) states and the estimated one \(estimated); accepted: \
      chains of the same states
      """
    case .invalidInefficiencies(let values):
      "the inefficiencies are \(values); accepted: a positive number for each state"
    case .invalidFrameTime(let time):
      "the time of a frame is \(time); accepted: a positive number"
    }
  }
}

/// A chain estimated from trajectories against a predicted one, entry by entry.
///
/// In continuous time the likelihood of a rate k_ij given N_ij jumps and the time T_i is that of a
/// Poisson number of mean k_ij T_i, and so every statement is exact: the interval of the estimated
/// rate is one of gamma quantiles, and a rate that was never seen is refuted at the level e^{−kT}.
///
/// ```swift
/// let comparison = try ChainComparison(jumps: result.jumpCounts(), predicted: chain)
/// for entry in comparison.entries {
///   print(entry.from, entry.to, entry.logPredicted, entry.logEstimated, entry.standardErrorsApart)
/// }
/// print(comparison.test.pValue)
/// ```
public struct ChainComparison: Sendable, Equatable {
  /// One rate, or one transition probability.
  public struct Entry: Sendable, Equatable {
    /// The state that is left.
    public let from: Int
    /// The state that is reached.
    public let to: Int
    /// ln of the predicted value; −∞ for a transition that the prediction excludes.
    public let logPredicted: Double
    /// ln of the estimated value; −∞ where it was never seen.
    public let logEstimated: Double
    /// The standard error of `logEstimated`; nil where the transition was never seen.
    public let standardError: Double?
    /// The lower end of the exact interval of the logarithm; −∞ where it was never seen.
    public let logLower: Double
    /// The upper end of the exact interval of the logarithm.
    public let logUpper: Double
    /// How far the prediction lies above the estimate: the normal deviate of the exact tail (mid-p).
    /// Where many transitions were seen it is (ln predicted − ln estimated)/standardError, and it is
    /// standard normal under the prediction even where there are few.
    public let standardErrorsApart: Double
    /// The probability, under the prediction, of a number that is at least as far off: twice the
    /// exact tail. Where none was seen it is one-sided, e^{−kT}, the level at which the prediction
    /// is refuted.
    public let pValue: Double
    /// How often the transition was seen (worth independent ones).
    public let count: Double
    /// How often the prediction expects it.
    public let expectedCount: Double
  }

  /// A test of all entries together.
  public struct CombinedTest: Sendable, Equatable {
    /// Twice the logarithm of the likelihood ratio of the estimate and the prediction.
    public let statistic: Double
    /// The number of entries that it is made of.
    public let degreesOfFreedom: Int
    /// The probability of a larger statistic under the prediction.
    public let pValue: Double
  }

  /// The rates that are predicted or were seen, by state; without states that were never visited.
  public let entries: [Entry]
  /// All of them together.
  public let test: CombinedTest
  /// The probability of the intervals.
  public let level: Double

  /// Compares rates in continuous time.
  ///
  /// The combined statistic is Σ 2 [N ln(N/kT) − N + kT]. Where few jumps are expected it is not
  /// chi-square distributed; its p-value comes from a chi-square variate that is scaled to its exact
  /// mean and variance.
  ///
  /// - Parameters:
  ///   - jumps: Numbers of jumps and residence times.
  ///   - predicted: The predicted chain, of the same states and unit of time.
  ///   - inefficiencies: How many jumps from each state are worth one that is independent
  ///     (`DiscreteTrajectoryResult.jumpInefficiencies`); nil for 1.
  ///   - level: The probability of the intervals.
  /// - Throws: `ChainComparisonError`; `EstimationError.invalidLevel`, or `.noResidenceTime` for
  ///   jumps from a state without time.
  public init(
    jumps: JumpCounts, predicted: MarkovChain, inefficiencies: [Double]? = nil,
    level: Double = 0.95
  ) throws {
    let size = jumps.stateCount
    let factors = try Self.checked(
      inefficiencies, states: size, predicted: predicted.stateCount, level: level)
    var logRates: [Pair: Double] = [:]
    for transition in predicted.transitions {
      logRates[Pair(transition.from, transition.to)] = transition.logRate
    }
    var counts: [Pair: Double] = [:]
    for entry in jumps.entries {
      guard jumps.residenceTimes[entry.from] > 0 else {
        throw EstimationError.noResidenceTime(state: jumps.labels[entry.from])
      }
      counts[Pair(entry.from, entry.to)] = entry.count
    }
    var entries: [Entry] = []
    var sum = Sum()
    for pair in Set(logRates.keys).union(counts.keys).sorted() {
      let factor = factors[pair.from]
      let time = jumps.residenceTimes[pair.from] / factor
      guard time > 0 else { continue }
      let count = (counts[pair] ?? 0) / factor
      let logPredicted = logRates[pair] ?? -.infinity
      let mean = Double.exp(logPredicted + logOf(time))
      let test = CountTest(count: count, poissonMean: mean)
      let interval = CountTest.poissonInterval(count: count, level: level)
      entries.append(
        Entry(
          from: pair.from, to: pair.to, logPredicted: logPredicted,
          logEstimated: logOf(count) - logOf(time),
          standardError: count > 0 ? CountTest.logStandardError(count: count) : nil,
          logLower: logOf(interval.lower) - logOf(time),
          logUpper: logOf(interval.upper) - logOf(time), standardErrorsApart: test.score,
          pValue: test.pValue, count: count, expectedCount: mean))
      let moments = CountTest.devianceMoments(poissonMean: mean)
      sum.add(test.deviance, mean: moments.mean, variance: moments.variance, freedom: 1)
    }
    self.entries = entries
    self.level = level
    test = sum.test
  }

  /// Compares transition probabilities over a lag.
  ///
  /// The counts of each row are taken for a multinomial variate; give strided or effective ones, not
  /// sliding ones. Entries are those off the diagonal; the combined statistic is 2 Σ N ln(N/cp) with
  /// the diagonal, in which targets of fewer than five expected counts are joined.
  ///
  /// - Parameters:
  ///   - transitions: Counts at a lag.
  ///   - predicted: The predicted chain in continuous time, of the same states.
  ///   - frameTime: The time of a frame, in the prediction's unit.
  ///   - level: The probability of the intervals.
  /// - Throws: `ChainComparisonError`; `EstimationError.invalidLevel`.
  public init(
    transitions: TransitionCounts, predicted: MarkovChain, frameTime: Double,
    level: Double = 0.95
  ) throws {
    let size = transitions.stateCount
    _ = try Self.checked(nil, states: size, predicted: predicted.stateCount, level: level)
    guard frameTime > 0, frameTime < .infinity else {
      throw ChainComparisonError.invalidFrameTime(frameTime)
    }
    let matrix = try predicted.transitionMatrix(lag: frameTime * Double(transitions.lag))
    let counts = transitions.matrix
    var entries: [Entry] = []
    var sum = Sum()
    for from in 0..<size {
      let trials = counts.row(from).reduce(0, +)
      guard trials > 0 else { continue }
      for to in 0..<size where to != from {
        let count = counts[from, to]
        let probability = min(1, max(0, matrix[from, to]))
        guard count > 0 || probability > 0 else { continue }
        let test = CountTest(count: count, trials: trials, probability: probability)
        let interval = CountTest.binomialInterval(count: count, trials: trials, level: level)
        entries.append(
          Entry(
            from: from, to: to, logPredicted: logOf(probability),
            logEstimated: logOf(count) - logOf(trials),
            standardError: count > 0 ? ((1 - count / trials) / count).squareRoot() : nil,
            logLower: logOf(interval.lower), logUpper: logOf(interval.upper),
            standardErrorsApart: test.score, pValue: test.pValue, count: count,
            expectedCount: trials * probability))
      }
      sum.addRow(counts.row(from), expected: matrix.row(from).map { trials * max(0, $0) })
    }
    self.entries = entries
    self.level = level
    test = sum.test
  }

  /// The entry of a pair of states; nil where nothing was predicted nor seen.
  ///
  /// - Parameters:
  ///   - from: The state that is left.
  ///   - to: The state that is reached.
  /// - Returns: The entry.
  public func entry(from: Int, to: Int) -> Entry? {
    entries.first { $0.from == from && $0.to == to }
  }

  /// The inefficiencies, one per state.
  static func checked(
    _ inefficiencies: [Double]?, states: Int, predicted: Int, level: Double
  ) throws -> [Double] {
    guard predicted == states else {
      throw ChainComparisonError.differentStates(predicted: predicted, estimated: states)
    }
    guard level > 0, level < 1 else { throw EstimationError.invalidLevel(level) }
    let factors = inefficiencies ?? [Double](repeating: 1, count: states)
    guard factors.count == states, factors.allSatisfy({ $0 > 0 && $0 < .infinity }) else {
      throw ChainComparisonError.invalidInefficiencies(factors)
    }
    return factors
  }

  /// A pair of states.
  private struct Pair: Hashable, Comparable {
    let from: Int
    let to: Int
    init(_ from: Int, _ to: Int) { (self.from, self.to) = (from, to) }
    static func < (a: Pair, b: Pair) -> Bool { (a.from, a.to) < (b.from, b.to) }
  }

  /// A sum of deviances with its moments under the prediction.
  private struct Sum {
    private var statistic = 0.0
    private var mean = 0.0
    private var variance = 0.0
    private var freedom = 0

    mutating func add(_ deviance: Double, mean: Double, variance: Double, freedom: Int) {
      statistic += deviance
      self.mean += mean
      self.variance += variance
      self.freedom += freedom
    }

    /// Adds a multinomial row.
    mutating func addRow(_ counts: [Double], expected: [Double]) {
      var cells: [(count: Double, expected: Double)] = []
      var rest = (count: 0.0, expected: 0.0)
      for (count, mean) in zip(counts, expected) {
        if mean >= 5 {
          cells.append((count, mean))
        } else {
          rest = (rest.count + count, rest.expected + mean)
        }
      }
      if rest.expected >= 5 || (rest.count > 0 && rest.expected == 0) {
        cells.append(rest)
      } else if let smallest = cells.indices.min(by: { cells[$0].expected < cells[$1].expected }) {
        cells[smallest].count += rest.count
        cells[smallest].expected += rest.expected
      }
      guard cells.count > 1 else { return }
      let deviance = cells.reduce(0) { sum, cell in
        guard cell.count > 0 else { return sum }
        return sum + 2 * cell.count * logOf(cell.count / cell.expected)
      }
      let freedom = cells.count - 1
      add(
        max(0, deviance), mean: Double(freedom), variance: 2 * Double(freedom), freedom: freedom)
    }

    var test: CombinedTest {
      guard mean > 0, variance > 0, statistic < .infinity else {
        return CombinedTest(
          statistic: statistic, degreesOfFreedom: freedom, pValue: statistic > 0 ? 0 : 1)
      }
      let scale = variance / (2 * mean)
      return CombinedTest(
        statistic: statistic, degreesOfFreedom: freedom,
        pValue: SpecialFunctions.chiSquareUpperTail(
          statistic / scale, degreesOfFreedom: mean / scale))
    }
  }
}
