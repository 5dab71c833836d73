/// A mistake in a file of data, with its place.
///
/// The readers of all formats throw it, so that a message always says which file, where in it,
/// what stands there and what would be accepted.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where a mistake is.
  public enum Place: Equatable, Sendable {
    /// The file as a whole.
    case file
    /// A line and a column of a text, both counted from 1, columns in bytes.
    case line(Int, column: Int)
    /// A byte of a binary file, counted from 0.
    case byte(Int)
    /// A row of a database, by its identity, and a column; nil for all rows.
    case row(table: String, identity: Int?, column: String)
  }

  /// What can be wrong.
  public enum Problem: Equatable, Sendable {
    /// There is no such file.
    case missing
    /// The system refuses to read or write the file.
    case inaccessible(reason: String)
    /// The file holds nothing.
    case empty(expected: String)
    /// A line, a file or a header ends too early.
    case truncated(expected: String)
    /// There is more than there should be.
    case surplus(String, expected: String)
    /// Something else stands where a certain thing should.
    case invalid(String, expected: String)
    /// A state (a minimum) that does not exist, with the numbers that do.
    case unknownState(String, known: ClosedRange<Int>)
    /// A state or a pair of states that may stand only once does so again.
    case repeated(String, firstLine: Int)
    /// A state stands in both sets, A and B.
    case inBothSets(Int)
    /// The file is of another format.
    case otherFormat(expected: String)
    /// The file is of another version of its format.
    case otherVersion(Int, expected: String)
    /// A table or a column of a database is not there.
    case noSuchColumn(expected: String)
    /// A file of an earlier data set stands where nothing of this one would replace it.
    case leftover
  }

  /// The file's name or path.
  public let file: String
  /// Where in the file.
  public let place: Place
  /// What is wrong there.
  public let problem: Problem

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - file: The file's name or path.
  ///   - place: Where in the file.
  ///   - problem: What is wrong there.
  public init(file: String, place: Place = .file, problem: Problem) {
    self.file = file
    self.place = place
    self.problem = problem
  }

  /// A sentence for the user, as file:line:column: problem.
  public var description: String {
    let location =
      switch place {
      case .file: file
      case .line(let line, let column): "\(file):\(line):\(column)"
      case .byte(let offset): "\(file): byte \(offset)"
      case .row(let table, let identity, let column):
        "\(file): table \(table), " + (identity.map { "row \($0), " } ?? "") + "column \(column)"
      }
    return location + ": " + problem.description
  }
}

extension FileError.Problem: CustomStringConvertible {
  /// The part of the message that follows the place.
  public var description: String {
    switch self {
    case .missing: "there is no such file"
    case .inaccessible(let reason): "the file cannot be read or written (\(reason))"
    case .empty(let expected): "the file is empty; expected \(expected)"
    case .truncated(let expected): "ends here; expected \(expected)"
    case .surplus(let text, let expected): "unexpected \(excerpt(text)); expected \(expected)"
    case .invalid(let text, let expected): "\(excerpt(text)); expected \(expected)"
    case .unknownState(let text, let known):
      "there is no state \(excerpt(text)); accepted: \(known.lowerBound) to \(known.upperBound)"
    case .repeated(let text, let line):
      "\(text) stands in line \(line) already; accepted: once"
    case .inBothSets(let state):
      "state \(state) belongs to set A as well; the sets A and B must be disjoint"
    case .otherFormat(let expected): "the file is not \(expected)"
    case .otherVersion(let version, let expected): "version \(version); accepted: \(expected)"
    case .noSuchColumn(let expected): "it is not there; expected \(expected)"
    case .leftover:
      "it belongs to another data set and would be taken for a part of this one; remove it or "
        + "choose another folder"
    }
  }
}

/// A part of a file as a message quotes it: short, in quotation marks, without control characters.
private func excerpt(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars.prefix(60) {
    if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result + (text.unicodeScalars.count > 60 ? "…\"" : "\"")
}
