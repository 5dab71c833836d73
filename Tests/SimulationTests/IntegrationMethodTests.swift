import Landscapes
import LinearAlgebra
import Simulation
import StationaryPoints
import Testing

/// The mean over trajectories of a function of the final position, with its standard error.
private func finalMean(
  _ mover: any Mover, start: [Double], steps: Int, blocks: Int, seed: UInt64 = 5,
  _ function: ([Double]) -> Double
) -> (value: Double, error: Double) {
  var sum = 0.0
  var squares = 0.0
  for number in 0..<blocks {
    let stepper = mover.makeStepper(seed: seed)
    var block = TrajectoryBlock(dimension: mover.dimension)
    for lane in 0..<8 {
      block.place(start, lane: lane, stream: UInt64(8 * number + lane), basin: 0)
    }
    stepper.advance(&block, by: steps)
    for lane in 0..<8 {
      let value = function(block.position(lane: lane))
      sum += value
      squares += value * value
    }
  }
  let count = Double(8 * blocks)
  let mean = sum / count
  return (mean, ((squares / count - mean * mean) / (count - 1)).squareRoot())
}

/// The mean of x₀² over long stretches of a steady state.
private func steadySquare(
  _ mover: any Mover, blocks: Int, steps: Int
) -> (value: Double, error: Double) {
  var samples: [Double] = []
  for number in 0..<blocks {
    let stepper = mover.makeStepper(seed: 3)
    var block = TrajectoryBlock(dimension: mover.dimension)
    for lane in 0..<8 {
      block.place(
        [Double](repeating: 0, count: mover.dimension), lane: lane,
        stream: UInt64(8 * number + lane), basin: 0)
    }
    stepper.advance(&block, by: 200)
    var sum = Lanes(0.0)
    for _ in 0..<steps {
      stepper.advance(&block, by: 1)
      sum = sum + block.positions[0].squared()
    }
    for lane in 0..<8 { samples.append(sum[lane] / Double(steps)) }
  }
  let mean = samples.reduce(0, +) / Double(samples.count)
  let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples.count - 1)
  return (mean, (variance / Double(samples.count)).squareRoot())
}

/// x⁴/4.
private struct Quartic: Landscape {
  var dimension: Int { 1 }
  func energy<S: Scalar>(at x: Span<S>) -> S { 0.25 * x[0].squared().squared() }
}

/// b = 0.3 x.
private struct Growth: VectorField {
  var dimension: Int { 1 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) { b[0] = 0.3 * x[0] }
}

/// No drift in two variables.
private struct Rest: VectorField {
  var dimension: Int { 2 }
  func drift<S: Scalar>(at x: Span<S>, into b: inout MutableSpan<S>) {
    b[0] = S(0.0)
    b[1] = S(0.0)
  }
}

@Suite("Methods of integration")
struct IntegrationMethodTests {
  @Test("Heun's method has the variance of its own recursion for a linear drift")
  func heunVariance() throws {
    let field = CompiledField(Bowl(curvatures: [2]))
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.7, dimension: 1), timeStep: 0.3,
      method: .heun)
    let moment = steadySquare(mover, blocks: 32, steps: 4000)
    // x ← a x + c w, a = 1 − kΔt + (kΔt)²/2 = 0.58, c = 1 − kΔt/2 = 0.7: variance
    // 2DΔt c²/(1 − a²).
    let expected = 0.42 * 0.49 / (1 - 0.58 * 0.58)
    #expect(abs(moment.value - expected) < 4 * moment.error)
    #expect(moment.error < 0.002)
  }

  @Test("Leimkuhler and Matthews's method has the exact variance of a linear drift")
  func leimkuhlerMatthewsVariance() throws {
    let field = CompiledField(Bowl(curvatures: [2]))
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.7, dimension: 1), timeStep: 0.3,
      method: .leimkuhlerMatthews)
    let moment = steadySquare(mover, blocks: 32, steps: 4000)
    // D/k whatever the step (Leimkuhler and Matthews 2013); Euler and Maruyama give 0.5.
    #expect(abs(moment.value - 0.35) < 4 * moment.error)
    #expect(moment.error < 0.002)
  }

  @Test(
    "averages over a quartic well are those of the method's own kernel",
    arguments: [
      (IntegrationMethod.eulerMaruyama, 0.010899457672680), (.heun, -0.019022851913227),
    ])
  func quarticAverage(method: IntegrationMethod, expected: Double) throws {
    let moment = try quarticDeviation(method)
    // From the kernel on a grid with 64-point Gauss–Hermite quadrature of the step (SciPy).
    #expect(abs(moment.value - expected) < 4 * moment.error)
    #expect(moment.error < 0.001)
  }

  @Test("Leimkuhler and Matthews's averages over a quartic well are of second order")
  func leimkuhlerMatthewsAverage() throws {
    let moment = try quarticDeviation(.leimkuhlerMatthews)
    #expect(abs(moment.value) < 0.003 + 4 * moment.error)
  }

  /// ⟨x²⟩ with Δt = 0.1 less that of e^{−x⁴/4}, 2 Γ(3/4)/Γ(1/4) = 0.675978240067284729 (mpmath).
  private func quarticDeviation(
    _ method: IntegrationMethod
  ) throws -> (value: Double, error: Double) {
    let mover = try StochasticIntegrator(
      field: CompiledField(Quartic()), dynamics: .langevin(temperature: 1, dimension: 1),
      timeStep: 0.1, method: method)
    let moment = steadySquare(mover, blocks: 64, steps: 8000)
    return (moment.value - 0.675978240067284729, moment.error)
  }

  @Test(
    "multiplicative noise has the mean of its interpretation",
    arguments: [
      // E x(1) = exp(0.3 + a σ²), σ² = 0.5 in D = σ²x²/2: a = 0, ½, 1.
      (StochasticInterpretation.ito, 1.3498588075760032),
      (.stratonovich, 1.7332530178673953), (.isothermal, 2.225540928492468),
    ])
  func interpretations(interpretation: StochasticInterpretation, expected: Double) throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(field: Growth()),
      dynamics: Dynamics(
        diffusion: FieldDiffusion(dimension: 1) { [[0.25 * $0[0] * $0[0]]] },
        interpretation: interpretation), timeStep: 0.01)
    let mean = finalMean(mover, start: [1], steps: 100, blocks: 2000) { $0[0] }
    // The scheme's own mean is (1 + (0.3 + a σ²)Δt)^100: 0.05 to 0.3 % below.
    let growth = Double.log(expected)
    let discrete = (1 + 0.01 * growth).raised(to: 100)
    #expect(abs(mean.value - discrete) < 4 * mean.error)
    #expect(mean.error < 0.03)
  }

  @Test("interpretations in two variables add the divergence, or the roots' own term")
  func interpretationsInPlane() throws {
    // D = [[1 + y², 0.3 x], [0.3 x, 2 + xy]]: ∇·D = (0, 0.3 + x) = (0, 0.7) at (0.4, 0.2).
    let diffusion = FieldDiffusion(dimension: 2) { x in
      [[1 + x[1] * x[1], 0.3 * x[0]], [0.3 * x[0], 2 + x[0] * x[1]]]
    }
    // ½ Σ (∂ⱼSᵢₖ) Sⱼₖ with the symmetric root S of 2D by 50-digit differences (mpmath).
    let stratonovich = [0.0, 0.326205258014108422]
    for (interpretation, expected) in [
      (StochasticInterpretation.isothermal, [0.0, 0.7]), (.stratonovich, stratonovich),
    ] {
      let mover = try StochasticIntegrator(
        field: CompiledField(field: Rest()),
        dynamics: Dynamics(diffusion: diffusion, interpretation: interpretation),
        timeStep: 1)
      // One step is normal about x + c Δt, however long.
      for i in 0..<2 {
        let mean = finalMean(mover, start: [0.4, 0.2], steps: 1, blocks: 4000) { $0[i] }
        let start = [0.4, 0.2][i]
        #expect(abs(mean.value - start - expected[i]) < 4 * mean.error)
        #expect(mean.error < 0.02)
      }
    }
  }

  @Test("methods that do not fit the noise are refused")
  func refusals() throws {
    let field = CompiledField(Bowl(curvatures: [1]))
    let noise = Dynamics(diffusion: FieldDiffusion(dimension: 1) { [[1 + $0[0] * $0[0]]] })
    for method in [IntegrationMethod.heun, .leimkuhlerMatthews] {
      #expect(throws: SimulationError.self) {
        try StochasticIntegrator(field: field, dynamics: noise, timeStep: 0.1, method: method)
      }
    }
    #expect(
      throws: SimulationError.unsuitableMethod(
        "leimkuhlerMatthews", needs: "the gradient of an energy and isotropic, constant noise")
    ) {
      try StochasticIntegrator(
        field: CompiledField(field: Growth()), dynamics: .langevin(temperature: 1, dimension: 1),
        timeStep: 0.1, method: .leimkuhlerMatthews)
    }
    let (well, network) = try tiltedWell()
    #expect(throws: SimulationError.unsupportedInterpretation("isothermal")) {
      let sgd = try StochasticGradient(learningRate: 0.1, batchSize: 2)
      let ito = try Dynamics.sgd(sgd, noise: .twoTemperature, field: well)
      _ = try StochasticIntegrator(
        field: well,
        dynamics: Dynamics(
          diffusion: ito.diffusion, source: ito.source, interpretation: .isothermal),
        timeStep: 0.1, anchors: network.basinAnchors)
    }
  }

  @Test(
    "a copy that takes the memory along goes the same way", arguments: IntegrationMethod.allCases)
  func memory(method: IntegrationMethod) throws {
    let (field, _) = try tiltedWell()
    let mover = try StochasticIntegrator(
      field: field, dynamics: .langevin(temperature: 0.1, dimension: 2), timeStep: 0.05,
      method: method)
    var first = TrajectoryBlock(dimension: 2)
    for lane in 0..<8 { first.place([-1, 0], lane: lane, stream: UInt64(lane), basin: 0) }
    let one = mover.makeStepper(seed: 8)
    one.advance(&first, by: 37)
    one.advance(&first, by: 331)
    var second = TrajectoryBlock(dimension: 2)
    let two = mover.makeStepper(seed: 8)
    // Lanes change places.
    for lane in 0..<8 {
      second.restore(first.state(lane: 7 - lane), lane: lane)
      two.restore(one.memory(lane: 7 - lane), lane: lane, in: second)
    }
    one.advance(&first, by: 200)
    two.advance(&second, by: 150)
    two.advance(&second, by: 50)
    for lane in 0..<8 {
      #expect(first.position(lane: 7 - lane) == second.position(lane: lane))
    }
  }

  @Test("the random time change gives the exact mean first-passage time of loss-proportional noise")
  func timeChange() throws {
    let field = CompiledField(MoriLoss())
    // mpmath.findroot
    let points = try network(
      field, minima: [[-1.0466805318046022612], [0.94564927392359144347]],
      saddles: [([0.10103125788101081769], [0, 1])])
    let sgd = try StochasticGradient(learningRate: 0.4, batchSize: 1)
    guard
      let noise = try Dynamics.sgd(sgd, noise: .lossHessian, field: field).diffusion
        as? LossHessianDiffusion
    else {
      Issue.record("loss-proportional noise has another type")
      return
    }
    let mover = try TimeChangedIntegrator(
      field: field, noise: noise, timeStep: 0.0005, anchors: points.basinAnchors)
    var times: [Double] = []
    for number in 0..<400 {
      let stepper = mover.makeStepper(seed: 4)
      var block = TrajectoryBlock(dimension: 1)
      for lane in 0..<8 {
        block.place(
          points.minima[0].coordinates, lane: lane, stream: UInt64(8 * number + lane), basin: 0)
      }
      var open = Set(0..<8)
      while !open.isEmpty {
        stepper.advance(&block, by: 2)
        for lane in open where block.positions[0][lane] >= points.minima[1].coordinates[0] {
          times.append(block.clocks[lane])
          open.remove(lane)
        }
      }
    }
    let count = Double(times.count)
    let mean = times.reduce(0, +) / count
    let error = (times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count / count).squareRoot()
    // Quadrature of the Itô formula, from minimum to minimum (mpmath).
    let expected = 63.178931402194599
    #expect(abs(mean - expected) < 4 * error)
  }
}
