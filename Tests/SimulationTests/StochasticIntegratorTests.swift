import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Testing

/// Second moments of the steady state, with standard errors from independent trajectories.
private func secondMoments(
  _ mover: any Mover, blocks: Int, steps: Int, burnIn: Int
) -> [(value: Double, error: Double)] {
  let n = mover.dimension
  var samples = Array(repeating: [Double](), count: n * n)
  for number in 0..<blocks {
    var block = TrajectoryBlock(dimension: n)
    for lane in 0..<8 {
      block.place(
        [Double](repeating: 0, count: n), lane: lane, stream: UInt64(8 * number + lane), basin: 0)
    }
    let stepper = mover.makeStepper(seed: 42)
    stepper.advance(&block, by: burnIn)
    var sums = [Lanes](repeating: Lanes(0.0), count: n * n)
    for _ in 0..<steps {
      stepper.advance(&block, by: 1)
      for i in 0..<n {
        for j in 0..<n {
          sums[i * n + j] = sums[i * n + j] + block.positions[i] * block.positions[j]
        }
      }
    }
    for k in sums.indices {
      for lane in 0..<8 { samples[k].append(sums[k][lane] / Double(steps)) }
    }
  }
  return samples.map { values in
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return (mean, (variance / count).squareRoot())
  }
}

@Suite("Euler–Maruyama scheme")
struct StochasticIntegratorTests {
  @Test("an Ornstein–Uhlenbeck process has the variance of the discrete scheme")
  func ornsteinUhlenbeck() throws {
    let field = CompiledField(Bowl(curvatures: [2]))
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.7, dimension: 1), timeStep: 0.3)
    let moment = secondMoments(mover, blocks: 32, steps: 4000, burnIn: 100)[0]
    // 2DΔt/(1 − (1 − kΔt)²) = 0.5; the continuous process has D/k = 0.35.
    #expect(abs(moment.value - 0.5) < 4 * moment.error)
    #expect(moment.error < 0.002)
  }

  @Test("constant matrix noise gives the covariance of the discrete Lyapunov equation")
  func matrixNoise() throws {
    let field = CompiledField(Bowl(curvatures: [1, 3]))
    let d: Matrix = [[0.5, 0.3], [0.3, 0.4]]
    let mover = try StochasticIntegrator(
      field: field, dynamics: Dynamics(diffusion: ConstantDiffusion(d)), timeStep: 0.05)
    let moments = secondMoments(mover, blocks: 32, steps: 4000, burnIn: 200)
    // Σᵢⱼ = 2DᵢⱼΔt/(1 − (1 − kᵢΔt)(1 − kⱼΔt)).
    let rates = [1.0, 3.0]
    for i in 0..<2 {
      for j in 0..<2 {
        let expected =
          2 * d[i, j] * 0.05 / (1 - (1 - rates[i] * 0.05) * (1 - rates[j] * 0.05))
        let moment = moments[2 * i + j]
        #expect(abs(moment.value - expected) < 4 * moment.error)
      }
    }
  }

  @Test("a matrix function of the position acts as the same constant matrix")
  func generalNoise() throws {
    let field = CompiledField(Bowl(curvatures: [1, 3, 2]))
    // Rank two in three variables.
    let d: Matrix = [[0.5, 0.3, 0], [0.3, 0.18, 0], [0, 0, 0.2]]
    let mover = try StochasticIntegrator(
      field: field, dynamics: Dynamics(diffusion: FieldDiffusion(dimension: 3) { _ in d }),
      timeStep: 0.05)
    let moments = secondMoments(mover, blocks: 4, steps: 4000, burnIn: 200)
    let rates = [1.0, 3.0, 2.0]
    for i in 0..<3 {
      for j in 0..<3 {
        let expected =
          2 * d[i, j] * 0.05 / (1 - (1 - rates[i] * 0.05) * (1 - rates[j] * 0.05))
        let moment = moments[3 * i + j]
        #expect(abs(moment.value - expected) < 4.5 * moment.error)
      }
    }
  }

  @Test("fast noise factors make the same steps as the model's matrix does")
  func factors() throws {
    let (field, network) = try tiltedWell()
    let sgd = try StochasticGradient(learningRate: 0.1, batchSize: 2)
    let anchors = network.basinAnchors
    for noise in [GradientNoise.hessian, .lossHessian, .twoTemperature] {
      let dynamics = try Dynamics.sgd(sgd, noise: noise, field: field)
      let mover = try StochasticIntegrator(
        field: field, dynamics: dynamics, timeStep: 0.1, anchors: anchors)
      // The covariance of one step from a point, over many independent lanes.
      let x = [0.5, 0.4]
      let b = field.drift(at: x)
      for basin in 0..<2 {
        var sums = Matrix(rows: 2, columns: 2)
        let blocks = 4000
        for number in 0..<blocks {
          let stepper = mover.makeStepper(seed: 9)
          var block = TrajectoryBlock(dimension: 2)
          for lane in 0..<8 {
            block.place(x, lane: lane, stream: UInt64(8 * number + lane), basin: basin)
          }
          stepper.advance(&block, by: 1)
          for lane in 0..<8 {
            let y = zip(block.position(lane: lane), zip(x, b)).map { $0 - $1.0 - 0.1 * $1.1 }
            for i in 0..<2 { for j in 0..<2 { sums[i, j] += y[i] * y[j] } }
          }
        }
        let count = Double(8 * blocks)
        guard let d = mover.diffusion(at: x, basin: basin) else { continue }
        for i in 0..<2 {
          for j in 0..<2 {
            let expected = 2 * 0.1 * d[i, j]
            let error =
              (0.2 * 0.2 * (d[i, i] * d[j, j] + d[i, j] * d[i, j]) / count).squareRoot()
            #expect(abs(sums[i, j] / count - expected) < 4.5 * error + 1e-12)
          }
        }
      }
    }
  }

  @Test("a reflecting box keeps the trajectories and the uniform density")
  func reflection() throws {
    let field = CompiledField(Bowl(curvatures: [0]))
    let box = try Domain(lower: [-1], upper: [2])
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 1, dimension: 1), timeStep: 0.01,
      reflecting: box)
    let moment = secondMoments(mover, blocks: 16, steps: 20000, burnIn: 1000)[0]
    // The mean of x² over [−1, 2] is 1.
    #expect(abs(moment.value - 1) < 4 * moment.error)
  }

  @Test("bad settings are named")
  func badSettings() throws {
    let field = CompiledField(Bowl(curvatures: [1]))
    let dynamics = try Dynamics.langevin(temperature: 1, dimension: 1)
    #expect(throws: SimulationError.self) {
      try StochasticIntegrator(field: field, dynamics: dynamics, timeStep: 0)
    }
    #expect(
      throws: SimulationError.dimensionMismatch(quantity: "diffusion", expected: 1, found: 2)
    ) {
      try StochasticIntegrator(
        field: field, dynamics: .langevin(temperature: 1, dimension: 2), timeStep: 0.1)
    }
  }
}
