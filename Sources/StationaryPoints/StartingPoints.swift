import CGSL
import Landscapes

/// Points spread evenly over a box: a Sobol sequence up to 40 dimensions, a reverse Halton
/// sequence above, shifted by a seeded random vector (Cranley and Patterson 1976).
final class StartingPoints {
  private let generator: UnsafeMutablePointer<gsl_qrng>?
  private let domain: Domain
  private let shift: [Double]
  private var random: SplitMix

  init(domain: Domain, seed: UInt64) {
    let n = domain.dimension
    self.domain = domain
    random = SplitMix(state: seed)
    _ = handlerSwitchedOff
    generator =
      n <= 40
      ? gsl_qrng_alloc(metastability_qrng_sobol(), UInt32(n))
      : (n <= 1229 ? gsl_qrng_alloc(metastability_qrng_halton(), UInt32(n)) : nil)
    var values: [Double] = []
    for _ in 0..<n { values.append(random.uniform()) }
    shift = values
  }

  deinit { gsl_qrng_free(generator) }

  /// The next point, strictly inside the box.
  func next() -> [Double] {
    let n = domain.dimension
    var unit = [Double](repeating: 0, count: n)
    if let generator {
      _ = gsl_qrng_get(generator, &unit)
    } else {
      for i in 0..<n { unit[i] = random.uniform() }
    }
    return (0..<n).map { i in
      let u = unit[i] + shift[i]
      return domain.lower[i] + (u - u.rounded(.down)) * (domain.upper[i] - domain.lower[i])
    }
  }
}

/// The SplitMix64 generator: a counter put through a mixing function (Steele, Lea, Flood 2014).
struct SplitMix: Sendable {
  var state: UInt64

  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number in (0, 1).
  mutating func uniform() -> Double { (Double(bits() >> 11) + 0.5) * 0x1p-53 }
}

/// GSL's default reaction to an error is to abort; it is switched off once.
let handlerSwitchedOff: Void = { _ = gsl_set_error_handler_off() }()
