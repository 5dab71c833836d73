/// The settings of stochastic gradient descent that fix the size of its noise.
public struct StochasticGradient: Sendable, Equatable {
  /// The learning rate η; one iteration takes the time η.
  public let learningRate: Double
  /// The batch size B.
  public let batchSize: Int
  /// Whether a batch may hold a sample twice.
  public let replacement: Bool
  /// The number of samples N, where there are data.
  public let sampleCount: Int?

  /// Creates and checks the settings.
  ///
  /// - Parameters:
  ///   - learningRate: η, positive.
  ///   - batchSize: B, at least 1, and at most N where samples are drawn without replacement.
  ///   - replacement: Whether samples are drawn with replacement.
  ///   - sampleCount: N, where there are data.
  /// - Throws: `LandscapeError.invalidNoise` that names the setting.
  public init(
    learningRate: Double, batchSize: Int, replacement: Bool = true, sampleCount: Int? = nil
  ) throws {
    guard learningRate > 0, learningRate.isFinite else {
      throw LandscapeError.invalidNoise(
        quantity: "learningRate", value: "\(learningRate)", accepted: "a positive number")
    }
    guard batchSize >= 1 else {
      throw LandscapeError.invalidNoise(
        quantity: "batchSize", value: "\(batchSize)", accepted: "a whole number from 1")
    }
    if let sampleCount, batchSize > sampleCount {
      throw LandscapeError.invalidNoise(
        quantity: "batchSize", value: "\(batchSize)",
        accepted: "at most the number of samples, \(sampleCount)")
    }
    if !replacement, let sampleCount, batchSize == sampleCount {
      throw LandscapeError.invalidNoise(
        quantity: "batchSize", value: "\(batchSize)",
        accepted: "less than the number of samples, \(sampleCount), without replacement "
          + "(a full batch has no noise)")
    }
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.replacement = replacement
    self.sampleCount = sampleCount
  }

  /// C/C₁: what a mini-batch makes of the per-sample covariance C₁ (normalised by N), 1/B with
  /// replacement and (1/B)(N − B)/(N − 1) without (Mori, equation 8).
  public var covarianceFactor: Double {
    let b = Double(batchSize)
    guard !replacement, let sampleCount, sampleCount > 1 else { return 1 / b }
    let n = Double(sampleCount)
    return (n - b) / (n - 1) / b
  }

  /// η/2B (with the finite-population factor): D = this·C₁, and D = this·[H]⁺ for C₁ = H
  /// (Xie, equation 8).
  public var diffusionScale: Double { 0.5 * learningRate * covarianceFactor }

  /// η/B: D = this·L·H(θ*) (Mori, equations 6 and 12).
  public var lossHessianScale: Double { learningRate * covarianceFactor }

  /// Chaudhari's inverse temperature β⁻¹ = η/2b, with 1 − b/N without replacement (Remark 12; it
  /// belongs to a covariance normalised by N − 1).
  public var inverseTemperature: Double {
    let b = Double(batchSize)
    guard !replacement, let sampleCount else { return learningRate / (2 * b) }
    return learningRate / (2 * b) * (1 - b / Double(sampleCount))
  }
}
