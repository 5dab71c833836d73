/// A word, number or sign of a formula.
struct FormulaToken: Equatable {
  enum Kind: Equatable {
    case number(Double)
    case name(String)
    /// One of `+ - * / ^ ( ) ,`.
    case sign(Character)
    case end
  }

  let kind: Kind
  /// The first character, counted from zero.
  let column: Int
  /// The text, for messages.
  let text: String

  /// The token in a message.
  var quoted: String { kind == .end ? "the end" : "\"\(text)\"" }
}

/// Cuts a formula into tokens.
struct FormulaTokenizer {
  let formula: String
  private let characters: [Character]
  private var position = 0

  init(_ formula: String) {
    self.formula = formula
    characters = Array(formula)
  }

  /// What people type for a sign that the grammar has.
  private static let replacements: [Character: String] = [
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "π": "pi",
    "²": "^2", "³": "^3", "[": "(", "]": ")", "{": "(", "}": ")", "√": "sqrt",
  ]

  /// All tokens, the end included.
  mutating func tokens() throws(FormulaError) -> [FormulaToken] {
    var result: [FormulaToken] = []
    while true {
      let token = try next()
      result.append(token)
      if token.kind == .end { return result }
    }
  }

  private mutating func next() throws(FormulaError) -> FormulaToken {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
    guard position < characters.count else {
      return FormulaToken(kind: .end, column: characters.count, text: "")
    }
    let start = position
    let first = characters[start]
    if Self.isDigit(first) || (first == "." && digit(at: start + 1)) { return try number() }
    if Self.isNameStart(first) {
      while position < characters.count, Self.isNamePart(characters[position]) { position += 1 }
      let text = String(characters[start..<position])
      return FormulaToken(kind: .name(text), column: start, text: text)
    }
    guard "+-*/^(),".contains(first) else {
      var reason = "unexpected character \"\(first)\""
      if let replacement = Self.replacements[first] { reason += "; write \(replacement)" }
      throw FormulaError(formula: formula, column: start, reason: reason)
    }
    position += 1
    return FormulaToken(kind: .sign(first), column: start, text: String(first))
  }

  /// Digits, at most one point, and an exponent where one follows in full: the `e` of `2exp(x)`
  /// starts a name.
  private mutating func number() throws(FormulaError) -> FormulaToken {
    let start = position
    skipDigits()
    if position < characters.count, characters[position] == "." {
      position += 1
      skipDigits()
    }
    if position < characters.count, characters[position] == "e" || characters[position] == "E" {
      let signed = position + 1 < characters.count && "+-".contains(characters[position + 1])
      if digit(at: position + (signed ? 2 : 1)) {
        position += signed ? 2 : 1
        skipDigits()
      }
    }
    let text = String(characters[start..<position])
    if position < characters.count, characters[position] == "." {
      throw FormulaError(
        formula: formula, column: position, reason: "a second point in the number \(text)")
    }
    guard let value = Double(text.last == "." ? text + "0" : text), value.isFinite else {
      throw FormulaError(
        formula: formula, column: start,
        reason: "the number \(text) is too large; the largest is 1.8e308")
    }
    return FormulaToken(kind: .number(value), column: start, text: text)
  }

  private mutating func skipDigits() {
    while digit(at: position) { position += 1 }
  }

  private func digit(at index: Int) -> Bool {
    index < characters.count && Self.isDigit(characters[index])
  }

  private static func isDigit(_ character: Character) -> Bool {
    character >= "0" && character <= "9" && character.isASCII
  }

  static func isNameStart(_ character: Character) -> Bool {
    (character.isLetter || character == "_") && replacements[character] == nil
  }

  static func isNamePart(_ character: Character) -> Bool {
    isNameStart(character) || isDigit(character)
  }

  /// Whether a text can be the name of a variable or parameter.
  static func isName(_ text: String) -> Bool {
    guard let first = text.first, isNameStart(first) else { return false }
    return text.allSatisfy(isNamePart)
  }
}
