import EscapeRates

/// The names of all formulas, in the order in which they are reported.
public enum FormulaNames {
  /// The names.
  public static var all: [String] { FormulaCatalogue.names }
}
