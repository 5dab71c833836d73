public import LinearAlgebra

/// How the product of a position-dependent noise with its increment is read.
public enum StochasticInterpretation: String, Sendable, CaseIterable {
  /// Itô: the noise is taken at the start of the step. SGD is an Itô process.
  case ito
  /// Stratonovich: the noise is taken in the middle of the step.
  case stratonovich
  /// Isothermal (anti-Itô, Hänggi–Klimontovich): the noise is taken at the end of the step.
  case isothermal
}

/// Which model of the gradient noise stands behind SGD dynamics.
public enum GradientNoise: String, Sendable, CaseIterable {
  /// D = (η/2B)·[H(x)]⁺, literally.
  case hessian
  /// Xie's two constant noises, one around the minimum and one around the saddle.
  case twoTemperature
  /// D = (η/B)·L(x)·H(θ*), Mori.
  case lossHessian
  /// D = (η/2)·C(x), the covariance of the mini-batch gradient of a loss over data.
  case gradientCovariance
  /// D = (η/2B)·σ²·I, σ² the mean per-sample variance, or 1 where there are no data.
  case isotropic
}

/// A drift's noise: the diffusion matrix and where it comes from.
public struct Dynamics: Sendable {
  /// Where the noise comes from.
  public enum Source: Sendable, Equatable {
    /// Langevin dynamics at a temperature.
    case langevin(temperature: Double)
    /// SGD with a model of its noise.
    case sgd(StochasticGradient, GradientNoise)
    /// A given diffusion matrix, constant or a function of the position.
    case diffusion
  }

  /// The diffusion matrix.
  public let diffusion: any Diffusion
  /// Where it comes from.
  public let source: Source
  /// How position-dependent noise is read.
  public let interpretation: StochasticInterpretation
  /// The per-sample gradient covariance C₁(x) of a loss over data, where there is one.
  public let gradientCovariance: (@Sendable ([Double]) -> Matrix)?

  /// Creates dynamics from a diffusion matrix.
  public init(
    diffusion: any Diffusion, source: Source = .diffusion,
    interpretation: StochasticInterpretation = .ito,
    gradientCovariance: (@Sendable ([Double]) -> Matrix)? = nil
  ) {
    self.diffusion = diffusion
    self.source = source
    self.interpretation = interpretation
    self.gradientCovariance = gradientCovariance
  }

  /// Langevin dynamics, D = temperature·I.
  ///
  /// - Throws: `LandscapeError.invalidNoise` unless the temperature is positive and finite.
  public static func langevin(temperature: Double, dimension: Int) throws -> Dynamics {
    guard temperature > 0, temperature.isFinite else {
      throw LandscapeError.invalidNoise(
        quantity: "temperature", value: "\(temperature)", accepted: "a positive number")
    }
    return Dynamics(
      diffusion: try IsotropicDiffusion(dimension: dimension, strength: temperature),
      source: .langevin(temperature: temperature))
  }

  /// SGD with a model of its noise.
  ///
  /// - Parameters:
  ///   - settings: Learning rate, batch size, sampling.
  ///   - noise: The model of the gradient noise.
  ///   - field: The landscape.
  ///   - twoTemperatureShare: s of Xie's Theorem 3.2, for `.twoTemperature`.
  ///   - gradientCovariance: C₁(x), normalised by N, for `.gradientCovariance` and `.isotropic`.
  /// - Returns: The dynamics in canonical form.
  /// - Throws: `LandscapeError.invalidNoise` where the model needs what is not there.
  public static func sgd(
    _ settings: StochasticGradient, noise: GradientNoise, field: CompiledField,
    twoTemperatureShare: Double = 0.5,
    gradientCovariance: (@Sendable ([Double]) -> Matrix)? = nil
  ) throws -> Dynamics {
    let n = field.dimension
    if noise != .isotropic, noise != .gradientCovariance, !field.isGradient {
      throw LandscapeError.invalidNoise(
        quantity: "noise", value: "\"\(noise.rawValue)\"",
        accepted: "\"isotropic\" or a diffusion matrix, because the drift is not a gradient")
    }
    let scale = settings.diffusionScale
    let diffusion: any Diffusion
    switch noise {
    case .hessian:
      diffusion = HessianDiffusion(field: field, scale: scale)
    case .twoTemperature:
      diffusion = TwoTemperatureDiffusion(field: field, scale: scale, share: twoTemperatureShare)
    case .lossHessian:
      diffusion = LossHessianDiffusion(field: field, scale: settings.lossHessianScale)
    case .gradientCovariance:
      guard let gradientCovariance else {
        throw LandscapeError.invalidNoise(
          quantity: "noise", value: "\"gradientCovariance\"",
          accepted: "\"hessian\", \"twoTemperature\", \"lossHessian\" or \"isotropic\", "
            + "because only a model over data has per-sample gradients")
      }
      diffusion = FieldDiffusion(dimension: n) { scale * gradientCovariance($0) }
    case .isotropic:
      if let gradientCovariance {
        diffusion = FieldDiffusion(dimension: n) {
          (scale * gradientCovariance($0).trace / Double(n)) * .identity(n)
        }
      } else {
        diffusion = try IsotropicDiffusion(dimension: n, strength: scale)
      }
    }
    return Dynamics(
      diffusion: diffusion, source: .sgd(settings, noise), gradientCovariance: gradientCovariance)
  }

  /// The same noise, read in another way.
  public func interpreted(as interpretation: StochasticInterpretation) -> Dynamics {
    Dynamics(
      diffusion: diffusion, source: source, interpretation: interpretation,
      gradientCovariance: gradientCovariance)
  }

  /// Whether the noise is proportional to the loss.
  public var isLossProportional: Bool {
    if case .sgd(_, .lossHessian) = source { true } else { false }
  }

  /// The settings of SGD, where the dynamics are SGD.
  public var stochasticGradient: StochasticGradient? {
    if case .sgd(let settings, _) = source { settings } else { nil }
  }
}
