public import LinearAlgebra

/// Positions of trajectories at equal intervals, for other programs.
///
/// ```swift
/// try result.record?.frames.writeNumPy(to: "trajectories.npy")
/// ```
public struct TrajectoryRecord: Sendable, Equatable {
  /// How many numbers a record may hold, 2²⁷ (1 GiB).
  public static let maximumCount = 1 << 27

  /// The positions by trajectory, frame and variable; not a number where a stopped run did not
  /// arrive or where a trajectory diverged.
  public let frames: Tensor
  /// The time between two frames.
  public let interval: Double
  /// The time of the first frame since the start of the trajectories, the end of the burn-in.
  public let firstTime: Double

  /// The frames of one trajectory.
  ///
  /// - Parameter trajectory: The number of the trajectory.
  /// - Returns: A matrix with a row per frame and a column per variable.
  public func trajectory(_ trajectory: Int) -> Matrix {
    let (count, dimension) = (frames.shape[1], frames.shape[2])
    precondition(
      (0..<frames.shape[0]).contains(trajectory), "there is no trajectory of this number")
    let start = trajectory * count * dimension
    return Matrix(
      rows: count, columns: dimension,
      elements: Array(frames.elements[start..<start + count * dimension]))
  }
}
