public import Landscapes
public import LinearAlgebra

/// A diffusion matrix D(x) whose elements are given by formulas.
///
/// ```swift
/// let noise = try FormulaDiffusion(
///   [["0.1*(1+x^2)", "0.02"], ["0.02", "0.2"]], variables: ["x", "y"])
/// ```
///
/// The grammar is that of `FormulaLandscape`. The matrix is exactly symmetric: the formulas below
/// the diagonal are compared with those above it, which are the ones that are evaluated. Whether
/// D(x) is positive-semidefinite at every x cannot be checked beforehand; constant matrices and
/// diagonal elements at sample points are checked.
public struct FormulaDiffusion: Diffusion {
  /// The formulas, row after row.
  public let texts: [[String]]
  /// The names of the variables, in the order of the coordinates.
  public let variables: [String]
  /// Position-dependent, unless no formula contains a variable.
  public let form: DiffusionForm

  @usableFromInline let program: Program
  @usableFromInline let derivativeProgram: Program

  /// Compiles formulas.
  ///
  /// - Parameters:
  ///   - texts: The rows of the matrix, one row and one column per variable.
  ///   - variables: The names of the variables.
  ///   - parameters: The names of constants, with their values.
  /// - Throws: `FormulaError` with the formula, the position and the reason of the first fault;
  ///   `LandscapeError` where the matrix has the wrong size or is not a diffusion matrix.
  public init(
    _ texts: [[String]], variables: [String], parameters: [String: Double] = [:]
  ) throws {
    let n = variables.count
    guard n > 0, texts.count == n else {
      throw LandscapeError.dimensionMismatch(
        quantity: "rows of the diffusion matrix", expected: n, found: texts.count)
    }
    for row in texts where row.count != n {
      throw LandscapeError.dimensionMismatch(
        quantity: "columns of the diffusion matrix", expected: n, found: row.count)
    }
    var names = try FormulaNames(variables: variables, parameters: parameters, formula: "")
    var graph = OperationGraph()
    var values: [Int] = []
    var derivatives: [Int] = []
    for text in texts.joined() {
      let expression = try FormulaParser.parse(text, names: &names)
      let inserted = graph.insert(expression)
      values.append(inserted[expression.root])
      derivatives += try SymbolicDerivatives.insert(
        expression, inserted: inserted, variableCount: n, order: 1, negated: false, into: &graph)
    }
    self.texts = texts
    self.variables = variables
    try Self.checkSamples(Program(graph, outputs: values, variableCount: n), texts, variables)
    for i in 0..<n {
      for j in 0..<i {
        values[i * n + j] = values[j * n + i]
        for k in 0..<n { derivatives[(i * n + j) * n + k] = derivatives[(j * n + i) * n + k] }
      }
    }
    program = Program(graph, outputs: values, variableCount: n)
    derivativeProgram = Program(graph, outputs: derivatives, variableCount: n)
    if values.allSatisfy({ graph.constants[$0] != nil }) {
      let constant = Self.evaluate(program, at: [Double](repeating: 0, count: n))
      form = try ConstantDiffusion(constant).form
    } else {
      form = .positionDependent
    }
  }

  /// D at eight points, row after row.
  public var matrixLanes: CompiledField.VectorFunction<Lanes>? {
    { [program] in program.evaluate(at: $0, into: &$1) }
  }

  private static func evaluate(_ program: Program, at x: [Double]) -> Matrix {
    var result = Matrix(rows: x.count, columns: x.count)
    var span = result.elements.mutableSpan
    program.evaluate(at: x.span, into: &span)
    return result
  }

  /// Compares the two triangles, and looks for negative diagonal elements, at points spread over
  /// boxes of several sizes; points where a formula has no value do not count.
  private static func checkSamples(
    _ program: Program, _ texts: [[String]], _ variables: [String]
  ) throws {
    let n = variables.count
    var negative = [Int](repeating: 0, count: n)
    var positive = [Int](repeating: 0, count: n)
    for sample in 1...96 {
      let size = [1.0, 3, 0.1][sample % 3]
      // Weyl's sequence with square roots of numbers that are not squares.
      let x = (0..<n).map { variable in
        let step = (Double(variable) + 0.5).squareRoot() * Double(sample)
        return size * (2 * (step - step.rounded(.down)) - 1)
      }
      let matrix = evaluate(program, at: x)
      for i in 0..<n {
        if matrix[i, i] < 0 { negative[i] += 1 } else if matrix[i, i] > 0 { positive[i] += 1 }
        for j in 0..<i {
          let (a, b) = (matrix[i, j], matrix[j, i])
          guard a.isFinite, b.isFinite else { continue }
          let tolerance = 1e-9 * max(a.magnitude, b.magnitude) + 1e-12 * matrix.largestMagnitude
          guard (a - b).magnitude <= tolerance else {
            let point = zip(variables, x).map { "\($0) = \($1)" }.joined(separator: ", ")
            throw LandscapeError.invalidNoise(
              quantity: "diffusion matrix",
              value: "\"\(texts[i][j])\" in row \(i + 1), column \(j + 1), and "
                + "\"\(texts[j][i])\" in row \(j + 1), column \(i + 1) "
                + "(\(a) and \(b) at \(point))",
              accepted: "a symmetric matrix")
          }
        }
      }
    }
    for i in 0..<n where negative[i] > 0 && positive[i] == 0 {
      throw LandscapeError.invalidNoise(
        quantity: "diffusion matrix",
        value: "\"\(texts[i][i])\" in row \(i + 1), column \(i + 1), which is negative",
        accepted: "a matrix whose diagonal is not negative")
    }
  }

  /// The number of variables.
  public var dimension: Int { variables.count }

  /// D(x).
  public func matrix(at x: [Double]) -> Matrix { Self.evaluate(program, at: x) }

  /// D(x) for any scalar.
  ///
  /// - Parameters:
  ///   - x: The point, `dimension` coordinates.
  ///   - elements: Receives the matrix, row after row.
  @inlinable
  public func matrix<S: Scalar>(at x: Span<S>, into elements: inout MutableSpan<S>) {
    program.evaluate(at: x, into: &elements)
  }

  /// The exact derivatives of D: element k of the result is ∂D/∂xₖ.
  public func derivatives(at x: [Double]) -> [Matrix] {
    let n = dimension
    var values = [Double](repeating: 0, count: n * n * n)
    var span = values.mutableSpan
    derivativeProgram.evaluate(at: x.span, into: &span)
    return (0..<n).map { k in
      Matrix(rows: n, columns: n, elements: (0..<n * n).map { values[$0 * n + k] })
    }
  }

  /// The divergence Σⱼ ∂Dᵢⱼ/∂xⱼ, by which the drifts of the stochastic interpretations differ.
  public func divergence(at x: [Double]) -> [Double] {
    let derivatives = derivatives(at: x)
    return (0..<dimension).map { i in
      (0..<dimension).reduce(0) { $0 + derivatives[$1][i, $1] }
    }
  }
}
