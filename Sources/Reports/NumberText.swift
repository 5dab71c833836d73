import Foundation

/// Numbers as a person reads them.
enum NumberText {
  /// Up to six significant digits; powers of ten where the number is very large or small.
  static func plain(_ value: Double) -> String { format(value, digits: 6) }

  /// The given number of significant digits.
  static func format(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : (value > 0 ? "∞" : "−∞") }
    return String(format: "%.\(digits)g", value)
  }

  /// A fixed number of decimals.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : (value > 0 ? "∞" : "−∞") }
    let text = String(format: "%.\(decimals)f", value)
    // Minus zero is zero to a reader.
    return text.hasPrefix("-") && !text.contains { "123456789".contains($0) }
      ? String(text.dropFirst()) : text
  }

  /// Significant digits, minus zero as zero.
  static func plain(_ value: Double, digits: Int) -> String {
    format(value == 0 ? 0 : value, digits: digits)
  }

  /// A logarithm: decimals, or significant digits where it is enormous.
  static func logarithm(_ value: Double, decimals: Int) -> String {
    value.magnitude < 1e7 || !value.isFinite
      ? fixed(value, decimals: decimals) : format(value, digits: 8)
  }

  /// A number whose natural logarithm is given, such as 3.2e-512, however small.
  static func exponential(ofLog log: Double, digits: Int = 3) -> String {
    guard log.isFinite else { return log.isNaN ? "–" : (log > 0 ? "∞" : "0") }
    if log.magnitude < 600 { return format(exp(log), digits: digits) }
    let decimal = log / 2.302585092994046
    let power = decimal.rounded(.down)
    return String(format: "%.\(max(digits - 1, 0))fe%+.0f", pow(10, decimal - power), power)
  }

  /// A value with its standard error, both to the error's second digit.
  static func withError(_ value: Double, _ error: Double?) -> String {
    guard let error, error.isFinite, error > 0, value.isFinite else { return plain(value) }
    let decimals = 1 - Int(log10(error).rounded(.down))
    if value.magnitude >= 1e9 || decimals > 8 {
      let digits = max(2, Int(log10(max(value.magnitude, error) / error).rounded(.down)) + 2)
      return String(format: "%.\(digits - 1)e ± %.1e", value, error)
    }
    return
      "\(fixed(value, decimals: max(decimals, 0))) ± \(fixed(error, decimals: max(decimals, 0)))"
  }
}

/// Aligned columns.
struct TextTable {
  private var rows: [[String]] = []
  private let leftAligned: Set<Int>

  init(_ header: [String], leftAligned: Set<Int> = [0]) {
    rows = [header]
    self.leftAligned = leftAligned
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The table, indented by two spaces.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = " "
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += " " + (leftAligned.contains(column) ? cell + padding : padding + cell) + " "
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
