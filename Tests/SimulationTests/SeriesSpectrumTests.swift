import Landscapes
import LinearAlgebra
import Simulation
import Testing

/// The expectation of Welch's estimate for a process with the covariances C(n): the squared
/// transform of a windowed segment, (Δ/Σw²) Σ_{n,m} wₙ wₘ C(n − m) cos(2πj(n − m)/N).
private func expectedSpectrum(
  length: Int, interval: Double, covariance: (Int) -> Double
) -> [Double] {
  var window: [Double] = []
  for n in 0..<length {
    let sine = Double.sin(Double.pi * Double(n) / Double(length))
    window.append(sine * sine)
  }
  var overlaps: [Double] = []
  for lag in 0..<length {
    var sum = 0.0
    for n in 0..<length - lag { sum += window[n] * window[n + lag] }
    overlaps.append(sum)
  }
  return (0...length / 2).map { j -> Double in
    var sum = overlaps[0] * covariance(0)
    for lag in 1..<length {
      let angle = 2 * Double.pi * Double(j * lag) / Double(length)
      sum += 2 * overlaps[lag] * covariance(lag) * Double.cos(angle)
    }
    return interval * sum / overlaps[0]
  }
}

@Suite("Power spectra")
struct SeriesSpectrumTests {
  private let system = DiscreteOrnsteinUhlenbeck(k: 2, d: 0.7, timeStep: 0.05)

  @Test("of an Ornstein–Uhlenbeck process: the expectation of Welch's estimate at every frequency")
  func ornsteinUhlenbeck() async throws {
    for quantity in SpectrumQuantity.allCases {
      let study = try SeriesStudy(
        mover: system.mover(), starts: [[3]], observables: [.coordinate(0)], trajectories: 64,
        time: 200, interval: 0.1, burnIn: 0.1, seed: 11,
        measurements: SeriesMeasurements(
          correlations: false, spectrum: SpectrumSettings(segment: 6, quantity: quantity)))
      let spectrum = try #require(try await study.run().observables[0].spectrum)
      #expect(spectrum.densities.count == 33)
      #expect(abs(spectrum.segment - 6.4) < 1e-12)
      let a = system.factor * system.factor
      func covariance(_ n: Int) -> Double {
        system.variance * a.raised(to: Double(n.magnitude))
      }
      let expected = expectedSpectrum(length: 64, interval: 0.1) { n -> Double in
        switch quantity {
        case .values: covariance(n)
        case .increments: 2 * covariance(n) - covariance(n - 1) - covariance(n + 1)
        }
      }
      for (k, density) in spectrum.densities.enumerated() {
        #expect(score(density, expected[k]) < 4)
        #expect(abs(spectrum.frequencies[k] - Double(k) / 6.4) < 1e-12)
        #expect(abs(spectrum.frequenciesPerIteration[k] - 0.05 * Double(k) / 6.4) < 1e-12)
      }
    }
  }

  @Test("of a long series: the Lorentzian 2D/(k² + ω²), and the variance as its integral")
  func lorentzian() async throws {
    let fine = DiscreteOrnsteinUhlenbeck(k: 2, d: 0.7, timeStep: 0.01)
    let study = try SeriesStudy(
      mover: fine.mover(), starts: [[0]], observables: [.coordinate(0)], trajectories: 4,
      time: 4000, burnIn: 0.01,
      measurements: SeriesMeasurements(
        correlations: false, spectrum: SpectrumSettings(segment: 20)))
    let series = try await study.run().observables[0]
    let spectrum = try #require(series.spectrum)
    #expect(spectrum.densities.count == 1025)
    var integral = 0.0
    for (k, density) in spectrum.densities.enumerated() {
      let isEnd = k == 0 || k == 1024
      integral += (isEnd ? 1 : 2) * density.value / spectrum.segment
      let angular = 2 * Double.pi * spectrum.frequencies[k]
      // Euler's method at Δ = 0.01 adds (ωΔ)²/12 below a tenth of the Nyquist frequency, and the
      // window, two frequencies wide, a little curvature.
      guard k < 100 else { continue }
      let expected = 1.4 / (4 + angular * angular)
      #expect(abs(density.value - expected) < 4 * (density.standardError ?? 0) + 0.015 * expected)
    }
    #expect(abs(integral - series.variance.value) < 0.01 * series.variance.value)
  }

  @Test("of the increments of Brownian motion: flat, and averaged over variables")
  func brownianMotion() async throws {
    let mover = try StochasticIntegrator(
      field: CompiledField(Bowl(curvatures: [0, 0, 0, 0])),
      dynamics: .langevin(temperature: 0.3, dimension: 4), timeStep: 0.1)
    let study = try SeriesStudy(
      mover: mover, starts: [[0, 0, 0, 0]],
      observables: (0..<4).map { .coordinate($0) }, trajectories: 32, time: 400, burnIn: 0,
      measurements: SeriesMeasurements(
        correlations: false, spectrum: SpectrumSettings(segment: 3.2, quantity: .increments)))
    let spectra = try await study.run().observables.compactMap(\.spectrum)
    // The variance of an increment, 2DΔ, times Δ.
    for spectrum in spectra {
      for density in spectrum.densities { #expect(score(density, 0.006) < 4.2) }
    }
    let average = try #require(PowerSpectrum.average(of: spectra))
    #expect(average.mean.count == 17)
    for (mean, deviation) in zip(average.mean, average.standardDeviation) {
      #expect(abs(mean - 0.006) < 0.06 * 0.006)
      #expect(deviation > 0 && deviation < 0.1 * 0.006)
    }
    #expect(PowerSpectrum.average(of: []) == nil)
  }
}
