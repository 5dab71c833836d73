public import Landscapes
public import LinearAlgebra

/// Eight trajectories that are advanced together.
public struct TrajectoryBlock: Sendable {
  /// How many trajectories there are in a block.
  public static var width: Int { Lanes.count }

  /// The coordinates, each in eight lanes.
  public var positions: [Lanes]
  /// The random stream of each lane.
  public private(set) var streams = [UInt64](repeating: 0, count: TrajectoryBlock.width)
  /// How many steps each lane has done since its stream started.
  public internal(set) var steps = [UInt64](repeating: 0, count: TrajectoryBlock.width)
  /// The minimum that the noise of each lane refers to.
  public private(set) var basins = [Int](repeating: 0, count: TrajectoryBlock.width)
  /// Counts how often each lane was put elsewhere.
  public private(set) var generations = [Int](repeating: 0, count: TrajectoryBlock.width)
  /// Counts the calls that gave a lane a new stream.
  public private(set) var placements = 0
  /// Counts the changes of a lane's basin.
  public private(set) var basinChanges = 0

  /// Creates a block with all lanes at the origin.
  public init(dimension: Int) {
    positions = [Lanes](repeating: Lanes(0.0), count: dimension)
  }

  /// Starts a new trajectory in a lane. All other lanes must have done an even number of steps,
  /// because random numbers come for pairs of steps.
  ///
  /// - Parameters:
  ///   - x: Where it starts.
  ///   - lane: The lane.
  ///   - stream: The number of its random stream.
  ///   - basin: The minimum that its noise refers to.
  public mutating func place(_ x: [Double], lane: Int, stream: UInt64, basin: Int) {
    streams[lane] = stream
    steps[lane] = 0
    placements += 1
    move(lane: lane, to: x, basin: basin)
  }

  /// Puts a lane elsewhere; its random stream goes on.
  public mutating func move(lane: Int, to x: [Double], basin: Int) {
    for i in positions.indices { positions[i][lane] = x[i] }
    generations[lane] += 1
    setBasin(basin, lane: lane)
  }

  /// Changes the minimum that the noise of a lane refers to.
  public mutating func setBasin(_ basin: Int, lane: Int) {
    guard basins[lane] != basin || basinChanges == 0 else { return }
    basins[lane] = basin
    basinChanges += 1
  }

  /// The position of one lane.
  public func position(lane: Int) -> [Double] { positions.map { $0[lane] } }
}

/// A stochastic process that an ensemble can be made of.
public protocol Mover: Sendable {
  /// The number of variables.
  var dimension: Int { get }
  /// The time that one step takes.
  var timeStep: Double { get }
  /// Whether the process stands for one in continuous time, which can cross a boundary inside a
  /// step.
  var isContinuous: Bool { get }
  /// What advances one block; each block has its own.
  ///
  /// - Parameter seed: The seed of all random numbers.
  /// - Returns: A new stepper.
  func makeStepper(seed: UInt64) -> any Stepper
  /// The diffusion matrix at a point; nil for a process that has none.
  ///
  /// - Parameters:
  ///   - x: The point.
  ///   - basin: The minimum that the noise refers to.
  /// - Returns: D, `dimension` rows and columns.
  func diffusion(at x: [Double], basin: Int) -> Matrix?
}

/// What advances one block of trajectories, with the buffers for it.
public protocol Stepper: AnyObject {
  /// Advances all lanes.
  ///
  /// - Parameters:
  ///   - block: The trajectories.
  ///   - steps: How many steps.
  func advance(_ block: inout TrajectoryBlock, by steps: Int)
}
