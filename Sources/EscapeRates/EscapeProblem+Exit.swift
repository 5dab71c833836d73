import Landscapes
import LinearAlgebra
public import QuasiPotentials
import StationaryPoints

/// The large-deviation exponent of leaving a region around a minimum.
public struct RegionExit: Sendable, Equatable {
  /// min V over the boundary: ln E τ ≈ this.
  public let quasiPotential: Double
  /// Where the region is left as the noise goes to zero (Hu et al. 2019, equation 31).
  public let position: [Double]
  /// Sentences about what was approximated.
  public let findings: [String]
}

extension EscapeProblem {
  /// The exponent of the mean exit time from a region around a minimum (Hu et al. 2019, Theorem
  /// 3.5): ln E τ ≈ min over the boundary of V, with V from the linearisation at the minimum.
  ///
  /// For a linear drift under constant noise (Hu's Examples 3.1 and 4.1) it is exact; a finding
  /// says where it is not.
  ///
  /// - Parameters:
  ///   - minimum: The number of the minimum.
  ///   - region: The region, with the minimum in its interior.
  /// - Returns: The exponent and the exit point.
  /// - Throws: `QuasiPotentialError` for a bad region or a noise that is singular at the minimum.
  public func exitExponent(from minimum: Int, region: EscapeRegion) throws -> RegionExit {
    precondition(network.minima.indices.contains(minimum), "there is no such minimum")
    let point = network.minima[minimum]
    let noise = basinDiffusions[minimum]
    let diffusion = noise.matrix(at: point.coordinates)
    let basin = try LinearizedQuasiPotential(
      center: point.coordinates, stability: point.hessian, diffusion: diffusion)
    let exit = try basin.exit(from: region)
    var findings: [String] = []
    // Halfway to the boundary: at the boundary itself piecewise fields may already have changed.
    let probe = zip(point.coordinates, exit.position).map { 0.5 * ($0 + $1) }
    let bend = (field.hessian(at: probe) - point.hessian).largestMagnitude
    let change = (noise.matrix(at: probe) - diffusion).largestMagnitude
    if bend > 1e-9 * point.hessian.largestMagnitude {
      findings.append("the drift is not linear in the region; the exponent is its linearisation's")
    }
    if change > 1e-9 * diffusion.largestMagnitude {
      findings.append(
        "the noise is not constant in the region; the exponent takes it at the minimum")
    }
    return RegionExit(
      quasiPotential: exit.quasiPotential, position: exit.position, findings: findings)
  }
}
