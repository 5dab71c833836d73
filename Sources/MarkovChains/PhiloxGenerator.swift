import Glibc

/// A counter-based generator of random numbers: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011).
///
/// The n-th number is a function of the seed, the stream and n alone. Streams of different numbers
/// are independent, so that every sample of a set can have one of its own and the set does not
/// depend on how it is divided among threads.
///
/// ```swift
/// var generator = PhiloxGenerator(seed: 1, stream: 7)
/// let sample = Int.random(in: 0..<100, using: &generator)
/// ```
public struct PhiloxGenerator: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let stream: UInt64
  private var position: UInt64
  private var pending: UInt64?
  private var pendingNormal: Double?

  /// Starts a stream.
  ///
  /// - Parameters:
  ///   - seed: The key.
  ///   - stream: The upper half of the counter.
  ///   - position: The lower half of the counter, from which it counts; a position gives two
  ///     numbers.
  public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream
    self.position = position
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if let word = pending {
      pending = nil
      return word
    }
    var (a, b) = (UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32))
    var (c, d) = (UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    var (k, l) = key
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(a)
      let second = UInt64(0xCD9E_8D57) * UInt64(c)
      (a, b, c, d) = (
        UInt32(truncatingIfNeeded: second >> 32) ^ b ^ k, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ d ^ l, UInt32(truncatingIfNeeded: first)
      )
      k &+= 0x9E37_79B9
      l &+= 0xBB67_AE85
    }
    position &+= 1
    pending = UInt64(c) | UInt64(d) << 32
    return UInt64(a) | UInt64(b) << 32
  }
}

extension PhiloxGenerator {
  /// A uniform number in (0, 1].
  mutating func uniform() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }

  /// An exponential number of mean 1.
  mutating func exponential() -> Double { -Glibc.log(uniform()) }

  /// A standard normal number (Box & Muller 1958).
  mutating func normal() -> Double {
    if let value = pendingNormal {
      pendingNormal = nil
      return value
    }
    let radius = (2 * exponential()).squareRoot()
    let angle = 2 * Double.pi * uniform()
    pendingNormal = radius * Glibc.sin(angle)
    return radius * Glibc.cos(angle)
  }

  /// A gamma number of scale 1 (Marsaglia & Tsang 2000).
  ///
  /// - Parameter shape: The shape, at least 1.
  /// - Returns: The number.
  mutating func gamma(_ shape: Double) -> Double {
    if shape == 1 { return exponential() }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let u = uniform()
      // The logarithms cancel for large shapes; log1p keeps the digits.
      let logV = 3 * Glibc.log1p(c * x)
      if Glibc.log(u) < 0.5 * x * x + d * (1 - v + logV) { return d * v }
    }
  }

  /// A Poisson number: by inversion for a small mean, otherwise by transformed rejection (Hörmann
  /// 1993).
  ///
  /// - Parameter mean: The mean, up to 2⁵³.
  /// - Returns: A whole number.
  mutating func poisson(_ mean: Double) -> Double {
    guard mean >= 10 else {
      var count = 0.0
      var sum = exponential()
      while sum <= mean {
        count += 1
        sum += exponential()
      }
      return count
    }
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let scale = 1.1239 + 1.1328 / (b - 3.4)
    let limit = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let rest = 0.5 - abs(u)
      guard rest > 0 else { continue }
      let count = ((2 * a / rest + b) * u + mean + 0.43).rounded(.down)
      if rest >= 0.07, v <= limit { return count }
      if count < 0 || (rest < 0.013 && v > rest) { continue }
      let logDensity =
        count == 0
        ? -mean
        : -Self.deviance(count, mean) - Self.stirlingError(count)
          - 0.5 * Glibc.log(2 * Double.pi * count)
      if Glibc.log(v * scale / (a / (rest * rest) + b)) <= logDensity { return count }
    }
  }

  /// A binomial number: by waiting times for a small mean, otherwise by transformed rejection
  /// (Hörmann 1993).
  ///
  /// - Parameters:
  ///   - trials: The number of trials, a whole number up to 2⁵³.
  ///   - probability: The probability of success, up to ½.
  /// - Returns: The number of successes.
  mutating func binomial(_ trials: Double, _ probability: Double) -> Double {
    guard trials > 0, probability > 0 else { return 0 }
    let mean = trials * probability
    guard mean >= 10 else {
      // The number of failures before a success is geometric.
      let logFailure = Glibc.log1p(-probability)
      var count = 0.0
      var used = 0.0
      while true {
        used += (Glibc.log(uniform()) / logFailure).rounded(.down) + 1
        if used > trials { return count }
        count += 1
      }
    }
    let failure = 1 - probability
    let deviation = (mean * failure).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * probability
    let limit = 0.92 - 4.2 / b
    let alpha = (2.83 + 5.1 / b) * deviation
    let mode = ((trials + 1) * probability).rounded(.down)
    func logDensity(_ count: Double) -> Double {
      let other = trials - count
      if count == 0 { return trials * Glibc.log1p(-probability) }
      if other == 0 { return trials * Glibc.log(probability) }
      return Self.stirlingError(trials) - Self.stirlingError(count) - Self.stirlingError(other)
        - Self.deviance(count, mean) - Self.deviance(other, trials * failure)
        + 0.5 * Glibc.log(trials / (2 * Double.pi * count * other))
    }
    let peak = logDensity(mode)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let rest = 0.5 - abs(u)
      guard rest > 0 else { continue }
      let count = ((2 * a / rest + b) * u + mean + 0.5).rounded(.down)
      if rest >= 0.07, v <= limit { return count }
      guard count >= 0, count <= trials else { continue }
      if Glibc.log(v * alpha / (a / (rest * rest) + b)) <= logDensity(count) - peak {
        return count
      }
    }
  }

  /// x ln(x/m) + m − x without cancellation (Loader 2000).
  private static func deviance(_ x: Double, _ mean: Double) -> Double {
    let d = (x - mean) / mean
    if abs(d) < 0.01 {
      // (1 + d) ln(1 + d) − d = d²/2 − d³/6 + d⁴/12 − …
      var sum = 0.0
      var power = d * d
      for n in 2...9 {
        sum += power / Double(n * (n - 1))
        power *= -d
      }
      return mean * sum
    }
    return x * Glibc.log(x / mean) + mean - x
  }

  /// ln n! − ln(√(2πn) (n/e)ⁿ).
  private static func stirlingError(_ n: Double) -> Double {
    if n < 16 {
      return Glibc.lgamma(n + 1) - (n + 0.5) * Glibc.log(n) + n - 0.5 * Glibc.log(2 * Double.pi)
    }
    let square = n * n
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 / square) / square) / square) / n
  }
}

extension PhiloxGenerator {
  /// The largest number of events that is counted one by one.
  private static let countable = ScaledNumber(0x1p53)
  /// Numbers whose relative fluctuations are far below the rounding errors.
  private static let constant = ScaledNumber(1e300)

  /// A Poisson number of any mean. Above 2⁵³ the normal limit with its first correction stands in,
  /// which differs in distribution by about the inverse of the mean.
  mutating func poisson(_ mean: ScaledNumber) -> ScaledNumber {
    if mean < Self.countable { return ScaledNumber(poisson(mean.value)) }
    guard mean < Self.constant else { return mean }
    let z = normal()
    return ScaledNumber(mean.value + mean.value.squareRoot() * z + (z * z - 1) / 6)
  }

  /// How a number of events divides into two kinds. Above 2⁵³ events the Poisson limit (relative
  /// error below 1e-7 of a probability) or the corrected normal limit (1e-8) stands in.
  ///
  /// - Parameters:
  ///   - trials: The number of events.
  ///   - first: The probability of the first kind.
  ///   - second: That of the second kind, 1 − first.
  /// - Returns: The numbers of both kinds.
  mutating func split(
    _ trials: ScaledNumber, _ first: ScaledNumber, _ second: ScaledNumber
  ) -> (first: ScaledNumber, second: ScaledNumber) {
    let isFirst = first < second
    let probability = isFirst ? first : second
    var rare: ScaledNumber
    if !(Self.countable < trials) {
      rare = ScaledNumber(binomial(trials.value, probability.value))
    } else {
      let mean = trials * probability
      if mean < ScaledNumber(1e8) {
        rare = ScaledNumber(poisson(mean.value))
      } else if mean < Self.constant {
        let z = normal()
        let p = probability.value
        rare = ScaledNumber(
          mean.value + (mean.value * (1 - p)).squareRoot() * z + (1 - 2 * p) * (z * z - 1) / 6)
      } else {
        rare = mean
      }
      if trials < rare { rare = trials }
    }
    let rest = trials - rare
    return isFirst ? (rare, rest) : (rest, rare)
  }

  /// The sum of a number of exponential times of mean 1.
  mutating func gamma(_ count: ScaledNumber) -> ScaledNumber {
    count < Self.constant ? ScaledNumber(gamma(count.value)) : count
  }
}
