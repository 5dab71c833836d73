import Landscapes
public import LinearAlgebra

/// A process in discrete time, such as true mini-batch SGD.
///
/// One step takes the time `timeStep` (the learning rate). All random numbers must be drawn from
/// the given stream, so that a trajectory is the same on any thread.
public protocol DiscreteProcess: Sendable {
  /// The buffers of one trajectory, and whatever it remembers from step to step (momentum, the
  /// rest of an epoch).
  associatedtype Scratch
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
  private var states: [[Double]]

  init(process: Process, seed: UInt64) {
    self.process = process
    self.seed = seed
    states = Array(
      repeating: [Double](repeating: 0, count: process.dimension), count: TrajectoryBlock.width)
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
      for i in states[lane].indices { states[lane][i] = block.positions[i][lane] }
      for _ in 0..<steps {
        process.step(&states[lane], stream: &streams[lane], scratch: &scratches[lane])
      }
      for i in states[lane].indices { block.positions[i][lane] = states[lane][i] }
      block.steps[lane] += UInt64(steps)
    }
  }
}
