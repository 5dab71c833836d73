public import Landscapes

extension StationaryNetwork {
  /// What noise models may need to know of each basin: the minimum and the saddles over which it is
  /// left. Energies are NaN where the drift is not a gradient.
  public var basinAnchors: [BasinAnchor] {
    var exits = [[BasinAnchor.Saddle]](repeating: [], count: minima.count)
    for saddle in saddles where Set(saddle.connects).count > 1 {
      guard let energy = saddle.point.energy else { continue }
      for minimum in saddle.connects.compactMap(\.self) {
        exits[minimum].append(
          BasinAnchor.Saddle(
            coordinates: saddle.point.coordinates, energy: energy, hessian: saddle.point.hessian))
      }
    }
    return zip(minima, exits).map { minimum, saddles in
      BasinAnchor(
        minimum: minimum.coordinates, minimumEnergy: minimum.energy ?? .nan,
        minimumHessian: minimum.hessian, saddles: saddles)
    }
  }
}
