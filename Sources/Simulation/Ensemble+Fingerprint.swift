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
    for core in cores.sets {
      writer.write(core.center)
      writer.write(core.form.elements)
      writer.write(core.level)
    }
    return writer.sum
  }

  /// A few steps from the minima: other drift, noise, method or data make others, and so does a
  /// version of the package or a machine that rounds in another way.
  private var stepSum: String {
    var block = TrajectoryBlock(dimension: field.dimension)
    for lane in 0..<TrajectoryBlock.width {
      let minimum = lane % network.minima.count
      block.place(
        network.minima[minimum].coordinates, lane: lane, stream: UInt64(lane), basin: minimum)
    }
    mover.makeStepper(seed: settings.seed).advance(&block, by: 16)
    var writer = StateWriter()
    for lane in 0..<TrajectoryBlock.width { writer.write(block.state(lane: lane)) }
    return writer.sum
  }
}

extension StateWriter {
  /// The check sum of what was written, in hexadecimal digits.
  fileprivate var sum: String { String(checkSum(sealed), radix: 16) }
}
