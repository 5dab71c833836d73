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
  /// The time since each lane's stream started, kept by processes whose steps do not all take the
  /// same time.
  public internal(set) var clocks = [Double](repeating: 0, count: TrajectoryBlock.width)

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
    clocks[lane] = 0
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

  /// Where one lane is, for `restore(_:lane:)`.
  public func state(lane: Int) -> TrajectoryState {
    TrajectoryState(
      position: position(lane: lane), stream: streams[lane], step: steps[lane],
      clock: clocks[lane], basin: basins[lane])
  }

  /// Puts a lane where another one was, its random stream included. All lanes must stand at even
  /// steps afterwards. What the process remembers besides is the stepper's.
  public mutating func restore(_ state: TrajectoryState, lane: Int) {
    place(state.position, lane: lane, stream: state.stream, basin: state.basin)
    steps[lane] = state.step
    clocks[lane] = state.clock
  }
}

/// Where a trajectory is.
public struct TrajectoryState: Sendable, Equatable, Codable {
  /// Its coordinates.
  public var position: [Double]
  /// Its random stream.
  public var stream: UInt64
  /// How many steps it has done since its stream started.
  public var step: UInt64
  /// The time since then, for processes that keep it.
  public var clock: Double
  /// The minimum that its noise refers to.
  public var basin: Int

  /// Describes the state of a trajectory.
  public init(position: [Double], stream: UInt64, step: UInt64, clock: Double = 0, basin: Int) {
    self.position = position
    self.stream = stream
    self.step = step
    self.clock = clock
    self.basin = basin
  }
}

/// What a process remembers of a trajectory besides its position, as words of 64 bits.
public struct ProcessMemory: Sendable, Equatable, Codable {
  /// What belongs to the process: the rest of an epoch, momentum, the last random number where two
  /// steps share it. A copy of a trajectory takes it along.
  public var process: [UInt64]
  /// Where the trajectory is in its random stream, where steps alone do not tell. A copy that goes
  /// its own way leaves it behind.
  public var stream: [UInt64]

  /// Describes a memory; empty for a process that has none.
  public init(process: [UInt64] = [], stream: [UInt64] = []) {
    self.process = process
    self.stream = stream
  }
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
  /// The diffusion matrix where it is the same everywhere; nil where it is not.
  var constantDiffusion: Matrix? { get }
  /// Whether steps take different times, which the blocks' clocks add up.
  var keepsClock: Bool { get }
}

extension Mover {
  /// Not known to be constant.
  public var constantDiffusion: Matrix? { nil }
  /// All steps take `timeStep`.
  public var keepsClock: Bool { false }
}

/// What advances one block of trajectories, with the buffers for it.
public protocol Stepper: AnyObject {
  /// Advances all lanes.
  ///
  /// - Parameters:
  ///   - block: The trajectories.
  ///   - steps: How many steps.
  func advance(_ block: inout TrajectoryBlock, by steps: Int)

  /// What is remembered of a lane besides its position.
  func memory(lane: Int) -> ProcessMemory

  /// Makes a lane remember what another one did; to be called after the lane was placed.
  ///
  /// - Parameters:
  ///   - memory: What `memory(lane:)` gave. Without the part of the stream the lane starts its
  ///     stream at the beginning.
  ///   - lane: The lane.
  ///   - block: The trajectories.
  func restore(_ memory: ProcessMemory, lane: Int, in block: TrajectoryBlock)
}

extension Stepper {
  /// Nothing.
  public func memory(lane: Int) -> ProcessMemory { ProcessMemory() }
  /// Does nothing.
  public func restore(_ memory: ProcessMemory, lane: Int, in block: TrajectoryBlock) {}
}
