import CLanes
public import Landscapes

/// The random numbers of one trajectory: a counter-based generator (Philox4x32-10; Salmon, Moraes,
/// Dror and Shaw 2011) keyed by the seed, with the stream and a position in the counter.
///
/// Streams with different numbers or purposes are independent; the same numbers come on any thread.
///
/// ```swift
/// var stream = RandomStream(seed: 1, index: 7)
/// let sample = Int.random(in: 0..<100, using: &stream)
/// ```
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// What the numbers are used for; streams of different purposes never meet.
  public enum Purpose: UInt64, Sendable {
    /// The normal increments of a stochastic differential equation.
    case increments = 0
    /// The crossing test of a boundary inside a step.
    case crossings = 1
    /// A discrete process such as mini-batch SGD.
    case process = 2
    /// Reference distributions of statistical tests.
    case statistics = 3
    /// Which copies of a rare-event sampler go on.
    case selection = 4
  }

  /// The seed, which is the generator's key.
  public let seed: UInt64
  /// The stream: purpose and index.
  public let stream: UInt64
  private var position: UInt64 = 0
  private var pending: UInt64?
  private var pendingNormal: Double?

  /// Starts a stream at its first number.
  ///
  /// - Parameters:
  ///   - seed: The seed of the whole computation.
  ///   - index: The number of the trajectory, below 2^56.
  ///   - purpose: What the numbers are for.
  public init(seed: UInt64, index: UInt64, purpose: Purpose = .process) {
    self.seed = seed
    stream = RandomStream.identifier(index: index, purpose: purpose)
  }

  /// Where the stream stands, as words; empty for its start.
  var place: [UInt64] {
    get {
      [
        position, pending == nil ? 0 : 1, pending ?? 0, pendingNormal == nil ? 0 : 1,
        pendingNormal?.bitPattern ?? 0,
      ]
    }
    set {
      guard newValue.count == 5 else { return }
      position = newValue[0]
      pending = newValue[1] == 1 ? newValue[2] : nil
      pendingNormal = newValue[3] == 1 ? Double(bitPattern: newValue[4]) : nil
    }
  }

  /// The stream of an index and a purpose.
  static func identifier(index: UInt64, purpose: Purpose) -> UInt64 {
    index & 0x00FF_FFFF_FFFF_FFFF | purpose.rawValue << 56
  }

  /// Two random words that depend only on seed, stream and position.
  static func words(seed: UInt64, stream: UInt64, position: UInt64) -> (UInt64, UInt64) {
    let pair = metastability_philox_words(seed, stream, position)
    return (pair.first, pair.second)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if let word = pending {
      pending = nil
      return word
    }
    let (first, second) = RandomStream.words(seed: seed, stream: stream, position: position)
    position += 1
    pending = second
    return first
  }

  /// The next uniform number in (0, 1].
  public mutating func nextUniform() -> Double { RandomStream.uniform(next()) }

  /// A word as a uniform number in (0, 1], of 53 bits.
  static func uniform(_ word: UInt64) -> Double { Double((word >> 11) + 1) * 0x1p-53 }

  /// The next standard normal number (Box and Muller).
  public mutating func nextNormal() -> Double {
    if let value = pendingNormal {
      pendingNormal = nil
      return value
    }
    let radius = (-2 * Double.log(nextUniform())).squareRoot()
    let angle = 2 * Double.pi * nextUniform()
    pendingNormal = radius * Double.sin(angle)
    return radius * Double.cos(angle)
  }

  /// Standard normals for eight trajectories, as the Euler–Maruyama scheme uses them.
  ///
  /// The number for a trajectory, step and component depends only on the seed and these three.
  ///
  /// - Parameters:
  ///   - seed: The seed.
  ///   - indices: The numbers of the eight trajectories.
  ///   - firstStep: The first step, even.
  ///   - steps: How many steps, even.
  ///   - dimension: How many components each step has.
  /// - Returns: steps · dimension vectors of eight lanes, step after step.
  public static func normals(
    seed: UInt64, indices: [UInt64], firstStep: UInt64, steps: Int, dimension: Int
  ) -> [Lanes] {
    precondition(indices.count == 8, "there are eight lanes")
    precondition(
      firstStep.isMultiple(of: 2) && steps.isMultiple(of: 2), "steps come in pairs")
    var result = [Lanes](repeating: Lanes(0.0), count: steps * dimension)
    let streams = indices.map { identifier(index: $0, purpose: .increments) }
    let starts = [UInt64](repeating: firstStep, count: 8)
    result.withUnsafeMutableBytes { bytes in
      metastability_fill_normals(
        seed, streams, starts, steps / 2, dimension, 1,
        bytes.assumingMemoryBound(to: Double.self).baseAddress)
    }
    return result
  }
}
