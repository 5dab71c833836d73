import Formulas
import Landscapes
import LinearAlgebra
import MarkovChains
import Simulation
import StationaryPoints

extension Analysis {
  /// Runs the simulation beside the formulas.
  func simulate(
    _ system: AnalysisSystem, _ network: StationaryNetwork, _ settings: SimulationSettings,
    into report: inout AnalysisReport, store: SimulationStore?,
    progress: @escaping @Sendable (String, RunProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) async throws {
    progress("Simulating", RunProgress(share: 0, timeLeft: nil))
    let start = ContinuousClock.now
    var plan = try checkSimulation(system, settings)
    let (sampler, timeStep) = (plan.sampler, plan.timeStep)
    var notes = plan.takeFindings() + (try checkEscapes(network, system, settings))
    let rare = rareEscapes(
      network, try predictions(system, network, settings, report), settings, timeStep: timeStep)
    var size = try ensembleSettings(system, settings, sampler, timeStep)
    let rareMinima = Set(rare.map(\.from))
    if settings.rareEvents.isForced {
      // What cannot be split is not watched instead, which may take for ever.
      size.exitMinima = []
      notes += network.minima.indices.filter { !rareMinima.contains($0) }.map {
        "no saddle is known that leads from m\($0) to another minimum: there is nothing that "
          + "\"\(settings.rareEvents.method)\" could follow, and no escape from it was measured"
      }
    } else {
      let stranded = strandedMinima(network, settings).subtracting(rareMinima)
      notes += stranded.sorted().map {
        "no saddle is known that leads from m\($0) to another minimum, and \"exitTimeLimit\" does "
          + "not say how long to wait: its escapes were not watched"
      }
      let left = rareMinima.union(stranded)
      if !left.isEmpty { size.exitMinima = network.minima.indices.filter { !left.contains($0) } }
    }
    let follower = DescentFollower(
      field: system.field, minima: network.minima,
      others: network.saddles.map(\.point) + network.higherIndexPoints, domain: system.domain,
      reflecting: system.isReflecting)
    let basin: @Sendable ([Double]) -> Int? = { (try? follower.minimum(reachedFrom: $0)) ?? nil }
    let ensemble: Ensemble
    do {
      let isReflecting = system.isReflecting && sampler != .miniBatch
      // The noise of mini-batches is not a diffusion; its model says how large the core sets are.
      let cores =
        sampler == .miniBatch
        ? try CoreSets(
          network: network, fraction: size.coreFraction,
          diffusions: network.minima.map { system.dynamics.diffusion.matrix(at: $0.coordinates) },
          basin: basin) : nil
      ensemble = try Ensemble(
        mover: try mover(system, network, sampler, timeStep), field: system.field,
        network: network, domain: isReflecting ? nil : system.domain, settings: size,
        basin: basin, cores: cores)
    } catch let error as SimulationError {
      throw keyed(error, in: "")
    }
    let result: EnsembleResult
    do {
      result = try await ensemble.run(
        checkpoint: store?.checkpoint("ensemble", problem: fingerprint),
        progress: { progress("Simulating", $0) }, isCancelled: isCancelled)
    } catch let error as SimulationError {
      throw keyed(error, in: "exit")
    }
    report.timings.simulation = seconds(since: start)
    report.isInterrupted = report.isInterrupted || result.interrupted
    if sampler == .eulerMaruyama, case .sgd(_, .hessian) = system.dynamics.source {
      report.findings.append(
        "literal Hessian noise vanishes at inflections; the simulation steps over them because its "
          + "step is finite, so that its rates depend on the time step"
          + (system.field.dimension == 1 ? " (the continuous process cannot cross at all)" : ""))
    }
    report.simulation = SimulationAnswer(
      sampler: sampler, timeStep: timeStep, trajectories: size.trajectories, seed: settings.seed,
      occupancy: settings.occupancy, wallSeconds: report.timings.simulation, result: result)
    report.simulation?.findings = notes
    func note() {
      report.timings.simulation = seconds(since: start)
      report.simulation?.wallSeconds = report.timings.simulation
      report.isInterrupted = report.isInterrupted || isCancelled()
    }
    if !rare.isEmpty, !result.interrupted {
      let sampled = try await measureRareEscapes(
        rare, ensemble, settings, store: store, progress: progress, isCancelled: isCancelled)
      report.simulation?.rareEvents = sampled.answers
      report.simulation?.findings += sampled.unavailable
      note()
    }
    if let request = settings.series, !report.isInterrupted {
      do {
        let study = try request.study(
          system, mover: ensemble.mover, starts: network.minima.map(\.coordinates),
          anchorSets: anchorSets(ensemble), settings: settings, failure: failure)
        report.simulation?.series = try await study.run(
          checkpoint: store?.checkpoint("series", problem: fingerprint),
          progress: { progress("Measuring time series", $0) }, isCancelled: isCancelled)
      } catch let error as SimulationError {
        throw keyed(error, in: "series")
      }
      note()
    }
    if let request = settings.states, !report.isInterrupted {
      do {
        let frames = try plan.frames(
          of: request, fastest: network.minima.compactMap(\.spectrum.last).max() ?? 1)
        // The others were said before.
        report.simulation?.findings += plan.takeFindings().filter { !notes.contains($0) }
        report.simulation?.states = try await learnStates(
          request, frames, ensemble, system, settings, store: store, progress: progress,
          isCancelled: isCancelled)
      } catch let error as SimulationError {
        throw keyed(error, in: "states")
      } catch let error as EstimationError {
        throw failure("states", "\(error)")
      }
      note()
    }
  }

  /// The core sets that noise may refer to; nil where it is the same everywhere.
  private func anchorSets(_ ensemble: Ensemble) -> CoreSets? {
    ensemble.mover.constantDiffusion == nil ? ensemble.cores : nil
  }

  /// Turns trajectories into a chain.
  private func learnStates(
    _ request: StatesRequest, _ frames: SimulationPlan.Frames, _ ensemble: Ensemble,
    _ system: AnalysisSystem, _ settings: SimulationSettings, store: SimulationStore?,
    progress: @escaping @Sendable (String, RunProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) async throws -> StatesAnswer {
    let network = ensemble.network
    let discretisation: Discretisation
    switch request.kind {
    case .coreSets: discretisation = .coreSets(ensemble.cores)
    case .basins:
      discretisation = try .attractors(of: system.field, cores: ensemble.cores)
    case .boxes:
      guard let grid = try boxes(request, system) else { throw SimulationError.noMinimum }
      discretisation = .boxes(grid)
    }
    let study = try DiscreteTrajectoryStudy(
      mover: ensemble.mover, discretisation: discretisation, network: network,
      domain: ensemble.domain,
      settings: DiscreteTrajectorySettings(
        trajectories: settings.trajectories, frames: frames.count - frames.burned,
        stepsPerFrame: frames.stride, burnIn: frames.burned, lags: frames.lags, seed: settings.seed,
        threads: settings.threads), anchorSets: anchorSets(ensemble))
    let result = try await study.run(
      checkpoint: store?.checkpoint("states", problem: fingerprint),
      progress: { progress("Counting transitions", $0) }, isCancelled: isCancelled)
    var findings =
      result.checkpointFailure.map { ["the last snapshot could not be stored: \($0)"] } ?? []
    var timescales: [ImpliedTimescales] = []
    if !frames.lags.isEmpty {
      do { timescales = try result.impliedTimescales() } catch {
        findings.append("no implied time scales: \(error)")
      }
    }
    return StatesAnswer(
      kind: request.kind, result: result, timescales: timescales, comparisons: [],
      findings: findings)
  }

  /// Predicted rates, by which the method of simulation is chosen.
  private func predictions(
    _ system: AnalysisSystem, _ network: StationaryNetwork, _ settings: SimulationSettings,
    _ report: AnalysisReport
  ) throws -> [FormulaAnswer] {
    guard report.formulas.isEmpty, settings.exits > 0, settings.rareEvents.method == .auto else {
      return report.formulas
    }
    var scratch = report
    try evaluateFormulas(system, network, into: &scratch, progress: { _, _ in }) { false }
    return scratch.formulas
  }

  /// The process that a sampler stands for.
  private func mover(
    _ system: AnalysisSystem, _ network: StationaryNetwork, _ sampler: SimulationSettings.Sampler,
    _ timeStep: Double
  ) throws -> any Mover {
    let walls = system.isReflecting ? system.domain : nil
    switch sampler {
    case .eulerMaruyama, .heun, .leimkuhlerMatthews:
      return try StochasticIntegrator(
        field: system.field, dynamics: system.dynamics, timeStep: timeStep,
        method: sampler.method ?? .eulerMaruyama, anchors: network.basinAnchors,
        reflecting: walls)
    case .timeChanged:
      guard let noise = system.dynamics.diffusion as? LossHessianDiffusion else {
        throw failure(
          "sampler", "\"timeChanged\" needs dynamics of kind sgd with the noise \"lossHessian\"")
      }
      return try TimeChangedIntegrator(
        field: system.field, noise: noise, timeStep: timeStep, anchors: network.basinAnchors,
        reflecting: walls)
    case .miniBatch:
      guard let process = system.miniBatch else {
        throw failure("sampler", "\"miniBatch\" needs a model over data and dynamics of kind sgd")
      }
      return process
    }
  }

  private func ensembleSettings(
    _ system: AnalysisSystem, _ settings: SimulationSettings,
    _ sampler: SimulationSettings.Sampler, _ timeStep: Double
  ) throws -> EnsembleSettings {
    let region: ExitRegion
    switch settings.exit {
    case .basin: region = .basin
    case .ball(let radius, let center): region = .ball(radius: radius, center: center)
    case .box(let box):
      region = .box(try Domain(lower: box.map(\.lower), upper: box.map(\.upper)))
    case .lossThreshold(let level): region = .lossThreshold(level)
    }
    // Discrete SGD is the subject itself; a continuous process is corrected (trap of the exit
    // between two steps).
    let isDiscrete =
      sampler == .miniBatch
      || sampler == .eulerMaruyama
        && system.dynamics.stochasticGradient?.learningRate == timeStep
    let corrects = settings.boundaryCorrection ?? !isDiscrete
    // Exits alone have no time limit but the patience of the user.
    let isTimed = settings.time > 0
    do {
      return try EnsembleSettings(
        trajectories: isTimed ? settings.trajectories : 0,
        time: isTimed ? settings.time : timeStep * 1e15, timeStep: timeStep, seed: settings.seed,
        threads: settings.threads, exits: settings.exits, exitRegion: region,
        boundaryCorrection: corrects ? .brownianBridge : .none, burnIn: settings.burnIn,
        frames: settings.occupancy == .descent ? 200 : 20, exitTimeLimit: settings.exitTimeLimit)
    } catch let error as SimulationError {
      throw keyed(error, in: "")
    }
  }
}
