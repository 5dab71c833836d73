public import Landscapes
public import LinearAlgebra

/// How a step of dx = b(x) dt + √(2D(x)) dW is made.
public enum IntegrationMethod: String, Sendable, CaseIterable {
  /// x + b Δt + √(2D) ΔW (Maruyama 1955): any noise; weak order 1.
  case eulerMaruyama
  /// The predictor and corrector of Heun, with two drifts a step: noise that does not depend on the
  /// position; weak order 2 (Kloeden and Platen 1992, section 15.1).
  case heun
  /// x + b Δt + √(2D) (ΔWₙ + ΔWₙ₊₁)/2 (Leimkuhler and Matthews 2013): the gradient of an energy
  /// with D·I. Averages of the stationary state are of order 2, at one drift a step; the way
  /// there is of order 1.
  case leimkuhlerMatthews
}

/// A numerical solution of dx = b(x) dt + √(2D(x)) dW, eight trajectories at a time.
///
/// A noise model that refers to the current minimum (loss times Hessian, two temperatures) is
/// anchored in the basin of each trajectory: for exits the one that it starts in, for occupancies
/// that of the last core set which it visited.
///
/// Noise that depends on the position is read as the dynamics say. Isothermal noise adds ∇·D to
/// the Itô drift, Stratonovich noise ½ Σⱼₖ (∂ⱼSᵢₖ) Sⱼₖ, S the symmetric root of 2D; the derivatives
/// are central differences.
public struct StochasticIntegrator: Mover {
  /// The drift.
  public let field: CompiledField
  /// The noise.
  public let dynamics: Dynamics
  /// Δt.
  public let timeStep: Double
  /// How a step is made.
  public let method: IntegrationMethod
  /// The box whose walls reflect; nil for free space.
  public let reflecting: Domain?
  let anchors: [BasinAnchor]
  /// Whether the noise jumps between parts of a basin.
  let hasJumps: Bool
  let noise: NoiseFactor

  /// Prepares the integration.
  ///
  /// - Parameters:
  ///   - field: The drift b. A noise model that is made from a landscape must be made from it.
  ///   - dynamics: The noise D.
  ///   - timeStep: Δt, positive.
  ///   - method: How a step is made.
  ///   - anchors: The basins that noise models may refer to, one per minimum:
  ///     `StationaryNetwork.basinAnchors`. Empty: the models are used as they are.
  ///   - reflecting: A box whose walls reflect the trajectories.
  /// - Throws: `SimulationError` for a time step that is not positive, sizes that do not agree, a
  ///   method that does not fit the noise, or noise that jumps and is not Itô;
  ///   `LinearAlgebraError` for a matrix that is no diffusion.
  public init(
    field: CompiledField, dynamics: Dynamics, timeStep: Double,
    method: IntegrationMethod = .eulerMaruyama, anchors: [BasinAnchor] = [],
    reflecting: Domain? = nil
  ) throws {
    guard timeStep > 0, timeStep.isFinite else {
      throw SimulationError.invalidSetting(
        name: "timeStep", value: "\(timeStep)", accepted: "a positive number")
    }
    guard dynamics.diffusion.dimension == field.dimension else {
      throw SimulationError.dimensionMismatch(
        quantity: "diffusion", expected: field.dimension, found: dynamics.diffusion.dimension)
    }
    if let reflecting, reflecting.dimension != field.dimension {
      throw SimulationError.dimensionMismatch(
        quantity: "reflecting box", expected: field.dimension, found: reflecting.dimension)
    }
    let form = dynamics.diffusion.form
    switch method {
    case .eulerMaruyama: break
    case .heun:
      if form == .positionDependent {
        throw SimulationError.unsuitableMethod(
          method.rawValue, needs: "noise that does not depend on the position")
      }
    case .leimkuhlerMatthews:
      guard field.isGradient, case .isotropic = form else {
        throw SimulationError.unsuitableMethod(
          method.rawValue, needs: "the gradient of an energy and isotropic, constant noise")
      }
    }
    let hasJumps =
      dynamics.diffusion.isPiecewise
      || anchors.contains { dynamics.diffusion.anchored(at: $0).isPiecewise }
    if hasJumps, dynamics.interpretation != .ito {
      throw SimulationError.unsupportedInterpretation(dynamics.interpretation.rawValue)
    }
    self.field = field
    self.dynamics = dynamics
    self.timeStep = timeStep
    self.method = method
    self.reflecting = reflecting
    self.anchors = anchors
    self.hasJumps = hasJumps
    noise = try NoiseFactor(dynamics, anchors: anchors, timeStep: timeStep)
  }

  /// The number of variables.
  public var dimension: Int { field.dimension }
  /// The numbers stand for a process in continuous time.
  public var isContinuous: Bool { true }

  /// D(x) for a trajectory whose noise refers to the given minimum.
  public func diffusion(at x: [Double], basin: Int) -> Matrix? {
    guard basin < anchors.count else { return dynamics.diffusion.matrix(at: x) }
    return dynamics.diffusion.anchored(at: anchors[basin]).matrix(at: x)
  }

  /// D where it is the same everywhere.
  public var constantDiffusion: Matrix? {
    guard dynamics.diffusion.form != .positionDependent else { return nil }
    return dynamics.diffusion.matrix(at: [Double](repeating: 0, count: dimension))
  }

  /// What advances one block.
  public func makeStepper(seed: UInt64) -> any Stepper {
    switch noise {
    case .additive(let noise):
      AdditiveNoiseStepper(
        noise: noise, field: field, timeStep: timeStep, method: method, walls: reflecting,
        seed: seed)
    case .positionDependent(let noise):
      EulerMaruyamaStepper(scheme: self, noise: noise, seed: seed)
    }
  }
}
