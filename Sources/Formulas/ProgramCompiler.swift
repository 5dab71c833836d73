/// Turns operations into instructions: puts them in an order, fuses pairs, assigns registers.
struct ProgramCompiler {
  private let graph: OperationGraph
  private let outputs: [Int]
  private(set) var code: [Instruction] = []
  private(set) var preamble: [Instruction] = []
  private(set) var literals: [Double] = []
  private(set) var exponents: [Double] = []
  private(set) var registerCount = 0

  /// An operation with its operands, after fusion.
  private struct Step {
    var operation: Operation
    var operands: [Int]
    var exponent: Int32 = 0
  }

  private var steps: [Int: Step] = [:]
  private var order: [Int] = []
  private var places: [Int: Operand] = [:]

  init(_ graph: OperationGraph, outputs: [Int]) {
    self.graph = graph
    self.outputs = outputs
  }

  mutating func compile() {
    let reachable = markReachable()
    placeConstants(reachable)
    chooseSteps(reachable)
    schedule()
    assignRegisters()
  }

  private func operands(_ node: Int) -> [Int] {
    switch graph.nodes[node] {
    case .literal, .variable: []
    case .unary(_, let a), .power(let a, _), .realPower(let a, _): [a]
    case .binary(_, let a, let b): [a, b]
    }
  }

  /// Which operations the outputs need. Operands come before what uses them.
  private func markReachable() -> [Bool] {
    var reachable = [Bool](repeating: false, count: graph.nodes.count)
    for output in outputs { reachable[output] = true }
    for node in reachable.indices.reversed() where reachable[node] {
      for operand in operands(node) { reachable[operand] = true }
    }
    return reachable
  }

  private mutating func placeConstants(_ reachable: [Bool]) {
    for node in reachable.indices where reachable[node] {
      if case .literal(let bits) = graph.nodes[node] {
        places[node] = Operand(.constant, literals.count)
        literals.append(Double(bitPattern: bits))
      } else if case .variable(let index) = graph.nodes[node] {
        places[node] = Operand(.variable, index)
      }
    }
    for node in reachable.indices where reachable[node] && places[node] == nil {
      guard graph.constants[node] != nil else { continue }
      let place = Operand(.constant, literals.count + preamble.count)
      preamble.append(instruction(plainStep(node), target: place))
      places[node] = place
    }
  }

  private mutating func plainStep(_ node: Int) -> Step {
    switch graph.nodes[node] {
    case .literal, .variable: return Step(operation: .copy, operands: [node])
    case .unary(let operation, let a): return Step(operation: operation, operands: [a])
    case .binary(let operation, let a, let b):
      return Step(operation: operation, operands: [a, b])
    case .power(let a, let exponent):
      return Step(operation: .power, operands: [a], exponent: Int32(clamping: exponent))
    case .realPower(let a, let bits):
      exponents.append(Double(bitPattern: bits))
      return Step(
        operation: .realPower, operands: [a], exponent: Int32(exponents.count - 1))
    }
  }

  private func instruction(_ step: Step, target: Operand) -> Instruction {
    let list = step.operands.map { places[$0] ?? target }
    let a = list.first ?? target
    return Instruction(
      operation: step.operation, target: target, a: a, b: list.count > 1 ? list[1] : a,
      c: list.count > 2 ? list[2] : a, exponent: step.exponent)
  }

  // MARK: Fusion

  /// Products and squares that are used once, by a sum or product, become part of it.
  private mutating func chooseSteps(_ reachable: [Bool]) {
    var uses = [Int](repeating: 0, count: graph.nodes.count)
    for output in outputs { uses[output] += 1 }
    for node in reachable.indices where reachable[node] && places[node] == nil {
      for operand in operands(node) { uses[operand] += 1 }
    }
    var absorbed = Set<Int>()
    for node in reachable.indices.reversed()
    where reachable[node] && places[node] == nil && !absorbed.contains(node) {
      var step = plainStep(node)
      if case .binary(let operation, let a, let b) = graph.nodes[node] {
        let canAbsorb = { (child: Int) in places[child] == nil && uses[child] == 1 && a != b }
        if let fused = fuse(operation, a, b, canAbsorb) {
          absorbed.insert(fused.absorbed)
          step = fused.step
        }
      }
      steps[node] = step
    }
  }

  private func fuse(
    _ operation: Operation, _ a: Int, _ b: Int, _ canAbsorb: (Int) -> Bool
  ) -> (step: Step, absorbed: Int)? {
    func product(_ node: Int) -> [Int]? {
      guard canAbsorb(node), case .binary(.multiply, let p, let q) = graph.nodes[node] else {
        return nil
      }
      return [p, q]
    }
    func square(_ node: Int) -> Int? {
      guard canAbsorb(node), case .unary(.square, let p) = graph.nodes[node] else { return nil }
      return p
    }
    switch operation {
    case .add:
      if let p = product(a) { return (Step(operation: .multiplyAdd, operands: p + [b]), a) }
      if let p = product(b) { return (Step(operation: .multiplyAdd, operands: p + [a]), b) }
      if let p = square(a) { return (Step(operation: .squareAdd, operands: [p, b]), a) }
      if let p = square(b) { return (Step(operation: .squareAdd, operands: [p, a]), b) }
    case .subtract:
      if let p = product(a) { return (Step(operation: .multiplySubtract, operands: p + [b]), a) }
      if let p = product(b) { return (Step(operation: .subtractMultiply, operands: p + [a]), b) }
      if let p = square(a) { return (Step(operation: .squareSubtract, operands: [p, b]), a) }
    case .multiply:
      if let p = product(a) { return (Step(operation: .multiplyMultiply, operands: p + [b]), a) }
      if let p = product(b) { return (Step(operation: .multiplyMultiply, operands: p + [a]), b) }
    default: break
    }
    return nil
  }

  // MARK: Order

  /// Depth first, the operand that needs more registers before the other (Sethi and Ullman).
  private mutating func schedule() {
    var need: [Int: Int] = [:]
    for node in steps.keys.sorted() {
      let needs = (steps[node]?.operands ?? []).map { need[$0] ?? 0 }.sorted(by: >)
      need[node] = max(1, needs.enumerated().map { $0.element + $0.offset }.max() ?? 1)
    }
    var done = Set<Int>()
    for output in outputs {
      var stack = [(node: output, expanded: false)]
      while let (node, expanded) = stack.popLast() {
        guard let step = steps[node], !done.contains(node) else { continue }
        if expanded {
          done.insert(node)
          order.append(node)
          continue
        }
        stack.append((node, true))
        // The last one pushed is the first one done.
        for operand in step.operands.sorted(by: { (need[$0] ?? 0) < (need[$1] ?? 0) }) {
          stack.append((operand, false))
        }
      }
    }
  }

  // MARK: Registers

  private mutating func assignRegisters() {
    var lastUse: [Int: Int] = [:]
    for (time, node) in order.enumerated() {
      for operand in steps[node]?.operands ?? [] { lastUse[operand] = time }
    }
    var outputPlace: [Int: Operand] = [:]
    for (index, output) in outputs.enumerated() where outputPlace[output] == nil {
      outputPlace[output] = Operand(.output, index)
    }
    var free: [Int] = []
    for (time, node) in order.enumerated() {
      guard let step = steps[node] else { continue }
      // Every operand is read before the result is written: its register can be taken over.
      for operand in Set(step.operands) where lastUse[operand] == time {
        if let place = places[operand], place.raw & 3 == Operand.Space.register.rawValue {
          free.append(Int(place.raw >> 2))
        }
      }
      free.sort(by: >)
      if let place = outputPlace[node] {
        code.append(instruction(step, target: place))
        places[node] = place
      } else {
        let register = free.popLast() ?? registerCount
        registerCount = max(registerCount, register + 1)
        let place = Operand(.register, register)
        code.append(instruction(step, target: place))
        places[node] = place
      }
    }
    // Outputs that are constants, variables or other outputs.
    for (index, output) in outputs.enumerated() {
      let target = Operand(.output, index)
      guard let place = places[output], place.raw != target.raw else { continue }
      code.append(Instruction(operation: .copy, target: target, a: place, b: place, c: place))
    }
  }
}
