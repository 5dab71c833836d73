import Foundation
import Landscapes
import LossModels
import Simulation

/// Times true mini-batch SGD of small networks for the script beside this package.
@main
enum DescentBenchmark {
  static let usage = """
    usage: descent-benchmark LAYERS BATCH SECONDS THREADS [FILE]

    Runs a tanh network with the units LAYERS (as in 64,10,1) on blocks of eight trajectories and
    prints sample-gradients per second. With FILE the data (x and y of every sample), the first
    parameters, the samples of 20 steps and the parameters after them are written to it, for
    other programs to repeat.

    """

  static func main() async {
    do {
      try await run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("descent-benchmark: \(error)\n".utf8))
      exit(1)
    }
  }

  static func run(_ arguments: [String]) async throws {
    let numbers = arguments.prefix(4).compactMap(Double.init)
    guard arguments.count >= 4, let batch = Int(arguments[1]), let seconds = Double(arguments[2]),
      let threads = Int(arguments[3]), numbers.count >= 3
    else { throw UsageError() }
    let layers = arguments[0].split(separator: ",").compactMap { Int($0) }
    let descent = try MiniBatchDescent(
      model(layers), settings: StochasticGradient(learningRate: 0.01, batchSize: batch))
    if arguments.count > 4 { try write(descent, to: arguments[4]) }
    let rates = await withTaskGroup(of: Double.self) { group in
      for thread in 0..<threads {
        group.addTask { measure(descent, seconds: seconds, first: UInt64(8 * thread)) }
      }
      return await group.reduce(0, +)
    }
    print(rates)
  }

  /// A network over a thousand normal samples.
  static func model(_ layers: [Int]) throws -> MultilayerPerceptron {
    var stream = RandomStream(seed: 1, index: 0)
    let features = (0..<1000).map { _ in (0..<layers[0]).map { _ in stream.nextNormal() } }
    let targets = features.map { $0[0] > 0 ? 1.0 : -1.0 }
    return try MultilayerPerceptron(
      layers: layers, data: DataSet(features: features, target: .numbers(targets)))
  }

  /// Parameters to start from.
  static func start(_ dimension: Int) -> [Double] {
    var stream = RandomStream(seed: 2, index: 0)
    return (0..<dimension).map { _ in 0.3 * stream.nextNormal() }
  }

  /// Sample-gradients per second of one task.
  static func measure(
    _ descent: MiniBatchDescent<MultilayerPerceptron>, seconds: Double, first: UInt64
  ) -> Double {
    var block = TrajectoryBlock(dimension: descent.dimension)
    let stepper = DiscreteMover(descent).makeStepper(seed: 1)
    let start = start(descent.dimension)
    for lane in 0..<8 { block.place(start, lane: lane, stream: first + UInt64(lane), basin: 0) }
    stepper.advance(&block, by: 20)
    let clock = ContinuousClock()
    let begin = clock.now
    var steps = 0
    var elapsed = 0.0
    while elapsed < seconds {
      stepper.advance(&block, by: 100)
      steps += 100
      let time = (clock.now - begin).components
      elapsed = Double(time.seconds) + 1e-18 * Double(time.attoseconds)
    }
    return Double(steps * 8 * descent.settings.batchSize) / elapsed
  }

  /// Writes what another program needs to repeat twenty steps of the first lane.
  static func write(
    _ descent: MiniBatchDescent<MultilayerPerceptron>, to path: String
  ) throws {
    let data = descent.model.data
    guard case .numbers(let targets) = data.target else { return }
    var stream = RandomStream(seed: 1, index: 0)
    var scratch = descent.scratch()
    var batches: [Int] = []
    for _ in 0..<20 {
      scratch.sampler.draw(using: &stream)
      batches += scratch.sampler.batch
    }
    var block = TrajectoryBlock(dimension: descent.dimension)
    let stepper = DiscreteMover(descent).makeStepper(seed: 1)
    let start = start(descent.dimension)
    for lane in 0..<8 { block.place(start, lane: lane, stream: UInt64(lane), basin: 0) }
    stepper.advance(&block, by: 20)
    let lines = [data.features, targets, start, batches.map(Double.init), block.position(lane: 0)]
    let text = lines.map { $0.map { "\($0)" }.joined(separator: " ") }.joined(separator: "\n")
    try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path))
  }
}

/// Wrong arguments.
struct UsageError: Error, CustomStringConvertible {
  var description: String { DescentBenchmark.usage }
}
