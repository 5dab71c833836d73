import Landscapes
import LinearAlgebra
import StationaryPoints

extension Ensemble {
  /// Everything that decides the result, by name: a run goes on from a checkpoint only where all of
  /// it agrees. The number of threads is not part of it.
  ///
  /// - Parameter problem: What the caller says of the landscape, the noise and the data.
  /// - Returns: Names and values.
  func fingerprint(problem: String) -> [(name: String, value: String)] {
    [
      ("seed", "\(settings.seed)"),
      ("number of trajectories", "\(settings.trajectories)"),
      ("time", "\(settings.time)"),
      ("time step", "\(settings.timeStep)"),
      ("number of exits", "\(settings.exits)"),
      ("list of exit minima", settings.exitMinima.map { "\($0)" } ?? "all"),
      ("exit region", "\(settings.exitRegion)"),
      ("boundary correction", settings.boundaryCorrection.rawValue),
      ("core fraction", "\(settings.coreFraction)"),
      ("burn-in", "\(settings.burnIn)"),
      ("number of frames", "\(settings.frames)"),
      ("exit time limit", settings.exitTimeLimit.map { "\($0)" } ?? "none"),
      ("observation interval", settings.observationInterval.map { "\($0)" } ?? "none"),
      ("list of initial minima", settings.initialMinima.map { "\($0)" } ?? "all"),
      ("histogram", settings.histogram.map { "\($0)" } ?? "none"),
      ("domain", domain.map { "\($0.lower) to \($0.upper)" } ?? "none"),
      ("assignment of basins", basin == nil ? "none" : "by descent"),
      ("network of stationary points", networkSum),
      ("core sets", coreSum),
      ("problem", problem),
      ("steps (check sum of some)", stepSum),
    ]
  }

  private var networkSum: String {
    var writer = StateWriter()
    writer.write(network.minima.count)
    for minimum in network.minima { writer.write(minimum.coordinates) }
    for saddle in network.saddles {
      writer.write(saddle.point.coordinates)
      writer.write(saddle.connects.map { $0 ?? -1 })
    }
    return writer.sum
  }

  private var coreSum: String {
    var writer = StateWriter()
    writer.write(cores)
    return writer.sum
  }

  private var stepSum: String {
    var writer = StateWriter()
    writer.write(
      mover.blockAfterSomeSteps(
        from: network.minima.map(\.coordinates), basins: Array(network.minima.indices),
        seed: settings.seed))
    return writer.sum
  }
}
