/// The point s on the path at which Xie's temperature changes.
public enum PathShare: Sendable, Equatable {
  /// A given s from 0 to 1.
  case fixed(Double)
  /// The s that reproduces the path-resolved integral of the local temperature.
  case path
}

/// The effective dimension n of Mori's formula.
public enum EffectiveDimension: Sendable, Equatable {
  /// n = (Σ pᵢ²)⁻¹, pᵢ = hᵢ/Σhⱼ (Mori et al. 2021, equation 45).
  case participationRatio
  /// A given n.
  case fixed(Double)
}

/// The parameters that formulas leave open.
public struct FormulaSettings: Sendable, Equatable {
  /// s of Xie's formulas.
  public let share: PathShare
  /// n of Mori's formula.
  public let effectiveDimension: EffectiveDimension
  /// α of Nguyen's stable noise.
  public let stability: Double
  /// δ of Nguyen's exponent.
  public let margin: Double

  /// Creates and checks the settings.
  ///
  /// - Parameters:
  ///   - share: s, from 0 to 1, or the path's.
  ///   - effectiveDimension: n, positive, or the participation ratio.
  ///   - stability: Nguyen's α, above 0 and at most 2.
  ///   - margin: Nguyen's δ, between 0 and 1.
  /// - Throws: `FormulaSettingError` that names the setting.
  public init(
    share: PathShare = .fixed(0.5),
    effectiveDimension: EffectiveDimension = .participationRatio, stability: Double = 1.5,
    margin: Double = 0.5
  ) throws {
    if case .fixed(let s) = share, !(0...1).contains(s) {
      throw FormulaSettingError(
        setting: "xie.s", value: "\(s)", accepted: "a number from 0 to 1, or \"path\"")
    }
    if case .fixed(let n) = effectiveDimension, !(n > 0 && n.isFinite) {
      throw FormulaSettingError(
        setting: "mori.effectiveDimension", value: "\(n)",
        accepted: "a positive number, or \"participationRatio\"")
    }
    guard stability > 0, stability <= 2 else {
      throw FormulaSettingError(
        setting: "nguyen.alpha", value: "\(stability)",
        accepted: "a number above 0 and at most 2")
    }
    guard margin > 0, margin < 1 else {
      throw FormulaSettingError(
        setting: "nguyen.delta", value: "\(margin)", accepted: "a number between 0 and 1")
    }
    self.share = share
    self.effectiveDimension = effectiveDimension
    self.stability = stability
    self.margin = margin
  }

  private init() {
    share = .fixed(0.5)
    effectiveDimension = .participationRatio
    stability = 1.5
    margin = 0.5
  }

  /// s = 0.5, the participation ratio, α = 1.5 and δ = 0.5.
  public static let standard = FormulaSettings()
}

/// A setting of a formula that is out of its range.
public struct FormulaSettingError: Error, Equatable, CustomStringConvertible {
  /// The key in the problem file's `rates`.
  public let setting: String
  /// The value found.
  public let value: String
  /// What would be accepted.
  public let accepted: String

  /// A sentence for the user.
  public var description: String { "\(setting) is \(value); accepted: \(accepted)" }
}
