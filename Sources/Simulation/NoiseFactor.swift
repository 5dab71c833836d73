import Landscapes
import LinearAlgebra

/// How the increments √(2DΔt)·z are made, with everything computed that does not change from step
/// to step. Matrices are factors S with S Sᵀ = D, row after row, already times √(2Δt).
enum NoiseFactor: Sendable {
  /// One number for all components.
  case isotropic(Double)
  /// A constant factor.
  case constant([Double])
  /// √L(x) times a factor that belongs to the basin: loss-proportional noise.
  case lossScaled([[Double]])
  /// One factor in the part of the minimum and one in that of each saddle: Xie's two temperatures,
  /// by basin.
  case twoLevel(below: [[Double]], saddles: [[SaddleLevel]])
  /// |H(x)| in one or two variables, in closed form; the number is its scale, times 2Δt.
  case absoluteHessian(Double)
  /// A matrix per point, factorised in lanes; one model per basin, or one for all.
  case general([any Diffusion])

  /// Where a saddle lies, the energy from which its noise rules nearest to it, and its factor.
  struct SaddleLevel: Sendable {
    let coordinates: [Double]
    let level: Double
    let factor: [Double]
  }

  /// Chooses the shortest way for a noise model.
  ///
  /// - Parameters:
  ///   - diffusion: The model.
  ///   - anchors: The basins; empty where the model is used as it is.
  ///   - timeStep: Δt.
  /// - Throws: `LinearAlgebraError` for a matrix that has no factor.
  init(_ diffusion: any Diffusion, anchors: [BasinAnchor], timeStep: Double) throws {
    let scale = (2 * timeStep).squareRoot()
    func factor(_ matrix: Matrix) throws -> [Double] {
      (scale * (try matrix.semidefiniteSquareRoot())).elements
    }
    switch diffusion.form {
    case .isotropic(let strength):
      self = .isotropic((2 * strength * timeStep).squareRoot())
    case .constant(let matrix):
      self = .constant(try factor(matrix))
    case .positionDependent:
      if let model = diffusion as? LossHessianDiffusion, !anchors.isEmpty {
        self = .lossScaled(
          try anchors.map { try factor(model.scale * $0.minimumHessian.absoluteSpectrum) })
      } else if let model = diffusion as? TwoTemperatureDiffusion, !anchors.isEmpty {
        self = .twoLevel(
          below: try anchors.map { try factor(model.scale * $0.minimumHessian.absoluteSpectrum) },
          saddles: try anchors.map { anchor in
            try anchor.saddles.enumerated().map { number, saddle in
              SaddleLevel(
                coordinates: saddle.coordinates, level: model.level(of: number, in: anchor),
                factor: try factor(model.scale * saddle.hessian.absoluteSpectrum))
            }
          })
      } else if let model = diffusion as? HessianDiffusion, model.dimension <= 2 {
        self = .absoluteHessian(2 * timeStep * model.scale)
      } else {
        self = .general(
          anchors.isEmpty ? [diffusion] : anchors.map { diffusion.anchored(at: $0) })
      }
    }
  }
}

/// A lower-triangular factor S with S Sᵀ = A of a positive-semidefinite matrix, in lanes.
///
/// A pivot that is zero to rounding gives a zero column; one that is truly negative gives NaN,
/// so that a matrix which is no diffusion shows.
///
/// - Parameters:
///   - a: The matrix, row after row; replaced by the factor (upper triangle zero).
///   - n: The number of rows.
func factorizeSemidefinite(_ a: UnsafeMutableBufferPointer<Lanes>, _ n: Int) {
  var largest = Lanes(0.0)
  for j in 0..<n {
    let value = a[j * n + j]
    largest = Lanes.select(value - largest, nonnegative: value, negative: largest)
  }
  let tolerance = largest * Lanes(1e-13)
  for j in 0..<n {
    var pivot = a[j * n + j]
    for k in 0..<j { pivot = pivot - a[j * n + k].squared() }
    let isPositive = pivot - tolerance
    let nothing = Lanes.select(
      pivot + Lanes(1e3) * tolerance, nonnegative: Lanes(0.0), negative: Lanes(.nan))
    let diagonal = Lanes.select(isPositive, nonnegative: pivot, negative: Lanes(1.0)).squareRoot()
    for i in (j + 1)..<max(n, j + 1) {
      var sum = a[i * n + j]
      for k in 0..<j { sum = sum - a[i * n + k] * a[j * n + k] }
      a[i * n + j] = Lanes.select(isPositive, nonnegative: sum / diagonal, negative: nothing)
    }
    a[j * n + j] = Lanes.select(isPositive, nonnegative: diagonal, negative: nothing)
    for i in 0..<j { a[i * n + j] = Lanes(0.0) }
  }
}
