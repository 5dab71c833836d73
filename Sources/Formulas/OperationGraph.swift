import Landscapes

/// The operations of one or more formulas, each different one once.
///
/// Operations that depend on no variable are kept as operations, unless their result is exact: an
/// interval then encloses what the formula says, not what it was rounded to.
struct OperationGraph {
  enum Node: Hashable {
    case literal(UInt64)
    case variable(Int)
    case unary(Operation, Int)
    case binary(Operation, Int, Int)
    case power(Int, Int)
    case realPower(Int, UInt64)
  }

  private(set) var nodes: [Node] = []
  /// The value of what depends on no variable.
  private(set) var constants: [Double?] = []
  /// A hash of the structure, the same in every run.
  private(set) var keys: [UInt64] = []
  private var known: [Node: Int] = [:]

  // MARK: Leaves

  mutating func literal(_ value: Double) -> Int {
    // One zero: the sign of a literal zero has no meaning in a formula.
    intern(.literal((value == 0 ? 0 : value).bitPattern), constant: value)
  }

  mutating func variable(_ index: Int) -> Int { intern(.variable(index), constant: nil) }

  /// π, as a sum of two doubles, so that it is right to 32 digits.
  mutating func pi() -> Int {
    let high = literal(.pi)
    let low = literal(1.2246467991473532e-16)
    return intern(.binary(.add, high, low), constant: .pi)
  }

  /// Whether a node is the literal `value`.
  func isLiteral(_ node: Int, _ value: Double) -> Bool { literalValue(node) == value }

  /// The value of a literal.
  func literalValue(_ node: Int) -> Double? {
    if case .literal(let bits) = nodes[node] { Double(bitPattern: bits) } else { nil }
  }

  // MARK: Arithmetic

  mutating func add(_ a: Int, _ b: Int) -> Int {
    if isLiteral(a, 0) { return b }
    if isLiteral(b, 0) { return a }
    if case .unary(.negate, let c) = nodes[b] { return subtract(a, c) }
    if case .unary(.negate, let c) = nodes[a] { return subtract(b, c) }
    if let p = literalValue(a), let q = literalValue(b) {
      let sum = p + q
      let back = sum - p
      if sum.isFinite, (p - (sum - back)) + (q - back) == 0 { return literal(sum) }
    }
    return binary(.add, a, b)
  }

  mutating func subtract(_ a: Int, _ b: Int) -> Int {
    if isLiteral(b, 0) { return a }
    if isLiteral(a, 0) { return negate(b) }
    if case .unary(.negate, let c) = nodes[b] { return add(a, c) }
    if let q = literalValue(b), literalValue(a) != nil { return add(a, literal(-q)) }
    return binary(.subtract, a, b)
  }

  mutating func multiply(_ a: Int, _ b: Int) -> Int {
    if isLiteral(a, 0) || isLiteral(b, 0) { return literal(0) }
    if isLiteral(a, 1) { return b }
    if isLiteral(b, 1) { return a }
    if isLiteral(a, -1) { return negate(b) }
    if isLiteral(b, -1) { return negate(a) }
    if let p = literalValue(a), let q = literalValue(b) {
      let product = p * q
      if Self.isExact(product, p, q) { return literal(product) }
    }
    // Repeated factors are powers, which intervals enclose tightly.
    if a == b { return power(a, 2) }
    let (x, m) = baseAndExponent(a)
    let (y, n) = baseAndExponent(b)
    if x == y, m > 0, n > 0, constants[x] == nil { return power(x, m + n) }
    return binary(.multiply, a, b)
  }

  mutating func divide(_ a: Int, _ b: Int) -> Int {
    if isLiteral(b, 1) { return a }
    if isLiteral(b, -1) { return negate(a) }
    if let p = literalValue(a), let q = literalValue(b), q != 0 {
      let quotient = p / q
      if Self.isExact(p, quotient, q) { return literal(quotient) }
    }
    return binary(.divide, a, b)
  }

  /// Whether `product` is p·q without rounding (and far from where the test itself underflows).
  private static func isExact(_ product: Double, _ p: Double, _ q: Double) -> Bool {
    guard product.isFinite, product.magnitude > 1e-200 || product == 0 && (p == 0 || q == 0)
    else { return false }
    return (-product).addingProduct(p, q) == 0
  }

  mutating func negate(_ a: Int) -> Int {
    if let value = literalValue(a) { return literal(-value) }
    switch nodes[a] {
    case .unary(.negate, let b): return b
    case .binary(.subtract, let b, let c): return binary(.subtract, c, b)
    default: return unary(.negate, a)
    }
  }

  mutating func power(_ base: Int, _ exponent: Int) -> Int {
    if exponent == 0 { return literal(1) }
    if exponent == 1 { return base }
    if exponent < 0 { return divide(literal(1), power(base, -exponent)) }
    if let value = literalValue(base) {
      let square = value * value
      if exponent == 2, Self.isExact(square, value, value) { return literal(square) }
      if value == 1 || value == 0 { return base }
    }
    // The sign of a negated base does not matter to an even power.
    if case .unary(.negate, let opposite) = nodes[base], exponent % 2 == 0 {
      return power(opposite, exponent)
    }
    let node: Node = exponent == 2 ? .unary(.square, base) : .power(base, exponent)
    return intern(node, constant: constants[base].map { $0.raised(to: exponent) })
  }

  /// A power with an exponent that is not whole. Half-integer ones are a product with a square
  /// root, which is faster and more accurate than the general power.
  mutating func realPower(_ base: Int, _ exponent: Double) -> Int {
    if exponent == exponent.rounded(), exponent.magnitude <= 1e9 {
      return power(base, Int(exponent))
    }
    let doubled = 2 * exponent.magnitude
    if doubled == doubled.rounded(), doubled < 32 {
      let root = unary(.squareRoot, base)
      let whole = power(base, Int((doubled - 1) / 2))
      let result = multiply(whole, root)
      return exponent > 0 ? result : divide(literal(1), result)
    }
    return intern(
      .realPower(base, exponent.bitPattern),
      constant: constants[base].map { $0.raised(to: exponent) })
  }

  mutating func function(_ operation: Operation, _ argument: Int) -> Int {
    unary(operation, argument)
  }

  private func baseAndExponent(_ node: Int) -> (base: Int, exponent: Int) {
    switch nodes[node] {
    case .unary(.square, let base): (base, 2)
    case .power(let base, let exponent): (base, exponent)
    default: (node, 1)
    }
  }

  /// The negative, with the sign in a constant factor if there is one.
  mutating func negated(_ a: Int) -> Int {
    var factors: [(operation: Operation, operand: Int)] = []
    var node = a
    while case .binary(let operation, let left, let right) = nodes[node],
      operation == .multiply || operation == .divide
    {
      if constants[left] != nil {
        let sign = negate(left)
        var result = operation == .multiply ? multiply(sign, right) : divide(sign, right)
        for factor in factors.reversed() {
          result =
            factor.operation == .multiply
            ? multiply(result, factor.operand) : divide(result, factor.operand)
        }
        return result
      }
      factors.append((operation, right))
      node = left
    }
    return negate(a)
  }

  /// An order of factors and terms that is the same in every run: functions first, sums, other
  /// things, variables.
  func precedes(_ a: Int, _ b: Int) -> Bool {
    let (p, q) = (rank(a), rank(b))
    return p != q ? p < q : keys[a] < keys[b]
  }

  private func rank(_ node: Int) -> Int {
    switch nodes[node] {
    case .unary(.square, _), .unary(.negate, _), .power: 2
    case .unary, .realPower: 0
    case .binary(.add, _, _), .binary(.subtract, _, _): 1
    case .binary: 2
    case .variable, .literal: 3
    }
  }

  // MARK: Storage

  private mutating func unary(_ operation: Operation, _ a: Int) -> Int {
    intern(
      .unary(operation, a), constant: constants[a].map { Self.evaluate(operation, $0, $0) })
  }

  private mutating func binary(_ operation: Operation, _ a: Int, _ b: Int) -> Int {
    var value: Double?
    if let p = constants[a], let q = constants[b] { value = Self.evaluate(operation, p, q) }
    return intern(.binary(operation, a, b), constant: value)
  }

  private static func evaluate(_ operation: Operation, _ a: Double, _ b: Double) -> Double {
    compute(operation, a, b)
  }

  private mutating func intern(_ node: Node, constant: Double?) -> Int {
    var canonical = node
    if case .binary(let operation, let a, let b) = node, operation.isCommutative, b < a {
      canonical = .binary(operation, b, a)
    }
    if let index = known[canonical] { return index }
    nodes.append(node)
    constants.append(constant)
    keys.append(key(of: node))
    known[canonical] = nodes.count - 1
    return nodes.count - 1
  }

  private func key(of node: Node) -> UInt64 {
    func mixed(_ parts: UInt64...) -> UInt64 {
      var result: UInt64 = 0x9E37_79B9_7F4A_7C15
      for part in parts {
        result = (result ^ part) &* 0xBF58_476D_1CE4_E5B9
        result ^= result >> 29
        result = result &* 0x94D0_49BB_1331_11EB
        result ^= result >> 32
      }
      return result
    }
    switch node {
    case .literal(let bits): return mixed(1, bits)
    case .variable(let index): return mixed(2, UInt64(index))
    case .unary(let operation, let a): return mixed(3, UInt64(operation.rawValue), keys[a])
    case .binary(let operation, let a, let b):
      let (first, second) =
        operation.isCommutative && keys[b] < keys[a] ? (keys[b], keys[a]) : (keys[a], keys[b])
      return mixed(4, UInt64(operation.rawValue), first, second)
    case .power(let a, let exponent):
      return mixed(5, keys[a], UInt64(bitPattern: Int64(exponent)))
    case .realPower(let a, let bits): return mixed(6, keys[a], bits)
    }
  }
}
