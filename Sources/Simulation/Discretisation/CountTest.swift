import CGSL
import Landscapes
import LinearAlgebra

/// A number of events against what a model expects: exact tails, a normal score and a deviance.
struct CountTest {
  /// How far the expectation lies above the count, as the normal deviate of the same mid-p tail;
  /// nearly standard normal under the model even where few events are expected.
  let score: Double
  /// Twice the smaller exact tail, at most 1; for a count of zero the lower tail alone.
  let pValue: Double
  /// Twice the logarithm of the likelihood ratio.
  let deviance: Double

  /// A Poisson number.
  ///
  /// - Parameters:
  ///   - count: N; not necessarily whole.
  ///   - mean: What is expected, not negative; infinity is accepted.
  init(count: Double, poissonMean mean: Double) {
    guard mean > 0, mean < .infinity else {
      self = CountTest(count: count, hopeless: mean)
      return
    }
    deviance = CountTest.deviance(count, mean: mean)
    // P(X ≤ N) = Q(N + 1, μ), the incomplete gamma function.
    let (below, atMost) = (
      count > 0 ? incompleteGamma(count, mean, upper: true) : 0,
      incompleteGamma(count + 1, mean, upper: true)
    )
    let (atLeast, above) = (
      count > 0 ? incompleteGamma(count, mean, upper: false) : 1,
      incompleteGamma(count + 1, mean, upper: false)
    )
    pValue = count == 0 ? Double.exp(-mean) : min(1, 2 * min(atMost, atLeast))
    score = CountTest.score(
      lower: 0.5 * (below + atMost), upper: 0.5 * (atLeast + above), isBelow: count < mean,
      deviance: deviance)
  }

  /// A binomial number.
  ///
  /// - Parameters:
  ///   - count: N; not necessarily whole.
  ///   - trials: At least N.
  ///   - probability: That of each trial, from 0 to 1.
  init(count: Double, trials: Double, probability: Double) {
    let mean = trials * probability
    guard probability > 0, probability < 1 else {
      self = CountTest(
        count: count, hopeless: probability == 0 ? 0 : count < trials ? .infinity : mean)
      return
    }
    let rest = trials - count
    deviance =
      2
      * ((count > 0 ? count * logOf(count / mean) : 0)
        + (rest > 0 ? rest * logOf(rest / (trials - mean)) : 0))
    // P(X ≤ N) = 1 − I_p(N + 1, c − N), the incomplete beta function.
    let (below, atLeast) =
      count > 0
      ? (
        gsl_cdf_beta_Q(probability, count, rest + 1), gsl_cdf_beta_P(probability, count, rest + 1)
      ) : (0, 1)
    let (atMost, above) =
      rest > 0
      ? (
        gsl_cdf_beta_Q(probability, count + 1, rest), gsl_cdf_beta_P(probability, count + 1, rest)
      ) : (1, 0)
    pValue = count == 0 ? atMost : min(1, 2 * min(atMost, atLeast))
    score = CountTest.score(
      lower: 0.5 * (below + atMost), upper: 0.5 * (atLeast + above), isBelow: count < mean,
      deviance: deviance)
  }

  /// What never happens, or always.
  private init(count: Double, hopeless mean: Double) {
    let agrees = count == mean
    score = agrees ? 0 : count > mean ? -.infinity : .infinity
    pValue = agrees ? 1 : 0
    deviance = agrees ? 0 : .infinity
  }

  private static func score(
    lower: Double, upper: Double, isBelow: Bool, deviance: Double
  ) -> Double {
    // Tails below the smallest double: the signed root of the deviance.
    if min(lower, upper) < 1e-290 {
      return (isBelow ? 1 : -1) * max(0, deviance).squareRoot()
    }
    return lower < upper ? gsl_cdf_ugaussian_Qinv(lower) : -gsl_cdf_ugaussian_Qinv(upper)
  }

  /// 2 [N ln(N/μ) − N + μ].
  private static func deviance(_ count: Double, mean: Double) -> Double {
    max(0, 2 * ((count > 0 ? count * logOf(count / mean) : 0) - count + mean))
  }

  /// The mean and the variance of the deviance of a Poisson number.
  ///
  /// Where much is expected it has a chi-square distribution of one degree of freedom, times
  /// 1 + 1/(6μ) (Bartlett's factor); elsewhere the moments are summed.
  static func devianceMoments(poissonMean mean: Double) -> (mean: Double, variance: Double) {
    guard mean > 0, mean < .infinity else { return (0, 0) }
    guard mean < 300 else {
      let factor = 1 + 1 / (6 * mean)
      return (factor, 2 * factor * factor)
    }
    var (first, second) = (0.0, 0.0)
    var weight = Double.exp(-mean)
    let last = Int(mean + 12 * mean.squareRoot() + 30)
    for number in 0...last {
      let value = deviance(Double(number), mean: mean)
      first += weight * value
      second += weight * value * value
      weight *= mean / Double(number + 1)
    }
    return (first, max(0, second - first * first))
  }

  /// The exact interval of a Poisson mean: gamma quantiles of shapes N and N + 1.
  static func poissonInterval(count: Double, level: Double) -> (lower: Double, upper: Double) {
    (
      count > 0 ? gammaQuantile((1 - level) / 2, shape: count) : 0,
      gammaQuantile((1 + level) / 2, shape: count + 1)
    )
  }

  /// The exact interval of a probability (Clopper & Pearson 1934).
  static func binomialInterval(
    count: Double, trials: Double, level: Double
  ) -> (lower: Double, upper: Double) {
    let tail = (1 - level) / 2
    let rest = trials - count
    return (
      count > 0 ? gsl_cdf_beta_Pinv(tail, count, rest + 1) : 0,
      rest > 0 ? gsl_cdf_beta_Qinv(tail, count + 1, rest) : 1
    )
  }

  /// The standard deviation of the logarithm of a gamma variate, √ψ′(N): that of ln k given N
  /// events, 1/√N where they are many.
  static func logStandardError(count: Double) -> Double {
    gsl_sf_psi_1(count).squareRoot()
  }

  private static func gammaQuantile(_ probability: Double, shape: Double) -> Double {
    guard shape > 1e5 else { return SpecialFunctions.gammaQuantile(probability, shape: shape) }
    // Wilson & Hilferty (1931), whose error is below 1e-9 of the value here.
    let third = 1 / (9 * shape)
    let root = 1 - third + gsl_cdf_ugaussian_Pinv(probability) * third.squareRoot()
    return shape * root * root * root
  }
}

/// The regularised incomplete gamma functions; zero where they are below the smallest double.
private func incompleteGamma(_ a: Double, _ x: Double, upper: Bool) -> Double {
  _ = errorHandlerSwitchedOff
  var result = gsl_sf_result()
  let status = upper ? gsl_sf_gamma_inc_Q_e(a, x, &result) : gsl_sf_gamma_inc_P_e(a, x, &result)
  guard status == 0 || result.val.isFinite else { return 0 }
  return min(1, max(0, result.val))
}

/// GSL ends the program on errors unless it is told not to.
private let errorHandlerSwitchedOff: Void = { _ = gsl_set_error_handler_off() }()
