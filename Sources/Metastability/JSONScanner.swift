/// A walk over JSON5 text that says where it is wrong and which keys stand twice in one object.
///
/// The values are read by Foundation's decoder, which gives no positions and takes one of two equal
/// keys without a word.
struct JSONScanner {
  /// Something that is wrong, and where.
  struct Fault: Error, Equatable {
    let line: Int
    let column: Int
    let reason: String

    var description: String { "line \(line), column \(column): \(reason)" }
  }

  private let characters: [Character]
  private var position = 0
  /// The keys that stand more than once in their object.
  private(set) var repeatedKeys: [Fault] = []

  init(_ text: String) { characters = Array(text) }

  /// Walks over the text.
  ///
  /// - Throws: A `Fault` at the first place that cannot be read.
  mutating func scan() throws(Fault) {
    try space()
    try value(depth: 0)
    try space()
    if position < characters.count {
      throw fault("\(found) after the end of the value; is a bracket closed too early?")
    }
  }

  private var current: Character? {
    position < characters.count ? characters[position] : nil
  }

  private var found: String {
    current.map { $0.isNewline ? "the line ends" : "\"\($0)\" stands here" } ?? "the text ends here"
  }

  private func fault(_ reason: String, at place: Int? = nil) -> Fault {
    let before = characters[..<min(place ?? position, characters.count)]
    let line = before.count(where: \.isNewline) + 1
    let start = before.lastIndex(where: \.isNewline).map { $0 + 1 } ?? 0
    return Fault(line: line, column: before.count - start + 1, reason: reason)
  }

  /// Passes white space and comments.
  private mutating func space() throws(Fault) {
    while let character = current {
      if character.isWhitespace {
        position += 1
      } else if character == "/", position + 1 < characters.count,
        characters[position + 1] == "/"
      {
        while let next = current, !next.isNewline { position += 1 }
      } else if character == "/", position + 1 < characters.count,
        characters[position + 1] == "*"
      {
        let start = position
        position += 2
        while position + 1 < characters.count,
          !(characters[position] == "*" && characters[position + 1] == "/")
        {
          position += 1
        }
        guard position + 1 < characters.count else {
          throw fault("a comment /* is not closed", at: start)
        }
        position += 2
      } else {
        return
      }
    }
  }

  private mutating func value(depth: Int) throws(Fault) {
    guard depth < 200 else { throw fault("brackets are nested more than 200 deep") }
    switch current {
    case "{": try object(depth: depth)
    case "[": try list(depth: depth)
    case "\"", "'": _ = try string()
    default:
      let start = position
      let word = self.word()
      let digits = word.drop { $0 == "+" || $0 == "-" }
      let isNumber = digits.first.map { $0.isASCII && ($0.isNumber || $0 == ".") } ?? false
      let isName = ["true", "false", "null", "NaN", "Infinity"].contains(String(digits))
      guard isNumber || isName else {
        if word.isEmpty { throw fault("expected a value; \(found)") }
        throw fault("\"\(word)\" is no value; texts stand in quotes", at: start)
      }
      if isNumber, !Self.isNumber(digits, signs: word.count - digits.count) {
        throw fault("\"\(word)\" is no number, or beyond 1.8e308", at: start)
      }
    }
  }

  /// Whether the text is a number of JSON5 that a double can hold.
  private static func isNumber(_ digits: Substring, signs: Int) -> Bool {
    guard signs <= 1 else { return false }
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      return UInt64(digits.dropFirst(2), radix: 16) != nil
    }
    let mantissa = digits.prefix { $0 != "e" && $0 != "E" }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, mantissa.contains(where: \.isNumber), let whole = parts.first,
      whole.count <= 1 || whole.first != "0"
    else { return false }
    guard digits.allSatisfy({ $0.isNumber || ".eE+-".contains($0) }) else { return false }
    let text = (digits.hasPrefix(".") ? "0" : "") + digits
    let padded = text.replacing(".e", with: ".0e").replacing(".E", with: ".0E")
    return Double(padded.hasSuffix(".") ? padded + "0" : padded).map(\.isFinite) ?? false
  }

  private mutating func word() -> String {
    let start = position
    while let character = current,
      character.isLetter || character.isNumber || "_$+-.".contains(character)
    {
      position += 1
    }
    return String(characters[start..<position])
  }

  private mutating func string() throws(Fault) -> String {
    let start = position
    let quote = current
    var text = ""
    position += 1
    while let character = current, character != quote {
      if character.isNewline { throw fault("a text is not closed on its line", at: start) }
      if character == "\\" {
        text.append(character)
        position += 1
      }
      if let next = current { text.append(next) }
      position += 1
    }
    guard current == quote else { throw fault("a text is not closed", at: start) }
    position += 1
    return text
  }

  private mutating func list(depth: Int) throws(Fault) {
    let start = position
    position += 1
    try space()
    while current != "]" {
      guard current != nil else { throw fault("a list [ is not closed", at: start) }
      try value(depth: depth + 1)
      try space()
      if current == "," {
        position += 1
        try space()
      } else if current != "]" {
        throw fault("expected \",\" or \"]\"; \(found)")
      }
    }
    position += 1
  }

  private mutating func object(depth: Int) throws(Fault) {
    let start = position
    var keys: Set<String> = []
    position += 1
    try space()
    while current != "}" {
      guard current != nil else { throw fault("an object { is not closed", at: start) }
      let place = position
      let key = current == "\"" || current == "'" ? try string() : word()
      if key.isEmpty { throw fault("expected a key; \(found)") }
      if !keys.insert(key).inserted {
        repeatedKeys.append(fault("the key \"\(key)\" stands twice in one object", at: place))
      }
      try space()
      guard current == ":" else { throw fault("expected \":\" after \"\(key)\"; \(found)") }
      position += 1
      try space()
      try value(depth: depth + 1)
      try space()
      if current == "," {
        position += 1
        try space()
      } else if current != "}" {
        throw fault("expected \",\" or \"}\"; \(found)")
      }
    }
    position += 1
  }
}
