import Landscapes

/// The way of a trajectory since it was last in its own core set, thinned to bounded length.
struct ExcursionPath: Sendable {
  /// No more points are kept than these; where they are reached, every second is given up.
  private static let capacity = 32

  private let dimension: Int
  private var coordinates: [Double]
  private var count = 0
  /// Looks between two points that are kept, and looks since the last one.
  private var spacing = 1
  private var skipped = 0

  init(dimension: Int) {
    self.dimension = dimension
    coordinates = [Double](repeating: 0, count: ExcursionPath.capacity * dimension)
  }

  /// The points, the oldest first.
  var points: [[Double]] {
    (0..<count).map { Array(coordinates[($0 * dimension)..<(($0 + 1) * dimension)]) }
  }

  /// Forgets the way.
  mutating func clear() {
    count = 0
    spacing = 1
    skipped = 0
  }

  /// Looks at a position of a lane.
  mutating func look(at x: [Lanes], lane: Int) {
    skipped += 1
    guard skipped >= spacing || count == 0 else { return }
    skipped = 0
    if count == ExcursionPath.capacity {
      for k in 0..<(count / 2) {
        for i in 0..<dimension {
          coordinates[k * dimension + i] = coordinates[2 * k * dimension + i]
        }
      }
      count /= 2
      spacing *= 2
    }
    for i in 0..<dimension { coordinates[count * dimension + i] = x[i][lane] }
    count += 1
  }
}

extension ExcursionPath: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(dimension)
    writer.write(spacing)
    writer.write(skipped)
    writer.write(Array(coordinates[..<(count * dimension)]))
  }

  init(from reader: inout StateReader) throws {
    self.init(dimension: try reader.integer())
    spacing = try reader.integer()
    skipped = try reader.integer()
    let kept = try reader.numbers()
    guard dimension > 0, kept.count <= coordinates.count else { throw DamagedState() }
    count = kept.count / dimension
    coordinates.replaceSubrange(0..<kept.count, with: kept)
  }
}
