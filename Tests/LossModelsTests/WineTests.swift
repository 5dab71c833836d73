import Landscapes
import LinearAlgebra
import LossModels
import Testing

@Suite("The wine example: one tanh unit on two columns of a real table")
struct WineTests {
  /// Stationary points found with numpy (Newton's method from 7500 starts, formulas written out):
  /// coordinates, loss, eigenvalues, trace of C₁. Their mirror images have w, b of the first layer
  /// and w of the second with opposite signs.
  static let points: [(x: [Double], loss: Double, eigenvalues: [Double], noise: Double)] = [
    (
      [
        0.5612498978707005, 0.7016103777376368, 1.2893335060118531, 0.5277707971045775,
        -0.4873312268457916,
      ],
      0.452105368492913,
      [
        0.022431677093891395, 0.050168874836836165, 0.0797650543572764, 0.5412099981731545,
        1.4681072830895014,
      ],
      1.6024132780628442
    ),
    (
      [
        -0.3574922468029844, 0.5935707796776367, 0.11306301916790625, 0.6935899216922529,
        -0.26576948238626535,
      ],
      0.452281745288221,
      [
        0.020577077648678013, 0.03913911610561463, 0.14528021620328982, 0.6766893705090767,
        1.4088299459085893,
      ],
      1.869577268909093
    ),
    (
      [
        -0.0762055945167289, 0.7701788838682764, 0.7188797495007341, 0.5233543758542404,
        -0.4425501996512195,
      ],
      0.455718150827059,
      [
        -0.032435956052585146, 0.047797278255201414, 0.06134026709207896, 0.47071642038918315,
        1.3782446830267083,
      ],
      1.5312208572347452
    ),
    (
      [0, 0, 0, 0, -0.1988664611713243],
      0.479889908420877,
      [
        -0.18302516317155915, 0.017, 0.017, 0.21702516317155912, 1.017,
      ],
      0.9590960737280628
    ),
  ]

  @Test("Its stationary points are those that numpy finds", arguments: 0..<4, [1.0, -1.0])
  func stationaryPoints(k: Int, sign: Double) throws {
    let expected = WineTests.points[k]
    let data = try DataSet(
      contentsOf: fixture("wine.csv"),
      options: .init(target: "cultivar", normalize: true, positiveClasses: ["class_1"]))
    let model = try MultilayerPerceptron(layers: [2, 1, 1], data: data, weightDecay: 0.017)
    let field = model.compiled
    let x = expected.x.indices.map { $0 < 4 ? sign * expected.x[$0] : expected.x[$0] }
    #expect(norm(field.gradient(at: x)) < 1e-13)
    #expect((try #require(field.energy(at: x)) - expected.loss).magnitude < 1e-14)
    let alignment = try model.hessianAlignment(at: x)
    for (found, value) in zip(alignment.eigenvalues, expected.eigenvalues) {
      #expect((found - value).magnitude < 1e-13)
    }
    #expect((alignment.covariance.trace - expected.noise).magnitude < 1e-13)
  }
}
