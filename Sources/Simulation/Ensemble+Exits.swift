import Landscapes
import LinearAlgebra
import StationaryPoints

extension Ensemble {
  /// The minima from which escapes are watched.
  var watchedMinima: [Int] {
    guard settings.exits > 0 else { return [] }
    if settings.exitRegion == .basin, network.minima.count < 2, domain == nil { return [] }
    return network.minima.indices.filter {
      settings.exitMinima?.contains($0) != false && isInsideExitRegion($0) && !isSilent($0)
    }
  }

  /// Whether there is no noise at a minimum: then nothing leaves it, and a watch would never end.
  func isSilent(_ number: Int) -> Bool {
    mover.diffusion(at: network.minima[number].coordinates, basin: number)
      .map { $0.largestMagnitude == 0 } ?? false
  }

  /// Whether a minimum can be left at all.
  private func isInsideExitRegion(_ number: Int) -> Bool {
    guard let watcher = watcher(for: number) else { return true }
    watcher.begin(network.minima[number].coordinates.map { Lanes($0) })
    return watcher.isInside(lane: 0)
  }

  /// - Throws: `SimulationError.startOutsideRegion` where no minimum lies in the exit region.
  func checkExitRegion() throws {
    guard settings.exits > 0, !network.minima.indices.contains(where: isInsideExitRegion) else {
      return
    }
    throw SimulationError.startOutsideRegion(region: settings.exitRegion.name)
  }

  func watcher(for minimum: Int) -> BoundaryWatcher? {
    BoundaryWatcher(
      settings.exitRegion, minimum: network.minima[minimum].coordinates, field: field,
      mover: mover, correction: settings.boundaryCorrection, seed: settings.seed)
  }

  /// Watches all escapes. Each has a random stream of its own and runs until it is over, so that
  /// it does not matter which task watches it.
  ///
  /// - Throws: `CheckpointError.damaged`.
  func watchExits(
    _ minima: [Int], threads: Int, unitsPerExit: Int, control: RunControl,
    session: CheckpointSession?
  ) async throws -> [ExitMeasurement] {
    let queues = try minima.map { EscapeQueue(count: settings.exits, try stored($0, session)) }
    let earlier = queues.map(\.finished)
    control.beginPart(alreadyDone: earlier.reduce(0) { $0 + $1.count } * unitsPerExit)
    let parts = await concurrentMap(count: minima.count * threads, threads: threads) { item in
      let position = item / threads
      var run = ExitRun(self, minimum: minima[position])
      return run.watch(
        queues[position], unitsPerExit: unitsPerExit, control: control, session: session)
    }
    session?.flush()
    return minima.indices.map { position in
      let own = parts[(position * threads)..<((position + 1) * threads)]
      return ExitMeasurement(
        minimum: minima[position], records: earlier[position] + own.flatMap(\.self),
        faceCount: watcher(for: minima[position])?.faceCount ?? 0,
        seeksSaddles: saddleFinder(for: minima[position]) != nil)
    }
  }

  /// What an earlier run left of the escapes from a minimum.
  private func stored(_ minimum: Int, _ session: CheckpointSession?) throws -> [StoredEscape] {
    try session?.take("exit/\(minimum)/") { _, reader in try StoredEscape(from: &reader) } ?? []
  }

  /// What names the saddles of escapes from a minimum; nil for other regions than basins.
  func saddleFinder(for minimum: Int) -> SaddleFinder? {
    guard settings.exitRegion == .basin else { return nil }
    return SaddleFinder(network, minimum: minimum, cores: cores, field: field)
  }

  /// The sets whose first visit ends an escape from a minimum.
  ///
  /// In one variable every path crosses the minimum that it reaches, and the mean time until then
  /// is the quantity of the exact formula; the sets begin there. In more variables they are the
  /// core sets.
  func targets(from minimum: Int) -> CoreSets {
    guard field.dimension == 1, cores.sets.count == network.minima.count else { return cores }
    let start = network.minima[minimum].coordinates[0]
    let bounds = (network.minima + network.saddles.map(\.point)).map { $0.coordinates[0] }
    return CoreSets(
      sets: cores.sets.enumerated().map { number, core in
        let position = core.center[0]
        // A minimum without noise is approached for ever and never reached.
        let isSilent = mover.diffusion(at: [position], basin: minimum).map { $0[0, 0] <= 0 }
        guard number != minimum, isSilent != true else { return core }
        let sign: Double = position > start ? 1 : -1
        // Up to the next stationary point beyond, or as far again as the way there.
        let beyond = bounds.map { sign * ($0 - position) }.filter { $0 > 0 }.min()
        let reach = 0.5 * (beyond ?? (position - start).magnitude)
        return CoreSet(center: [position + sign * reach], form: [[1]], level: reach * reach)
      })
  }
}
