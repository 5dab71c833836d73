import Glibc
import MarkovChains
import Testing

@Suite("First-passage time distributions")
struct FirstPassageDistributionTests {
  private func check(
    _ passage: FirstPassageDistribution, _ rows: [[Double]], tolerance: Double = 1e-10
  ) throws {
    for row in rows {
      let values = try passage.logValues(atLogTime: row[0])
      #expect(abs(values.logDensity - row[1]) < tolerance, "density at \(row[0])")
      #expect(
        abs(values.logSurvival - row[2]) < tolerance * max(1, 1e-3 * row[2].magnitude),
        "survival at \(row[0])")
      #expect(abs(values.logDistribution - row[3]) < tolerance, "distribution at \(row[0])")
    }
  }

  // Sum of exponential times with the rates e⁻³, e⁻²⁵⁰, e⁻¹·⁵, e⁻¹⁰⁰, e⁻²⁴⁹; partial fractions with
  // 1500 digits: ln t, ln f, ln S, ln F.
  @Test("A hypoexponential distribution over 130 decades of time")
  func hypoexponential() throws {
    let chain = try makeChain("0>1:-3 1>2:-250 2>3:-1.5 3>4:-100 4>5:-249")
    let passage = try chain.firstPassageDistribution(from: [0], to: [5])
    try check(
      passage,
      [
        [-50, -806.678053830347946, 0, -858.287491742782046],
        [20, -559.6931472818336, -1.37126988307018044e-235, -540.791759621138534],
        [150, -349, -1.88091039054803044e-87, -199.693147180559945],
        [251.5, -254.023466490196479, -4.02318039058723824, -0.0180580273586951015],
        [258, -3230.49931189634119, -2980.49931189634119, 0],
      ])
    #expect(abs(passage.logMean - (250 + log1p(exp(-1)))) < 1e-12)
    #expect(try passage.logDensity(atLogTime: -50) == passage.logValues(atLogTime: -50).logDensity)
    #expect(try passage.logSurvival(atLogTime: 260) < -1e4)
    #expect(abs(try passage.logDistribution(atLogTime: -50) + 858.287491742782046) < 1e-11)
  }

  // Eigenvectors with 1200 digits.
  @Test("A stiff birth-death chain with returns")
  func birthDeathChain() throws {
    let chain = try birthDeath(up: [0, -40, -300], down: [-100, 5, -7])
    try check(
      try chain.firstPassageDistribution(fromDistribution: [1, 0, 0, 0], to: [3]),
      [
        [-30, -400.693147180564606, -2.98690583456211861e-188, -431.79175946923155],
        [10, -345, -3.24585198954527459e-146, -335.000045706876626],
        [100, -345, -3.96142952134168191e-107, -245],
        [330, -345.000000305902321, -3.05902320501825788e-7, -15.0000001529511564],
        [344.5, -345.606530659712633, -0.606530659712633424, -0.78798373870444865],
        [352, -1441.6331584284586, -1096.6331584284586, 0],
      ])
  }

  // States 0 to 399 in a row with rates 1, left open at the end: sines and cosines, with 400 digits.
  @Test("A uniform path of 400 states from its first jumps far into its tail")
  func path() throws {
    let ones = [Double](repeating: 0, count: 400)
    let chain = try birthDeath(up: ones, down: ones)
    try check(
      try chain.firstPassageDistribution(from: [0], to: [400]),
      [
        [4, -500.213017473561736, -1.02804533834386493e-218, -501.935891003194175],
        [9, -13.0282319591931346, -0.00331668530483725639, -5.71044728124901526],
        [14, -29.3400706208152671, -18.2578072164791929, -1.17688784322260911e-8],
        [16, -147.533573679062923, -136.451310274726848, 0],
        [19, -2756.39042069248026, -2745.30815728814419, 0],
      ], tolerance: 1e-9)
  }

  // Competing exits: F = k₁/(k₁ + k₂) (1 − e^{−(k₁ + k₂)t}).
  @Test("A passage that may fail")
  func uncertain() throws {
    let chain = try makeChain("0>1:-500 0>2:-499")
    let passage = try chain.firstPassageDistribution(from: [0], to: [1])
    #expect(passage.logMean == .infinity)
    let share = -log1p(exp(1.0))
    for x in [-20.0, 0, 5] {
      let values = try passage.logValues(atLogTime: 500 + share + x)
      #expect(abs(values.logDistribution - (share + log(-expm1(-exp(x))))) < 1e-11)
      #expect(abs(values.logDensity - (-500 - exp(x))) < 1e-10)
    }
  }

  @Test("A start inside the set, and wrong questions")
  func edges() throws {
    let chain = try makeChain("0>1:0 1>0:0 1>2:1 2>1:0")
    let inside = try chain.firstPassageDistribution(fromDistribution: [0.25, 0, 0.75], to: [2])
    let values = try inside.logValues(atLogTime: -.infinity)
    #expect(values.logDensity == -.infinity)
    #expect(abs(values.logSurvival - log(0.25)) < 1e-15)
    #expect(abs(values.logDistribution - log(0.75)) < 1e-15)
    #expect(
      try chain.firstPassageDistribution(fromDistribution: [0, 0, 1], to: [2]).logMean
        == -.infinity)
    #expect(throws: TimeEvolutionError.self) { try inside.logValues(atLogTime: .nan) }
    #expect(throws: MarkovChainError.overlappingSets(state: 1)) {
      try chain.firstPassageDistribution(from: [0, 1], to: [1])
    }
    #expect(throws: MarkovChainError.emptySet(name: "to")) {
      try chain.firstPassageDistribution(fromDistribution: [1, 0, 0], to: [])
    }
  }

  @Test("The mean is the integral of the survival", arguments: [20, 50])
  func mean(states: Int) throws {
    let chain = try randomChain(states: states, seed: 21, depth: 200, reversible: false)
    let passage = try chain.firstPassageDistribution(from: [1, 2], to: [7])
    let expected = try chain.passage(from: [1, 2], to: [7]).logMeanTime
    #expect(abs(passage.logMean - expected) < 1e-11)
    // ∫ S t d ln t by the trapezoidal rule, which converges fast on the whole line.
    let step = 0.125
    let sum = try stride(from: expected - 40, to: expected + 60, by: step).reduce(0.0) {
      $0 + exp(try passage.logSurvival(atLogTime: $1) + $1 - expected) * step
    }
    #expect(abs(sum - 1) < 1e-6)
  }
}
