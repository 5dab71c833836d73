import Glibc
import Landscapes
import LinearAlgebra
import Simulation

/// x²/2.
private struct Bowl: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { 0.5 * x[0].squared() }
}

/// Noise that does not depend on the position, against the exact solution on the same path.
///
/// Over a step the exact solution of dx = −x dt + √(2D) dW is e^{−Δt} x + √(2D) I, where I and ΔW
/// are normal with variances (1 − e^{−2Δt})/2 and Δt and covariance 1 − e^{−Δt}.
func linear() throws -> String {
  let field = CompiledField(Bowl())
  let strength = (2.0 * 0.5).squareRoot()
  let steps = [0.25, 0.125, 0.0625, 0.03125]
  let blocks = 2_000_000
  var weak = ["Euler–Maruyama": [(Double, Double)](), "Heun": []]
  var strong = weak
  for step in steps {
    let count = Int((1 / step).rounded())
    let covariance = 1 - exp(-step)
    let share = covariance / step
    let rest = (0.5 * (1 - exp(-2 * step)) - covariance * share).squareRoot()
    for (name, advance) in [("Euler–Maruyama", field.eulerSteps), ("Heun", field.heunSteps)] {
      var difference = Mean()
      var square = Mean()
      var increments = [Lanes](repeating: Lanes(0.0), count: count)
      var room = [Lanes](repeating: Lanes(0.0), count: 4)
      for block in 0..<(blocks / count) {
        // Two components a step: ΔW, and what of I it does not determine.
        let normals = RandomStream.normals(
          seed: 11, indices: (0..<8).map { UInt64(8 * block + $0) }, firstStep: 0, steps: count,
          dimension: 2)
        var exact = Lanes(1.0)
        for k in 0..<count {
          increments[k] = Lanes(strength * step.squareRoot()) * normals[2 * k]
          let integral =
            Lanes(share * step.squareRoot()) * normals[2 * k] + Lanes(rest) * normals[2 * k + 1]
          exact = Lanes(exp(-step)) * exact + Lanes(strength) * integral
        }
        var x = Lanes(1.0)
        withUnsafeMutablePointer(to: &x) { x in
          increments.withUnsafeBufferPointer { w in
            room.withUnsafeMutableBufferPointer { room in
              guard let w = w.baseAddress, let room = room.baseAddress else { return }
              advance(
                LaneStretch(
                  positions: x, increments: w, room: room, steps: count, timeStep: step,
                  walls: nil))
            }
          }
        }
        for lane in 0..<8 {
          difference.add(x[lane] * x[lane] - exact[lane] * exact[lane])
          square.add((x[lane] - exact[lane]) * (x[lane] - exact[lane]))
        }
      }
      weak[name, default: []].append((difference.value, difference.error))
      let root = square.value.squareRoot()
      strong[name, default: []].append((root, 0.5 * square.error / root))
    }
  }
  func rows(_ values: [String: [(Double, Double)]]) -> [Row] {
    ["Euler–Maruyama", "Heun"].map { name in
      Row(name: name, errors: (values[name] ?? []).map { (value: $0.0, error: $0.1) })
    }
  }
  return """
    ## Noise that does not depend on the position, a linear drift

    dx = −x dt + dW, x(0) = 1, until t = 1, against the exact solution on the same path.

    Weak error, of the mean of x²:


    """ + table(steps, rows(weak)) + "Strong error:\n\n" + table(steps, rows(strong))
}
