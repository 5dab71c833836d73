import CGSL

/// Special functions and distributions of the GNU Scientific Library.
public enum SpecialFunctions {
  /// The exponential integral Ei(x).
  ///
  /// - Throws: `LinearAlgebraError.library` outside its domain or range.
  public static func exponentialIntegral(_ x: Double) throws -> Double {
    _ = handlerSwitchedOff
    var result = gsl_sf_result()
    let status = gsl_sf_expint_Ei_e(x, &result)
    guard status == 0 else {
      throw LinearAlgebraError.library(reason: String(cString: gsl_strerror(status)))
    }
    return result.val
  }

  /// The quantile of the gamma distribution with the given shape and unit scale.
  public static func gammaQuantile(_ probability: Double, shape: Double) -> Double {
    gsl_cdf_gamma_Pinv(probability, shape, 1)
  }

  /// The upper tail of the standard normal distribution.
  public static func normalUpperTail(_ x: Double) -> Double { gsl_cdf_ugaussian_Q(x) }

  /// The upper tail of the chi-square distribution.
  public static func chiSquareUpperTail(_ x: Double, degreesOfFreedom: Double) -> Double {
    gsl_cdf_chisq_Q(x, degreesOfFreedom)
  }
}
