/// Trajectories that any language reproduces: a walk on six states in two groups, driven by a
/// linear congruential generator.
enum EstimationData {
  private static let table = [
    [7000, 2000, 1000, 0, 0, 0], [3000, 5000, 1950, 50, 0, 0], [2500, 2500, 4950, 0, 50, 0],
    [0, 30, 0, 5970, 2000, 2000], [0, 0, 40, 3000, 4960, 2000], [0, 0, 0, 3000, 3000, 4000],
  ]

  static func trajectory(seed: UInt64, count: Int, start: Int) -> [Int] {
    var x = seed
    var state = start
    return [start]
      + (1..<count).map { _ in
        x = x &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let draw = Int((x >> 33) % 10_000)
        var sum = 0
        for (next, share) in table[state].enumerated() {
          sum += share
          if draw < sum {
            state = next
            break
          }
        }
        return state
      }
  }

  static let trajectories = [
    trajectory(seed: 1, count: 4000, start: 0), trajectory(seed: 2, count: 3000, start: 3),
    trajectory(seed: 3, count: 2, start: 5),
  ]
}
