import Formulas
import Landscapes
import LinearAlgebra
import Testing

@Suite("Diffusion matrices from text")
struct FormulaDiffusionTests {
  @Test("values, derivatives and divergence")
  func values() throws {
    let diffusion = try FormulaDiffusion(
      [["0.1*(1+x^2)", "c*x*y"], ["y*x*c", "exp(y)"]], variables: ["x", "y"],
      parameters: ["c": 0.02])
    #expect(diffusion.form == .positionDependent)
    let x = [2.0, -1.0]
    let exponential = 0.36787944117144233  // exp(−1)
    let matrix = diffusion.matrix(at: x)
    #expect(agree(matrix[0, 0], 0.5) && agree(matrix[1, 1], exponential))
    #expect(agree(matrix[0, 1], -0.04) && matrix[0, 1] == matrix[1, 0])
    let derivatives = diffusion.derivatives(at: x)
    #expect(agree(derivatives[0][0, 0], 0.4) && derivatives[1][0, 0] == 0)
    #expect(agree(derivatives[0][0, 1], -0.02) && agree(derivatives[1][1, 0], 0.04))
    #expect(derivatives[0][1, 1] == 0 && agree(derivatives[1][1, 1], exponential))
    let divergence = diffusion.divergence(at: x)
    #expect(agree(divergence[0], 0.44) && agree(divergence[1], -0.02 + exponential))
    var lanes = [Lanes](repeating: 0, count: 4)
    var span = lanes.mutableSpan
    diffusion.matrix(at: [Lanes(2), Lanes(-1)].span, into: &span)
    #expect(lanes.map { $0[5] } == matrix.elements)
  }

  @Test("eight points at a time are the same as one at a time")
  func lanes() throws {
    let noise = try FormulaDiffusion(
      [["0.1*(1+x^2)", "0.02*sin(y)"], ["0.02*sin(y)", "0.2+exp(-x*y)"]], variables: ["x", "y"])
    let function = try #require(noise.matrixLanes)
    var points = [Lanes(0.0), Lanes(0.0)]
    for lane in 0..<8 {
      points[0][lane] = 0.3 * Double(lane) - 1
      points[1][lane] = 0.7 - 0.2 * Double(lane)
    }
    var result = [Lanes](repeating: Lanes(0.0), count: 4)
    do {
      var span = result.mutableSpan
      function(points.span, &span)
    }
    for lane in 0..<8 {
      let matrix = noise.matrix(at: points.map { $0[lane] })
      #expect(result.map { $0[lane] } == matrix.elements)
    }
  }

  @Test("constant entries make a constant matrix")
  func constants() throws {
    let isotropic = try FormulaDiffusion(
      [["a", "0"], ["0", "0.05*2"]], variables: ["x", "y"], parameters: ["a": 0.1])
    #expect(isotropic.form == .isotropic(0.1))
    let constant = try FormulaDiffusion([["1", "0.5"], ["1/2", "2"]], variables: ["x", "y"])
    #expect(constant.form == .constant(Matrix(rows: 2, columns: 2, elements: [1, 0.5, 0.5, 2])))
  }

  @Test("formulas that agree without being equal are symmetric")
  func agreement() throws {
    let diffusion = try FormulaDiffusion(
      [["3", "sin(x+y)"], ["sin(x)*cos(y) + cos(x)*sin(y)", "2"]], variables: ["x", "y"])
    let matrix = diffusion.matrix(at: [0.4, 1.9])
    #expect(matrix[0, 1] == matrix[1, 0])
  }

  @Test("what is no diffusion matrix is refused")
  func faults() {
    #expect(throws: LandscapeError.self) {
      try FormulaDiffusion([["1", "x"], ["y", "1"]], variables: ["x", "y"])
    }
    #expect(throws: LandscapeError.self) {
      try FormulaDiffusion([["1", "2"], ["2", "1"]], variables: ["x", "y"])
    }
    #expect(throws: LandscapeError.self) {
      try FormulaDiffusion([["-1-x^2"]], variables: ["x"])
    }
    #expect(
      throws: LandscapeError.dimensionMismatch(
        quantity: "rows of the diffusion matrix", expected: 2, found: 1)
    ) {
      try FormulaDiffusion([["1", "0"]], variables: ["x", "y"])
    }
    #expect(
      throws: LandscapeError.dimensionMismatch(
        quantity: "columns of the diffusion matrix", expected: 1, found: 2)
    ) {
      try FormulaDiffusion([["1", "0"]], variables: ["x"])
    }
    let error = #expect(throws: FormulaError.self) {
      try FormulaDiffusion([["1", "0"], ["0", "2+q"]], variables: ["x", "y"])
    }
    #expect(error?.formula == "2+q" && error?.column == 2)
  }
}
