import Landscapes

extension HistogramGrid {
  /// The lengths of the edges of a cell.
  var cellWidths: [Double] { range.widths.indices.map { range.widths[$0] / Double(bins[$0]) } }
}

extension Histogram {
  /// The probability density of each cell, with standard errors from independent groups of
  /// trajectories.
  ///
  /// - Returns: One density per cell, the last axis varying fastest, of the positions inside the
  ///   grid; empty where there are none.
  public func densities() -> [Measured] {
    let total = Double(counts.reduce(0, +))
    guard total > 0 else { return [] }
    let volume = grid.cellWidths.reduce(1, *)
    let sums = GroupedSums(
      groups.map { group in [Double(group.reduce(0, +))] + group.map { Double($0) } },
      areBatches: false)
    return sums.estimates { total in total[1...].map { $0 / (total[0] * volume) } }
  }

  /// The histogram of one of the variables of the grid, whatever the other one is within it.
  ///
  /// - Parameter axis: 0 or 1, the place of the variable among the grid's axes.
  /// - Returns: A histogram in one variable.
  /// - Throws: `SimulationError.invalidSetting` where the grid has no such axis.
  public func marginal(axis: Int) throws -> Histogram {
    guard grid.axes.indices.contains(axis) else {
      throw SimulationError.invalidSetting(
        name: "axis of the marginal", value: "\(axis)",
        accepted: "0 to \(grid.axes.count - 1)")
    }
    guard grid.axes.count == 2 else { return self }
    let line = try HistogramGrid(
      axes: [grid.axes[axis]],
      range: Domain(lower: [grid.range.lower[axis]], upper: [grid.range.upper[axis]]),
      bins: [grid.bins[axis]])
    return Histogram(
      grid: line,
      groups: groups.map { group in
        var sums = [Int](repeating: 0, count: line.cellCount)
        for (cell, count) in group.enumerated() {
          sums[axis == 0 ? cell / grid.bins[1] : cell % grid.bins[1]] += count
        }
        return sums
      })
  }
}
