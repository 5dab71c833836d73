public import Landscapes
import LinearAlgebra
public import StationaryPoints

/// Many independent trajectories of one process, and what is measured on them.
///
/// ```swift
/// let ensemble = try Ensemble(
///   field: field, dynamics: .langevin(temperature: 0.06, dimension: 2), network: network,
///   settings: EnsembleSettings(time: 1e5, timeStep: 0.005))
/// let result = try await ensemble.run()
/// print(result.occupancies[0].best.value)
/// ```
///
/// Every trajectory has a random stream of its own: the result is the same, bit for bit, on any
/// number of threads.
public struct Ensemble: Sendable {
  /// The process.
  public let mover: any Mover
  /// The drift, or the mean drift of a discrete process.
  public let field: CompiledField
  /// The minima and saddles.
  public let network: StationaryNetwork
  /// Leaving it ends a trajectory; nil where there is no such box or its walls reflect.
  public let domain: Domain?
  /// Size and observables.
  public let settings: EnsembleSettings
  /// The core sets.
  public let cores: CoreSets
  let basin: BasinFunction?
  /// Whether the noise jumps between parts of a basin.
  var hasJumps: Bool { (mover as? StochasticIntegrator)?.hasJumps ?? false }
  /// The number of steps between two looks at the core sets.
  let stride: Int

  /// Prepares an ensemble of a stochastic differential equation.
  ///
  /// - Parameters:
  ///   - field: The drift.
  ///   - dynamics: The noise.
  ///   - method: How a step is made.
  ///   - network: The minima and saddles; at least one minimum.
  ///   - domain: The box in which the landscape is meant to hold.
  ///   - reflecting: Whether the walls of `domain` reflect. If not, a trajectory that leaves it is
  ///     counted and started again.
  ///   - settings: Size and observables.
  ///   - basin: Which minimum a point descends to; used to verify core sets and to assign frames.
  ///   - cores: Core sets; nil to build them.
  /// - Throws: `SimulationError` for settings that do not fit; `LinearAlgebraError` for matrices
  ///   without decomposition.
  public init(
    field: CompiledField, dynamics: Dynamics, method: IntegrationMethod = .eulerMaruyama,
    network: StationaryNetwork, domain: Domain? = nil, reflecting: Bool = false,
    settings: EnsembleSettings, basin: BasinFunction? = nil, cores: CoreSets? = nil
  ) throws {
    let mover = try StochasticIntegrator(
      field: field, dynamics: dynamics, timeStep: settings.timeStep, method: method,
      anchors: network.basinAnchors, reflecting: reflecting ? domain : nil)
    try self.init(
      mover: mover, field: field, network: network, domain: reflecting ? nil : domain,
      settings: settings, basin: basin, cores: cores)
  }

  /// Prepares an ensemble of any process.
  ///
  /// - Parameters:
  ///   - mover: The process; its time step must be that of the settings.
  ///   - field: Its mean drift.
  ///   - network: The minima and saddles; at least one minimum.
  ///   - domain: A trajectory that leaves it is counted and started again; nil for none.
  ///   - settings: Size and observables.
  ///   - basin: Which minimum a point descends to; used to verify core sets and to assign frames.
  ///   - cores: Core sets; nil to build them.
  /// - Throws: `SimulationError` for settings that do not fit; `LinearAlgebraError` for matrices
  ///   without decomposition.
  public init(
    mover: any Mover, field: CompiledField, network: StationaryNetwork, domain: Domain? = nil,
    settings: EnsembleSettings, basin: BasinFunction? = nil, cores: CoreSets? = nil
  ) throws {
    try settings.validate()
    let dimension = field.dimension
    guard !network.minima.isEmpty else { throw SimulationError.noMinimum }
    for (quantity, found) in [
      ("process", mover.dimension), ("minima", network.minima[0].coordinates.count),
      ("domain", domain?.dimension ?? dimension),
    ] where found != dimension {
      throw SimulationError.dimensionMismatch(
        quantity: quantity, expected: dimension, found: found)
    }
    guard mover.timeStep == settings.timeStep else {
      throw SimulationError.invalidSetting(
        name: "timeStep", value: "\(settings.timeStep)",
        accepted: "the step of the process, \(mover.timeStep)")
    }
    for (name, numbers) in [
      ("initialMinima", settings.initialMinima), ("exitMinima", settings.exitMinima),
    ] {
      for minimum in numbers ?? [] where !network.minima.indices.contains(minimum) {
        throw SimulationError.invalidSetting(
          name: name, value: "\(minimum)",
          accepted: "numbers of minima, 0 to \(network.minima.count - 1)")
      }
    }
    if let grid = settings.histogram, let axis = grid.axes.first(where: { $0 >= dimension }) {
      throw SimulationError.invalidSetting(
        name: "histogram axes", value: "\(axis)",
        accepted: "variables from 0 to \(dimension - 1)")
    }
    switch settings.exitRegion {
    case .ball(_, let center?) where center.count != dimension:
      throw SimulationError.dimensionMismatch(
        quantity: "exit center", expected: dimension, found: center.count)
    case .box(let box) where box.dimension != dimension:
      throw SimulationError.dimensionMismatch(
        quantity: "exit box", expected: dimension, found: box.dimension)
    case .lossThreshold where field.energyLanes == nil: throw SimulationError.noEnergy
    default: break
    }
    let cores =
      try cores
      ?? CoreSets(
        network: network, fraction: settings.coreFraction, isGradient: field.isGradient,
        diffusions: network.minima.enumerated().compactMap {
          mover.diffusion(at: $1.coordinates, basin: $0)
        }, basin: basin)
    guard cores.sets.count == network.minima.count else {
      throw SimulationError.dimensionMismatch(
        quantity: "core sets", expected: network.minima.count, found: cores.sets.count)
    }
    self.mover = mover
    self.field = field
    self.network = network
    self.domain = domain
    self.settings = settings
    self.basin = basin
    self.cores = cores
    let interval =
      settings.observationInterval
      ?? 0.25 / max(network.minima.compactMap(\.spectrum.last).max() ?? 0, 1e-300)
    let longest = max(1, settings.time / settings.timeStep / 100)
    // How much time a step of a process with a clock takes is not known beforehand.
    let looks = mover.keepsClock && settings.observationInterval == nil ? 2 : .infinity
    stride = max(1, Int(min(interval / settings.timeStep, longest, 1e6, looks)))
  }

  /// Runs the ensemble.
  ///
  /// With a checkpoint the run can be ended at any moment, by `isCancelled` or by force, and started
  /// again with the same settings, on any number of threads: it goes on, and what it gives in the end
  /// is the same, bit for bit, as without the interruption.
  ///
  /// - Parameters:
  ///   - checkpoint: Where the state is kept; nil keeps none.
  ///   - progress: Told how far the run is, at most ten times a second, from any thread.
  ///   - isCancelled: Asked often whether to stop; what is done by then is kept. The task's own
  ///     cancellation stops the run too.
  /// - Returns: What was measured.
  /// - Throws: `SimulationError.startOutsideRegion` where no minimum lies in the exit region;
  ///   `CheckpointError` where the checkpoint belongs to another run or is damaged; what its store
  ///   throws where it cannot be read or written at the start.
  public func run(
    checkpoint: Checkpoint? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> EnsembleResult {
    try checkExitRegion()
    let session = try checkpoint.map {
      try CheckpointSession($0, fingerprint: fingerprint(problem: $0.problem))
    }
    let watched = watchedMinima
    // Both parts count in the same units; an escape counts as much as its share of them.
    let occupancyUnits = blockCount * observations
    let exitUnits = max(1, occupancyUnits) / max(1, watched.count * max(1, settings.exits)) + 1
    let control = RunControl(
      total: occupancyUnits + exitUnits * watched.count * settings.exits, progress: progress,
      cancellation: isCancelled)
    let threads = settings.threads > 0 ? settings.threads : processorCount()
    let occupancy = try await measureOccupancies(
      threads: threads, control: control, session: session)
    let exits = try await watchExits(
      watched, threads: threads, unitsPerExit: exitUnits, control: control, session: session)
    control.finish()
    return summarize(
      occupancy, exits, interrupted: control.isStopped, checkpointFailure: session?.failure)
  }

  /// The number of time steps of each trajectory.
  var stepsPerTrajectory: Int { Int((settings.time / settings.timeStep).rounded()) }
  /// How often each trajectory is looked at.
  var observations: Int { max(1, stepsPerTrajectory / stride) }
  /// The number of blocks of eight trajectories.
  var blockCount: Int {
    (settings.trajectories + TrajectoryBlock.width - 1) / TrajectoryBlock.width
  }

  /// What a lane's state is good for.
  enum Health { case good, outside, diverged }

  /// Whether a lane is finite and in the domain.
  func health(_ x: [Lanes], lane: Int) -> Health {
    var result = Health.good
    for i in x.indices {
      let value = x[i][lane]
      guard value.isFinite else { return .diverged }
      if let domain, !(domain.lower[i] <= value && value <= domain.upper[i]) { result = .outside }
    }
    return result
  }
}
