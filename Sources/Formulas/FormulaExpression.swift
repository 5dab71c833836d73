import Landscapes

/// The functions of the grammar.
enum FormulaFunction: String, CaseIterable {
  case exp, log, sqrt, sin, cos, tan, sinh, cosh, tanh, abs
}

/// A formula after parsing: nodes in a list, children before parents.
///
/// Sums and products hold any number of operands, so that a long formula is not a deep one.
/// Everything that depends on no variable has been evaluated once, so that what is not a finite
/// real number has been refused.
struct FormulaExpression {
  struct Term {
    var negative: Bool
    var node: Int
  }

  struct Factor {
    var divided: Bool
    var node: Int
  }

  enum Node {
    case constant(Double)
    case pi
    case variable(Int)
    case sum([Term])
    case product([Factor])
    case negated(Int)
    case power(base: Int, exponent: Int)
    case realPower(base: Int, exponent: Double)
    case function(FormulaFunction, Int)
  }

  let formula: String
  private(set) var nodes: [Node] = []
  /// The value of nodes that depend on no variable.
  private(set) var values: [Double?] = []
  var root = 0

  init(formula: String) { self.formula = formula }

  /// The largest exponent of a whole power.
  static let largestExponent = 1000

  /// Appends a node.
  ///
  /// - Parameters:
  ///   - node: The node, whose children are there already.
  ///   - column: Where a fault of its value would be shown.
  /// - Returns: Its index.
  /// - Throws: `FormulaError` where it is a constant that is not a finite real number.
  mutating func append(_ node: Node, column: Int) throws(FormulaError) -> Int {
    let value = constantValue(of: node)
    if let value, !value.isFinite {
      throw FormulaError(
        formula: formula, column: column,
        reason: value.isNaN
          ? "\(Self.name(of: node)) is not a real number"
          : "\(Self.name(of: node)) is not a finite number")
    }
    nodes.append(node)
    values.append(value)
    return nodes.count - 1
  }

  private static func name(of node: Node) -> String {
    switch node {
    case .function(let function, _): "this \(function.rawValue)"
    case .power, .realPower: "this power"
    case .sum: "this sum"
    case .product: "this product"
    default: "this"
    }
  }

  private func constantValue(of node: Node) -> Double? {
    switch node {
    case .constant(let value): return value
    case .pi: return .pi
    case .variable: return nil
    case .sum(let terms):
      var result = 0.0
      for term in terms {
        guard let value = values[term.node] else { return nil }
        result += term.negative ? -value : value
      }
      return result
    case .product(let factors):
      var result = 1.0
      for factor in factors {
        guard let value = values[factor.node] else { return nil }
        if factor.divided { result /= value } else { result *= value }
      }
      return result
    case .negated(let node): return values[node].map { -$0 }
    case .power(let base, let exponent):
      return values[base].map { $0.raised(to: exponent) }
    case .realPower(let base, let exponent):
      return values[base].map { $0.raised(to: exponent) }
    case .function(let function, let argument):
      return values[argument].map { Self.evaluate(function, $0) }
    }
  }

  private static func evaluate(_ function: FormulaFunction, _ x: Double) -> Double {
    switch function {
    case .exp: Double.exp(x)
    case .log: Double.log(x)
    case .sqrt: x.squareRoot()
    case .sin: Double.sin(x)
    case .cos: Double.cos(x)
    case .tan: Double.tan(x)
    case .sinh: hyperbolicSine(x)
    case .cosh: hyperbolicCosine(x)
    case .tanh: Double.tanh(x)
    case .abs: x.magnitude
    }
  }
}
