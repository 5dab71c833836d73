import Landscapes
import LinearAlgebra
import LossModels
import Testing

private func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  (a - b).magnitude <= tolerance * max(1, b.magnitude)
}

private func close(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { close($0, $1, tolerance) }
}

private func frobenius(_ matrix: Matrix) -> Double { norm(matrix.elements) }

@Suite("Losses over data: energies, derivatives and gradient noise")
struct ModelTests {
  @Test(
    "Energy, gradient and Hessian agree with 50-digit differences", arguments: ReferenceCase.all)
  func derivatives(reference: ReferenceCase) throws {
    let field = try reference.model().compiled
    let x = reference.parameters
    #expect(field.dimension == x.count)
    #expect(close(try #require(field.energy(at: x)), reference.energy, 2e-15))
    #expect(close(field.gradient(at: x), reference.gradient, 2e-15))
    let hessian = field.hessian(at: x)
    #expect(close(hessian.row(1), reference.hessianRow, 1e-14))
    #expect(close(frobenius(hessian), reference.hessianNorm, 1e-14))
    #expect((hessian - hessian.transposed).largestMagnitude < 1e-14)
  }

  @Test("Per-sample gradients and their covariance agree with numpy", arguments: ReferenceCase.all)
  func noise(reference: ReferenceCase) throws {
    let model = try reference.model()
    let x = reference.parameters
    let gradients = model.perSampleGradients(at: x)
    #expect(gradients.rows == 6 && gradients.columns == x.count)
    let expected = zip(reference.sampleGradient, x).map { $0 + reference.weightDecay * $1 }
    #expect(close(gradients.row(3), expected, 4e-15))
    let mean = (0..<x.count).map { gradients.column($0).reduce(0, +) / 6 }
    #expect(close(mean, reference.gradient, 4e-15))
    let covariance = model.gradientCovariance(at: x)
    #expect(close(covariance.row(1), reference.covarianceRow, 1e-14))
    #expect(close(frobenius(covariance), reference.covarianceNorm, 1e-14))
  }

  @Test("The alignment with the Hessian agrees with numpy", arguments: ReferenceCase.all)
  func alignment(reference: ReferenceCase) throws {
    let x = reference.parameters
    let alignment = try reference.model().hessianAlignment(at: x)
    let found = [
      alignment.cosineSimilarity, alignment.proportionality, alignment.diagonalCorrelation,
      alignment.effectiveDimension, alignment.moriFactor(squaredNorm: dot(x, x)),
    ]
    #expect(close(found, reference.alignment, 1e-11))
    #expect(close(alignment.noiseShares.reduce(0, +), 1, 1e-14))
  }

  @Test("Eight lanes give the numbers of eight single evaluations", arguments: ReferenceCase.all)
  func lanes(reference: ReferenceCase) throws {
    let field = try reference.model().compiled
    var points = reference.parameters.map { Lanes($0) }
    for j in points.indices {
      for lane in 0..<8 { points[j][lane] += 0.05 * Double(lane) * Double(j % 3 - 1) }
    }
    var drift = points
    do {
      var span = drift.mutableSpan
      field.driftLanes(points.span, &span)
    }
    for lane in 0..<8 {
      let single = field.drift(at: points.map { $0[lane] })
      #expect(close(drift.map { $0[lane] }, single, 1e-14))
    }
  }

  @Test("Linear and logistic regression are the networks without hidden layers")
  func linearModels() throws {
    let cases = ReferenceCase.all.filter { $0.layers == [2, 1] }
    let linear = try LinearRegression(data: cases[0].target.data)
    #expect(close(linear.compiled.gradient(at: cases[0].parameters), cases[0].gradient, 2e-15))
    #expect(linear.parameterNames == ["w[x0]", "w[x1]", "b"])
    let logistic = try LogisticRegression(data: cases[1].target.data, weightDecay: 0.3)
    #expect(close(logistic.compiled.gradient(at: cases[1].parameters), cases[1].gradient, 2e-15))
    let hessian = logistic.compiled.hessian(at: cases[1].parameters)
    #expect(close(hessian.row(1), cases[1].hessianRow, 1e-14))
  }

  @Test("Mini-batch gradients are means over their samples, repeated ones counted twice")
  func miniBatch() throws {
    let reference = ReferenceCase.all[0]
    let model = try reference.model()
    let rows = model.perSampleGradients(at: reference.parameters)
    var gradient = [Double](repeating: .nan, count: model.dimension)
    do {
      var span = gradient.mutableSpan
      model.miniBatchGradient(indices: [4, 1, 4], at: reference.parameters.span, into: &span)
    }
    let expected = (0..<model.dimension).map { (2 * rows[4, $0] + rows[1, $0]) / 3 }
    #expect(close(gradient, expected, 1e-15))
    let mean = (0..<6).reduce(0.0) { $0 + model.sampleEnergy($1, at: reference.parameters.span) }
    #expect(close(mean / 6, reference.energy, 2e-15))
  }

  @Test("A loss of one function gets its gradients and Hessian from dual numbers")
  func ownLoss() throws {
    // Mean of (θ − x)⁴: gradient mean of 4(θ − x)³, Hessian mean of 12(θ − x)², by hand.
    struct Bowls: SampledLoss {
      let x: [Double]
      var dimension: Int { 1 }
      var sampleCount: Int { x.count }
      func dataEnergy<S: Scalar>(ofSamples samples: some Collection<Int>, at p: Span<S>) -> S {
        var sum = S(0.0)
        for i in samples { sum += (p[0] - S(x[i])).raised(to: 4) }
        return sum
      }
    }
    let model = Bowls(x: [-1, 0, 2])
    let field = model.compiled
    #expect(close(field.gradient(at: [1]), [32.0 / 3], 1e-15))
    #expect(close(field.hessian(at: [1])[0, 0], 12.0 * (4 + 1 + 1) / 3, 1e-15))
    #expect(model.perSampleGradients(at: [1]).elements == [32, 4, -4])
    // The variance of 32, 4, −4 normalised by 3.
    #expect(close(model.gradientCovariance(at: [1])[0, 0], 1056.0 / 3 - 1024.0 / 9, 1e-15))
  }

  @Test("Parameters are named in their order: weights row by row, then biases, layer by layer")
  func names() throws {
    let model = try MultilayerPerceptron(layers: [2, 2, 1], data: ReferenceTarget.numbers.data)
    #expect(
      model.parameterNames == [
        "w1[0,0]", "w1[0,1]", "w1[1,0]", "w1[1,1]", "b1[0]", "b1[1]", "w2[0,0]", "w2[0,1]",
        "b2[0]",
      ])
  }

  @Test("Layers, targets and weight decay that do not fit are refused by name")
  func errors() throws {
    let numbers = ReferenceTarget.numbers.data
    let classes = ReferenceTarget.classes.data
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "accepted"
    }
    #expect(
      message { _ = try MultilayerPerceptron(layers: [3, 1], data: numbers) }
        .contains("layers [3, 1]; accepted: at least two positive"))
    #expect(
      message { _ = try MultilayerPerceptron(layers: [2], data: numbers) }.contains("layers [2]"))
    #expect(
      message { _ = try MultilayerPerceptron(layers: [2, 0, 1], data: numbers) }
        .contains("layers [2, 0, 1]"))
    #expect(
      message { _ = try LogisticRegression(data: numbers) }
        .contains("sample 0 (from 0) is 0.5; accepted: 0 or 1"))
    #expect(
      message { _ = try MultilayerPerceptron(layers: [2, 2], data: classes) }
        .contains("sample 2 (from 0) is 2.0; accepted: a class, a whole number from 0 to 1"))
    #expect(
      message { _ = try LinearRegression(data: numbers, weightDecay: -0.5) }
        .contains("weightDecay is -0.5; accepted: 0 or a positive number"))
  }
}

@Suite("Softplus, logistic and cross-entropy at extreme inputs")
struct ExtremeInputTests {
  // mpmath, 30 digits: log(1 + exp(z)), 1/(1 + exp(-z)).
  static let table: [(Double, Double, Double)] = [
    (-700, 9.85967654375977084e-305, 9.85967654375977084e-305),
    (-50, 1.92874984796391778e-22, 1.92874984796391778e-22),
    (-1, 0.313261687518222834, 0.268941421369995121),
    (0, 0.693147180559945309, 0.5),
    (3, 3.04858735157374206, 0.952574126822433219),
    (50, 50, 1),
    (1e6, 1e6, 1),
  ]

  @Test("Softplus and the logistic function keep their relative accuracy", arguments: table)
  func functions(z: Double, value: Double, slope: Double) {
    #expect((softplus(z) - value).magnitude <= 4e-16 * value)
    #expect((logistic(z) - slope).magnitude <= 4e-16 * slope)
    let dual = softplus(Dual(value: z, derivative: 1))
    #expect((dual.derivative - slope).magnitude <= 4e-16 * slope)
    #expect(softplus(Lanes(z))[3] == softplus(z))
  }

  @Test("The cross-entropy of confident outputs neither overflows nor loses its tail")
  func crossEntropy() throws {
    // f = θ for the feature 1. Class 1: ln(1 + e^(−f)); class 0: ln(1 + e^f).
    let data = DataSet(features: [[1], [1]], target: .memberships([true, false]))
    let model = try LogisticRegression(data: data, bias: false)
    #expect(model.sampleEnergy(0, at: [1000.0].span) == 0)
    #expect(model.sampleEnergy(1, at: [1000.0].span) == 1000)
    // mpmath: log(1 + exp(-40)).
    let tail = model.sampleEnergy(0, at: [40.0].span)
    #expect((tail / 4.24835425529158899e-18 - 1).magnitude < 1e-15)
  }

  @Test("The softmax cross-entropy of confident outputs neither overflows nor loses its tail")
  func softmax() throws {
    // Three outputs f = (θ₀, θ₁, θ₂) for the feature 1.
    let data = DataSet(features: [[1], [1], [1]], target: .numbers([0, 1, 2]))
    let model = try MultilayerPerceptron(
      layers: [1, 3], data: data, loss: .crossEntropy, bias: false)
    let point = [1000.0, 960, -1000]
    // mpmath: −log softmax: log(1 + exp(-40)), 40 + that, 2000.
    #expect(
      (model.sampleEnergy(0, at: point.span) / 4.24835425529158899e-18 - 1).magnitude < 1e-15)
    #expect(model.sampleEnergy(1, at: point.span) == 40)
    #expect(model.sampleEnergy(2, at: point.span) == 2000)
    let gradients = model.perSampleGradients(at: point)
    #expect((gradients[0, 0] / -4.24835425529158899e-18 - 1).magnitude < 1e-15)
    #expect((gradients[0, 1] / 4.24835425529158899e-18 - 1).magnitude < 1e-15)
    #expect(gradients.row(2) == [1, 4.248354255291589e-18, -1])
    let hessian = model.compiled.hessian(at: point)
    #expect(hessian.elements.allSatisfy { $0.isFinite })
  }

  @Test("The participation ratio counts equal eigenvalues, at any scale")
  func participation() {
    #expect(participationRatio([3, 3, 3, 0, 0]) == 3)
    #expect(participationRatio([1e200, 1e200]) == 2)
    // (1 + 2 + 3)²/(1 + 4 + 9).
    #expect((participationRatio([1, 2, 3]) - 36.0 / 14).magnitude < 1e-15)
    #expect(participationRatio([-1, 2]) == 1)
    #expect(participationRatio([-1, 0]) == 0)
  }
}
