/// Uniform random numbers from a 64-bit counter (Steele, Lea & Flood, "Fast splittable pseudorandom
/// number generators", 2014); the same seed gives the same numbers everywhere.
struct SplitMix: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func nextWord() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from [0, 1), a multiple of 2⁻⁵³.
  mutating func uniform() -> Double { Double(nextWord() >> 11) * 0x1p-53 }

  /// A whole number from 0 to a bound, the bound itself excluded.
  mutating func index(below bound: Int) -> Int {
    Int(nextWord().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
