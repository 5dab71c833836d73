public import LinearAlgebra

extension LandscapeCatalogue {
  /// The linear drift −F x as a system, its fixed point at the origin.
  ///
  /// - Parameter matrix: F, square.
  /// - Returns: The compiled system on the box [−2, 2]ᵈ.
  /// - Throws: `LandscapeError` unless F is square and finite.
  public static func linearDrift(_ matrix: Matrix) throws -> BuiltInSystem {
    let drift = try LinearDrift(matrix: matrix)
    let unstable = try matrix.eigenvalues().filter { $0.real < 0 }.count
    return BuiltInSystem(
      field: CompiledField(field: drift), domain: try cube(-2, 2, drift.dimension),
      knownStationaryPoints: [
        KnownStationaryPoint(
          coordinates: [Double](repeating: 0, count: drift.dimension), index: unstable)
      ])
  }
}
