public import Landscapes

extension MultilayerPerceptron: SampledLoss {
  /// The sum of the losses of some samples.
  ///
  /// - Parameters:
  ///   - samples: Indices from 0 to N − 1.
  ///   - x: The parameters.
  /// - Returns: Σ ℓᵢ, without weight decay.
  @inlinable
  public func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at x: Span<S>) -> S {
    withWorkspace(parameters: x) { parameters, activations, slopes, _ in
      var sum = S(0.0)
      for sample in samples {
        forward(sample, parameters, activations, slopes)
        sum += outputLoss(sample, activations + unitOffsets[layers.count - 1])
      }
      return sum
    }
  }

  /// Adds the gradients of some samples by backpropagation.
  ///
  /// - Parameters:
  ///   - samples: Indices from 0 to N − 1.
  ///   - x: The parameters.
  ///   - gradient: Receives the sum Σ ∇ℓᵢ on top of what it holds, without weight decay.
  @inlinable
  public func addDataGradient<S: Scalar>(
    ofSamples samples: some Collection<Int>, at x: Span<S>, to gradient: inout MutableSpan<S>
  ) {
    precondition(gradient.count >= dimension, "the gradient needs one component per parameter")
    gradient.withUnsafeMutableBufferPointer { sum in
      guard let sum = sum.baseAddress else { return }
      withWorkspace(parameters: x) { parameters, activations, slopes, errors in
        let output = unitOffsets[layers.count - 1]
        for sample in samples {
          forward(sample, parameters, activations, slopes)
          outputError(sample, activations + output, into: errors + output)
          backward(parameters, activations, slopes, errors, into: sum)
        }
      }
    }
  }

  /// The parameters, and room for one number per unit for activations, slopes and errors.
  @inlinable
  func withWorkspace<S: Scalar, Result>(
    parameters x: Span<S>,
    _ body: (
      UnsafePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>
    ) -> Result
  ) -> Result {
    precondition(x.count >= dimension, "the point must have one coordinate per parameter")
    let units = unitOffsets[layers.count]
    return x.withUnsafeBufferPointer { parameters in
      withUnsafeTemporaryAllocation(of: S.self, capacity: 3 * units) { buffer in
        buffer.initialize(repeating: S(0.0))
        // Never nil: there is at least one unit and one parameter.
        guard let p = parameters.baseAddress, let room = buffer.baseAddress else {
          preconditionFailure("a network has at least one unit and one parameter")
        }
        return body(p, room, room + units, room + 2 * units)
      }
    }
  }

  /// Activations of all units, slopes of the hidden ones; the last layer holds the outputs.
  @inlinable
  func forward<S: Scalar>(
    _ sample: Int, _ parameters: UnsafePointer<S>, _ activations: UnsafeMutablePointer<S>,
    _ slopes: UnsafeMutablePointer<S>
  ) {
    let inputs = layers[0]
    for i in 0..<inputs { activations[i] = S(features[sample * inputs + i]) }
    for l in 1..<layers.count {
      let (below, here) = (layers[l - 1], layers[l])
      let source = activations + unitOffsets[l - 1]
      let weights = parameters + offsets[l - 1]
      let biases = weights + here * below
      for j in 0..<here {
        var z = hasBias ? biases[j] : S(0.0)
        let row = weights + j * below
        for i in 0..<below { z += row[i] * source[i] }
        let unit = unitOffsets[l] + j
        if l == layers.count - 1 {
          activations[unit] = z
        } else {
          (activations[unit], slopes[unit]) = activation(z)
        }
      }
    }
  }

  /// From ∂ℓ/∂f in the last layer's errors to the gradient, which is added to `sum`.
  @inlinable
  func backward<S: Scalar>(
    _ parameters: UnsafePointer<S>, _ activations: UnsafeMutablePointer<S>,
    _ slopes: UnsafeMutablePointer<S>, _ errors: UnsafeMutablePointer<S>,
    into sum: UnsafeMutablePointer<S>
  ) {
    var l = layers.count - 1
    while l >= 1 {
      let (below, here) = (layers[l - 1], layers[l])
      let lower = unitOffsets[l - 1]
      let weights = parameters + offsets[l - 1]
      let weightSums = sum + offsets[l - 1]
      let biasSums = weightSums + here * below
      if l > 1 { for i in 0..<below { errors[lower + i] = S(0.0) } }
      for j in 0..<here {
        let error = errors[unitOffsets[l] + j]
        let row = j * below
        for i in 0..<below { weightSums[row + i] += error * activations[lower + i] }
        if hasBias { biasSums[j] += error }
        if l > 1 { for i in 0..<below { errors[lower + i] += error * weights[row + i] } }
      }
      if l > 1 { for i in 0..<below { errors[lower + i] *= slopes[lower + i] } }
      l -= 1
    }
  }

  /// ℓ of one sample, from the outputs.
  @inlinable
  func outputLoss<S: Scalar>(_ sample: Int, _ f: UnsafeMutablePointer<S>) -> S {
    let count = layers[layers.count - 1]
    switch loss {
    case .meanSquare:
      var sum = S(0.0)
      for j in 0..<count { sum += (f[j] - S(targets[sample * count + j])).squared() }
      return S(0.5) * sum
    case .crossEntropy:
      if count == 1 { return softplus(S(targets[sample]) * f[0]) }
      let label = classes[sample]
      let top = largestMargin(label, f)
      // One term of Σ e^(uⱼ − top) is exactly 1, uⱼ = fⱼ − f_y; the rest keeps the tail of a
      // sample that is classified well.
      var rest = S.exp(-top) - S(1.0)
      for j in 0..<count where j != label { rest += S.exp(f[j] - f[label] - top) }
      return top + logOnePlus(rest)
    }
  }

  /// ∂ℓ/∂f of one sample.
  @inlinable
  func outputError<S: Scalar>(
    _ sample: Int, _ f: UnsafeMutablePointer<S>, into error: UnsafeMutablePointer<S>
  ) {
    let count = layers[layers.count - 1]
    switch loss {
    case .meanSquare:
      for j in 0..<count { error[j] = f[j] - S(targets[sample * count + j]) }
    case .crossEntropy:
      if count == 1 {
        let sign = S(targets[sample])
        error[0] = sign * logistic(sign * f[0])
        return
      }
      let label = classes[sample]
      let top = largestMargin(label, f)
      var others = S(0.0)
      for j in 0..<count where j != label {
        error[j] = S.exp(f[j] - f[label] - top)
        others += error[j]
      }
      let norm = S(1.0) / (S.exp(-top) + others)
      for j in 0..<count where j != label { error[j] *= norm }
      // p_y − 1, as minus the sum of the others: no cancellation where p_y is close to 1.
      error[label] = -(others * norm)
    }
  }

  /// max(0, maxⱼ fⱼ − f_y), without a branch on values.
  @inlinable
  func largestMargin<S: Scalar>(_ label: Int, _ f: UnsafeMutablePointer<S>) -> S {
    var top = S(0.0)
    for j in 0..<layers[layers.count - 1] where j != label {
      let margin = f[j] - f[label]
      top = S.select(margin - top, nonnegative: margin, negative: top)
    }
    return top
  }
}
