import CArguments

/// How results are written to standard output.
enum OutputFormat: String {
  case text
  case json

  /// The format that is asked for; nil, with a message, where there is no such format.
  static func parse(_ word: String?, command: String) -> OutputFormat? {
    guard let word else { return .text }
    guard let format = OutputFormat(rawValue: word) else {
      Message.error("\(command): --format: \"\(word)\" is not known; accepted: text, json")
      return nil
    }
    return format
  }
}

/// Messages on standard error.
enum Message {
  static func error(_ text: String) {
    metastability_print_error(text + "\n")
  }
}
