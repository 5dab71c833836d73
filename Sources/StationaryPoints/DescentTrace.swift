import LinearAlgebra

/// The points of a descent, dense enough for line integrals along it.
///
/// Long steps are filled with the cubic that has the right ends and velocities.
struct DescentTrace {
  private(set) var points: [[Double]]
  /// How often the drift and its Jacobian matrix were evaluated along the way.
  var counts = EvaluationCounts()
  let isOn: Bool
  private let spacing: Double
  private var velocity: [Double]?

  init(start: [Double], spacing: Double, isOn: Bool) {
    points = [start]
    self.isOn = isOn
    self.spacing = spacing
  }

  /// Adds the end of a step.
  ///
  /// - Parameters:
  ///   - x: The point.
  ///   - b: The velocity there, in the first elements.
  ///   - time: The duration of the step.
  mutating func append(_ x: [Double], _ b: [Double], after time: Double) {
    guard isOn else { return }
    defer { velocity = Array(b.prefix(x.count)) }
    if let velocity, let last = points.last {
      let pieces = min(200, Int((distance(last, x) / spacing).rounded(.up)))
      for k in stride(from: 1, to: pieces, by: 1) {
        let s = Double(k) / Double(pieces)
        let (h00, h10) = ((1 + 2 * s) * (1 - s) * (1 - s), s * (1 - s) * (1 - s))
        let (h01, h11) = (s * s * (3 - 2 * s), s * s * (s - 1))
        points.append(
          x.indices.map {
            h00 * last[$0] + h10 * time * velocity[$0] + h01 * x[$0] + h11 * time * b[$0]
          })
      }
    }
    points.append(x)
  }

  /// The points with the end, thinned to at most two hundred at nearly equal distances.
  func finished(at end: [Double]) -> [[Double]] {
    guard isOn else { return [] }
    var all = points
    if let last = all.last, last != end { all.append(end) }
    var lengths = [0.0]
    for k in 1..<max(all.count, 1) {
      lengths.append(lengths[k - 1] + distance(all[k - 1], all[k]))
    }
    guard all.count > 200, let total = lengths.last, total > 0 else { return all }
    var kept = [all[0]]
    var next = total / 198
    for k in 1..<all.count - 1 where lengths[k] >= next {
      kept.append(all[k])
      next = lengths[k] + total / 198
    }
    kept.append(end)
    return kept
  }
}
