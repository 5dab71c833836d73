/// What can go wrong when an action, a quasi-potential or a passage time is computed.
public enum QuasiPotentialError: Error, Equatable, CustomStringConvertible {
  /// The point is not a stable fixed point of the linearised drift.
  case unstable(realPart: Double)
  /// The stationary covariance is singular: the noise does not reach every direction.
  case degenerateNoise(smallestEigenvalue: Double)
  /// A region has no exit, or does not contain the minimum.
  case invalidRegion(reason: String)
  /// A passage is asked for whose ends coincide or are not numbers.
  case invalidPassage(from: Double, to: Double)
  /// The drift or the diffusion has no finite value at a point.
  case notFinite(quantity: String, position: Double)
  /// The diffusion is negative at a point.
  case negativeDiffusion(value: Double, position: Double)
  /// The stationary density has an infinite mass.
  case notNormalizable(reason: String)
  /// The integrand needs more panels than can be afforded.
  case notResolved(panels: Int)

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .unstable(let realPart):
      "the fixed point is not stable: −Db has an eigenvalue with the real part \(realPart); "
        + "accepted: only positive ones"
    case .degenerateNoise(let smallest):
      "the stationary covariance is singular (smallest eigenvalue \(smallest)); accepted: noise "
        + "that reaches every direction"
    case .invalidRegion(let reason): "region: \(reason)"
    case .invalidPassage(let from, let to):
      "passage from \(from) to \(to); accepted: two different finite numbers"
    case .notFinite(let quantity, let position):
      "the \(quantity) is not finite at \(position)"
    case .negativeDiffusion(let value, let position):
      "the diffusion is \(value) at \(position); accepted: a number from 0"
    case .notNormalizable(let reason): "there is no stationary density: \(reason)"
    case .notResolved(let panels):
      "the drift over the diffusion is not resolved by \(panels) panels; "
        + "a smoother or bounded field is needed"
    }
  }
}
