import Simulation

/// A rate that was measured by a method for rare events.
public struct RareEventAnswer: Sendable, Equatable, Codable {
  /// The minimum that is left.
  public let from: Int
  /// The minimum that is reached; nil for leaving a region.
  public let to: Int?
  /// "splitting" or "forwardFlux".
  public let method: String
  /// The natural logarithm of the rate; −∞ where no trajectory arrived, and where it was stopped.
  public let logRate: Double
  /// Its standard error; infinite where no trajectory arrived.
  public let standardError: Double
  /// The lower end of its 95 % interval; −∞ where only an upper bound is known.
  public let lower: Double
  /// The upper end of its 95 % interval. Where it was stopped these are bounds, because what is
  /// finished first is no fair sample of all.
  public let upper: Double
  /// The natural logarithm of the probability to go on from the surface around the minimum.
  public let logProbability: Double
  /// The mean time from the minimum through the surface and back.
  public let meanLoopTime: Double
  /// The mean time from the surface to the end; nil where no trajectory arrived.
  public let meanReactiveTime: Double?
  /// The copies of each repetition.
  public let copies: Int
  /// The repetitions.
  public let repetitions: Int
  /// Steps of single trajectories.
  public let steps: Int
  /// Why this method was chosen, and what a reader should know.
  public let findings: [String]
  /// Whether it was stopped before its end.
  public let isInterrupted: Bool

  init(
    from: Int, to: Int?, method: String, rate: TransitionRate, request: RareEventRequest,
    reason: String
  ) {
    self.from = from
    self.to = to
    self.method = method
    logRate = rate.logRate
    standardError = rate.standardError
    lower = rate.interval.lowerBound
    upper = rate.interval.upperBound
    logProbability = rate.probability.logProbability
    meanLoopTime = rate.meanLoopTime
    meanReactiveTime = rate.meanReactiveTime
    copies = request.copies
    repetitions = request.repetitions
    steps = rate.steps
    var findings = [reason] + rate.findings
    if rate.logRate == -.infinity, !rate.isInterrupted {
      // The library speaks of what its caller can change; these are the keys for it.
      findings.append(
        "in the problem file: \"rareEvents.copies\" above \(request.copies) or "
          + "\"rareEvents.repetitions\" above \(request.repetitions) try more often, and a "
          + "\"rareEvents.surface\" below \(request.surface) begins nearer to the minimum")
    }
    self.findings = findings
    isInterrupted = rate.isInterrupted
  }
}
