import Landscapes
import LinearAlgebra

/// The flow by Dormand and Prince's explicit method of order 5(4) with adaptive steps.
struct ExplicitFlow {
  private let follower: DescentFollower
  private let tolerance: Double
  private(set) var x: [Double]
  private var stages: [[Double]]
  private var trial: [Double]
  private var step: Double

  private static let nodes: [[Double]] = [
    [],
    [1.0 / 5],
    [3.0 / 40, 9.0 / 40],
    [44.0 / 45, -56.0 / 15, 32.0 / 9],
    [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
    [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
    [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
  ]
  private static let errorWeights: [Double] = [
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
  ]

  /// - Parameters:
  ///   - follower: The flow and its ends.
  ///   - start: The first point.
  ///   - tolerance: The error of a step, relative to the size of the domain.
  init(follower: DescentFollower, start: [Double], tolerance: Double) {
    self.follower = follower
    self.tolerance = tolerance * follower.domain.diameter
    x = follower.reflecting ? follower.domain.clamped(start) : start
    trial = start
    stages = [[Double]](
      repeating: [Double](repeating: 0, count: start.count), count: 7)
    step = 0
    evaluate(x, into: 0)
    let speed = norm(stages[0])
    step = 0.01 * follower.domain.diameter / max(speed, 1e-300)
  }

  private mutating func evaluate(_ point: [Double], into stage: Int) {
    do {
      var span = stages[stage].mutableSpan
      follower.field.drift(point.span, &span)
    }
    guard follower.reflecting else { return }
    // On a wall the part of the drift that points outward is stopped.
    for i in x.indices {
      let isStopped =
        (x[i] <= follower.domain.lower[i] && stages[stage][i] < 0)
        || (x[i] >= follower.domain.upper[i] && stages[stage][i] > 0)
      if isStopped { stages[stage][i] = 0 }
    }
  }

  /// Takes steps until the descent ends; nil where it has not ended after all of them.
  mutating func run(steps: Int, trace: inout DescentTrace) -> DescentFollower.End? {
    let n = x.count
    let longest = 0.1 * follower.domain.diameter
    if let number = follower.capturingMinimum(x), !trace.isOn { return .minimum(number) }
    for _ in 0..<steps {
      let speed = norm(stages[0])
      if speed == 0 {
        if follower.reflecting, isOnWall { return .left }
        return .elsewhere(x)
      }
      step = min(step, longest / speed)
      trace.counts.gradient += 6
      for stage in 1...6 {
        let weights = ExplicitFlow.nodes[stage]
        for i in 0..<n {
          var sum = 0.0
          for k in 0..<stage { sum += weights[k] * stages[k][i] }
          trial[i] = x[i] + step * sum
        }
        evaluate(trial, into: stage)
      }
      var error = 0.0
      for i in 0..<n {
        var sum = 0.0
        for k in 0...6 { sum += ExplicitFlow.errorWeights[k] * stages[k][i] }
        error += (step * sum) * (step * sum)
      }
      let ratio = error.squareRoot() / tolerance
      guard ratio <= 1 else {
        step *= ratio.isFinite ? max(0.2, 0.9 / ratio.squareRoot().squareRoot()) : 0.1
        if step * speed < 1e-15 * follower.domain.diameter { return nil }
        continue
      }
      let before = x
      let time = step
      x = follower.reflecting ? follower.domain.clamped(trial) : trial
      if x == trial, !follower.reflecting {
        stages.swapAt(0, 6)
      } else {
        evaluate(x, into: 0)
      }
      trace.append(x, stages[0], after: time)
      let moved = distance(before, x)
      if let end = follower.end(at: x, drift: stages[0], moved: moved, trace) { return end }
      if follower.reflecting, moved <= 1e-12 * follower.domain.diameter, isOnWall { return .left }
      step *= min(4, 0.9 / max(ratio, 1e-6).squareRoot().squareRoot().squareRoot())
    }
    return nil
  }

  private var isOnWall: Bool {
    x.indices.contains {
      x[$0] <= follower.domain.lower[$0] || x[$0] >= follower.domain.upper[$0]
    }
  }
}
