import CFLINT
import Glibc
import LinearAlgebra

/// The eigenvalues of a strongly connected class without detailed balance.
struct GeneralSpectrum {
  let network: RateNetwork<ScaledNumber>
  let isRecurrent: Bool
  /// The largest exit rate.
  private let fastest: ScaledNumber
  /// The sum of all relaxation times (real parts): the trace of the inverse.
  private let slowestBound: ScaledNumber
  /// Binary exponents d; the generator is balanced by the similarity 2^(d_i − d_j).
  private let balance: [Int]

  init(_ network: RateNetwork<ScaledNumber>, isRecurrent: Bool) {
    self.network = network
    self.isRecurrent = isRecurrent
    let exits = (0..<network.stateCount).map { network.exitRate(of: $0) }
    fastest = exits.max() ?? .one
    var closed = network
    closed.escapes = closed.escapes.map { _ in .zero }
    let weights = StateReduction(closed).stationaryWeights()
    balance = weights.map { $0.squareRoot.binaryParts.exponent }
    if isRecurrent {
      let root = weights.indices.max { weights[$0] < weights[$1] } ?? 0
      let others = weights.indices.filter { $0 != root }
      slowestBound = StateReduction(network.restricted(to: others)).inverseDiagonal()
        .reduce(.zero, +)
    } else {
      slowestBound = StateReduction(network).inverseDiagonal().reduce(.zero, +)
    }
  }

  func modes() throws -> [RelaxationSpectrum.Mode] {
    if let modes = try? plainModes() { return modes }
    let count = network.stateCount
    let spread = (fastest * slowestBound).binaryParts.exponent
    var bits = max(spread, 0) + 96
    let work = { (bits: Int) in pow(Double(count), 3) * (1 + pow(Double(bits) / 500, 1.6)) }
    var previous: [RelaxationSpectrum.Mode]?
    for _ in 0..<6 {
      guard work(bits) < 2e8 else {
        throw MarkovChainError.spectrumOutOfReach(stateCount: count, bits: bits)
      }
      let modes = arbitraryPrecisionModes(bits: bits)
      if let modes, let previous, Self.agree(modes, previous) { return modes }
      previous = modes
      bits += max(64, bits / 4)
    }
    throw MarkovChainError.spectrumNotConverged(stateCount: count)
  }

  private static func agree(
    _ first: [RelaxationSpectrum.Mode], _ second: [RelaxationSpectrum.Mode]
  ) -> Bool {
    zip(first, second).allSatisfy {
      abs($0.logTime - $1.logTime) <= 1e-10 * max(1, abs($0.logTime) * 1e-3)
    }
  }

  /// Drops the zero eigenvalue and sorts.
  private func modes(
    _ eigenvalues: [(real: ScaledNumber, imaginary: ScaledNumber)]
  ) -> [RelaxationSpectrum.Mode] {
    var sorted = eigenvalues.map { pair in
      (
        size: (pair.real * pair.real + pair.imaginary * pair.imaginary), real: pair.real,
        imaginary: pair.imaginary
      )
    }.sorted { $0.size < $1.size }
    if isRecurrent { sorted.removeFirst() }
    return sorted.map { item in
      let rate = item.real.isNegative ? -item.real : item.real
      let frequency = item.imaginary.isNegative ? -item.imaginary : item.imaginary
      return .init(logTime: -rate.logarithm, logFrequency: frequency.logarithm)
    }.sorted { ($0.logTime, $0.logFrequency) > ($1.logTime, $1.logFrequency) }
  }

  /// The eigenvalues by LAPACK; nil where it cannot be shown that they have ten digits.
  private func plainModes() throws -> [RelaxationSpectrum.Mode]? {
    let count = network.stateCount
    guard (fastest * slowestBound).value * Double(count) * 1e-16 < 1e-10 else { return nil }
    var matrix = Matrix(rows: count, columns: count)
    for i in 0..<count {
      matrix[i, i] = -(network.exitRate(of: i) / fastest).value
      network.forEachTransition(from: i) { j, rate in
        let scale = ScaledNumber(significand: 1, binaryExponent: balance[i] - balance[j])
        matrix[i, j] = (rate * scale / fastest).value
      }
    }
    let right = try matrix.eigendecomposition()
    let left = try matrix.transposed.eigendecomposition()
    let size = (0..<count).reduce(0) { max($0, norm(matrix.row($1))) }
    var values: [(real: ScaledNumber, imaginary: ScaledNumber)] = []
    let zero = right.values.indices.min {
      right.values[$0].magnitude < right.values[$1].magnitude
    }
    for k in 0..<count {
      let value = right.values[k]
      // The condition number |x||y|/|yᵀx| of the eigenvalue, with the left vector of the same one.
      guard
        let match = left.values.indices.min(by: {
          Self.distance(left.values[$0], value) < Self.distance(left.values[$1], value)
        })
      else { return nil }
      let x = right.vectors[k]
      let y = left.vectors[match]
      let real = dot(x.real, y.real) - dot(x.imaginary, y.imaginary)
      let imaginary = dot(x.real, y.imaginary) + dot(x.imaginary, y.real)
      let overlap = (real * real + imaginary * imaginary).squareRoot()
      let lengths =
        (dot(x.real, x.real) + dot(x.imaginary, x.imaginary)).squareRoot()
        * (dot(y.real, y.real) + dot(y.imaginary, y.imaginary)).squareRoot()
      if !(isRecurrent && k == zero) {
        let error = 2.2e-16 * Double(count) * size * lengths / overlap
        guard error <= 1e-10 * abs(value.real) else { return nil }
      }
      values.append((ScaledNumber(value.real) * fastest, ScaledNumber(value.imaginary) * fastest))
    }
    return modes(values)
  }

  private static func distance(_ a: ComplexNumber, _ b: ComplexNumber) -> Double {
    ComplexNumber(a.real - b.real, a.imaginary - b.imaginary).magnitude
  }

  /// The eigenvalues by the QR iteration of Arb; nil where it fails.
  private func arbitraryPrecisionModes(bits: Int) -> [RelaxationSpectrum.Mode]? {
    let count = network.stateCount
    var rates = [Double](repeating: 0, count: count * count)
    var exponents = [Int](repeating: 0, count: count * count)
    for i in 0..<count {
      network.forEachTransition(from: i) { j, rate in
        (rates[i * count + j], exponents[i * count + j]) = rate.binaryParts
      }
    }
    let escapes = network.escapes.map(\.binaryParts)
    var real = [Double](repeating: 0, count: count)
    var imaginary = real
    var realExponents = [Int](repeating: 0, count: count)
    var imaginaryExponents = realExponents
    let success = metastability_generator_eigenvalues(
      count, rates, exponents, escapes.map(\.significand), escapes.map(\.exponent), balance, bits,
      &real, &realExponents, &imaginary, &imaginaryExponents)
    guard success != 0 else { return nil }
    let values = (0..<count).map { k in
      let re = ScaledNumber(significand: real[k], binaryExponent: realExponents[k])
      let im = ScaledNumber(significand: imaginary[k], binaryExponent: imaginaryExponents[k])
      // A real eigenvalue carries an imaginary part of the size of the rounding errors.
      let noise = fastest * ScaledNumber(significand: 1, binaryExponent: 32 - bits)
      let size = im.isNegative ? -im : im
      return (real: re, imaginary: size < noise ? .zero : im)
    }
    return modes(values)
  }
}
