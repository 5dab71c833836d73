/// The names that a formula may use: variables, parameters, functions and `pi`.
struct FormulaNames {
  private(set) var variables: [String]
  let parameters: [String: Double]
  private var indices: [String: Int]
  /// Whether unknown names become variables.
  private let inferring: Bool

  static let functions = FormulaFunction.allCases.map(\.rawValue)

  /// Checks the names.
  ///
  /// - Parameters:
  ///   - variables: The variables in order; empty: those that the formulas use, in order of
  ///     appearance.
  ///   - parameters: The parameters with their values.
  ///   - formula: The formula that a fault is reported with.
  /// - Throws: `FormulaError` without a column.
  init(variables: [String], parameters: [String: Double], formula: String) throws(FormulaError) {
    func fault(_ reason: String) -> FormulaError {
      FormulaError(formula: formula, column: nil, reason: reason)
    }
    self.variables = variables
    self.parameters = parameters
    inferring = variables.isEmpty
    indices = [:]
    let named =
      variables.map { ("variable", $0) } + parameters.keys.sorted().map { ("parameter", $0) }
    for (kind, name) in named {
      guard FormulaTokenizer.isName(name) else {
        throw fault(
          "the \(kind) \"\(name)\" is not a name; a name is a letter or _, then letters, digits "
            + "and _")
      }
      if name == "pi" || Self.functions.contains(name) {
        throw fault(
          "the \(kind) \"\(name)\" has the name of a \(name == "pi" ? "number" : "function"); "
            + "choose another name")
      }
    }
    for (index, name) in variables.enumerated() {
      if indices.updateValue(index, forKey: name) != nil {
        throw fault("the variable \"\(name)\" is listed twice")
      }
      if parameters[name] != nil {
        throw fault("\"\(name)\" is a variable and a parameter; choose another name for one")
      }
    }
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) where !value.isFinite {
      throw fault("the parameter \"\(name)\" is \(value); accepted: a finite number")
    }
  }

  /// The index of a variable; a new one where variables are inferred.
  mutating func variable(_ name: String) -> Int? {
    if let index = indices[name] { return index }
    guard inferring else { return nil }
    indices[name] = variables.count
    variables.append(name)
    return variables.count - 1
  }

  /// Whether a name is a variable or parameter that is known so far.
  func isKnown(_ name: String) -> Bool { indices[name] != nil || parameters[name] != nil }

  /// All names, for a message.
  var list: String {
    (variables + parameters.keys.sorted() + ["pi"] + Self.functions).joined(separator: ", ")
  }
}
