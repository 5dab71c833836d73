import Landscapes
import LinearAlgebra
import StationaryPoints

/// How rates compose (Xie et al. 2020, Rules 1 and 2).
public enum EscapeComposition {
  /// Rule 1: the rates of parallel paths add.
  ///
  /// - Parameter logRates: ln of the rates.
  /// - Returns: ln of their sum; −∞ for none.
  public static func parallel(_ logRates: [Double]) -> Double { logSumExp(logRates) }

  /// Rule 2: the mean times of sequential legs add; it ignores returns.
  ///
  /// - Parameter logRates: ln of the forward rates, leg after leg.
  /// - Returns: ln of the total mean time; +∞ where a rate is zero.
  public static func sequential(_ logRates: [Double]) -> Double {
    logSumExp(logRates.map { -$0 })
  }

  /// The mean time over sequential legs with their returns, exactly: Σᵢ Σ_{j≤i} (1/kⱼ)
  /// Π_{j<m≤i} r_m/k_m, for two legs 1/k_AB + 1/k_BC + k_BA/(k_AB k_BC).
  ///
  /// - Parameters:
  ///   - forward: ln k of the legs, in order.
  ///   - backward: ln r of the return from the end of each leg but the last to its start; one
  ///     fewer than `forward`.
  /// - Returns: ln of the mean time from the start of the first leg to the end of the last.
  public static func sequentialWithReturns(forward: [Double], backward: [Double]) -> Double {
    precondition(
      backward.count + 1 == forward.count, "every leg but the last has a return")
    guard !forward.contains(-.infinity) else { return .infinity }
    // The time from state i to i + 1: tᵢ = 1/kᵢ + (rᵢ/kᵢ)·tᵢ₋₁.
    var total = -Double.infinity
    var leg = -Double.infinity
    for (i, rate) in forward.enumerated() {
      leg = i == 0 ? -rate : logSumExp(-rate, backward[i - 1] - rate + leg)
      total = logSumExp(total, leg)
    }
    return total
  }
}

/// ln of a rate per SGD iteration, k = t/η.
///
/// - Parameters:
///   - logRate: ln of the rate per unit of t.
///   - learningRate: η.
/// - Returns: ln(rate·η).
public func logRatePerIteration(_ logRate: Double, learningRate: Double) -> Double {
  logRate + logOf(learningRate)
}
