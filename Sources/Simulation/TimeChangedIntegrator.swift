public import Landscapes
public import LinearAlgebra

/// SGD with loss-proportional noise after the random time change of Mori et al. (2021), equations
/// (13) and (14): with dτ = L(θ) dt
///
///     dθ = −∇ln L(θ) dτ + √(2 (η/B) H(θ*)) dW,
///
/// where the noise no longer depends on the position. Steps are taken in τ by Heun's method, which
/// is of weak order 2; the blocks' clocks add up the time t = ∫ dτ/L along the way, by the same
/// method. Near a minimum with a small loss t runs fast: a step of τ is worth many of t.
public struct TimeChangedIntegrator: Mover {
  /// The landscape.
  public let field: CompiledField
  /// The noise, D = (η/B)·L(θ)·H(θ*) in time t.
  public let noise: LossHessianDiffusion
  /// Δτ.
  public let timeStep: Double
  /// The box whose walls reflect; nil for free space.
  public let reflecting: Domain?
  /// √(2Δτ·(η/B)·|H(θ*)|) of each basin, row after row.
  let factors: [[Double]]
  private let diffusions: [Matrix]

  /// Prepares the integration.
  ///
  /// - Parameters:
  ///   - field: The landscape, whose loss must be positive where trajectories go; one that comes
  ///     to a loss that is not counts as diverged.
  ///   - noise: Loss-proportional noise of the same landscape.
  ///   - timeStep: Δτ, in units of loss times time; positive.
  ///   - anchors: The basins whose minima θ* stands for: `StationaryNetwork.basinAnchors`; at
  ///     least one.
  ///   - reflecting: A box whose walls reflect the trajectories.
  /// - Throws: `SimulationError` for a time step that is not positive, a drift without energy, or
  ///   no basin; `LinearAlgebraError` for a Hessian without decomposition.
  public init(
    field: CompiledField, noise: LossHessianDiffusion, timeStep: Double, anchors: [BasinAnchor],
    reflecting: Domain? = nil
  ) throws {
    guard timeStep > 0, timeStep.isFinite else {
      throw SimulationError.invalidSetting(
        name: "timeStep", value: "\(timeStep)", accepted: "a positive number")
    }
    guard field.isGradient else { throw SimulationError.noEnergy }
    guard !anchors.isEmpty else { throw SimulationError.noMinimum }
    for (quantity, found) in [
      ("diffusion", noise.dimension), ("minimum", anchors[0].minimum.count),
      ("reflecting box", reflecting?.dimension ?? field.dimension),
    ] where found != field.dimension {
      throw SimulationError.dimensionMismatch(
        quantity: quantity, expected: field.dimension, found: found)
    }
    self.field = field
    self.noise = noise
    self.timeStep = timeStep
    self.reflecting = reflecting
    diffusions = anchors.map { noise.scale * $0.minimumHessian.absoluteSpectrum }
    factors = try diffusions.map {
      ((2 * timeStep).squareRoot() * (try $0.semidefiniteSquareRoot())).elements
    }
  }

  /// The number of variables.
  public var dimension: Int { field.dimension }
  /// The numbers stand for a process in continuous time.
  public var isContinuous: Bool { true }
  /// Steps take different times.
  public var keepsClock: Bool { true }

  /// The diffusion matrix per unit of τ, (η/B)·|H(θ*)|.
  public func diffusion(at x: [Double], basin: Int) -> Matrix? {
    diffusions[min(basin, diffusions.count - 1)]
  }

  /// What advances one block.
  public func makeStepper(seed: UInt64) -> any Stepper {
    TimeChangedStepper(integrator: self, seed: seed)
  }
}

private final class TimeChangedStepper: Stepper {
  private let integrator: TimeChangedIntegrator
  private let dimension: Int
  private let normals: IncrementBuffer
  private var factor: [Lanes]
  private var basinChanges = -1
  private var slope: [Lanes]
  private var predictedSlope: [Lanes]
  private var predicted: [Lanes]
  private var increment: [Lanes]

  init(integrator: TimeChangedIntegrator, seed: UInt64) {
    self.integrator = integrator
    dimension = integrator.dimension
    normals = IncrementBuffer(seed: seed, dimension: dimension, scale: 1)
    let vector = [Lanes](repeating: Lanes(0.0), count: dimension)
    slope = vector
    predictedSlope = vector
    predicted = vector
    increment = vector
    factor = [Lanes](repeating: Lanes(0.0), count: dimension * dimension)
  }

  func advance(_ block: inout TrajectoryBlock, by steps: Int) {
    if basinChanges != block.basinChanges {
      basinChanges = block.basinChanges
      for lane in block.basins.indices {
        let source = integrator.factors[min(block.basins[lane], integrator.factors.count - 1)]
        for i in source.indices { factor[i][lane] = source[i] }
      }
    }
    var remaining = steps
    while remaining > 0 {
      let count = normals.prepare(for: block, steps: remaining)
      // Step by step onto the clocks: the sum must not depend on where the buffer ends.
      var clocks = Lanes(0.0)
      for lane in block.clocks.indices { clocks[lane] = block.clocks[lane] }
      for step in 0..<count {
        clocks = clocks + advance(&block.positions, z: normals.next + step * dimension)
      }
      for lane in block.steps.indices {
        block.steps[lane] += UInt64(count)
        block.clocks[lane] = clocks[lane]
      }
      normals.advance(by: count)
      remaining -= count
    }
  }

  /// One step of τ; gives the time that it took.
  private func advance(_ x: inout [Lanes], z: UnsafeMutablePointer<Lanes>) -> Lanes {
    let n = dimension
    let step = Lanes(integrator.timeStep)
    let half = Lanes(0.5 * integrator.timeStep)
    let start = load(&slope, at: x)
    for i in 0..<n {
      var sum = factor[i * n] * z[0]
      for j in 1..<max(n, 1) { sum = sum + factor[i * n + j] * z[j] }
      increment[i] = sum
      predicted[i] = x[i] + step * slope[i] + sum
    }
    reflect(&predicted)
    let end = load(&predictedSlope, at: predicted)
    for i in 0..<n { x[i] = x[i] + half * (slope[i] + predictedSlope[i]) + increment[i] }
    reflect(&x)
    return half * (start + end)
  }

  /// −∇ln L into a vector; gives 1/L, NaN where L is not positive.
  private func load(_ slope: inout [Lanes], at x: [Lanes]) -> Lanes {
    let loss = integrator.field.energyLanes.map { $0(x.span) } ?? Lanes(.nan)
    let inverse = Lanes(1.0) / Lanes.select(-loss, nonnegative: Lanes(.nan), negative: loss)
    do {
      var span = slope.mutableSpan
      integrator.field.driftLanes(x.span, &span)
    }
    for i in slope.indices { slope[i] = slope[i] * inverse }
    return inverse
  }

  private func reflect(_ x: inout [Lanes]) {
    guard let walls = integrator.reflecting else { return }
    x.withUnsafeMutableBufferPointer { x in
      if let base = x.baseAddress { LaneStretch.reflect(base, at: walls) }
    }
  }
}
