/// What is wrong with a formula, and where.
///
/// The description shows the formula with a caret below the fault:
///
/// ```
/// unknown name "z"; known: x, y, pi, exp, log, …
///   x^2 + z*y
///         ^
/// ```
public struct FormulaError: Error, Equatable, CustomStringConvertible {
  /// The text of the formula.
  public let formula: String
  /// The position of the fault in characters from the start, zero-based; the length of the formula
  /// where something is missing at its end; nil where the fault is not in the text but in the
  /// lists of variables or parameters.
  public let column: Int?
  /// What is wrong, and what would be accepted.
  public let reason: String

  /// Describes a fault.
  ///
  /// - Parameters:
  ///   - formula: The text of the formula.
  ///   - column: The zero-based position of the fault in characters, if it is in the text.
  ///   - reason: What is wrong, and what would be accepted.
  public init(formula: String, column: Int?, reason: String) {
    self.formula = formula
    self.column = column
    self.reason = reason
  }

  /// The reason, the formula, and a caret below the fault; of a long formula the neighbourhood.
  public var description: String {
    guard let column else {
      return formula.isEmpty ? reason : "\(reason)\n  in the formula \(excerpt(around: 0).text)"
    }
    let (text, caret) = excerpt(around: column)
    return "\(reason)\n  \(text)\n  \(String(repeating: " ", count: caret))^"
  }

  /// The neighbourhood of a column on one line, and where the column is in it.
  private func excerpt(around column: Int) -> (text: String, caret: Int) {
    let line = formula.map { $0.isNewline || $0 == "\t" ? " " : $0 }
    let start = line.count <= 90 ? 0 : max(0, min(column - 40, line.count - 80))
    let end = line.count <= 90 ? line.count : min(line.count, start + 80)
    let text =
      (start > 0 ? "…" : "") + String(line[start..<end]) + (end < line.count ? "…" : "")
    return (text, column - start + (start > 0 ? 1 : 0))
  }
}
