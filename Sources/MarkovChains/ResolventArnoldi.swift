import LinearAlgebra

/// The Arnoldi iteration on P = σ(σ − Q)⁻¹, the chain seen at exponential times of rate σ.
///
/// P is stochastic and computed without subtraction; an eigenvalue λ of −Q becomes θ = σ/(σ + λ). So
/// at each scale σ of a stiff chain plain vectors of doubles show the eigenvalues of about that size:
/// much smaller ones are near 1 and much larger ones near 0.
struct ResolventArnoldi {
  private let reduction: StateReduction<ScaledNumber>
  private let scale: ScaledNumber
  private let count: Int

  init(_ network: RateNetwork<ScaledNumber>, scale: ScaledNumber) {
    var shifted = network
    shifted.escapes = network.escapes.map { $0 + scale }
    reduction = StateReduction(shifted)
    self.scale = scale
    count = network.stateCount
  }

  private func applied(to vector: [Double]) -> [Double] {
    reduction.solve(vector.map { ScaledNumber($0) * scale }).map(\.value)
  }

  /// Converged eigenvalues λ of the size of σ, smallest first.
  func eigenvalues(dimension: Int) throws -> [ComplexScaledNumber] {
    let size = min(dimension, count)
    var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
    let start = (0..<count).map { _ in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(seed >> 11) * 0x1p-52 - 1
    }
    var basis = [Self.normalized(applied(to: start)).vector]
    var hessenberg = Matrix(rows: size, columns: size)
    var remainder = 0.0
    var used = size
    for k in 0..<size {
      var next = applied(to: basis[k])
      for _ in 0..<2 {
        for (j, vector) in basis.enumerated() {
          let part = dot(vector, next)
          hessenberg[j, k] += part
          for i in next.indices { next[i] -= part * vector[i] }
        }
      }
      let (direction, length) = Self.normalized(next)
      remainder = length
      guard length > 1e-13 else {
        remainder = 0
        used = k + 1
        break
      }
      if k + 1 < size { hessenberg[k + 1, k] = length }
      basis.append(direction)
    }
    var square = Matrix(rows: used, columns: used)
    for i in 0..<used { for j in 0..<used { square[i, j] = hessenberg[i, j] } }
    let eigen = try square.eigendecomposition()
    var result: [ComplexScaledNumber] = []
    for (value, vector) in zip(eigen.values, eigen.vectors) {
      let (a, b) = (vector.real[used - 1], vector.imaginary[used - 1])
      let length = (dot(vector.real, vector.real) + dot(vector.imaginary, vector.imaginary))
        .squareRoot()
      let error = remainder * (a * a + b * b).squareRoot() / length
      let theta = ComplexScaledNumber(
        real: ScaledNumber(value.real), imaginary: ScaledNumber(value.imaginary))
      let distance = ComplexScaledNumber.one - theta
      guard value.magnitude > 1e-3, error < 1e-5 * value.magnitude,
        distance.magnitude.value > 1e-6
      else { continue }
      result.append(ComplexScaledNumber(real: scale) * distance / theta)
    }
    return result.sorted { $0.magnitude < $1.magnitude }
  }

  private static func normalized(_ vector: [Double]) -> (vector: [Double], length: Double) {
    let length = norm(vector)
    return (length > 0 ? vector.map { $0 / length } : vector, length)
  }
}
