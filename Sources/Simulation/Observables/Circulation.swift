import Glibc
import Landscapes

/// How trajectories go around a point in the plane of two variables.
public struct Circulation: Sendable, Equatable {
  /// The plane and the point.
  public let plane: CirculationPlane
  /// The mean number of turns around the point per unit time; positive: counter-clockwise. A turn is
  /// the sum of the angles, each between −½ and ½ turn, from one observation to the next.
  public let windingFrequency: Measured
  /// The area that the line from the point to the trajectory sweeps per unit time,
  /// ½⟨x dy − y dx⟩/dt (Stratonovich); in the stationary state it does not depend on the point.
  public let areaRate: Measured

  init?(sums: GroupedSums, plane: CirculationPlane, interval: Double) {
    guard !sums.isEmpty else { return nil }
    self.plane = plane
    let values = sums.estimates { [$0[1] / ($0[0] * interval), $0[2] / ($0[0] * interval)] }
    windingFrequency = values[0]
    areaRate = values[1]
  }
}

/// Angles and areas of eight trajectories around a point.
final class CirculationMeter {
  private let axes: (Int, Int)
  private let center: (Lanes, Lanes)
  private var last: (Lanes, Lanes)?
  private var steps = 0
  private var turns = Lanes(0.0)
  private var area = Lanes(0.0)

  /// The number of sums of a lane.
  static var width: Int { 3 }

  init(_ plane: CirculationPlane) {
    axes = (plane.axes[0], plane.axes[1])
    center = (Lanes(plane.center[0]), Lanes(plane.center[1]))
  }

  private func relative(_ x: Span<Lanes>) -> (Lanes, Lanes) {
    (x[axes.0] - center.0, x[axes.1] - center.1)
  }

  /// Moves on without counting.
  func start(_ x: Span<Lanes>) { last = relative(x) }

  func observe(_ x: Span<Lanes>) {
    let (u1, v1) = relative(x)
    defer { last = (u1, v1) }
    guard let (u0, v0) = last else { return }
    steps += 1
    let cross = u0 * v1 - v0 * u1
    let scalar = u0 * u1 + v0 * v1
    area = area + Lanes(0.5) * cross
    var angle = Lanes(0.0)
    for lane in 0..<Lanes.count { angle[lane] = Glibc.atan2(cross[lane], scalar[lane]) }
    turns = turns + angle * Lanes(0.5 / Double.pi)
  }

  /// Adds the sums of a lane: the number of displacements, the turns and the area.
  func collect(lane: Int, into target: inout [Double]) {
    target[0] += Double(steps)
    target[1] += turns[lane]
    target[2] += area[lane]
  }

  func startBatch() {
    steps = 0
    turns = Lanes(0.0)
    area = Lanes(0.0)
  }
}

extension CirculationMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(steps)
    writer.write(pair: last)
    writer.write([turns, area])
  }

  func restore(from reader: inout StateReader) throws {
    steps = try reader.integer()
    last = try reader.pair()
    turns = try reader.lanes()
    area = try reader.lanes()
  }
}
