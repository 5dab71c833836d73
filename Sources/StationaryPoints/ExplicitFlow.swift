import Landscapes
import LinearAlgebra

/// The flow by Dormand and Prince's explicit method of order 5(4) with adaptive steps.
struct ExplicitFlow {
  private let follower: DescentFollower
  private let tolerance: Double
  private(set) var x: [Double]
  /// The drift at the start of the step and at its six inner points, one after another.
  private var stages: [Double]
  private var image: [Double]
  private var trial: [Double]
  private var step: Double

  /// The tableau, seven weights per stage.
  private static let weights: [Double] = [
    0, 0, 0, 0, 0, 0, 0,
    1.0 / 5, 0, 0, 0, 0, 0, 0,
    3.0 / 40, 9.0 / 40, 0, 0, 0, 0, 0,
    44.0 / 45, -56.0 / 15, 32.0 / 9, 0, 0, 0, 0,
    19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729, 0, 0, 0,
    9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656, 0, 0,
    35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0,
  ]
  private static let errorWeights: [Double] = [
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
  ]

  /// - Parameters:
  ///   - follower: The flow and its ends.
  ///   - start: The first point.
  ///   - tolerance: The error of a step, relative to the size of what the domain holds.
  init(follower: DescentFollower, start: [Double], tolerance: Double) {
    self.follower = follower
    self.tolerance = tolerance * follower.scale
    x = follower.reflecting ? follower.domain.clamped(start) : start
    trial = start
    image = start
    stages = [Double](repeating: 0, count: 7 * start.count)
    step = 0
    evaluateFirst()
    step = 0.01 * follower.scale / max(speed, 1e-300)
  }

  /// The speed at the current point.
  private var speed: Double {
    var sum = 0.0
    for i in x.indices { sum += stages[i] * stages[i] }
    return sum.squareRoot()
  }

  private mutating func evaluateFirst() {
    for i in x.indices { trial[i] = x[i] }
    evaluateTrial(into: 0)
  }

  private mutating func evaluateTrial(into stage: Int) {
    evaluate(follower.field.drift, at: trial, into: &image)
    let n = x.count
    for i in 0..<n { stages[stage * n + i] = image[i] }
    guard follower.reflecting else { return }
    // On a wall the part of the drift that points outward is stopped.
    for i in 0..<n {
      let isStopped =
        (x[i] <= follower.domain.lower[i] && stages[stage * n + i] < 0)
        || (x[i] >= follower.domain.upper[i] && stages[stage * n + i] > 0)
      if isStopped { stages[stage * n + i] = 0 }
    }
  }

  /// Takes steps until the descent ends; nil where it has not ended after all of them.
  mutating func run(steps: Int, trace: inout DescentTrace) -> DescentFollower.End? {
    let n = x.count
    let weights = ExplicitFlow.weights
    let errorWeights = ExplicitFlow.errorWeights
    let longest = 0.1 * follower.scale
    if let number = follower.capturingMinimum(x), !trace.isOn { return .minimum(number) }
    for _ in 0..<steps {
      let speed = speed
      if speed == 0 {
        if follower.reflecting, isOnWall { return .left }
        return .elsewhere(x)
      }
      step = min(step, longest / speed)
      trace.counts.gradient += 6
      for stage in 1...6 {
        for i in 0..<n {
          var sum = 0.0
          for k in 0..<stage { sum += weights[7 * stage + k] * stages[k * n + i] }
          trial[i] = x[i] + step * sum
        }
        evaluateTrial(into: stage)
      }
      var error = 0.0
      for i in 0..<n {
        var sum = 0.0
        for k in 0...6 { sum += errorWeights[k] * stages[k * n + i] }
        error += (step * sum) * (step * sum)
      }
      let ratio = error.squareRoot() / tolerance
      guard ratio <= 1 else {
        step *= ratio.isFinite ? max(0.2, 0.9 / ratio.squareRoot().squareRoot()) : 0.1
        if step * speed < 1e-15 * follower.scale { return nil }
        continue
      }
      let time = step
      if follower.reflecting, !follower.domain.contains(trial) {
        trial = follower.domain.clamped(trial)
      }
      let moved = distance(x, trial)
      swap(&x, &trial)
      if follower.reflecting {
        evaluateFirst()
      } else {
        // The last stage of this step is the first of the next.
        for i in 0..<n { stages[i] = stages[6 * n + i] }
      }
      trace.append(x, stages, after: time)
      if let end = follower.end(at: x, moved: moved, trace) { return end }
      if follower.reflecting, moved <= 1e-12 * follower.scale, isOnWall { return .left }
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
