public import Landscapes
public import LinearAlgebra

/// A loss that is the mean over samples of a loss per sample, with weight decay:
///
///     L(θ) = (1/N) Σᵢ ℓᵢ(θ) + (λ/2)|θ|².
///
/// The weight decay is part of every sample's loss, so that it adds no noise. One function is
/// enough: the derivatives follow from `dataEnergy(ofSamples:at:)` by dual numbers. Above a few
/// parameters a hand-written `addDataGradient(ofSamples:at:to:)` is worth it; the Hessian is then
/// derived from it and costs one gradient per parameter.
///
/// ```swift
/// struct Bowls: SampledLoss {      // L(θ) = mean of (θ − xᵢ)⁴
///   let x: [Double]
///   var dimension: Int { 1 }
///   var sampleCount: Int { x.count }
///   func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at p: Span<S>) -> S {
///     var sum = S(0.0)
///     for i in samples { sum += (p[0] - S(x[i])).raised(to: 4) }
///     return sum
///   }
/// }
/// ```
public protocol SampledLoss: Landscape {
  /// The number of samples N.
  var sampleCount: Int { get }
  /// The weight decay λ; 0 unless it is given.
  var weightDecay: Double { get }
  /// A name for every parameter.
  var parameterNames: [String] { get }

  /// The sum Σ ℓᵢ(θ) over some samples, without weight decay.
  ///
  /// - Parameters:
  ///   - samples: Indices from 0 to N − 1; one that occurs twice counts twice.
  ///   - x: The parameters, `dimension` of them.
  /// - Returns: The sum, not the mean.
  func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at x: Span<S>) -> S

  /// Adds the sum Σ ∇ℓᵢ(θ) over some samples, without weight decay, to a vector.
  ///
  /// - Parameters:
  ///   - samples: Indices from 0 to N − 1; one that occurs twice counts twice.
  ///   - x: The parameters, `dimension` of them.
  ///   - gradient: The vector, `dimension` components.
  func addDataGradient<S: Scalar>(
    ofSamples samples: some Collection<Int>, at x: Span<S>, to gradient: inout MutableSpan<S>)

  /// How many vectors of lanes `addLaneGradients(ofSamples:at:to:room:)` needs as room.
  ///
  /// - Parameter batchSize: The number of samples per lane.
  /// - Returns: A number of vectors.
  func laneRoom(batchSize: Int) -> Int

  /// Adds the sums Σ ∇ℓᵢ for eight sets of parameters, each over samples of its own, without weight
  /// decay. Unless a model does them together they are done one after another.
  ///
  /// - Parameters:
  ///   - samples: The samples of the first lane, those of the second, …: eight times as many
  ///     indices as a batch has.
  ///   - x: The parameters, `dimension` vectors.
  ///   - gradients: The sums, `dimension` vectors.
  ///   - room: `laneRoom(batchSize:)` vectors, whatever they hold.
  func addLaneGradients(
    ofSamples samples: Span<Int>, at x: Span<Lanes>, to gradients: inout MutableSpan<Lanes>,
    room: inout MutableSpan<Lanes>)
}

extension SampledLoss {
  /// No weight decay.
  @inlinable
  public var weightDecay: Double { 0 }

  /// "x0", "x1", …
  public var parameterNames: [String] { (0..<dimension).map { "x\($0)" } }

  /// The loss L(θ).
  @inlinable
  public func energy<S: Scalar>(at x: Span<S>) -> S {
    let mean = S(1 / Double(sampleCount)) * dataEnergy(ofSamples: 0..<sampleCount, at: x)
    return weightDecay == 0 ? mean : mean + decayEnergy(at: x)
  }

  /// The gradient ∇L(θ).
  @inlinable
  public func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>) {
    meanGradient(ofSamples: 0..<sampleCount, at: x, into: &gradient)
  }

  /// The gradients of the samples by dual numbers, one direction after another.
  @inlinable
  public func addDataGradient<S: Scalar>(
    ofSamples samples: some Collection<Int>, at x: Span<S>, to gradient: inout MutableSpan<S>
  ) {
    let n = dimension
    withUnsafeTemporaryAllocation(of: Dual<S>.self, capacity: n) { point in
      point.initialize(repeating: Dual(0.0))
      for i in 0..<n { point[i] = Dual(constant: x[i]) }
      for i in 0..<n {
        point[i].derivative = S(1.0)
        gradient[i] += dataEnergy(ofSamples: samples, at: point.span).derivative
        point[i].derivative = S(0.0)
      }
    }
  }

  /// Room for the parameters and the gradient of one lane.
  @inlinable
  public func laneRoom(batchSize: Int) -> Int { 2 * ((dimension + 7) / 8) }

  /// The sums of one lane after another.
  @inlinable
  public func addLaneGradients(
    ofSamples samples: Span<Int>, at x: Span<Lanes>, to gradients: inout MutableSpan<Lanes>,
    room: inout MutableSpan<Lanes>
  ) {
    let n = dimension
    let size = samples.count / Lanes.count
    precondition(x.count >= n && gradients.count >= n, "a vector for every parameter")
    precondition(room.count >= laneRoom(batchSize: size), "room for one lane")
    room.withUnsafeMutableBytes { bytes in
      let numbers = bytes.assumingMemoryBound(to: Double.self)
      let point = UnsafeMutableBufferPointer(rebasing: numbers[..<n])
      let sum = UnsafeMutableBufferPointer(rebasing: numbers[n..<2 * n])
      samples.withUnsafeBufferPointer { samples in
        for lane in 0..<Lanes.count {
          for j in 0..<n {
            point[j] = x[j][lane]
            sum[j] = gradients[j][lane]
          }
          var span = sum.mutableSpan
          addDataGradient(
            ofSamples: samples[lane * size..<(lane + 1) * size], at: point.span, to: &span)
          for j in 0..<n { gradients[j][lane] = sum[j] }
        }
      }
    }
  }

  /// (λ/2)|θ|².
  @inlinable
  func decayEnergy<S: Scalar>(at x: Span<S>) -> S {
    var sum = S(0.0)
    for i in 0..<dimension { sum += x[i].squared() }
    return S(0.5 * weightDecay) * sum
  }

  /// The mean of ∇ℓᵢ over some samples, plus λθ.
  @inlinable
  func meanGradient<S: Scalar>(
    ofSamples samples: some Collection<Int>, at x: Span<S>, into gradient: inout MutableSpan<S>
  ) {
    for j in 0..<dimension { gradient[j] = S(0.0) }
    addDataGradient(ofSamples: samples, at: x, to: &gradient)
    let scale = S(1 / Double(samples.count))
    if weightDecay == 0 {
      for j in 0..<dimension { gradient[j] *= scale }
    } else {
      for j in 0..<dimension { gradient[j] = scale * gradient[j] + S(weightDecay) * x[j] }
    }
  }
}

extension SampledLoss {
  /// The loss compiled for the solvers. Interval enclosures are left out: a sum over data makes
  /// them too wide to be of use.
  @inlinable
  public var compiled: CompiledField { CompiledField(self, enclosures: false) }

  /// The loss of one sample, ℓᵢ(θ) + (λ/2)|θ|².
  ///
  /// - Parameters:
  ///   - sample: The index of the sample, from 0.
  ///   - x: The parameters, `dimension` of them.
  /// - Returns: The loss; its mean over the samples is the energy.
  @inlinable
  public func sampleEnergy<S: Scalar>(_ sample: Int, at x: Span<S>) -> S {
    dataEnergy(ofSamples: CollectionOfOne(sample), at: x) + decayEnergy(at: x)
  }

  /// The gradient of one sample's loss, ∇ℓᵢ(θ) + λθ.
  ///
  /// - Parameters:
  ///   - sample: The index of the sample, from 0.
  ///   - x: The parameters, `dimension` of them.
  ///   - gradient: Receives `dimension` components.
  @inlinable
  public func sampleGradient<S: Scalar>(
    _ sample: Int, at x: Span<S>, into gradient: inout MutableSpan<S>
  ) {
    meanGradient(ofSamples: CollectionOfOne(sample), at: x, into: &gradient)
  }

  /// The gradient of a mini-batch, (1/B) Σ ∇ℓᵢ(θ) + λθ.
  ///
  /// - Parameters:
  ///   - indices: The samples of the batch, from 0; at least one.
  ///   - x: The parameters, `dimension` of them.
  ///   - gradient: Receives `dimension` components.
  @inlinable
  public func miniBatchGradient<S: Scalar>(
    indices: some Collection<Int>, at x: Span<S>, into gradient: inout MutableSpan<S>
  ) {
    precondition(!indices.isEmpty, "a mini-batch needs at least one sample")
    meanGradient(ofSamples: indices, at: x, into: &gradient)
  }

  /// The gradients of all samples, weight decay included.
  ///
  /// - Parameter x: The parameters, `dimension` of them.
  /// - Returns: N rows of `dimension` components; their mean is the gradient.
  @inlinable
  public func perSampleGradients(at x: [Double]) -> Matrix {
    precondition(x.count == dimension, "the point must have one coordinate per parameter")
    var result = Matrix(rows: sampleCount, columns: dimension)
    var row = [Double](repeating: 0, count: dimension)
    for i in 0..<sampleCount {
      do {
        var span = row.mutableSpan
        sampleGradient(i, at: x.span, into: &span)
      }
      for j in 0..<dimension { result[i, j] = row[j] }
    }
    return result
  }

  /// The covariance of the per-sample gradients, C₁ = (1/N) Σ ∇ℓᵢ∇ℓᵢᵀ − ∇L∇Lᵀ (Xie, equation 5).
  ///
  /// It is normalised by N. Multiply by `StochasticGradient.covarianceFactor` for the covariance of
  /// a mini-batch gradient, and by `StochasticGradient.diffusionScale` for the diffusion matrix.
  ///
  /// - Parameter x: The parameters, `dimension` of them.
  /// - Returns: A symmetric positive-semidefinite matrix, `dimension` × `dimension`.
  @inlinable
  public func gradientCovariance(at x: [Double]) -> Matrix {
    LossModels.covariance(ofRows: perSampleGradients(at: x))
  }
}

/// The covariance of the rows of a matrix, normalised by their number. The mean is subtracted
/// first: the difference of second moments would cancel where the gradient is large.
@usableFromInline
func covariance(ofRows rows: Matrix) -> Matrix {
  let (n, d) = (rows.rows, rows.columns)
  var mean = [Double](repeating: 0, count: d)
  for i in 0..<n { for j in 0..<d { mean[j] += rows[i, j] / Double(n) } }
  var result = Matrix(rows: d, columns: d)
  var centred = mean
  for i in 0..<n {
    for j in 0..<d { centred[j] = rows[i, j] - mean[j] }
    for j in 0..<d {
      let factor = centred[j]
      for k in j..<d { result.elements[j * d + k] += factor * centred[k] }
    }
  }
  for j in 0..<d {
    for k in j..<d {
      result[j, k] /= Double(n)
      result[k, j] = result[j, k]
    }
  }
  return result
}
