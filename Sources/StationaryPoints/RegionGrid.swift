import Landscapes

/// A coarse grid over the domain that knows which regions of uniqueness touch each of its cells.
struct RegionGrid {
  private let domain: Domain
  private let cellsPerSide: Int
  private var cells: [[Int]]

  init(domain: Domain) {
    self.domain = domain
    cellsPerSide = [1024, 128, 32][min(domain.dimension, 3) - 1]
    var count = 1
    for _ in 0..<domain.dimension { count *= cellsPerSide }
    cells = [[Int]](repeating: [], count: count)
  }

  private func cell(_ i: Int, _ value: Double) -> Int {
    let share = (value - domain.lower[i]) / (domain.upper[i] - domain.lower[i])
    return min(max(Int((share * Double(cellsPerSide)).rounded(.down)), 0), cellsPerSide - 1)
  }

  /// The regions that can contain a box: those that touch the cell of its middle.
  func candidates(at box: [Interval]) -> [Int] {
    var number = 0
    for i in box.indices { number = number * cellsPerSide + cell(i, box[i].midpoint) }
    return cells[number]
  }

  mutating func insert(_ number: Int, _ region: [Interval]) {
    var keys = [0]
    for i in region.indices {
      let (low, high) = (cell(i, region[i].lower), cell(i, region[i].upper))
      keys = keys.flatMap { key in (low...high).map { key * cellsPerSide + $0 } }
    }
    for key in keys { cells[key].append(number) }
  }
}
