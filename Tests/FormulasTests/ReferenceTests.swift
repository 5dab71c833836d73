import Formulas
import Landscapes
import LinearAlgebra
import Testing

/// A formula with its value and derivatives at a point, from sympy 1.14 and mpmath with 40 digits
/// (decimals in formulas and points taken as the doubles that they are).
struct Reference: Sendable, CustomTestStringConvertible {
  let text: String
  let variables: [String]
  let parameters: [String: Double]
  let point: [Double]
  let energy: Double
  let gradient: [Double]
  let hessian: [Double]

  init(
    _ text: String, _ variables: [String], _ parameters: [String: Double], at point: [Double],
    energy: Double, gradient: [Double], hessian: [Double]
  ) {
    self.text = text
    self.variables = variables
    self.parameters = parameters
    self.point = point
    self.energy = energy
    self.gradient = gradient
    self.hessian = hessian
  }

  var testDescription: String { text }

  static let all: [Reference] = [
    Reference(
      "0.25*(x^2-1)^2 + 0.1*x + y^2*(1+a*x)", ["x", "y"], ["a": 0.3], at: [0.7, -0.4],
      energy: 0.328625000000000033, gradient: [-0.209000000000000012, -0.968000000000000037],
      hessian: [
        0.469999999999999813, -0.240000000000000004, -0.240000000000000004, 2.41999999999999996,
      ]),
    Reference(
      "(x^2-1)^2 + y^2", ["x", "y"], [:], at: [1.3, 0.25],
      energy: 0.538600000000000159, gradient: [3.58800000000000072, 0.5],
      hessian: [16.2800000000000014, 0.0, 0.0, 2.0]),
    Reference(
      "-x^2 + 2^3^2*y - -y", ["x", "y"], [:], at: [1.5, -0.75],
      energy: -387.0, gradient: [-3.0, 513.0],
      hessian: [-2.0, 0.0, 0.0, 0.0]),
    Reference(
      "exp(-x^2/2 - y^2/3)*sin(2*x*y)", ["x", "y"], [:], at: [0.6, -1.1],
      energy: -0.540577072104141879, gradient: [0.0196668697158509048, -0.230234437002449072],
      hessian: [
        3.32797760338665897, -1.23543310007557194, -1.23543310007557194, 1.09184886084958318,
      ]),
    Reference(
      "log(1+x^2*y^4)/sqrt(2+cos(x))", ["x", "y"], [:], at: [1.7, 0.9],
      energy: 0.777376686737704444, gradient: [0.769082724322956117, 2.12722054636712465],
      hessian: [
        0.332926308475999859, 1.42780963472684794, 1.42780963472684794, 0.900887230943566373,
      ]),
    Reference(
      "x^y + y^1.5 + x^-2", ["x", "y"], [:], at: [2.2, 1.4],
      energy: 4.87883902680583038, gradient: [1.73126910168642618, 4.15259460049259076],
      hessian: [
        0.605056918836777789, 2.88391093139899631, 2.88391093139899631, 2.50863647356755266,
      ]),
    Reference(
      "tanh(3*x - y)*cosh(y/2) + sinh(x*y)", ["x", "y"], [:], at: [0.3, 1.2],
      energy: 0.0224855745480042227, gradient: [4.5331925588989351, -0.857944786199798953],
      hessian: [
        6.21828736815648579, 0.175652548783806221, 0.175652548783806221, -0.00378750674041621952,
      ]),
    Reference(
      "abs(x-y)^3 + abs(x)*y", ["x", "y"], [:], at: [-0.8, 0.5],
      energy: 2.59700000000000025, gradient: [-5.57000000000000035, 5.87000000000000039],
      hessian: [
        7.80000000000000027, -8.80000000000000027, -8.80000000000000027, 7.80000000000000027,
      ]),
    Reference(
      "tan(x/2) - 1/(1+exp(-5*(x-y)))", ["x", "y"], [:], at: [0.9, 0.2],
      energy: -0.487632703632065299, gradient: [0.474405978810240632, 0.142265119398677792],
      hessian: [
        0.967510614725712488, -0.669624516916555946, -0.669624516916555946, 0.669624516916555946,
      ]),
    Reference(
      "k*(sqrt((x-y)^2+1e-3)-r)^2 + pi*x*y*z - z/(x*y)", ["x", "y", "z"], ["k": 2.5, "r": 0.75],
      at: [0.4, -0.6, 1.1],
      energy: 3.9108283413013995,
      gradient: [-12.2799108897817465, 7.76931606154754833, 3.4126844298051162],
      hessian: [
        62.2879222846436078, -20.6377259212503941, -12.3016222588205418, -20.6377259212503941,
        30.4592185809399103, 8.20108150588036194, -12.3016222588205418, 8.20108150588036194, 0.0,
      ]),
    Reference(
      "(1-cos(2*pi*x))*(1+x^(1/3))", ["x"], [:], at: [0.37],
      energy: 2.89389262913683302, gradient: [8.95792819854172105],
      hessian: [-42.4645238337319748]),
    Reference(
      "100*(y-x^2)^2+(1-x)^2+100*(z-y^2)^2+(1-y)^2", ["x", "y", "z"], [:], at: [-1.2, 1.0, 0.8],
      energy: 28.1999999999999886,
      gradient: [-215.599999999999941, -7.99999999999999645, -39.9999999999999911],
      hessian: [
        1329.99999999999987, 479.999999999999982, 0.0, 479.999999999999982, 1081.99999999999998,
        -400.0, 0.0, -400.0, 200.0,
      ]),
    Reference(
      "-20*exp(-0.2*sqrt((x^2+y^2)/2))-exp((cos(2*pi*x)+cos(2*pi*y))/2)+20+exp(1)", ["x", "y"], [:],
      at: [0.31, -0.83],
      energy: 4.01517211492795455, gradient: [3.96481974597476115, 0.576331576742294908],
      hessian: [
        -14.2937767705274291, -7.47275140602049238, -7.47275140602049238, 2.07837937339799449,
      ]),
    Reference(
      "(3*x/(1+x^4))^5 - 2/(x-y)^3", ["x", "y"], [:], at: [1.1, -0.3],
      energy: 3.57916044782762412, gradient: [-25.3963760732318191, -1.56184922948771311],
      hessian: [120.05993350153277, 4.46242636996489434, 4.46242636996489434, -4.46242636996489434]),
  ]
}

/// Whether two numbers agree to a relative error, measured by the larger of them and a scale.
func agree(_ a: Double, _ b: Double, scale: Double = 0, to tolerance: Double = 4e-15) -> Bool {
  (a - b).magnitude <= tolerance * max(a.magnitude, b.magnitude, scale)
}

@Suite("Formulas against sympy")
struct ReferenceTests {
  @Test("energy, gradient and Hessian of a landscape", arguments: Reference.all)
  func landscape(reference: Reference) throws {
    let field = try FormulaLandscape(
      reference.text, variables: reference.variables, parameters: reference.parameters
    ).compiled
    let energy = try #require(field.energy(at: reference.point))
    #expect(agree(energy, reference.energy, to: 1e-13))
    let gradientScale = reference.gradient.map(\.magnitude).max() ?? 0
    for (a, b) in zip(field.gradient(at: reference.point), reference.gradient) {
      #expect(agree(a, b, scale: gradientScale, to: 1e-13))
    }
    let hessianScale = reference.hessian.map(\.magnitude).max() ?? 0
    for (a, b) in zip(field.hessian(at: reference.point).elements, reference.hessian) {
      #expect(agree(a, b, scale: hessianScale, to: 1e-13))
    }
  }

  @Test("the intervals at a point enclose the reference", arguments: Reference.all)
  func enclosures(reference: Reference) throws {
    let field = try FormulaLandscape(
      reference.text, variables: reference.variables, parameters: reference.parameters
    ).compiled
    let n = reference.variables.count
    let point = reference.point.map { Interval($0) }
    let energyEnclosure = try #require(field.energyEnclosure)
    let energy = energyEnclosure(point.span)
    #expect(energy.contains(reference.energy))
    #expect(energy.width <= 1e-11 * max(1, reference.energy.magnitude))
    var drift = [Interval](repeating: 0, count: n)
    var driftSpan = drift.mutableSpan
    let driftEnclosure = try #require(field.driftEnclosure)
    driftEnclosure(point.span, &driftSpan)
    for i in 0..<n { #expect(drift[i].contains(-reference.gradient[i])) }
    var jacobian = [Interval](repeating: 0, count: n * n)
    var jacobianSpan = jacobian.mutableSpan
    let driftJacobianEnclosure = try #require(field.driftJacobianEnclosure)
    driftJacobianEnclosure(point.span, &jacobianSpan)
    for i in 0..<n * n { #expect(jacobian[i].contains(-reference.hessian[i])) }
  }

  @Test("the gradient of a landscape as a drift field has its Hessian as Jacobian matrix")
  func field() throws {
    // Chaudhari, Example 19 in spirit: a drift that is no gradient; derivatives by hand.
    let field = try FormulaField(
      ["-x + y^2*a", "-x*y - sin(y)"], variables: ["x", "y"], parameters: ["a": 3]
    ).compiled
    #expect(!field.isGradient)
    let x = [0.5, -1.25]
    let drift = field.drift(at: x)
    #expect(drift[0] == -0.5 + 1.5625 * 3)
    #expect(agree(drift[1], 0.625 + 0.9489846193555862))  // sin(1.25)
    let jacobian = field.driftJacobian(at: x)
    #expect(jacobian[0, 0] == -1 && jacobian[0, 1] == -7.5 && jacobian[1, 0] == 1.25)
    #expect(agree(jacobian[1, 1], -0.5 - 0.3153223623952687))  // cos(1.25)
  }

  @Test("variables are inferred in order of appearance")
  func inference() throws {
    #expect(try FormulaLandscape("b*y + x^2", parameters: ["b": 1]).variables == ["y", "x"])
    #expect(try FormulaField(["v", "-u + θ_1", "u"]).variables == ["v", "u", "θ_1"])
  }

  @Test(
    "precedence and numbers",
    arguments: [
      ("-x^2", -9.0), ("2^-1*x", 1.5), ("2^3^2 + 0*x", 512), ("--x", 3), ("x - -x", 6),
      ("6/x/2", 1), ("1e-3*x", 0.003), (".5*x", 1.5), ("1.*x", 3), ("2E+2*x", 600),
      ("x^0", 1), ("x^1", 3), ("(-x)^3", -27), ("-x^-1", -1.0 / 3), ("x*-2", -6),
      ("sqrt(x^2)", 3), ("x^0.5*x^0.5", 3.0.squareRoot() * 3.0.squareRoot()), ("abs(-x)", 3),
      ("(((x)))", 3), (" x\t+\n1 ", 4), ("x-(1-x)", 5), ("exp(log(x))", 3.0000000000000004),
    ] as [(String, Double)])
  func precedence(text: String, value: Double) throws {
    let field = try FormulaLandscape(text, variables: ["x"]).compiled
    let result = try #require(field.energy(at: [3]))
    #expect(agree(result, value))
  }

  @Test("nothing is simplified beyond the domain of the formula")
  func domains() throws {
    let logarithm = try FormulaLandscape("exp(log(x))", variables: ["x"]).compiled
    #expect(try #require(logarithm.energy(at: [-1])).isNaN)
    let root = try FormulaLandscape("sqrt(x)^2", variables: ["x"]).compiled
    #expect(try #require(root.energy(at: [-1])).isNaN)
    #expect(root.gradient(at: [4]) == [1])
  }

  @Test("the derivative of abs is the sign, from the right at zero")
  func absoluteValue() throws {
    let field = try FormulaLandscape("abs(x)", variables: ["x"]).compiled
    #expect(field.gradient(at: [-2]) == [-1] && field.gradient(at: [2]) == [1])
    #expect(field.gradient(at: [0]) == [1])
    #expect(field.hessian(at: [2])[0, 0] == 0)
  }

  @Test("constants that GiNaC would distribute lose no digits")
  func cancellation() throws {
    // Near x = 1 the expanded forms would lose ten digits; 1 + 2⁻²⁰ and all that follows is exact.
    let x = [1 + 0x1p-20]
    let field = try FormulaLandscape("0.25*(x^2-1)^2 + 1e6*(x-1)^3", variables: ["x"]).compiled
    let d = 0x1p-20
    let u = 2 * d + d * d
    #expect(agree(try #require(field.energy(at: x)), 0.25 * u * u + 1e6 * d * d * d))
    #expect(agree(field.gradient(at: x)[0], u * x[0] + 3e6 * d * d))
    #expect(agree(field.hessian(at: x)[0, 0], 3 * x[0] * x[0] - 1 + 6e6 * d))
  }

  @Test("formulas at the edge of what is allowed")
  func large() throws {
    let sum = (1...20000).map { "\($0)*x" }.joined(separator: "+")
    let field = try FormulaLandscape(sum, variables: ["x"]).compiled
    #expect(field.gradient(at: [1]) == [200_010_000])
    let deep = String(repeating: "(", count: 200) + "x" + String(repeating: ")", count: 200)
    #expect(try FormulaLandscape(deep, variables: ["x"]).compiled.gradient(at: [1]) == [1])
    let signs = String(repeating: "-", count: 100_001) + "x"
    #expect(try FormulaLandscape(signs, variables: ["x"]).compiled.gradient(at: [1]) == [-1])
    // Π (1 + x/k) at x = 0: the gradient is the harmonic number H₃₀₀, the Hessian
    // H₃₀₀² − Σ 1/k² (numpy).
    let product = (1...300).map { "(1+x/\($0))" }.joined(separator: "*")
    let long = try FormulaLandscape(product, variables: ["x"]).compiled
    #expect(agree(long.gradient(at: [0])[0], 6.282663880299504, to: 1e-13))
    #expect(agree(long.hessian(at: [0])[0, 0], 37.83025914992239, to: 1e-13))
    let power = try FormulaLandscape("(1e10*x)^40", variables: ["x"]).compiled
    #expect(agree(try #require(power.energy(at: [1e-10])), 1, to: 1e-13))
    let chain = (1...60).reduce("x") { text, _ in "tanh(\(text))" }
    let nested = try FormulaLandscape(chain, variables: ["x"]).compiled
    #expect(nested.gradient(at: [0]) == [1])
    // More values at once than fit a kilobyte of eight lanes.
    let wide = (1...40).reduce("1") { text, k in "(x+\(k))*(x^2-\(k)/(\(text)+sin(\(k)*x)))" }
    let broad = try FormulaLandscape(wide, variables: ["x"])
    var lanes = [Lanes(0)]
    var span = lanes.mutableSpan
    broad.hessian(at: [Lanes(0.3)].span, into: &span)
    #expect(lanes[0] == Lanes(broad.compiled.hessian(at: [0.3])[0, 0]))
  }
}
