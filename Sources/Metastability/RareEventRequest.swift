/// How escapes are measured that are too rare for plain simulation.
public struct RareEventRequest: Sendable, Equatable {
  /// Which escapes are measured how.
  public enum Method: String, Sendable, CaseIterable {
    /// Splitting where watching the escapes is predicted to take more than `plainSteps` steps,
    /// plain simulation elsewhere.
    case auto
    /// Plain simulation, however long it takes.
    case never
    /// Adaptive multilevel splitting for all.
    case splitting
    /// Forward flux sampling for all.
    case forwardFlux
  }

  /// Which escapes are measured how.
  public let method: Method
  /// How many copies (splitting) or trials per stage (forward flux) a repetition has.
  public let copies: Int
  /// How many independent repetitions there are.
  public let repetitions: Int
  /// The number of steps above which watching the escapes from a minimum counts as too long.
  public let plainSteps: Double
  /// How large the set around a minimum is, and how far from it the first surface lies, in units of
  /// the default. By default the set goes up to where ½ (x − m)ᵀΣ⁻¹(x − m), Σ the covariance of the
  /// linearised process, is half the number of variables, and the surface is √2 times as far.
  public let surface: Double

  /// Whether all escapes are measured by a method for rare events.
  var isForced: Bool { method == .splitting || method == .forwardFlux }

  /// Creates a request; the properties above describe it.
  public init(
    method: Method = .auto, copies: Int = 256, repetitions: Int = 16, plainSteps: Double = 1e10,
    surface: Double = 1
  ) {
    self.method = method
    self.copies = copies
    self.repetitions = repetitions
    self.plainSteps = plainSteps
    self.surface = surface
  }

  init(_ reader: ProblemReader) throws {
    try reader.allow(["method", "copies", "repetitions", "plainSteps", "surface"])
    method =
      try reader.choice("method", of: Method.allCases.map(\.rawValue))
      .flatMap { Method(rawValue: $0) } ?? .auto
    copies = try reader.integer("copies", in: 16...(1 << 24)) ?? 256
    repetitions = try reader.integer("repetitions", in: 1...16_383) ?? 16
    plainSteps = try reader.positive("plainSteps") ?? 1e10
    surface = try reader.number("surface") ?? 1
    guard (0.1...10).contains(surface) else {
      throw reader.failure("surface", "expected a number from 0.1 to 10, found \(surface)")
    }
    if method != .auto, reader.has("plainSteps") {
      throw reader.failure(
        "plainSteps",
        "does nothing with the method \"\(method)\": it is where \"auto\" goes over to splitting")
    }
    for key in ["copies", "repetitions", "surface"] where method == .never && reader.has(key) {
      throw reader.failure(
        key, "does nothing with the method \"never\", which watches every escape as it comes")
    }
  }
}
