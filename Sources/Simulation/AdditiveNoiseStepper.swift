import Landscapes
import LinearAlgebra

/// Steps with noise that does not depend on the position: the increments are made beforehand, and
/// the field's own loop does the rest.
final class AdditiveNoiseStepper: Stepper {
  private let field: CompiledField
  private let timeStep: Double
  private let method: IntegrationMethod
  private let walls: Domain?
  private let dimension: Int
  private let normals: IncrementBuffer
  /// The factor of the noise, row after row; empty for isotropic noise.
  private let factor: [Lanes]
  private let room: UnsafeMutablePointer<Lanes>
  /// Means of successive increments, and the last increment of each lane, which the next mean
  /// shares (Leimkuhler and Matthews).
  private let means: UnsafeMutablePointer<Lanes>
  private var last: [Lanes]
  private var generations = [Int](repeating: -1, count: TrajectoryBlock.width)

  init(
    noise: AdditiveNoise, field: CompiledField, timeStep: Double, method: IntegrationMethod,
    walls: Domain?, seed: UInt64
  ) {
    self.field = field
    self.timeStep = timeStep
    self.method = method
    self.walls = walls
    dimension = field.dimension
    let scale: Double
    switch noise {
    case .isotropic(let value):
      scale = value
      factor = []
    case .matrix(let elements):
      scale = 1
      factor = elements.map { Lanes($0) }
    }
    normals = IncrementBuffer(seed: seed, dimension: dimension, scale: scale)
    room = .allocate(capacity: 4 * dimension)
    room.initialize(repeating: Lanes(0.0), count: 4 * dimension)
    let meanCount = method == .leimkuhlerMatthews ? normals.capacity * dimension : 0
    means = .allocate(capacity: meanCount)
    means.initialize(repeating: Lanes(0.0), count: meanCount)
    last = [Lanes](repeating: Lanes(0.0), count: method == .leimkuhlerMatthews ? dimension : 0)
  }

  deinit {
    room.deallocate()
    means.deallocate()
  }

  func advance(_ block: inout TrajectoryBlock, by steps: Int) {
    var remaining = steps
    while remaining > 0 {
      let count = normals.prepare(
        for: block, steps: remaining, extra: method == .leimkuhlerMatthews
      ) { values, count in
        if !factor.isEmpty { applyFactor(values, steps: count) }
      }
      var increments = normals.next
      if method == .leimkuhlerMatthews {
        startMeans(block)
        average(increments, steps: count)
        increments = means
      }
      block.positions.withUnsafeMutableBufferPointer { x in
        guard let base = x.baseAddress else { return }
        let stretch = LaneStretch(
          positions: base, increments: increments, room: room, steps: count, timeStep: timeStep,
          walls: walls)
        switch method {
        case .eulerMaruyama, .leimkuhlerMatthews: field.eulerSteps(stretch)
        case .heun: field.heunSteps(stretch)
        }
      }
      for lane in block.steps.indices { block.steps[lane] += UInt64(count) }
      normals.advance(by: count)
      remaining -= count
    }
  }

  func memory(lane: Int) -> ProcessMemory {
    ProcessMemory(process: last.map { $0[lane].bitPattern })
  }

  func restore(_ memory: ProcessMemory, lane: Int, in block: TrajectoryBlock) {
    guard memory.process.count == last.count else { return }
    for i in last.indices { last[i][lane] = Double(bitPattern: memory.process[i]) }
    generations[lane] = block.generations[lane]
  }

  /// z → S z, step after step.
  private func applyFactor(_ values: UnsafeMutablePointer<Lanes>, steps: Int) {
    let n = dimension
    var z = values
    for _ in 0..<steps {
      for i in 0..<n {
        var sum = factor[i * n] * z[0]
        for j in 1..<max(n, 1) { sum = sum + factor[i * n + j] * z[j] }
        room[i] = sum
      }
      for i in 0..<n { z[i] = room[i] }
      z += n
    }
  }

  /// A trajectory that starts shares its first mean with the increment of its first step.
  private func startMeans(_ block: TrajectoryBlock) {
    for lane in generations.indices where generations[lane] != block.generations[lane] {
      generations[lane] = block.generations[lane]
      guard block.steps[lane] == 0 else { continue }
      for i in 0..<dimension { last[i][lane] = normals.next[i][lane] }
    }
  }

  /// The means of each increment and the one before; increments are those of the next step.
  private func average(_ increments: UnsafeMutablePointer<Lanes>, steps: Int) {
    let n = dimension
    let half = Lanes(0.5)
    for i in 0..<n {
      var previous = last[i]
      for step in 0..<steps {
        let next = increments[(step + 1) * n + i]
        means[step * n + i] = half * (previous + next)
        previous = next
      }
      last[i] = previous
    }
  }
}
