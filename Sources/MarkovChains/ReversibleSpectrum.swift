import Glibc

extension RateNetwork<ScaledNumber> {
  /// The rates of a strongly connected network with detailed balance as a dense matrix, balanced
  /// exactly; nil where detailed balance does not hold to the tolerance.
  ///
  /// Weights φ with φ_i k_ij = φ_j k_ji follow along a spanning tree and are checked on all other
  /// pairs. A relative change δ of the rates that keeps the balance changes no eigenvalue by more
  /// than about δ.
  func symmetrizedRates(tolerance: Double) -> [ScaledNumber]? {
    guard let weights = detailedBalanceWeights(tolerance: tolerance) else { return nil }
    var result = [ScaledNumber](repeating: .zero, count: stateCount * stateCount)
    for state in 0..<stateCount {
      forEachTransition(from: state) { target, rate in
        let back = self.rate(from: target, to: state)
        let flux = (weights[state] * rate * weights[target] * back).squareRoot
        result[state * stateCount + target] = flux / weights[state]
      }
    }
    return result
  }

  /// Weights φ with φ_i k_ij = φ_j k_ji, φ_0 = 1, of a strongly connected network; nil where the
  /// balance does not hold to the tolerance.
  func detailedBalanceWeights(tolerance: Double) -> [ScaledNumber]? {
    var weights = [ScaledNumber](repeating: .zero, count: stateCount)
    weights[0] = .one
    var queue = [0]
    var next = 0
    while next < queue.count {
      let state = queue[next]
      next += 1
      for k in rowStarts[state]..<rowStarts[state + 1] {
        let back = rate(from: targets[k], to: state)
        guard !back.isZero else { return nil }
        let weight = weights[state] * rates[k] / back
        if weights[targets[k]].isZero {
          weights[targets[k]] = weight
          queue.append(targets[k])
        } else if !(abs((weight / weights[targets[k]]).value - 1) <= tolerance) {
          return nil
        }
      }
    }
    return weights
  }
}

/// State reduction of a dense reversible generator in the order of the largest exit rate.
///
/// In the symmetric form S = Φ^½ (−Q) Φ^−½ the factors are S = L D Lᵀ with L_is =
/// −√(k_is k_si)/K_s, |L_is| ≤ 1, and D = diag(K), in which the whole spread of the rates stands.
struct PivotedReduction {
  /// The columns of L, each scaled to length 1.
  private var columns: [[Double]]
  /// The lengths of the columns of L √D.
  private var lengths: [ScaledNumber]

  init(_ given: [ScaledNumber], escapes: [ScaledNumber]) {
    let count = escapes.count
    var rates = given
    var escapes = escapes
    var remaining = [Int](0..<count)
    columns = []
    lengths = []
    var exits = (0..<count).map { i in
      rates[i * count..<(i + 1) * count].reduce(escapes[i], +)
    }
    while let first = remaining.first {
      let state = remaining.reduce(first) { exits[$1] > exits[$0] ? $1 : $0 }
      remaining.removeAll { $0 == state }
      let pivot = exits[state]
      // The last state of a class that is never left: the eigenvalue zero.
      guard !pivot.isZero else { break }
      var column = [Double](repeating: 0, count: count)
      column[state] = 1
      for i in remaining {
        let rate = rates[i * count + state]
        guard !rate.isZero else { continue }
        column[i] = -((rate * rates[state * count + i]).squareRoot / pivot).value
        let share = rate / pivot
        escapes[i] += share * escapes[state]
        var exit = escapes[i]
        for j in remaining where j != i {
          rates[i * count + j] += share * rates[state * count + j]
          exit += rates[i * count + j]
        }
        exits[i] = exit
        rates[i * count + state] = .zero
      }
      let length = Self.dot(column, column).squareRoot()
      columns.append(column.map { $0 / length })
      lengths.append(ScaledNumber(length) * pivot.squareRoot)
    }
  }

  /// The eigenvalues of S other than zero: the squared singular values of L √D by one-sided Jacobi
  /// rotations on columns that are stored as direction and length.
  func eigenvalues() throws -> [ScaledNumber] {
    var columns = columns
    var lengths = lengths
    let count = columns.count
    let tolerance = 1e-15 * Double(count + 10)
    for _ in 0..<60 {
      var isOrthogonal = true
      for p in 0..<count {
        for q in p + 1..<count {
          let isOrdered = lengths[q] < lengths[p]
          let (i, j) = isOrdered ? (p, q) : (q, p)
          let cosine = Self.dot(columns[i], columns[j])
          guard abs(cosine) > tolerance else { continue }
          isOrthogonal = false
          // ratio ≤ 1; where it underflows the rotation is a projection.
          let ratio = (lengths[j] / lengths[i]).value
          let gap = (1 - ratio) * (1 + ratio)
          let tilt =
            -2 * cosine / (gap + (gap * gap + 4 * ratio * ratio * cosine * cosine).squareRoot())
          let tangent = ratio * tilt
          let scale = 1 / (1 + tangent * tangent).squareRoot()
          let (a, b) = Self.rotate(
            &columns, i, j, scale: scale, first: -ratio * tangent, second: tilt)
          lengths[i] = lengths[i] * ScaledNumber(a)
          lengths[j] = lengths[j] * ScaledNumber(b)
        }
      }
      if isOrthogonal { return lengths.map { $0 * $0 } }
    }
    throw MarkovChainError.spectrumNotConverged(stateCount: count)
  }

  /// Replaces u_i by s (u_i + f u_j) and u_j by s (u_j + g u_i), scaled to length 1.
  ///
  /// - Returns: The lengths before scaling.
  private static func rotate(
    _ columns: inout [[Double]], _ i: Int, _ j: Int, scale: Double, first: Double, second: Double
  ) -> (Double, Double) {
    let count = columns[i].count
    var x = [Double]()
    var y = [Double]()
    swap(&x, &columns[i])
    swap(&y, &columns[j])
    for k in 0..<count {
      let a = x[k]
      let b = y[k]
      x[k] = scale * (a + first * b)
      y[k] = scale * (b + second * a)
    }
    let lengths = (dot(x, x).squareRoot(), dot(y, y).squareRoot())
    for k in 0..<count {
      x[k] /= lengths.0
      y[k] /= lengths.1
    }
    swap(&x, &columns[i])
    swap(&y, &columns[j])
    return lengths
  }

  private static func dot(_ x: [Double], _ y: [Double]) -> Double {
    // Sums that do not wait for one another.
    var even = 0.0
    var odd = 0.0
    var k = 0
    while k + 1 < x.count {
      even += x[k] * y[k]
      odd += x[k + 1] * y[k + 1]
      k += 2
    }
    if k < x.count { even += x[k] * y[k] }
    return even + odd
  }
}
