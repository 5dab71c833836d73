import Landscapes

extension RareEvent {
  /// Opens the checkpoint of a computation.
  ///
  /// - Parameters:
  ///   - checkpoint: The checkpoint; nil for none.
  ///   - method: The method, with everything of it that decides the result.
  ///   - settings: The size.
  ///   - start: Where trajectories start.
  ///   - surface: For rates, the level of ξ that loops pass.
  /// - Returns: The checkpoint's part; nil for none.
  /// - Throws: `CheckpointError` where it belongs to another computation or is damaged; what the
  ///   store throws.
  func session(
    _ checkpoint: Checkpoint?, method: String, settings: RareEventSettings, from start: [Double],
    surface: Double? = nil
  ) throws -> CheckpointSession? {
    guard let checkpoint else { return nil }
    return try CheckpointSession(
      checkpoint,
      fingerprint: [
        ("seed", "\(settings.seed)"),
        ("method", method),
        ("number of copies", "\(settings.copies)"),
        ("number of repetitions", "\(settings.repetitions)"),
        ("limit of steps", "\(settings.stepLimit)"),
        ("number of loops", "\(settings.loops), after \(settings.burnInLoops)"),
        ("start", "\(start)"),
        ("surface around the source", surface.map { "\($0)" } ?? "none"),
        ("source", source.name),
        ("target", target.name),
        ("third sets", elsewhere?.name ?? "none"),
        ("reaction coordinate", coordinate.name),
        ("time step", "\(mover.timeStep)"),
        ("boundary correction", correction.rawValue),
        ("minimum of the noise", "\(basin)"),
        ("problem", checkpoint.problem),
        ("steps (check sum of some)", stepSum(start, seed: settings.seed)),
      ])
  }

  /// A few steps, and what ξ and the level functions of the sets are after them and at the start.
  private func stepSum(_ start: [Double], seed: UInt64) -> String {
    let block = mover.blockAfterSomeSteps(from: [start], basins: [basin], seed: seed)
    var writer = StateWriter()
    writer.write(block)
    let levels = source.levels + target.levels + (elsewhere?.levels ?? []) + [coordinate]
    for level in levels {
      writer.write(level(start))
      for lane in 0..<TrajectoryBlock.width { writer.write(level(block.position(lane: lane))) }
    }
    return writer.sum
  }
}
