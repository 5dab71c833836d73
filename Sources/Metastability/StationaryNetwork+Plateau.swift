import Landscapes
import LinearAlgebra
import StationaryPoints

extension StationaryNetwork {
  /// The network with its minima joined through a flat region that has no isolated saddle.
  ///
  /// Each pair of minima gets an entry among the saddles that stands for the plateau; its flat
  /// directions keep formulas that need a curvature from using it.
  func joined(through plateau: Plateau, of field: CompiledField) -> StationaryNetwork {
    let point = StationaryPoint(
      coordinates: plateau.point, energy: field.energy(at: plateau.point),
      hessian: field.hessian(at: plateau.point),
      eigenvalues: [ComplexNumber](repeating: ComplexNumber(0), count: field.dimension),
      gradientNorm: norm(field.drift(at: plateau.point)), index: 0,
      flatDirections: field.dimension, isCertified: false)
    var saddles = self.saddles.filter { $0.point.flatDirections == 0 }
    for i in minima.indices {
      for j in minima.indices where j > i {
        saddles.append(
          Saddle(
            point: point, connects: [i, j],
            descents: [
              [plateau.point, minima[i].coordinates], [plateau.point, minima[j].coordinates],
            ]))
      }
    }
    return StationaryNetwork(
      minima: minima, saddles: saddles, higherIndexPoints: higherIndexPoints,
      completeness: completeness, evaluations: evaluations,
      findings: findings + [
        "the basins are balls of radius \(plateau.basinRadius) joined by a plateau; "
          + "the entries among the saddles stand for it"
      ])
  }
}
