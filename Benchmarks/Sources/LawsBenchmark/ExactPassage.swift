import LinearAlgebra

/// The mean number of steps until a discrete process in one variable leaves an interval, from its
/// transitions alone: T(θ) = 1 + mean of T(θ′) over the samples that θ′ may come from.
///
/// T is interpolated linearly between nodes.
struct ExactPassage {
  let lower: Double
  let upper: Double
  /// Whether the process may leave below too; if not, what falls below counts as the lowest node.
  let leavesBelow: Bool
  var nodes = 801

  /// - Parameters:
  ///   - start: θ at the start.
  ///   - samples: How many equally likely samples there are.
  ///   - next: θ′ for θ and a sample.
  /// - Returns: T(start).
  /// - Throws: `LinearAlgebraError` where T has no solution.
  func meanSteps(
    from start: Double, samples: Int, _ next: (Double, Int) -> Double
  ) throws -> Double {
    let width = (upper - lower) / Double(nodes - 1)
    var system = Matrix.identity(nodes)
    let weight = 1 / Double(samples)
    for i in 0..<nodes {
      let theta = lower + width * Double(i)
      for sample in 0..<samples {
        var image = next(theta, sample)
        if image >= upper { continue }
        if image <= lower {
          if leavesBelow { continue }
          image = lower
        }
        let place = (image - lower) / width
        let cell = min(Int(place), nodes - 2)
        let share = place - Double(cell)
        system.elements[i * nodes + cell] -= weight * (1 - share)
        system.elements[i * nodes + cell + 1] -= weight * share
      }
    }
    let times = try system.solve([Double](repeating: 1, count: nodes))
    let place = (start - lower) / width
    let cell = min(Int(place), nodes - 2)
    let share = place - Double(cell)
    return (1 - share) * times[cell] + share * times[cell + 1]
  }
}
