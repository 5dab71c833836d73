import Foundation
import Landscapes
import LinearAlgebra
import LossModels
import Simulation
import StationaryPoints

/// Xie's exponential laws for the Styblinski–Tang function (appendix C, Setting 1).
struct XieLaws {
  /// Minimum and saddle of f, as the paper gives them.
  static let paper = (minimum: -2.903534, saddle: 0.156731)
  static let samples = 50_000
  static let seed: UInt64 = 2020

  let loss = StyblinskiTang(dimension: 1)
  let meanLoss = StyblinskiTang(dimension: 1, sampleVariance: 1)
  /// Minimum and saddle of the mean of f(θ − x).
  let own: (minimum: Double, saddle: Double)

  init() {
    let field = CompiledField(meanLoss)
    own = (
      bisect(-3, -2) { field.drift(at: [$0])[0] }, bisect(0, 0.5) { field.drift(at: [$0])[0] }
    )
  }

  /// What leaves the valley on the left of a point.
  private func region(below boundary: Double) throws -> ExitRegion {
    .box(try Domain(lower: [-1000], upper: [boundary]))
  }

  /// The mean first-passage time of dθ = −L′ dt + √(2D) dW in Itô's sense to an upper boundary.
  private func exactTime(
    _ field: CompiledField, from start: Double, to end: Double, noise: (Double) -> Double
  ) -> Double {
    let count = 40_000
    let lower = start - 4
    let width = (end - lower) / Double(count)
    var (potential, inner, time) = (0.0, 0.0, 0.0)
    var last = (slope: 0.0, weight: 0.0, outer: 0.0)
    for i in 0...count {
      let x = lower + width * Double(i)
      let d = noise(x)
      let slope = -field.drift(at: [x])[0] / d
      if i > 0 { potential += 0.5 * width * (slope + last.slope) }
      let weight = exp(-potential) / d
      if i > 0 { inner += 0.5 * width * (weight + last.weight) }
      let outer = exp(potential) * inner
      if i > 0, x > start { time += 0.5 * width * (outer + last.outer) }
      last = (slope, weight, outer)
    }
    return time
  }

  // MARK: - White noise

  func whiteNoiseSection() async throws -> String {
    struct Reading {
      let name: String
      let landscape: StyblinskiTang
      let start: Double
      let boundary: Double
      let barrier: Double
    }
    let f = CompiledField(loss)
    let barrier = { (field: CompiledField, a: Double, b: Double) in
      (field.energy(at: [b]) ?? .nan) - (field.energy(at: [a]) ?? .nan)
    }
    let paperBarrier = barrier(f, XieLaws.paper.minimum, XieLaws.paper.saddle)
    let readings = [
      Reading(
        name: "f, its minimum and saddle", landscape: loss, start: XieLaws.paper.minimum,
        boundary: XieLaws.paper.saddle, barrier: paperBarrier),
      Reading(
        name: "mean of f(θ − x), minimum and saddle of f", landscape: meanLoss,
        start: XieLaws.paper.minimum, boundary: XieLaws.paper.saddle, barrier: paperBarrier),
      Reading(
        name: "mean of f(θ − x), its own minimum and saddle", landscape: meanLoss,
        start: own.minimum, boundary: own.saddle,
        barrier: barrier(CompiledField(meanLoss), own.minimum, own.saddle)),
    ]
    var rows: [[String]] = []
    for (number, reading) in readings.enumerated() {
      let field = CompiledField(reading.landscape)
      let height = barrier(field, number == 0 ? reading.start : own.minimum, reading.boundary)
      let temperatures = [3.0, 4, 5, 6, 7].map { height / $0 }
      let basin = try network(field, minima: [[reading.start]])
      var times: [Estimate] = []
      var exact: [Double] = []
      for (k, temperature) in temperatures.enumerated() {
        let integrator = try StochasticIntegrator(
          field: field, dynamics: .langevin(temperature: temperature, dimension: 1),
          timeStep: 0.004, method: .heun)
        times.append(
          try await meanExitTime(
            integrator, field: field, network: basin, region: region(below: reading.boundary),
            exits: 1000, seed: UInt64(400 + 10 * number + k)
          ).logarithm)
        exact.append(
          log(exactTime(field, from: reading.start, to: reading.boundary) { _ in temperature }))
      }
      let fit = LineFit(temperatures.map { 1 / $0 }, times)
      let expected = LineFit.slope(temperatures.map { 1 / $0 }, exact, weights: times)
      rows.append([
        reading.name, text(fit.slope), text(expected), deviationText(fit.slope, from: expected),
        text(reading.barrier),
        String(format: "%+.1f", 100 * (fit.slope.value / reading.barrier - 1))
          + " %", String(format: "%.1f / %d", fit.chiSquare, fit.degreesOfFreedom),
      ])
    }
    return """
      ### White noise: −ln γ is linear in 1/D with the slope ΔL (Theorem 3.1)

      Langevin dynamics in one variable, started at the minimum until it first crosses the saddle; \
      five temperatures with ΔL/D from 3 to 7 and 1000 escapes at each. "Exact" is the quadrature \
      of the mean first-passage time at the same temperatures, put through the same fit.

      \(table(["loss and points", "measured slope", "exact", "from exact, in errors", "ΔL of the paper's reading", "measured / ΔL − 1", "χ² of the line"], rows))
      −ln γ is a straight line within its errors in all readings. Its slope is the barrier of the \
      loss that is descended, a few per cent less at these temperatures, because the noise also \
      sets the prefactor. Samples x ~ N(0, 1) turn the barrier of f, \(text(paperBarrier)), into \
      \(text(readings[2].barrier)): to expect the former of a training loss E f(θ − x), as the \
      paper's minima do, is wrong by a factor of two.

      """
  }

  // MARK: - Theorem 3.2's own process

  func twoTemperatureSection() async throws -> String {
    let field = CompiledField(meanLoss)
    let (a, b) = own
    let basin = try network(
      field, minima: [[a], [2.0986620564775165]], saddles: [([b], [0, 1])])
    let (ha, hb) = (field.hessian(at: [a])[0, 0], -field.hessian(at: [b])[0, 0])
    let (low, high) = (field.energy(at: [a]) ?? .nan, field.energy(at: [b]) ?? .nan)
    var rows: [[String]] = []
    for (number, share) in [0.25, 0.5, 0.75].enumerated() {
      let law = 2 * (high - low) * (share / ha + (1 - share) / hb)
      let ratios = [3.0, 4, 5, 6, 7].map { $0 / law }
      let level = low + share * (high - low)
      let switchPoint = bisect(a, b) { (field.energy(at: [$0]) ?? .nan) - level }
      var times: [Estimate] = []
      var exact: [Double] = []
      for (k, ratio) in ratios.enumerated() {
        let settings = try StochasticGradient(learningRate: 1 / ratio, batchSize: 1)
        let integrator = try StochasticIntegrator(
          field: field,
          dynamics: .sgd(
            settings, noise: .twoTemperature, field: field, twoTemperatureShare: share),
          timeStep: 0.001, anchors: basin.basinAnchors)
        times.append(
          try await meanExitTime(
            integrator, field: field, network: basin, region: region(below: b), exits: 400,
            seed: UInt64(500 + 10 * number + k)
          ).logarithm)
        exact.append(
          log(
            exactTime(field, from: a, to: b) {
              0.5 / ratio * ($0 < switchPoint && $0 > 2 * a - switchPoint ? ha : $0 > a ? hb : ha)
            }))
      }
      let fit = LineFit(ratios, times)
      let expected = LineFit.slope(ratios, exact, weights: times)
      rows.append([
        text(share, digits: 2), text(fit.slope), text(expected),
        deviationText(fit.slope, from: expected), text(law),
        String(format: "%+.1f %%", 100 * (fit.slope.value / law - 1)),
      ])
    }
    return """
      ### Theorem 3.2 for the process that it is derived for

      dθ = −L′ dt + √(2D) dW with D = (η/2B)·H_a below the point where L = L(a) + s ΔL and \
      (η/2B)·|H_b| above it, L the mean of f(θ − x), from its minimum to its saddle. The slope of \
      −ln γ against B/η, which the theorem gives as 2ΔL (s/H_a + (1 − s)/|H_b|); 400 escapes at \
      each of five noise levels with exponents from 3 to 7.

      \(table(["s", "measured slope", "exact", "from exact, in errors", "Theorem 3.2", "measured / theorem − 1"], rows))
      """
  }

  // MARK: - True mini-batch SGD

  /// What a single sample's gradient does, in one variable.
  private struct SampleNoise {
    let model: ShiftedStyblinskiTang

    func gradients(_ theta: Double) -> [Double] {
      model.samples.map { model.slope(theta, $0) }
    }

    func mean(_ theta: Double) -> Double {
      gradients(theta).reduce(0, +) / Double(model.samples.count)
    }

    /// 2L′/C, the slope of the exponent of the diffusion with the true covariance.
    func diffusionSlope(_ theta: Double) -> Double {
      let g = gradients(theta)
      let n = Double(g.count)
      let mean = g.reduce(0, +) / n
      return 2 * mean / (g.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n)
    }

    /// p > 0 with (1/N) Σ e^(−p gᵢ) = 1: the slope of the exponent of SGD itself.
    func cumulantSlope(_ theta: Double) -> Double {
      let g = gradients(theta)
      let n = Double(g.count)
      let start = diffusionSlope(theta)
      guard start > 1e-6 else { return 0 }
      func excess(_ p: Double) -> Double { g.reduce(0) { $0 + exp(-p * $1) } / n - 1 }
      var upper = start
      while excess(upper) < 0 { upper *= 1.5 }
      var lower = upper
      while excess(lower) > 0 { lower *= 0.5 }
      return bisect(lower, upper, excess)
    }
  }

  func sgdSection() async throws -> String {
    let samples = ShiftedStyblinskiTang.normalSamples(XieLaws.samples, seed: XieLaws.seed)
    let noise = SampleNoise(model: ShiftedStyblinskiTang(samples: samples))
    let a = bisect(-3, -2) { noise.mean($0) }
    let b = bisect(0, 0.5) { noise.mean($0) }
    let diffusion = simpson(a, b, intervals: 40, noise.diffusionSlope)
    let cumulant = simpson(a, b, intervals: 40, noise.cumulantSlope)
    let mean = CompiledField(meanLoss)
    func theorem(_ field: CompiledField, _ a: Double, _ b: Double) -> (Double, Double) {
      let height = (field.energy(at: [b]) ?? .nan) - (field.energy(at: [a]) ?? .nan)
      let bounds = [
        2 * height / field.hessian(at: [a])[0, 0], -2 * height / field.hessian(at: [b])[0, 0],
      ]
      return (min(bounds[0], bounds[1]), max(bounds[0], bounds[1]))
    }
    let ownTheorem = theorem(mean, a, b)
    let paperTheorem = theorem(
      CompiledField(loss), XieLaws.paper.minimum, XieLaws.paper.saddle)

    struct Law {
      let name: String
      let settings: [(rate: Double, size: Int, scale: Double)]
      /// 1/η, B or 1/k.
      let variable: [Double]
      /// What a unit of the variable is in B/η.
      let unit: Double
    }
    let rates = [0.006, 0.007, 0.0085, 0.0105, 0.014]
    let sizes = [2, 3, 4, 5]
    let scales = [0.6, 0.7, 0.85, 1.05, 1.4]
    let laws = [
      Law(
        name: "1/η (B = 1, η = 0.006 … 0.014)", settings: rates.map { ($0, 1, 1) },
        variable: rates.map { 1 / $0 }, unit: 1),
      Law(
        name: "B (η = 0.03, B = 2 … 5)", settings: sizes.map { (0.03, $0, 1) },
        variable: sizes.map { Double($0) }, unit: 1 / 0.03),
      Law(
        name: "1/k (B = 1, η = 0.01, k = 0.6 … 1.4)", settings: scales.map { (0.01, 1, $0) },
        variable: scales.map { 1 / $0 }, unit: 100),
    ]
    var rows: [[String]] = []
    var seed: UInt64 = 600
    for law in laws {
      for (reading, start, boundary) in [
        ("own", a, b), ("the paper's", XieLaws.paper.minimum, XieLaws.paper.saddle),
      ] {
        var times: [Estimate] = []
        var exact: [Double] = []
        for (rate, size, scale) in law.settings {
          let model = ShiftedStyblinskiTang(samples: samples, curvatureScale: scale)
          let field = CompiledField(
            StyblinskiTang(dimension: 1, sampleVariance: 1, curvatureScale: scale))
          let root = scale.squareRoot()
          let descent = try MiniBatchDescent(
            model, settings: StochasticGradient(learningRate: rate, batchSize: size))
          seed += 1
          times.append(
            try await meanExitTime(
              DiscreteMover(descent), field: field,
              network: network(field, minima: [[start / root]]),
              region: region(below: boundary / root), exits: 400, seed: seed
            ).logarithm)
          if size == 1 {
            let passage = ExactPassage(
              lower: -4.5 / root, upper: boundary / root, leavesBelow: false)
            exact.append(
              log(
                rate
                  * (try passage.meanSteps(from: start / root, samples: samples.count) {
                    $0 - rate * model.slope($0, samples[$1])
                  })))
          }
          progress(
            "\(law.name), \(reading): ln t = \(text(times[times.count - 1])) exact \(exact.last ?? .nan)"
          )
        }
        let fit = LineFit(law.variable, times)
        let slope = fit.slope.scaled(by: 1 / law.unit)
        var row = [
          law.name, reading, text(slope),
          String(format: "%.1f / %d", fit.chiSquare, fit.degreesOfFreedom),
        ]
        if exact.isEmpty {
          row += ["–", "–"]
        } else {
          let expected =
            LineFit.slope(law.variable, exact, weights: times) / law.unit
          row += [text(expected), deviationText(slope, from: expected)]
        }
        rows.append(row)
      }
    }
    return """
      ### True mini-batch SGD: −ln γ is linear in B, in 1/η and in 1/k (Theorem 3.2)

      SGD on ℓ(θ; x) = f(√k θ − x) with N = \(XieLaws.samples) normal samples x, batches with \
      replacement, γ per unit of t = ηk; 400 escapes for each setting, from the minimum of the loss \
      that is descended (θ = \(text(a)) to the saddle \(text(b)), "own") and between the paper's \
      points (\(text(XieLaws.paper.minimum)) to \(text(XieLaws.paper.saddle)), minimum and saddle of \
      f). All slopes are divided by what the law says they are proportional to, so that they should \
      be one number, the exponent per B/η. "Exact" solves the equation of the mean first-passage \
      time of the discrete process for the same samples (B = 1).

      \(table(["linear in", "points", "measured slope per B/η", "χ² of the line", "exact", "from exact, in errors"], rows))
      What the slope should be:

      \(table(
        ["formula", "exponent per B/η"],
        [
          [
            "Theorem 3.2 with C = H, points of the descended loss, s from 1 to 0",
            "\(text(ownTheorem.0)) … \(text(ownTheorem.1))",
          ],
          [
            "Theorem 3.2 with C = H, the paper's points of f, s from 1 to 0",
            "\(text(paperTheorem.0)) … \(text(paperTheorem.1))",
          ],
          ["diffusion with the true covariance, ∫ 2L′/C dθ", text(diffusion)],
          [
            "SGD itself as η/B → 0, ∫ p dθ with (1/N) Σ e^(−p ∇ℓᵢ) = 1", text(cumulant),
          ],
        ]))
      """
  }
}
