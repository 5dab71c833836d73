import CGSL
import Glibc
import Landscapes
import LinearAlgebra

/// What one repetition of a rare-event computation found.
public struct RareEventRun: Sendable, Equatable {
  /// How a repetition ended.
  public enum Outcome: String, Sendable, Equatable {
    /// Copies reached the target.
    case reached
    /// At some level all copies were lost: the estimate is zero.
    case extinct
    /// It was stopped.
    case interrupted
  }
  /// How it ended.
  public let outcome: Outcome
  /// ln of the unbiased estimate; −∞ where no copy reached the target.
  public let logProbability: Double
  /// The variance of `logProbability` from the genealogy of this run alone: −ln of the corrected
  /// share of pairs of copies without a common ancestor (after Lee and Whiteley 2018); infinite
  /// where all copies descend from one.
  public let variance: Double
  /// How many of the first copies have descendants in the end.
  public let families: Int
  /// The last level that was passed; −∞ for none.
  public let level: Double
  /// ln of the estimated probability to pass that level.
  public let logLevelProbability: Double
  /// How many levels were passed.
  public let rounds: Int
}

/// The probability of a rare event, in natural logarithms.
public struct ProbabilityEstimate: Sendable, Equatable {
  /// ln of the mean of the unbiased estimates of all repetitions; −∞ where none reached the target,
  /// and where a repetition was stopped.
  public let logProbability: Double
  /// The standard error of `logProbability`; infinite where there is no estimate.
  public let standardError: Double
  /// The 95 % interval of the logarithm. Where nothing reached the target, it begins at −∞ and
  /// ends at an upper bound. Where repetitions were stopped it lies between two bounds, each with
  /// its statistical error: the mean of what is finished, the others counted as zero, and the mean
  /// in which these count with the probability to come as far as they are.
  public let interval: ClosedRange<Double>
  /// The repetitions.
  public let runs: [RareEventRun]

  /// The probability as a plain number, which may underflow.
  public var probability: Double { Double.exp(logProbability) }

  /// Combines repetitions.
  ///
  /// The estimates of the repetitions are close to log-normal. The standard error of their mean is
  /// the larger of two: the scatter between them, and what a perfect reaction coordinate would
  /// give, √(−ln p/copies); with fewer than eight repetitions, whose scatter says little, the
  /// genealogies of the single runs take the place of the latter. The interval uses Student's
  /// quantile and lies around ln p̂ + s²/2, because the logarithm of an unbiased estimate is too
  /// low by that on average.
  ///
  /// Of repetitions that were stopped there is no unbiased estimate: which of them are finished
  /// depends on how they ended. One that dies out is over sooner than one that arrives, and one
  /// that needs few levels, because its estimate is large, sooner than one that needs many. But the
  /// weight of a repetition never grows from round to round, and its final estimate is at most the
  /// present weight; so at whatever moment all are stopped, the mean with zero for what is not
  /// finished is on average at most the probability, and that with its weight at least.
  ///
  /// - Parameters:
  ///   - runs: The repetitions.
  ///   - copies: How many copies each has.
  init(runs: [RareEventRun], copies: Int) {
    self.runs = runs
    guard !runs.contains(where: { $0.outcome == .interrupted }) else {
      logProbability = -.infinity
      standardError = .infinity
      interval = ProbabilityEstimate.bounds(runs, copies: copies)
      return
    }
    let finished = runs
    let count = Double(finished.count)
    let logMean = logSumExp(finished.map(\.logProbability)) - Double.log(max(count, 1))
    guard logMean.isFinite else {
      logProbability = -.infinity
      standardError = .infinity
      guard !runs.isEmpty else {
        interval = -.infinity...0
        return
      }
      // Nothing is more probable than the levels that were passed on the way.
      let passed = runs.map(\.logLevelProbability)
      let level = logSumExp(passed) - Double.log(Double(max(runs.count, 1)))
      let error = ProbabilityEstimate.ideal(-level, copies: copies, count: Double(runs.count))
      interval = -.infinity...min(0, level + 1.645 * error)
      return
    }
    logProbability = logMean
    let between = ProbabilityEstimate.relativeScatter(finished.map(\.logProbability), logMean)
    let ideal = ProbabilityEstimate.ideal(-logMean, copies: copies, count: count)
    var error = max(between, ideal)
    if finished.count < 8 {
      let reached = finished.filter { $0.outcome == .reached }
      // A single family says no more than that the error is large.
      let single = reached.map { min($0.variance, 1) }.reduce(0, +) / Double(reached.count)
      error = max(error, (single / count).squareRoot())
    }
    standardError = error
    let center = logMean + 0.5 * error * error
    let half = ProbabilityEstimate.quantile(finished.count) * error
    interval = (center - half)...min(0, max(center + half, logMean))
  }

  /// The bounds of repetitions of which some were stopped.
  private static func bounds(_ runs: [RareEventRun], copies: Int) -> ClosedRange<Double> {
    let count = Double(runs.count)
    let single = runs.reduce(0) { $0 + min($1.variance, 1) } / count
    func ends(_ logValues: [Double]) -> ClosedRange<Double> {
      let mean = logSumExp(logValues) - Double.log(count)
      guard mean > -.infinity else { return -.infinity...(-.infinity) }
      var error = max(relativeScatter(logValues, mean), ideal(-mean, copies: copies, count: count))
      if runs.count < 8 { error = max(error, (single / count).squareRoot()) }
      let half = quantile(runs.count) * error
      let center = mean + 0.5 * error * error
      return min(center - half, mean)...max(center + half, mean)
    }
    let lower = ends(runs.map { $0.outcome == .reached ? $0.logProbability : -.infinity })
    let upper = ends(
      runs.map { $0.outcome == .interrupted ? $0.logLevelProbability : $0.logProbability })
    let end = min(0, upper.upperBound)
    return min(lower.lowerBound, end)...end
  }

  /// The standard error of the mean of the estimates, on the scale of the logarithm.
  static func relativeScatter(_ logValues: [Double], _ logMean: Double) -> Double {
    guard logValues.count > 1 else { return 0 }
    let count = Double(logValues.count)
    let square = logValues.reduce(0) {
      let difference = Double.exp($1 - logMean) - 1
      return $0 + difference * difference
    }
    return Glibc.log1p(square / (count - 1) / count).squareRoot()
  }

  /// The error of a perfect reaction coordinate (Cérou and Guyader 2007): √(−ln p/copies) for one
  /// run.
  private static func ideal(_ exponent: Double, copies: Int, count: Double) -> Double {
    let relative = Glibc.expm1(min(max(exponent, 0) / Double(copies), 50))
    return Glibc.log1p(relative / max(count, 1)).squareRoot()
  }

  /// The factor of a standard error in a 95 % interval.
  static func quantile(_ repetitions: Int) -> Double {
    repetitions < 8 ? 1.96 : gsl_cdf_tdist_Pinv(0.975, Double(repetitions - 1))
  }
}
