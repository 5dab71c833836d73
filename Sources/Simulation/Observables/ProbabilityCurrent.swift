import Landscapes
import LinearAlgebra

/// The stationary probability current of two variables on a grid, J(x) = ⟨ẋ ∘ δ(x(t) − x)⟩: zero
/// everywhere in a reversible system.
///
/// Each displacement from one observation to the next counts in the cell of its midpoint
/// (Stratonovich's rule), which makes an error of the order of the interval between them. The
/// current of a cell is Σ Δx/(T·area), T the whole time.
public struct ProbabilityCurrent: Sendable, Equatable {
  /// The grid; cells are numbered with the second variable varying fastest.
  public let grid: HistogramGrid
  /// The component along the first variable, per cell.
  public let first: [Measured]
  /// The component along the second variable, per cell.
  public let second: [Measured]
  /// The density of midpoints, per cell; J over it is the mean velocity there.
  public let density: [Measured]

  /// The centre of a cell.
  public func center(ofCell cell: Int) -> [Double] {
    let widths = grid.cellWidths
    let column = Double(cell / grid.bins[1]) + 0.5
    let row = Double(cell % grid.bins[1]) + 0.5
    return [grid.range.lower[0] + widths[0] * column, grid.range.lower[1] + widths[1] * row]
  }

  init?(sums: GroupedSums, grid: HistogramGrid, interval: Double) {
    guard !sums.isEmpty else { return nil }
    let cells = grid.cellCount
    let area = grid.cellWidths.reduce(1, *)
    let values = sums.estimates { total in
      let densityScale: Double = 1 / (total[0] * area)
      let currentScale: Double = densityScale / interval
      return (0..<3 * cells).map { k -> Double in
        total[1 + k] * (k < 2 * cells ? currentScale : densityScale)
      }
    }
    self.grid = grid
    first = Array(values[..<cells])
    second = Array(values[cells..<2 * cells])
    density = Array(values[(2 * cells)...])
  }
}

/// Displacements of eight trajectories by the cell that they go through.
final class CurrentMeter {
  private let axes: (Int, Int)
  private let bins: (Int, Int)
  private let lower: (Lanes, Lanes)
  /// Cells per unit length.
  private let scale: (Lanes, Lanes)
  private let cells: Int
  private var last: (Lanes, Lanes)?
  private var steps = 0
  /// Per lane the displacements along both variables and the visits of each cell.
  private let sums: UnsafeMutableBufferPointer<Double>

  /// The number of sums of a lane.
  static func width(_ grid: HistogramGrid) -> Int { 1 + 3 * grid.cellCount }

  init(grid: HistogramGrid) {
    axes = (grid.axes[0], grid.axes[1])
    bins = (grid.bins[0], grid.bins[1])
    lower = (Lanes(grid.range.lower[0]), Lanes(grid.range.lower[1]))
    let widths = grid.range.widths
    scale = (Lanes(Double(grid.bins[0]) / widths[0]), Lanes(Double(grid.bins[1]) / widths[1]))
    cells = grid.cellCount
    sums = .allocate(capacity: 3 * grid.cellCount * Lanes.count)
    sums.initialize(repeating: 0)
  }

  deinit { sums.deallocate() }

  /// Moves on without counting.
  func start(_ x: Span<Lanes>) { last = (x[axes.0], x[axes.1]) }

  func observe(_ x: Span<Lanes>) {
    let (x1, y1) = (x[axes.0], x[axes.1])
    defer { last = (x1, y1) }
    guard let (x0, y0) = last else { return }
    steps += 1
    let half = Lanes(0.5)
    let column = (half * (x0 + x1) - lower.0) * scale.0
    let row = (half * (y0 + y1) - lower.1) * scale.1
    let (dx, dy) = (x1 - x0, y1 - y0)
    for lane in 0..<Lanes.count {
      let i = column[lane]
      let j = row[lane]
      guard i >= 0, i < Double(bins.0), j >= 0, j < Double(bins.1) else { continue }
      let cell = Int(i) * bins.1 + Int(j)
      let base = 3 * cells * lane + cell
      sums[base] += dx[lane]
      sums[base + cells] += dy[lane]
      sums[base + 2 * cells] += 1
    }
  }

  /// Adds the sums of a lane: the number of displacements and what each cell saw of them.
  func collect(lane: Int, into target: inout [Double]) {
    target[0] += Double(steps)
    for k in 0..<3 * cells { target[1 + k] += sums[3 * cells * lane + k] }
  }

  func startBatch() {
    steps = 0
    sums.update(repeating: 0)
  }
}

extension CurrentMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(steps)
    writer.write(pair: last)
    writer.write(Array(sums))
  }

  func restore(from reader: inout StateReader) throws {
    steps = try reader.integer()
    last = try reader.pair()
    for (k, value) in try reader.numbers(count: sums.count).enumerated() { sums[k] = value }
  }
}
