import Glibc
import Landscapes
import LinearAlgebra

/// Watches when trajectories leave a region {g₁ > 0, g₂ > 0, …}; each gᵢ is one face.
final class BoundaryWatcher {
  private enum Shape {
    case ball(center: [Double], radius: Double)
    case box(Domain)
    case threshold(Double)
  }
  private let shape: Shape
  private let field: CompiledField
  private let mover: any Mover
  private let correction: BoundaryCorrection
  private let constantDiffusion: Matrix?
  /// No variance of a ball's or box's face is larger, so that most steps need no matrix.
  private let varianceBound: Double
  private let seed: UInt64
  // Buffers of its own, whose every use is not checked for exclusive access as an array's would be.
  /// g at the start of the step, face after face.
  private let before: UnsafeMutableBufferPointer<Lanes>
  private let after: UnsafeMutableBufferPointer<Lanes>
  private let origin: UnsafeMutableBufferPointer<Lanes>
  /// The largest change of g in one step that each lane has made.
  private let largestStep: UnsafeMutableBufferPointer<Lanes>
  /// Whether the exit time is taken in the middle of the step.
  let countsHalfSteps: Bool
  /// The face that was crossed when `hasLeft` said so last.
  private(set) var crossedFace = 0

  init?(
    _ region: ExitRegion, minimum: [Double], field: CompiledField, mover: any Mover,
    correction: BoundaryCorrection, seed: UInt64
  ) {
    switch region {
    case .basin: return nil
    case .ball(let radius, let center):
      shape = .ball(center: center ?? minimum, radius: radius)
    case .box(let box): shape = .box(box)
    case .lossThreshold(let level): shape = .threshold(level)
    }
    self.field = field
    self.mover = mover
    self.seed = seed
    self.correction = mover.isContinuous ? correction : .none
    if let matrix = mover.constantDiffusion {
      constantDiffusion = matrix
      varianceBound = if case .threshold = shape { .infinity } else { 2 * matrix.trace }
    } else {
      constantDiffusion = nil
      varianceBound = .infinity
    }
    countsHalfSteps = self.correction == .brownianBridge
    let faces =
      switch shape {
      case .ball, .threshold: 1
      case .box(let box): 2 * box.dimension
      }
    func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Lanes> {
      let result = UnsafeMutableBufferPointer<Lanes>.allocate(capacity: count)
      result.initialize(repeating: Lanes(0.0))
      return result
    }
    before = allocate(faces)
    after = allocate(faces)
    largestStep = allocate(faces)
    origin = allocate(field.dimension)
  }

  deinit {
    before.deallocate()
    after.deallocate()
    largestStep.deallocate()
    origin.deallocate()
  }

  /// Takes the present positions as the start of the next step.
  func begin(_ x: [Lanes]) {
    measure(x, into: before)
    if correction != .none { for i in x.indices { origin[i] = x[i] } }
  }

  /// Whether a lane is inside after `begin`.
  func isInside(lane: Int) -> Bool { before.allSatisfy { $0[lane] > 0 } }

  /// Looks at the positions at the end of the step.
  ///
  /// - Parameter x: The positions.
  /// - Returns: Positive in the lanes that cannot have left the region, if they have made more than
  ///   eight steps.
  func end(_ x: [Lanes]) -> Lanes {
    measure(x, into: after)
    var margin = Lanes(.infinity)
    for face in after.indices {
      var own = after[face]
      if correction != .none {
        let change = (after[face] - before[face]).absoluteValue
        largestStep[face] = Lanes.select(
          change - largestStep[face], nonnegative: change, negative: largestStep[face])
        let nearer = Lanes.select(
          after[face] - before[face], nonnegative: before[face], negative: after[face])
        own = nearer - Lanes(8.0) * largestStep[face]
      }
      margin = Lanes.select(own - margin, nonnegative: margin, negative: own)
    }
    // Not a number where a position is not finite.
    for i in x.indices { margin = margin + (x[i] - x[i]) }
    return margin
  }

  /// Forgets the steps of a lane, when a new trajectory starts in it.
  func restart(lane: Int) {
    for face in largestStep.indices { largestStep[face][lane] = 0 }
  }

  /// What is remembered of a lane from step to step, for `restore(_:lane:)`.
  func memory(lane: Int) -> [Double] { largestStep.map { $0[lane] } }

  /// Makes a lane remember what `memory(lane:)` gave.
  func restore(_ memory: [Double], lane: Int) {
    for (face, value) in zip(largestStep.indices, memory) { largestStep[face][lane] = value }
  }

  /// Whether a lane left the region in the step; to be asked after `end`.
  ///
  /// - Parameters:
  ///   - lane: The lane.
  ///   - stream: Its random stream.
  ///   - step: The number of the step.
  ///   - basin: The minimum that its noise refers to.
  /// - Returns: Whether it is outside, or was in between as far as chance says.
  func hasLeft(lane: Int, stream: UInt64, step: UInt64, basin: Int) -> Bool {
    var stay = 1.0
    var mostLikely = 0.0
    for face in after.indices {
      let end = after[face][lane]
      if end <= 0 {
        crossedFace = firstCrossedFace(lane: lane)
        return true
      }
      guard correction != .none else { continue }
      // Far from the face in units of the steps made so far nothing can have crossed it.
      if step > 8, min(before[face][lane], end) > 8 * largestStep[face][lane] { continue }
      let bound = varianceBound * mover.timeStep
      switch correction {
      case .brownianBridge where before[face][lane] * end >= 20 * bound: continue
      case .shiftedBoundary where end >= 0.5826 * bound.squareRoot(): continue
      default: break
      }
      let variance = variance(face, lane: lane, basin: basin) * mover.timeStep
      if correction == .shiftedBoundary {
        if end < 0.5826 * variance.squareRoot() {
          crossedFace = face
          return true
        }
      } else {
        let probability = BrownianBridge.crossingProbability(
          before: before[face][lane], after: end, variance: variance)
        stay *= 1 - probability
        if probability > mostLikely {
          mostLikely = probability
          crossedFace = face
        }
      }
    }
    guard stay < 1 else { return false }
    let word = RandomStream.words(
      seed: seed, stream: RandomStream.identifier(index: stream, purpose: .crossings),
      position: step
    ).0
    return RandomStream.uniform(word) > stay
  }

  /// Of the faces beyond which a lane is now, the one that the straight way met first.
  private func firstCrossedFace(lane: Int) -> Int {
    var result = 0
    var earliest = Double.infinity
    for face in after.indices where after[face][lane] <= 0 {
      let (start, end) = (before[face][lane], after[face][lane])
      let share = start > 0 ? start / (start - end) : 0
      if share < earliest { (result, earliest) = (face, share) }
    }
    return result
  }

  /// Where a lane left the region; to be asked after `hasLeft`.
  ///
  /// A process that stands for one in continuous time left somewhere on the boundary: the way is
  /// divided as the distances of its ends from the boundary are, which is where its mirror image
  /// meets the straight way, and the point is moved onto the boundary. A process in discrete time is
  /// where it is.
  func exitPosition(_ x: [Lanes], lane: Int) -> [Double] {
    var point = x.map { $0[lane] }
    guard correction != .none else { return point }
    let (start, end) = (before[crossedFace][lane], after[crossedFace][lane].magnitude)
    let share = start + end > 0 ? start / (start + end) : 1
    for i in point.indices {
      let from = origin[i][lane]
      point[i] = from + share * (point[i] - from)
    }
    switch shape {
    case .ball(let center, let radius):
      let y = zip(point, center).map { $0 - $1 }
      let length = dot(y, y).squareRoot()
      if length > 0 { for i in point.indices { point[i] = center[i] + radius / length * y[i] } }
    case .box(let box):
      let axis = crossedFace / 2
      point[axis] = crossedFace.isMultiple(of: 2) ? box.lower[axis] : box.upper[axis]
    case .threshold(let level):
      for _ in 0..<3 {
        guard let energy = field.energy(at: point) else { break }
        let slope = field.drift(at: point).map { -$0 }
        let square = dot(slope, slope)
        guard square > 0, square.isFinite else { break }
        for i in point.indices { point[i] += (level - energy) / square * slope[i] }
      }
    }
    return point
  }

  /// The angle from the centre of a disc; nil for other regions.
  func angle(of x: [Double]) -> Double? {
    guard case .ball(let center, _) = shape, center.count == 2 else { return nil }
    return atan2(x[1] - center[1], x[0] - center[0])
  }

  /// The number of faces.
  var faceCount: Int { after.count }

  private func measure(_ x: [Lanes], into g: UnsafeMutableBufferPointer<Lanes>) {
    switch shape {
    case .ball(let center, let radius):
      var square = Lanes(0.0)
      for i in x.indices { square = square + (x[i] - Lanes(center[i])).squared() }
      g[0] = Lanes(radius) - square.squareRoot()
    case .box(let box):
      for i in x.indices {
        g[2 * i] = x[i] - Lanes(box.lower[i])
        g[2 * i + 1] = Lanes(box.upper[i]) - x[i]
      }
    case .threshold(let level):
      g[0] = Lanes(level) - (field.energyLanes.map { $0(x.span) } ?? Lanes(.nan))
    }
  }

  /// 2 ∇gᵀD∇g at the start of the step.
  private func variance(_ face: Int, lane: Int, basin: Int) -> Double {
    if case .box = shape, let matrix = constantDiffusion {
      return 2 * matrix[face / 2, face / 2]
    }
    let x = origin.map { $0[lane] }
    guard let matrix = constantDiffusion ?? mover.diffusion(at: x, basin: basin) else { return 0 }
    switch shape {
    case .box: return 2 * matrix[face / 2, face / 2]
    case .ball(let center, _):
      let y = zip(x, center).map { $0 - $1 }
      let square = dot(y, y)
      return square > 0 ? 2 * matrix.quadraticForm(y) / square : 0
    case .threshold: return 2 * matrix.quadraticForm(field.drift(at: x))
    }
  }
}
