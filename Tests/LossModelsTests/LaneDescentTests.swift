import Landscapes
import LinearAlgebra
import LossModels
import Simulation
import Testing

/// Numbers between −1 and 1 from a linear congruential generator (Knuth's MMIX constants).
private struct Numbers {
  var state: UInt64
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state)) * 0x1p-63
  }
}

/// A network over made-up data.
struct LaneCase: Sendable, CustomTestStringConvertible {
  let layers: [Int]
  var activation = Activation.tanh
  var loss = SampleLoss.meanSquare
  var bias = true

  var testDescription: String { "\(layers) \(activation) \(loss), bias \(bias)" }

  static let all: [LaneCase] = [
    LaneCase(layers: [1, 1], bias: false),
    LaneCase(layers: [3, 1], loss: .crossEntropy),
    LaneCase(layers: [8, 5, 1]),
    LaneCase(layers: [13, 8, 1]),
    LaneCase(layers: [21, 4, 3], activation: .softplus),
    LaneCase(layers: [5, 7, 3], loss: .crossEntropy),
    LaneCase(layers: [9, 6, 5, 1], loss: .crossEntropy, bias: false),
    LaneCase(layers: [40, 3, 2, 4]),
  ]

  func model(weightDecay: Double = 0.01) throws -> MultilayerPerceptron {
    var numbers = Numbers(state: 7)
    let outputs = layers[layers.count - 1]
    let features = (0..<50).map { _ in (0..<layers[0]).map { _ in 2 * numbers.next() } }
    let target: DataSet.Target =
      switch (loss, outputs) {
      case (.crossEntropy, 1): .memberships((0..<50).map { $0 % 3 == 0 })
      case (_, 1): .numbers((0..<50).map { _ in numbers.next() })
      default: .numbers((0..<50).map { Double($0 % outputs) })
      }
    return try MultilayerPerceptron(
      layers: layers, data: DataSet(features: features, target: target), activation: activation,
      loss: loss, bias: bias, weightDecay: weightDecay)
  }
}

/// (θ − xᵢ)⁴ + cos(φ + xᵢ): a loss that gives no gradient of its own.
private struct Quartic: SampledLoss {
  let x: [Double]
  var dimension: Int { 2 }
  var sampleCount: Int { x.count }
  func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at p: Span<S>) -> S {
    var sum = S(0.0)
    for i in samples { sum += (p[0] - S(x[i])).raised(to: 4) + cos(p[1] + S(x[i])) }
    return sum
  }
}

/// Parameters of eight lanes, and batches for them.
private func lanes(
  dimension: Int, samples: Int, batch: Int
) -> (x: [Lanes], indices: [Int]) {
  var numbers = Numbers(state: 11)
  var x = [Lanes](repeating: Lanes(0.0), count: dimension)
  for j in x.indices { for lane in 0..<8 { x[j][lane] = numbers.next() } }
  let indices = (0..<8 * batch).map { _ in Int((numbers.next() + 1) * 0.5 * Double(samples)) }
  return (x, indices.map { min($0, samples - 1) })
}

/// The largest difference between the gradients in lanes and those of each lane alone, relative to
/// the largest component.
private func laneError(_ model: some SampledLoss, batch: Int) -> Double {
  let n = model.dimension
  let (x, indices) = lanes(dimension: n, samples: model.sampleCount, batch: batch)
  var sums = [Lanes](repeating: Lanes(0.25), count: n)
  var room = [Lanes](repeating: Lanes(.nan), count: model.laneRoom(batchSize: batch))
  do {
    var sum = sums.mutableSpan
    var space = room.mutableSpan
    model.addLaneGradients(ofSamples: indices.span, at: x.span, to: &sum, room: &space)
  }
  var worst = 0.0
  for lane in 0..<8 {
    let point = x.map { $0[lane] }
    var expected = [Double](repeating: 0.25, count: n)
    do {
      var span = expected.mutableSpan
      model.addDataGradient(
        ofSamples: indices[lane * batch..<(lane + 1) * batch], at: point.span, to: &span)
    }
    let scale = expected.reduce(0) { max($0, $1.magnitude) }
    for j in 0..<n { worst = max(worst, (sums[j][lane] - expected[j]).magnitude / scale) }
    #expect(sums.allSatisfy { $0[lane].isFinite })
  }
  return worst
}

@Suite("Eight trajectories of mini-batch descent together")
struct LaneDescentTests {
  @Test(
    "Gradients in lanes equal those of each lane alone", arguments: LaneCase.all, [1, 3, 10, 31])
  func gradients(of reference: LaneCase, batch: Int) throws {
    #expect(laneError(try reference.model(), batch: batch) < 1e-13)
  }

  @Test("A model without a gradient of its own has one in lanes too")
  func derivedGradient() throws {
    let model = Quartic(x: (0..<20).map { 0.1 * Double($0) - 1 })
    #expect(laneError(model, batch: 6) < 1e-15)
    let regression = try LinearRegression(
      data: DataSet(
        features: [[1, 2], [-1, 0.5], [0.25, -2]], target: .numbers([0.5, 1, -1])))
    #expect(laneError(regression, batch: 5) < 1e-15)
  }

  @Test(
    "Trajectories in lanes are those of single steps with the same random numbers",
    arguments: BatchSampling.allCases, LaneCase.all)
  func trajectories(sampling: BatchSampling, reference: LaneCase) throws {
    let model = try reference.model()
    let descent = try MiniBatchDescent(
      model, settings: StochasticGradient(learningRate: 0.05, batchSize: 7), sampling: sampling)
    let (x, _) = lanes(dimension: model.dimension, samples: 1, batch: 1)
    var block = TrajectoryBlock(dimension: model.dimension)
    let stepper = DiscreteMover(descent).makeStepper(seed: 5)
    for lane in 0..<8 {
      block.place(x.map { $0[lane] }, lane: lane, stream: UInt64(3 * lane + 1), basin: 0)
    }
    var alone = (0..<8).map { lane in x.map { $0[lane] } }
    var streams = (0..<8).map { RandomStream(seed: 5, index: UInt64(3 * $0 + 1)) }
    var scratches = (0..<8).map { _ in descent.scratch() }
    for _ in 0..<10 {
      stepper.advance(&block, by: 2)
      for lane in 0..<8 {
        for _ in 0..<2 {
          descent.step(&alone[lane], using: &streams[lane], scratch: &scratches[lane])
        }
        for j in 0..<model.dimension {
          #expect((block.positions[j][lane] - alone[lane][j]).magnitude < 2e-12)
          // Small differences must not grow from step to step.
          alone[lane][j] = block.positions[j][lane]
        }
      }
    }
    #expect(block.steps.allSatisfy { $0 == 20 })
  }

  @Test("A trajectory does not depend on its lane, on its neighbours or on how steps are cut")
  func independence() throws {
    let model = try LaneCase.all[3].model()
    let descent = try MiniBatchDescent(
      model, settings: StochasticGradient(learningRate: 0.05, batchSize: 10), sampling: .epochs)
    let start = [Double](repeating: 0.1, count: model.dimension)
    func run(lane: Int, cuts: [Int]) -> [Double] {
      var block = TrajectoryBlock(dimension: model.dimension)
      let stepper = DiscreteMover(descent).makeStepper(seed: 9)
      for other in 0..<8 {
        block.place(
          start.map { $0 * Double(other - lane + 1) }, lane: other,
          stream: UInt64(40 + other - lane), basin: 0)
      }
      for steps in cuts { stepper.advance(&block, by: steps) }
      return block.position(lane: lane)
    }
    let whole = run(lane: 0, cuts: [30])
    #expect(run(lane: 5, cuts: [30]) == whole)
    #expect(run(lane: 7, cuts: [2, 20, 4, 4]) == whole)
  }
}
