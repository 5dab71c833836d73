import Landscapes

/// A recursive-descent parser.
///
///     sum     = product { ("+" | "-") product }
///     product = signed { ("*" | "/") signed }
///     signed  = { "+" | "-" } power
///     power   = atom [ "^" signed ]
///     atom    = number | name | function "(" sum ")" | "(" sum ")"
///
/// A sign binds weaker than a power, −x² = −(x²), and powers group from the right.
struct FormulaParser {
  private let tokens: [FormulaToken]
  private var position = 0
  private var depth = 0
  private var expression: FormulaExpression
  private var names: FormulaNames

  /// How deep parentheses, functions and powers may be nested.
  static let largestDepth = 200

  /// Parses a formula.
  ///
  /// - Parameters:
  ///   - formula: The text.
  ///   - names: The known names; inferred variables are added.
  /// - Returns: The checked expression.
  /// - Throws: `FormulaError` with the position of the first fault.
  static func parse(
    _ formula: String, names: inout FormulaNames
  ) throws(FormulaError) -> FormulaExpression {
    var tokenizer = FormulaTokenizer(formula)
    var parser = FormulaParser(
      tokens: try tokenizer.tokens(), expression: FormulaExpression(formula: formula),
      names: names)
    let result = try parser.whole()
    names = parser.names
    return result
  }

  private init(tokens: [FormulaToken], expression: FormulaExpression, names: FormulaNames) {
    self.tokens = tokens
    self.expression = expression
    self.names = names
  }

  private var token: FormulaToken { tokens[position] }

  private func fault(_ column: Int, _ reason: String) -> FormulaError {
    FormulaError(formula: expression.formula, column: column, reason: reason)
  }

  private func at(_ sign: Character) -> Bool { token.kind == .sign(sign) }

  private mutating func whole() throws(FormulaError) -> FormulaExpression {
    if token.kind == .end { throw fault(0, "the formula is empty; write an expression like x^2") }
    expression.root = try sum()
    guard token.kind == .end else { throw unexpected() }
    return expression
  }

  /// What stands where an operator, a closing parenthesis or the end should be.
  private func unexpected() -> FormulaError {
    switch token.kind {
    case .number, .name, .sign("("):
      let left = tokens[position - 1].text
      let right = token.text == "(" ? "(…)" : token.text
      return fault(
        token.column,
        "an operator is missing; write \(left == ")" ? "(…)" : left)*\(right) for a product")
    case .sign(")"):
      return fault(token.column, "there is no \"(\" for this \")\"")
    case .sign(","):
      return fault(
        token.column,
        "unexpected \",\"; every function takes 1 argument, and decimals have a point")
    default:
      return fault(token.column, "unexpected \(token.quoted)")
    }
  }

  private mutating func sum() throws(FormulaError) -> Int {
    let column = token.column
    var terms = [FormulaExpression.Term(negative: false, node: try product())]
    while at("+") || at("-") {
      let negative = at("-")
      position += 1
      terms.append(.init(negative: negative, node: try product()))
    }
    return terms.count == 1 ? terms[0].node : try expression.append(.sum(terms), column: column)
  }

  private mutating func product() throws(FormulaError) -> Int {
    let column = token.column
    var factors = [FormulaExpression.Factor(divided: false, node: try signed())]
    while at("*") || at("/") {
      let divided = at("/")
      position += 1
      if at("*") { throw fault(token.column, "unexpected \"*\"; powers are written with ^") }
      let divisor = token.column
      let factor = try signed()
      if divided, expression.values[factor] == 0 {
        throw fault(divisor, "division by zero")
      }
      factors.append(.init(divided: divided, node: factor))
    }
    return factors.count == 1
      ? factors[0].node : try expression.append(.product(factors), column: column)
  }

  private mutating func signed() throws(FormulaError) -> Int {
    let column = token.column
    var negative = false
    while at("+") || at("-") {
      if at("-") { negative.toggle() }
      position += 1
    }
    let node = try power()
    guard negative else { return node }
    if case .constant(let value) = expression.nodes[node] {
      return try expression.append(.constant(-value), column: column)
    }
    return try expression.append(.negated(node), column: column)
  }

  private mutating func power() throws(FormulaError) -> Int {
    let column = token.column
    let base = try atom()
    guard at("^") else { return base }
    position += 1
    let exponentColumn = token.column
    try descend()
    let exponent = try signed()
    depth -= 1
    return try raise(base, to: exponent, column: column, exponentColumn: exponentColumn)
  }

  private mutating func raise(
    _ base: Int, to exponent: Int, column: Int, exponentColumn: Int
  ) throws(FormulaError) -> Int {
    if let value = expression.values[exponent] {
      if expression.values[base] == 0, value < 0 { throw fault(column, "division by zero") }
      guard value == value.rounded() else {
        return value == 0.5
          ? try expression.append(.function(.sqrt, base), column: column)
          : try expression.append(.realPower(base: base, exponent: value), column: column)
      }
      let largest = FormulaExpression.largestExponent
      guard let whole = Int(exactly: value), abs(whole) <= largest else {
        throw fault(exponentColumn, "the exponent is \(value); accepted: -\(largest) to \(largest)")
      }
      if whole == 0 { return try expression.append(.constant(1), column: column) }
      if whole == 1 { return base }
      return try expression.append(.power(base: base, exponent: whole), column: column)
    }
    // u^v = exp(v·log u) where v depends on a variable.
    if let value = expression.values[base], value <= 0 {
      throw fault(
        column, "the base is \(value); with a variable in the exponent it must be positive")
    }
    let logarithm = try expression.append(.function(.log, base), column: column)
    let product = try expression.append(
      .product([.init(divided: false, node: exponent), .init(divided: false, node: logarithm)]),
      column: column)
    return try expression.append(.function(.exp, product), column: column)
  }

  private mutating func descend() throws(FormulaError) {
    depth += 1
    if depth > Self.largestDepth {
      throw fault(token.column, "nested deeper than \(Self.largestDepth) levels")
    }
  }

  private mutating func atom() throws(FormulaError) -> Int {
    let token = token
    switch token.kind {
    case .number(let value):
      position += 1
      return try expression.append(.constant(value), column: token.column)
    case .name(let name):
      position += 1
      return try named(name, at: token.column)
    case .sign("("):
      position += 1
      return try parenthesized(opening: token.column)
    case .sign(")") where position > 0 && tokens[position - 1].kind == .sign("("):
      throw fault(token.column, "nothing between the parentheses")
    case .sign(","):
      throw fault(
        token.column,
        "unexpected \",\"; every function takes 1 argument, and decimals have a point")
    default:
      let expected = "a number, a name or \"(\""
      guard position > 0 else {
        throw fault(token.column, "expected \(expected), found \(token.quoted)")
      }
      throw fault(
        token.column,
        "expected \(expected) after \(tokens[position - 1].quoted), found \(token.quoted)")
    }
  }

  /// What follows an opening parenthesis.
  private mutating func parenthesized(opening: Int) throws(FormulaError) -> Int {
    try descend()
    let node = try sum()
    if token.kind == .end {
      throw fault(token.column, "missing \")\" for the \"(\" in column \(opening)")
    }
    guard at(")") else { throw unexpected() }
    position += 1
    depth -= 1
    return node
  }

  private mutating func named(_ name: String, at column: Int) throws(FormulaError) -> Int {
    if let function = FormulaFunction(rawValue: name) {
      return try call(function, column: column)
    }
    if name == "pi" { return try expression.append(.pi, column: column) }
    if let value = names.parameters[name] {
      return try expression.append(.constant(value), column: column)
    }
    if at("("), !names.isKnown(name) {
      throw fault(
        column,
        "unknown function \"\(name)\"; known: \(FormulaNames.functions.joined(separator: ", "))")
    }
    guard let index = names.variable(name) else {
      throw fault(column, "unknown name \"\(name)\"; known: \(names.list)")
    }
    return try expression.append(.variable(index), column: column)
  }

  private mutating func call(
    _ function: FormulaFunction, column: Int
  ) throws(FormulaError) -> Int {
    let name = function.rawValue
    guard at("(") else {
      throw fault(token.column, "\(name) needs its argument in parentheses: \(name)(…)")
    }
    let opening = token.column
    position += 1
    if at(")") { throw fault(token.column, "\(name) takes 1 argument, found none") }
    try descend()
    let argument = try sum()
    if at(",") { throw fault(token.column, "\(name) takes 1 argument, found more") }
    if token.kind == .end {
      throw fault(token.column, "missing \")\" for the \"(\" in column \(opening)")
    }
    guard at(")") else { throw unexpected() }
    position += 1
    depth -= 1
    return try expression.append(.function(function, argument), column: column)
  }
}
