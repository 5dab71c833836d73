import LinearAlgebra

/// The built-in landscapes and drifts, by the names that a problem file uses.
public enum LandscapeCatalogue {
  /// All entries, in the order in which they are listed.
  public static let entries: [BuiltInLandscape] = wells + testFunctions + literature + drifts

  /// The entry of a name.
  ///
  /// - Throws: `LandscapeError.unknownLandscape` that lists the known names.
  public static func entry(named name: String) throws -> BuiltInLandscape {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw LandscapeError.unknownLandscape(name: name, known: entries.map(\.name))
    }
    return entry
  }

  static let anyDimension = 1...Int.max

  /// The same interval for every variable.
  static func cube(_ lower: Double, _ upper: Double, _ dimension: Int) throws -> Domain {
    try Domain(
      lower: [Double](repeating: lower, count: dimension),
      upper: [Double](repeating: upper, count: dimension))
  }

  static func points(_ index: Int, _ coordinates: [Double]...) -> [KnownStationaryPoint] {
    coordinates.map { KnownStationaryPoint(coordinates: $0, index: index) }
  }

  private static let wells: [BuiltInLandscape] = [
    BuiltInLandscape(
      name: "double-well", summary: "double well along the first variable, with tilt",
      formula: "height*(x1^2-1)^2 + tilt*x1 + stiffness/2*(x2^2+...)", defaultDimension: 1,
      dimensions: anyDimension,
      parameters: [
        .init("height", 0.25, "barrier of the untilted well", above: 0),
        .init("tilt", 0, "slope that makes the wells unequal"),
        .init("stiffness", 1, "curvature across", above: 0),
      ], isDrift: false
    ) { dimension, values in
      let tilt = values["tilt", default: 0]
      func point(_ x: Double, _ index: Int) -> KnownStationaryPoint {
        var coordinates = [Double](repeating: 0, count: dimension)
        coordinates[0] = x
        return KnownStationaryPoint(coordinates: coordinates, index: index)
      }
      return BuiltInSystem(
        field: CompiledField(
          DoubleWell(
            dimension: dimension, height: values["height", default: 0.25], tilt: tilt,
            stiffness: values["stiffness", default: 1])),
        domain: try cube(-2, 2, dimension),
        knownStationaryPoints: tilt == 0 ? [point(-1, 0), point(1, 0), point(0, 1)] : [])
    },
    BuiltInLandscape(
      name: "muller-brown", summary: "Müller–Brown surface: three minima, two saddles",
      formula: "scale * sum of four Gaussians", defaultDimension: 2, dimensions: 2...2,
      parameters: [.init("scale", 1, "factor on the energy", above: 0)], isDrift: false
    ) { _, values in
      BuiltInSystem(
        field: CompiledField(MullerBrown(scale: values["scale", default: 1])),
        domain: try Domain(lower: [-1.5, -0.5], upper: [1.2, 2]),
        knownStationaryPoints: points(
          0, [-0.5582236346330243, 1.4417258418046686],
          [0.6234994049308765, 0.028037758528685664],
          [-0.050010822998206056, 0.4666941048719721])
          + points(
            1, [0.212486582000662, 0.2929883251073678],
            [-0.8220015587327321, 0.6243128028148713]))
    },
    BuiltInLandscape(
      name: "three-hole", summary: "three-hole potential (Metzner et al. 2006)",
      formula: "3e^(-x^2-(y-1/3)^2) - 3e^(-x^2-(y-5/3)^2) - 5e^(-(x-1)^2-y^2)"
        + " - 5e^(-(x+1)^2-y^2) + 0.2x^4 + 0.2(y-1/3)^4",
      defaultDimension: 2, dimensions: 2...2, parameters: [], isDrift: false
    ) { _, _ in
      BuiltInSystem(
        field: CompiledField(ThreeHole()), domain: try Domain(lower: [-2, -1.5], upper: [2, 2.5]),
        knownStationaryPoints: points(
          0, [1.0480549928242195, -0.04209366630667782],
          [-1.0480549928242195, -0.04209366630667782], [0, 1.5370820044494622])
          + points(
            1, [0.6172723078764598, 1.1027345175080963],
            [-0.6172723078764598, 1.1027345175080963], [0, -0.3158265504781386])
          + points(2, [0, 0.5191867418920727]))
    },
    BuiltInLandscape(
      name: "asymmetric-periodic", summary: "ratchet: asymmetric periodic potential, with tilt",
      formula: "height*(sin(2pi*x1/period) + asymmetry*sin(4pi*x1/period)) + tilt*x1 + x2^2/2+...",
      defaultDimension: 1, dimensions: anyDimension,
      parameters: [
        .init("height", 1, "amplitude", above: 0), .init("period", 1, "period", above: 0),
        .init("asymmetry", 0.25, "share of the second harmonic"),
        .init("tilt", 0, "mean slope"),
      ], isDrift: false
    ) { dimension, values in
      let period = values["period", default: 1]
      var lower = [Double](repeating: -2, count: dimension)
      var upper = [Double](repeating: 2, count: dimension)
      lower[0] = -1.5 * period
      upper[0] = 1.5 * period
      return BuiltInSystem(
        field: CompiledField(
          AsymmetricPeriodic(
            dimension: dimension, height: values["height", default: 1], period: period,
            asymmetry: values["asymmetry", default: 0.25], tilt: values["tilt", default: 0])),
        domain: try Domain(lower: lower, upper: upper))
    },
  ]

  private static let testFunctions: [BuiltInLandscape] = [
    BuiltInLandscape(
      name: "styblinski-tang", summary: "Styblinski–Tang function: 2^d minima (Xie, appendix C)",
      formula:
        "1/2 * sum(x^4 - (16 - 6*sampleVariance)*x^2 + 5x), x scaled by sqrt(curvatureScale)",
      defaultDimension: 2, dimensions: anyDimension,
      parameters: [
        .init(
          "sampleVariance", 0, "variance of the samples that the loss is averaged over",
          above: 0, including: true),
        .init("curvatureScale", 1, "factor on the Hessian", above: 0),
        .init("offset", 0, "constant that is added, for formulas that need a positive loss"),
      ], isDrift: false
    ) { dimension, values in
      let variance = values["sampleVariance", default: 0]
      let scale = values["curvatureScale", default: 1]
      let root = scale.squareRoot()
      return BuiltInSystem(
        field: CompiledField(
          StyblinskiTang(
            dimension: dimension, sampleVariance: variance, curvatureScale: scale,
            offset: values["offset", default: 0])),
        domain: try cube(-5 / root, 5 / root, dimension),
        knownStationaryPoints: variance == 0 && dimension <= 10
          ? grid([-2.9035340277711771, 2.7468027709908370], 0.15673125678034007, dimension, root)
          : [])
    },
    BuiltInLandscape(
      name: "himmelblau", summary: "Himmelblau's function: four minima, four saddles, one maximum",
      formula: "(x^2+y-11)^2 + (x+y^2-7)^2", defaultDimension: 2, dimensions: 2...2,
      parameters: [], isDrift: false
    ) { _, _ in
      BuiltInSystem(
        field: CompiledField(Himmelblau()), domain: try cube(-6, 6, 2),
        knownStationaryPoints: points(
          0, [-3.779310253377747, -3.2831859912861696], [-2.805118086952745, 3.131312518250573],
          [3.5844283403304917, -1.8481265269644036], [3, 2])
          + points(
            1, [3.385154183607021, 0.07385187983774928], [0.08667750455539636, 2.884254701174776],
            [-3.0730257507643897, -0.08135304428796751],
            [-0.12796134673068008, -1.9537149802445763])
          + points(2, [-0.2708445906673476, -0.9230385564799815]))
    },
    BuiltInLandscape(
      name: "six-hump-camel", summary: "six-hump camel function: six minima",
      formula: "(4-2.1x^2+x^4/3)x^2 + xy + (4y^2-4)y^2", defaultDimension: 2, dimensions: 2...2,
      parameters: [], isDrift: false
    ) { _, _ in
      BuiltInSystem(
        field: CompiledField(SixHumpCamel()), domain: try Domain(lower: [-3, -2], upper: [3, 2]),
        knownStationaryPoints: points(
          0, [0.08984201310031806, -0.7126564030207396],
          [-0.08984201310031806, 0.7126564030207396],
          [-1.703606714969981, 0.7960835686726251], [1.703606714969981, -0.7960835686726251],
          [1.6071047529201972, 0.5686514548841314], [-1.6071047529201972, -0.5686514548841314])
          + points(
            1, [0, 0], [-1.1092053368047865, 0.7682680925095399],
            [1.1092053368047865, -0.7682680925095399],
            [-1.6380679841897785, -0.22867406904439408],
            [1.6380679841897785, 0.22867406904439408],
            [-1.2960702671671092, -0.6050843880386585], [1.2960702671671092, 0.6050843880386585]))
    },
    BuiltInLandscape(
      name: "rastrigin", summary: "Rastrigin function: a grid of minima",
      formula: "amplitude*d + sum(x^2 - amplitude*cos(2pi*x))", defaultDimension: 2,
      dimensions: anyDimension, parameters: [.init("amplitude", 10, "half the ripples' height")],
      isDrift: false
    ) { dimension, values in
      BuiltInSystem(
        field: CompiledField(
          Rastrigin(dimension: dimension, amplitude: values["amplitude", default: 10])),
        domain: try cube(-5.12, 5.12, dimension),
        knownStationaryPoints: [
          KnownStationaryPoint(
            coordinates: [Double](repeating: 0, count: dimension), index: 0)
        ])
    },
    BuiltInLandscape(
      name: "ackley", summary: "Ackley function: a funnel of many minima, its tip rounded",
      formula: "depth + e - depth*exp(-decay*sqrt(smoothing^2 + mean(x^2)))"
        + " - exp(mean(cos(waveNumber*x)))",
      defaultDimension: 2, dimensions: anyDimension,
      parameters: [
        .init("depth", 20, "depth of the funnel", above: 0),
        .init("decay", 0.2, "decay of the funnel", above: 0),
        .init("waveNumber", 2 * Double.pi, "wave number of the ripples", above: 0),
        .init(
          "smoothing", 0.01, "radius of the rounded tip; 0 is the textbook cusp", above: 0,
          including: true),
      ], isDrift: false
    ) { dimension, values in
      let smoothing = values["smoothing", default: 0.01]
      return BuiltInSystem(
        field: CompiledField(
          Ackley(
            dimension: dimension, depth: values["depth", default: 20],
            decay: values["decay", default: 0.2],
            waveNumber: values["waveNumber", default: 2 * Double.pi], smoothing: smoothing)),
        domain: try cube(-2, 2, dimension),
        knownStationaryPoints: smoothing > 0
          ? [
            KnownStationaryPoint(
              coordinates: [Double](repeating: 0, count: dimension), index: 0)
          ] : [])
    },
    BuiltInLandscape(
      name: "rosenbrock", summary: "Rosenbrock function: a curved valley",
      formula: "sum(steepness*(x_(i+1) - x_i^2)^2 + (1 - x_i)^2)", defaultDimension: 2,
      dimensions: 2...Int.max,
      parameters: [.init("steepness", 100, "weight of the valley's walls", above: 0)],
      isDrift: false
    ) { dimension, values in
      BuiltInSystem(
        field: CompiledField(
          Rosenbrock(dimension: dimension, steepness: values["steepness", default: 100])),
        domain: try cube(-2.048, 2.048, dimension),
        knownStationaryPoints: [
          KnownStationaryPoint(
            coordinates: [Double](repeating: 1, count: dimension), index: 0)
        ])
    },
  ]

  private static let literature: [BuiltInLandscape] = [
    BuiltInLandscape(
      name: "hu-bowl", summary: "Hu Example 3.1: one bowl, noise diag(mu, 2-mu)",
      formula: "x^2 + y^2", defaultDimension: 2, dimensions: 2...2,
      parameters: [.init("mu", 1, "anisotropy of the noise, below 2", above: 0)], isDrift: false
    ) { _, values in
      let bowl = HuBowl(anisotropy: try anisotropy("mu", values, 1))
      return BuiltInSystem(
        field: CompiledField(bowl), domain: try cube(-2, 2, 2),
        knownStationaryPoints: points(0, [0, 0]), huMatrix: { bowl.huMatrix(at: $0) })
    },
    BuiltInLandscape(
      name: "hu-two-bowls", summary: "Hu Example 4.1: two bowls in a flat plateau",
      formula: "(x+2)^2+y^2 and (x-2)^2+y^2 within radius 1, 1 elsewhere", defaultDimension: 2,
      dimensions: 2...2,
      parameters: [
        .init("mu1", 1.9999, "anisotropy of the noise in the left bowl, below 2", above: 0),
        .init("mu2", 1.0001, "anisotropy of the noise in the right bowl, below 2", above: 0),
      ], isDrift: false
    ) { _, values in
      let bowls = HuTwoBowls(
        leftAnisotropy: try anisotropy("mu1", values, 1.9999),
        rightAnisotropy: try anisotropy("mu2", values, 1.0001))
      return BuiltInSystem(
        field: CompiledField(bowls),
        domain: try Domain(lower: [-3.5, -1.5], upper: [3.5, 1.5]),
        knownStationaryPoints: points(0, [-2, 0], [2, 0]),
        huMatrix: { bowls.huMatrix(at: $0) }, plateau: Plateau(point: [0, 0], basinRadius: 1))
    },
  ]

  private static let drifts: [BuiltInLandscape] = [
    BuiltInLandscape(
      name: "chaudhari-double-well", summary: "Chaudhari Example 19: drift with a known density",
      formula: "-grad(Phi) + lambda*e^(Phi - r^4/4)*(-y, x), Phi = (x^2-1)^2/4 + y^2/2",
      defaultDimension: 2, dimensions: 2...2,
      parameters: [.init("lambda", 0.5, "strength of the circulation")], isDrift: true
    ) { _, values in
      BuiltInSystem(
        field: CompiledField(
          field: ChaudhariDoubleWell(circulation: values["lambda", default: 0.5])),
        domain: try cube(-6, 6, 2))
    },
    BuiltInLandscape(
      name: "maier-stein", summary: "Maier–Stein field: double well that need not be a gradient",
      formula: "(x - x^3 - alpha*x*y^2, -mu*(1+x^2)*y)", defaultDimension: 2, dimensions: 2...2,
      parameters: [
        .init("alpha", 1, "coupling"), .init("mu", 1, "stiffness across", above: 0),
      ], isDrift: true
    ) { _, values in
      BuiltInSystem(
        field: CompiledField(
          field: MaierStein(alpha: values["alpha", default: 1], mu: values["mu", default: 1])),
        domain: try cube(-1.5, 1.5, 2),
        knownStationaryPoints: points(0, [-1, 0], [1, 0]) + points(1, [0, 0]))
    },
    BuiltInLandscape(
      name: "linear-drift", summary: "linear drift -F x; F stands in the key \"matrix\"",
      formula: "-F x (F = identity where no matrix is given)", defaultDimension: 2,
      dimensions: anyDimension, parameters: [], isDrift: true
    ) { dimension, _ in
      try linearDrift(.identity(dimension))
    },
  ]

  private static func anisotropy(
    _ name: String, _ values: [String: Double], _ standard: Double
  ) throws -> Double {
    let value = values[name, default: standard]
    guard value < 2 else {
      throw LandscapeError.invalidParameter(
        name: name, value: value, accepted: "a number above 0 and below 2")
    }
    return value
  }

  /// The minima and index-1 saddles of a separable function with two wells in every coordinate.
  private static func grid(
    _ wells: [Double], _ saddle: Double, _ dimension: Int, _ root: Double
  ) -> [KnownStationaryPoint] {
    var result: [KnownStationaryPoint] = []
    for code in 0..<(1 << dimension) {
      let corner = (0..<dimension).map { wells[(code >> $0) & 1] / root }
      result.append(KnownStationaryPoint(coordinates: corner, index: 0))
      for i in 0..<dimension where (code >> i) & 1 == 0 {
        var point = corner
        point[i] = saddle / root
        result.append(KnownStationaryPoint(coordinates: point, index: 1))
      }
    }
    return result
  }
}
