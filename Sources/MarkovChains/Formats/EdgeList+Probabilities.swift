import LinearAlgebra

extension EdgeList {
  /// Reads a chain in discrete time: one transition a line.
  ///
  ///     # from  to  natural logarithm of the probability
  ///     0       0   -0.01
  ///     0       1   -4.610166
  ///     1       1    0
  ///
  /// States count from 0, transitions of a state to itself included; those that are left out have
  /// the probability 0, and each may stand once.
  ///
  /// - Parameters:
  ///   - text: The contents of the file.
  ///   - name: The name of the file, for messages.
  /// - Returns: The chain.
  /// - Throws: `FileError` with the line and the column of the first mistake;
  ///   `DiscreteTimeChainError` where the probabilities out of a state do not add up to 1 or a
  ///   transition stands twice.
  public static func parseProbabilities(_ text: String, name: String) throws -> DiscreteTimeChain {
    let expected = "from, to, natural logarithm of the probability"
    let range = "the natural logarithm of a probability, a number up to 0 or -inf"
    var scanner = FieldScanner(text, name: name)
    var transitions: [DiscreteTimeChain.Transition] = []
    var largest = -1
    while let line = try scanner.nextLine(of: 3, expected: expected) {
      func state(_ field: FieldScanner.Field) throws -> Int {
        guard field.text.utf8.allSatisfy({ (48...57).contains($0) }), let state = Int(field.text),
          state <= largestState
        else {
          throw scanner.error(
            field, .invalid(field.text, expected: "a state, a whole number from 0"))
        }
        return state
      }
      let from = try state(line.fields[0])
      let to = try state(line.fields[1])
      let value = try scanner.logarithm(line.fields[2], expected: range)
      guard value <= 0 else {
        throw scanner.error(line.fields[2], .invalid(line.fields[2].text, expected: range))
      }
      largest = max(largest, from, to)
      transitions.append(.init(from: from, to: to, logProbability: value))
    }
    guard largest >= 0 else {
      throw FileError(file: name, problem: .empty(expected: expected))
    }
    return try DiscreteTimeChain(stateCount: largest + 1, transitions: transitions)
  }
}
