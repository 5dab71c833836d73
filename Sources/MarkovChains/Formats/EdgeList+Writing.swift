import LinearAlgebra

extension EdgeList {
  /// The text of a chain, so that reading it again gives the same rates to the last bit.
  ///
  /// - Parameter chain: The chain. Where its last state takes part in no transition, a transition
  ///   with the rate 0 keeps it in the text.
  /// - Returns: The text, tab-separated, with a comment as its first line.
  /// - Throws: `EdgeListError` for a chain of a single state, which has no transition to write.
  public static func text(of chain: MarkovChain) throws -> String {
    guard chain.stateCount > 1 else {
      throw EdgeListError(name: "edge list", line: 1, column: 1, problem: .noTransitions)
    }
    var text = "# from\tto\tnatural logarithm of the rate\n"
    var largest = 0
    for transition in chain.transitions {
      text += "\(transition.from)\t\(transition.to)\t\(transition.logRate)\n"
      largest = max(largest, transition.from, transition.to)
    }
    let last = chain.stateCount - 1
    if largest < last { text += "\(last)\t\(last - 1)\t-inf\n" }
    return text
  }

  /// Reads a file.
  ///
  /// - Parameter path: The file.
  /// - Returns: The chain.
  /// - Throws: `EdgeListError` with the line and the column of the first mistake; `FileError` where
  ///   the file cannot be read.
  public static func read(file path: String) throws -> MarkovChain {
    try parse(FileContents.text(path: path), name: path)
  }

  /// Writes a file.
  ///
  /// - Parameters:
  ///   - chain: The chain, see `text(of:)`.
  ///   - path: The file, which is replaced.
  /// - Throws: `EdgeListError` for a chain of a single state; `FileError` where the file cannot be
  ///   written.
  public static func write(_ chain: MarkovChain, file path: String) throws {
    try FileContents.write(Array(text(of: chain).utf8), path: path)
  }
}
