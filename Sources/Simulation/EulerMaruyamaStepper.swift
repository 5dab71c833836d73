import Landscapes
import LinearAlgebra

/// Steps of Euler and Maruyama with noise that depends on the position.
final class EulerMaruyamaStepper: Stepper {
  private let scheme: StochasticIntegrator
  private let noise: PositionDependentNoise
  private let dimension: Int
  private let normals: IncrementBuffer
  private let drift: UnsafeMutableBufferPointer<Lanes>
  /// The noise factor per lane.
  private let factor: UnsafeMutableBufferPointer<Lanes>
  /// Per lane, where the noise has two levels, the coordinates of each saddle of its basin and the
  /// energy from which the saddle's noise rules; infinite where a basin has fewer saddles.
  private var saddleCoordinates: [Lanes] = []
  private var saddleLevels: [Lanes] = []
  private var point: [Double]
  private var jacobian: [Double]
  private var basinChanges = -1

  init(scheme: StochasticIntegrator, noise: PositionDependentNoise, seed: UInt64) {
    self.scheme = scheme
    self.noise = noise
    dimension = scheme.dimension
    normals = IncrementBuffer(seed: seed, dimension: dimension, scale: 1)
    func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Lanes> {
      let result = UnsafeMutableBufferPointer<Lanes>.allocate(capacity: count)
      result.initialize(repeating: Lanes(0.0))
      return result
    }
    drift = allocate(dimension)
    factor = allocate(dimension * dimension)
    point = [Double](repeating: 0, count: dimension)
    jacobian = [Double](repeating: 0, count: dimension * dimension)
  }

  deinit {
    drift.deallocate()
    factor.deallocate()
  }

  func advance(_ block: inout TrajectoryBlock, by steps: Int) {
    if basinChanges != block.basinChanges {
      basinChanges = block.basinChanges
      loadBasins(block.basins)
    }
    var remaining = steps
    while remaining > 0 {
      let count = normals.prepare(for: block, steps: remaining)
      let basins = block.basins
      block.positions.withUnsafeMutableBufferPointer { run($0, count, basins) }
      for lane in block.steps.indices { block.steps[lane] += UInt64(count) }
      normals.advance(by: count)
      remaining -= count
    }
  }

  /// Gathers the factors of each lane's basin.
  private func loadBasins(_ basins: [Int]) {
    func load(_ factors: [[Double]], into target: UnsafeMutableBufferPointer<Lanes>) {
      for lane in basins.indices {
        let source = factors[min(basins[lane], factors.count - 1)]
        for i in source.indices { target[i][lane] = source[i] }
      }
    }
    switch noise {
    case .absoluteHessian, .general: break
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
    for step in 0..<count {
      let z = UnsafeMutableBufferPointer(start: normals.next + step * n, count: n)
      var span = drift.mutableSpan
      driftLanes(x.span, &span)
      switch noise {
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
        models.addDrift(at: x, basins: basins, to: drift)
        models.loadFactor(at: x, basins: basins, into: factor)
        add(x, dt, z, factor, Lanes((2 * scheme.timeStep).squareRoot()))
      }
      if let walls, let base = x.baseAddress { LaneStretch.reflect(base, at: walls) }
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
}
