import LinearAlgebra

/// The text format of a trajectory of discrete states: whole numbers, one per frame, separated by
/// spaces, tabs or line ends; negative where no state is known; `#` starts a comment.
public enum DiscreteTrajectory {
  /// Reads a trajectory.
  ///
  /// - Parameters:
  ///   - text: The contents of the file.
  ///   - name: The name of the file, for messages.
  /// - Returns: The states, frame after frame.
  /// - Throws: `FileError` with the line and the column of the first mistake.
  public static func parse(_ text: String, name: String) throws -> [Int] {
    let expected = "a state, a whole number up to \(EdgeList.largestState); negative for none"
    var scanner = FieldScanner(text, name: name)
    var states: [Int] = []
    while let line = scanner.nextLine() {
      for field in line.fields {
        guard let state = Int(field.text), state <= EdgeList.largestState else {
          throw scanner.error(field, .invalid(field.text, expected: expected))
        }
        states.append(state)
      }
    }
    guard !states.isEmpty else {
      throw FileError(file: name, problem: .empty(expected: "the states of a trajectory"))
    }
    return states
  }
}
