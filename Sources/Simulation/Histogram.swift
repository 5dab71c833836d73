public import Landscapes
import LinearAlgebra

/// A regular grid in one or two of the variables.
public struct HistogramGrid: Sendable, Equatable {
  /// The variables that are counted, one or two.
  public let axes: [Int]
  /// The range of each of them.
  public let range: Domain
  /// The number of cells along each of them.
  public let bins: [Int]

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - axes: One or two variables.
  ///   - range: As many intervals.
  ///   - bins: As many numbers of cells, each at least 1, at most 10 000 cells together.
  /// - Throws: `SimulationError.invalidSetting`.
  public init(axes: [Int], range: Domain, bins: [Int]) throws {
    guard (1...2).contains(axes.count), axes.allSatisfy({ $0 >= 0 }), Set(axes).count == axes.count
    else {
      throw SimulationError.invalidSetting(
        name: "histogram axes", value: "\(axes)", accepted: "one or two different variables")
    }
    guard range.dimension == axes.count, bins.count == axes.count, bins.allSatisfy({ $0 >= 1 }),
      bins.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) <= 10_000,
      bins.allSatisfy({ $0 <= 10_000 })
    else {
      throw SimulationError.invalidSetting(
        name: "histogram bins", value: "\(bins)",
        accepted: "one range and one number of bins per axis, at most 10000 cells together")
    }
    self.axes = axes
    self.range = range
    self.bins = bins
  }

  /// The number of cells.
  public var cellCount: Int { bins.reduce(1, *) }

  /// The cell of a point of the full space, the last axis varying fastest; nil outside the grid.
  public func cell(of x: [Double]) -> Int? {
    var result = 0
    for (k, axis) in axes.enumerated() {
      let share = (x[axis] - range.lower[k]) / (range.upper[k] - range.lower[k])
      guard share >= 0, share < 1 else { return nil }
      result = result * bins[k] + min(Int(share * Double(bins[k])), bins[k] - 1)
    }
    return result
  }
}

/// Counts of positions on a grid, with the comparison to a density.
public struct Histogram: Sendable, Equatable {
  /// The grid.
  public let grid: HistogramGrid
  /// The counts of the cells, the last axis varying fastest.
  public let counts: [Int]
  /// The counts of independent groups of trajectories.
  let groups: [[Int]]

  /// Creates a histogram from the counts of independent groups.
  init(grid: HistogramGrid, groups: [[Int]]) {
    self.grid = grid
    self.groups = groups
    var total = [Int](repeating: 0, count: grid.cellCount)
    for group in groups { for i in total.indices { total[i] += group[i] } }
    counts = total
  }

  /// The result of a comparison with a density.
  public struct Comparison: Sendable, Equatable {
    /// Pearson's Σ(observed − expected)²/expected.
    public let chiSquare: Double
    /// The number of cells compared, less one.
    public let degreesOfFreedom: Int
    /// How much larger the variance of the counts is than that of independent positions, measured
    /// between independent groups of trajectories; 1 where it cannot be measured.
    public let designEffect: Double
    /// The probability of a larger statistic, that divided by the design effect (Rao and Scott
    /// 1981).
    public let pValue: Double
  }

  /// Compares the counts with a stationary density.
  ///
  /// Cells in which fewer than five positions are expected are joined.
  ///
  /// - Parameter density: A density of the grid's variables; its normalisation does not matter.
  /// - Returns: The statistic and its p-value; nil where there are too few positions.
  public func comparison(with density: ([Double]) -> Double) -> Comparison? {
    let total = counts.reduce(0, +)
    let weights = cellWeights(density)
    let sum = weights.reduce(0, +)
    guard total > 0, sum > 0, sum.isFinite else { return nil }
    let cells = joinedCells(weights.map { $0 / sum }, total: total)
    guard cells.count >= 2 else { return nil }
    func joined(_ counts: [Int]) -> [Double] {
      cells.map { cell in Double(cell.members.reduce(0) { $0 + counts[$1] }) }
    }
    let observed = joined(counts)
    var chiSquare = 0.0
    for (cell, value) in zip(cells, observed) {
      let expected = cell.probability * Double(total)
      chiSquare += (value - expected) * (value - expected) / expected
    }
    let used = groups.map { ($0.reduce(0, +), joined($0)) }.filter { $0.0 > 0 }
    var effect = 1.0
    if used.count >= 8 {
      var between = 0.0
      for (size, values) in used {
        for (cell, value) in values.enumerated() {
          let expected = observed[cell] / Double(total) * Double(size)
          if expected > 0 { between += (value - expected) * (value - expected) / expected }
        }
      }
      effect = max(1, between / (Double(used.count - 1) * Double(cells.count - 1)))
    }
    let degrees = cells.count - 1
    return Comparison(
      chiSquare: chiSquare, degreesOfFreedom: degrees, designEffect: effect,
      pValue: SpecialFunctions.chiSquareUpperTail(
        chiSquare / effect, degreesOfFreedom: Double(degrees)))
  }

  /// The integral of the density over each cell (Gauss–Legendre with five points per axis).
  private func cellWeights(_ density: ([Double]) -> Double) -> [Double] {
    let nodes = [
      0.0, 0.5384693101056831, -0.5384693101056831, 0.906179845938664, -0.906179845938664,
    ]
    let weights = [
      0.5688888888888889, 0.47862867049936647, 0.47862867049936647, 0.23692688505618908,
      0.23692688505618908,
    ]
    let h = zip(grid.range.widths, grid.bins).map { $0 / Double($1) }
    func coordinate(_ axis: Int, _ bin: Int, _ node: Double) -> Double {
      grid.range.lower[axis] + h[axis] * (Double(bin) + 0.5 + 0.5 * node)
    }
    return (0..<grid.cellCount).map { cell in
      var sum = 0.0
      for i in nodes.indices {
        if grid.axes.count == 1 {
          sum += weights[i] * density([coordinate(0, cell, nodes[i])])
        } else {
          for j in nodes.indices {
            sum +=
              weights[i] * weights[j]
              * density([
                coordinate(0, cell / grid.bins[1], nodes[i]),
                coordinate(1, cell % grid.bins[1], nodes[j]),
              ])
          }
        }
      }
      return sum
    }
  }

  private func joinedCells(
    _ probabilities: [Double], total: Int
  ) -> [(members: [Int], probability: Double)] {
    var result: [(members: [Int], probability: Double)] = []
    var rest: (members: [Int], probability: Double) = ([], 0)
    for (cell, probability) in probabilities.enumerated() {
      if probability * Double(total) >= 5 {
        result.append(([cell], probability))
      } else {
        rest.members.append(cell)
        rest.probability += probability
      }
    }
    if rest.probability * Double(total) >= 5 {
      result.append(rest)
    } else if !rest.members.isEmpty, !result.isEmpty {
      result[result.count - 1].members += rest.members
      result[result.count - 1].probability += rest.probability
    }
    return result
  }
}
