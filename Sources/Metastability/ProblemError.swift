/// A problem file that cannot be used, with the key that is wrong and the reason.
public struct ProblemError: Error, Equatable, CustomStringConvertible {
  /// The name of the file.
  public let file: String
  /// The path of the key, for instance `landscape.domain[1]`; empty for the file as a whole.
  public let key: String
  /// What is wrong and what would be accepted.
  public let reason: String

  /// Creates an error.
  public init(file: String, key: String, reason: String) {
    self.file = file
    self.key = key
    self.reason = reason
  }

  /// A sentence for the user.
  public var description: String {
    key.isEmpty ? "\(file): \(reason)" : "\(file): \(key): \(reason)"
  }
}

/// An analysis that cannot be carried out although the problem is well formed.
public struct AnalysisError: Error, Equatable, CustomStringConvertible {
  /// What failed and what to change.
  public let description: String

  /// Creates an error from a sentence.
  public init(_ description: String) { self.description = description }
}
