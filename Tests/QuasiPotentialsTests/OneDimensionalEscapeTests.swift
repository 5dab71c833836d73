import Landscapes
import QuasiPotentials
import Testing

@Suite("Exact escape in one dimension")
struct OneDimensionalEscapeTests {
  static func quartic(_ d: Double) -> OneDimensionalEscape {
    OneDimensionalEscape(drift: { $0 - $0 * $0 * $0 }, diffusion: { _ in d })
  }

  /// b = x − x³, D = 0.1(1 + x²/2).
  static func multiplicative(_ interpretation: StochasticInterpretation) -> OneDimensionalEscape {
    OneDimensionalEscape(
      drift: { $0 - $0 * $0 * $0 }, diffusion: { 0.1 * (1 + 0.5 * $0 * $0) },
      interpretation: interpretation)
  }

  @Test("Constant noise, with and without a wall, against nested quadrature in mpmath")
  func constantNoise() throws {
    let escape = Self.quartic(0.1)
    let free = try escape.passageTime(from: -1, to: 1)
    // mpmath: 66.2686263649179 (wall at −4 changes no digit), 58.7404734211342 (wall at −1.2).
    #expect((exponential(free.logarithm) / 66.2686263649179 - 1).magnitude < 1e-11)
    let walled = try escape.passageTime(from: -1, to: 1, wall: .reflecting(-1.2))
    #expect((exponential(walled.logarithm) / 58.7404734211342 - 1).magnitude < 1e-11)
    let back = try escape.passageTime(from: 1, to: -1, wall: .reflecting(1.2))
    #expect((back.logarithm - walled.logarithm).magnitude < 1e-12)
  }

  @Test("The Ornstein–Uhlenbeck process from 0 to 1: 2.09340664967832")
  func ornsteinUhlenbeck() throws {
    let process = OneDimensionalEscape(drift: { -$0 }, diffusion: { _ in 1 })
    let time = try process.passageTime(from: 0, to: 1)
    #expect((exponential(time.logarithm) / 2.0934066496783218 - 1).magnitude < 1e-12)
  }

  @Test(
    "Multiplicative noise in the three conventions, against nested quadrature in mpmath",
    arguments: [
      (StochasticInterpretation.ito, 3.738515446794308, 3.478402177140769),
      (.stratonovich, 3.872700775974688, 3.57318771387961),
      (.isothermal, 4.017550196731981, 3.674382897748878),
    ])
  func conventions(
    interpretation: StochasticInterpretation, free: Double, walled: Double
  ) throws {
    let escape = Self.multiplicative(interpretation)
    // From −1 to 1 with walls at −8 and −1.1.
    let first = try escape.passageTime(from: -1, to: 1, wall: .reflecting(-8))
    #expect((first.logarithm - free).magnitude < 1e-10)
    let second = try escape.passageTime(from: -1, to: 1, wall: .reflecting(-1.1))
    #expect((second.logarithm - walled).magnitude < 1e-10)
  }

  @Test(
    "Mori's noise, D = ηL(x)h*/B: the four checked values, mirrored too",
    arguments: [
      (0.1, 32_533.24, 1e-7), (0.05, 1.0167732e8, 1e-7), (0.02, 3.0263e18, 1e-4),
      (0.01, 8.6895e35, 1e-4),
    ])
  func lossNoise(learningRate: Double, expected: Double, digits: Double) throws {
    // L = 0.17 + (x² − 1)²/4 + 0.1x, B = 1, wall at −6; the minima solve x³ − x + 0.1 = 0.
    let left = -1.0466805318046022
    let right = 0.9456492739235915
    let curvature = 3 * left * left - 1
    let loss: @Sendable (Double) -> Double = {
      0.17 + 0.25 * ($0 * $0 - 1) * ($0 * $0 - 1) + 0.1 * $0
    }
    let slope: @Sendable (Double) -> Double = { $0 * $0 * $0 - $0 + 0.1 }
    let escape = OneDimensionalEscape(
      drift: { -slope($0) }, diffusion: { learningRate * loss($0) * curvature })
    let time = try escape.passageTime(from: left, to: right, wall: .reflecting(-6))
    #expect((exponential(time.logarithm) / expected - 1).magnitude < digits)
    let mirror = OneDimensionalEscape(
      drift: { slope(-$0) }, diffusion: { learningRate * loss(-$0) * curvature })
    let back = try mirror.passageTime(from: -left, to: -right, wall: .reflecting(6))
    #expect((back.logarithm - time.logarithm).magnitude < 1e-12)
  }

  @Test(
    "Times far beyond the range of a double, against high-precision quadrature",
    arguments: [(0.001, 251.49280952625161), (5e-5, 5001.49137849113556)])
  func veryLowNoise(diffusion: Double, expected: Double) throws {
    let time = try Self.quartic(diffusion).passageTime(from: -1, to: 1)
    #expect((time.logarithm - expected).magnitude < 1e-9)
  }

  @Test("Noise so low that ln T is a quarter of a million, and of a billion")
  func extremelyLowNoise() throws {
    // Laplace's method: ln T = 1/(4D) + ln(π√2) + ln(1 + 3D/2·…), the correction below 1e-5.
    let time = try Self.quartic(1e-6).passageTime(from: -1, to: 1)
    #expect((time.logarithm - (250_000 + 1.4913035)).magnitude < 1e-5)
    let colder = try Self.quartic(1e-9).passageTime(from: -1, to: 1)
    #expect((colder.logarithm / 250_000_001.4913 - 1).magnitude < 1e-13)
  }

  @Test("Hu's Example 3.1 with μ = 1: the radius as a one-dimensional process with a pole at 0")
  func bessel() throws {
    // ¼[Ei(2/ε) − γ − ln(2/ε)]: 4.416841 for ε = 0.5 and 109.43081 for ε = 0.25.
    for (epsilon, expected) in [(0.5, 4.416841), (0.25, 109.43081)] {
      let radius = OneDimensionalEscape(
        drift: { -2 * $0 + 0.5 * epsilon / $0 }, diffusion: { _ in 0.5 * epsilon })
      let time = try radius.passageTime(from: 1e-9, to: 1, wall: .reflecting(1e-12))
      #expect((exponential(time.logarithm) / expected - 1).magnitude < 2e-7)
    }
  }

  @Test("A point without noise is crossed downhill and never uphill")
  func silentPoint() throws {
    // b = 1, D = |x|/2, from −1 to 1, wall at −2: 1 − 2⁻²/3 + 1 by hand.
    let downhill = OneDimensionalEscape(drift: { _ in 1 }, diffusion: { 0.5 * $0.magnitude })
    let time = try downhill.passageTime(from: -1, to: 1, wall: .reflecting(-2))
    #expect((exponential(time.logarithm) - (2 - 0.25 / 3)).magnitude < 1e-9)
    #expect(time.findings.count == 1)
    let uphill = OneDimensionalEscape(drift: { _ in -1 }, diffusion: { 0.5 * $0.magnitude })
    let never = try uphill.passageTime(from: -1, to: 1, wall: .reflecting(-2))
    #expect(never.logarithm == .infinity)
    #expect(never.findings.count == 1)
  }

  @Test("Literal Hessian noise vanishes at the inflection: infinite time, with the place named")
  func literalHessianNoise() throws {
    let escape = OneDimensionalEscape(
      drift: { $0 - $0 * $0 * $0 }, diffusion: { 0.05 * (3 * $0 * $0 - 1).magnitude })
    let time = try escape.passageTime(from: -1, to: 1)
    #expect(time.logarithm == .infinity)
    #expect(time.findings.contains { $0.contains("-0.57735") })
    let back = try escape.passageTime(from: 1, to: -1)
    #expect(back.findings.contains { $0.contains("at 0.57735") })
  }

  @Test("Mori's noise at a minimum with L = 0: no escape")
  func silentMinimum() throws {
    let escape = OneDimensionalEscape(
      drift: { $0 - $0 * $0 * $0 }, diffusion: { 0.05 * ($0 * $0 - 1) * ($0 * $0 - 1) })
    #expect(try escape.passageTime(from: -1, to: 1).logarithm == .infinity)
  }

  @Test("A field that runs away behind the start has no finite mean time")
  func runaway() throws {
    let escape = OneDimensionalEscape(drift: { $0 * $0 - 1 }, diffusion: { _ in 0.2 })
    // Uphill from −1 over 1, beyond which it runs away; from 0 to −1.5 nothing holds it back.
    #expect(try escape.passageTime(from: 0, to: -1.5).logarithm == .infinity)
    #expect(try escape.passageTime(from: -1, to: 1).logarithm.isFinite)
  }

  @Test("Occupancies of two wells at two temperatures, against quadrature in mpmath")
  func occupancies() throws {
    // L = (x² − 1)²/4 + 0.15x; the barrier is the root of x³ − x + 0.15 near 0.15.
    let barrier = 0.15362569782348384
    for (d, right) in [(0.025, -11.6897084791367), (0.06, -4.68425143844549)] {
      let process = OneDimensionalEscape(
        drift: { -($0 * $0 * $0 - $0 + 0.15) }, diffusion: { _ in d })
      let logs = try process.logOccupancies(separators: [barrier])
      #expect((logs[1] - right).magnitude < 1e-11)
      #expect((logs[0] - log1p(-exponential(right))).magnitude < 1e-13)
    }
  }

  @Test("The stationary density of an Ornstein–Uhlenbeck process is Gaussian")
  func density() throws {
    let process = OneDimensionalEscape(drift: { -2 * $0 }, diffusion: { _ in 0.5 })
    let positions = [-1.0, 0, 0.7, 20]
    let logs = try process.logStationaryDensity(at: positions)
    for (x, value) in zip(positions, logs) {
      // Variance D/F = 1/4.
      let expected = -2 * x * x - 0.5 * 0.45158270528945486
      #expect((value - expected).magnitude < 1e-11)
    }
  }

  @Test("The stationary density of multiplicative Itô noise carries 1/D")
  func multiplicativeDensity() throws {
    // b = −x, D = 1 + x²: ψ = ½ ln(1 + x²), density ∝ (1 + x²)^{−3/2}, norm 2.
    let process = OneDimensionalEscape(drift: { -$0 }, diffusion: { 1 + $0 * $0 })
    let logs = try process.logStationaryDensity(at: [0, 1])
    #expect((exponential(logs[0]) - 0.5).magnitude < 1e-10)
    #expect((exponential(logs[1]) - 0.5 / 8.0.squareRoot()).magnitude < 1e-10)
  }

  @Test("With a well behind, the escape times make a chain with the exact passage times")
  func threeWells() throws {
    // V' = x(x² − 1)(x² − 0.3) + 0.01: wells near −1, 0 and 1.
    let process = OneDimensionalEscape(
      drift: { x in -x * (x * x - 1) * (x * x - 0.3) - 0.01 }, diffusion: { _ in 0.02 })
    let (p, a, c) = (-1.0, 0.0, 1.0)
    let right = try process.escapeTime(from: a, to: c, behind: p)
    let left = try process.escapeTime(from: a, to: p, behind: c)
    let back = try process.passageTime(from: p, to: a)
    let (kRight, kLeft) = (exponential(-right.logarithm), exponential(-left.logarithm))
    // First step: T(a→c) = (1 + k_left·T(p→a)) / k_right, for a chain with the point a in the
    // middle.
    let chain = (1 + kLeft * exponential(back.logarithm)) / kRight
    let exact = exponential(try process.passageTime(from: a, to: c).logarithm)
    #expect((chain / exact - 1).magnitude < 1e-10)
  }

  @Test("Bad passages are refused")
  func refusals() {
    let process = Self.quartic(0.1)
    #expect(throws: QuasiPotentialError.invalidPassage(from: 1, to: 1)) {
      try process.passageTime(from: 1, to: 1)
    }
    #expect(throws: QuasiPotentialError.self) {
      try process.passageTime(from: -1, to: 1, wall: .reflecting(0))
    }
    #expect(throws: QuasiPotentialError.self) {
      try OneDimensionalEscape(drift: { -$0 }, diffusion: { $0 }).passageTime(from: -1, to: 1)
    }
    #expect(throws: QuasiPotentialError.self) {
      try OneDimensionalEscape(drift: { -$0 }, diffusion: { _ in .nan }).passageTime(
        from: -1, to: 1)
    }
  }
}
