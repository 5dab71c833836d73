import Formulas
import Landscapes
import LinearAlgebra
import Testing

/// A stationary point: coordinates, energy and eigenvalues of the Hessian.
typealias Point = (x: [Double], energy: Double, eigenvalues: [Double])

@Suite("Known landscapes from text")
struct KnownLandscapeTests {
  /// The stationary points of the Müller–Brown surface by interval branch-and-prune and Newton's
  /// method with 40 digits.
  static let muellerBrown: [Point] = [
    (
      [-0.5582236346330242774701252, 1.441725841804668655055929], -146.6995172099540137003755,
      [410.53113469288937325, 4068.1989550264855473]
    ),
    (
      [0.6234994049308765097709924, 0.02803775852868566574878396], -108.1667241168523549934232,
      [543.83618901861973655, 3005.395864532676219]
    ),
    (
      [-0.05001082299820605775114577, 0.4666941048719720877728149], -80.76781812965902815555037,
      [221.03747287232117004, 1479.1970220128342739]
    ),
    (
      [0.212486582000662006861033, 0.2929883251073677651471907], -72.24894011232521151047682,
      [-735.24726211136451529, 510.88656547254720574]
    ),
    (
      [-0.8220015587327320974135151, 0.6243128028148713612888959], -40.66484350865740429064872,
      [-750.8626628392773726, 490.24070805963071507]
    ),
  ]

  /// The stationary points of the six-hump camel with x > 0 or at the origin, likewise.
  static let sixHumpCamel: [Point] = [
    (
      [0.08984201310031806242249056, -0.7126564030207396333972658], -1.031628453489877350416365,
      [7.6822514133690763878, 16.493195232227730667]
    ),
    (
      [1.703606714969980848770904, -0.7960835686726251190257004], -0.2154638243837176375777874,
      [18.81713863516046149, 22.697515006928895548]
    ),
    (
      [1.607104752920197229762004, 0.5686514548841313713934047], 2.104250310311258274609207,
      [7.1215121202071514145, 10.021602516183249617]
    ),
    ([0, 0], 0, [-8.0622577482985496524, 8.0622577482985496524]),
    (
      [1.109205336804786447415316, -0.7682680925095398417843075], 0.5437186009781851353905281,
      [-7.9026191199873868444, 20.366739739127999568]
    ),
    (
      [1.638067984189778563799713, 0.228674069044394069953398], 2.229357197530714720927345,
      [-5.5457750172465244529, 12.436664436358387228]
    ),
    (
      [1.296070267167109183287253, 0.605084388038658496809621], 2.22947081802985992336595,
      [-6.1771821269674090307, 9.637588488012841754]
    ),
    (
      [1.230229876516652626613397, 0.162334584458994970010548], 2.496295351023576933701123,
      [-8.0149071565398285211, -5.9537241668346448248]
    ),
  ]

  @Test("Müller–Brown")
  func muellerBrownSurface() throws {
    let text = """
      -200*exp(-(x-1)^2-10*y^2) - 100*exp(-x^2-10*(y-0.5)^2)
      -170*exp(-6.5*(x+0.5)^2+11*(x+0.5)*(y-1.5)-6.5*(y-1.5)^2)
      +15*exp(0.7*(x+1)^2+0.6*(x+1)*(y-1)+0.7*(y-1)^2)
      """
    try check(text, Self.muellerBrown)
  }

  @Test("six-hump camel")
  func camel() throws {
    try check("(4-2.1*x^2+x^4/3)*x^2 + x*y + (-4+4*y^2)*y^2", Self.sixHumpCamel)
  }

  private func check(_ text: String, _ points: [Point]) throws {
    let field = try FormulaLandscape(text, variables: ["x", "y"]).compiled
    for point in points {
      #expect(
        agree(try #require(field.energy(at: point.x)), point.energy, scale: 1, to: 1e-14))
      let eigenvalues = try field.hessian(at: point.x).symmetricEigendecomposition().values
      for (a, b) in zip(eigenvalues, point.eigenvalues) { #expect(agree(a, b, to: 1e-12)) }
      // The point itself is rounded: the gradient is of the order of the curvature times that.
      let curvature = point.eigenvalues.map(\.magnitude).max() ?? 0
      for component in field.gradient(at: point.x) {
        #expect(component.magnitude <= 1e-15 * max(1, curvature))
      }
    }
  }
}
