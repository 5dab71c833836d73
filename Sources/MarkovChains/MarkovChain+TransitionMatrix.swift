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
    let length = fastest * ScaledNumber(lag)
    // A few squarings at least, so that the series reaches states that are many jumps away.
    let doublings = max(Int.bitWidth - stateCount.leadingZeroBitCount, length.binaryParts.exponent)
    let time =
      ScaledNumber(lag) * ScaledNumber(significand: 1, binaryExponent: -doublings)
    let slowest = network.rates.min() ?? .one
    // Squares of the smallest probabilities must not underflow before they have grown.
    if (slowest * time).logarithm > -300 {
      return power(network, time: time, doublings: doublings, PlainPowers.self)
    }
    return power(network, time: time, doublings: doublings, ScaledPowers.self)
  }

  private func power<Powers: StochasticPowers>(
    _ network: RateNetwork<ScaledNumber>, time: ScaledNumber, doublings: Int, _: Powers.Type
  ) -> Matrix {
    let count = stateCount
    // With twice the fastest rate the jump matrix U has a diagonal of at least one half.
    var jumps = [ScaledNumber](repeating: .zero, count: count * count)
    let fastest = (0..<count).map { network.exitRate(of: $0) }.max() ?? .one
    let uniform = fastest + fastest
    for i in 0..<count {
      network.forEachTransition(from: i) { j, rate in jumps[i * count + j] = rate / uniform }
      jumps[i * count + i] = ScaledNumber(1 - (network.exitRate(of: i) / uniform).value)
    }
    let mean = (uniform * time).value
    var powers = Powers(count: count, elements: jumps)
    powers.exponentiate(mean: mean)
    for _ in 0..<doublings { powers.square() }
    return powers.matrix
  }
}

/// Powers of a stochastic matrix.
protocol StochasticPowers {
  init(count: Int, elements: [ScaledNumber])
  /// Replaces U by e^{−m} Σ_k mᵏ/k! Uᵏ.
  mutating func exponentiate(mean: Double)
  /// Replaces P by P² with rows of sum 1.
  mutating func square()
  var matrix: Matrix { get }
}

/// Powers on doubles.
struct PlainPowers: StochasticPowers {
  private(set) var matrix: Matrix

  init(count: Int, elements: [ScaledNumber]) {
    matrix = Matrix(rows: count, columns: count, elements: elements.map(\.value))
  }

  mutating func exponentiate(mean: Double) {
    var sum = Matrix.identity(matrix.rows)
    // Horner's scheme from inside: 1 + m U (1 + m U/2 (1 + …)).
    for k in (1...(20 + Int(8 * mean))).reversed() {
      sum = Matrix.identity(matrix.rows) + (mean / Double(k)) * (matrix * sum)
    }
    matrix = Self.normalized(sum)
  }

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

/// Powers on numbers of unlimited range.
struct ScaledPowers: StochasticPowers {
  private let count: Int
  private var elements: [ScaledNumber]

  init(count: Int, elements: [ScaledNumber]) {
    self.count = count
    self.elements = elements
  }

  var matrix: Matrix { Matrix(rows: count, columns: count, elements: elements.map(\.value)) }

  mutating func exponentiate(mean: Double) {
    var sum = identity
    for k in (1...(20 + Int(8 * mean))).reversed() {
      let factor = ScaledNumber(mean / Double(k))
      sum = zip(identity, product(elements, sum)).map { $0 + factor * $1 }
    }
    elements = normalized(sum)
  }

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
