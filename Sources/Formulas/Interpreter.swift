import Landscapes

/// The result of one operation on one or two operands.
@inline(__always)
func compute<S: Scalar>(_ operation: Operation, _ a: S, _ b: S) -> S {
  switch operation {
  case .add: a + b
  case .subtract: a - b
  case .multiply: a * b
  case .divide: a / b
  case .negate: -a
  case .square: a.squared()
  case .squareRoot: a.squareRoot()
  case .absolute: a.absoluteValue
  case .sign: S.select(a, nonnegative: S(1.0), negative: S(-1.0))
  case .exp: S.exp(a)
  case .log: S.log(a)
  case .sin: S.sin(a)
  case .cos: S.cos(a)
  case .tan: tangent(a)
  case .sinh: hyperbolicSine(a)
  case .cosh: hyperbolicCosine(a)
  case .tanh: S.tanh(a)
  default: a
  }
}

/// The whole power n ≥ 1; for lanes and doubles the same products in the same order.
@inline(__always)
private func wholePower<S: Scalar>(_ x: S, _ exponent: Int32) -> S {
  guard S.self == Double.self || S.self == Lanes.self else { return x.raised(to: Int(exponent)) }
  if exponent == 3 { return x * x * x }
  var result = x
  var bit = Int32.bitWidth - exponent.leadingZeroBitCount - 1
  while bit > 0 {
    bit -= 1
    result = result * result
    if exponent >> Int32(bit) & 1 == 1 { result = result * x }
  }
  return result
}

/// Runs instructions over four memories.
///
/// - Parameters:
///   - code: The instructions.
///   - exponents: The exponents of real powers.
///   - registers: Room for what is computed on the way.
///   - variables: The point.
///   - constants: The constants; written to only by the instructions that compute constants.
///   - output: Receives the results.
@inline(__always)
func execute<S: Scalar>(
  _ code: [Instruction], exponents: [Double], registers: UnsafeMutablePointer<S>,
  variables: UnsafePointer<S>, constants: UnsafePointer<S>, output: UnsafeMutablePointer<S>
) {
  var spaces = (
    registers, UnsafeMutablePointer(mutating: variables), UnsafeMutablePointer(mutating: constants),
    output
  )
  withUnsafePointer(to: &spaces) { spaces in
    let bases = UnsafeRawPointer(spaces).assumingMemoryBound(to: UnsafeMutablePointer<S>.self)
    exponents.withUnsafeBufferPointer { exponents in
      code.withUnsafeBufferPointer { code in
        for instruction in code { step(instruction, bases, exponents) }
      }
    }
  }
}

@inline(__always)
private func step<S: Scalar>(
  _ instruction: Instruction, _ bases: UnsafePointer<UnsafeMutablePointer<S>>,
  _ exponents: UnsafeBufferPointer<Double>
) {
  @inline(__always)
  func address(_ operand: Operand) -> UnsafeMutablePointer<S> {
    bases[Int(operand.raw & 3)] + Int(operand.raw >> 2)
  }
  let target = address(instruction.target)
  let a = address(instruction.a)
  let b = address(instruction.b)
  let c = address(instruction.c)
  switch instruction.operation {
  case .copy: target.pointee = a.pointee
  case .add: target.pointee = a.pointee + b.pointee
  case .subtract: target.pointee = a.pointee - b.pointee
  case .multiply: target.pointee = a.pointee * b.pointee
  case .divide: target.pointee = a.pointee / b.pointee
  case .multiplyAdd: target.pointee = a.pointee * b.pointee + c.pointee
  case .multiplySubtract: target.pointee = a.pointee * b.pointee - c.pointee
  case .subtractMultiply: target.pointee = c.pointee - a.pointee * b.pointee
  case .multiplyMultiply: target.pointee = a.pointee * b.pointee * c.pointee
  case .square: target.pointee = a.pointee.squared()
  case .squareAdd: target.pointee = a.pointee.squared() + b.pointee
  case .squareSubtract: target.pointee = a.pointee.squared() - b.pointee
  case .power: target.pointee = wholePower(a.pointee, instruction.exponent)
  case .realPower:
    target.pointee = a.pointee.raised(to: exponents[Int(instruction.exponent)])
  default: target.pointee = compute(instruction.operation, a.pointee, a.pointee)
  }
}
