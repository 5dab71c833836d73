/// What an instruction of a compiled formula does.
enum Operation: UInt8 {
  case copy, add, subtract, multiply, divide, negate, square, power, realPower
  case squareRoot, absolute, sign, exp, log, sin, cos, tan, sinh, cosh, tanh
  // Pairs of operations in one instruction, each rounded as before: a·b + c, a·b − c, c − a·b,
  // a·b·c, a² + b, a² − b.
  case multiplyAdd, multiplySubtract, subtractMultiply, multiplyMultiply
  case squareAdd, squareSubtract

  /// Whether the order of the two operands is of no consequence.
  var isCommutative: Bool { self == .add || self == .multiply }
}
