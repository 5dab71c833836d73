import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints

/// A network of given minima and saddles.
func network(
  _ field: CompiledField, minima: [[Double]], saddles: [([Double], [Int?])] = []
) throws -> StationaryNetwork {
  func point(_ x: [Double]) throws -> StationaryPoint {
    let hessian = field.hessian(at: x)
    let eigenvalues = try hessian.eigenvalues()
    return StationaryPoint(
      coordinates: x, energy: field.energy(at: x), hessian: hessian, eigenvalues: eigenvalues,
      gradientNorm: norm(field.drift(at: x)), index: eigenvalues.count { $0.real < 0 },
      flatDirections: 0, isCertified: false)
  }
  return StationaryNetwork(
    minima: try minima.map(point),
    saddles: try saddles.map { Saddle(point: try point($0.0), connects: $0.1, descents: []) },
    completeness: Completeness(status: .unknown, detail: "given"))
}

/// The mean time, in units of t = ηk, until a process has left a region around the first minimum.
///
/// - Parameters:
///   - mover: The process.
///   - field: Its mean drift, which a loss threshold refers to.
///   - network: The minimum to start from, and what the noise refers to.
///   - region: What is left.
///   - exits: How many escapes are watched.
///   - seed: The seed.
/// - Returns: The mean and its standard error.
/// - Throws: `LawError` where a trajectory did not leave, and what the ensemble throws.
func meanExitTime(
  _ mover: any Mover, field: CompiledField, network: StationaryNetwork, region: ExitRegion,
  exits: Int, seed: UInt64
) async throws -> Estimate {
  let settings = try EnsembleSettings(
    trajectories: 0, time: 1e13 * mover.timeStep, timeStep: mover.timeStep, seed: seed,
    exits: exits, exitRegion: region)
  let ensemble = try Ensemble(mover: mover, field: field, network: network, settings: settings)
  let statistics = try await ensemble.run().exits[0]
  guard let mean = statistics.meanTime, let error = statistics.standardError,
    statistics.count == exits
  else { throw LawError.noEscape(region: region.name) }
  return Estimate(value: mean, error: error)
}

/// What cannot be measured.
enum LawError: Error, CustomStringConvertible {
  case noEscape(region: String)

  var description: String {
    switch self {
    case .noEscape(let region): "some trajectories did not leave the region \"\(region)\""
    }
  }
}

extension Estimate {
  /// ln of a number with an error.
  var logarithm: Estimate { Estimate(value: logOf(value), error: error / value) }

  /// The number in other units.
  func scaled(by factor: Double) -> Estimate {
    Estimate(value: factor * value, error: factor * error)
  }
}
