import Landscapes
import LinearAlgebra

/// How the increments √(2DΔt)·z are made, with everything computed that does not change from step
/// to step. Matrices are factors S with S Sᵀ = D, row after row, already times √(2Δt).
enum NoiseFactor: Sendable {
  /// Noise that is the same everywhere.
  case additive(AdditiveNoise)
  /// Noise that is not.
  case positionDependent(PositionDependentNoise)
}

/// Noise that is the same everywhere.
enum AdditiveNoise: Sendable {
  /// One number for all components.
  case isotropic(Double)
  /// A factor, row after row.
  case matrix([Double])
}

/// Noise that depends on the position.
enum PositionDependentNoise: Sendable {
  /// √L(x) times a factor that belongs to the basin: loss-proportional noise.
  case lossScaled([[Double]])
  /// One factor in the part of the minimum and one in that of each saddle: Xie's two temperatures,
  /// by basin.
  case twoLevel(below: [[Double]], saddles: [[SaddleLevel]])
  /// |H(x)| in one or two variables, in closed form; the number is its scale, times 2Δt.
  case absoluteHessian(Double)
  /// A matrix per point.
  case general(NoiseModels)

  /// Where a saddle lies, the energy from which its noise rules nearest to it, and its factor.
  struct SaddleLevel: Sendable {
    let coordinates: [Double]
    let level: Double
    let factor: [Double]
  }
}

extension NoiseFactor {
  /// Chooses the shortest way for a noise model.
  ///
  /// - Parameters:
  ///   - dynamics: The model and how it is read.
  ///   - anchors: The basins; empty where the model is used as it is.
  ///   - timeStep: Δt.
  /// - Throws: `LinearAlgebraError` for a matrix that has no factor.
  init(_ dynamics: Dynamics, anchors: [BasinAnchor], timeStep: Double) throws {
    let diffusion = dynamics.diffusion
    let scale = (2 * timeStep).squareRoot()
    func factor(_ matrix: Matrix) throws -> [Double] {
      (scale * (try matrix.semidefiniteSquareRoot())).elements
    }
    let isIto = dynamics.interpretation == .ito
    switch diffusion.form {
    case .isotropic(let strength):
      self = .additive(.isotropic((2 * strength * timeStep).squareRoot()))
    case .constant(let matrix):
      self = .additive(.matrix(try factor(matrix)))
    case .positionDependent:
      if let model = diffusion as? LossHessianDiffusion, !anchors.isEmpty, isIto {
        self = .positionDependent(
          .lossScaled(
            try anchors.map { try factor(model.scale * $0.minimumHessian.absoluteSpectrum) }))
      } else if let model = diffusion as? TwoTemperatureDiffusion, !anchors.isEmpty {
        self = .positionDependent(
          .twoLevel(
            below: try anchors.map {
              try factor(model.scale * $0.minimumHessian.absoluteSpectrum)
            },
            saddles: try anchors.map { anchor in
              try anchor.saddles.enumerated().map { number, saddle in
                PositionDependentNoise.SaddleLevel(
                  coordinates: saddle.coordinates, level: model.level(of: number, in: anchor),
                  factor: try factor(model.scale * saddle.hessian.absoluteSpectrum))
              }
            }))
      } else if let model = diffusion as? HessianDiffusion, model.dimension <= 2, isIto {
        self = .positionDependent(.absoluteHessian(2 * timeStep * model.scale))
      } else {
        self = .positionDependent(
          .general(
            NoiseModels(
              anchors.isEmpty ? [diffusion] : anchors.map { diffusion.anchored(at: $0) },
              interpretation: dynamics.interpretation)))
      }
    }
  }
}

/// Diffusion matrices that are evaluated at every step, one model per basin, or one for all.
struct NoiseModels: Sendable {
  private let models: [any Diffusion]
  private let interpretation: StochasticInterpretation
  private let dimension: Int
  /// The model over lanes, where all lanes have the same.
  private let lanes: CompiledField.VectorFunction<Lanes>?

  init(_ models: [any Diffusion], interpretation: StochasticInterpretation) {
    self.models = models
    self.interpretation = interpretation
    dimension = models[0].dimension
    lanes = models.count == 1 ? models[0].matrixLanes : nil
  }

  /// Writes a factor S of D(x) = S Sᵀ.
  func loadFactor(
    at x: UnsafeMutableBufferPointer<Lanes>, basins: [Int],
    into factor: UnsafeMutableBufferPointer<Lanes>
  ) {
    // Stratonovich noise is meant with the symmetric root; in one variable all roots are.
    if interpretation == .stratonovich, dimension > 1 {
      loadRoot(at: x, basins: basins, into: factor)
    } else {
      loadMatrix(at: x, basins: basins, into: factor)
      factorizeSemidefinite(factor, dimension)
    }
  }

  private func loadMatrix(
    at x: UnsafeMutableBufferPointer<Lanes>, basins: [Int],
    into matrix: UnsafeMutableBufferPointer<Lanes>
  ) {
    if let lanes {
      var span = matrix.mutableSpan
      lanes(x.span, &span)
    } else {
      loadEach(at: x, basins: basins, into: matrix) { $0 }
    }
  }

  private func loadRoot(
    at x: UnsafeMutableBufferPointer<Lanes>, basins: [Int],
    into root: UnsafeMutableBufferPointer<Lanes>
  ) {
    loadEach(at: x, basins: basins, into: root) { matrix in
      if let root = try? matrix.semidefiniteSquareRoot() { return root }
      // A matrix that is no diffusion shows in the trajectory.
      var nothing = matrix
      for i in nothing.elements.indices { nothing.elements[i] = .nan }
      return nothing
    }
  }

  private func loadEach(
    at x: UnsafeMutableBufferPointer<Lanes>, basins: [Int],
    into target: UnsafeMutableBufferPointer<Lanes>, _ transform: (Matrix) -> Matrix
  ) {
    for lane in basins.indices {
      let point = x.map { $0[lane] }
      let matrix = transform(models[min(basins[lane], models.count - 1)].matrix(at: point))
      for i in 0..<dimension * dimension { target[i][lane] = matrix.elements[i] }
    }
  }

  /// Adds what the interpretation adds to the Itô drift.
  func addDrift(
    at x: UnsafeMutableBufferPointer<Lanes>, basins: [Int],
    to drift: UnsafeMutableBufferPointer<Lanes>
  ) {
    guard interpretation != .ito else { return }
    let n = dimension
    let usesRoot = interpretation == .stratonovich && n > 1
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * n * n + n) { room in
      room.initialize(repeating: Lanes(0.0))
      func part(_ k: Int) -> UnsafeMutableBufferPointer<Lanes> {
        UnsafeMutableBufferPointer(rebasing: room[(k * n * n)..<((k + 1) * n * n)])
      }
      let (upper, lower, here) = (part(0), part(1), part(2))
      let point = UnsafeMutableBufferPointer(rebasing: room[(3 * n * n)..<(3 * n * n + n)])
      func load(_ target: UnsafeMutableBufferPointer<Lanes>) {
        if usesRoot {
          loadRoot(at: point, basins: basins, into: target)
        } else {
          loadMatrix(at: point, basins: basins, into: target)
        }
      }
      for i in 0..<n { point[i] = x[i] }
      if usesRoot { load(here) }
      for j in 0..<n {
        // Central differences; the step balances rounding and the third derivative.
        let size = x[j].absoluteValue
        let step =
          Lanes(6e-6) * Lanes.select(size - Lanes(1.0), nonnegative: size, negative: Lanes(1.0))
        point[j] = x[j] + step
        load(upper)
        point[j] = x[j] - step
        load(lower)
        point[j] = x[j]
        let scale = Lanes(0.5) / step
        for i in 0..<n {
          if usesRoot {
            // With S the root of D the root of 2D is √2·S: ½ · 2 Σₖ (∂ⱼSᵢₖ) Sⱼₖ.
            var sum = Lanes(0.0)
            for k in 0..<n { sum = sum + (upper[i * n + k] - lower[i * n + k]) * here[j * n + k] }
            drift[i] = drift[i] + scale * sum
          } else {
            let change = scale * (upper[i * n + j] - lower[i * n + j])
            // In one variable the Stratonovich term is half of the isothermal one.
            drift[i] =
              drift[i] + (interpretation == .stratonovich ? Lanes(0.5) * change : change)
          }
        }
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
