import Glibc
import LinearAlgebra

/// Random numbers from a counter: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011), keyed by the
/// seed, with the stream and a position in the counter.
///
/// A stream is a function of seed and number alone, so what is drawn from it does not depend on
/// which thread asks, or when.
struct RandomSource: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let stream: (UInt32, UInt32)
  private var position: UInt64 = 0
  private var pending: UInt64?
  private var pendingNormal: Double?

  init(seed: UInt64, stream: UInt64) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = (UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
  }

  /// The four words that ten rounds make of a counter.
  static func words(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var x = counter
    var k = key
    for _ in 0..<10 {
      let first = x.0.multipliedFullWidth(by: 0xD251_1F53)
      let second = x.2.multipliedFullWidth(by: 0xCD9E_8D57)
      x = (second.high ^ x.1 ^ k.0, second.low, first.high ^ x.3 ^ k.1, first.low)
      k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
    }
    return x
  }

  mutating func next() -> UInt64 {
    if let word = pending {
      pending = nil
      return word
    }
    let counter = (
      UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32), stream.0,
      stream.1
    )
    position += 1
    let x = Self.words(counter: counter, key: key)
    pending = UInt64(x.3) << 32 | UInt64(x.2)
    return UInt64(x.1) << 32 | UInt64(x.0)
  }

  /// A uniform number in (0, 1].
  mutating func uniform() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }

  /// A standard normal number (Box & Muller 1958).
  mutating func normal() -> Double {
    if let value = pendingNormal {
      pendingNormal = nil
      return value
    }
    let radius = (-2 * log(uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    pendingNormal = radius * sin(angle)
    return radius * cos(angle)
  }

  /// The natural logarithm of a gamma variate of unit scale (Marsaglia & Tsang 2000).
  ///
  /// A variate of a small shape a is smaller than any double with a probability that is not small,
  /// therefore the logarithm; below shape 1 it is that of shape a + 1 plus (ln u)/a.
  ///
  /// - Parameter shape: The shape, above zero.
  /// - Returns: The logarithm, finite.
  mutating func logGamma(shape: Double) -> Double {
    guard shape >= 1 else { return logGamma(shape: shape + 1) + log(uniform()) / shape }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let base = 1 + c * x
      guard base > 0 else { continue }
      let v = base * base * base
      if log(uniform()) < 0.5 * x * x + d * (1 - v + log(v)) { return log(d) + log(v) }
    }
  }

  /// ln p and ln(1 − p) of a beta variate p with two positive shapes.
  mutating func logBeta(_ a: Double, _ b: Double) -> (logarithm: Double, complement: Double) {
    let first = logGamma(shape: a)
    let second = logGamma(shape: b)
    let sum = logSumExp(first, second)
    return (first - sum, second - sum)
  }
}
