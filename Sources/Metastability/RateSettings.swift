/// Which formulas are evaluated, and their settings.
public struct RateSettings: Sendable, Equatable {
  /// How Xie's s is chosen.
  public enum Share: Sendable, Equatable {
    /// A number between 0 and 1.
    case number(Double)
    /// From the integral of the local temperature along the path.
    case path
  }

  /// How Mori's effective dimension is chosen.
  public enum EffectiveDimension: Sendable, Equatable {
    /// A number.
    case number(Double)
    /// The participation ratio of the Hessian's eigenvalues (Mori, equation 45).
    case participationRatio
  }

  /// The names of the formulas; nil for all.
  public let formulas: [String]?
  /// Xie's s.
  public let share: Share
  /// Mori's n.
  public let effectiveDimension: EffectiveDimension
  /// Nguyen's tail index α.
  public let tailIndex: Double
  /// Nguyen's δ.
  public let tailConstant: Double

  /// Creates settings; the properties above describe them.
  public init(
    formulas: [String]? = nil, share: Share = .number(0.5),
    effectiveDimension: EffectiveDimension = .participationRatio, tailIndex: Double = 1.5,
    tailConstant: Double = 0.5
  ) {
    self.formulas = formulas
    self.share = share
    self.effectiveDimension = effectiveDimension
    self.tailIndex = tailIndex
    self.tailConstant = tailConstant
  }

  init(_ reader: ProblemReader) throws {
    try reader.allow(["formulas", "xie", "mori", "nguyen"])
    formulas = try reader.strings("formulas")
    if let formulas, formulas.isEmpty {
      throw reader.failure("formulas", "expected at least one name; leave the key out for all")
    }
    for (i, name) in (formulas ?? []).enumerated() where !FormulaNames.all.contains(name) {
      throw reader.failure(
        "formulas[\(i)]",
        "\"\(name)\" is not a formula; known: \(FormulaNames.all.joined(separator: ", "))")
    }
    if let xie = try reader.object("xie") {
      try xie.allow(["s"])
      if case .string(let text) = xie.value("s") {
        guard text == "path" else {
          throw xie.failure("s", "expected a number between 0 and 1 or \"path\", found \"\(text)\"")
        }
        share = .path
      } else {
        let number = try xie.number("s") ?? 0.5
        guard number > 0, number < 1 else {
          throw xie.failure("s", "expected a number between 0 and 1 or \"path\", found \(number)")
        }
        share = .number(number)
      }
    } else {
      share = .number(0.5)
    }
    if let mori = try reader.object("mori") {
      try mori.allow(["effectiveDimension"])
      if case .string(let text) = mori.value("effectiveDimension") {
        guard text == "participationRatio" else {
          throw mori.failure(
            "effectiveDimension",
            "expected a number above 0 or \"participationRatio\", found \"\(text)\"")
        }
        effectiveDimension = .participationRatio
      } else {
        effectiveDimension =
          try mori.positive("effectiveDimension").map { .number($0) } ?? .participationRatio
      }
    } else {
      effectiveDimension = .participationRatio
    }
    let nguyen = try reader.object("nguyen")
    try nguyen?.allow(["alpha", "delta"])
    tailIndex = try nguyen?.number("alpha") ?? 1.5
    tailConstant = try nguyen?.number("delta") ?? 0.5
    if let nguyen {
      guard tailIndex > 0, tailIndex <= 2 else {
        throw nguyen.failure("alpha", "expected a number above 0 and up to 2, found \(tailIndex)")
      }
      guard tailConstant > 0, tailConstant < 1 else {
        throw nguyen.failure("delta", "expected a number between 0 and 1, found \(tailConstant)")
      }
    }
  }
}
