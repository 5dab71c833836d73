import LinearAlgebra

extension OneDimensionalEscape {
  /// The stationary probabilities of the intervals between given positions, by quadrature of the
  /// stationary density (Itô ∝ e^{−ψ}/D, Stratonovich ∝ e^{−ψ}/√D, isothermal ∝ e^{−ψ}).
  ///
  /// - Parameters:
  ///   - separators: The positions between the wells, ascending.
  ///   - lower: The wall on the left.
  ///   - upper: The wall on the right.
  /// - Returns: ln of the probabilities, one more than separators, from left to right; each is
  ///   accurate relative to itself.
  /// - Throws: `QuasiPotentialError.notNormalizable` where the mass is infinite or the noise
  ///   vanishes somewhere, or another `QuasiPotentialError`.
  public func logOccupancies(
    separators: [Double], lower: Wall = .infinity, upper: Wall = .infinity
  ) throws -> [Double] {
    let masses = try logMasses(separators: separators, lower: lower, upper: upper)
    let total = logSumExp(masses)
    return masses.map { $0 - total }
  }

  /// ln of the normalised stationary density at given positions.
  ///
  /// - Parameters:
  ///   - positions: The positions, ascending and different, between the walls.
  ///   - lower: The wall on the left.
  ///   - upper: The wall on the right.
  /// - Returns: One logarithm per position.
  /// - Throws: `QuasiPotentialError.notNormalizable` where the mass is infinite or the noise
  ///   vanishes somewhere, or another `QuasiPotentialError`.
  public func logStationaryDensity(
    at positions: [Double], lower: Wall = .infinity, upper: Wall = .infinity
  ) throws -> [Double] {
    guard let first = positions.first else { return [] }
    let masses = try logMasses(separators: positions, lower: lower, upper: upper)
    let total = logSumExp(masses)
    // The masses count ψ from the lower end; the density needs it at the first position.
    let reference = try referencePotential(at: first, lower: lower, separators: positions)
    let panels = try panels(over: positions)
    var potential = reference
    var edges: [Double: Double] = [first: reference]
    for panel in panels {
      potential += panel.rise
      edges[panel.right] = potential
    }
    return try positions.map { position in
      let d = try values(at: position).diffusion
      return -(edges[position] ?? .nan) - (1 - outerShare) * logOf(d) - total
    }
  }

  private func referencePotential(
    at position: Double, lower: Wall, separators: [Double]
  ) throws -> Double {
    let end = try lowerLimit(lower, separators: separators)
    return try panels(over: [end, position]).reduce(0) { $0 + $1.rise }
  }

  private func scale(_ separators: [Double]) -> Double {
    let width = (separators.last ?? 0) - (separators.first ?? 0)
    return width > 0 ? width : max(0.1 * (separators.first ?? 0).magnitude, 1)
  }

  private func lowerLimit(_ wall: Wall, separators: [Double]) throws -> Double {
    let first = separators.first ?? 0
    switch wall {
    case .reflecting(let position):
      guard position <= first else {
        throw QuasiPotentialError.invalidRegion(
          reason: "the wall at \(orientation * position) lies beyond \(orientation * first)")
      }
      return position
    case .infinity:
      guard let end = try lowerEnd(below: first, step: 0.25 * scale(separators)) else {
        throw QuasiPotentialError.notNormalizable(
          reason: "its mass beyond \(orientation * first) is infinite")
      }
      return end
    }
  }

  /// ln of the unnormalised masses, ψ counted from the lower limit.
  private func logMasses(separators: [Double], lower: Wall, upper: Wall) throws -> [Double] {
    precondition(
      zip(separators, separators.dropFirst()).allSatisfy { $0 < $1 }, "positions must ascend")
    let bottom = try lowerLimit(lower, separators: separators)
    let top = try -mirrored.lowerLimit(
      upper.mirrored, separators: separators.reversed().map { -$0 })
    let points = [bottom] + separators + [top]
    let margin = scale(separators)
    let first = (separators.first ?? 0) - margin
    let last = (separators.last ?? 0) + margin
    let middle = first...last
    let silent = try silentPoints(
      from: max(bottom, middle.lowerBound), to: min(top, middle.upperBound), reference: middle)
    if let silent = silent.first {
      throw QuasiPotentialError.notNormalizable(
        reason: "the noise vanishes at \(orientation * silent.lower)")
    }
    var edges: [Double] = []
    for point in points where edges.last.map({ $0 < point }) ?? true { edges.append(point) }
    var panels = try panels(over: edges)
    for _ in 0..<12 {
      let weighted = WeightedPanels(panels, outerShare: outerShare)
      let inner = weighted.inner.map { $0.max() ?? -.infinity }
      let interval = panels.map { panel in separators.count { $0 <= panel.left } }
      var largest = [Double](repeating: -.infinity, count: separators.count + 1)
      for k in panels.indices { largest[interval[k]] = max(largest[interval[k]], inner[k]) }
      let next = try splitting(panels) {
        weighted.bound(weighted.inner, $0) >= largest[interval[$0]] - 60
      }
      if !next.changed {
        var masses = [Double](repeating: -.infinity, count: separators.count + 1)
        for k in panels.indices {
          let mass = weighted.logMass(weighted.inner, k)
          masses[interval[k]] = logSumExp(masses[interval[k]], mass)
        }
        return masses
      }
      panels = next.panels
    }
    throw QuasiPotentialError.notResolved(panels: panels.count)
  }
}
