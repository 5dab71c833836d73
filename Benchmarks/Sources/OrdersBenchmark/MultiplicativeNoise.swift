import Glibc
import Landscapes
import LinearAlgebra
import Simulation

/// b = −0.5 x.
private struct Decay: VectorField {
  var dimension: Int { 1 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) { b[0] = -0.5 * x[0] }
}

/// Noise proportional to the position, against the exact solution on the same path,
/// x(1) = exp(−0.5 + (a − ½)σ² + σW), D = σ²x²/2, a = 0, ½, 1 by the interpretation.
func multiplicative() throws -> String {
  let steps = [0.125, 0.0625, 0.03125, 0.015625]
  let sigma = 0.5
  var strong: [Row] = []
  var weak: [Row] = []
  let names: [(StochasticInterpretation, String, Double)] = [
    (.ito, "Euler–Maruyama, Itô", 0), (.stratonovich, "Euler–Maruyama, Stratonovich", 0.5),
    (.isothermal, "Euler–Maruyama, isothermal", 1),
  ]
  for (interpretation, name, a) in names {
    var roots: [(value: Double, error: Double)] = []
    var means: [(value: Double, error: Double)] = []
    for step in steps {
      let count = Int((1 / step).rounded())
      let mover = try StochasticIntegrator(
        field: CompiledField(field: Decay()),
        dynamics: Dynamics(
          diffusion: FieldDiffusion(dimension: 1) { [[0.5 * sigma * sigma * $0[0] * $0[0]]] },
          interpretation: interpretation), timeStep: step)
      var difference = Mean()
      var square = Mean()
      for number in 0..<20_000 {
        let stepper = mover.makeStepper(seed: 13)
        var block = TrajectoryBlock(dimension: 1)
        let streams = (0..<8).map { UInt64(8 * number + $0) }
        for lane in 0..<8 { block.place([1], lane: lane, stream: streams[lane], basin: 0) }
        stepper.advance(&block, by: count)
        let normals = RandomStream.normals(
          seed: 13, indices: streams, firstStep: 0, steps: count, dimension: 1)
        for lane in 0..<8 {
          let path = step.squareRoot() * normals.reduce(0) { $0 + $1[lane] }
          let exact = exp(-0.5 + (a - 0.5) * sigma * sigma + sigma * path)
          let deviation = block.positions[0][lane] - exact
          difference.add(deviation)
          square.add(deviation * deviation)
        }
      }
      let root = square.value.squareRoot()
      roots.append((value: root, error: 0.5 * square.error / root))
      means.append((value: difference.value, error: difference.error))
    }
    strong.append(Row(name: name, errors: roots))
    weak.append(Row(name: name, errors: means))
  }
  return """
    ## Noise proportional to the position

    dx = −x/2 dt + x/2 dW, x(0) = 1, until t = 1, in the three interpretations, against the exact
    solution on the same path.

    Weak error, of the mean of x:


    """ + table(steps, weak) + "Strong error:\n\n" + table(steps, strong)
}
