import LinearAlgebra

/// The rate at which probability leaves a set of states that communicate, when it has been there for
/// long: the smallest eigenvalue λ of −Q on the set, whose left eigenvector is the quasi-stationary
/// distribution (Darroch & Seneta 1967).
///
/// 1/λ is the largest eigenvalue of N = (−Q)⁻¹, a positive matrix that state reduction applies without
/// subtraction. Powers of N converge in a few steps where one decay is the slowest by far, and the
/// extreme ratios of two iterates enclose λ (Collatz 1942, Wielandt 1950). Where decays are of similar
/// speed Arnoldi's method takes over, on x⁻¹ N x with the iterate x, whose elements are all of the
/// order of one.
enum QuasiStationaryDecay {
  private static let powerSteps = 40
  private static let tolerance = 1e-14

  /// The rate λ.
  ///
  /// - Parameter reduction: The network on the set; from each of its states all others and an escape
  ///   are reached.
  /// - Returns: λ.
  /// - Throws: `MarkovChainError.spectrumNotConverged`.
  static func rate(of reduction: StateReduction<ScaledNumber>) throws -> ScaledNumber {
    var x = reduction.solve([ScaledNumber](repeating: .one, count: reduction.pivots.count))
    var mean = ScaledNumber.zero
    for _ in 0..<powerSteps {
      let next = reduction.solve(x)
      let rates = zip(x, next).map { $0 / $1 }
      let (low, high) = (rates.min() ?? .zero, rates.max() ?? .zero)
      mean = ScaledNumber(0.5) * (low + high)
      if ((high - low) / mean).value <= tolerance * Double(x.count).squareRoot() + tolerance {
        return mean
      }
      x = next
    }
    return try refined(reduction, weights: x, mean: mean)
  }

  private static func refined(
    _ reduction: StateReduction<ScaledNumber>, weights: [ScaledNumber], mean: ScaledNumber
  ) throws -> ScaledNumber {
    let count = weights.count
    let size = min(40, count)
    var start = [Double](repeating: 1, count: count)
    for _ in 0..<50 {
      var basis = [scaled(start, by: 1 / norm(start))]
      var projection = Matrix(rows: size, columns: size)
      var used = size
      var rest = 0.0
      for k in 0..<size {
        let image = reduction.solve(zip(weights, basis[k]).map { $0 * ScaledNumber($1) })
        var vector = zip(image, weights).map { ($0 / $1 * mean).value }
        let length = norm(vector)
        for _ in 0..<2 {
          for j in 0...k {
            let share = dot(basis[j], vector)
            projection[j, k] += share
            for i in 0..<count { vector[i] -= share * basis[j][i] }
          }
        }
        rest = norm(vector)
        if k + 1 == size || rest <= 1e-15 * length {
          used = k + 1
          break
        }
        projection[k + 1, k] = rest
        basis.append(scaled(vector, by: 1 / rest))
      }
      var square = Matrix(rows: used, columns: used)
      for i in 0..<used { for j in 0..<used { square[i, j] = projection[i, j] } }
      let eigen = try square.eigendecomposition()
      guard let value = eigen.values.last, let vector = eigen.vectors.last?.real, value.real > 0
      else { break }
      var next = [Double](repeating: 0, count: count)
      for (share, column) in zip(vector, basis) {
        for i in 0..<count { next[i] += share * column[i] }
      }
      let residual = rest * (vector.last ?? 0).magnitude / norm(vector)
      if residual <= 1e-13 * value.real { return mean / ScaledNumber(value.real) }
      start = next
    }
    throw MarkovChainError.spectrumNotConverged(stateCount: count)
  }

  private static func scaled(_ vector: [Double], by factor: Double) -> [Double] {
    vector.map { factor * $0 }
  }
}
