import Formulas
import Landscapes
import LinearAlgebra
import Testing

/// Formulas of three variables that are defined everywhere, by chance.
struct FormulaGenerator {
  var random: SplitMix

  mutating func formula(depth: Int) -> String {
    if depth == 0 {
      let leaves = ["x", "y", "z", "a", "pi", "2", "0.1", "1.5", "3"]
      return leaves[Int.random(in: 0..<leaves.count, using: &random)]
    }
    let u = formula(depth: depth - 1)
    let v = formula(depth: Int.random(in: 0..<depth, using: &random))
    switch Int.random(in: 0..<19, using: &random) {
    case 0...2: return "(\(u) + \(v))"
    case 3...4: return "(\(u) - \(v))"
    case 5...7: return "\(u)*\(v)"
    case 8: return "\(u)/(1+(\(v))^2)"
    case 9: return "(\(u))^2"
    case 10: return "(\(u))^3"
    case 11: return "exp(-(\(u))^2)"
    case 12: return "log(1+(\(u))^2)"
    case 13: return "sqrt(0.5+(\(u))^2)"
    case 14: return "sin(\(u))*cos(\(v))"
    case 15: return "tanh(\(u)-(\(v)))"
    case 16: return "(1.5+sin(\(u)))^(\(v))"
    case 17: return "abs(\(u))^2.5"
    default: return "-(\(u))"
    }
  }
}

@Suite("Random formulas")
struct RandomFormulaTests {
  static let texts: [String] = {
    var generator = FormulaGenerator(random: SplitMix(seed: 7))
    return (0..<200).map { generator.formula(depth: 2 + $0 % 4) }
  }()

  /// Dual numbers of the energy are a differentiation that owes nothing to the symbolic one.
  @Test("the symbolic gradient and Hessian agree with dual numbers of the energy")
  func derivatives() throws {
    var random = SplitMix(seed: 8)
    for text in Self.texts {
      let landscape = try FormulaLandscape(
        text, variables: ["x", "y", "z"], parameters: ["a": 0.7])
      let field = landscape.compiled
      let x = (0..<3).map { _ in Double.random(in: -1.5...1.5, using: &random) }
      let gradient = field.gradient(at: x)
      let hessian = field.hessian(at: x)
      guard (gradient + hessian.elements).allSatisfy({ $0.isFinite && $0.magnitude < 1e100 })
      else { continue }
      for j in 0..<3 {
        let point = (0..<3).map { i in
          Dual(value: Dual(value: x[i], derivative: 0), derivative: i == j ? 1.0 : 0.0)
        }
        for i in 0..<3 {
          var twice = point
          twice[i].value.derivative = 1
          let energy = landscape.energy(at: twice.span)
          // √0 has no dual number where |0|^2.5 has a derivative.
          guard !energy.derivative.derivative.isNaN else { continue }
          let scale = gradient.map(\.magnitude).max() ?? 0
          #expect(
            agree(energy.derivative.value, gradient[j], scale: scale, to: 1e-11), "\(text)")
          #expect(
            agree(
              energy.derivative.derivative, hessian[j, i],
              scale: max(hessian.largestMagnitude, scale), to: 1e-10), "\(text)")
        }
      }
    }
  }

  @Test("the lanes agree with the doubles to rounding")
  func lanes() throws {
    var random = SplitMix(seed: 9)
    for text in Self.texts + Reference.all.map(\.text) {
      let landscape = try FormulaLandscape(
        text, variables: ["x", "y", "z"],
        parameters: ["a": 0.7, "k": 2.5, "r": 0.75])
      let field = landscape.compiled
      let points = (0..<8).map { _ in
        (0..<3).map { _ in Double.random(in: -1.5...1.5, using: &random) }
      }
      let x = (0..<3).map { i in
        var lanes = Lanes(0.0)
        for lane in 0..<8 { lanes[lane] = points[lane][i] }
        return lanes
      }
      let energyLanes = try #require(field.energyLanes)
      let energy = energyLanes(x.span)
      var drift = [Lanes](repeating: 0, count: 3)
      var span = drift.mutableSpan
      field.driftLanes(x.span, &span)
      var hessian = [Lanes](repeating: 0, count: 9)
      var hessianSpan = hessian.mutableSpan
      landscape.hessian(at: x.span, into: &hessianSpan)
      for lane in 0..<8 {
        let point = points[lane]
        #expect(same(energy[lane], try #require(field.energy(at: point))), "\(text)")
        for i in 0..<3 {
          #expect(same(drift[i][lane], field.drift(at: point)[i]), "\(text)")
        }
        let scalar = field.hessian(at: point).elements
        for i in 0..<9 { #expect(same(hessian[i][lane], scalar[i]), "\(text)") }
      }
    }
  }

  /// Lanes have an exponential function and a hyperbolic tangent of their own, which are an ulp or
  /// two away from the library's.
  private func same(_ a: Double, _ b: Double) -> Bool {
    a == b || a.isNaN && b.isNaN || (a - b).magnitude <= 1e-12 * max(a.magnitude, b.magnitude, 1)
  }

  @Test("intervals enclose energy, drift and Jacobian matrix of points inside")
  func enclosures() throws {
    var random = SplitMix(seed: 10)
    for text in Self.texts {
      let field = try FormulaLandscape(
        text, variables: ["x", "y", "z"], parameters: ["a": 0.7]
      ).compiled
      let width = Double.random(in: 0...0.5, using: &random)
      let corner = (0..<3).map { _ in Double.random(in: -1.5...1.5, using: &random) }
      let box = corner.map { Interval($0, $0 + width) }
      let energyEnclosure = try #require(field.energyEnclosure)
      let energy = energyEnclosure(box.span)
      var drift = [Interval](repeating: 0, count: 3)
      var span = drift.mutableSpan
      let driftEnclosure = try #require(field.driftEnclosure)
      driftEnclosure(box.span, &span)
      var jacobian = [Interval](repeating: 0, count: 9)
      var jacobianSpan = jacobian.mutableSpan
      let driftJacobianEnclosure = try #require(field.driftJacobianEnclosure)
      driftJacobianEnclosure(box.span, &jacobianSpan)
      for _ in 0..<10 {
        let x = box.map { Double.random(in: $0.lower...$0.upper, using: &random) }
        let value = try #require(field.energy(at: x))
        #expect(value.isNaN || energy.contains(value), "\(text)")
        for (bound, value) in zip(drift, field.drift(at: x)) {
          #expect(value.isNaN || bound.contains(value), "\(text)")
        }
        for (bound, value) in zip(jacobian, field.driftJacobian(at: x).elements) {
          #expect(value.isNaN || bound.contains(value), "\(text)")
        }
      }
    }
  }

  @Test("powers and hyperbolic functions are enclosed tightly")
  func tightness() throws {
    let box = [Interval(-1, 2)]
    func enclosure(_ text: String) throws -> Interval {
      let field = try FormulaLandscape(text, variables: ["x"]).compiled
      let energy = try #require(field.energyEnclosure)
      return energy(box.span)
    }
    func expect(_ text: String, _ lower: Double, _ upper: Double) throws {
      let found = try enclosure(text)
      #expect(agree(found.lower, lower, scale: 1e-15) && agree(found.upper, upper), "\(text)")
      #expect(found.lower <= lower && found.upper >= upper)
    }
    try expect("x*x", 0, 4)
    try expect("x^3", -1, 8)
    try expect("x*x*x*x", 0, 16)
    try expect("abs(x)", 0, 2)
    // cosh 2 and ±sinh, tan of 2/2 and −1/2 (mpmath).
    try expect("cosh(x)", 1, 3.7621956910836314596)
    try expect("sinh(x)", -1.1752011936438014569, 3.626860407847018767671)
    try expect("tan(x/2)", -0.546302489843790513255, 1.557407724654902230507)
    #expect(try enclosure("tan(x)") == .whole)
    // A constant that is rounded, π/3, is enclosed and not only its double.
    let constant = try enclosure("pi/3 + 0*x")
    #expect(constant.lower < constant.upper && constant.width < 4e-15)
  }

  @Test("the same formulas compiled on many threads are the same")
  func concurrency() async throws {
    let point = [0.3, -0.4, 1.2]
    let serial = try Self.texts.map {
      try FormulaLandscape($0, variables: ["x", "y", "z"], parameters: ["a": 0.7])
        .compiled.hessian(at: point).elements.map(\.bitPattern)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for offset in 0..<4 {
        group.addTask {
          for index in Self.texts.indices where index % 4 == offset {
            let field = try FormulaLandscape(
              Self.texts[index], variables: ["x", "y", "z"], parameters: ["a": 0.7]
            ).compiled
            #expect(field.hessian(at: point).elements.map(\.bitPattern) == serial[index])
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
