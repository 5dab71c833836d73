public import Glibc

/// The natural logarithm; −∞ at zero.
@inlinable
public func logOf(_ x: Double) -> Double { Glibc.log(x) }

/// ln(eᵃ + eᵇ), without overflow or underflow.
@inlinable
public func logSumExp(_ a: Double, _ b: Double) -> Double {
  let high = max(a, b)
  let low = min(a, b)
  if low == -.infinity || high == .infinity { return high }
  return high + Glibc.log1p(Glibc.exp(low - high))
}

/// ln Σ exp(xᵢ), without overflow or underflow; −∞ for no terms.
@inlinable
public func logSumExp(_ terms: some Sequence<Double>) -> Double {
  var high = -Double.infinity
  var sum = 0.0
  for x in terms {
    if x == -.infinity { continue }
    if x > high {
      sum = sum * Glibc.exp(high - x) + 1
      high = x
    } else {
      sum += Glibc.exp(x - high)
    }
  }
  return high.isFinite ? high + Glibc.log(sum) : high
}

/// ln(1 − eˣ) for x ≤ 0, accurate at both ends (Mächler 2012).
@inlinable
public func logOneMinusExp(_ x: Double) -> Double {
  x > -0.6931471805599453 ? Glibc.log(-Glibc.expm1(x)) : Glibc.log1p(-Glibc.exp(x))
}
