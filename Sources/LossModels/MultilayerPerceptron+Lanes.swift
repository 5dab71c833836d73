import CLanes
public import Landscapes

/// Backpropagation for eight sets of parameters at once, each with samples of its own.
///
/// The work is done by C functions that exist for several processors and are given a few samples
/// per lane at a time. Sums are taken in the order of the scalar code: only the activations' last
/// digits may differ from it.
extension MultilayerPerceptron {
  /// How many samples per lane are taken at a time, so that their activations stay in the cache.
  private static var chunk: Int { 12 }

  /// Room for the activations, slopes and errors of a few samples.
  ///
  /// - Parameter batchSize: The number of samples per lane.
  /// - Returns: A number of vectors.
  public func laneRoom(batchSize: Int) -> Int {
    3 * min(batchSize, MultilayerPerceptron.chunk) * layers.reduce(0) { $0 + rowLength($1) }
  }

  /// Adds the gradients of eight sets of parameters by backpropagation, each over samples of its own.
  ///
  /// - Parameters:
  ///   - samples: The samples of the first lane, those of the second, ….
  ///   - x: The parameters.
  ///   - gradients: Receives the sums on top of what it holds, without weight decay.
  ///   - room: `laneRoom(batchSize:)` vectors.
  public func addLaneGradients(
    ofSamples samples: Span<Int>, at x: Span<Lanes>, to gradients: inout MutableSpan<Lanes>,
    room: inout MutableSpan<Lanes>
  ) {
    let size = samples.count / Lanes.count
    precondition(x.count >= dimension && gradients.count >= dimension, "a vector per parameter")
    precondition(room.count >= laneRoom(batchSize: size), "too little room")
    for i in samples.indices {
      precondition((0..<sampleCount).contains(samples[i]), "samples are counted from 0 to N − 1")
    }
    let chunks = (size + MultilayerPerceptron.chunk - 1) / MultilayerPerceptron.chunk
    x.withUnsafeBytes { x in
      gradients.withUnsafeMutableBytes { gradients in
        room.withUnsafeMutableBytes { room in
          samples.withUnsafeBufferPointer { samples in
            guard let parameters = x.baseAddress, let sums = gradients.baseAddress,
              let room = room.baseAddress, let first = samples.baseAddress
            else { return }
            let pass = LanePass(
              network: self, parameters: parameters.assumingMemoryBound(to: LanePass.Vector.self),
              sums: sums.assumingMemoryBound(to: LanePass.Vector.self), spacing: size)
            for k in 0..<chunks {
              let (start, end) = (k * size / chunks, (k + 1) * size / chunks)
              pass.run(
                first + start, end - start,
                room: room.assumingMemoryBound(to: LanePass.Vector.self))
            }
          }
        }
      }
    }
  }

  /// The distance of two samples in the rows of a layer: odd, so that rows of a power of two do not
  /// fall on each other in the cache.
  func rowLength(_ units: Int) -> Int { units | 1 }
}

/// One pass forward and back.
private struct LanePass {
  typealias Vector = Lanes

  let network: MultilayerPerceptron
  let parameters: UnsafePointer<Vector>
  let sums: UnsafeMutablePointer<Vector>
  /// How many samples each lane has in the list.
  let spacing: Int

  func run(_ samples: UnsafePointer<Int>, _ count: Int, room: UnsafeMutablePointer<Vector>) {
    let last = network.layers.count - 1
    var values = room
    forward(samples, count, room)
    for l in 0..<last { values += 3 * count * network.rowLength(network.layers[l]) }
    outputErrors(samples, count, values)
    backward(count, values)
  }

  /// A layer has three blocks of rows: values, slopes and errors.
  private func forward(
    _ samples: UnsafePointer<Int>, _ count: Int, _ room: UnsafeMutablePointer<Vector>
  ) {
    let layers = network.layers
    var source = room
    network.paddedFeatures.withUnsafeBufferPointer { table in
      metastability_gather_rows(
        table.baseAddress, layers[0], samples, spacing, count, network.rowLength(layers[0]), source)
    }
    for l in 1..<layers.count {
      let (below, here) = (layers[l - 1], layers[l])
      let (row, hereRow) = (network.rowLength(below), network.rowLength(here))
      let target = source + 3 * count * row
      let weights = parameters + network.offsets[l - 1]
      metastability_layer_forward(
        weights, network.hasBias ? weights + here * below : nil, source, count, below, here, row,
        hereRow, target)
      if l < layers.count - 1 { activate(target, count * hereRow) }
      source = target
    }
  }

  /// Values to activations and slopes.
  private func activate(_ values: UnsafeMutablePointer<Vector>, _ count: Int) {
    switch network.activation {
    case .tanh: metastability_tanh_slopes(values, values + count, count)
    case .softplus:
      for i in 0..<count {
        (values[i], values[count + i]) = network.activation(values[i])
      }
    }
  }

  /// ∂ℓ/∂f of every sample and lane.
  private func outputErrors(
    _ samples: UnsafePointer<Int>, _ count: Int, _ outputs: UnsafeMutablePointer<Vector>
  ) {
    let units = network.layers[network.layers.count - 1]
    let row = network.rowLength(units)
    let errors = outputs + 2 * count * row
    network.targets.withUnsafeBufferPointer { targets in
      for b in 0..<count {
        if network.loss == .crossEntropy, units > 1 {
          classErrors(samples + b, outputs + b * row, errors + b * row)
          continue
        }
        for j in 0..<units {
          var target = Lanes(0.0)
          for lane in 0..<Lanes.count {
            target[lane] = targets[samples[lane * spacing + b] * units + j]
          }
          let output = outputs[b * row + j]
          switch network.loss {
          case .meanSquare: errors[b * row + j] = output - target
          case .crossEntropy: errors[b * row + j] = target * logistic(target * output)
          }
        }
      }
    }
  }

  /// Several outputs with the cross-entropy: every lane has a class of its own.
  private func classErrors(
    _ samples: UnsafePointer<Int>, _ outputs: UnsafePointer<Vector>,
    _ errors: UnsafeMutablePointer<Vector>
  ) {
    let units = network.layers[network.layers.count - 1]
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * units) { room in
      guard let values = room.baseAddress else { return }
      for lane in 0..<Lanes.count {
        for j in 0..<units { values[j] = outputs[j][lane] }
        network.outputError(samples[lane * spacing], values, into: values + units)
        for j in 0..<units { errors[j][lane] = values[units + j] }
      }
    }
  }

  /// From the errors of the outputs to the gradient.
  private func backward(_ count: Int, _ outputs: UnsafeMutablePointer<Vector>) {
    let layers = network.layers
    var here = outputs
    for l in stride(from: layers.count - 1, through: 1, by: -1) {
      let (row, hereRow) = (network.rowLength(layers[l - 1]), network.rowLength(layers[l]))
      let below = here - 3 * count * row
      let errors = here + 2 * count * hereRow
      let offset = network.offsets[l - 1]
      let weights = sums + offset
      metastability_layer_gradient(
        errors, below, count, layers[l - 1], layers[l], row, hereRow, weights,
        network.hasBias ? weights + layers[l] * layers[l - 1] : nil)
      if l > 1 {
        metastability_layer_backward(
          parameters + offset, errors, below + count * row, count, layers[l - 1], layers[l], row,
          hereRow, below + 2 * count * row)
      }
      here = below
    }
  }
}
