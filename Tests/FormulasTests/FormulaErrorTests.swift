import Formulas
import Landscapes
import Testing

@Suite("Faults in formulas")
struct FormulaErrorTests {
  /// Text, column, and how the reason starts.
  typealias Fault = (text: String, column: Int?, reason: String)

  static let faults: [Fault] = [
    ("", 0, "the formula is empty; write an expression"),
    ("  \t ", 0, "the formula is empty"),
    ("x^2 + z*y", 6, "unknown name \"z\"; known: x, y, a, b, pi, exp, log, sqrt, sin, cos"),
    ("x + X", 4, "unknown name \"X\""),
    ("x + foo(y)", 4, "unknown function \"foo\"; known: exp, log"),
    ("ln(x)", 0, "unknown function \"ln\""),
    ("(x+1", 4, "missing \")\" for the \"(\" in column 0"),
    ("x*(y+(x-1)", 10, "missing \")\" for the \"(\" in column 2"),
    ("exp(x", 5, "missing \")\" for the \"(\" in column 3"),
    ("x+1)", 3, "there is no \"(\" for this \")\""),
    ("x $ y", 2, "unexpected character \"$\""),
    ("x − y", 2, "unexpected character \"−\"; write -"),
    ("2·x", 1, "unexpected character \"·\"; write *"),
    ("x² + y", 1, "unexpected character \"²\"; write ^2"),
    ("2*π", 2, "unexpected character \"π\"; write pi"),
    ("x[1]", 1, "unexpected character \"[\"; write ("),
    (".", 0, "unexpected character \".\""),
    ("x = 1", 2, "unexpected character \"=\""),
    ("exp()", 4, "exp takes 1 argument, found none"),
    ("exp(x, y)", 5, "exp takes 1 argument, found more"),
    ("x + 1,5", 5, "unexpected \",\"; every function takes 1 argument, and decimals"),
    ("(x,y)", 2, "unexpected \",\""),
    (",x", 0, "unexpected \",\""),
    ("exp x", 4, "exp needs its argument in parentheses: exp(…)"),
    ("sin", 3, "sin needs its argument in parentheses"),
    ("2x", 1, "an operator is missing; write 2*x for a product"),
    ("x y", 2, "an operator is missing; write x*y for a product"),
    ("2exp(x)", 1, "an operator is missing; write 2*exp for a product"),
    ("3(x+1)", 1, "an operator is missing; write 3*(…) for a product"),
    ("(x+1)(y-1)", 5, "an operator is missing; write (…)*(…) for a product"),
    ("(x+1)y", 5, "an operator is missing; write (…)*y for a product"),
    ("x(1-x)", 1, "an operator is missing; write x*(…) for a product"),
    ("(2x)", 2, "an operator is missing; write 2*x for a product"),
    ("sin(2x)", 5, "an operator is missing; write 2*x for a product"),
    ("x 2", 2, "an operator is missing; write x*2 for a product"),
    ("x**2", 2, "unexpected \"*\"; powers are written with ^"),
    ("x+", 2, "expected a number, a name or \"(\" after \"+\", found the end"),
    ("*x", 0, "expected a number, a name or \"(\", found \"*\""),
    ("x+*y", 2, "expected a number, a name or \"(\" after \"+\", found \"*\""),
    ("x^", 2, "expected a number, a name or \"(\" after \"^\", found the end"),
    ("x/)", 2, "expected a number, a name or \"(\" after \"/\", found \")\""),
    ("()", 1, "nothing between the parentheses"),
    ("x/0", 2, "division by zero"),
    ("1 + x/(1-1)", 6, "division by zero"),
    ("x/b", 2, "division by zero"),
    ("0^-1*x", 0, "division by zero"),
    ("x + sqrt(-1)", 4, "this sqrt is not a real number"),
    ("log(0)*x", 0, "this log is not a finite number"),
    ("log(-2)*x", 0, "this log is not a real number"),
    ("x*exp(1000)", 2, "this exp is not a finite number"),
    ("x + (-8)^(1/3)", 4, "this power is not a real number"),
    ("x + (-2)^y", 4, "the base is -2.0; with a variable in the exponent it must be positive"),
    ("x + 0^y", 4, "the base is 0.0; with a variable in the exponent it must be positive"),
    ("x^2000", 2, "the exponent is 2000.0; accepted: -1000 to 1000"),
    ("1.2.3", 3, "a second point in the number 1.2"),
    ("x*1e400", 2, "the number 1e400 is too large"),
  ]

  @Test("each fault is reported with its position and reason", arguments: faults)
  func position(fault: Fault) throws {
    let error = #expect(throws: FormulaError.self) {
      try FormulaLandscape(fault.text, variables: ["x", "y"], parameters: ["a": 0.3, "b": 0])
    }
    #expect(error?.column == fault.column)
    #expect(error?.formula == fault.text)
    #expect(error?.reason.hasPrefix(fault.reason) == true, "\(error?.reason ?? "")")
  }

  @Test(
    "deep nesting is refused, not a crash", arguments: ["(", "exp(", "-(", "2^", "(x+", "x^-("])
  func depth(opening: String) throws {
    let text = String(repeating: opening, count: 100_000) + "x"
    let error = #expect(throws: FormulaError.self) { try FormulaLandscape(text) }
    #expect(error?.reason == "nested deeper than 200 levels")
    #expect((error?.description.count ?? 0) < 300)
  }

  /// Variables, parameters, and the reason.
  typealias Declaration = (variables: [String], parameters: [String: Double], reason: String)

  static let declarations: [Declaration] = [
    (["x", "exp"], [:], "the variable \"exp\" has the name of a function; choose another name"),
    (["pi"], [:], "the variable \"pi\" has the name of a number"),
    (["x"], ["sin": 1], "the parameter \"sin\" has the name of a function"),
    (["x", "x"], [:], "the variable \"x\" is listed twice"),
    (["x"], ["x": 1], "\"x\" is a variable and a parameter; choose another name for one"),
    (["2x"], [:], "the variable \"2x\" is not a name; a name is a letter or _"),
    ([""], [:], "the variable \"\" is not a name"),
    (["x"], ["a b": 1], "the parameter \"a b\" is not a name"),
    (["x"], ["a": .nan], "the parameter \"a\" is nan; accepted: a finite number"),
    (["x"], ["a": .infinity], "the parameter \"a\" is inf; accepted: a finite number"),
  ]

  @Test("faults in the lists of names", arguments: declarations)
  func names(declaration: Declaration) throws {
    let error = #expect(throws: FormulaError.self) {
      try FormulaLandscape(
        "x^2", variables: declaration.variables, parameters: declaration.parameters)
    }
    #expect(error?.column == nil)
    #expect(error?.reason.hasPrefix(declaration.reason) == true, "\(error?.reason ?? "")")
  }

  @Test("a landscape without variables, and drifts of the wrong size")
  func counts() throws {
    let constant = #expect(throws: FormulaError.self) { try FormulaLandscape("2*pi") }
    #expect(constant?.reason == "the formula has no variable; write one, for example x")
    let drift = #expect(throws: FormulaError.self) { try FormulaField(["x", "y", "x"]) }
    #expect(
      drift?.reason == "the drift has 3 formulas for 2 variables (x, y); write one per variable")
    let empty = #expect(throws: FormulaError.self) { try FormulaField([]) }
    #expect(empty?.reason == "the drift has no formula; write one per variable")
    let second = #expect(throws: FormulaError.self) { try FormulaField(["x", "x+"]) }
    #expect(second?.formula == "x+" && second?.column == 2)
  }

  @Test("the description points at the fault")
  func description() throws {
    let error = #expect(throws: FormulaError.self) {
      try FormulaLandscape("x^2 + z", variables: ["x"])
    }
    #expect(error?.description.hasSuffix("\n  x^2 + z\n        ^") == true)
    let long = String(repeating: "x + ", count: 50) + "?" + String(repeating: " + x", count: 50)
    let excerpt = #expect(throws: FormulaError.self) { try FormulaLandscape(long) }
    let lines = excerpt?.description.split(separator: "\n").map(Array.init) ?? []
    #expect(lines.count == 3)
    let caret = try #require(lines.last?.firstIndex(of: "^"))
    #expect(lines[1][caret] == "?" && lines[1].count <= 90)
    #expect(lines[1][2] == "…" && lines[1].last == "…")
  }

  @Test("thousands of random strings are compiled or refused, never a crash")
  func fuzz() {
    let pieces = [
      "x", "y", "a", "pi", "exp", "log(", "sqrt(", "sin(", "cos(", "tan(", "sinh(", "cosh(",
      "tanh(", "abs(", "(", ")", "+", "-", "*", "/", "^", ",", ".", "0", "1", "2", "0.5", "1e3",
      "1e", "e", " ", "é", "🙂", "\u{301}", "\n", "²", "1e308", "(x+1)", "^2", "x*y", ")*(",
    ]
    var generator = SplitMix(seed: 20260)
    var compiled = 0
    for _ in 0..<6000 {
      let count = Int.random(in: 1...14, using: &generator)
      let text = (0..<count).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &generator)]
      }.joined()
      do {
        let landscape = try FormulaLandscape(text, parameters: ["a": 1.5])
        let field = landscape.compiled
        _ = field.hessian(at: [Double](repeating: 0.7, count: landscape.dimension))
        compiled += 1
      } catch {
        // Every fault in the text has its place in the text.
        if let column = error.column { #expect((0...text.count).contains(column)) }
        #expect(!error.description.isEmpty)
      }
    }
    #expect(compiled > 100)
  }
}

/// A small generator with a fixed seed (Steele, Lea and Flood 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
