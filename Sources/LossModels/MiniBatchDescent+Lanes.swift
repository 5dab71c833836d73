import CLanes
public import Landscapes
public import Simulation

extension MiniBatchDescent {
  /// The buffers that eight trajectories share which are advanced together.
  public typealias SharedScratch = MiniBatchLaneScratch

  /// Room for eight trajectories that are advanced together.
  public func makeSharedScratch() -> MiniBatchLaneScratch {
    MiniBatchLaneScratch(
      samples: settings.batchSize, dimension: model.dimension,
      room: model.laneRoom(batchSize: settings.batchSize))
  }

  /// Steps of eight trajectories, each with batches of its own.
  ///
  /// A trajectory takes the same batches as in `step`; its parameters agree with those up to the
  /// rounding of the activations.
  ///
  /// - Parameters:
  ///   - x: The parameters, one vector of lanes for each.
  ///   - steps: How many steps.
  ///   - streams: The random numbers of each trajectory.
  ///   - scratches: The samplers of each; their last batches and gradients are not kept.
  ///   - shared: The room of all.
  public func advance(
    _ x: inout [Lanes], by steps: Int, streams: inout [RandomStream], scratches: inout [Scratch],
    shared: inout MiniBatchLaneScratch
  ) {
    let size = settings.batchSize
    let rate = settings.learningRate / Double(size)
    let shrink = settings.learningRate * model.weightDecay
    for _ in 0..<steps {
      shared.samples.withUnsafeMutableBufferPointer { samples in
        for lane in 0..<Lanes.count {
          scratches[lane].sampler.draw(
            into: UnsafeMutableBufferPointer(rebasing: samples[lane * size..<(lane + 1) * size]),
            using: &streams[lane])
        }
      }
      do {
        var gradients = shared.gradients.mutableSpan
        var room = shared.room.mutableSpan
        model.addLaneGradients(
          ofSamples: shared.samples.span, at: x.span, to: &gradients, room: &room)
      }
      x.withUnsafeMutableBytes { x in
        shared.gradients.withUnsafeMutableBytes { gradients in
          metastability_descend(
            x.assumingMemoryBound(to: metastability_lanes.self).baseAddress,
            gradients.assumingMemoryBound(to: metastability_lanes.self).baseAddress,
            model.dimension, rate, shrink)
        }
      }
    }
  }
}

/// What eight trajectories of mini-batch descent share.
public struct MiniBatchLaneScratch: Sendable {
  /// The batches, one lane after another.
  var samples: [Int]
  /// Zero between two steps.
  var gradients: [Lanes]
  /// The model's.
  var room: [Lanes]

  init(samples: Int, dimension: Int, room: Int) {
    self.samples = [Int](repeating: 0, count: samples * Lanes.count)
    gradients = [Lanes](repeating: Lanes(0.0), count: dimension)
    self.room = [Lanes](repeating: Lanes(0.0), count: max(1, room))
  }
}
