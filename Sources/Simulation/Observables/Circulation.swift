import Glibc
import Landscapes

/// How trajectories go around a point in the plane of two variables.
///
/// A path in continuous time does more between two observations than the line that joins them: what
/// displacements over one interval Δ give is wrong in the first order of Δ. Let f(j) be the mean turn,
/// or area, over j intervals; it is smooth in jΔ from zero on, and the rates here are its derivative
/// there, (3f(1) − (3/2)f(2) + (1/3)f(3))/Δ. What is left is of the third order, ¼Δ³f⁗(0) at first: for
/// a relaxation with e^{ct} a share ¼Δ³ Im c⁴/Im c.
public struct Circulation: Sendable, Equatable {
  /// The plane and the point.
  public let plane: CirculationPlane
  /// The mean number of turns around the point per unit time; positive: counter-clockwise. A turn is
  /// made of angles between −½ and ½ turn.
  public let windingFrequency: Measured
  /// The area that the line from the point to the trajectory sweeps per unit time,
  /// ½⟨x dy − y dx⟩/dt (Stratonovich); in the stationary state it does not depend on the point.
  public let areaRate: Measured

  init?(sums: GroupedSums, plane: CirculationPlane, interval: Double) {
    guard !sums.isEmpty else { return nil }
    self.plane = plane
    let values = sums.estimates { total in
      (1...2).map { quantity in
        var rate = 0.0
        for (k, weight) in CirculationMeter.weights.enumerated() {
          let count = total[3 * k]
          // A run that was stopped early has only the shorter times.
          rate += count > 0 ? weight * total[3 * k + quantity] / count : .nan
        }
        return rate / interval
      }
    }
    windingFrequency = values[0]
    areaRate = values[1]
  }
}

/// Angles and areas of eight trajectories around a point, over one, two and three intervals.
final class CirculationMeter {
  private let axes: (Int, Int)
  private let center: (Lanes, Lanes)
  /// The last positions, the latest first.
  private var past: [(Lanes, Lanes)] = []
  private var steps: [Int]
  private var turns: [Lanes]
  private var area: [Lanes]

  /// The weights of the times in the derivative at time zero.
  static let weights = [3, -1.5, 1.0 / 3]

  /// The number of sums of a lane.
  static var width: Int { 3 * weights.count }

  init(_ plane: CirculationPlane) {
    axes = (plane.axes[0], plane.axes[1])
    center = (Lanes(plane.center[0]), Lanes(plane.center[1]))
    steps = Array(repeating: 0, count: Self.weights.count)
    turns = Array(repeating: Lanes(0.0), count: Self.weights.count)
    area = turns
  }

  private func relative(_ x: Span<Lanes>) -> (Lanes, Lanes) {
    (x[axes.0] - center.0, x[axes.1] - center.1)
  }

  /// Starts from here.
  func start(_ x: Span<Lanes>) { past = [relative(x)] }

  func observe(_ x: Span<Lanes>) {
    let (u1, v1) = relative(x)
    for (k, (u0, v0)) in past.enumerated() {
      steps[k] += 1
      let cross = u0 * v1 - v0 * u1
      let scalar = u0 * u1 + v0 * v1
      area[k] = area[k] + Lanes(0.5) * cross
      var angle = Lanes(0.0)
      for lane in 0..<Lanes.count { angle[lane] = Glibc.atan2(cross[lane], scalar[lane]) }
      turns[k] = turns[k] + angle * Lanes(0.5 / Double.pi)
    }
    if past.count == Self.weights.count { past.removeLast() }
    past.insert((u1, v1), at: 0)
  }

  /// Adds the sums of a lane: per time the number of displacements, the turns and the area.
  func collect(lane: Int, into target: inout [Double]) {
    for k in steps.indices {
      target[3 * k] += Double(steps[k])
      target[3 * k + 1] += turns[k][lane]
      target[3 * k + 2] += area[k][lane]
    }
  }

  func startBatch() {
    for k in steps.indices {
      steps[k] = 0
      turns[k] = Lanes(0.0)
      area[k] = Lanes(0.0)
    }
  }
}

extension CirculationMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(steps)
    writer.write(past.count)
    for place in past { writer.write([place.0, place.1]) }
    writer.write(turns)
    writer.write(area)
  }

  func restore(from reader: inout StateReader) throws {
    steps = try reader.integers(count: Self.weights.count)
    past = []
    let count = try reader.integer()
    guard (0...Self.weights.count).contains(count) else { throw DamagedState() }
    for _ in 0..<count {
      past.append((try reader.lanes(), try reader.lanes()))
    }
    for k in steps.indices { turns[k] = try reader.lanes() }
    for k in steps.indices { area[k] = try reader.lanes() }
  }
}
