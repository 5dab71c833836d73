import Foundation
import Landscapes
import LinearAlgebra
import LossModels
import Simulation

/// Mori's power laws in linear regression (section 5.3.1).
struct MoriLaws {
  static let samples = 100_000
  /// Sixty-four independent trajectories.
  static let blocks = 8
  /// The seeds of data and trajectories.
  static let seed: UInt64 = 20_211

  // MARK: - The stationary density

  func stationarySection() async throws -> String {
    var bulk: [[String]] = []
    var tails: [[String]] = []
    let data = try RegressionData(dimension: 1, samples: MoriLaws.samples, seed: MoriLaws.seed)
    for (number, rate) in [0.1, 0.2, 0.5].enumerated() {
      for size in 1...5 {
        let row = try await stationaryRow(
          data, .normal, rate: rate, size: size, seed: UInt64(100 + 10 * number + size))
        bulk.append(row.bulk)
        if let tail = row.tail { tails.append(tail) }
      }
    }
    let decoupled = try RegressionData(
      dimension: 1, samples: MoriLaws.samples, feature: .threeValues, seed: MoriLaws.seed + 1)
    var exact: [[String]] = []
    for (number, rate) in [0.05, 0.1, 0.2].enumerated() {
      for size in [1, 2, 5] {
        let row = try await stationaryRow(
          decoupled, .threeValues, rate: rate, size: size, seed: UInt64(200 + 10 * number + size))
        exact.append(row.bulk)
      }
    }
    let header = [
      "η", "B", "1 + B/(ηh*)", "measured φ", "measured / law − 1", "exact SGD",
      "from exact, in errors",
    ]
    return """
      ### The stationary density: P ∝ L^(−φ), φ = 1 + B/(ηh*) (equation 17)

      True mini-batch SGD of a linear regression in one variable, x and y standard normal, \
      N = \(MoriLaws.samples), batches with replacement. φ is the exponent of a density \
      ∝ (L/L*)^(−φ) that fits best (maximum likelihood: the mean of ln(L/L*) is that of the \
      density), with the error of 64 independent trajectories. The column "exact SGD" puts the \
      stationary law of the discrete process itself, from its transition probabilities without \
      simulation, through the same fit; it has the variance of the noise at θ* from these data, \
      \(text(data.noiseRatio)) of 2L*H, and normal x otherwise.

      \(table(header, bulk))
      The law holds to the accuracy of a figure where the density is large, and not beyond: the \
      measured exponents follow the exact law of the discrete process, not 1 + B/(ηh*). Two \
      things are missing in the law. The learning rate is finite (the variance is \
      η/(B(2 − η) − 2η), not the η/(2B − η) of the law). And the noise is not (2L/B)H: for normal x \
      its variance is (1 + 2u²)/B where the decoupling of loss and curvature gives (1 + u²)/B, \
      u² = L/L* − 1, because the fourth moment of x is 3. With x = 0 or ±√2 that moment is 2, the \
      decoupling is exact, and what is left is the finite learning rate:

      \(table(header, exact))
      #### The tail

      A linear recursion θ ← Aθ + Q has the tail P(|θ| > t) ∝ t^(−α) with E|A|^α = 1 (Kesten, \
      Goldie), here A = 1 − ηm with the mean m of x² over a batch, so that the density of L falls \
      with φ = (α + 1)/2. As η → 0 at fixed B the product ηα tends to a constant that is not 2B/h*: \
      the tail is never that of a diffusion, because a single batch with m > 2/η multiplies θ. \
      "Measured" is the same fit for L > 10 L* alone, with at least 2000 records there; "exact" is \
      the stationary law of the discrete process put through it.

      \(table(["η", "B", "1 + B/(ηh*)", "measured φ of the tail", "exact SGD", "from exact, in errors", "(α + 1)/2"], tails))
      With N samples the tail ends: where η max x² < 2 no batch multiplies θ, and the support is \
      bounded. For B = 1 and η = 0.1 that is so here, as max x² = \
      \(text(data.features.map { $0[0] * $0[0] }.max() ?? 0, digits: 3)).

      """
  }

  private func stationaryRow(
    _ data: RegressionData, _ feature: RegressionData.Feature, rate: Double, size: Int,
    seed: UInt64
  ) async throws -> (bulk: [String], tail: [String]?) {
    let curvature = data.hessian[0, 0]
    let law = 1 + Double(size) / (rate * curvature)
    let exact = ExactRegression(
      feature, batchSize: size, learningRate: rate * curvature, noiseRatio: data.noiseRatio)
    let means = exact.stationaryMeans(beyond: [0, 3])
    let descent = try MiniBatchDescent(
      data.model, settings: StochasticGradient(learningRate: rate, batchSize: size))
    let records = await StationaryRecords(
      mover: DiscreteMover(descent), data: data, threshold: means[1].edge, blocks: MoriLaws.blocks,
      // A few records per correlation time, 1/(ηh*) steps.
      burnIn: 2 * Int(30 / rate), stride: 2 * max(1, Int(0.15 / rate)), count: 60_000, seed: seed)
    let whole = PowerLawFit(threshold: 0)
    let measured = whole.exponent(counts: records.counts, sums: records.sums)
    let expected = whole.exponent(meanLogarithm: means[0].mean)
    let bulk = [
      text(rate, digits: 2), "\(size)", text(law), text(measured),
      String(format: "%+.1f %%", 100 * (measured.value / law - 1)), text(expected, digits: 5),
      deviationText(measured, from: expected),
    ]
    let seen = records.tailCounts.reduce(0, +)
    guard feature == .normal, seen >= 2000, records.tailCounts.allSatisfy({ $0 > 0 }) else {
      return (bulk, nil)
    }
    let fit = PowerLawFit(threshold: means[1].edge)
    let tail = fit.exponent(counts: records.tailCounts, sums: records.tailSums)
    let tailExpected = fit.exponent(meanLogarithm: means[1].mean)
    let alpha = ExactRegression(
      feature, batchSize: size, learningRate: rate * curvature, reach: 20, nodes: 40_000
    ).tailExponent
    return (
      bulk,
      [
        text(rate, digits: 2), "\(size)", text(law), text(tail), text(tailExpected),
        deviationText(tail, from: tailExpected), alpha.map { text(0.5 * ($0 + 1)) } ?? "–",
      ]
    )
  }

  // MARK: - First-passage times

  func passageSection() async throws -> String {
    let rate = 0.1
    let ratios = [1.2, 1.4, 1.6, 1.8, 2.0, 2.2]
    var columns: [Int: [Estimate]] = [:]
    var exact: [Double] = []
    for dimension in [1, 2, 4] {
      let data = try RegressionData(
        dimension: dimension, samples: MoriLaws.samples, seed: MoriLaws.seed + UInt64(dimension))
      let descent = try MiniBatchDescent(
        data.model, settings: StochasticGradient(learningRate: rate, batchSize: 1))
      let field = CompiledField(data.landscape)
      let basin = try network(field, minima: [data.minimum])
      for (number, ratio) in ratios.enumerated() {
        let level = ratio * data.floor
        let time = try await meanExitTime(
          DiscreteMover(descent), field: field, network: basin, region: .lossThreshold(level),
          exits: ratio < 2.1 ? 500 : 200, seed: UInt64(300 + 10 * dimension + number))
        columns[dimension, default: []].append(time.scaled(by: 1 / rate))
        guard dimension == 1 else { continue }
        let reach = (2 * (level - data.floor) / data.hessian[0, 0]).squareRoot()
        let passage = ExactPassage(
          lower: data.minimum[0] - reach, upper: data.minimum[0] + reach, leavesBelow: true)
        exact.append(
          try passage.meanSteps(from: data.minimum[0], samples: data.targets.count) { theta, i in
            let x = data.features[i][0]
            return theta - rate * x * (theta * x - data.targets[i])
          })
      }
    }
    var rows: [[String]] = []
    for (number, ratio) in ratios.enumerated() {
      var row = [text(ratio, digits: 2)]
      for dimension in [1, 2, 4] { row.append(text((columns[dimension] ?? [])[number])) }
      row.append(text(exact[number], digits: 5))
      row.append(deviationText((columns[1] ?? [])[number], from: exact[number]))
      rows.append(row)
    }
    var slopes: [[String]] = []
    for dimension in [1, 2, 4] {
      let law = 1 + 1 / rate - 0.5 * Double(dimension)
      let logarithms = (columns[dimension] ?? []).map(\.logarithm)
      for part in [0..<3, 3..<6] {
        let fit = LineFit(part.map { log(ratios[$0]) }, part.map { logarithms[$0] })
        // (B/η)(c − 1) has the slope (B/η)c against ln c.
        let middle = part.reduce(0) { $0 + ratios[$1] } / 3
        slopes.append([
          "\(dimension)", "\(ratios[part.lowerBound]) – \(ratios[part.upperBound - 1])",
          text(fit.slope), text(law, digits: 3), deviationText(fit.slope, from: law),
          text(middle / rate, digits: 3),
        ])
      }
    }
    return """
      ### First-passage times: t ∝ c^(φ − d/2), c = L(θs)/L(θ*)

      The same regression with B = 1 and η = 0.1 in d variables: the mean number of iterations from \
      θ* until L first exceeds cL*, over 500 escapes (200 for the last row). "Exact" solves \
      the equation T(θ) = 1 + (1/N) Σ T(θ − η∇ℓᵢ(θ)) of the discrete process for the same data.

      \(table(["c", "d = 1", "d = 2", "d = 4", "exact, d = 1", "from exact, in errors"], rows))
      Slopes of ln t against ln c:

      \(table(["d", "c", "measured", "φ − d/2", "from the law, in errors", "(B/η)c"], slopes))
      The times bend upwards in the log–log plot: no single power describes them. For normal data \
      the leading term as η → 0 is known: the cumulants of a step, \
      ln E e^(−p·∇ℓ) = −½ ln det(I + pθᵀ + θpᵀ − ppᵀ), vanish at p = 2θ, so that \
      ln t ≈ (B/η)|θ|² = (B/η)(c − 1), which has the slope (B/η)c. The law's (B/η) ln c is the \
      beginning of it around c = 1. The outliers of the noise point back to the minimum, and their \
      skewness undoes what the growth of its variance with the loss would do to the rate.

      """
  }
}

/// Records of ln(L/L*) along independent trajectories, summed for each of them.
private struct StationaryRecords {
  var counts: [Double] = []
  var sums: [Double] = []
  var tailCounts: [Double] = []
  var tailSums: [Double] = []

  /// - Parameters:
  ///   - mover: The process.
  ///   - data: Its loss.
  ///   - threshold: The tail begins where L/L* = 1 + its square.
  ///   - blocks: How many times eight trajectories.
  ///   - burnIn: How many steps are left out.
  ///   - stride: How many steps lie between two records.
  ///   - count: How many records of each trajectory.
  ///   - seed: The seed.
  init(
    mover: any Mover, data: RegressionData, threshold: Double, blocks: Int, burnIn: Int,
    stride: Int, count: Int, seed: UInt64
  ) async {
    let (minimum, curvature, floor) = (data.minimum[0], data.hessian[0, 0], data.floor)
    let parts = await withTaskGroup(of: (Int, [[Double]]).self) { group in
      for number in 0..<blocks {
        group.addTask {
          var block = TrajectoryBlock(dimension: 1)
          let stepper = mover.makeStepper(seed: seed)
          for lane in 0..<8 {
            block.place([minimum], lane: lane, stream: UInt64(8 * number + lane), basin: 0)
          }
          stepper.advance(&block, by: burnIn)
          var sums = [[Double]](repeating: [0, 0, 0, 0], count: 8)
          let start = log(1 + threshold * threshold)
          for _ in 0..<count {
            stepper.advance(&block, by: stride)
            for lane in 0..<8 {
              let distance = block.positions[0][lane] - minimum
              let value = log(1 + 0.5 * curvature * distance * distance / floor)
              sums[lane][0] += 1
              sums[lane][1] += value
              if value > start {
                sums[lane][2] += 1
                sums[lane][3] += value
              }
            }
          }
          return (number, sums)
        }
      }
      var all: [(Int, [[Double]])] = []
      for await part in group { all.append(part) }
      return all.sorted { $0.0 < $1.0 }.flatMap(\.1)
    }
    counts = parts.map { $0[0] }
    sums = parts.map { $0[1] }
    tailCounts = parts.map { $0[2] }
    tailSums = parts.map { $0[3] }
  }
}
