public import Landscapes
public import LinearAlgebra

/// A process in discrete time, such as true mini-batch SGD.
///
/// One step takes the time `timeStep` (the learning rate). All random numbers must be drawn from
/// the given stream, so that a trajectory is the same on any thread.
public protocol DiscreteProcess: Sendable {
  /// The buffers of one trajectory, and whatever it remembers from step to step (momentum, the
  /// rest of an epoch).
  associatedtype Scratch
  /// The buffers that eight trajectories share which are advanced together.
  associatedtype SharedScratch = [[Double]]
  /// The number of variables.
  var dimension: Int { get }
  /// The time that one step takes.
  var timeStep: Double { get }
  /// The buffers and memory of a new trajectory.
  func makeScratch() -> Scratch
  /// One step.
  ///
  /// - Parameters:
  ///   - x: The state.
  ///   - stream: The random numbers of the trajectory.
  ///   - scratch: Its buffers and memory.
  func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Scratch)
  /// The buffers that eight trajectories share.
  func makeSharedScratch() -> SharedScratch
  /// Steps of eight trajectories, each of them what `step` would make of it up to rounding. Unless
  /// a process does them together they are done one after another.
  ///
  /// - Parameters:
  ///   - x: The states, one vector of lanes per variable.
  ///   - steps: How many steps.
  ///   - streams: The random numbers of each trajectory.
  ///   - scratches: The buffers and the memory of each.
  ///   - shared: The buffers of all.
  func advance(
    _ x: inout [Lanes], by steps: Int, streams: inout [RandomStream], scratches: inout [Scratch],
    shared: inout SharedScratch)
  /// What a trajectory remembers from step to step, so that it can be stored and copied; empty
  /// where a step depends on the state and fresh random numbers alone.
  func memory(of scratch: Scratch) -> [UInt64]
  /// Makes buffers remember what `memory(of:)` gave.
  func restore(_ memory: [UInt64], in scratch: inout Scratch)
}

extension DiscreteProcess {
  /// Nothing.
  public func memory(of scratch: Scratch) -> [UInt64] { [] }
  /// Does nothing.
  public func restore(_ memory: [UInt64], in scratch: inout Scratch) {}
}

extension DiscreteProcess where SharedScratch == [[Double]] {
  /// A state per trajectory.
  public func makeSharedScratch() -> [[Double]] {
    Array(
      repeating: [Double](repeating: 0, count: dimension), count: TrajectoryBlock.width)
  }

  /// Steps of one trajectory after another.
  public func advance(
    _ x: inout [Lanes], by steps: Int, streams: inout [RandomStream], scratches: inout [Scratch],
    shared: inout [[Double]]
  ) {
    for lane in 0..<TrajectoryBlock.width {
      for i in x.indices { shared[lane][i] = x[i][lane] }
      for _ in 0..<steps {
        step(&shared[lane], stream: &streams[lane], scratch: &scratches[lane])
      }
      for i in x.indices { x[i][lane] = shared[lane][i] }
    }
  }
}

/// Makes an ensemble of a process in discrete time.
public struct DiscreteMover<Process: DiscreteProcess>: Mover {
  /// The process.
  public let process: Process

  /// Wraps a process.
  public init(_ process: Process) { self.process = process }

  /// The number of variables.
  public var dimension: Int { process.dimension }
  /// The time that one step takes.
  public var timeStep: Double { process.timeStep }
  /// Discrete steps are the subject themselves: nothing happens inside a step.
  public var isContinuous: Bool { false }
  /// None: the noise is not a diffusion.
  public func diffusion(at x: [Double], basin: Int) -> Matrix? { nil }
  /// What advances one block.
  public func makeStepper(seed: UInt64) -> any Stepper {
    DiscreteStepper(process: process, seed: seed)
  }
}

private final class DiscreteStepper<Process: DiscreteProcess>: Stepper {
  let process: Process
  let seed: UInt64
  private var streams: [RandomStream] = []
  private var scratches: [Process.Scratch] = []
  private var generations = [Int](repeating: -1, count: TrajectoryBlock.width)
  private var shared: Process.SharedScratch

  init(process: Process, seed: UInt64) {
    self.process = process
    self.seed = seed
    shared = process.makeSharedScratch()
    for _ in 0..<TrajectoryBlock.width {
      streams.append(RandomStream(seed: seed, index: 0))
      scratches.append(process.makeScratch())
    }
  }

  func memory(lane: Int) -> ProcessMemory {
    ProcessMemory(
      process: process.memory(of: scratches[lane]), stream: streams[lane].place)
  }

  func restore(_ memory: ProcessMemory, lane: Int, in block: TrajectoryBlock) {
    streams[lane] = RandomStream(seed: seed, index: block.streams[lane])
    streams[lane].place = memory.stream
    scratches[lane] = process.makeScratch()
    process.restore(memory.process, in: &scratches[lane])
    generations[lane] = block.generations[lane]
  }

  func advance(_ block: inout TrajectoryBlock, by steps: Int) {
    for lane in 0..<TrajectoryBlock.width {
      if generations[lane] != block.generations[lane] {
        if block.steps[lane] == 0 {
          streams[lane] = RandomStream(seed: seed, index: block.streams[lane])
        }
        scratches[lane] = process.makeScratch()
        generations[lane] = block.generations[lane]
      }
    }
    process.advance(
      &block.positions, by: steps, streams: &streams, scratches: &scratches, shared: &shared)
    for lane in block.steps.indices { block.steps[lane] += UInt64(steps) }
  }
}
