import Landscapes
import LinearAlgebra
import LossModels
import Simulation

/// Data for linear regression without a bias, and their quadratic loss in closed form.
struct RegressionData: Sendable {
  /// How a feature is distributed; its mean square is 1.
  enum Feature: String, Sendable {
    /// Standard normal, as in the paper: the fourth moment is 3.
    case normal
    /// 0 or ±√2: the fourth moment is 2, for which the decoupling of loss and curvature is exact.
    case threeValues
  }

  let model: LinearRegression
  let features: [[Double]]
  let targets: [Double]
  let hessian: Matrix
  /// θ*.
  let minimum: [Double]
  /// L(θ*).
  let floor: Double
  /// The variance of the first feature's gradient at θ* over 2L*H: 1 but for the scatter of samples.
  let noiseRatio: Double

  /// Draws data.
  ///
  /// - Parameters:
  ///   - dimension: d.
  ///   - samples: N.
  ///   - feature: How features are distributed; targets are standard normal.
  ///   - scale: What the features are multiplied by.
  ///   - seed: The seed.
  /// - Throws: `LinearAlgebraError` where the loss has no single minimum.
  init(
    dimension: Int, samples: Int, feature: Feature = .normal, scale: Double = 1, seed: UInt64
  ) throws {
    var stream = RandomStream(seed: seed, index: 1 << 40, purpose: .process)
    var rows: [[Double]] = []
    var targets: [Double] = []
    for _ in 0..<samples {
      rows.append(
        (0..<dimension).map { _ in
          switch feature {
          case .normal: return scale * stream.nextNormal()
          case .threeValues:
            let word = stream.next()
            return word & 1 == 0 ? 0 : scale * (word & 2 == 0 ? 1 : -1) * 2.0.squareRoot()
          }
        })
      targets.append(stream.nextNormal())
    }
    var hessian = Matrix(rows: dimension, columns: dimension)
    var slope = [Double](repeating: 0, count: dimension)
    var square = 0.0
    let n = Double(samples)
    for (x, y) in zip(rows, targets) {
      square += y * y / n
      for i in 0..<dimension {
        slope[i] += x[i] * y / n
        for j in 0..<dimension { hessian[i, j] += x[i] * x[j] / n }
      }
    }
    self.features = rows
    self.targets = targets
    self.hessian = hessian
    minimum = try hessian.solve(slope)
    floor = 0.5 * (square - dot(slope, minimum))
    var variance = 0.0
    for (x, y) in zip(rows, targets) {
      let residual = dot(x, minimum) - y
      variance += x[0] * x[0] * residual * residual / n
    }
    noiseRatio = variance / (2 * floor * hessian[0, 0])
    model = try LinearRegression(
      data: DataSet(features: rows, target: .numbers(targets)), bias: false)
  }

  /// The loss without its samples.
  var landscape: QuadraticLoss {
    QuadraticLoss(hessian: hessian.elements, minimum: minimum, floor: floor)
  }
}

/// L* + ½ (θ − θ*)ᵀ H (θ − θ*).
struct QuadraticLoss: Landscape {
  /// H, row after row.
  let hessian: [Double]
  let minimum: [Double]
  let floor: Double
  var dimension: Int { minimum.count }

  func energy<S: Scalar>(at x: Span<S>) -> S {
    let n = minimum.count
    var sum = S(0.0)
    for i in 0..<n {
      for j in 0..<n {
        sum += S(hessian[i * n + j]) * (x[i] - S(minimum[i])) * (x[j] - S(minimum[j]))
      }
    }
    return S(floor) + S(0.5) * sum
  }

  func gradient<S: Scalar>(at x: Span<S>, into gradient: inout MutableSpan<S>) {
    let n = minimum.count
    for i in 0..<n {
      gradient[i] = S(0.0)
      for j in 0..<n { gradient[i] += S(hessian[i * n + j]) * (x[j] - S(minimum[j])) }
    }
  }
}
