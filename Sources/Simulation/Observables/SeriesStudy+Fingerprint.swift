import Landscapes

extension SeriesStudy {
  /// Everything that decides the result, by name: a run goes on from a checkpoint only where all of
  /// it agrees. The number of threads is not part of it.
  ///
  /// - Parameter problem: What the caller says of the landscape, the noise and the data.
  /// - Returns: Names and values.
  func fingerprint(problem: String) -> [(name: String, value: String)] {
    [
      ("seed", "\(seed)"),
      ("number of trajectories", "\(trajectories)"),
      ("time", "\(time)"),
      ("time step", "\(mover.timeStep)"),
      ("interval between observations", "\(interval)"),
      ("burn-in", "\(burnIn)"),
      ("starts (check sum)", startSum),
      ("core sets (check sum)", anchorSum),
      ("list of observables", "\(observables.map(\.name))"),
      ("list of measurements", "\(measurements)"),
      ("problem", problem),
      ("steps (check sum of some)", stepSum),
    ]
  }

  private var startSum: String {
    var writer = StateWriter()
    for start in starts { writer.write(start) }
    return writer.sum
  }

  private var anchorSum: String {
    guard let anchorSets else { return "none" }
    var writer = StateWriter()
    writer.write(anchorSets)
    return writer.sum
  }

  /// A few steps, and the observables after them.
  private var stepSum: String {
    let block = mover.blockAfterSomeSteps(
      from: starts, basins: Array(starts.indices), seed: seed)
    var writer = StateWriter()
    writer.write(block)
    for observable in observables { writer.write(observable.evaluate(block.positions.span)) }
    return writer.sum
  }
}
