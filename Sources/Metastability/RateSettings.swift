public import EscapeRates

/// Which formulas are evaluated, and their settings.
public struct RateSettings: Sendable, Equatable {
  /// The names of the formulas; nil for all.
  public let formulas: [String]?
  /// The parameters that formulas leave open.
  public let settings: FormulaSettings

  /// Chooses formulas.
  ///
  /// - Parameters:
  ///   - formulas: Names of the catalogue; nil for all.
  ///   - settings: The parameters that formulas leave open.
  public init(formulas: [String]? = nil, settings: FormulaSettings = .standard) {
    self.formulas = formulas
    self.settings = settings
  }

  /// The formulas that are evaluated.
  var catalogue: [any EscapeRateFormula] {
    FormulaCatalogue.all(settings).filter { formulas?.contains($0.name) ?? true }
  }

  init(_ reader: ProblemReader) throws {
    try reader.allow(["formulas", "xie", "mori", "nguyen"])
    formulas = try reader.strings("formulas")
    if let formulas, formulas.isEmpty {
      throw reader.failure("formulas", "expected at least one name; leave the key out for all")
    }
    for (i, name) in (formulas ?? []).enumerated() where !FormulaCatalogue.names.contains(name) {
      throw reader.failure(
        "formulas[\(i)]",
        "\"\(name)\" is not a formula; known: "
          + FormulaCatalogue.names.joined(separator: ", "))
    }
    let standard = FormulaSettings.standard
    var share = standard.share
    if let xie = try reader.object("xie") {
      try xie.allow(["s"])
      if case .string("path") = xie.value("s") {
        share = .path
      } else if let value = xie.value("s") {
        guard case .number(let number) = value, number > 0, number < 1 else {
          throw xie.failure(
            "s", "expected a number between 0 and 1 or \"path\", found \(value.kind)")
        }
        share = .fixed(number)
      }
    }
    var effectiveDimension = standard.effectiveDimension
    if let mori = try reader.object("mori") {
      try mori.allow(["effectiveDimension"])
      if case .string("participationRatio") = mori.value("effectiveDimension") {
        effectiveDimension = .participationRatio
      } else if let value = mori.value("effectiveDimension") {
        guard case .number(let number) = value, number > 0, number.isFinite else {
          throw mori.failure(
            "effectiveDimension",
            "expected a number above 0 or \"participationRatio\", found \(value.kind)")
        }
        effectiveDimension = .fixed(number)
      }
    }
    let nguyen = try reader.object("nguyen")
    try nguyen?.allow(["alpha", "delta"])
    do {
      settings = try FormulaSettings(
        share: share, effectiveDimension: effectiveDimension,
        stability: try nguyen?.number("alpha") ?? standard.stability,
        margin: try nguyen?.number("delta") ?? standard.margin)
    } catch let error as FormulaSettingError {
      throw reader.failure(error.setting, "is \(error.value); accepted: \(error.accepted)")
    }
  }
}
