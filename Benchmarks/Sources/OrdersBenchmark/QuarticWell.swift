import Glibc
import Landscapes
import LinearAlgebra
import Simulation

/// x⁴/4.
private struct Quartic: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { 0.25 * x[0].squared().squared() }
}

/// Averages of the stationary state of a well that is not harmonic.
func quartic() throws -> String {
  let steps = [0.1, 0.05, 0.025]
  let exact = 2 * tgamma(0.75) / tgamma(0.25)
  let names: [(IntegrationMethod, String)] = [
    (.eulerMaruyama, "Euler–Maruyama"), (.heun, "Heun"),
    (.leimkuhlerMatthews, "Leimkuhler–Matthews"),
  ]
  let rows = try names.map { method, name in
    Row(
      name: name,
      errors: try steps.map { step in
        let mover = try StochasticIntegrator(
          field: CompiledField(Quartic()), dynamics: .langevin(temperature: 1, dimension: 1),
          timeStep: step, method: method)
        var mean = Mean()
        for number in 0..<32 {
          let stepper = mover.makeStepper(seed: 12)
          var block = TrajectoryBlock(dimension: 1)
          for lane in 0..<8 {
            block.place([0], lane: lane, stream: UInt64(8 * number + lane), basin: 0)
          }
          stepper.advance(&block, by: 1000)
          var sum = Lanes(0.0)
          let looks = 1_000_000
          for _ in 0..<looks {
            stepper.advance(&block, by: 1)
            sum = sum + block.positions[0].squared()
          }
          for lane in 0..<8 { mean.add(sum[lane] / Double(looks) - exact) }
        }
        return (value: mean.value, error: mean.error)
      })
  }
  return """
    ## Averages of the stationary state, a quartic well

    L = x⁴/4 with D = 1: the error of the mean of x², which is 2 Γ(3/4)/Γ(1/4) = 0.675978….


    """ + table(steps, rows)
}
