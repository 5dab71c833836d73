import CSymbolic

/// A formula as the symbolic library reads it.
///
/// What depends on no variable becomes a symbol of its own, whatever its value; sums inside other
/// things, and products inside products, are grouped, so that they keep their form.
struct SymbolicInput {
  private(set) var nodes: [metastability_symbolic_node] = []
  private(set) var children: [Int32] = []
  /// For each node the operation that has its value, if it may be used in its place.
  private(set) var operations: [Int?] = []
  private(set) var symbolCount: Int
  private(set) var root: Int32 = 0

  private let expression: FormulaExpression
  private var constants: [Int: Int32] = [:]
  private var variables: [Int: Int32] = [:]

  /// Products of more factors are cut into groups, because the second derivatives of a flat product
  /// grow with the third power of their number.
  private static let largestProduct = 8

  /// Translates a formula.
  ///
  /// - Parameters:
  ///   - expression: The parsed formula.
  ///   - inserted: The operation of each of its nodes.
  ///   - variableCount: The number of variables, which are the first symbols.
  init(_ expression: FormulaExpression, inserted: [Int], variableCount: Int) {
    self.expression = expression
    symbolCount = variableCount
    var translated: [Int32] = []
    translated.reserveCapacity(expression.nodes.count)
    for (index, node) in expression.nodes.enumerated() {
      let operation = inserted[index]
      if expression.values[index] != nil {
        translated.append(constant(operation))
        continue
      }
      translated.append(translate(node, operation: operation, translated))
    }
    root = translated[expression.root]
  }

  private mutating func translate(
    _ node: FormulaExpression.Node, operation: Int, _ translated: [Int32]
  ) -> Int32 {
    switch node {
    case .constant, .pi: return constant(operation)
    case .variable(let index):
      if let known = variables[index] { return known }
      let symbol = append(METASTABILITY_SYMBOLIC_SYMBOL, index: Int32(index), [], operation)
      variables[index] = symbol
      return symbol
    case .negated(let a):
      return append(
        METASTABILITY_SYMBOLIC_PRODUCT, [rational(-1), grouped(a, translated)], operation)
    case .sum(let terms):
      let operands = terms.map { term in
        let operand = grouped(term.node, translated)
        return term.negative
          ? append(METASTABILITY_SYMBOLIC_PRODUCT, [rational(-1), operand], nil) : operand
      }
      return append(METASTABILITY_SYMBOLIC_SUM, operands, operation)
    case .product(let factors):
      let operands = factors.map { factor in
        let operand = grouped(factor.node, translated)
        return factor.divided
          ? append(METASTABILITY_SYMBOLIC_POWER, index: -1, [operand], nil) : operand
      }
      return product(operands, operation)
    case .power(let base, let exponent):
      return append(
        METASTABILITY_SYMBOLIC_POWER, index: Int32(exponent), [translated[base]], operation)
    case .realPower(let base, let exponent):
      return append(
        METASTABILITY_SYMBOLIC_REAL_POWER, [translated[base]], operation, value: exponent)
    case .function(let function, let argument):
      return apply(function.symbol, translated[argument], operation)
    }
  }

  /// A balanced tree of groups of factors.
  private mutating func product(_ factors: [Int32], _ operation: Int?) -> Int32 {
    guard factors.count > Self.largestProduct else {
      return append(METASTABILITY_SYMBOLIC_PRODUCT, factors, operation)
    }
    let size = (factors.count + Self.largestProduct - 1) / Self.largestProduct
    var groups: [Int32] = []
    for start in stride(from: 0, to: factors.count, by: size) {
      let part = Array(factors[start..<min(start + size, factors.count)])
      groups.append(apply(METASTABILITY_SYMBOLIC_GROUP, product(part, nil), nil))
    }
    return append(METASTABILITY_SYMBOLIC_PRODUCT, groups, operation)
  }

  /// A node of the formula, in parentheses if it is a sum or product.
  private mutating func grouped(_ node: Int, _ translated: [Int32]) -> Int32 {
    switch expression.nodes[node] {
    case .sum, .product:
      guard expression.values[node] == nil else { return translated[node] }
      return apply(
        METASTABILITY_SYMBOLIC_GROUP, translated[node], operations[Int(translated[node])])
    default: return translated[node]
    }
  }

  private mutating func constant(_ operation: Int) -> Int32 {
    if let known = constants[operation] { return known }
    let symbol = append(
      METASTABILITY_SYMBOLIC_SYMBOL, index: Int32(symbolCount), [], operation)
    symbolCount += 1
    constants[operation] = symbol
    return symbol
  }

  private mutating func rational(_ value: Double) -> Int32 {
    append(METASTABILITY_SYMBOLIC_RATIONAL, [], nil, value: value, divisor: 1)
  }

  private mutating func apply(
    _ function: metastability_symbolic_function, _ argument: Int32, _ operation: Int?
  ) -> Int32 {
    append(
      METASTABILITY_SYMBOLIC_FUNCTION, index: Int32(function.rawValue), [argument], operation)
  }

  private mutating func append(
    _ kind: metastability_symbolic_kind, index: Int32 = 0, _ list: [Int32], _ operation: Int?,
    value: Double = 0, divisor: Double = 0
  ) -> Int32 {
    nodes.append(
      metastability_symbolic_node(
        kind: Int32(kind.rawValue), index: index, first_child: Int32(children.count),
        child_count: Int32(list.count), value: value, divisor: divisor))
    children += list
    operations.append(operation)
    return Int32(nodes.count - 1)
  }
}

extension FormulaFunction {
  /// The function in the symbolic library.
  fileprivate var symbol: metastability_symbolic_function {
    switch self {
    case .exp: METASTABILITY_SYMBOLIC_EXP
    case .log: METASTABILITY_SYMBOLIC_LOG
    case .sqrt: METASTABILITY_SYMBOLIC_SQRT
    case .sin: METASTABILITY_SYMBOLIC_SIN
    case .cos: METASTABILITY_SYMBOLIC_COS
    case .tan: METASTABILITY_SYMBOLIC_TAN
    case .sinh: METASTABILITY_SYMBOLIC_SINH
    case .cosh: METASTABILITY_SYMBOLIC_COSH
    case .tanh: METASTABILITY_SYMBOLIC_TANH
    case .abs: METASTABILITY_SYMBOLIC_ABS
    }
  }
}
