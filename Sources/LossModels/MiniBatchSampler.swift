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
  public private(set) var batch: [Int]

  /// The samples in the order of the current shuffle; the identity between two draws without
  /// replacement.
  private var order: [Int]
  /// The partners of the exchanges of a draw without replacement.
  private var partners: [Int]
  /// How many samples of this epoch have been used.
  private var used = 0

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
    batch = [Int](repeating: 0, count: batchSize)
    order = sampling == .withReplacement ? [] : Array(0..<sampleCount)
    partners = sampling == .withoutReplacement ? [Int](repeating: 0, count: batchSize) : []
  }

  /// Draws the next batch into `batch`.
  ///
  /// - Parameter generator: The source of random bits.
  @inlinable
  public mutating func draw(using generator: inout some RandomNumberGenerator) {
    switch sampling {
    case .withReplacement:
      for k in 0..<batchSize { setBatch(k, uniform(below: sampleCount, using: &generator)) }
    case .withoutReplacement:
      // Partial Fisher–Yates shuffle, undone afterwards in reverse order.
      for k in 0..<batchSize {
        exchange(k, k + uniform(below: sampleCount - k, using: &generator))
      }
      undoExchanges()
    case .epochs:
      startEpochIfNeeded()
      for k in 0..<batchSize {
        take(k, ahead: uniform(below: remaining, using: &generator))
      }
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

  @usableFromInline
  mutating func setBatch(_ k: Int, _ sample: Int) { batch[k] = sample }

  @usableFromInline
  mutating func exchange(_ k: Int, _ partner: Int) {
    order.swapAt(k, partner)
    partners[k] = partner
    batch[k] = order[k]
  }

  @usableFromInline
  mutating func undoExchanges() {
    for k in stride(from: batchSize - 1, through: 0, by: -1) { order.swapAt(k, partners[k]) }
  }

  @usableFromInline
  var remaining: Int { sampleCount - used }

  @usableFromInline
  mutating func startEpochIfNeeded() { if remaining < batchSize { used = 0 } }

  /// One step of the shuffle: a uniform one of the samples that are left.
  @usableFromInline
  mutating func take(_ k: Int, ahead: Int) {
    order.swapAt(used, used + ahead)
    batch[k] = order[used]
    used += 1
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
