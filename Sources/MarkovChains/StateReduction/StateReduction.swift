/// The factors of a generator, found by eliminating one state after the other without subtraction.
///
/// Eliminating state s replaces the paths i → s → j by a direct rate,
///
///     k_ij += k_is k_sj / K_s,   K_s = Σ_{j remaining} k_sj + escape rate of s,
///
/// and the rates out of the network likewise. K_s is a sum over the states that remain (Grassmann,
/// Taksar & Heyman 1985; graph transformation, Wales 2009), never a difference, so every number
/// keeps its relative accuracy whatever the spread of the rates. With U = (k_sj/K_s) and
/// L = (k_is/K_s) the result is −Q = (1 − L) diag(K) (1 − U).
struct StateReduction<Number: Semifield>: Sendable {
  let plan: EliminationPlan
  /// K at each position; zero at the last state of a network without an escape.
  private(set) var pivots: [Number]
  /// Where the factors of each position start.
  private var factorStarts: [Int]
  /// k_sj/K_s for the states j that remain, in the order of the front.
  private var forward: [Number]
  /// k_is/K_s for the states i that remain.
  private var backward: [Number]
  /// Where the states that remain at each position start and end in `plan.touched`.
  private var remainders: [Range<Int>]

  /// What an elimination is for, which decides what is stored.
  enum Purpose: Sendable {
    /// All solvers can be used.
    case anything
    /// Only the stationary weights are asked for; they need half of the factors.
    case stationaryWeights
  }

  /// Eliminates all states of a network.
  ///
  /// Either every state can reach an escape, or the network is strongly connected without one.
  init(
    _ network: RateNetwork<Number>, plan given: EliminationPlan? = nil,
    for purpose: Purpose = .anything
  ) {
    plan = given ?? EliminationPlan(rowStarts: network.rowStarts, targets: network.targets)
    let count = network.stateCount
    pivots = [Number](repeating: .zero, count: count)
    remainders = []
    remainders.reserveCapacity(count)
    factorStarts = [0]
    factorStarts.reserveCapacity(count + 1)
    for block in 0..<plan.blockCount {
      let front = plan.front(block)
      for k in 0..<plan.width(block) {
        remainders.append(front.lowerBound + k + 1..<front.upperBound)
        factorStarts.append(factorStarts[factorStarts.count - 1] + front.count - k - 1)
      }
    }
    let factorCount = factorStarts[count]
    forward = [Number](repeating: .zero, count: purpose == .anything ? factorCount : 0)
    backward = [Number](repeating: .zero, count: factorCount)
    var escapes = plan.states.map { network.escapes[$0] }
    eliminate(network, escapes: &escapes, settings: .current)
  }

  private mutating func eliminate(
    _ network: RateNetwork<Number>, escapes: inout [Number], settings: EliminationSettings
  ) {
    let plan = plan
    let columns = network.reversed { _, _, rate in rate }
    let cost = plan.cost
    // What remains of a front waits here until its parent takes it; children lie on top.
    var waiting: [Number] = []
    waiting.reserveCapacity(cost.largestStack)
    var waitingBlocks: [Int] = []
    var place = [Int](repeating: 0, count: network.stateCount)
    var front = [Number](repeating: .zero, count: cost.widestFront * cost.widestFront)
    var buffers = PanelBuffers<Number>()
    for block in 0..<plan.blockCount {
      let touched = plan.front(block)
      let size = touched.count
      let width = plan.width(block)
      for k in 0..<size { place[plan.touched[touched.lowerBound + k]] = k }
      front.withUnsafeMutableBufferPointer { front in
        for k in 0..<size * size { front[k] = .zero }
      }
      let start = plan.blockStarts[block]
      for k in 0..<width {
        // Row and column of a state, except what its block or an earlier one has already.
        let state = plan.states[start + k]
        network.forEachTransition(from: state) { target, rate in
          let position = plan.positions[target]
          if position >= start { front[k * size + place[position]] = rate }
        }
        columns.forEachTransition(from: state) { source, rate in
          let position = plan.positions[source]
          if position >= start { front[place[position] * size + k] = rate }
        }
      }
      while let child = waitingBlocks.last, plan.parents[child] == block {
        waitingBlocks.removeLast()
        let rest = plan.front(child).dropFirst(plan.width(child))
        let base = waiting.count - rest.count * rest.count
        for (a, i) in rest.enumerated() {
          let row = place[plan.touched[i]] * size
          for (b, j) in rest.enumerated() where a != b {
            front[row + place[plan.touched[j]]] += waiting[base + a * rest.count + b]
          }
        }
        waiting.removeLast(waiting.count - base)
      }
      front.withUnsafeMutableBufferPointer { front in
        guard let base = front.baseAddress else { return }
        if Number.hasFastProducts, width >= settings.smallestPanel {
          eliminateByPanels(
            DenseBlock(base, stride: size, rows: size, columns: size), width: width, start: start,
            touched: touched, escapes: &escapes, buffers: &buffers, settings: settings)
        } else {
          for k in 0..<width {
            eliminate(k, size: size, position: start + k, touched: touched, front, &escapes)
          }
        }
      }
      guard width < size else { continue }
      front.withUnsafeBufferPointer { front in
        for i in width..<size {
          waiting.append(contentsOf: front[i * size + width..<(i + 1) * size])
        }
      }
      waitingBlocks.append(block)
    }
  }

  /// Eliminates one state of a front.
  @inline(__always)
  private mutating func eliminate(
    _ k: Int, size: Int, position: Int, touched: Range<Int>,
    _ front: UnsafeMutableBufferPointer<Number>, _ escapes: inout [Number]
  ) {
    let row = k * size
    var pivot = escapes[position]
    for j in k + 1..<size { pivot += front[row + j] }
    pivots[position] = pivot
    let factors = factorStarts[position] - (k + 1)
    guard !pivot.isZero else { return }
    if !forward.isEmpty {
      for j in k + 1..<size { forward[factors + j] = front[row + j] / pivot }
    }
    let escape = escapes[position]
    for i in k + 1..<size {
      let rate = front[i * size + k]
      guard !rate.isZero else { continue }
      let share = rate / pivot
      backward[factors + i] = share
      if !escape.isZero { escapes[plan.touched[touched.lowerBound + i]] += share * escape }
      let other = i * size
      for j in k + 1..<size { front[other + j] += share * front[row + j] }
    }
  }

  /// Eliminates the states of a block by matrix products.
  private mutating func eliminateByPanels(
    _ front: DenseBlock<Number>, width: Int, start: Int, touched: Range<Int>,
    escapes: inout [Number], buffers: inout PanelBuffers<Number>, settings: EliminationSettings
  ) {
    let size = front.rows
    var local = plan.touched[touched].map { escapes[$0] }
    var first = 0
    while first < width {
      let panel = first..<min(first + settings.panelWidth, width)
      let found = local.withUnsafeMutableBufferPointer { local in
        local.baseAddress.map {
          Self.eliminatePanel(
            panel, of: front, escapes: $0, buffers: &buffers, threads: settings.threads)
        } ?? []
      }
      for (k, pivot) in zip(panel, found) {
        pivots[start + k] = pivot
        guard !pivot.isZero else { continue }
        let factors = factorStarts[start + k] - (k + 1)
        if !forward.isEmpty {
          for j in k + 1..<size { forward[factors + j] = front[k, j] / pivot }
        }
        for i in k + 1..<size { backward[factors + i] = front[i, k] }
      }
      first = panel.upperBound
    }
    for (k, position) in plan.touched[touched].enumerated() { escapes[position] = local[k] }
  }
}

extension StateReduction {
  /// Calls a closure with each state that remains after a position, as a position, and the factor
  /// k_sj/K_s towards it.
  @inline(__always)
  func forEachForward(_ position: Int, _ body: (Int, Number) -> Void) {
    var factor = factorStarts[position]
    for k in remainders[position] {
      body(plan.touched[k], forward[factor])
      factor += 1
    }
  }

  /// Calls a closure with each state that remains after a position, as a position, and the factor
  /// k_is/K_s from it.
  @inline(__always)
  func forEachBackward(_ position: Int, _ body: (Int, Number) -> Void) {
    var factor = factorStarts[position]
    for k in remainders[position] {
      body(plan.touched[k], backward[factor])
      factor += 1
    }
  }

  /// The sources that arrive at each position when the earlier states are eliminated: (1 − L)⁻¹ f.
  ///
  /// - Parameter sources: f, one number per state.
  /// - Returns: One number per position.
  func accumulated(_ sources: [Number]) -> [Number] {
    var result = plan.states.map { sources[$0] }
    for position in result.indices {
      let source = result[position]
      guard !source.isZero else { continue }
      forEachBackward(position) { result[$0] += $1 * source }
    }
    return result
  }

  /// The solution x of −Q x = f: with f = 1 the mean times to escape.
  ///
  /// - Parameter sources: f, one number per state, none negative.
  /// - Returns: x, one number per state.
  func solve(_ sources: [Number]) -> [Number] {
    var x = accumulated(sources)
    for position in x.indices.reversed() {
      var sum = x[position] / pivots[position]
      forEachForward(position) { sum += $1 * x[$0] }
      x[position] = sum
    }
    return plan.positions.map { x[$0] }
  }

  /// The solution y of −y Q = g: the mean time spent in each state before escape.
  ///
  /// - Parameter sources: g, the distribution at the start, one number per state.
  /// - Returns: y, one number per state.
  func solveTransposed(_ sources: [Number]) -> [Number] {
    var y = plan.states.map { sources[$0] }
    for position in y.indices {
      let source = y[position]
      guard !source.isZero else { continue }
      forEachForward(position) { y[$0] += $1 * source }
    }
    for position in y.indices.reversed() {
      var sum = y[position] / pivots[position]
      forEachBackward(position) { sum += $1 * y[$0] }
      y[position] = sum
    }
    return plan.positions.map { y[$0] }
  }

  /// The stationary weights of a strongly connected network without escapes, 1 for the last state
  /// of the elimination.
  func stationaryWeights() -> [Number] {
    var weights = [Number](repeating: .zero, count: pivots.count)
    for position in weights.indices.reversed() {
      guard position < weights.count - 1 else {
        weights[position] = .one
        continue
      }
      var sum = Number.zero
      forEachBackward(position) { sum += $1 * weights[$0] }
      weights[position] = sum
    }
    return plan.positions.map { weights[$0] }
  }
}
