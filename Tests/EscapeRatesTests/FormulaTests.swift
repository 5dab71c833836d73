import EscapeRates
import Landscapes
import LinearAlgebra
import StationaryPoints
import Testing

/// Reference values: the formulas in mpmath with 30 digits, at the roots of x³ − x + tilt = 0.
@Suite("Escape-rate formulas against independent evaluations")
struct FormulaTests {
  @Test(
    "Eyring–Kramers on V = (x² − 1)²/4 + 0.15x + y²(1 + 0.3x)",
    arguments: [
      (0.025, -18.31361888646943, -6.270961381429279, 1.890421433991087e-3),
      (0.06, -8.592044387952056, -3.529081805975719, 0.02951741213226079),
    ])
  func eyringKramers(
    temperature: Double, left: Double, right: Double, sum: Double
  ) throws {
    let problem = try TestNetwork.coupled(TestNetwork.langevin(temperature))
    let forth = try problem.rate(EyringKramers(), from: 0)
    let back = try problem.rate(EyringKramers(), from: 1)
    #expect((forth.logRate - left).magnitude < 1e-11)
    #expect((back.logRate - right).magnitude < 1e-11)
    let total = exponential(forth.logRate) + exponential(back.logRate)
    #expect((total / sum - 1).magnitude < 1e-11)
    if temperature == 0.025 {
      #expect((exponential(back.logRate) / total - 0.9999941124075304).magnitude < 1e-13)
    }
    // The harmonic rate times √|λ⁻|, λ⁻ = 3·0.15362569782348384² − 1.
    let harmonic = try problem.rate(Harmonic())
    #expect((forth.logRate - harmonic.logRate - 0.5 * logarithm(0.929197434)).magnitude < 1e-8)
    #expect(forth.kind == .rate)
  }

  @Test("Eyring–Kramers far beyond the range of a double, and with a barrier that is too low")
  func extremes() throws {
    // ΔV from the left minimum is 0.416… for tilt 0.15: 1e4 times more at D = 2.5e-6.
    let cold = try TestNetwork.coupled(TestNetwork.langevin(2.5e-6)).rate(EyringKramers())
    let warm = try TestNetwork.coupled(TestNetwork.langevin(0.025)).rate(EyringKramers())
    let barrier = try #require(warm.barrier)
    #expect(cold.logRate < -5000)
    #expect(
      (cold.logRate - warm.logRate + barrier * (1 / 2.5e-6 - 1 / 0.025)).magnitude < 1e-6)
    #expect(cold.findings.isEmpty)
    let hot = try TestNetwork.coupled(TestNetwork.langevin(0.5)).rate(EyringKramers())
    #expect(hot.findings.contains { $0.contains("barrier is only") })
  }

  @Test(
    "Xie's Theorem 3.2",
    arguments: [
      (2, 0.5, -12.36912900083096), (2, 0.3, -14.06829983431417), (200, 0.5, -1051.884111726851),
    ])
  func xie(batch: Int, s: Double, expected: Double) throws {
    let problem = try TestNetwork.tilted(TestNetwork.sgd(0.1, batch, .hessian))
    let rate = try problem.rate(Xie(share: .fixed(s)))
    #expect((rate.logRate - expected).magnitude < 1e-11 * expected.magnitude)
    // Equation 83 with D = (η/2B)[H]⁺ is Theorem 3.2.
    let general = try problem.rate(XieGeneral(share: .fixed(s)))
    #expect((general.logRate - expected).magnitude < 1e-11 * expected.magnitude)
    #expect(rate.findings.contains { $0.contains("inflection") })
  }

  @Test("Equation 83: Eyring–Kramers for isotropic noise, its own value for a constant matrix")
  func xieGeneral() throws {
    let isotropic = try TestNetwork.coupled(TestNetwork.langevin(0.025))
    #expect(
      (try isotropic.rate(XieGeneral()).logRate - isotropic.rate(EyringKramers()).logRate)
        .magnitude < 1e-12)
    let matrix = try TestNetwork.coupled { _ in
      Dynamics(diffusion: try ConstantDiffusion([[0.03, 0], [0, 0.1]]))
    }
    #expect((try matrix.rate(XieGeneral()).logRate + 15.53602617260732).magnitude < 1e-11)
    let rotated = try TestNetwork.coupled { _ in
      Dynamics(diffusion: try ConstantDiffusion([[0.03, 0.02], [0.02, 0.1]]))
    }
    #expect(try rotated.rate(XieGeneral()).findings.contains { $0.contains("do not commute") })
  }

  @Test(
    "Mori's (15) in one dimension beside the exact mean first-passage time",
    arguments: [
      (0.1, 10.39858706807189, 32_533.24, 1e-6), (0.05, 18.43811661766725, 1.0167732e8, 1e-6),
      (0.02, 42.55670526645333, 3.0263e18, 5e-5), (0.01, 82.75435301443014, 8.6895e35, 5e-5),
    ])
  func mori(
    learningRate: Double, logTime: Double, exactTime: Double, digits: Double
  ) throws {
    // L = 0.17 + (x² − 1)²/4 + 0.1x, B = 1, n = 1.
    let problem = try TestNetwork.tilted(
      TestNetwork.sgd(learningRate, 1, .lossHessian), offset: 0.17)
    let rate = try problem.rate(Mori(effectiveDimension: .fixed(1)))
    #expect((rate.logRate + logTime).magnitude < 1e-11)
    let participation = try problem.rate(Mori())
    #expect((participation.logRate + logTime).magnitude < 1e-11)
    let general = try problem.rate(MoriGeneral())
    #expect((general.logRate + logTime).magnitude < 1e-11)
    let exact = try problem.rate(ExactOneDimensional())
    #expect((exact.logRate + logarithm(exactTime)).magnitude < digits)
    // Formula and exact value are 0.9 %, 0.08 %, 0.3 % and 0.2 % apart.
    let deviation = exponential(-rate.logRate + exact.logRate) - 1
    #expect(deviation.magnitude < 0.0095)
    #expect(!exact.findings.contains { $0.contains("vanishes") })
  }

  @Test("Mori in two dimensions: participation ratio, a given n, and the general form")
  func moriPlane() throws {
    let problem = try TestNetwork.coupled(TestNetwork.sgd(0.2, 4, .lossHessian), offset: 0.4)
    let rate = try problem.rate(Mori())
    #expect(
      (try #require(rate.quantities["effectiveDimension"]) - 1.853692087553263).magnitude < 1e-12)
    #expect((rate.logRate + 9.716345671496545).magnitude < 1e-11)
    let fixed = try problem.rate(Mori(effectiveDimension: .fixed(1.5)))
    #expect((fixed.logRate + 9.892151998818613).magnitude < 1e-11)
    #expect((try problem.rate(MoriGeneral()).logRate + 9.859258863082736).magnitude < 1e-11)
    let unstable = try problem.rate(Mori(effectiveDimension: .fixed(60)))
    #expect(unstable.findings.contains { $0.contains("n_c") })
    #expect(unstable.logRate.isFinite)
  }

  @Test("Mori: no escape from L(a) ≤ 0, even where n exceeds n_c")
  func moriSilent() throws {
    let problem = try TestNetwork.tilted(TestNetwork.sgd(0.1, 1, .lossHessian))
    for n in [1.0, 1000] {
      let rate = try problem.rate(Mori(effectiveDimension: .fixed(n)))
      #expect(rate.logRate == -.infinity)
      #expect(rate.findings.contains { $0.contains("no escape") })
    }
    #expect(try problem.rate(MoriGeneral()).logRate == -.infinity)
    #expect(try problem.rate(ExactOneDimensional()).logRate == -.infinity)
  }

  @Test("Ibayashi's exponent and that of his dynamics, Jastrzębski, Zhu, Nguyen")
  func indicators() throws {
    let problem = try TestNetwork.tilted(TestNetwork.sgd(0.1, 2, .hessian))
    let paper = try problem.rate(Ibayashi())
    #expect((paper.logRate + 9.45434801306033).magnitude < 1e-12)
    #expect(paper.kind == .exponent && paper.isExponentOnly)
    #expect((try problem.rate(IbayashiSDE()).logRate + 6.252224256958844).magnitude < 1e-12)
    #expect((try problem.rate(Jastrzebski()).logRate + 7.692114158905685).magnitude < 1e-12)
    let zhu = try problem.rate(Zhu())
    #expect((zhu.logRate - 1.654149845359515).magnitude < 1e-12)
    #expect(zhu.kind == .indicator && zhu.barrier == nil)
    // (α − δ)/2·ln η with α = 1.7 and δ = 0.3.
    let nguyen = try problem.rate(Nguyen(stability: 1.7, margin: 0.3))
    #expect((nguyen.logRate + 0.7 * 2.302585092994046).magnitude < 1e-13)
  }

  @Test("With per-sample gradients, Jastrzębski and Zhu use their covariance")
  func covariance() throws {
    let problem = try TestNetwork.coupled(
      TestNetwork.sgd(0.1, 2, .gradientCovariance) { _ in [[0.5, 0], [0, 1.5]] })
    // T = ησ²/2B = 0.025·1: Eyring–Kramers at that temperature (mpmath).
    let jastrzebski = try problem.rate(Jastrzebski()).logRate
    #expect((jastrzebski + 18.313618886469431647).magnitude < 1e-11)
    // ln(0.5(3a² − 1) + 1.5·2(1 + 0.3a)) at a = −1.067923 (mpmath).
    #expect((try problem.rate(Zhu()).logRate - 1.17851918171353406731).magnitude < 1e-12)
  }

  @Test("Flat directions at both ends leave the rate that of the curved ones")
  func flatDirections() throws {
    let field = CompiledField(FlatWell())
    let problem = EscapeProblem(
      field: field,
      network: try TestNetwork.make(
        field, minima: [[-1, 0, 0], [1, 0, 0]], saddles: [([0, 0, 0], 0, 1)]),
      dynamics: try .langevin(temperature: 0.03, dimension: 3))
    // k = √2/(2π)·e^{−1/(4D)}: the curvature 4 of y cancels.
    let expected = logarithm(2.0.squareRoot() / (2 * .pi)) - 0.25 / 0.03
    let rate = try problem.rate(EyringKramers())
    #expect((rate.logRate - expected).magnitude < 1e-12)
    #expect(rate.findings.contains { $0.contains("flat directions") })
    #expect((try problem.rate(XieGeneral()).logRate - expected).magnitude < 1e-12)
  }

  @Test("Large learning rates are reported")
  func learningRate() throws {
    let problem = try TestNetwork.tilted(TestNetwork.sgd(1, 1, .hessian))
    #expect(try problem.rate(Xie()).findings.contains { $0.contains("ηλ_max") })
  }
}
