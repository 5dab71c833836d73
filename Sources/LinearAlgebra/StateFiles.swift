/// The small files that several formats share: sets of states, one number per state.
package enum StateFiles {
  /// A set of states, from 1 in the file, from 0 and in the order of the file in the result.
  ///
  /// - Parameters:
  ///   - text: The contents, in free format over lines.
  ///   - name: The name of the file, for messages.
  ///   - stateCount: The number of states.
  ///   - isCounted: Whether the number of states in the set stands first.
  ///   - disjointFrom: States that may not occur.
  /// - Returns: The states.
  /// - Throws: `FileError`.
  package static func set(
    _ text: String, name: String, stateCount: Int, isCounted: Bool, disjointFrom: [Int]? = nil
  ) throws -> [Int] {
    var scanner = FieldScanner(text, name: name)
    var announced: Int?
    var states: [Int] = []
    var lines: [Int: Int] = [:]
    let others = Set(disjointFrom ?? [])
    var end = FileError.Place.line(1, column: 1)
    while let line = scanner.nextLine() {
      end = .line(line.number, column: line.endColumn)
      for field in line.fields {
        guard !isCounted || announced != nil else {
          announced = try scanner.integer(
            field, in: 1...stateCount,
            expected: "the number of states in the set, 1 to \(stateCount)")
          continue
        }
        if let announced, states.count == announced {
          throw scanner.error(field, .surplus(field.text, expected: "\(announced) states in all"))
        }
        let state = try scanner.state(field, count: stateCount)
        if let first = lines[state] {
          throw scanner.error(field, .repeated("state \(state + 1)", firstLine: first))
        }
        guard !others.contains(state) else { throw scanner.error(field, .inBothSets(state + 1)) }
        lines[state] = line.number
        states.append(state)
      }
    }
    if let announced, states.count < announced {
      throw FileError(
        file: name, place: end,
        problem: .truncated(expected: "\(announced) states, as announced; found \(states.count)"))
    }
    guard !states.isEmpty else {
      let expected = isCounted ? "the number of states in the set, then the states" : "states"
      throw FileError(file: name, problem: .empty(expected: expected))
    }
    return states
  }

  /// The text of a set: a line per state, from 1.
  package static func setText(_ states: [Int], isCounted: Bool) -> String {
    (isCounted ? "\(states.count)\n" : "") + states.map { "\($0 + 1)\n" }.joined()
  }

  /// One community per state, from 0, in the order of the states.
  package static func communities(_ text: String, name: String, stateCount: Int) throws -> [Int] {
    var scanner = FieldScanner(text, name: name)
    var result: [Int] = []
    let expected = "one community (a number from 0) a line, for each of \(stateCount) states"
    while let line = try scanner.nextLine(of: 1, expected: expected) {
      let field = line.fields[0]
      guard result.count < stateCount else {
        throw scanner.error(field, .surplus(field.text, expected: expected))
      }
      result.append(try scanner.integer(field, in: 0...Int(Int32.max), expected: expected))
    }
    guard !result.isEmpty else { throw FileError(file: name, problem: .empty(expected: expected)) }
    guard result.count == stateCount else {
      throw scanner.endError(.truncated(expected: expected + "; found \(result.count)"))
    }
    return result
  }

  /// One value per line.
  package static func lines(_ values: some Sequence<some LosslessStringConvertible>) -> String {
    values.map { $0.description + "\n" }.joined()
  }

  /// One logarithm of a probability per state, in the order of the states.
  package static func logProbabilities(_ text: String, name: String) throws -> [Double] {
    var scanner = FieldScanner(text, name: name)
    var result: [Double] = []
    let expected = "the natural logarithm of a probability (a number up to 0, or -inf)"
    while let line = try scanner.nextLine(of: 1, expected: expected) {
      let field = line.fields[0]
      let value = try scanner.logarithm(field, expected: expected)
      // Programs that sum in doubles may give a certain state slightly more than 1.
      guard value < 1e-6 else {
        throw scanner.error(field, .invalid(field.text, expected: expected))
      }
      result.append(value)
    }
    guard !result.isEmpty else { throw FileError(file: name, problem: .empty(expected: expected)) }
    return result
  }
}
