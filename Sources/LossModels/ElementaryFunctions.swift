public import Landscapes

/// ln(1 + x) for x > −1, accurate also where 1 + x rounds to 1.
///
/// The rounding error of 1 + x is known exactly, and is put back to first order; no branch, so it
/// holds for dual numbers and lanes.
///
/// - Parameter x: A number above −1.
/// - Returns: The logarithm, to a few units in the last place.
@inlinable
public func logOnePlus<S: Scalar>(_ x: S) -> S {
  let sum = S(1.0) + x
  return S.log(sum) - ((sum - S(1.0)) - x) / sum
}

/// The softplus function ln(1 + eᶻ) = max(z, 0) + ln(1 + e^(−|z|)), which neither overflows nor
/// loses its exponential tail.
///
/// - Parameter z: Any number.
/// - Returns: ln(1 + eᶻ).
@inlinable
public func softplus<S: Scalar>(_ z: S) -> S {
  S.select(z, nonnegative: z, negative: S(0.0)) + logOnePlus(S.exp(-z.absoluteValue))
}

/// The logistic function 1/(1 + e⁻ᶻ), the slope of the softplus, with full relative accuracy in
/// both tails.
///
/// - Parameter z: Any number.
/// - Returns: A number from 0 to 1.
@inlinable
public func logistic<S: Scalar>(_ z: S) -> S {
  let tail = S.exp(-z.absoluteValue)
  return S.select(z, nonnegative: S(1.0), negative: tail) / (S(1.0) + tail)
}

/// The activation of a hidden unit.
public enum Activation: String, Sendable, CaseIterable {
  /// The hyperbolic tangent.
  case tanh
  /// ln(1 + eᶻ), a smooth rectifier.
  case softplus

  /// The activation of a pre-activation, and its slope there.
  @inlinable
  func callAsFunction<S: Scalar>(_ z: S) -> (value: S, slope: S) {
    switch self {
    case .tanh:
      let value = S.tanh(z)
      return (value, S(1.0) - value.squared())
    case .softplus:
      return (LossModels.softplus(z), logistic(z))
    }
  }
}

/// The loss ℓ of one sample, a function of the network's outputs f and the sample's target y.
public enum SampleLoss: String, Sendable, CaseIterable {
  /// ℓ = ½ Σ (f − y)² over the outputs (Mori, section 2). With the ½ the gradient noise is
  /// Σ ≈ (2L/B)·H (Mori, equation 6). Members of the positive classes have the target +1, others
  /// −1; several outputs have the indicator (one-hot) vector of the class.
  case meanSquare
  /// One output: ℓ = ln(1 + e⁻ᶠ) for the target 1, ln(1 + eᶠ) for 0, f the log-odds. Several
  /// outputs: ℓ = ln Σⱼ e^{fⱼ} − f_y for the class y (softmax).
  case crossEntropy
}
