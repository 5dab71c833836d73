import LinearAlgebra

/// The transition probabilities of a chain over a time, by uniformisation over a short one and
/// squaring, on numbers of unlimited range.
struct StochasticPowers {
  private let count: Int
  /// Row by row.
  private(set) var elements: [ScaledNumber]
  /// Smaller elements, below 2^(512 (e − ½)), are dropped.
  private let smallestExponent: Int

  /// The terms that a series Σ mᵏ/k! needs at m ≤ 1/8 for 10⁻²⁰.
  private static let seriesTerms = 12

  /// How often the probabilities are squared.
  static func doublings(_ network: RateNetwork<ScaledNumber>, time: ScaledNumber) -> Int {
    let fastest = (0..<network.stateCount).map { network.exitRate(of: $0) }.max() ?? .zero
    guard !fastest.isZero else { return 0 }
    // A few more squarings than the fastest rate asks for make the series short, and let it reach
    // states that are many jumps away.
    let length = (fastest * time).binaryParts.exponent
    return max(Int.bitWidth - network.stateCount.leadingZeroBitCount, length + 5)
  }

  init(_ network: RateNetwork<ScaledNumber>, time: ScaledNumber, smallestExponent: Int = .min) {
    count = network.stateCount
    self.smallestExponent = smallestExponent
    elements = []
    let exits = (0..<count).map { network.exitRate(of: $0) }
    let fastest = exits.max() ?? .zero
    elements = identity
    guard !fastest.isZero else { return }
    let doublings = Self.doublings(network, time: time)
    let start = time * ScaledNumber(significand: 1, binaryExponent: -doublings)
    // With twice the fastest rate the jump matrix U has a diagonal of at least one half.
    let uniform = fastest + fastest
    var jumps = identity
    for i in 0..<count {
      network.forEachTransition(from: i) { j, rate in jumps[i * count + j] = rate / uniform }
      jumps[i * count + i] = ScaledNumber(1 - (exits[i] / uniform).value)
    }
    exponentiate(jumps, mean: uniform * start)
    for _ in 0..<doublings { elements = normalized(product(elements, elements)) }
  }

  /// e^{−m} Σ_k mᵏ/k! Uᵏ.
  private mutating func exponentiate(_ jumps: [ScaledNumber], mean: ScaledNumber) {
    // Horner's scheme from inside: 1 + m U (1 + m U/2 (1 + …)).
    var sum = identity
    for k in (1...Self.seriesTerms).reversed() {
      let factor = mean * ScaledNumber(1 / Double(k))
      var next = product(jumps, sum).map { factor * $0 }
      for i in 0..<count { next[i * count + i] += .one }
      sum = next
    }
    elements = normalized(sum)
  }

  private var identity: [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: count * count)
    for i in 0..<count { result[i * count + i] = .one }
    return result
  }

  private func normalized(_ given: [ScaledNumber]) -> [ScaledNumber] {
    var result = given
    for i in 0..<count {
      var sum = ScaledNumber.zero
      for j in i * count..<(i + 1) * count { sum += given[j] }
      let scale = ScaledNumber.one / sum
      for j in i * count..<(i + 1) * count { result[j] = given[j] * scale }
    }
    return result
  }

  private func product(_ a: [ScaledNumber], _ b: [ScaledNumber]) -> [ScaledNumber] {
    count < 16 ? shortProduct(a, b) : layeredProduct(a, b)
  }

  private func shortProduct(_ a: [ScaledNumber], _ b: [ScaledNumber]) -> [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: count * count)
    for i in 0..<count {
      for k in 0..<count where !a[i * count + k].isZero {
        let factor = a[i * count + k]
        for j in 0..<count { result[i * count + j] += factor * b[k * count + j] }
      }
    }
    return result
  }

  /// The product as one of doubles for each pair of exponents that occur. Significands are between
  /// 2⁻²⁵⁶ and 2²⁵⁶, so that neither their products nor the sums of these leave the range.
  private func layeredProduct(_ a: [ScaledNumber], _ b: [ScaledNumber]) -> [ScaledNumber] {
    let left = layers(a)
    let right = layers(b)
    var sums: [Int: Matrix] = [:]
    for (e, lhs) in left {
      for (f, rhs) in right where e + f >= smallestExponent {
        sums[e + f, default: Matrix(rows: count, columns: count)].addProduct(lhs, rhs)
      }
    }
    var result = [ScaledNumber](repeating: .zero, count: count * count)
    for exponent in sums.keys.sorted() {
      guard let sum = sums[exponent] else { continue }
      let unit = ScaledNumber(significand: 1, binaryExponent: 512 * exponent)
      for k in result.indices where sum.elements[k] != 0 {
        result[k] += ScaledNumber(sum.elements[k]) * unit
      }
    }
    return result
  }

  private func layers(_ given: [ScaledNumber]) -> [(exponent: Int, matrix: Matrix)] {
    var result: [(exponent: Int, matrix: Matrix)] = []
    for (k, element) in given.enumerated() where !element.isZero {
      let exponent = element.exponent
      guard exponent >= smallestExponent else { continue }
      var index = result.firstIndex { $0.exponent == exponent } ?? -1
      if index < 0 {
        index = result.count
        result.append((exponent, Matrix(rows: count, columns: count)))
      }
      result[index].matrix.elements[k] = element.significand
    }
    return result.sorted { $0.exponent > $1.exponent }
  }
}
