public import Landscapes
import LinearAlgebra

/// How positions become the states of a chain.
///
/// ```swift
/// let byCores = Discretisation.coreSets(cores)                 // milestoning
/// let byDescent = try Discretisation.attractors(of: field, cores: cores)
/// let assigner = byCores.makeAssigner()
/// assigner.observe(block)
/// print(assigner.states)                                       // eight states, −1 for none
/// ```
///
/// A trajectory on a ridge crosses it many times before it falls to one side. By descent and by the
/// nearest minimum each of these crossings is a transition, and their number grows like Δt^{−1/2} as
/// the trajectory is looked at more often; by core sets it is one transition or none.
public struct Discretisation: Sendable {
  enum Kind: Sendable {
    case basins(BasinFunction, cores: CoreSets?)
    case attractors(LaneDescent.Settings)
    case nearest([[Double]])
    case coreSets(CoreSets)
    case boxes(BoxGrid)
    case function(@Sendable ([Double]) -> Int?)
  }

  let kind: Kind
  /// The number of states where all of them are numbered beforehand; nil where states are those
  /// that are visited.
  public let stateCount: Int?
  /// The number of variables that it needs; nil where a function takes whatever there is.
  public let dimension: Int?

  /// States are numbered from 0 and stay below this.
  static var largestState: Int { 1 << 31 }

  /// States by exact descent: the minimum that a function says the point descends to.
  ///
  /// - Parameters:
  ///   - count: The number of minima. What the function numbers beyond them is no state.
  ///   - cores: Sets, in the order of the minima, inside of which the function need not be asked,
  ///     because all their points descend to their minimum; nil to ask it everywhere.
  ///   - basin: Which minimum a point descends to; nil for none.
  /// - Returns: The discretisation.
  /// - Throws: `SimulationError` for no minimum, or another number of core sets.
  public static func basins(
    count: Int, cores: CoreSets? = nil, of basin: @escaping BasinFunction
  ) throws -> Discretisation {
    guard count > 0 else { throw SimulationError.noMinimum }
    if let cores, cores.sets.count != count {
      throw SimulationError.invalidSetting(
        name: "cores", value: "\(cores.sets.count) core sets",
        accepted: "one per minimum, \(count)")
    }
    return Discretisation(
      kind: .basins(basin, cores: cores), stateCount: count,
      dimension: cores.flatMap { $0.sets.first?.center.count })
  }

  /// States by following the flow ẋ = b(x) until it enters a core set, eight points at a time.
  ///
  /// Points inside a core set cost nothing; elsewhere steps of the classical Runge–Kutta method are
  /// short enough that the flow is right to a small part of a core set. A point is in no state where
  /// the flow does not arrive within `steps`: it left for infinity or rests on a ridge.
  ///
  /// - Parameters:
  ///   - field: The drift.
  ///   - cores: A neighbourhood of every attractor from which the flow does not escape.
  ///   - steps: The most steps of a descent, at least 1.
  /// - Returns: The discretisation; states are numbered as the core sets.
  /// - Throws: `SimulationError` where there is no core set, sizes do not agree or `steps` is not
  ///   positive; `LinearAlgebraError` where the linearised flow has no spectrum.
  public static func attractors(
    of field: CompiledField, cores: CoreSets, steps: Int = 5000
  ) throws -> Discretisation {
    let settings = try LaneDescent.Settings(field: field, cores: cores, limit: steps)
    return Discretisation(
      kind: .attractors(settings), stateCount: cores.sets.count, dimension: field.dimension)
  }

  /// The nearest of some points, such as the minima: cheap, and wrong for counts of transitions.
  ///
  /// - Parameter points: At least one, all of the same number of variables.
  /// - Returns: The discretisation; states are numbered as the points.
  /// - Throws: `SimulationError` for no point, or points of different sizes.
  public static func nearest(to points: [[Double]]) throws -> Discretisation {
    guard let first = points.first else { throw SimulationError.noMinimum }
    if let odd = points.first(where: { $0.count != first.count }) {
      throw SimulationError.dimensionMismatch(
        quantity: "points", expected: first.count, found: odd.count)
    }
    return Discretisation(
      kind: .nearest(points), stateCount: points.count, dimension: first.count)
  }

  /// States by core sets with milestoning: the last core set that the trajectory visited, and none
  /// before the first visit.
  ///
  /// - Parameter cores: Disjoint sets.
  /// - Returns: The discretisation; states are numbered as the core sets.
  public static func coreSets(_ cores: CoreSets) -> Discretisation {
    Discretisation(
      kind: .coreSets(cores), stateCount: cores.sets.count,
      dimension: cores.sets.first?.center.count)
  }

  /// States by boxes of a grid; those that are visited are numbered in the order of their boxes.
  ///
  /// - Parameter grid: The grid.
  /// - Returns: The discretisation.
  public static func boxes(_ grid: BoxGrid) -> Discretisation {
    Discretisation(kind: .boxes(grid), stateCount: nil, dimension: nil)
  }

  /// States by a function of the position.
  ///
  /// - Parameters:
  ///   - count: The number of states; nil where those that are visited become states, in the order
  ///     of their numbers.
  ///   - function: From the coordinates to a number from 0 (below 2³¹ and below `count`); nil, and
  ///     any other number, for none.
  /// - Returns: The discretisation.
  /// - Throws: `SimulationError.invalidSetting` for a count that is not positive.
  public static func function(
    count: Int? = nil, _ function: @escaping @Sendable ([Double]) -> Int?
  ) throws -> Discretisation {
    if let count, !(1...largestState).contains(count) {
      throw SimulationError.invalidSetting(
        name: "count of states", value: "\(count)", accepted: "1 to 2147483648, or none given")
    }
    return Discretisation(kind: .function(function), stateCount: count, dimension: nil)
  }

  /// The sets that noise models which refer to a minimum are anchored by; nil where states are not
  /// minima.
  var cores: CoreSets? {
    switch kind {
    case .basins(_, let cores): cores
    case .attractors(let settings): settings.cores
    case .coreSets(let cores): cores
    case .nearest, .boxes, .function: nil
    }
  }

  /// The number that all states are below.
  var stateSpan: Int {
    if case .boxes(let grid) = kind { return grid.boxCount }
    return stateCount ?? Discretisation.largestState
  }

  /// Throws where it does not fit a process.
  func check(dimension expected: Int) throws {
    if let dimension, dimension != expected {
      throw SimulationError.dimensionMismatch(
        quantity: "discretisation", expected: expected, found: dimension)
    }
    if case .boxes(let grid) = kind, let axis = grid.axes.first(where: { $0 >= expected }) {
      throw SimulationError.invalidSetting(
        name: "grid axes", value: "\(axis)", accepted: "variables from 0 to \(expected - 1)")
    }
    if let cores, let odd = cores.sets.first(where: { $0.center.count != expected }) {
      throw SimulationError.dimensionMismatch(
        quantity: "core sets", expected: expected, found: odd.center.count)
    }
  }

  /// What assigns states to one block of trajectories; each block has its own.
  public func makeAssigner() -> StateAssigner { StateAssigner(self) }
}
