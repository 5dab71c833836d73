import CSymbolic

/// The derivatives of one formula, translated back into operations.
struct SymbolicDerivatives {
  /// A value with a sign that has not been applied.
  private struct Signed {
    var negative: Bool
    var node: Int
  }

  private var graph: OperationGraph
  private let input: SymbolicInput
  private let nodes: [metastability_symbolic_node]
  private let children: [Int32]
  private let outputs: [Int32]
  private var lowered: [Signed] = []

  /// Differentiates a formula.
  ///
  /// - Parameters:
  ///   - expression: The parsed formula.
  ///   - inserted: The operation of each of its nodes.
  ///   - variableCount: The number of variables n.
  ///   - order: 1 for the n first derivatives; 2 for the n(n+1)/2 second ones (i ≤ j, row after
  ///     row) after them.
  ///   - negated: Whether the derivatives of the negative are wanted.
  ///   - graph: Receives the operations.
  /// - Returns: The operations that have the derivatives as their values.
  /// - Throws: `FormulaError` where the derivatives grow beyond all bounds.
  static func insert(
    _ expression: FormulaExpression, inserted: [Int], variableCount: Int, order: Int,
    negated: Bool, into graph: inout OperationGraph
  ) throws(FormulaError) -> [Int] {
    let input = SymbolicInput(expression, inserted: inserted, variableCount: variableCount)
    var result = metastability_symbolic_result()
    var message = [CChar](repeating: 0, count: 256)
    let status = metastability_symbolic_differentiate(
      input.nodes, input.nodes.count, input.children, [input.root], 1, input.symbolCount,
      variableCount, Int32(order), &result, &message, message.count)
    defer { metastability_symbolic_free(&result) }
    guard status == 0 else {
      let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      throw FormulaError(
        formula: expression.formula, column: nil,
        reason: "the formula cannot be differentiated: \(reason)")
    }
    var translation = SymbolicDerivatives(
      graph: graph, input: input,
      nodes: Array(UnsafeBufferPointer(start: result.nodes, count: result.node_count)),
      children: Array(UnsafeBufferPointer(start: result.children, count: result.child_count)),
      outputs: Array(UnsafeBufferPointer(start: result.outputs, count: result.output_count)))
    translation.lowered.reserveCapacity(result.node_count)
    for node in translation.nodes { translation.lowered.append(translation.lower(node)) }
    let derivatives = translation.outputs.map { translation.output(Int($0), negated: negated) }
    graph = translation.graph
    return derivatives
  }

  private init(
    graph: OperationGraph, input: SymbolicInput, nodes: [metastability_symbolic_node],
    children: [Int32], outputs: [Int32]
  ) {
    self.graph = graph
    self.input = input
    self.nodes = nodes
    self.children = children
    self.outputs = outputs
  }

  private mutating func output(_ index: Int, negated: Bool) -> Int {
    if negated, nodes[index].kind == Int32(METASTABILITY_SYMBOLIC_SUM.rawValue) {
      return apply(sum(nodes[index], negated: true))
    }
    var result = lowered[index]
    if negated { result.negative.toggle() }
    return apply(result)
  }

  private mutating func apply(_ value: Signed) -> Int {
    value.negative ? graph.negated(value.node) : value.node
  }

  private func childIndices(_ node: metastability_symbolic_node) -> [Int] {
    let first = Int(node.first_child)
    return children[first..<first + Int(node.child_count)].map(Int.init)
  }

  private mutating func lower(_ node: metastability_symbolic_node) -> Signed {
    switch metastability_symbolic_kind(UInt32(node.kind)) {
    case METASTABILITY_SYMBOLIC_INPUT:
      if let operation = input.operations[Int(node.index)] { return stripped(operation) }
      return lowerInput(Int(node.index))
    case METASTABILITY_SYMBOLIC_RATIONAL:
      return Signed(negative: node.value < 0, node: magnitude(node))
    case METASTABILITY_SYMBOLIC_NUMBER:
      let value = shifted(node)
      return stripped(value)
    case METASTABILITY_SYMBOLIC_SUM: return sum(node, negated: false)
    case METASTABILITY_SYMBOLIC_PRODUCT: return product(childIndices(node).map { lowered[$0] })
    case METASTABILITY_SYMBOLIC_POWER: return power(child(node), Int(node.index))
    case METASTABILITY_SYMBOLIC_REAL_POWER: return realPower(apply(child(node)), node)
    default: return function(node.index, child(node))
    }
  }

  private func child(_ node: metastability_symbolic_node) -> Signed {
    lowered[Int(children[Int(node.first_child)])]
  }

  private func stripped(_ operation: Int) -> Signed {
    if case .unary(.negate, let opposite) = graph.nodes[operation] {
      return Signed(negative: true, node: opposite)
    }
    return Signed(negative: false, node: operation)
  }

  /// A node of the input that is no node of the formula: −u, 1/u or a part of a long product.
  private mutating func lowerInput(_ index: Int) -> Signed {
    let node = input.nodes[index]
    let first = Int(node.first_child)
    var operands: [Signed] = []
    for child in input.children[first..<first + Int(node.child_count)] {
      if let operation = input.operations[Int(child)] {
        operands.append(stripped(operation))
      } else {
        operands.append(lowerInput(Int(child)))
      }
    }
    switch metastability_symbolic_kind(UInt32(node.kind)) {
    case METASTABILITY_SYMBOLIC_RATIONAL:
      return Signed(negative: node.value < 0, node: magnitude(node))
    case METASTABILITY_SYMBOLIC_PRODUCT: return product(operands)
    case METASTABILITY_SYMBOLIC_POWER: return power(operands[0], Int(node.index))
    default: return operands[0]
    }
  }

  private mutating func magnitude(_ node: metastability_symbolic_node) -> Int {
    graph.divide(graph.literal(node.value.magnitude), graph.literal(node.divisor))
  }

  private mutating func shifted(_ node: metastability_symbolic_node) -> Int {
    graph.subtract(graph.literal(node.value), graph.literal(node.divisor))
  }

  private mutating func power(_ base: Signed, _ exponent: Int) -> Signed {
    Signed(
      negative: base.negative && exponent % 2 != 0, node: graph.power(base.node, exponent))
  }

  /// u^(v − k); where that exponent is no double, u^v/u^k.
  private mutating func realPower(_ base: Int, _ node: metastability_symbolic_node) -> Signed {
    var result = graph.realPower(base, node.value)
    if node.divisor != 0 { result = graph.divide(result, graph.power(base, Int(node.divisor))) }
    return stripped(result)
  }

  private mutating func function(_ index: Int32, _ argument: Signed) -> Signed {
    let operation: Operation
    switch metastability_symbolic_function(UInt32(index)) {
    case METASTABILITY_SYMBOLIC_EXP: operation = .exp
    case METASTABILITY_SYMBOLIC_LOG: operation = .log
    case METASTABILITY_SYMBOLIC_SQRT: operation = .squareRoot
    case METASTABILITY_SYMBOLIC_SIN: operation = .sin
    case METASTABILITY_SYMBOLIC_COS: operation = .cos
    case METASTABILITY_SYMBOLIC_TAN: operation = .tan
    case METASTABILITY_SYMBOLIC_SINH: operation = .sinh
    case METASTABILITY_SYMBOLIC_COSH: operation = .cosh
    case METASTABILITY_SYMBOLIC_TANH: operation = .tanh
    case METASTABILITY_SYMBOLIC_ABS: operation = .absolute
    case METASTABILITY_SYMBOLIC_SIGN: operation = .sign
    default: return argument
    }
    return Signed(negative: false, node: graph.function(operation, apply(argument)))
  }

  /// A sum in an order of its own, because the library's differs from run to run.
  private mutating func sum(_ node: metastability_symbolic_node, negated: Bool) -> Signed {
    var terms: [Signed] = []
    var constant = graph.literal(0)
    for child in childIndices(node) {
      var term = lowered[child]
      if negated { term.negative.toggle() }
      if graph.constants[term.node] != nil {
        constant =
          term.negative ? graph.subtract(constant, term.node) : graph.add(constant, term.node)
      } else {
        terms.append(term)
      }
    }
    terms.sort { graph.precedes($0.node, $1.node) }
    if let first = terms.firstIndex(where: { !$0.negative }) {
      terms.insert(terms.remove(at: first), at: 0)
    }
    if !graph.isLiteral(constant, 0) { terms.append(Signed(negative: false, node: constant)) }
    guard var result = terms.first else { return Signed(negative: false, node: constant) }
    if terms.count == 1 { return result }
    var node = apply(result)
    for term in terms.dropFirst() {
      node = term.negative ? graph.subtract(node, term.node) : graph.add(node, term.node)
    }
    result = stripped(node)
    return result
  }

  /// A product: constants first, then the costly factors, which other products share, then the
  /// rest; divisors last.
  private mutating func product(_ factors: [Signed]) -> Signed {
    var negative = false
    var constants: [Int] = []
    var numerators: [Int] = []
    var denominators: [Int] = []
    for factor in factors {
      negative = negative != factor.negative
      if graph.constants[factor.node] != nil {
        constants.append(factor.node)
      } else if case .binary(.divide, let one, let divisor) = graph.nodes[factor.node],
        graph.isLiteral(one, 1)
      {
        denominators.append(divisor)
      } else {
        numerators.append(factor.node)
      }
    }
    var result = graph.literal(1)
    constants.sort { graph.precedes($0, $1) }
    for constant in constants {
      if case .binary(.divide, let one, let divisor) = graph.nodes[constant],
        graph.isLiteral(one, 1)
      {
        result = graph.divide(result, divisor)
      } else {
        result = graph.multiply(result, constant)
      }
    }
    let value = stripped(result)
    negative = negative != value.negative
    result = value.node
    if let literal = graph.literalValue(result), literal < 0 {
      negative.toggle()
      result = graph.literal(-literal)
    }
    numerators.sort { graph.precedes($0, $1) }
    denominators.sort { graph.precedes($0, $1) }
    for factor in numerators { result = graph.multiply(result, factor) }
    if let first = denominators.first {
      let divisor = denominators.dropFirst().reduce(first) { graph.multiply($0, $1) }
      result = graph.divide(result, divisor)
    }
    return Signed(negative: negative, node: result)
  }
}
