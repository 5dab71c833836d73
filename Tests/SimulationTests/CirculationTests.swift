import Landscapes
import LinearAlgebra
import Simulation
import Testing

/// dz = (−k + iω)z dt + noise with D in both directions, by Heun's method, looked at every few steps.
private struct RotatingProcess {
  let k: Double
  let omega: Double
  let d = 0.7
  let timeStep = 0.02
  let stride: Int

  func mover() throws -> StochasticIntegrator {
    try StochasticIntegrator(
      field: CompiledField(field: LinearDrift(matrix: [[k, omega], [-omega, k]])),
      dynamics: .langevin(temperature: d, dimension: 2), timeStep: timeStep, method: .heun)
  }

  var interval: Double { Double(stride) * timeStep }

  /// z(t + interval) = a z(t) + noise: the scheme's 1 + cΔ + c²Δ²/2 to the power of the stride.
  var factor: (real: Double, imaginary: Double) {
    let one = step
    var (real, imaginary) = (1.0, 0.0)
    for _ in 0..<stride {
      (real, imaginary) = (
        real * one.real - imaginary * one.imaginary, real * one.imaginary + imaginary * one.real
      )
    }
    return (real, imaginary)
  }

  private var step: (real: Double, imaginary: Double) {
    let h = timeStep
    return (1 - k * h + (k * k - omega * omega) * h * h / 2, omega * h - k * omega * h * h)
  }

  /// ⟨|z|²⟩ = 4DΔ|1 + cΔ/2|²/(1 − |a|²).
  var meanSquare: Double {
    let h = timeStep
    let noise = (1 - k * h / 2) * (1 - k * h / 2) + omega * omega * h * h / 4
    let one = step
    return 4 * d * h * noise / (1 - one.real * one.real - one.imaginary * one.imaginary)
  }
}

/// The mean of a function over a cell of a grid, by Gauss's rule with 5 × 5 points.
private func cellMean(
  _ grid: HistogramGrid, _ cell: Int, _ function: (Double, Double) -> Double
) -> Double {
  let nodes = [
    (0.0, 0.5688888888888889), (0.5384693101056831, 0.47862867049936647),
    (-0.5384693101056831, 0.47862867049936647), (0.906179845938664, 0.23692688505618908),
    (-0.906179845938664, 0.23692688505618908),
  ]
  let widths = zip(grid.range.widths, grid.bins).map { $0 / Double($1) }
  let x = grid.range.lower[0] + widths[0] * (Double(cell / grid.bins[1]) + 0.5)
  let y = grid.range.lower[1] + widths[1] * (Double(cell % grid.bins[1]) + 0.5)
  var sum = 0.0
  for (u, p) in nodes {
    for (v, q) in nodes {
      sum += 0.25 * p * q * function(x + 0.5 * u * widths[0], y + 0.5 * v * widths[1])
    }
  }
  return sum
}

@Suite("Stationary circulation")
struct CirculationTests {
  // The mean angle between two complex Gaussian numbers of coherence |a| and phase arg a, from
  // p(ψ) = (1 − |a|²)/(2π(1 − β²)) (1 + β arccos(−β)/√(1 − β²)), β = |a| cos(ψ − arg a), by
  // scipy.integrate.quad, divided by 2π and the interval, for a, a² and a³ with the weights 3, −3/2
  // and 1/3. In continuous time: ω/2π.
  @Test(
    "a rotating Ornstein–Uhlenbeck process: area rate, winding frequency, current",
    arguments: [
      (2.0, 1, 0.31833015275370863), (2.0, 5, 0.31788600161407016),
      (2.0, 10, 0.31596468842329983), (-0.5, 5, -0.07956035392757935),
    ])
  func rotation(omega: Double, stride: Int, winding: Double) async throws {
    let process = RotatingProcess(k: 1, omega: omega, stride: stride)
    let grid = try HistogramGrid(
      axes: [0, 1], range: Domain(lower: [-1.5, -1.5], upper: [1.5, 1.5]), bins: [5, 6])
    let study = try SeriesStudy(
      mover: process.mover(), starts: [[0, 0]], observables: [.coordinate(0)], trajectories: 64,
      time: 800, interval: process.interval, burnIn: 0.02, seed: 2,
      measurements: SeriesMeasurements(
        currentGrid: grid,
        circulations: [CirculationPlane(), CirculationPlane(axes: [1, 0], center: [0.5, 0.2])]))
    let result = try await study.run()
    let circulation = result.circulations[0]
    #expect(score(circulation.windingFrequency, winding) < 3)
    // ½⟨|z|²⟩ Im (3a − (3/2)a² + (1/3)a³)/interval; in continuous time ωD/k, missed by a share of
    // ¼Δ³ Im c⁴/Im c, c = −k + iω, and of the order of the square of the step.
    let (real, imaginary) = process.factor
    let square = 2 * real * imaginary
    let cube = imaginary * (3 * real * real - imaginary * imaginary)
    let area =
      0.5 * process.meanSquare * (3 * imaginary - 1.5 * square + cube / 3) / process.interval
    #expect(score(circulation.areaRate, area) < 3)
    #expect(abs(area / (omega * 0.7) - 1) < 3.2 * process.interval.raised(to: 3) + 5e-4)
    #expect((circulation.areaRate.standardError ?? 1) < 0.01)
    // Seen from the other side, and around another point.
    #expect(score(result.circulations[1].areaRate, -area) < 3)

    // Displacements d and midpoints m of a Gaussian process: ⟨d|m⟩ = 2i Im a/(1 + Re a) m, and
    // ⟨|m|²⟩ = ⟨|z|²⟩ (1 + Re a)/2; in continuous time J = ωρ(−y, x).
    let current = try #require(result.current)
    let spread = process.meanSquare * (1 + real) / 2
    let rate = 2 * imaginary / (1 + real) / process.interval
    func density(_ x: Double, _ y: Double) -> Double {
      Double.exp(-(x * x + y * y) / spread) / (Double.pi * spread)
    }
    var chiSquare = 0.0
    for cell in 0..<30 {
      let scores = [
        score(current.first[cell], cellMean(grid, cell) { -rate * $1 * density($0, $1) }),
        score(current.second[cell], cellMean(grid, cell) { rate * $0 * density($0, $1) }),
        score(current.density[cell], cellMean(grid, cell, density)),
      ]
      for value in scores {
        #expect(value < 4.5)
        chiSquare += value * value
      }
    }
    // 90 scores of variance 1.03.
    #expect(chiSquare > 50 && chiSquare < 145)
    #expect(distance(current.center(ofCell: 7), [-0.6, -0.75]) < 1e-12)
  }

  @Test("a reversible process has no current, no windings and sweeps no area")
  func reversible() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(TiltedWell()), dynamics: .langevin(temperature: 0.3, dimension: 2),
      timeStep: 0.02, method: .heun)
    let grid = try HistogramGrid(
      axes: [1, 0], range: Domain(lower: [-1, -1.5], upper: [1, 1.5]), bins: [4, 4])
    let study = try SeriesStudy(
      mover: mover, starts: [[-1.07, 0], [0.91, 0]], observables: [], trajectories: 32, time: 1500,
      burnIn: 0.05,
      measurements: SeriesMeasurements(
        currentGrid: grid, circulations: [CirculationPlane(center: [0.15, 0])]))
    let result = try await study.run()
    #expect(score(result.circulations[0].windingFrequency, 0) < 3)
    #expect(score(result.circulations[0].areaRate, 0) < 3)
    let current = try #require(result.current)
    for value in current.first + current.second { #expect(score(value, 0) < 4) }
  }

  @Test("Chaudhari and Soatto's Example 19: the current that it was constructed with")
  func chaudhari() async throws {
    let lambda = 0.5
    let mover = try StochasticIntegrator(
      field: CompiledField(field: ChaudhariDoubleWell(circulation: lambda)),
      dynamics: .langevin(temperature: 1, dimension: 2), timeStep: 0.005, method: .heun)
    let grid = try HistogramGrid(
      axes: [0, 1], range: Domain(lower: [-1.8, -1.8], upper: [1.8, 1.8]), bins: [9, 9])
    let study = try SeriesStudy(
      mover: mover, starts: [[0.902428, 0.388802], [-0.902428, -0.388802]], observables: [],
      trajectories: 64, time: 1500, burnIn: 0.01, seed: 4,
      measurements: SeriesMeasurements(
        currentGrid: grid, circulations: [CirculationPlane()]))
    let result = try await study.run()
    let current = try #require(result.current)
    // Z = ∫ e^{−Φ} (mpmath).
    let z = 7.62346844467276
    var chiSquare = 0.0
    var strength = 0.0
    for cell in 0..<81 {
      func j(_ x: Double, _ y: Double) -> Double {
        let r2 = x * x + y * y
        return lambda * Double.exp(-0.25 * r2 * r2) / z
      }
      for (measured, expected) in [
        (current.first[cell], cellMean(grid, cell) { -$1 * j($0, $1) }),
        (current.second[cell], cellMean(grid, cell) { $0 * j($0, $1) }),
      ] {
        let value = score(measured, expected)
        #expect(value < 4.5)
        chiSquare += value * value
        let error = measured.standardError ?? 1
        strength += expected * expected / (error * error)
      }
    }
    // 162 scores of variance 1.03; against no current at all they would be thousands.
    #expect(chiSquare < 235)
    #expect(strength > 2000)
    // ½ ∫ (x J_y − y J_x) = (λ/2Z) ∫ r² e^{−r⁴/4} = π λ/Z.
    #expect(score(result.circulations[0].areaRate, Double.pi * lambda / z) < 3)
  }
}
