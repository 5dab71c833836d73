import Foundation

/// Mini-batch SGD of a linear regression in one variable with normal targets, solved without
/// simulation: θ ← (1 − ηm)θ + η√(m/B) z, where m is the mean of x² over the batch and z is
/// standard normal. The loss is L = ½(1 + u²) with u = θ.
struct ExactRegression {
  /// The values of m and their probabilities.
  let squares: [(m: Double, weight: Double)]
  let batchSize: Int
  let learningRate: Double
  /// The variance of the noise at the minimum, 1 in the unit of 2L*H.
  let noiseRatio: Double

  /// - Parameters:
  ///   - feature: How x is distributed.
  ///   - batchSize: B.
  ///   - learningRate: η, times h* where that is not 1.
  ///   - noiseRatio: The variance of the noise at the minimum over 2L*H.
  ///   - reach: How far into the tail of m the quadrature goes.
  ///   - nodes: The nodes of the quadrature.
  init(
    _ feature: RegressionData.Feature, batchSize: Int, learningRate: Double,
    noiseRatio: Double = 1, reach: Double = 8, nodes: Int = 160
  ) {
    self.noiseRatio = noiseRatio
    self.batchSize = batchSize
    self.learningRate = learningRate
    let b = Double(batchSize)
    switch feature {
    case .normal:
      // B·m is chi-square with B degrees of freedom: r = √(Bm) has the density ∝ r^(B−1) e^(−r²/2).
      let width = (b.squareRoot() + reach) / Double(nodes)
      let values = (0..<nodes).map { (Double($0) + 0.5) * width }
      let densities = values.map { exp((b - 1) * log($0) - 0.5 * $0 * $0) }
      let total = densities.reduce(0, +)
      squares = zip(values, densities).map { ($0 * $0 / b, $1 / total) }
    case .threeValues:
      squares = (0...batchSize).map { k in
        let logarithm = lgamma(b + 1) - lgamma(Double(k) + 1) - lgamma(b - Double(k) + 1)
        return (2 * Double(k) / b, exp(logarithm - b * log(2)))
      }
    }
  }

  /// α with E|1 − ηm|^α = 1: the tail P(|θ| > t) ∝ t^(−α) (Kesten 1973, Goldie 1991); nil where
  /// |1 − ηm| never exceeds 1, so that the tail is no power.
  var tailExponent: Double? {
    guard squares.contains(where: { abs(1 - learningRate * $0.m) > 1 }) else { return nil }
    func excess(_ alpha: Double) -> Double {
      squares.reduce(-1) { $0 + $1.weight * pow(abs(1 - learningRate * $1.m), alpha) }
    }
    var upper = 1.0
    while excess(upper) < 0 {
      upper *= 1.25
      if upper > 2000 { return nil }
    }
    return bisect(upper / 1.25, upper, excess)
  }

  /// The stationary law of |u| on cells, and the means of ln(1 + u²) that the fits use.
  ///
  /// - Parameter thresholds: From where on u counts.
  /// - Returns: For each threshold, the next edge of a cell, the probability to lie beyond, and the
  ///   mean of ln(1 + u²) there.
  func stationaryMeans(
    beyond thresholds: [Double]
  ) -> [(edge: Double, probability: Double, mean: Double)] {
    let scale = 2 * (learningRate / (2 * Double(batchSize))).squareRoot()
    let count = 320
    let edges = (0...count).map { scale * sinh(0.02 * Double($0)) }
    let centres = (0..<count).map { 0.5 * (edges[$0] + edges[$0 + 1]) }
    var transitions = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for (m, weight) in squares {
        let mean = (1 - learningRate * m) * centres[i]
        let spread = learningRate * (noiseRatio * m / Double(batchSize)).squareRoot()
        var last = 0.0
        for j in 0..<count {
          // The probability that |u| < edge.
          let edge = edges[j + 1]
          let inside: Double
          if spread > 0 {
            let unit = 1 / (spread * 2.0.squareRoot())
            inside = 0.5 * (erf((edge - mean) * unit) + erf((edge + mean) * unit))
          } else {
            inside = abs(mean) < edge ? 1 : 0
          }
          transitions[i * count + j] += weight * (inside - last)
          last = inside
          if 1 - inside < 1e-17 { break }
        }
        transitions[i * count + count - 1] += weight * (1 - last)
      }
    }
    var law = [Double](repeating: 1 / Double(count), count: count)
    let sweeps = Int(40 / learningRate) + 200
    for _ in 0..<sweeps {
      var next = [Double](repeating: 0, count: count)
      for i in 0..<count where law[i] > 0 {
        for j in 0..<count { next[j] += law[i] * transitions[i * count + j] }
      }
      let total = next.reduce(0, +)
      law = next.map { $0 / total }
    }
    return thresholds.map { threshold in
      let first = edges.firstIndex { $0 >= threshold } ?? count
      var (mass, sum) = (0.0, 0.0)
      for j in first..<count {
        mass += law[j]
        sum += law[j] * log(1 + centres[j] * centres[j])
      }
      return (edges[first], mass, sum / mass)
    }
  }
}

/// The exponent φ of a density ∝ (1 + u²)^(−φ) on u > u₀ by maximum likelihood: the mean of
/// ln(1 + u²) under the density is set to that of the data.
struct PowerLawFit {
  let threshold: Double

  /// E ln(1 + u²) for u = tan a, whose density is ∝ cos^(2φ−2) a.
  func expectedLogarithm(_ phi: Double) -> Double {
    let start = atan(threshold)
    let count = 2000
    let width = (0.5 * .pi - start) / Double(count)
    var (mass, sum) = (0.0, 0.0)
    for k in 0..<count {
      let logarithm = log(cos(start + (Double(k) + 0.5) * width))
      // Relative to the start, where the density is largest.
      let weight = exp((2 * phi - 2) * (logarithm - log(cos(start))))
      mass += weight
      sum -= 2 * logarithm * weight
    }
    return sum / mass
  }

  /// φ for a mean of ln(1 + u²).
  func exponent(meanLogarithm: Double) -> Double {
    bisect(1, 400) { expectedLogarithm($0) - meanLogarithm }
  }

  /// φ from independent trajectories, with the error of the delete-one jackknife.
  func exponent(counts: [Double], sums: [Double]) -> Estimate {
    let (count, sum) = (counts.reduce(0, +), sums.reduce(0, +))
    let value = exponent(meanLogarithm: sum / count)
    let n = Double(counts.count)
    let others = zip(counts, sums).map { exponent(meanLogarithm: (sum - $1) / (count - $0)) }
    let mean = others.reduce(0, +) / n
    let variance = others.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * (n - 1) / n
    return Estimate(value: value, error: variance.squareRoot())
  }
}
