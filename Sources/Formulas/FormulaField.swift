public import Landscapes

/// A drift that is given by formulas, one per variable; it need not be a gradient.
///
/// ```swift
/// let field = try FormulaField(["-x + y", "-x - y"], variables: ["x", "y"])
/// ```
///
/// The grammar is that of `FormulaLandscape`. The drift is evaluated as it is written; its
/// Jacobian matrix is the exact symbolic one.
public struct FormulaField: VectorField {
  /// The formulas.
  public let texts: [String]
  /// The names of the variables, in the order of the coordinates.
  public let variables: [String]

  @usableFromInline let driftProgram: Program
  @usableFromInline let jacobianProgram: Program

  /// Compiles formulas.
  ///
  /// - Parameters:
  ///   - texts: The components of the drift, one per variable.
  ///   - variables: The names of the variables; empty: the names in the formulas that are no
  ///     parameters, in order of appearance.
  ///   - parameters: The names of constants, with their values.
  /// - Throws: `FormulaError` with the formula, the position and the reason of the first fault.
  public init(
    _ texts: [String], variables: [String] = [], parameters: [String: Double] = [:]
  ) throws(FormulaError) {
    let list = texts.joined(separator: ", ")
    var names = try FormulaNames(variables: variables, parameters: parameters, formula: list)
    var expressions: [FormulaExpression] = []
    for text in texts { expressions.append(try FormulaParser.parse(text, names: &names)) }
    let n = names.variables.count
    guard n > 0 else {
      throw FormulaError(
        formula: list, column: nil,
        reason: texts.isEmpty
          ? "the drift has no formula; write one per variable"
          : "the drift has no variable; write one, for example x")
    }
    guard texts.count == n else {
      throw FormulaError(
        formula: list, column: nil,
        reason: "the drift has \(texts.count) formulas for \(n) variables "
          + "(\(names.variables.joined(separator: ", "))); write one per variable")
    }
    self.texts = texts
    self.variables = names.variables
    var graph = OperationGraph()
    var values: [Int] = []
    var derivatives: [Int] = []
    for expression in expressions {
      let inserted = graph.insert(expression)
      values.append(inserted[expression.root])
      derivatives += try SymbolicDerivatives.insert(
        expression, inserted: inserted, variableCount: n, order: 1, negated: false, into: &graph)
    }
    driftProgram = Program(graph, outputs: values, variableCount: n)
    jacobianProgram = Program(graph, outputs: derivatives, variableCount: n)
  }

  /// The number of variables.
  public var dimension: Int { variables.count }

  /// The compiled field.
  public var compiled: CompiledField { CompiledField(field: self) }

  /// The drift.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - b: Receives `dimension` components.
  @inlinable
  public func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    driftProgram.evaluate(at: x, into: &b)
  }

  /// The Jacobian matrix of the drift.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - jacobian: Receives the matrix, row after row.
  @inlinable
  public func driftJacobian<S: Scalar>(at x: Span<S>, into jacobian: inout MutableSpan<S>) {
    jacobianProgram.evaluate(at: x, into: &jacobian)
  }
}
