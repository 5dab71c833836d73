import CLanes
import Landscapes

/// The normal numbers of one block, made for many steps in advance. Because they are functions of
/// seed, trajectory, step and component, a block whose lanes change simply makes them again.
final class IncrementBuffer {
  /// How many steps the buffer holds.
  let capacity: Int
  /// One vector of lanes per component, step after step; one pair of steps more than `capacity`.
  let values: UnsafeMutablePointer<Lanes>
  /// The next step of the buffer.
  private(set) var cursor: Int
  private let seed: UInt64
  private let dimension: Int
  private let scale: Double
  private var placements = -1

  /// - Parameters:
  ///   - seed: The seed.
  ///   - dimension: The number of components of a step.
  ///   - scale: The standard deviation.
  init(seed: UInt64, dimension: Int, scale: Double) {
    self.seed = seed
    self.dimension = dimension
    self.scale = scale
    // Enough steps to hide the call, few enough for the buffer to stay in the first-level cache.
    capacity = max(2, min(128, 256 / max(dimension, 1) / 2 * 2))
    cursor = capacity
    values = .allocate(capacity: (capacity + 2) * dimension)
    values.initialize(repeating: Lanes(0.0), count: (capacity + 2) * dimension)
  }

  deinit { values.deallocate() }

  /// Makes sure that the next step is there.
  ///
  /// - Parameters:
  ///   - block: The trajectories, whose lanes may have changed.
  ///   - steps: How many steps are wanted.
  ///   - extra: Whether the step after the last one is wanted too.
  ///   - prepare: Told that the buffer was made anew.
  /// - Returns: How many of the steps are there, at least one.
  func prepare(
    for block: TrajectoryBlock, steps: Int, extra: Bool = false,
    _ prepare: (UnsafeMutablePointer<Lanes>, Int) -> Void = { _, _ in }
  ) -> Int {
    if placements != block.placements {
      placements = block.placements
      cursor = capacity
    }
    if cursor == capacity {
      precondition(
        block.steps.allSatisfy { $0.isMultiple(of: 2) }, "a lane was replaced at an odd step")
      let streams = block.streams.map {
        RandomStream.identifier(index: $0, purpose: .increments)
      }
      let count = capacity + (extra ? 2 : 0)
      UnsafeMutableRawPointer(values).withMemoryRebound(
        to: Double.self, capacity: count * dimension * Lanes.count
      ) {
        metastability_fill_normals(
          seed, streams, block.steps, count / 2, dimension, scale, $0)
      }
      cursor = 0
      prepare(values, count)
    }
    return min(steps, capacity - cursor)
  }

  /// The numbers of the next step.
  var next: UnsafeMutablePointer<Lanes> { values + cursor * dimension }

  /// Goes on.
  func advance(by steps: Int) { cursor += steps }
}
