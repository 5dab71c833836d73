import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints

/// An escape that plain simulation would not see.
struct RareEscape: Sendable {
  /// The minimum that is left.
  let from: Int
  /// The minimum that is reached; nil for leaving the region.
  let to: Int?
  /// The saddle that the way leads over; nil for leaving the region.
  let saddle: Int?
  /// Why it is measured this way.
  let reason: String
}

extension Analysis {
  /// The escapes that are measured by a method for rare events.
  ///
  /// - Parameters:
  ///   - network: The minima and saddles.
  ///   - formulas: Predictions of the rates.
  ///   - settings: What is asked for.
  ///   - timeStep: Δt.
  /// - Returns: One entry per ordered pair of minima that a saddle joins, or per minimum where a
  ///   region is left.
  func rareEscapes(
    _ network: StationaryNetwork, _ formulas: [FormulaAnswer], _ settings: SimulationSettings,
    timeStep: Double
  ) -> [RareEscape] {
    let request = settings.rareEvents
    guard settings.exits > 0, request.method != .never else { return [] }
    var result: [RareEscape] = []
    for minimum in network.minima.indices {
      let reason: String
      if request.method == .auto {
        guard let prediction = Self.predictedLogExitRate(of: minimum, formulas) else { continue }
        // An exit that is given up takes no longer than its limit.
        let watch = min(-prediction.logRate, settings.exitTimeLimit.map(logOf) ?? .infinity)
        let logSteps = watch + logOf(Double(settings.exits)) - logOf(timeStep)
        guard logSteps > logOf(request.plainSteps) else { continue }
        reason =
          "\(prediction.formula) predicts ln k = \(Self.short(prediction.logRate)): watching "
          + "\(settings.exits) escapes from m\(minimum) would take e^\(Self.short(logSteps)) steps"
      } else {
        reason = "\"\(request.method)\" is what \"rareEvents.method\" asks for"
      }
      guard settings.exit == .basin else {
        result.append(RareEscape(from: minimum, to: nil, saddle: nil, reason: reason))
        continue
      }
      // The lowest of parallel saddles leads the way; copies take the others as they come.
      var lowest: [Int: Int] = [:]
      for (number, saddle) in network.saddles.enumerated() {
        let ends = Set(saddle.connects.compactMap { $0 })
        guard ends.contains(minimum), let other = ends.first(where: { $0 != minimum }) else {
          continue
        }
        func height(_ k: Int) -> Double { network.saddles[k].point.energy ?? Double(k) }
        if let known = lowest[other], height(known) <= height(number) { continue }
        lowest[other] = number
      }
      result += lowest.sorted { $0.key < $1.key }.map {
        RareEscape(from: minimum, to: $0.key, saddle: $0.value, reason: reason)
      }
    }
    return result
  }

  private static func short(_ value: Double) -> String { String(format: "%.1f", value) }

  /// The rate of leaving a minimum by the most trustworthy formula that has one.
  private static func predictedLogExitRate(
    of minimum: Int, _ formulas: [FormulaAnswer]
  ) -> (formula: String, logRate: Double)? {
    let trusted = [
      "exactOneDimensional", "fokkerPlanck", "bouchetReygner", "eyringKramers", "moriGeneral",
      "pathResolved", "xieGeneral", "xie", "mori",
    ]
    for name in trusted {
      guard let formula = formulas.first(where: { $0.name == name && $0.unavailable == nil }),
        let logRate = formula.logExitRate(of: minimum), logRate.isFinite
      else { continue }
      return (name, logRate)
    }
    return nil
  }

  /// Measures rare escapes one after another.
  ///
  /// - Parameters:
  ///   - escapes: The escapes.
  ///   - ensemble: The process, the minima and their core sets.
  ///   - settings: What is asked for.
  ///   - store: Where they are kept; nil for nowhere.
  ///   - progress: Told how far it is.
  ///   - isCancelled: Asked often whether to stop.
  /// - Returns: The answers, and the escapes that the method cannot be used for, with the reason.
  /// - Throws: What the store throws, `LinearAlgebraError`, and `ProblemError` for a surface that is
  ///   too far.
  func measureRareEscapes(
    _ escapes: [RareEscape], _ ensemble: Ensemble, _ settings: SimulationSettings,
    store: SimulationStore?, progress: @escaping @Sendable (String, RunProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) async throws -> (answers: [RareEventAnswer], unavailable: [String]) {
    var answers: [RareEventAnswer] = []
    var unavailable: [String] = []
    for (number, escape) in escapes.enumerated() {
      if isCancelled() { break }
      let way = "\(escape.from)-\(escape.to.map { "\($0)" } ?? "region")"
      let key = "rare/\(way)"
      if let stored = try store?.answer(key) {
        answers.append(stored)
        continue
      }
      let name =
        "Sampling rare escapes, \(number + 1) of \(escapes.count), m\(escape.from)"
        + (escape.to.map { " → m\($0)" } ?? "")
      progress(name, RunProgress(share: 0, timeLeft: nil))
      do {
        let answer = try await measure(
          escape, ensemble, settings,
          checkpoint: store?.checkpoint("rare-\(way)", problem: fingerprint),
          progress: { step in
            // The share of the way in the logarithm is not known; the level is shown instead.
            progress(
              "\(name): ln p = \(String(format: "%.1f", step.logProbability))",
              RunProgress(share: 0, timeLeft: nil))
          }, isCancelled: isCancelled)
        answers.append(answer)
        if !answer.isInterrupted { try store?.keep(answer, key, insteadOf: "rare-\(way)") }
      } catch let error as SimulationError {
        let reason = keyed(error, in: "rareEvents")
        // No escape is the better for a surface that is too far.
        if case .invalidSetting("rareEvents.surface", _, _) = error { throw reason }
        unavailable.append(
          "the escape from m\(escape.from)\(escape.to.map { " to m\($0)" } ?? "") was not measured: "
            + "\(reason.key) \(reason.reason)")
      }
    }
    return (answers, unavailable)
  }

  private func measure(
    _ escape: RareEscape, _ ensemble: Ensemble, _ settings: SimulationSettings,
    checkpoint: Checkpoint?, progress: @escaping @Sendable (RareEventProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) async throws -> RareEventAnswer {
    let request = settings.rareEvents
    let minimum = ensemble.network.minima[escape.from].coordinates
    let inner = try innerSet(of: escape.from, ensemble, scale: request.surface)
    let coordinate: ReactionCoordinate
    let target: StateRegion
    var elsewhere: StateRegion?
    if let to = escape.to, let saddle = escape.saddle {
      coordinate = try .progress(
        along: path(from: escape.from, over: ensemble.network.saddles[saddle], to: to, ensemble))
      target = .core(ensemble.cores.sets[to])
      // What ends in a third minimum has not come to this one.
      for (other, core) in ensemble.cores.sets.enumerated()
      where other != escape.from && other != to {
        elsewhere = elsewhere.map { $0.union(.core(core)) } ?? .core(core)
      }
    } else {
      (coordinate, target) = try region(ensemble, minimum)
      guard !target.contains(minimum) else {
        throw SimulationError.invalidSetting(
          name: "exit", value: "a region that minimum \(escape.from) does not lie in",
          accepted: "one around the minimum that is left")
      }
    }
    let event = try RareEvent(
      mover: ensemble.mover, source: .core(inner), target: target, elsewhere: elsewhere,
      coordinate: coordinate,
      correction: ensemble.settings.boundaryCorrection == .none ? .none : .brownianBridge,
      basin: escape.from)
    let size = try RareEventSettings(
      copies: request.copies, repetitions: request.repetitions, seed: settings.seed,
      threads: settings.threads)
    let surface = try surface(around: inner, coordinate, target: target, minimum)
    if request.method == .forwardFlux {
      let rate = try await ForwardFluxSampling(event, settings: size)
        .rate(
          from: minimum, through: surface, checkpoint: checkpoint, progress: progress,
          isCancelled: isCancelled
        ).rate
      return RareEventAnswer(
        from: escape.from, to: escape.to, method: "forwardFlux", rate: rate, request: request,
        reason: escape.reason)
    }
    let rate = try await AdaptiveMultilevelSplitting(event, settings: size)
      .rate(
        from: minimum, through: surface, checkpoint: checkpoint, progress: progress,
        isCancelled: isCancelled)
    return RareEventAnswer(
      from: escape.from, to: escape.to, method: "splitting", rate: rate, request: request,
      reason: escape.reason)
  }

  /// Where trajectories around a minimum are most of the time: ½ (x − m)ᵀΣ⁻¹(x − m) ≤ s² max(½, d/2),
  /// Σ the covariance of the linearised process, s = `rareEvents.surface`. The core sets, which go
  /// up to a share of the barrier, would themselves be left rarely.
  private func innerSet(
    of minimum: Int, _ ensemble: Ensemble, scale: Double
  ) throws -> CoreSet {
    let point = ensemble.network.minima[minimum]
    let n = point.coordinates.count
    let model =
      ensemble.mover.diffusion(at: point.coordinates, basin: minimum)
      ?? systemDiffusion?.matrix(at: point.coordinates)
    guard let diffusion = model,
      let covariance = try? point.hessian.lyapunovCovariance(diffusion: diffusion),
      let form = try? covariance.inverse(), form.elements.allSatisfy(\.isFinite)
    else {
      throw SimulationError.invalidSetting(
        name: "rareEvents.method", value: "\(method)",
        accepted: "\"never\" here: the noise at the minimum leaves out a direction")
    }
    let level = scale * scale * max(0.5, 0.5 * Double(n))
    let inner = CoreSet(center: point.coordinates, form: 0.5 * form.symmetrized, level: level)
    let whole = ensemble.cores.sets[minimum]
    // Never larger than the core set: where the barrier is that low, plain simulation sees it.
    let width = { (core: CoreSet) in core.level / core.form.trace }
    if width(inner) <= width(whole) { return inner }
    guard scale <= 1 else {
      let most = scale * (width(whole) / width(inner)).squareRoot()
      throw SimulationError.invalidSetting(
        name: "rareEvents.surface", value: "\(scale)",
        accepted:
          "at most \(max(most, 1)) here, where the set around minimum \(minimum) comes to its "
          + "core set")
    }
    return whole
  }

  private var method: String { simulation?.rareEvents.method.rawValue ?? "" }

  private var systemDiffusion: (any Diffusion)? {
    if case .system(let system) = subject { system.dynamics.diffusion } else { nil }
  }

  /// The minimum-energy path from one minimum over a saddle to another.
  private func path(
    from: Int, over saddle: Saddle, to: Int, _ ensemble: Ensemble
  ) throws -> [[Double]] {
    let minima = ensemble.network.minima
    func leg(_ end: Int) -> [[Double]] {
      saddle.connects.firstIndex(of: end).flatMap {
        saddle.descents.indices.contains($0) ? saddle.descents[$0] : nil
      } ?? [saddle.point.coordinates]
    }
    let corners =
      [minima[from].coordinates] + leg(from).reversed() + leg(to) + [minima[to].coordinates]
    // Every segment costs time at every step: as many as show the bends.
    let length = zip(corners, corners.dropFirst()).reduce(0) {
      $0 + norm(zip($1.0, $1.1).map(-))
    }
    var result = [corners[0]]
    for corner in corners.dropFirst().dropLast()
    where norm(zip(result[result.count - 1], corner).map(-)) > length / 32 {
      result.append(corner)
    }
    let end = minima[to].coordinates
    while result.count > 1, norm(zip(result[result.count - 1], end).map(-)) <= length / 64 {
      result.removeLast()
    }
    return result + [end]
  }

  /// The way out of a region, and the region's outside.
  private func region(
    _ ensemble: Ensemble, _ minimum: [Double]
  ) throws -> (ReactionCoordinate, StateRegion) {
    switch ensemble.settings.exitRegion {
    case .ball(let radius, let center):
      let distance = ReactionCoordinate.distance(toBallAround: center ?? minimum)
      return (distance, .above(distance, radius))
    case .lossThreshold(let level):
      guard let energy = ReactionCoordinate(energyOf: ensemble.field) else {
        throw SimulationError.noEnergy
      }
      return (energy, .above(energy, level))
    case .box(let box):
      guard let energy = ReactionCoordinate(energyOf: ensemble.field) else {
        throw SimulationError.invalidSetting(
          name: "rareEvents.method", value: "\(method)",
          accepted: "\"never\" here: the way out of a box is followed by the energy, which this "
            + "drift has not; or the exit \"ball\"")
      }
      return (energy, .outside(box))
    case .basin:
      throw SimulationError.noMinimum
    }
  }

  /// A level of ξ a little outside of the set around the minimum: the smallest that is not reached
  /// inside a set of twice the size, which must not come near the target.
  private func surface(
    around inner: CoreSet, _ coordinate: ReactionCoordinate, target: StateRegion,
    _ minimum: [Double]
  ) throws -> Double {
    let start = coordinate(minimum)
    let axes = try inner.form.symmetricEigendecomposition()
    var reach = start
    for k in axes.values.indices {
      for sign in [1.0, -1.0] {
        let length = sign * (2 * inner.level / axes.values[k]).squareRoot()
        let point = minimum.indices.map { minimum[$0] + length * axes.vectors[$0, k] }
        guard !target.contains(point) else {
          throw SimulationError.invalidSetting(
            name: "rareEvents.method", value: "\(method)",
            accepted: "\"never\" here: the target lies within the fluctuations around the "
              + "minimum, so that the escape is not rare; or a \"rareEvents.surface\" below "
              + "\(simulation?.rareEvents.surface ?? 1), where some noise fits before it")
        }
        reach = max(reach, coordinate(point))
      }
    }
    guard reach > start, reach.isFinite else {
      throw SimulationError.invalidSetting(
        name: "rareEvents.method", value: "\(method)",
        accepted: "\"never\" here: the reaction coordinate does not grow away from the minimum")
    }
    return reach
  }
}
