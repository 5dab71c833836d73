import Glibc
import LinearAlgebra

extension PhiloxGenerator {
  /// The natural logarithm of a gamma variate of unit scale (Marsaglia & Tsang 2000).
  ///
  /// A variate of a small shape a is smaller than any double with a probability that is not small,
  /// therefore the logarithm; below shape 1 it is that of shape a + 1 plus (ln u)/a.
  ///
  /// - Parameter shape: The shape, above zero.
  /// - Returns: The logarithm, finite.
  mutating func logGamma(shape: Double) -> Double {
    guard shape >= 1 else { return logGamma(shape: shape + 1) + log(uniform()) / shape }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let base = 1 + c * x
      guard base > 0 else { continue }
      let v = base * base * base
      if log(uniform()) < 0.5 * x * x + d * (1 - v + log(v)) { return log(d) + log(v) }
    }
  }

  /// ln p and ln(1 − p) of a beta variate p with two positive shapes.
  mutating func logBeta(_ a: Double, _ b: Double) -> (logarithm: Double, complement: Double) {
    let first = logGamma(shape: a)
    let second = logGamma(shape: b)
    let sum = logSumExp(first, second)
    return (first - sum, second - sum)
  }
}
