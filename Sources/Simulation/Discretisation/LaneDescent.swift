import Landscapes
import LinearAlgebra

/// Follows the flow ẋ = b(x) from eight points at a time until each is in a core set.
final class LaneDescent {
  /// What a descent needs to know.
  struct Settings: Sendable {
    let field: CompiledField
    let cores: CoreSets
    let limit: Int
    /// The step in time near the attractors.
    let step: Double
    /// No step is longer than this.
    let reach: Double

    init(field: CompiledField, cores: CoreSets, limit: Int) throws {
      guard !cores.sets.isEmpty else { throw SimulationError.noMinimum }
      if let odd = cores.sets.first(where: { $0.center.count != field.dimension }) {
        throw SimulationError.dimensionMismatch(
          quantity: "core sets", expected: field.dimension, found: odd.center.count)
      }
      guard limit >= 1 else {
        throw SimulationError.invalidSetting(
          name: "steps", value: "\(limit)", accepted: "a whole number from 1")
      }
      self.field = field
      self.cores = cores
      self.limit = limit
      var fastest = 0.0
      var smallest = Double.infinity
      for (number, core) in cores.sets.enumerated() {
        for value in try field.driftJacobian(at: core.center).eigenvalues() {
          fastest = max(fastest, value.magnitude)
        }
        for other in cores.sets.dropFirst(number + 1) {
          smallest = min(smallest, distance(core.center, other.center))
        }
        if cores.sets.count == 1 {
          for point in try core.surfacePoints() {
            smallest = min(smallest, 2 * distance(core.center, point))
          }
        }
      }
      step = 0.25 / max(fastest, 1e-300)
      reach = 0.1 * smallest
    }
  }

  private let settings: Settings
  private let watcher: CoreWatcher
  private var x: [Lanes]
  private var moved: [Lanes]
  private let slope: UnsafeMutableBufferPointer<Lanes>
  private var sum: [Lanes]

  init(_ settings: Settings) {
    self.settings = settings
    watcher = CoreWatcher(settings.cores, dimension: settings.field.dimension)
    let zero = [Lanes](repeating: Lanes(0.0), count: settings.field.dimension)
    (x, moved, sum) = (zero, zero, zero)
    slope = .allocate(capacity: settings.field.dimension)
    slope.initialize(repeating: Lanes(0.0))
  }

  deinit { slope.deallocate() }

  /// The core set in which the flow from each point ends; −1 where it does not arrive.
  func ends(from start: [Lanes]) -> Lanes {
    var ends = watcher.indices(start)
    var open = (0..<TrajectoryBlock.width).contains { ends[$0] < 0 }
    guard open else { return ends }
    for i in x.indices { x[i] = start[i] }
    var steps = 0
    while open, steps < settings.limit {
      advance()
      steps += 1
      let visits = watcher.indices(x)
      open = false
      for lane in 0..<TrajectoryBlock.width where ends[lane] < 0 {
        ends[lane] = visits[lane]
        if visits[lane] < 0, x.allSatisfy({ $0[lane].isFinite }) { open = true }
      }
    }
    return ends
  }

  /// One step of the classical Runge–Kutta method, shorter in lanes where the drift is strong.
  private func advance() {
    evaluate(x)
    var square = Lanes(1e-300)
    for b in slope { square = square + b.squared() }
    let bounded = Lanes(settings.reach) / square.squareRoot()
    let step = Lanes.select(
      bounded - Lanes(settings.step), nonnegative: Lanes(settings.step), negative: bounded)
    let half = Lanes(0.5) * step
    for i in x.indices {
      sum[i] = slope[i]
      moved[i] = x[i] + half * slope[i]
    }
    evaluate(moved)
    for i in x.indices {
      sum[i] = sum[i] + Lanes(2.0) * slope[i]
      moved[i] = x[i] + half * slope[i]
    }
    evaluate(moved)
    for i in x.indices {
      sum[i] = sum[i] + Lanes(2.0) * slope[i]
      moved[i] = x[i] + step * slope[i]
    }
    evaluate(moved)
    let sixth = Lanes(1.0 / 6) * step
    for i in x.indices { x[i] = x[i] + sixth * (sum[i] + slope[i]) }
  }

  private func evaluate(_ point: [Lanes]) {
    var span = slope.mutableSpan
    settings.field.driftLanes(point.span, &span)
  }
}
