extension OperationGraph {
  /// Adds a formula as it was written: the same operations in the same order.
  ///
  /// - Parameter expression: The parsed formula.
  /// - Returns: The operation of each of its nodes.
  mutating func insert(_ expression: FormulaExpression) -> [Int] {
    var inserted: [Int] = []
    inserted.reserveCapacity(expression.nodes.count)
    for node in expression.nodes {
      switch node {
      case .constant(let value): inserted.append(literal(value))
      case .pi: inserted.append(pi())
      case .variable(let index): inserted.append(variable(index))
      case .negated(let a): inserted.append(negate(inserted[a]))
      case .sum(let terms):
        var result = literal(0)
        for term in terms {
          let value = inserted[term.node]
          result = term.negative ? subtract(result, value) : add(result, value)
        }
        inserted.append(result)
      case .product(let factors):
        var result = literal(1)
        for factor in factors {
          let value = inserted[factor.node]
          result = factor.divided ? divide(result, value) : multiply(result, value)
        }
        inserted.append(result)
      case .power(let base, let exponent): inserted.append(power(inserted[base], exponent))
      case .realPower(let base, let exponent):
        inserted.append(realPower(inserted[base], exponent))
      case .function(let name, let argument):
        inserted.append(function(name.operation, inserted[argument]))
      }
    }
    return inserted
  }
}

extension FormulaFunction {
  /// The operation of the function.
  var operation: Operation {
    switch self {
    case .exp: .exp
    case .log: .log
    case .sqrt: .squareRoot
    case .sin: .sin
    case .cos: .cos
    case .tan: .tan
    case .sinh: .sinh
    case .cosh: .cosh
    case .tanh: .tanh
    case .abs: .absolute
    }
  }
}
