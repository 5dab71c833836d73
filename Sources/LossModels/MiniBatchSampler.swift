/// How the samples of a mini-batch are drawn.
public enum BatchSampling: String, Sendable, CaseIterable {
  /// Every sample of a batch independently; a batch may hold a sample twice.
  case withReplacement
  /// A fresh batch every step: all sets of B samples are equally likely, steps are independent.
  case withoutReplacement
  /// The samples are shuffled, and one batch after another is taken until fewer than B are left;
  /// these are left out and the samples are shuffled again.
  case epochs
}

/// Draws mini-batches of sample indices.
///
/// ```swift
/// var sampler = MiniBatchSampler(sampleCount: 178, batchSize: 8, sampling: .withoutReplacement)
/// var generator = SystemRandomNumberGenerator()
/// sampler.draw(using: &generator)
/// sampler.batch                 // eight different numbers from 0 to 177
/// ```
///
/// A draw costs O(B), whatever N. With and without replacement a batch depends on the generator's
/// state alone, not on earlier batches, so that a counter-based stream can be entered anywhere.
public struct MiniBatchSampler: Sendable {
  /// The number of samples N.
  public let sampleCount: Int
  /// The batch size B.
  public let batchSize: Int
  /// How samples are drawn.
  public let sampling: BatchSampling
  /// The batch that was drawn last; zeros before the first draw.
  public var batch: [Int] { drawn }

  @usableFromInline var drawn: [Int]
  /// The samples in the order of the current shuffle; the identity between two draws without
  /// replacement.
  @usableFromInline var order: [Int]
  /// The partners of the exchanges of a draw without replacement.
  @usableFromInline var partners: [Int]
  /// How many samples of this epoch have been used.
  @usableFromInline var used = 0

  /// Creates a sampler.
  ///
  /// - Parameters:
  ///   - sampleCount: N, at least 1.
  ///   - batchSize: B, at least 1, and at most N unless samples are drawn with replacement.
  ///   - sampling: How samples are drawn.
  public init(sampleCount: Int, batchSize: Int, sampling: BatchSampling) {
    precondition(sampleCount >= 1 && batchSize >= 1, "samples and batches must not be empty")
    precondition(
      sampling == .withReplacement || batchSize <= sampleCount,
      "a batch without repetition cannot be larger than the data")
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    self.sampling = sampling
    drawn = [Int](repeating: 0, count: batchSize)
    order = sampling == .withReplacement ? [] : Array(0..<sampleCount)
    partners = sampling == .withoutReplacement ? [Int](repeating: 0, count: batchSize) : []
  }

  /// Draws the next batch into `batch`.
  ///
  /// - Parameter generator: The source of random bits.
  @inlinable
  public mutating func draw(using generator: inout some RandomNumberGenerator) {
    // Arrays are taken out while they are written to: self is written to as well.
    var target: [Int] = []
    swap(&target, &drawn)
    target.withUnsafeMutableBufferPointer { draw(into: $0, using: &generator) }
    swap(&target, &drawn)
  }

  /// Draws the next batch elsewhere; `batch` keeps what it holds.
  ///
  /// - Parameters:
  ///   - target: Receives B samples.
  ///   - generator: The source of random bits.
  @inlinable
  mutating func draw(
    into target: UnsafeMutableBufferPointer<Int>, using generator: inout some RandomNumberGenerator
  ) {
    let (count, size) = (sampleCount, batchSize)
    precondition(target.count >= size, "a batch needs room for its samples")
    switch sampling {
    case .withReplacement:
      for k in 0..<size { target[k] = uniform(below: count, using: &generator) }
    case .withoutReplacement:
      // Partial Fisher–Yates shuffle, undone afterwards in reverse order.
      var (order, partners): ([Int], [Int]) = ([], [])
      swap(&order, &self.order)
      swap(&partners, &self.partners)
      for k in 0..<size {
        let partner = k + uniform(below: count - k, using: &generator)
        partners[k] = partner
        order.swapAt(k, partner)
        target[k] = order[k]
      }
      for k in stride(from: size - 1, through: 0, by: -1) { order.swapAt(k, partners[k]) }
      swap(&order, &self.order)
      swap(&partners, &self.partners)
    case .epochs:
      if count - used < size { used = 0 }
      // One step of the shuffle after another: a uniform one of the samples that are left.
      let first = used
      var order: [Int] = []
      swap(&order, &self.order)
      for k in 0..<size {
        let place = first + k
        order.swapAt(place, place + uniform(below: count - place, using: &generator))
        target[k] = order[place]
      }
      swap(&order, &self.order)
      used = first + size
    }
  }
}

extension MiniBatchSampler {
  /// What is remembered from draw to draw, as words: in epochs how much of the present one is used
  /// up and the order of the samples; else nothing.
  ///
  /// Set to what another sampler of the same data gave, the next draws are the same; words of
  /// another sampler are left aside, and none start the first epoch.
  public var memory: [UInt64] {
    get {
      guard sampling == .epochs else { return [] }
      return [UInt64(used)] + order.map { UInt64($0) }
    }
    set {
      guard sampling == .epochs else { return }
      if newValue.isEmpty {
        used = 0
        order = Array(0..<sampleCount)
        return
      }
      let samples = newValue.dropFirst().map { Int(clamping: $0) }
      guard samples.count == sampleCount, newValue[0] <= UInt64(sampleCount),
        samples.allSatisfy({ $0 < sampleCount })
      else { return }
      used = Int(newValue[0])
      order = samples
    }
  }
}

/// A whole number from 0 to `bound` − 1, every one equally likely: Lemire's multiplication with
/// rejection (ACM Trans. Model. Comput. Simul. 29, 2019). Written out, because the bits drawn must
/// not depend on the version of the standard library.
@inlinable
func uniform(below bound: Int, using generator: inout some RandomNumberGenerator) -> Int {
  let bound = UInt64(truncatingIfNeeded: bound)
  var product = bound.multipliedFullWidth(by: generator.next())
  if product.low < bound {
    let threshold = (0 &- bound) % bound
    while product.low < threshold {
      product = bound.multipliedFullWidth(by: generator.next())
    }
  }
  return Int(truncatingIfNeeded: product.high)
}
