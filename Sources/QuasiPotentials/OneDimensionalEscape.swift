public import Landscapes
import LinearAlgebra

/// Exact escape in one dimension: mean first-passage times, occupancies and stationary densities of
/// dx = b dt + √(2D) dW for any b(x) and D(x), by quadrature in the log domain.
///
/// With ψ = ∫ −b/D dx, the mean first-passage time from a to c > a with a wall at r is
///
///     Itô:           T = ∫_a^c e^{ψ(y)} ∫_r^y e^{−ψ(z)}/D(z) dz dy
///     isothermal:    T = ∫_a^c e^{ψ(y)}/D(y) ∫_r^y e^{−ψ(z)} dz dy
///     Stratonovich:  both factors carry D^{−1/2}
///
/// and to the left its mirror image. ψ is a cumulative Gauss–Legendre integral on adaptive panels;
/// both integrals are sums of logarithms, so that ln T = 5000 is an ordinary value. D may vanish:
/// where the drift carries the process through such a point it never returns, and where it does
/// not, the time is infinite.
///
/// ```swift
/// let escape = OneDimensionalEscape(drift: { $0 - $0 * $0 * $0 }, diffusion: { _ in 0.001 })
/// try escape.passageTime(from: -1, to: 1).logarithm   // 251.49…
/// ```
public struct OneDimensionalEscape: Sendable {
  /// The drift b.
  public let drift: @Sendable (Double) -> Double
  /// The diffusion D, not negative.
  public let diffusion: @Sendable (Double) -> Double
  /// How position-dependent noise is read.
  public let interpretation: StochasticInterpretation
  /// The number of the piece of the line in which D is continuous; nil where it is everywhere.
  private(set) var piece: (@Sendable (Double) -> Int)?
  /// −1 in the mirror image, so that positions are named as the user counts them.
  private(set) var orientation = 1.0

  /// Creates the process from its drift and its diffusion.
  public init(
    drift: @escaping @Sendable (Double) -> Double,
    diffusion: @escaping @Sendable (Double) -> Double,
    interpretation: StochasticInterpretation = .ito
  ) {
    self.drift = drift
    self.diffusion = diffusion
    self.interpretation = interpretation
  }

  /// Creates the process of a one-dimensional field under a noise.
  ///
  /// - Parameters:
  ///   - field: The field; its dimension must be 1.
  ///   - diffusion: The noise, already anchored where it depends on the basin.
  ///   - interpretation: How position-dependent noise is read.
  public init(
    field: CompiledField, diffusion: any Diffusion,
    interpretation: StochasticInterpretation = .ito
  ) {
    precondition(field.dimension == 1 && diffusion.dimension == 1, "the field must be 1-D")
    self.init(
      drift: { field.drift(at: [$0])[0] }, diffusion: { diffusion.matrix(at: [$0])[0, 0] },
      interpretation: interpretation)
    if diffusion.isPiecewise { piece = { diffusion.piece(at: [$0]) } }
  }

  /// Where the process is held back behind its start.
  public enum Wall: Sendable, Equatable {
    /// A reflecting wall.
    case reflecting(Double)
    /// None: r = ∓∞.
    case infinity
  }

  /// A mean time with what should be known about it.
  public struct PassageTime: Sendable, Equatable {
    /// ln T; +∞ where the passage is impossible or has no finite mean.
    public let logarithm: Double
    /// Sentences about points where the noise vanishes and integrals that diverge.
    public let findings: [String]
  }

  /// The exponent α of D⁻ᵅ in the outer factor.
  var outerShare: Double {
    switch interpretation {
    case .ito: 0
    case .stratonovich: 0.5
    case .isothermal: 1
    }
  }

  /// b and D at a point.
  func values(at x: Double) throws -> (drift: Double, diffusion: Double) {
    let b = drift(x)
    let d = diffusion(x)
    guard b.isFinite else {
      throw QuasiPotentialError.notFinite(quantity: "drift", position: orientation * x)
    }
    guard d.isFinite else {
      throw QuasiPotentialError.notFinite(quantity: "diffusion", position: orientation * x)
    }
    // Differences of rounded numbers may leave a trace below zero where D vanishes.
    guard d >= -1e-14 else {
      throw QuasiPotentialError.negativeDiffusion(value: d, position: orientation * x)
    }
    return (b, max(d, 0))
  }

  /// The process seen in a mirror, x → −x.
  var mirrored: OneDimensionalEscape {
    let (b, d) = (drift, diffusion)
    var result = OneDimensionalEscape(
      drift: { -b(-$0) }, diffusion: { d(-$0) }, interpretation: interpretation)
    result.orientation = -orientation
    if let piece { result.piece = { piece(-$0) } }
    return result
  }
}

extension OneDimensionalEscape {
  /// The mean first-passage time from one point to another.
  ///
  /// - Parameters:
  ///   - start: a.
  ///   - target: c, on either side of a.
  ///   - wall: The wall behind the start (on the side away from the target).
  ///   - support: Positions between which wells are known to lie; only where there is no wall, so
  ///     that none behind the start is overlooked.
  /// - Returns: ln T; +∞ with a finding where the target cannot be reached.
  /// - Throws: `QuasiPotentialError` for a bad passage or wall, or where b or D is not finite.
  public func passageTime(
    from start: Double, to target: Double, wall: Wall = .infinity,
    support: ClosedRange<Double>? = nil
  ) throws -> PassageTime {
    try check(start, target)
    if target < start {
      return try mirrored.passageTime(
        from: -start, to: -target, wall: wall.mirrored,
        support: support.map { -$0.upperBound...(-$0.lowerBound) })
    }
    let reach = target - start
    let lowest = min(start, support?.lowerBound ?? start)
    if case .reflecting(let position) = wall, !(position <= start) {
      throw QuasiPotentialError.invalidRegion(
        reason: "the wall at \(orientation * position) does not lie behind the start "
          + "\(orientation * start)")
    }
    let scanStart: Double
    if case .reflecting(let position) = wall {
      scanStart = position
    } else {
      scanStart = lowest - 0.5 * reach
    }
    let silent = try silentPoints(
      from: scanStart, to: target, reference: (start - reach)...target)
    let course = try course(from: start, to: target, silentPoints: silent)
    guard !course.isBlocked else {
      return PassageTime(logarithm: .infinity, findings: course.findings)
    }
    var findings = course.findings
    var total = -Double.infinity
    for leg in course.legs {
      let floor: Double
      if let natural = leg.wall {
        floor = natural
      } else if case .reflecting(let position) = wall {
        floor = position
      } else if let end = try lowerEnd(below: lowest, step: 0.25 * reach) {
        floor = end
      } else {
        return PassageTime(
          logarithm: .infinity,
          findings: findings + [
            "the mean time is infinite: nothing holds the process back behind its start"
          ])
      }
      let time = try logDoubleIntegral(wall: floor, start: leg.start, target: leg.end)
      total = logSumExp(total, time)
      if leg.crossingTime > 0 { total = logSumExp(total, logOf(leg.crossingTime)) }
    }
    if total == .infinity || total.isNaN {
      findings.append("the mean time is infinite: its integral diverges where the noise vanishes")
      total = .infinity
    }
    return PassageTime(logarithm: total, findings: findings)
  }

  /// The mean time 1/k of an escape from a minimum to the next one, when another minimum lies
  /// behind it.
  ///
  /// k = 1/∫_a^c e^{ψ(y)} ∫_p^y e^{−ψ(z)}/D(z)·q(z) dz dy (Itô; the other interpretations alike)
  /// with q(z) the probability to reach a before p, 1 beyond a. The nearest-neighbour chain with
  /// these rates has exactly the mean first-passage times of the process between neighbouring
  /// minima; with nothing behind a it is the mean first-passage time itself.
  ///
  /// - Parameters:
  ///   - start: The minimum a.
  ///   - target: The next minimum c, on either side.
  ///   - behind: The next minimum p on the other side.
  /// - Returns: ln(1/k); +∞ with a finding where the target cannot be reached.
  /// - Throws: `QuasiPotentialError`.
  public func escapeTime(
    from start: Double, to target: Double, behind: Double
  ) throws -> PassageTime {
    try check(start, target)
    try check(behind, start)
    guard (target - start) * (start - behind) > 0 else {
      throw QuasiPotentialError.invalidPassage(from: behind, to: target)
    }
    if target < start {
      return try mirrored.escapeTime(from: -start, to: -target, behind: -behind)
    }
    let silent = try silentPoints(from: behind, to: target, reference: behind...target)
    let close = 1e-6 * (start - behind)
    if silent.contains(where: {
      $0.lower <= start + close && $0.upper >= start - close && $0.drift <= 0
    }) {
      return PassageTime(
        logarithm: .infinity,
        findings: ["the noise vanishes at the start \(orientation * start): there is no escape"])
    }
    // Behind the start a point without noise is a wall or a leak; either way q begins there.
    let nearest = silent.last { $0.upper <= start && $0.upper > behind }
    let course = try course(
      from: start, to: target, silentPoints: silent.filter { $0.lower > start })
    guard !course.isBlocked, let first = course.legs.first else {
      return PassageTime(logarithm: .infinity, findings: course.findings)
    }
    var floor = behind
    var weighted = true
    if let nearest {
      floor = nearest.upper
      weighted = nearest.drift <= 0
    }
    var total = try logDoubleIntegral(
      wall: floor, start: first.start, target: first.end, weightedByReturn: weighted)
    if first.crossingTime > 0 { total = logSumExp(total, logOf(first.crossingTime)) }
    for leg in course.legs.dropFirst() {
      guard let wall = leg.wall else { continue }
      total = logSumExp(
        total, try logDoubleIntegral(wall: wall, start: leg.start, target: leg.end))
      if leg.crossingTime > 0 { total = logSumExp(total, logOf(leg.crossingTime)) }
    }
    return PassageTime(logarithm: total, findings: course.findings)
  }

  private func check(_ start: Double, _ target: Double) throws {
    guard start.isFinite, target.isFinite, start != target else {
      throw QuasiPotentialError.invalidPassage(from: start, to: target)
    }
  }
}

extension OneDimensionalEscape.Wall {
  var mirrored: OneDimensionalEscape.Wall {
    if case .reflecting(let position) = self { .reflecting(-position) } else { .infinity }
  }
}
