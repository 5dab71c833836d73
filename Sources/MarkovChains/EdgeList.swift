import LinearAlgebra

/// The text format of a chain: one directed transition a line.
///
///     # from  to  natural logarithm of the rate
///     0       1   -12.3
///     1       0   -2100
///
/// States count from 0, the number of states is the largest one plus 1, and repeated transitions
/// add their rates. Fields are separated by tabs or spaces; `#` starts a comment.
public enum EdgeList {
  /// The largest state that is accepted; a larger one is taken for a mistake in the file.
  public static let largestState = 99_999_999

  /// Reads a chain.
  ///
  /// - Parameters:
  ///   - text: The contents of the file.
  ///   - name: The name of the file, for messages.
  /// - Returns: The chain.
  /// - Throws: `EdgeListError` with the line and the column of the first mistake.
  public static func parse(_ text: String, name: String) throws -> MarkovChain {
    var transitions: [MarkovChain.Transition] = []
    var largest = -1
    var scanner = FieldScanner(text, name: name)
    while let line = scanner.nextLine() {
      let fields = line.fields
      func fail(_ column: Int, _ problem: EdgeListError.Problem) -> EdgeListError {
        EdgeListError(name: name, line: line.number, column: column, problem: problem)
      }
      func state(_ field: FieldScanner.Field) throws -> Int {
        guard field.text.utf8.allSatisfy({ (48...57).contains($0) }), let state = Int(field.text),
          state <= largestState
        else { throw fail(field.column, .invalidState(field.text)) }
        return state
      }
      guard fields.count == 3 else {
        let column = fields.count > 3 ? fields[3].column : fields[fields.count - 1].column
        throw fail(column, .fieldCount(fields.count))
      }
      let from = try state(fields[0])
      let to = try state(fields[1])
      guard from != to else { throw fail(fields[1].column, .selfLoop(from)) }
      guard let logRate = realNumber(fields[2].text), logRate < .infinity else {
        throw fail(fields[2].column, .invalidLogRate(fields[2].text))
      }
      largest = max(largest, from, to)
      transitions.append(.init(from: from, to: to, logRate: logRate))
    }
    guard largest >= 0 else {
      throw EdgeListError(name: name, line: scanner.endLine, column: 1, problem: .noTransitions)
    }
    return try MarkovChain(stateCount: largest + 1, transitions: transitions)
  }
}

/// A mistake in an edge list, with its place.
public struct EdgeListError: Error, Equatable, CustomStringConvertible {
  /// What can be wrong.
  public enum Problem: Equatable, Sendable {
    /// A line does not have three fields.
    case fieldCount(Int)
    /// A state is not a number from 0 to `EdgeList.largestState`.
    case invalidState(String)
    /// A transition leads from a state to itself.
    case selfLoop(Int)
    /// The logarithm of a rate is not a number below +∞.
    case invalidLogRate(String)
    /// The file has no transition.
    case noTransitions
  }

  /// The name of the file.
  public let name: String
  /// The line, counted from 1.
  public let line: Int
  /// The column, counted from 1.
  public let column: Int
  /// What is wrong there.
  public let problem: Problem

  /// Creates an error.
  public init(name: String, line: Int, column: Int, problem: Problem) {
    self.name = name
    self.line = line
    self.column = column
    self.problem = problem
  }

  /// A sentence for the user, as file:line:column: problem.
  public var description: String {
    let text =
      switch problem {
      case .fieldCount(let count):
        "\(count) fields; expected three: from, to, natural logarithm of the rate"
      case .invalidState(let text):
        "\"\(text)\" is not a state; accepted: 0 to \(EdgeList.largestState)"
      case .selfLoop(let state):
        "a transition leads from state \(state) to itself; rates connect different states"
      case .invalidLogRate(let text):
        "\"\(text)\" is not the logarithm of a rate; accepted: a number, or -inf"
      case .noTransitions: "the file has no transition"
      }
    return "\(name):\(line):\(column): \(text)"
  }
}
