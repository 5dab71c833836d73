import CSymbolic
public import Landscapes

/// Where an instruction finds an operand or leaves its result.
struct Operand {
  enum Space: UInt32 { case register, variable, constant, output }

  /// The space in the two low bits, the index above them.
  let raw: UInt32

  init(_ space: Space, _ index: Int) { raw = UInt32(index) << 2 | space.rawValue }
}

/// One step of a program. `b` holds the exponent of a whole power as it is, and the index of the
/// exponent of a real power.
struct Instruction {
  var operation: Operation
  var target: Operand
  var a: Operand
  var b: Operand
  var c: Operand
  var exponent: Int32 = 0
}

/// Formulas compiled to instructions for a register machine.
///
/// Constant operations run once, when the program is made, for each of the three scalars that
/// matter; an interval thereby encloses what they round.
@usableFromInline
final class Program: Sendable {
  @usableFromInline let variableCount: Int
  @usableFromInline let outputCount: Int
  let registerCount: Int
  let code: [Instruction]
  /// The exponents of real powers.
  let exponents: [Double]
  /// The literal constants, the first of the constants.
  let literals: [Double]
  /// What computes the other constants from them.
  let preamble: [Instruction]

  private let doubles: [Double]
  private let lanes: [Lanes]
  private let intervals: [Interval]

  /// Compiles the operations that outputs need.
  ///
  /// - Parameters:
  ///   - graph: The operations.
  ///   - outputs: Those that are the results, in order.
  ///   - variableCount: The number of variables.
  init(_ graph: OperationGraph, outputs: [Int], variableCount: Int) {
    var compiler = ProgramCompiler(graph, outputs: outputs)
    compiler.compile()
    self.variableCount = variableCount
    outputCount = outputs.count
    registerCount = max(compiler.registerCount, 1)
    code = compiler.code
    preamble = compiler.preamble
    literals = compiler.literals
    exponents = compiler.exponents
    doubles = Self.constants(compiler)
    lanes = Self.constants(compiler)
    intervals = Self.constants(compiler)
  }

  private static func constants<S: Scalar>(_ compiler: ProgramCompiler) -> [S] {
    var result = compiler.literals.map { S($0) }
    result += Array(repeating: S(0.0), count: max(compiler.preamble.count, 1))
    result.withUnsafeMutableBufferPointer { constants in
      guard let base = constants.baseAddress else { return }
      execute(
        compiler.preamble, exponents: compiler.exponents, registers: base, variables: base,
        constants: base, output: base)
    }
    return result
  }

  /// The outputs at a point, for any scalar.
  @inlinable
  func evaluate<S: Scalar>(at x: Span<S>, into output: inout MutableSpan<S>) {
    precondition(
      x.count >= variableCount && output.count >= outputCount,
      "a formula of \(variableCount) variables was given \(x.count)")
    x.withUnsafeBufferPointer { x in
      output.withUnsafeMutableBufferPointer { output in
        guard let target = output.baseAddress else { return }
        evaluate(x.baseAddress ?? UnsafePointer(target), target)
      }
    }
  }

  /// The single output at a point.
  @inlinable
  func value<S: Scalar>(at x: Span<S>) -> S {
    precondition(
      x.count >= variableCount, "a formula of \(variableCount) variables was given \(x.count)")
    var result = S(0.0)
    x.withUnsafeBufferPointer { x in
      withUnsafeMutablePointer(to: &result) { evaluate(x.baseAddress ?? UnsafePointer($0), $0) }
    }
    return result
  }

  /// Chooses the machine that is compiled for the scalar, whoever calls.
  @usableFromInline
  func evaluate<S: Scalar>(_ x: UnsafePointer<S>, _ output: UnsafeMutablePointer<S>) {
    if S.self == Lanes.self {
      if registerCount <= Self.smallRegisterCount {
        run(lanes, rebound(x), rebound(output))
      } else {
        runLarge(rebound(x), rebound(output))
      }
    } else if S.self == Double.self {
      run(doubles, rebound(x), rebound(output))
    } else if S.self == Interval.self {
      run(intervals, rebound(x), rebound(output))
    } else if S.self == Dual<Double>.self {
      runWithPreamble(rebound(x) as UnsafePointer<Dual<Double>>, rebound(output))
    } else if S.self == Dual<Lanes>.self {
      runWithPreamble(rebound(x) as UnsafePointer<Dual<Lanes>>, rebound(output))
    } else if S.self == Dual<Interval>.self {
      runWithPreamble(rebound(x) as UnsafePointer<Dual<Interval>>, rebound(output))
    } else {
      runWithPreamble(x, output)
    }
  }

  /// The same address for the same type under another name.
  private func rebound<A, B>(_ pointer: UnsafePointer<A>) -> UnsafePointer<B> {
    UnsafeRawPointer(pointer).assumingMemoryBound(to: B.self)
  }

  private func rebound<A, B>(_ pointer: UnsafeMutablePointer<A>) -> UnsafeMutablePointer<B> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: B.self)
  }

  private func run<S: Scalar>(
    _ constants: [S], _ x: UnsafePointer<S>, _ output: UnsafeMutablePointer<S>
  ) {
    constants.withUnsafeBufferPointer { constants in
      guard let constants = constants.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: S.self, capacity: registerCount) { registers in
        guard let registers = registers.baseAddress else { return }
        execute(
          code, exponents: exponents, registers: registers, variables: x, constants: constants,
          output: output)
      }
    }
  }

  /// So many registers of eight lanes are the kilobyte up to which Swift allocates on the stack.
  private static let smallRegisterCount = 1024 / MemoryLayout<Lanes>.stride

  /// What the function that C calls back needs.
  private struct Call {
    let program: Unmanaged<Program>
    let x: UnsafePointer<Lanes>
    let output: UnsafeMutablePointer<Lanes>
  }

  /// Runs on registers that are on the stack, however many.
  private func runLarge(_ x: UnsafePointer<Lanes>, _ output: UnsafeMutablePointer<Lanes>) {
    var call = Call(program: Unmanaged.passUnretained(self), x: x, output: output)
    let size = registerCount * MemoryLayout<Lanes>.stride
    metastability_symbolic_with_scratch(size, &call) { context, memory in
      guard let context, let memory else { return }
      let call = context.assumingMemoryBound(to: Call.self).pointee
      let registers = memory.assumingMemoryBound(to: Lanes.self)
      call.program._withUnsafeGuaranteedRef { program in
        program.lanes.withUnsafeBufferPointer { constants in
          guard let constants = constants.baseAddress else { return }
          execute(
            program.code, exponents: program.exponents, registers: registers, variables: call.x,
            constants: constants, output: call.output)
        }
      }
    }
  }

  private func runWithPreamble<S: Scalar>(
    _ x: UnsafePointer<S>, _ output: UnsafeMutablePointer<S>
  ) {
    let count = literals.count + preamble.count + 1
    withUnsafeTemporaryAllocation(of: S.self, capacity: count + registerCount) { memory in
      guard let base = memory.baseAddress else { return }
      memory.initialize(repeating: S(0.0))
      for (index, literal) in literals.enumerated() { base[index] = S(literal) }
      execute(
        preamble, exponents: exponents, registers: base, variables: x, constants: base,
        output: output)
      execute(
        code, exponents: exponents, registers: base + count, variables: x, constants: base,
        output: output)
    }
  }
}
