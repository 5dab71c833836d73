public import Simulation

/// Mini-batch descent as a process that an ensemble can run: `DiscreteMover(descent)`.
///
/// In epochs a trajectory remembers which samples are left and goes on with them from a checkpoint.
extension MiniBatchDescent: DiscreteProcess {
  /// The room and memory of a new trajectory, at the beginning of an epoch.
  public func makeScratch() -> Scratch { scratch() }

  /// One step.
  ///
  /// - Parameters:
  ///   - x: θ, replaced by the next parameters.
  ///   - stream: The random numbers of the trajectory.
  ///   - scratch: The trajectory's room.
  @inlinable
  public func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Scratch) {
    step(&x, using: &stream, scratch: &scratch)
  }

  /// The rest of an epoch; nothing for batches that do not depend on earlier ones.
  public func memory(of scratch: Scratch) -> [UInt64] { scratch.sampler.memory }

  /// Goes on with the rest of an epoch.
  public func restore(_ memory: [UInt64], in scratch: inout Scratch) {
    scratch.sampler.memory = memory
  }
}
