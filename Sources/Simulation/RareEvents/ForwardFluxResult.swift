import Landscapes
import LinearAlgebra

/// One stage of forward flux sampling, all repetitions together.
public struct ForwardFluxStage: Sendable, Equatable {
  /// The interface where it starts; nil for the start itself.
  public let from: Double?
  /// The interface where it ends; nil for the target.
  public let to: Double?
  /// How many trajectories were tried.
  public let trials: Int
  /// How many reached the end before A.
  public let successes: Int
  /// Their share.
  public let probability: Double
  /// Its standard error: the scatter of successes between the stored states, which holds both the
  /// binomial part and the differences between the states; nil without a success.
  public let standardError: Double?

  init(_ runs: [ForwardFluxRun], from: Double?, to: Double?) {
    self.from = from
    self.to = to
    trials = runs.reduce(0) { $0 + $1.lastTrials.reduce(0, +) }
    successes = runs.reduce(0) { $0 + $1.lastSuccesses.reduce(0, +) }
    let share = trials > 0 ? Double(successes) / Double(trials) : 0
    probability = share
    guard successes > 0 else {
      standardError = nil
      return
    }
    var square = 0.0
    var states = 0.0
    for run in runs {
      for (trials, successes) in zip(run.lastTrials, run.lastSuccesses) where trials > 0 {
        let difference = Double(successes) - share * Double(trials)
        square += difference * difference
        states += 1
      }
    }
    let binomial = share * (1 - share) / Double(trials)
    let clustered =
      states > 1
      ? states / (states - 1) * square / (Double(trials) * Double(trials)) : binomial
    standardError = max(binomial, clustered).squareRoot()
  }
}

/// What forward flux sampling found.
public struct ForwardFluxResult: Sendable, Equatable {
  /// The probability to reach B before A.
  public let probability: ProbabilityEstimate
  /// The stages that were done, in order.
  public let stages: [ForwardFluxStage]
  /// The interfaces.
  public let interfaces: [Double]
  /// The mean time from the start to B of the trajectories that reach it; nil where none did, and
  /// where the computation was stopped.
  public let meanReactiveTime: Double?
  /// Its standard error, from the scatter between repetitions; nil for fewer than two.
  public let reactiveTimeError: Double?
  /// Time steps of single trajectories, the pilot run included.
  public let steps: Int
  /// Whether the computation was stopped.
  public let isInterrupted: Bool
  /// What a reader should know.
  public let findings: [String]

  init(
    _ runs: [ForwardFluxRun], stages: [ForwardFluxStage], levels: [Double], pilot: SplittingRun?,
    event: RareEvent, settings: RareEventSettings, isInterrupted: Bool,
    checkpointFailure: String? = nil
  ) {
    let estimate = ProbabilityEstimate(
      runs: runs.map { $0.summary(trials: settings.copies) }, copies: settings.copies)
    let best = runs.map(\.logWeight).max() ?? 0
    (meanReactiveTime, reactiveTimeError) = weightedMean(
      isInterrupted
        ? []
        : runs.compactMap { run in
          run.meanReactiveTime.map { (weight: Double.exp(run.logWeight - best), time: $0) }
        })
    probability = estimate
    self.stages = stages
    interfaces = levels
    steps = runs.reduce(pilot?.steps ?? 0) { $0 + $1.steps }
    self.isInterrupted = isInterrupted
    let name = event.coordinate.name
    func place(_ level: Double?) -> String {
      level.map { "ξ = \($0)" } ?? "the target (\(event.target.name))"
    }
    var result: [String] = []
    if pilot?.isExtinct == true {
      result.append(
        "the pilot run died out at ξ = \(pilot?.level ?? -.infinity) (\(name)); there are no "
          + "interfaces beyond")
    }
    if let last = stages.last, last.successes == 0 {
      result.append(
        "stage \(stages.count), from \(last.from.map { "ξ = \($0)" } ?? "the start") to "
          + "\(place(last.to)), failed: none of \(last.trials) trajectories arrived; place more "
          + "interfaces in between or use more trials")
    } else {
      let lost = runs.count { $0.isExtinct }
      if lost > 0 {
        result.append(
          "\(lost) of \(runs.count) repetitions lost all trajectories in a stage and count as "
            + "zero; use more trials")
      }
    }
    if isInterrupted {
      result.append(
        "stopped after \(stages.count) of \(levels.count + 1) stages; the probability to come "
          + "so far is about exp(\(logSumExp(runs.map(\.logWeight)) - logOf(Double(runs.count)))); "
          + "there is no estimate yet")
    }
    let abandoned = runs.reduce(0) { $0 + $1.abandoned }
    if abandoned > 0 {
      result.append(
        "\(abandoned) trajectories reached neither the next interface nor the source within the "
          + "limit of steps and count as failures; a third state may hold them")
    }
    let diverged = runs.reduce(0) { $0 + $1.diverged }
    if diverged > 0 {
      result.append(
        "\(diverged) trajectories were no longer finite and count as failures; the time step may "
          + "be too long")
    }
    if estimate.standardError.isFinite,
      estimate.standardError * Double(runs.count).squareRoot() > 1
    {
      result.append(
        "single repetitions scatter by more than a factor of e: the error may be too small; use "
          + "more trials or another reaction coordinate")
    }
    if let checkpointFailure {
      result.append("the last snapshot could not be stored: \(checkpointFailure)")
    }
    findings = result
  }
}

extension ForwardFluxStage: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(from)
    writer.write(to)
    writer.write([trials, successes])
    writer.write(probability)
    writer.write(standardError)
  }

  init(from reader: inout StateReader) throws {
    from = try reader.optionalNumber()
    to = try reader.optionalNumber()
    let counts = try reader.integers(count: 2)
    (trials, successes) = (counts[0], counts[1])
    probability = try reader.number()
    standardError = try reader.optionalNumber()
  }
}
