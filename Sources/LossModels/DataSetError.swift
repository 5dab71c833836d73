/// What can be wrong with a table of samples.
///
/// Lines are counted from 1 as an editor counts them, columns are named by the header, or by
/// their zero-based index where there is none.
public enum DataSetError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened or read.
  case unreadable(file: String, reason: String)
  /// The file is not text in UTF-8.
  case notText(file: String)
  /// The delimiter cannot separate fields.
  case invalidDelimiter(Character)
  /// A quoted field is not closed, or is followed by something other than a delimiter.
  case malformedQuotes(file: String, line: Int, reason: String)
  /// A row has another number of fields than the first one.
  case raggedRow(file: String, line: Int, expected: Int, found: Int)
  /// There is no row of data.
  case noRows(file: String)
  /// A column that was asked for does not exist.
  case unknownColumn(file: String, column: String, known: [String])
  /// A column was asked for by a name that several columns carry.
  case ambiguousColumn(file: String, column: String, indices: [Int])
  /// A column stands twice in the list of features, or is a feature and the target.
  case repeatedColumn(file: String, column: String)
  /// No column is left for the features.
  case noFeatures(file: String)
  /// A field does not hold a number.
  case notANumber(file: String, line: Int, column: String, value: String)
  /// A field holds an infinity or not-a-number.
  case notFinite(file: String, line: Int, column: String, value: String)
  /// A class that was asked for does not occur in the target column.
  case unknownClass(file: String, column: String, value: String, known: [String])
  /// All samples, or none, belong to the positive classes.
  case oneClass(file: String, column: String, known: [String])

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read (\(reason)); accepted: the path of a text file"
    case .notText(let file):
      "\(file): not text in UTF-8; save the table as UTF-8"
    case .invalidDelimiter(let delimiter):
      "delimiter \"\(delimiter.escaped)\"; accepted: one character other than a quotation mark "
        + "or a line break"
    case .malformedQuotes(let file, let line, let reason):
      "\(file), line \(line): \(reason); accepted: \"text\" with inner quotation marks doubled"
    case .raggedRow(let file, let line, let expected, let found):
      "\(file), line \(line): \(found) fields where the first row has \(expected); check the "
        + "delimiter"
    case .noRows(let file):
      "\(file): no row of data; at least one is needed below the header, if there is one"
    case .unknownColumn(let file, let column, let known):
      "\(file): no column \(column); known: \(listed(known))"
    case .ambiguousColumn(let file, let column, let indices):
      "\(file): several columns are called \(column); give an index instead: "
        + indices.map(String.init).joined(separator: ", ")
    case .repeatedColumn(let file, let column):
      "\(file): column \(column) is used twice; each feature may stand once and must not be the "
        + "target"
    case .noFeatures(let file):
      "\(file): no column is left for the features; at least one besides the target is needed"
    case .notANumber(let file, let line, let column, let value):
      "\(file), line \(line), column \(column): \"\(value)\" is not a number; accepted: a finite "
        + "decimal number such as 1.5 or -2e-3"
    case .notFinite(let file, let line, let column, let value):
      "\(file), line \(line), column \(column): \"\(value)\" is not finite; accepted: a finite "
        + "decimal number"
    case .unknownClass(let file, let column, let value, let known):
      "\(file), column \(column): no sample of class \"\(value)\"; known: \(listed(known))"
    case .oneClass(let file, let column, let known):
      "\(file), column \(column): the positive classes hold all samples or none; classes: "
        + listed(known)
    }
  }

  private func listed(_ names: [String]) -> String {
    guard !names.isEmpty else { return "none" }
    let shown = names.prefix(40).joined(separator: ", ")
    return names.count > 40 ? shown + ", … (\(names.count) in all)" : shown
  }
}

extension Character {
  var escaped: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\r\n": "\\r\\n"
    default: String(self)
    }
  }
}
