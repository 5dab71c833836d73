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
    let (samples, parameters) = (shared.samples, shared.parameters)
    let (gradients, room) = (shared.gradients, shared.room)
    for j in parameters.indices { parameters[j] = x[j] }
    for _ in 0..<steps {
      for lane in 0..<Lanes.count {
        scratches[lane].sampler.draw(
          into: UnsafeMutableBufferPointer(rebasing: samples[lane * size..<(lane + 1) * size]),
          using: &streams[lane])
      }
      var sums = gradients.mutableSpan
      var space = room.mutableSpan
      model.addLaneGradients(
        ofSamples: samples.span, at: parameters.span, to: &sums, room: &space)
      metastability_descend(
        parameters.baseAddress, gradients.baseAddress, parameters.count, rate, shrink)
    }
    for j in parameters.indices { x[j] = parameters[j] }
  }
}

/// What eight trajectories of mini-batch descent share.
public final class MiniBatchLaneScratch {
  /// The batches, one lane after another.
  let samples: UnsafeMutableBufferPointer<Int>
  let parameters: UnsafeMutableBufferPointer<Lanes>
  /// Zero between two steps.
  let gradients: UnsafeMutableBufferPointer<Lanes>
  /// The model's.
  let room: UnsafeMutableBufferPointer<Lanes>

  init(samples: Int, dimension: Int, room: Int) {
    // Arrays would not begin where a line of the cache does, and every vector would cross one.
    func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Lanes> {
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: max(1, count) * MemoryLayout<Lanes>.stride, alignment: 64)
      return UnsafeMutableBufferPointer(
        start: memory.initializeMemory(as: Lanes.self, repeating: Lanes(0.0), count: count),
        count: count)
    }
    self.samples = .allocate(capacity: samples * Lanes.count)
    self.samples.initialize(repeating: 0)
    parameters = allocate(dimension)
    gradients = allocate(dimension)
    self.room = allocate(room)
  }

  deinit {
    samples.deallocate()
    parameters.deallocate()
    gradients.deallocate()
    room.deallocate()
  }
}
