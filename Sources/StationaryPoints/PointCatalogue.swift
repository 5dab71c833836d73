import LinearAlgebra

/// Stationary points without duplicates, told apart by their coordinates, with hit counts.
///
/// A projection on a fixed direction sorts the points into cells, so that a look-up compares with
/// few of them.
struct PointCatalogue {
  private(set) var points: [StationaryPoint] = []
  private(set) var hits: [Int] = []
  private let tolerance: Double
  private let direction: [Double]
  private var cells: [Int: [Int]] = [:]

  init(dimension: Int, tolerance: Double) {
    self.tolerance = tolerance
    var random = SplitMix(state: 7)
    let raw = (0..<dimension).map { _ in random.uniform() - 0.5 }
    let length = norm(raw)
    direction = raw.map { $0 / length }
  }

  private func cell(_ x: [Double]) -> Int {
    let value = (dot(x, direction) / tolerance).rounded(.down)
    return Int(exactly: value) ?? 0
  }

  /// The number of the point at `x`, where it is known.
  func number(of x: [Double]) -> Int? {
    let home = cell(x)
    for key in [home - 1, home, home + 1] {
      for number in cells[key] ?? []
      where distance(points[number].coordinates, x) <= tolerance { return number }
    }
    return nil
  }

  /// Adds a point, or counts another hit of a known one.
  ///
  /// - Returns: The point's number and whether it is new.
  @discardableResult
  mutating func insert(_ point: StationaryPoint) -> (number: Int, isNew: Bool) {
    if let number = number(of: point.coordinates) {
      hits[number] += 1
      return (number, false)
    }
    points.append(point)
    hits.append(1)
    cells[cell(point.coordinates), default: []].append(points.count - 1)
    return (points.count - 1, true)
  }

  mutating func hit(_ number: Int) { hits[number] += 1 }
}
