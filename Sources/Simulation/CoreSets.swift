import Landscapes
public import LinearAlgebra
public import StationaryPoints

/// Which minimum a point descends to; nil where it leaves the domain or reaches none.
public typealias BasinFunction = @Sendable ([Double]) -> Int?

/// Disjoint neighbourhoods of the minima, one each, deep inside their basins.
///
/// A trajectory belongs to the core set that it visited last (milestoning): a path that only
/// touches the ridge and returns is not counted as a transition.
public struct CoreSets: Sendable {
  /// The ellipsoids, in the order of the minima.
  public let sets: [CoreSet]
  /// What a reader should know about them.
  public let findings: [String]

  /// Uses given ellipsoids, which must not overlap.
  ///
  /// - Parameter sets: One per minimum.
  public init(sets: [CoreSet]) {
    self.sets = sets
    findings = []
  }

  /// Builds the core sets of a network.
  ///
  /// For a landscape with isotropic noise the ellipsoid is {½ yᵀHy ≤ fraction · lowest barrier}.
  /// For a drift, and for other noise, it is a level set of the linearised quasi-potential
  /// ½ yᵀΣ⁻¹y, with FΣ + ΣFᵀ = 2D and F = −Db, at the fraction of its value at the nearest saddle. Each is shrunk until it holds no saddle, until
  /// points on its surface descend to its minimum, and until no two overlap.
  ///
  /// - Parameters:
  ///   - network: The minima and saddles.
  ///   - fraction: The share of the lowest barrier, in (0, 1).
  ///   - isGradient: Whether the drift is a gradient.
  ///   - diffusions: D at each minimum; empty for isotropic noise.
  ///   - basin: Where a point descends to; nil leaves that test out.
  /// - Throws: `SimulationError` for a fraction outside (0, 1) or no minimum; `LinearAlgebraError`
  ///   where a Hessian has no decomposition.
  public init(
    network: StationaryNetwork, fraction: Double = 0.25, isGradient: Bool = true,
    diffusions: [Matrix] = [], basin: BasinFunction? = nil
  ) throws {
    guard fraction > 0, fraction < 1 else {
      throw SimulationError.invalidSetting(
        name: "coreFraction", value: "\(fraction)", accepted: "a number between 0 and 1")
    }
    guard !network.minima.isEmpty else { throw SimulationError.noMinimum }
    var findings: [String] = []
    var cores: [CoreSet] = []
    for (number, minimum) in network.minima.enumerated() {
      let diffusion = diffusions.indices.contains(number) ? diffusions[number] : nil
      let noiseForm = diffusion.flatMap { CoreSets.quasiPotentialForm(minimum, diffusion: $0) }
      let form = try noiseForm ?? CoreSets.form(minimum, isGradient: isGradient)
      let center = minimum.coordinates
      let own = network.saddles.filter { $0.connects.contains(number) }
      func height(_ x: [Double]) -> Double {
        form.quadraticForm(zip(x, center).map { $0 - $1 })
      }
      var level = Double.infinity
      if let energy = minimum.energy, isGradient, noiseForm == nil {
        let barriers = own.compactMap { $0.point.energy.map { $0 - energy } }.filter { $0 > 0 }
        level = fraction * (barriers.min() ?? .infinity)
      }
      // The quadratic form can be lower at a saddle than the energy is.
      let others =
        network.saddles.map(\.point.coordinates)
        + network.minima.indices.filter { $0 != number }.map {
          network.minima[$0].coordinates
        }
      for point in others { level = min(level, fraction * height(point)) }
      // A single minimum without a saddle: any set will do.
      if !level.isFinite || level <= 0 { level = fraction }
      var core = CoreSet(center: center, form: form, level: level)
      if let basin {
        var tries = 0
        while tries < 60, try core.surfacePoints().contains(where: { basin($0) != number }) {
          core = core.withLevel(0.7 * core.level)
          tries += 1
        }
        if tries == 60 {
          findings.append(
            "the core set of minimum \(number) could not be verified: points next to the minimum "
              + "do not descend to it")
        }
      }
      cores.append(core)
    }
    for i in cores.indices {
      for j in cores.indices where j > i {
        var tries = 0
        while tries < 60, try cores[i].overlaps(cores[j]) {
          cores[i] = cores[i].withLevel(0.7 * cores[i].level)
          cores[j] = cores[j].withLevel(0.7 * cores[j].level)
          tries += 1
        }
        if tries == 60 { findings.append("the core sets of minima \(i) and \(j) overlap") }
      }
    }
    sets = cores
    self.findings = findings
  }

  /// The number of the core set that contains a point; nil between them.
  public func index(containing x: [Double]) -> Int? { sets.firstIndex { $0.contains(x) } }

  /// The form of the linearised quasi-potential where the noise is not isotropic; nil where it is,
  /// and where the noise leaves out a direction.
  ///
  /// Noise that is strong along steep directions keeps the energy there above the barrier most of
  /// the time; a level set of the energy would hardly ever be visited.
  private static func quasiPotentialForm(
    _ minimum: StationaryPoint, diffusion: Matrix
  ) -> Matrix? {
    let n = minimum.coordinates.count
    guard diffusion.elements.allSatisfy(\.isFinite) else { return nil }
    let mean = diffusion.trace / Double(n)
    guard (diffusion - mean * .identity(n)).largestMagnitude > 1e-9 * mean,
      let covariance = try? minimum.hessian.lyapunovCovariance(diffusion: diffusion),
      let axes = try? covariance.symmetricEigendecomposition(),
      let smallest = axes.values.first, let largest = axes.values.last,
      smallest > 1e-9 * largest
    else { return nil }
    return axes.mapValues { 0.5 / $0 }
  }

  /// The quadratic form around a minimum, with flat directions given the smallest curvature that
  /// is not flat.
  private static func form(_ minimum: StationaryPoint, isGradient: Bool) throws -> Matrix {
    let n = minimum.coordinates.count
    let full: Matrix
    if isGradient {
      full = 0.5 * minimum.hessian.symmetrized
    } else if let covariance = try? minimum.hessian.lyapunovCovariance(diffusion: .identity(n)),
      let inverse = try? covariance.inverse()
    {
      full = 0.5 * inverse.symmetrized
    } else {
      full = 0.5 * minimum.hessian.symmetrized
    }
    let axes = try full.symmetricEigendecomposition()
    let largest = axes.values.last ?? 1
    guard largest > 0 else { return .identity(n) }
    let floor = axes.values.first { $0 > 1e-7 * largest } ?? largest
    return axes.values.allSatisfy { $0 > 1e-7 * largest } ? full : axes.mapValues { max($0, floor) }
  }
}

/// The core sets in the form in which a block of trajectories is compared with them.
struct CoreWatcher: Sendable {
  private let centers: [[Lanes]]
  private let forms: [[Lanes]]
  private let levels: [Lanes]
  private let dimension: Int

  init(_ cores: CoreSets, dimension: Int) {
    self.dimension = dimension
    centers = cores.sets.map { $0.center.map { Lanes($0) } }
    // Off-diagonal elements are doubled, so that only the upper triangle is summed.
    forms = cores.sets.map { core in
      (0..<dimension).flatMap { i in
        (i..<dimension).map { j in Lanes(i == j ? core.form[i, i] : 2 * core.form[i, j]) }
      }
    }
    levels = cores.sets.map { Lanes($0.level) }
  }

  /// The number of the core set that each lane is in; −1 between them.
  func indices(_ x: [Lanes]) -> Lanes {
    var result = Lanes(-1.0)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: dimension) { y in
      for k in levels.indices {
        let center = centers[k]
        let form = forms[k]
        for i in 0..<dimension { y.initializeElement(at: i, to: x[i] - center[i]) }
        var value = Lanes(0.0)
        var position = 0
        for i in 0..<dimension {
          var sum = Lanes(0.0)
          for j in i..<dimension {
            sum = sum + form[position] * y[j]
            position += 1
          }
          value = value + sum * y[i]
        }
        result = Lanes.select(levels[k] - value, nonnegative: Lanes(Double(k)), negative: result)
      }
    }
    return result
  }
}

extension Stepper {
  /// Advances all lanes, and lets the noise of each refer to the last core set that it was seen in,
  /// at least every eight steps.
  ///
  /// - Parameters:
  ///   - block: The trajectories.
  ///   - steps: How many steps.
  ///   - anchors: The core sets; nil where the noise does not refer to any.
  func advance(_ block: inout TrajectoryBlock, by steps: Int, anchors: CoreWatcher?) {
    guard let anchors else { return advance(&block, by: steps) }
    var left = steps
    while left > 0 {
      let count = min(left, 8)
      advance(&block, by: count)
      left -= count
      let visits = anchors.indices(block.positions)
      for lane in 0..<TrajectoryBlock.width where visits[lane] >= 0 {
        block.setBasin(Int(visits[lane]), lane: lane)
      }
    }
  }
}
