import CLanes
public import Landscapes
public import LinearAlgebra

/// The Euler–Maruyama scheme for dx = b(x) dt + √(2D(x)) dW (Itô), eight trajectories at a time.
///
/// A noise model that refers to the current minimum (loss times Hessian, two temperatures) is
/// anchored in the basin of each trajectory: for exits the one that it starts in, for occupancies
/// that of the last core set which it visited.
public struct EulerMaruyama: Mover {
  /// The drift.
  public let field: CompiledField
  /// The noise.
  public let dynamics: Dynamics
  /// Δt.
  public let timeStep: Double
  /// The box whose walls reflect; nil for free space.
  public let reflecting: Domain?
  let anchors: [BasinAnchor]
  let noise: NoiseFactor

  /// Prepares the scheme.
  ///
  /// - Parameters:
  ///   - field: The drift b. A noise model that is made from a landscape must be made from it.
  ///   - dynamics: The noise D.
  ///   - timeStep: Δt, positive.
  ///   - anchors: The basins that noise models may refer to, one per minimum:
  ///     `StationaryNetwork.basinAnchors`. Empty: the models are used as they are.
  ///   - reflecting: A box whose walls reflect the trajectories.
  /// - Throws: `SimulationError` for a time step that is not positive, sizes that do not agree or
  ///   position-dependent noise that is not Itô; `LinearAlgebraError` for a matrix that is no
  ///   diffusion.
  public init(
    field: CompiledField, dynamics: Dynamics, timeStep: Double, anchors: [BasinAnchor] = [],
    reflecting: Domain? = nil
  ) throws {
    guard timeStep > 0, timeStep.isFinite else {
      throw SimulationError.invalidSetting(
        name: "timeStep", value: "\(timeStep)", accepted: "a positive number")
    }
    guard dynamics.diffusion.dimension == field.dimension else {
      throw SimulationError.dimensionMismatch(
        quantity: "diffusion", expected: field.dimension, found: dynamics.diffusion.dimension)
    }
    if let reflecting, reflecting.dimension != field.dimension {
      throw SimulationError.dimensionMismatch(
        quantity: "reflecting box", expected: field.dimension, found: reflecting.dimension)
    }
    if dynamics.diffusion.form == .positionDependent, dynamics.interpretation != .ito {
      throw SimulationError.unsupportedInterpretation(dynamics.interpretation.rawValue)
    }
    self.field = field
    self.dynamics = dynamics
    self.timeStep = timeStep
    self.reflecting = reflecting
    self.anchors = anchors
    noise = try NoiseFactor(dynamics.diffusion, anchors: anchors, timeStep: timeStep)
  }

  /// The number of variables.
  public var dimension: Int { field.dimension }
  /// The scheme stands for a process in continuous time.
  public var isContinuous: Bool { true }

  /// D(x) for a trajectory whose noise refers to the given minimum.
  public func diffusion(at x: [Double], basin: Int) -> Matrix? {
    guard basin < anchors.count else { return dynamics.diffusion.matrix(at: x) }
    return dynamics.diffusion.anchored(at: anchors[basin]).matrix(at: x)
  }

  /// What advances one block.
  public func makeStepper(seed: UInt64) -> any Stepper {
    EulerMaruyamaStepper(scheme: self, seed: seed)
  }
}

/// One block's buffers. The random numbers are made for many steps in advance; because they are
/// functions of the step, a block whose lanes change simply makes them again.
private final class EulerMaruyamaStepper: Stepper {
  private let scheme: EulerMaruyama
  private let seed: UInt64
  private let dimension: Int
  private let bufferedSteps: Int
  private let normals: UnsafeMutableBufferPointer<Lanes>
  private let drift: UnsafeMutableBufferPointer<Lanes>
  /// The noise factor per lane.
  private let factor: UnsafeMutableBufferPointer<Lanes>
  /// Per lane, where the noise has two levels, the coordinates of each saddle of its basin and the
  /// energy from which the saddle's noise rules; infinite where a basin has fewer saddles.
  private var saddleCoordinates: [Lanes] = []
  private var saddleLevels: [Lanes] = []
  private var point: [Double]
  private var jacobian: [Double]
  private var cursor: Int
  private var placements = -1
  private var basinChanges = -1

  init(scheme: EulerMaruyama, seed: UInt64) {
    self.scheme = scheme
    self.seed = seed
    dimension = scheme.dimension
    // Enough steps to hide the call, few enough for the buffer to stay in the first-level cache.
    bufferedSteps = max(2, min(128, 256 / max(dimension, 1) / 2 * 2))
    cursor = bufferedSteps
    func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Lanes> {
      let result = UnsafeMutableBufferPointer<Lanes>.allocate(capacity: count)
      result.initialize(repeating: Lanes(0.0))
      return result
    }
    normals = allocate(bufferedSteps * dimension)
    drift = allocate(dimension)
    factor = allocate(dimension * dimension)
    point = [Double](repeating: 0, count: dimension)
    jacobian = [Double](repeating: 0, count: dimension * dimension)
  }

  deinit {
    normals.deallocate()
    drift.deallocate()
    factor.deallocate()
  }

  func advance(_ block: inout TrajectoryBlock, by steps: Int) {
    if placements != block.placements {
      placements = block.placements
      cursor = bufferedSteps
    }
    if basinChanges != block.basinChanges {
      basinChanges = block.basinChanges
      loadBasins(block.basins)
    }
    var remaining = steps
    while remaining > 0 {
      if cursor == bufferedSteps { refill(block) }
      let count = min(remaining, bufferedSteps - cursor)
      let basins = block.basins
      block.positions.withUnsafeMutableBufferPointer { run($0, count, basins) }
      for lane in block.steps.indices { block.steps[lane] += UInt64(count) }
      cursor += count
      remaining -= count
    }
  }

  private func refill(_ block: TrajectoryBlock) {
    precondition(
      block.steps.allSatisfy { $0.isMultiple(of: 2) }, "a lane was replaced at an odd step")
    let streams = block.streams.map {
      RandomStream.identifier(index: $0, purpose: .increments)
    }
    normals.withMemoryRebound(to: Double.self) {
      metastability_fill_normals(
        seed, streams, block.steps, bufferedSteps / 2, dimension, $0.baseAddress)
    }
    cursor = 0
  }

  /// Gathers the factors of each lane's basin.
  private func loadBasins(_ basins: [Int]) {
    func load(_ factors: [[Double]], into target: UnsafeMutableBufferPointer<Lanes>) {
      for lane in basins.indices {
        let source = factors[min(basins[lane], factors.count - 1)]
        for i in source.indices { target[i][lane] = source[i] }
      }
    }
    switch scheme.noise {
    case .isotropic, .absoluteHessian, .general: break
    case .constant(let matrix): load([matrix], into: factor)
    case .lossScaled(let factors): load(factors, into: factor)
    case .twoLevel(let below, let saddles):
      load(below, into: factor)
      let most = saddles.map(\.count).max() ?? 0
      saddleCoordinates = [Lanes](repeating: Lanes(0.0), count: most * dimension)
      saddleLevels = [Lanes](repeating: Lanes(.infinity), count: most)
      for lane in basins.indices {
        for (k, saddle) in saddles[min(basins[lane], saddles.count - 1)].enumerated() {
          saddleLevels[k][lane] = saddle.level
          for i in 0..<dimension {
            saddleCoordinates[k * dimension + i][lane] = saddle.coordinates[i]
          }
        }
      }
    }
  }

  private func run(_ x: UnsafeMutableBufferPointer<Lanes>, _ count: Int, _ basins: [Int]) {
    let n = dimension
    let dt = Lanes(scheme.timeStep)
    let driftLanes = scheme.field.driftLanes
    let energyLanes = scheme.field.energyLanes
    let walls = scheme.reflecting
    if case .isotropic(let scale) = scheme.noise, walls == nil {
      let noise = Lanes(scale)
      var z = cursor * n
      for _ in 0..<count {
        var span = drift.mutableSpan
        driftLanes(x.span, &span)
        for i in 0..<n { x[i] = x[i] + dt * drift[i] + noise * normals[z + i] }
        z += n
      }
      return
    }
    for step in 0..<count {
      let z = UnsafeMutableBufferPointer(
        rebasing: normals[(cursor + step) * n..<(cursor + step + 1) * n])
      var span = drift.mutableSpan
      driftLanes(x.span, &span)
      switch scheme.noise {
      case .isotropic(let scale):
        let noise = Lanes(scale)
        for i in 0..<n { x[i] = x[i] + dt * drift[i] + noise * z[i] }
      case .constant:
        add(x, dt, z, factor, Lanes(1.0))
      case .lossScaled:
        let loss = energyLanes.map { $0(x.span) } ?? Lanes(.nan)
        let positive = Lanes.select(-loss, nonnegative: Lanes(0.0), negative: loss)
        add(x, dt, z, factor, positive.squareRoot())
      case .twoLevel(_, let saddles):
        let upper = saddlesInReach(x)
        for i in 0..<n {
          var sum = Lanes(0.0)
          for j in 0..<n { sum = sum + factor[i * n + j] * z[j] }
          drift[i] = dt * drift[i] + sum
        }
        // Few trajectories are near a saddle at a time: theirs is the slow way.
        for lane in basins.indices where upper[lane] >= 0 {
          let saddle = saddles[min(basins[lane], saddles.count - 1)][Int(upper[lane])]
          for i in 0..<n {
            var change = 0.0
            for j in 0..<n {
              change += (saddle.factor[i * n + j] - factor[i * n + j][lane]) * z[j][lane]
            }
            drift[i][lane] += change
          }
        }
        for i in 0..<n { x[i] = x[i] + drift[i] }
      case .absoluteHessian(let scale):
        absoluteHessian(x, scale)
        add(x, dt, z, factor, Lanes(1.0))
      case .general(let models):
        for lane in 0..<TrajectoryBlock.width {
          for i in 0..<n { point[i] = x[i][lane] }
          let matrix = models[min(basins[lane], models.count - 1)].matrix(at: point)
          for i in 0..<n * n { factor[i][lane] = matrix.elements[i] }
        }
        factorizeSemidefinite(factor, n)
        add(x, dt, z, factor, Lanes((2 * scheme.timeStep).squareRoot()))
      }
      if let walls { fold(x, walls) }
    }
  }

  /// Per lane the number of the saddle whose noise rules there; −1 where that of the minimum does.
  private func saddlesInReach(_ x: UnsafeMutableBufferPointer<Lanes>) -> Lanes {
    var result = Lanes(-1.0)
    guard let energyLanes = scheme.field.energyLanes, !saddleLevels.isEmpty else { return result }
    let energy = energyLanes(x.span)
    var nearest = Lanes(.infinity)
    for k in saddleLevels.indices {
      var distance = Lanes(0.0)
      for i in 0..<dimension {
        distance = distance + (x[i] - saddleCoordinates[k * dimension + i]).squared()
      }
      // A basin with fewer saddles than others has nothing here.
      distance = Lanes.select(
        Lanes(.greatestFiniteMagnitude) - saddleLevels[k], nonnegative: distance,
        negative: Lanes(.infinity))
      let isAbove = Lanes.select(
        energy - saddleLevels[k], nonnegative: Lanes(Double(k)), negative: Lanes(-1.0))
      // Strictly nearer, so that the first of several is taken.
      let isNearer = distance - nearest
      result = Lanes.select(isNearer, nonnegative: result, negative: isAbove)
      nearest = Lanes.select(isNearer, nonnegative: nearest, negative: distance)
    }
    return result
  }

  /// x += dt·b + scale·S z.
  private func add(
    _ x: UnsafeMutableBufferPointer<Lanes>, _ dt: Lanes, _ z: UnsafeMutableBufferPointer<Lanes>,
    _ factor: UnsafeMutableBufferPointer<Lanes>, _ scale: Lanes
  ) {
    let n = dimension
    for i in 0..<n {
      var sum = factor[i * n] * z[0]
      for j in 1..<max(n, 1) { sum = sum + factor[i * n + j] * z[j] }
      x[i] = x[i] + dt * drift[i] + scale * sum
    }
  }

  /// The factor of scale·|H(x)| for up to two variables. In two, |H| = (H² + |det H|)/tr |H| with
  /// (tr |H|)² = tr H² + 2|det H|.
  private func absoluteHessian(_ x: UnsafeMutableBufferPointer<Lanes>, _ scale: Double) {
    for lane in 0..<TrajectoryBlock.width {
      for i in 0..<dimension { point[i] = x[i][lane] }
      var span = jacobian.mutableSpan
      scheme.field.driftJacobian(point.span, &span)
      if dimension == 1 {
        factor[0][lane] = (scale * jacobian[0].magnitude).squareRoot()
        continue
      }
      let (a, b, c) = (jacobian[0], 0.5 * (jacobian[1] + jacobian[2]), jacobian[3])
      let determinant = (a * c - b * b).magnitude
      let trace = (a * a + c * c + 2 * b * b + 2 * determinant).squareRoot()
      let weight = trace > 0 ? scale / trace : 0
      factor[0][lane] = weight * (a * a + b * b + determinant)
      factor[1][lane] = weight * b * (a + c)
      factor[2][lane] = weight * b * (a + c)
      factor[3][lane] = weight * (b * b + c * c + determinant)
    }
    if dimension == 2 { factorizeSemidefinite(factor, 2) }
  }

  /// Reflects at the walls; a step longer than the box ends at the opposite wall.
  private func fold(_ x: UnsafeMutableBufferPointer<Lanes>, _ box: Domain) {
    for i in 0..<dimension {
      let lower = Lanes(box.lower[i])
      let upper = Lanes(box.upper[i])
      var value = x[i]
      value = Lanes.select(lower - value, nonnegative: lower + lower - value, negative: value)
      value = Lanes.select(value - upper, nonnegative: upper + upper - value, negative: value)
      x[i] = Lanes.select(lower - value, nonnegative: lower, negative: value)
    }
  }
}
