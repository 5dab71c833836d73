import Glibc
public import LinearAlgebra

extension MarkovChain {
  /// The transition probabilities over a lag τ, e^{Qτ}.
  ///
  /// The probabilities over a short time τ/2^m come from uniformisation, a sum of positive terms;
  /// squaring m times leads to τ. No step subtracts, and the rows are scaled to sum 1 after each, so
  /// the relative error of every element grows with m only linearly and the result is right for any
  /// stiffness and from the shortest to the longest lags.
  ///
  /// - Parameter lag: τ, finite and not negative.
  /// - Returns: A square matrix whose element (i, j) is the probability to be in j at time τ after
  ///   a start in i.
  /// - Throws: `MarkovChainError.invalidLag`.
  /// - Complexity: O(n³ log(τ · largest exit rate)).
  public func transitionMatrix(lag: Double) throws -> Matrix {
    guard lag >= 0, lag < .infinity else { throw MarkovChainError.invalidLag(lag) }
    let network = network
    let fastest = (0..<stateCount).map { network.exitRate(of: $0) }.max() ?? .zero
    guard lag > 0, !fastest.isZero else { return .identity(stateCount) }
    // A few more squarings than the fastest rate asks for make the series short, and let it reach
    // states that are many jumps away.
    let length = (fastest * ScaledNumber(lag)).binaryParts.exponent
    var doublings = max(Int.bitWidth - stateCount.leadingZeroBitCount, length + 5)
    let time = ScaledNumber(lag) * ScaledNumber(significand: 1, binaryExponent: -doublings)
    // With twice the fastest rate the jump matrix U has a diagonal of at least one half.
    let uniform = fastest + fastest
    var jumps = [ScaledNumber](repeating: .zero, count: stateCount * stateCount)
    for i in 0..<stateCount {
      network.forEachTransition(from: i) { j, rate in jumps[i * stateCount + j] = rate / uniform }
      jumps[i * stateCount + i] = ScaledNumber(1 - (network.exitRate(of: i) / uniform).value)
    }
    let mean = (uniform * time).value
    // Doubles do once the smallest probability of a jump is far above the smallest double; before,
    // it would be lost although it can grow to be the largest.
    var smallest = ((network.rates.min() ?? .one) * time).logarithm
    var scaled = ScaledPowers(count: stateCount, elements: jumps)
    guard smallest < -300 else {
      var plain = PlainPowers(matrix: scaled.matrix)
      plain.exponentiate(mean: mean)
      for _ in 0..<doublings { plain.square() }
      return plain.matrix
    }
    scaled.exponentiate(mean: mean)
    while smallest < -300, doublings > 0 {
      scaled.square()
      smallest += log(2.0)
      doublings -= 1
    }
    var plain = PlainPowers(matrix: scaled.matrix)
    for _ in 0..<doublings { plain.square() }
    return plain.matrix
  }
}

/// The terms that a series Σ mᵏ/k! needs at m ≤ 1/8 for 10⁻²⁰.
private let seriesTerms = 12

/// Powers of a stochastic matrix on doubles.
private struct PlainPowers {
  var matrix: Matrix

  /// Replaces U by e^{−m} Σ_k mᵏ/k! Uᵏ.
  mutating func exponentiate(mean: Double) {
    var sum = Matrix.identity(matrix.rows)
    // Horner's scheme from inside: 1 + m U (1 + m U/2 (1 + …)).
    for k in (1...seriesTerms).reversed() {
      sum = Matrix.identity(matrix.rows) + (mean / Double(k)) * (matrix * sum)
    }
    matrix = Self.normalized(sum)
  }

  /// Replaces P by P² with rows of sum 1.
  mutating func square() { matrix = Self.normalized(matrix * matrix) }

  private static func normalized(_ matrix: Matrix) -> Matrix {
    var result = matrix
    for i in 0..<matrix.rows {
      let sum = matrix.row(i).reduce(0, +)
      for j in 0..<matrix.columns { result[i, j] /= sum }
    }
    return result
  }
}

/// Powers of a stochastic matrix on numbers of unlimited range.
private struct ScaledPowers {
  private let count: Int
  private var elements: [ScaledNumber]

  init(count: Int, elements: [ScaledNumber]) {
    self.count = count
    self.elements = elements
  }

  var matrix: Matrix { Matrix(rows: count, columns: count, elements: elements.map(\.value)) }

  /// Replaces U by e^{−m} Σ_k mᵏ/k! Uᵏ.
  mutating func exponentiate(mean: Double) {
    var sum = identity
    for k in (1...seriesTerms).reversed() {
      let factor = ScaledNumber(mean / Double(k))
      sum = zip(identity, product(elements, sum)).map { $0 + factor * $1 }
    }
    elements = normalized(sum)
  }

  /// Replaces P by P² with rows of sum 1.
  mutating func square() { elements = normalized(product(elements, elements)) }

  private var identity: [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: count * count)
    for i in 0..<count { result[i * count + i] = .one }
    return result
  }

  private func product(_ a: [ScaledNumber], _ b: [ScaledNumber]) -> [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: count * count)
    for i in 0..<count {
      for k in 0..<count where !a[i * count + k].isZero {
        let factor = a[i * count + k]
        for j in 0..<count { result[i * count + j] += factor * b[k * count + j] }
      }
    }
    return result
  }

  private func normalized(_ given: [ScaledNumber]) -> [ScaledNumber] {
    var result = given
    for i in 0..<count {
      let sum = given[i * count..<(i + 1) * count].reduce(.zero, +)
      for j in i * count..<(i + 1) * count { result[j] = given[j] / sum }
    }
    return result
  }
}
