/// The formulas by name.
public enum FormulaCatalogue {
  /// All formulas, in the order in which reports show them.
  ///
  /// - Parameter settings: The parameters that formulas leave open.
  /// - Returns: One value per formula; names are unique.
  public static func all(_ settings: FormulaSettings = .standard) -> [any EscapeRateFormula] {
    [
      EyringKramers(),
      Harmonic(),
      Xie(share: settings.share),
      XieGeneral(share: settings.share),
      Mori(effectiveDimension: settings.effectiveDimension),
      MoriGeneral(),
      Ibayashi(),
      IbayashiSDE(),
      FreidlinWentzell(),
      Jastrzebski(),
      Zhu(),
      Nguyen(stability: settings.stability, margin: settings.margin),
      PathResolved(),
      ExactOneDimensional(),
      FokkerPlanck(),
      BouchetReygner(),
    ]
  }

  /// The names of the exact solutions among them, which judge the others.
  public static let referees: Set<String> = ["exactOneDimensional", "fokkerPlanck"]

  /// The names of all formulas.
  public static var names: [String] { all().map(\.name) }

  /// The formula of a name; nil where there is none.
  ///
  /// - Parameters:
  ///   - name: The name in problem files.
  ///   - settings: The parameters that formulas leave open.
  /// - Returns: The formula.
  public static func formula(
    named name: String, settings: FormulaSettings = .standard
  ) -> (any EscapeRateFormula)? {
    all(settings).first { $0.name == name }
  }
}
