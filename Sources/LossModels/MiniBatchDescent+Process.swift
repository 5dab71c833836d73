public import Simulation

/// Mini-batch descent as a process that an ensemble can run.
extension MiniBatchDescent: DiscreteProcess {
  /// Room for one trajectory.
  public func makeScratch() -> Scratch { scratch() }

  /// One step.
  ///
  /// - Parameters:
  ///   - x: The parameters.
  ///   - stream: The random numbers of the trajectory.
  ///   - scratch: Its room.
  @inlinable
  public func step(_ x: inout [Double], stream: inout RandomStream, scratch: inout Scratch) {
    step(&x, using: &stream, scratch: &scratch)
  }
}
