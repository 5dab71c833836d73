public import Landscapes

/// A landscape that is given by a formula.
///
/// ```swift
/// let landscape = try FormulaLandscape(
///   "0.25*(x^2-1)^2 + 0.1*x + y^2*(1+a*x)", variables: ["x", "y"], parameters: ["a": 0.3])
/// let field = landscape.compiled
/// field.energy(at: [1, 0])    // 0.1
/// field.gradient(at: [1, 0])  // [0.1, 0.0]
/// ```
///
/// The grammar: `+ - * / ^`, parentheses, `exp log sqrt sin cos tan sinh cosh tanh abs`, `pi`,
/// numbers, and the names of variables and parameters. A sign binds weaker than a power,
/// −x² = −(x²), powers group from the right, and a number is the double that is nearest to it.
///
/// The energy is evaluated as it is written. Gradient and Hessian are exact symbolic derivatives;
/// the derivative of `abs` at zero is taken from the right. All are compiled, with their common
/// parts computed once, to instructions that run on doubles, on lanes, over intervals and on any
/// other scalar; the lanes agree with the doubles bit by bit.
public struct FormulaLandscape: Landscape {
  /// The formula.
  public let text: String
  /// The names of the variables, in the order of the coordinates.
  public let variables: [String]

  @usableFromInline let energyProgram: Program
  @usableFromInline let driftProgram: Program
  @usableFromInline let jacobianProgram: Program

  /// Compiles a formula.
  ///
  /// - Parameters:
  ///   - text: The formula of the energy.
  ///   - variables: The names of the variables; empty: the names in the formula that are no
  ///     parameters, in order of appearance.
  ///   - parameters: The names of constants, with their values.
  /// - Throws: `FormulaError` with the position and the reason of the first fault.
  public init(
    _ text: String, variables: [String] = [], parameters: [String: Double] = [:]
  ) throws(FormulaError) {
    var names = try FormulaNames(variables: variables, parameters: parameters, formula: text)
    let expression = try FormulaParser.parse(text, names: &names)
    guard !names.variables.isEmpty else {
      throw FormulaError(
        formula: text, column: nil, reason: "the formula has no variable; write one, for example x")
    }
    self.text = text
    self.variables = names.variables
    let n = names.variables.count
    var graph = OperationGraph()
    let inserted = graph.insert(expression)
    let derivatives = try SymbolicDerivatives.insert(
      expression, inserted: inserted, variableCount: n, order: 2, negated: true, into: &graph)
    energyProgram = Program(graph, outputs: [inserted[expression.root]], variableCount: n)
    driftProgram = Program(graph, outputs: Array(derivatives[..<n]), variableCount: n)
    jacobianProgram = Program(
      graph, outputs: Self.square(Array(derivatives[n...]), n), variableCount: n)
  }

  /// A symmetric matrix from its upper triangle, row after row.
  private static func square(_ triangle: [Int], _ n: Int) -> [Int] {
    var result = [Int](repeating: 0, count: n * n)
    var next = 0
    for i in 0..<n {
      for j in i..<n {
        result[i * n + j] = triangle[next]
        result[j * n + i] = triangle[next]
        next += 1
      }
    }
    return result
  }

  /// The number of variables.
  public var dimension: Int { variables.count }

  /// The compiled landscape.
  public var compiled: CompiledField { CompiledField(self) }

  /// The energy.
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S { energyProgram.value(at: x) }

  /// The gradient ∇L.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - gradient: Receives `dimension` components.
  @inlinable
  public func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>) {
    driftProgram.evaluate(at: x, into: &gradient)
    for i in 0..<dimension { gradient[i] = -gradient[i] }
  }

  /// The Hessian ∇∇L.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - hessian: Receives the matrix, row after row.
  @inlinable
  public func hessian<S: Scalar>(at x: Span<S>, into hessian: inout MutableSpan<S>) {
    jacobianProgram.evaluate(at: x, into: &hessian)
    for i in 0..<dimension * dimension { hessian[i] = -hessian[i] }
  }

  /// The drift −∇L.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - b: Receives `dimension` components.
  @inlinable
  public func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    driftProgram.evaluate(at: x, into: &b)
  }

  /// The Jacobian matrix of the drift, −∇∇L.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - jacobian: Receives the matrix, row after row.
  @inlinable
  public func driftJacobian<S: Scalar>(at x: Span<S>, into jacobian: inout MutableSpan<S>) {
    jacobianProgram.evaluate(at: x, into: &jacobian)
  }
}
