import Glibc
import LinearAlgebra
import MarkovChains
import Testing

/// A connected random chain whose rates are the same numbers in any language: multiples of 1/16 from
/// a linear congruential generator.
func randomChain(states: Int, seed: UInt64, depth: UInt64, reversible: Bool) throws -> MarkovChain {
  var x = seed
  func draw(_ bound: UInt64) -> Int {
    x = x &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((x >> 33) % bound)
  }
  let energies = (0..<states).map { _ in draw(depth) }
  var rates: [[Int]: Double] = [:]
  func add(_ i: Int, _ j: Int) {
    guard i != j, rates[[i, j]] == nil else { return }
    if reversible {
      let saddle = max(energies[i], energies[j]) + draw(depth)
      rates[[i, j]] = Double(energies[i] - saddle) / 16
      rates[[j, i]] = Double(energies[j] - saddle) / 16
    } else {
      rates[[i, j]] = -Double(draw(depth)) / 16
      rates[[j, i]] = -Double(draw(depth)) / 16
    }
  }
  for i in 1..<states { add(i, draw(UInt64(i))) }
  for _ in 0..<states / 2 {
    let i = draw(UInt64(states))
    add(i, draw(UInt64(states)))
  }
  return try MarkovChain(
    stateCount: states,
    transitions: rates.map { .init(from: $0.key[0], to: $0.key[1], logRate: $0.value) })
}

/// The largest relative difference between components and reference logarithms, in which ~ stands in
/// front of negative components.
private func largestError(_ vector: [SignedLogarithm], _ expected: String) -> Double {
  let words = expected.split(whereSeparator: { $0 == " " || $0 == "\n" })
  guard words.count == vector.count else { return .infinity }
  return zip(vector, words).reduce(0) { worst, pair in
    let negative = pair.1.hasPrefix("~")
    guard let log = Double(negative ? pair.1.dropFirst() : pair.1) else { return .infinity }
    guard pair.0.sign == (negative ? -1 : 1) else { return .infinity }
    return max(worst, abs(expm1(pair.0.logMagnitude - log)))
  }
}

private func product(_ a: [SignedLogarithm], _ b: [SignedLogarithm]) -> Double {
  zip(a, b).reduce(0) {
    $0 + Double($1.0.sign * $1.1.sign) * exp($1.0.logMagnitude + $1.1.logMagnitude)
  }
}

@Suite("Slowest modes")
struct RelaxationModeTests {
  @Test("Five slowest times to 1e-12, every component of their vectors to 1e-9", arguments: 0..<7)
  func reference(index: Int) throws {
    let item = ReferenceChain.modes[index]
    let modes = try item.chain.chain().slowestModes(count: 5)
    #expect(modes.count == 5)
    for (mode, expected) in zip(modes, item.modes) {
      // A logarithm of several hundred has a resolution of 1e-13.
      #expect(abs(mode.logTime - expected.logTime) < 1e-12)
      #expect(!mode.isOscillating)
      let right = largestError(mode.right, expected.right)
      let left = largestError(mode.left, expected.left)
      #expect(right < 1e-9 && left < 1e-9, "\(item.name): \(right) \(left)")
    }
    for a in modes {
      for b in modes {
        #expect(abs(product(a.left, b.right) - (a == b ? 1 : 0)) < 1e-9)
      }
    }
  }

  // Eigenvalues of the same chains by Arb's QR iteration with 330 and 60 digits.
  @Test(
    "Times of larger chains, found one by one",
    arguments: [
      (
        120, 7, 800, true,
        [
          80.02149540195201, 64.18750000048577, 58.892960062437076, 58.32760849818136,
          50.39951275237458, 47.749859668798756, 47.72258941101963,
        ]
      ),
      (
        64, 11, 1600, false,
        [
          97.87500000097266, 95.1260853097586, 94.6875000071392, 92.9375, 87.81202673606258, 84.75,
          81.87499834630904,
        ]
      ),
      (
        64, 12, 48, false,
        [
          7.41531188941706, 5.6438151892276345, 3.1344610665412356, 2.7225487348819266,
          2.449154468079413, 2.316601685478787, 2.2961546573955443,
        ]
      ),
    ])
  func search(
    _ item: (states: Int, seed: UInt64, depth: UInt64, isReversible: Bool, times: [Double])
  ) throws {
    let chain = try randomChain(
      states: item.states, seed: item.seed, depth: item.depth, reversible: item.isReversible)
    let modes = try chain.slowestModes(count: 7)
    let error = largestError(modes.prefix(7).map(\.logTime), item.times)
    #expect(error < 1e-12, "\(modes.map(\.logTime))")
  }

  // The chain and eigenvectors as in Arb with 500 and 700 digits.
  @Test("A slow complex pair beside fast states")
  func complexPair() throws {
    let chain = try makeChain(
      """
      0>1:-400.0 0>4:-0.0 4>0:-60.0 1>2:-399.0 1>5:-1.0 5>1:-61.0 2>3:-398.0 2>6:-2.0 6>2:-62.0
      3>0:-397.0 3>7:-3.0 7>3:-63.0
      """)
    let modes = try chain.slowestModes(count: 1)
    #expect(modes.count == 2)
    #expect(modes.map(\.isConjugate) == [false, true])
    let first = try #require(modes.first)
    #expect(abs(first.logTime - 458.2940563137995) < 1e-12)
    #expect(abs(first.logFrequency + 460.16087593445775) < 1e-12)
    let right = """
      -1.7146001936303 ~-0.11457401640827 0 -1.3674118561204 -1.7146001936303 ~-0.11457401640827
      0 -1.3674118561204
      """
    #expect(largestError(first.right, right) < 1e-9)
    // Of e^{λt} with Im λ > 0; the phase of state 2 is zero.
    let phases = "-2.3598556455863 ~-1.300881278399 -2.1608759344577"
    let others = [0, 1, 3].map { first.rightImaginary[$0] }
    #expect(largestError(others, phases) < 1e-9)
    let left = """
      ~-60.479337763091 ~-62.288495118405 -60.79228218719 -61.317507146602 ~-0.47933776309082
      ~-2.2884951184048 -0.7922821871896 -1.3175071466023
      """
    #expect(largestError(first.left, left) < 1e-9)
    #expect(modes[1].leftImaginary.map(\.sign) == first.leftImaginary.map { -$0.sign })
    let unit = product(first.left, first.right) - product(first.leftImaginary, first.rightImaginary)
    #expect(abs(unit - 1) < 1e-12)
  }

  // Path of n states with equal rates: λ_k = 2(1 − cos(πk/n)), x_i = cos(πk(i + ½)/n).
  @Test("Cosines on a uniform path of 300 states")
  func path() throws {
    let n = 300
    let zeros = [Double](repeating: -700, count: n - 1)
    let modes = try birthDeath(up: zeros, down: zeros).slowestModes(count: 6)
    for (k, mode) in modes.enumerated() {
      let angle = Double.pi * Double(k + 1) / Double(n)
      #expect(abs(mode.logTime - (700 - log(4 * sin(angle / 2) * sin(angle / 2)))) < 1e-11)
      let sense = Double(mode.right[0].sign)
      let error = (0..<n).reduce(0.0) { worst, i in
        let expected = sense * cos(angle * (Double(i) + 0.5)) / cos(angle / 2)
        return max(worst, abs(mode.right[i].value - expected))
      }
      #expect(error < 1e-10)
    }
  }

  // Rates of a ring: Re λ = 1 − cos(2πk/n), Im λ = sin(2πk/n).
  @Test("Complex pairs of a one-way ring of 200 states")
  func ring() throws {
    let n = 200
    let chain = try MarkovChain(
      stateCount: n, transitions: (0..<n).map { .init(from: $0, to: ($0 + 1) % n, logRate: -500) })
    let modes = try chain.slowestModes(count: 5)
    #expect(modes.count == 6)
    for (k, mode) in modes.enumerated() {
      let angle = 2 * Double.pi * Double(k / 2 + 1) / Double(n)
      #expect(abs(mode.logTime - (500 - log(2 * sin(angle / 2) * sin(angle / 2)))) < 1e-9)
      #expect(abs(mode.logFrequency - (log(sin(angle)) - 500)) < 1e-9)
    }
  }

  @Test("Equal wells round a centre have a pair of equal modes with a basis each")
  func degenerate() throws {
    // Three wells, 0 to 2, joined through state 3: rates e⁻³⁰⁰ up and 1 down, λ = e⁻³⁰⁰ twice.
    let chain = try makeChain("0>3:-300 1>3:-300 2>3:-300 3>0:0 3>1:0 3>2:0")
    let modes = try chain.slowestModes(count: 2)
    for mode in modes {
      #expect(abs(mode.logTime - 300) < 1e-12)
      #expect(abs(mode.right.prefix(3).reduce(0) { $0 + $1.value }) < 1e-13)
    }
    #expect(abs(product(modes[0].left, modes[0].right) - 1) < 1e-13)
    #expect(abs(product(modes[1].left, modes[1].right) - 1) < 1e-13)
    #expect(abs(product(modes[0].left, modes[1].right)) < 1e-13)
    #expect(abs(product(modes[1].left, modes[0].right)) < 1e-13)
  }

  @Test("A reducible chain: vectors reach up and down the classes")
  func reducible() throws {
    // 0 → 1 → 2 at rates e⁻¹⁰⁰, e⁻³⁰⁰. The mode of state 1: x = (1, 1 − …, 0), l = (0, 1, −1).
    let chain = try makeChain("0>1:-100 1>2:-300")
    let modes = try chain.slowestModes(count: 5)
    #expect(modes.count == 2)
    #expect(modes.map(\.logTime) == [300, 100])
    #expect(modes[0].right.map(\.value) == [1, 1, 0])
    #expect(modes[0].left.map(\.value) == [0, 1, -1])
    // x = (1, 0, 0); l_1 = −k₁/(k₁ − k₂), l_2 = k₂/(k₁ − k₂).
    #expect(modes[1].right.map(\.value) == [1, 0, 0])
    #expect(modes[1].left.map(\.sign) == [1, -1, 1])
    #expect(abs(modes[1].left[2].logMagnitude + 200) < 1e-12)
    let single = try MarkovChain(stateCount: 1, transitions: [])
    #expect(try single.slowestModes(count: 3).isEmpty)
  }

  @Test("Wrong questions and chains without enough eigenvectors are named")
  func errors() throws {
    let chain = try makeChain("0>1:-5 1>2:-5")
    #expect(throws: RelaxationModeError.invalidCount(0)) { try chain.slowestModes(count: 0) }
    #expect(throws: RelaxationModeError.defective(logTime: 5)) {
      try chain.slowestModes(count: 1)
    }
    let texts = [
      RelaxationModeError.invalidCount(-3), .notConverged(found: 2), .defective(logTime: 5),
    ].map(\.description)
    #expect(texts.allSatisfy { !$0.isEmpty } && texts[0].contains("-3"))
  }
}
