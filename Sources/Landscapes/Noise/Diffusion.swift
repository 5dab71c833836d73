public import LinearAlgebra

/// How a diffusion matrix depends on the position, so that solvers can take the short way.
public enum DiffusionForm: Sendable, Equatable {
  /// D·I with a constant D.
  case isotropic(Double)
  /// A constant matrix.
  case constant(Matrix)
  /// A matrix that depends on the position.
  case positionDependent
}

/// What a noise model may need to know of the basin that the trajectory is in.
public struct BasinAnchor: Sendable, Equatable {
  /// The minimum θ*.
  public let minimum: [Double]
  /// L(θ*).
  public let minimumEnergy: Double
  /// H(θ*).
  public let minimumHessian: Matrix
  /// The saddles over which the basin is left.
  public let saddles: [Saddle]

  /// A saddle of a basin.
  public struct Saddle: Sendable, Equatable {
    /// Where it lies.
    public let coordinates: [Double]
    /// Its energy.
    public let energy: Double
    /// The Hessian there.
    public let hessian: Matrix

    /// Describes a saddle.
    public init(coordinates: [Double], energy: Double, hessian: Matrix) {
      self.coordinates = coordinates
      self.energy = energy
      self.hessian = hessian
    }
  }

  /// Describes a basin.
  public init(
    minimum: [Double], minimumEnergy: Double, minimumHessian: Matrix, saddles: [Saddle] = []
  ) {
    self.minimum = minimum
    self.minimumEnergy = minimumEnergy
    self.minimumHessian = minimumHessian
    self.saddles = saddles
  }

  /// The saddle that is nearest to a point; the first of several.
  public func nearestSaddle(to x: [Double]) -> Int? {
    func distance(_ k: Int) -> Double {
      zip(saddles[k].coordinates, x).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return saddles.indices.min { distance($0) < distance($1) }
  }
}

/// The diffusion matrix D(x) of the canonical dynamics dx = b dt + √(2D) dW.
///
/// D is symmetric and positive-semidefinite, in units of parameter²·time⁻¹ with t = ηk.
public protocol Diffusion: Sendable {
  /// The number of variables.
  var dimension: Int { get }
  /// How D depends on the position.
  var form: DiffusionForm { get }
  /// Whether D jumps between pieces of the space.
  var isPiecewise: Bool { get }
  /// The number of the piece in which a point lies; D is continuous in each, and integrals over D
  /// are split between them.
  func piece(at x: [Double]) -> Int
  /// D(x); NaN elements where the model has no value at x.
  func matrix(at x: [Double]) -> Matrix
  /// The same model in a basin; models that refer to the current minimum use it, others return
  /// themselves.
  func anchored(at basin: BasinAnchor) -> any Diffusion
  /// D at eight points, row after row; nil where there is only `matrix(at:)`.
  var matrixLanes: CompiledField.VectorFunction<Lanes>? { get }
}

extension Diffusion {
  /// Most models are continuous.
  public var isPiecewise: Bool { false }
  /// All of space.
  public func piece(at x: [Double]) -> Int { 0 }
  /// Most models do not depend on the basin.
  public func anchored(at basin: BasinAnchor) -> any Diffusion { self }
  /// One point at a time.
  public var matrixLanes: CompiledField.VectorFunction<Lanes>? { nil }
}

/// Isotropic, constant noise: D·I.
public struct IsotropicDiffusion: Diffusion {
  /// The number of variables.
  public let dimension: Int
  /// D, the temperature of Langevin dynamics.
  public let strength: Double

  /// Creates the noise D·I.
  ///
  /// - Throws: `LandscapeError.invalidNoise` unless D is positive and finite.
  public init(dimension: Int, strength: Double) throws {
    guard strength > 0, strength.isFinite else {
      throw LandscapeError.invalidNoise(
        quantity: "diffusion strength", value: "\(strength)", accepted: "a positive number")
    }
    self.dimension = dimension
    self.strength = strength
  }

  /// Constant and isotropic.
  public var form: DiffusionForm { .isotropic(strength) }
  /// D·I, everywhere.
  public func matrix(at x: [Double]) -> Matrix { strength * .identity(dimension) }
}

/// A constant diffusion matrix.
public struct ConstantDiffusion: Diffusion {
  /// D.
  public let value: Matrix

  /// Creates noise with a constant matrix.
  ///
  /// - Throws: `LandscapeError.invalidNoise` unless D is square, symmetric and positive-semidefinite.
  public init(_ value: Matrix) throws {
    guard value.isSquare, value.elements.allSatisfy(\.isFinite),
      (value - value.transposed).largestMagnitude <= 1e-12 * value.largestMagnitude
    else {
      throw LandscapeError.invalidNoise(
        quantity: "diffusion matrix", value: "\((0..<value.rows).map { value.row($0) })",
        accepted: "a symmetric square matrix of finite numbers")
    }
    let smallest = try value.symmetricEigendecomposition().values.first ?? 0
    guard smallest >= -1e-12 * value.largestMagnitude, value.largestMagnitude > 0 else {
      throw LandscapeError.invalidNoise(
        quantity: "diffusion matrix", value: "one with the eigenvalue \(smallest)",
        accepted: "a positive-semidefinite matrix that is not zero")
    }
    self.value = value
  }

  /// The number of variables.
  public var dimension: Int { value.rows }
  /// Constant; isotropic where it is a multiple of the identity.
  public var form: DiffusionForm {
    let first = value[0, 0]
    return value == first * .identity(dimension) ? .isotropic(first) : .constant(value)
  }
  /// D, everywhere.
  public func matrix(at x: [Double]) -> Matrix { value }
}

/// A diffusion matrix given by a function of the position (formulas, models).
public struct FieldDiffusion: Diffusion {
  /// The number of variables.
  public let dimension: Int
  private let function: @Sendable ([Double]) -> Matrix

  /// Creates noise from a function that returns D(x).
  public init(dimension: Int, _ function: @escaping @Sendable ([Double]) -> Matrix) {
    self.dimension = dimension
    self.function = function
  }

  /// Position-dependent.
  public var form: DiffusionForm { .positionDependent }
  /// D(x).
  public func matrix(at x: [Double]) -> Matrix { function(x) }
}

/// Noise proportional to the absolute Hessian, D = scale·[H(x)]⁺ (Xie, equation 8).
public struct HessianDiffusion: Diffusion {
  private let field: CompiledField
  /// The factor before [H]⁺, η/2B for SGD.
  public let scale: Double

  /// Creates the noise from the landscape whose Hessian it follows.
  public init(field: CompiledField, scale: Double) {
    self.field = field
    self.scale = scale
  }

  /// The number of variables.
  public var dimension: Int { field.dimension }
  /// Position-dependent.
  public var form: DiffusionForm { .positionDependent }
  /// scale·[H(x)]⁺.
  public func matrix(at x: [Double]) -> Matrix {
    scale * field.hessian(at: x).absoluteSpectrum
  }
}

/// Xie's constant noises in the two parts of each climb (trap of the literal Hessian noise avoided):
/// D = scale·[H_a]⁺ in the part of the basin with L < L(a) + s(L(b) − L(a)), and scale·[H_b]⁺ above
/// it, where b is the nearest of the saddles over which the basin is left.
public struct TwoTemperatureDiffusion: Diffusion {
  private let field: CompiledField
  /// The factor before [H]⁺, η/2B for SGD.
  public let scale: Double
  /// The share s of the barrier below which the noise of the minimum rules.
  public let share: Double
  private let basin: BasinAnchor?
  /// scale·[H_a]⁺, then scale·[H_b]⁺ of each saddle.
  private let matrices: [Matrix]

  /// Creates the noise; until it is anchored in a basin it is the literal Hessian noise.
  public init(field: CompiledField, scale: Double, share: Double, basin: BasinAnchor? = nil) {
    self.field = field
    self.scale = scale
    self.share = share
    self.basin = basin
    matrices =
      basin.map { basin in
        ([basin.minimumHessian] + basin.saddles.map(\.hessian)).map {
          scale * $0.absoluteSpectrum
        }
      } ?? []
  }

  /// The number of variables.
  public var dimension: Int { field.dimension }
  /// Position-dependent.
  public var form: DiffusionForm { .positionDependent }
  /// Between the minimum's part and that of each saddle.
  public var isPiecewise: Bool { basin?.saddles.isEmpty == false }
  /// 0 in the part of the minimum, k + 1 in that of saddle k.
  public func piece(at x: [Double]) -> Int {
    guard let basin, let k = basin.nearestSaddle(to: x), let energy = field.energy(at: x) else {
      return 0
    }
    return energy < level(of: k, in: basin) ? 0 : k + 1
  }
  /// The matrix of the part of the basin in which x lies.
  public func matrix(at x: [Double]) -> Matrix {
    matrices.isEmpty ? scale * field.hessian(at: x).absoluteSpectrum : matrices[piece(at: x)]
  }
  /// The noise of one basin.
  public func anchored(at basin: BasinAnchor) -> any Diffusion {
    TwoTemperatureDiffusion(field: field, scale: scale, share: share, basin: basin)
  }
  /// The height at which the noise of a saddle takes over from that of the minimum.
  ///
  /// - Parameters:
  ///   - saddle: The number of the saddle.
  ///   - basin: Its basin.
  /// - Returns: L(a) + s(L(b) − L(a)).
  public func level(of saddle: Int, in basin: BasinAnchor) -> Double {
    basin.minimumEnergy + share * (basin.saddles[saddle].energy - basin.minimumEnergy)
  }
}

/// Noise proportional to the loss, D = scale·L(x)·H(θ*) (Mori, equations 6 and 12).
public struct LossHessianDiffusion: Diffusion {
  private let field: CompiledField
  /// The factor before L·H, η/B for SGD.
  public let scale: Double
  private let basin: BasinAnchor?

  /// Creates the noise; until it is anchored in a basin, H is taken where the trajectory is.
  public init(field: CompiledField, scale: Double, basin: BasinAnchor? = nil) {
    self.field = field
    self.scale = scale
    self.basin = basin
  }

  /// The number of variables.
  public var dimension: Int { field.dimension }
  /// Position-dependent.
  public var form: DiffusionForm { .positionDependent }
  /// scale·L(x)·[H(θ*)]⁺; zero where the loss is not positive.
  public func matrix(at x: [Double]) -> Matrix {
    let hessian = basin?.minimumHessian ?? field.hessian(at: x)
    let loss = max(field.energy(at: x) ?? .nan, 0)
    return (scale * loss) * hessian.absoluteSpectrum
  }
  /// The noise of one basin.
  public func anchored(at basin: BasinAnchor) -> any Diffusion {
    LossHessianDiffusion(field: field, scale: scale, basin: basin)
  }
}

extension Matrix {
  /// [A]⁺, the symmetric matrix with the same eigenvectors and absolute eigenvalues.
  public var absoluteSpectrum: Matrix {
    if rows == 1 { return Matrix(rows: 1, columns: 1, elements: [self[0, 0].magnitude]) }
    guard let eigen = try? symmetricEigendecomposition() else {
      return Matrix(rows: rows, columns: columns, repeating: .nan)
    }
    if let first = eigen.values.first, first >= 0 { return self }
    return eigen.mapValues(\.magnitude)
  }
}
