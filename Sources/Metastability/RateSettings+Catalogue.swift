import EscapeRates

extension RateSettings {
  /// All formulas with these settings.
  var catalogue: [any EscapeRateFormula] { [] }
}
