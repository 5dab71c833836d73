/// Mean first-passage times between all pairs of states that communicate, by halving.
///
/// For the targets in one half of the states the other half is eliminated, without subtraction, which
/// leaves a smaller network of the same kind,
///
///     τ_ij = (b_i + Σ_{k≠j} k_ik τ_kj)/Σ_k k_ik,   b_i += k_is b_s/K_s when s is eliminated,
///
/// with b = 1 at first. Its own matrix is found in the same way, and the states of the eliminated half
/// are restored for all targets at once. Each halving needs two eliminations of half of the states and
/// two matrix products, so the whole costs about 1.3 n³ multiplications, nearly all of them in matrix
/// products, where one elimination for each target would cost n⁴/3 of them in a dense network.
struct PassageTimeMatrix {
  private let settings = EliminationSettings.current
  private var buffers = PanelBuffers<ScaledNumber>()

  /// The memory in bytes for a number of states.
  static func memory(stateCount n: Int) -> Double {
    // The matrix, and a network and a part of the matrix at each halving.
    Double(n) * Double(n) * 16 * (1 + 4 / 3 + 1 / 3 + 1)
  }

  /// The seconds that it takes, roughly.
  static func estimatedTime(stateCount n: Int) -> Double {
    1e-10 * Double(n) * Double(n) * Double(n)
  }

  /// The times between all states of a strongly connected network.
  ///
  /// - Parameter network: The network; its escapes do not count.
  /// - Returns: Row i, column j: from i to j.
  static func times(_ network: RateNetwork<ScaledNumber>) -> [ScaledNumber] {
    let count = network.stateCount
    var rates = [ScaledNumber](repeating: .zero, count: count * count)
    for state in 0..<count {
      network.forEachTransition(from: state) { rates[state * count + $0] = $1 }
    }
    var solver = PassageTimeMatrix()
    return solver.times(
      rates, sources: [ScaledNumber](repeating: .one, count: count), size: count)
  }

  private init() {}

  private mutating func times(
    _ rates: [ScaledNumber], sources: [ScaledNumber], size: Int
  ) -> [ScaledNumber] {
    var result = [ScaledNumber](repeating: .zero, count: size * size)
    guard size > 1 else { return result }
    let half = size / 2
    let low = Array(0..<half)
    let high = Array(half..<size)
    for (eliminated, kept) in [(low, high), (high, low)] {
      let order = eliminated + kept
      let part = times(rates, sources: sources, eliminated: eliminated.count, order: order)
      for (i, row) in order.enumerated() {
        for (j, column) in kept.enumerated() {
          result[row * size + column] = part[i * kept.count + j]
        }
      }
    }
    return result
  }

  /// The times from all states to those that are kept, in the given order.
  private mutating func times(
    _ rates: [ScaledNumber], sources: [ScaledNumber], eliminated: Int, order: [Int]
  ) -> [ScaledNumber] {
    let size = order.count
    let kept = size - eliminated
    var front = [ScaledNumber](unsafeUninitializedCapacity: size * size) { buffer, count in
      for i in 0..<size {
        for j in 0..<size {
          buffer.initializeElement(at: i * size + j, to: rates[order[i] * size + order[j]])
        }
      }
      count = size * size
    }
    var gains = order.map { sources[$0] }
    var pivots: [ScaledNumber] = []
    var escapes = [ScaledNumber](repeating: .zero, count: size)
    let panels = stride(from: 0, to: eliminated, by: settings.panelWidth).map {
      $0..<min($0 + settings.panelWidth, eliminated)
    }
    front.withUnsafeMutableBufferPointer { front in
      escapes.withUnsafeMutableBufferPointer { escapes in
        guard let base = front.baseAddress, let escapes = escapes.baseAddress else { return }
        let block = DenseBlock(base, stride: size, rows: size, columns: size)
        for panel in panels {
          pivots += StateReduction.eliminatePanel(
            panel, of: block, escapes: escapes, buffers: &buffers, threads: settings.threads)
        }
        for i in 1..<size {
          var sum = gains[i]
          for k in 0..<min(i, eliminated) { sum += block[i, k] * gains[k] }
          gains[i] = sum
        }
      }
    }
    var remaining = [ScaledNumber](unsafeUninitializedCapacity: kept * kept) { buffer, count in
      for i in 0..<kept {
        for j in 0..<kept {
          let rate = front[(eliminated + i) * size + eliminated + j]
          buffer.initializeElement(at: i * kept + j, to: i == j ? .zero : rate)
        }
      }
      count = kept * kept
    }
    remaining = times(remaining, sources: Array(gains[eliminated...]), size: kept)
    var result = [ScaledNumber](repeating: .zero, count: size * kept)
    for k in remaining.indices { result[eliminated * kept + k] = remaining[k] }
    remaining = []
    front.withUnsafeMutableBufferPointer { front in
      result.withUnsafeMutableBufferPointer { result in
        guard let base = front.baseAddress, let target = result.baseAddress else { return }
        let factors = DenseBlock(base, stride: size, rows: size, columns: size)
        let times = DenseBlock(target, stride: kept, rows: size, columns: kept)
        for k in 0..<eliminated {
          for j in k + 1..<size { factors[k, j] = factors[k, j] / pivots[k] }
          let own = gains[k] / pivots[k]
          for j in 0..<kept { times[k, j] = own }
        }
        add(eliminated..<size, to: 0..<eliminated, factors: factors, times: times)
        restore(0..<eliminated, factors: factors, times: times)
      }
    }
    return result
  }

  /// Completes the times from some states, when what they owe to all later ones is there already.
  private mutating func restore(
    _ states: Range<Int>, factors: DenseBlock<ScaledNumber>, times: DenseBlock<ScaledNumber>
  ) {
    guard states.count <= settings.panelWidth else {
      let middle = states.lowerBound + states.count / 2
      restore(middle..<states.upperBound, factors: factors, times: times)
      add(
        middle..<states.upperBound, to: states.lowerBound..<middle, factors: factors, times: times)
      restore(states.lowerBound..<middle, factors: factors, times: times)
      return
    }
    let width = states.count
    let rows = times.part(rows: states, columns: 0..<times.columns)
    buffers.inverse = [ScaledNumber](repeating: .zero, count: width * width)
    buffers.inverse.withUnsafeMutableBufferPointer { inverse in
      guard let base = inverse.baseAddress else { return }
      // (1 − U)⁻¹ − 1 from the last row.
      let square = DenseBlock(base, stride: width, rows: width, columns: width)
      for k in (0..<width).reversed() {
        for m in k + 1..<width {
          let factor = factors[states.lowerBound + k, states.lowerBound + m]
          guard !factor.isZero else { continue }
          square[k, m] += factor
          for j in m + 1..<width { square[k, j] += factor * square[m, j] }
        }
      }
      ScaledNumber.addProduct(square, rows, to: rows, threads: settings.threads)
    }
  }

  /// Adds to the times from some states what comes after their jumps to others.
  private func add(
    _ later: Range<Int>, to earlier: Range<Int>, factors: DenseBlock<ScaledNumber>,
    times: DenseBlock<ScaledNumber>
  ) {
    let columns = 0..<times.columns
    ScaledNumber.addProduct(
      factors.part(rows: earlier, columns: later), times.part(rows: later, columns: columns),
      to: times.part(rows: earlier, columns: columns), threads: settings.threads)
  }
}
