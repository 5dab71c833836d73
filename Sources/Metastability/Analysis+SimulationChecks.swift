import Landscapes
import Simulation
import StationaryPoints

extension Analysis {
  func failure(_ key: String, _ reason: String) -> ProblemError {
    ProblemError(file: file, key: key.isEmpty ? "simulation" : "simulation.\(key)", reason: reason)
  }

  /// Checks all that can be said of a simulation before anything is computed.
  ///
  /// - Returns: The process and its times.
  /// - Throws: `ProblemError` that names the key.
  func checkSimulation(
    _ system: AnalysisSystem, _ settings: SimulationSettings
  ) throws -> SimulationPlan {
    let sampler = settings.sampler ?? defaultSampler(system)
    let plan = try SimulationPlan(
      settings, sampler: sampler, timeStep: try timeStep(system, settings, sampler), file: file)
    let dimension = system.field.dimension
    func count(_ key: String, _ found: Int, _ what: String) throws {
      guard found != dimension else { return }
      throw failure(
        key, "has \(counted(found, what)); expected one for each of the \(dimension) variables")
    }
    switch settings.exit {
    case .ball(_, let center?): try count("exit.center", center.count, "coordinate")
    case .box
    where settings.exits > 0 && settings.rareEvents.isForced
      && system.field.energyLanes == nil:
      throw failure(
        "rareEvents.method",
        "is \"\(settings.rareEvents.method)\", which follows the energy out of a box, and the drift "
          + "has none; accepted: \"never\" and \"auto\", or the exit \"ball\"")
    case .box(let box): try count("exit.box", box.count, "pair")
    case .lossThreshold where system.field.energyLanes == nil:
      throw failure(
        "exit.kind",
        "is \"lossThreshold\", but the drift has no loss; accepted: \"basin\", "
          + "\"ball\", \"box\"")
    case .basin, .ball, .lossThreshold: break
    }
    if sampler == .miniBatch, settings.boundaryCorrection == true {
      throw failure(
        "boundaryCorrection",
        "is true, but mini-batch descent is a process in steps: nothing crosses between them")
    }
    do {
      _ = try settings.series?.resolved(system, failure: failure)
      if let request = settings.states { _ = try boxes(request, system) }
    } catch let error as SimulationError {
      throw keyed(error, in: settings.series == nil ? "states" : "series")
    }
    return plan
  }

  /// The grid of boxes; nil where the states are others.
  func boxes(_ request: StatesRequest, _ system: AnalysisSystem) throws -> BoxGrid? {
    try request.grid.map { grid in
      let axes = try system.axes(grid.axes, "states.axes", failure)
      for (k, axis) in axes.enumerated() {
        let (lower, upper) = (system.domain.lower[axis], system.domain.upper[axis])
        guard grid.box[k].upper <= lower || grid.box[k].lower >= upper else { continue }
        throw failure(
          "states.box[\(k)]",
          "is [\(grid.box[k].lower), \(grid.box[k].upper)], outside of the domain of "
            + "\"\(grid.axes[k])\", [\(lower), \(upper)]: nothing would be seen there")
      }
      return try BoxGrid(
        axes: axes,
        range: try Domain(lower: grid.box.map(\.lower), upper: grid.box.map(\.upper)),
        bins: grid.bins)
    }
  }

  /// Refuses to watch for escapes that there are none of, or whose watch need never end.
  ///
  /// - Returns: What a reader should know.
  /// - Throws: `ProblemError` that names the key.
  func checkEscapes(
    _ network: StationaryNetwork, _ system: AnalysisSystem, _ settings: SimulationSettings
  ) throws -> [String] {
    guard settings.exits > 0, settings.exit == .basin else { return [] }
    let others =
      "other exits are { kind: \"ball\" }, { kind: \"box\" } and { kind: \"lossThreshold\" }"
    if settings.rareEvents.isForced {
      let joined = network.saddles.contains { Set($0.connects.compactMap { $0 }).count > 1 }
      guard !joined else { return [] }
      throw failure(
        "rareEvents.method",
        "is \"\(settings.rareEvents.method)\", but "
          + (network.minima.count == 1
            ? "there is one minimum, and no other to escape to"
            : "no saddle is known that joins two minima")
          + ": nothing can be split; give another \"exit\" (\(others))")
    }
    guard network.minima.count == 1 else { return [] }
    let isEndless = settings.time == 0 && settings.exitTimeLimit == nil
    if system.isReflecting {
      guard settings.time == 0 else { return [] }
      throw failure(
        "exits",
        "asks for escapes to other minima, but there is one minimum, and the walls reflect; give "
          + "another \"exit\" (\(others))")
    }
    guard isEndless else {
      return [
        "there is one minimum and no other to escape to: the escapes are those that leave the domain"
      ]
    }
    throw failure(
      "exits",
      "asks for escapes to other minima, but there is one minimum; what might be seen is that the "
        + "domain is left, for which \"exitTimeLimit\" must say how long to wait; \(others)")
  }

  /// Minima of several whose escapes to another one might be watched for ever.
  func strandedMinima(_ network: StationaryNetwork, _ settings: SimulationSettings) -> Set<Int> {
    guard settings.exits > 0, settings.exit == .basin, settings.time == 0,
      settings.exitTimeLimit == nil, network.minima.count > 1
    else { return [] }
    let joined = network.saddles.map { Set($0.connects.compactMap { $0 }) }
      .filter { $0.count > 1 }
    return Set(network.minima.indices).subtracting(joined.flatMap { $0 })
  }

  /// Gives an error of the simulation the key of the problem file that it belongs to.
  ///
  /// - Parameters:
  ///   - error: The error.
  ///   - section: The part of the simulation that was set up.
  /// - Returns: The error for the user of the problem file.
  func keyed(_ error: SimulationError, in section: String) -> ProblemError {
    switch error {
    case .invalidSetting(let name, let value, let accepted):
      failure(
        Analysis.key(of: name, in: section) ?? section,
        (Analysis.key(of: name, in: section) == nil ? "\(name) " : "")
          + "is \(value); accepted: \(accepted)")
    case .unsuitableMethod: failure("sampler", "\(error)")
    case .startOutsideRegion, .noEnergy: failure("exit", "\(error)")
    case .dimensionMismatch, .noMinimum, .unsupportedInterpretation: failure(section, "\(error)")
    }
  }

  /// The key of the problem file for a setting of the library; nil where there is none.
  private static func key(of name: String, in section: String) -> String? {
    let series = [
      "interval": "series.interval", "longestLag": "series.longestLag",
      "segment": "series.spectrum.segment", "recordInterval": "series.record",
      "displacementAxes": "series.displacement", "current axes": "series.current.axes",
      "histogram axes": "series.current.axes", "histogram bins": "series.current.bins",
      "circulation axes": "series.circulation", "circulation center": "series.circulation",
      "observable": "series.observables", "trajectories": "series.trajectories",
      "time": "series.time",
    ]
    let states = [
      "lags": "states.lags", "frames": "states.interval", "stepsPerFrame": "states.interval",
      "grid axes": "states.axes", "grid bins": "states.bins",
    ]
    let common = [
      "exit": "exit", "exit radius": "exit.radius", "exit level": "exit.level", "time": "time",
      "timeStep": "timeStep", "trajectories": "trajectories", "exits": "exits",
      "threads": "threads", "burnIn": "burnIn", "exitTimeLimit": "exitTimeLimit",
    ]
    let own = section == "series" ? series : section == "states" ? states : [:]
    return own[name] ?? common[name] ?? (name.hasPrefix("rareEvents.") ? name : nil)
  }

  /// Mini-batches where there are data; else the method of the highest order that the noise allows.
  /// SGD is a process in discrete time: its step is not to be refined.
  func defaultSampler(_ system: AnalysisSystem) -> SimulationSettings.Sampler {
    if system.miniBatch != nil { return .miniBatch }
    guard system.dynamics.stochasticGradient == nil,
      system.dynamics.diffusion.form != .positionDependent
    else { return .eulerMaruyama }
    return .heun
  }

  private func timeStep(
    _ system: AnalysisSystem, _ settings: SimulationSettings, _ sampler: SimulationSettings.Sampler
  ) throws -> Double {
    let learningRate = system.dynamics.stochasticGradient?.learningRate
    if sampler == .miniBatch, system.miniBatch == nil {
      throw failure("sampler", "\"miniBatch\" needs a model over data and dynamics of kind sgd")
    }
    if sampler == .miniBatch, let given = settings.timeStep, given != learningRate {
      throw failure(
        "timeStep",
        "is \(given); mini-batch descent steps by the learning rate, "
          + "\(learningRate.map { "\($0)" } ?? "which is missing")")
    }
    if sampler == .timeChanged, !(system.dynamics.diffusion is LossHessianDiffusion) {
      throw failure(
        "sampler", "\"timeChanged\" needs dynamics of kind sgd with the noise \"lossHessian\"")
    }
    if sampler == .timeChanged, settings.timeStep == nil {
      throw failure("timeStep", "is missing; \"timeChanged\" needs the step of τ = ∫ L dt")
    }
    guard let timeStep = settings.timeStep ?? learningRate else {
      throw failure("timeStep", "is missing; only sgd has a default, its learning rate")
    }
    return timeStep
  }
}
