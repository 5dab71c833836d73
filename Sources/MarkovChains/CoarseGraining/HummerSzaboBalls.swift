/// Hummer and Szabo's rates between groups in ball arithmetic, where doubles lose their digits.
///
/// With D and D_c the stationary probabilities of states and groups on the diagonal and A the states'
/// membership in groups, equation 12 of Hummer and Szabo (2015) is
///
///     Q_c = 1 π_cᵀ − (D_c⁻¹ Aᵀ D X)⁻¹,   (1 πᵀ − Q) X = A,
///
/// and with a state r out of the chain and the mean times N_iJ spent in each group before r is
/// reached, t = Σ_J N_J, X_iJ = N_iJ − π_J t_i + c_J where c_J makes πᵀX_J = π_J. The differences
/// cancel the more the less metastable the groups are; the precision is doubled until every rate has
/// the digits of a double.
struct HummerSzaboBalls {
  private let pattern: RateNetwork<ScaledNumber>
  private let logRates: [Double]
  private let labels: [Int]
  private let groupCount: Int
  /// The most probable state.
  private let root: Int
  private let others: [Int]
  private let plan: EliminationPlan
  /// The binary digits between the fastest exit and the slowest passage.
  private let spread: Int

  /// Prepares the calculation.
  ///
  /// - Parameters:
  ///   - network: A strongly connected network in doubles.
  ///   - logRates: The natural logarithms of its rates.
  ///   - labels: The group of each state.
  ///   - count: The number of groups.
  init(
    _ network: RateNetwork<ScaledNumber>, logRates: [Double], labels: [Int], count: Int
  ) {
    pattern = network
    self.logRates = logRates
    self.labels = labels
    groupCount = count
    let weights = StateReduction(network, for: .stationaryWeights).stationaryWeights()
    let root = weights.indices.max { weights[$0] < weights[$1] } ?? 0
    self.root = root
    others = weights.indices.filter { $0 != root }
    let inside = network.restricted(to: others)
    plan = EliminationPlan(rowStarts: inside.rowStarts, targets: inside.targets)
    let times = StateReduction(inside, plan: plan)
      .solve([ScaledNumber](repeating: .one, count: others.count))
    let fastest = (0..<network.stateCount).reduce(ScaledNumber.zero) {
      max($0, network.exitRate(of: $1))
    }
    spread = max(0, (fastest * (times.max() ?? .one)).binaryParts.exponent)
  }

  /// The rates with the bounds of their errors, and the passage times that they keep.
  typealias Result = (generator: ScaledMatrix, noise: ScaledMatrix, times: ScaledMatrix)

  /// The rates and what belongs to them.
  ///
  /// - Returns: The rates and times, those that are zero as far as the precision goes as zero; nil
  ///   where ball arithmetic would take too long.
  func rates() -> Result? {
    var best: Result?
    var bits = spread + 192
    let lastBits = 4 * spread + 768
    let size = Double(groupCount)
    let cost = plan.cost
    let solves = size * (2 * Double(cost.factorCount) + 3 * Double(others.count))
    let more = solves + 6 * size * size * size
    while BallWork.allows(cost, more: more, exponentials: logRates.count, bits: bits) {
      if let (generator, times) = generator(bits: bits) {
        let empty = ScaledMatrix(rows: groupCount, columns: groupCount)
        var result: Result = (empty, empty, empty)
        var isComplete = true
        for i in 0..<groupCount {
          for j in 0..<groupCount where j != i {
            let (rate, time) = (generator[i][j], times[i][j])
            if min(rate.accuracy, time.accuracy) < 50 { isComplete = false }
            if !rate.containsZero { result.generator[i, j] = rate.midpoint }
            if !time.containsZero { result.times[i, j] = time.midpoint }
            result.noise[i, j] = rate.radius
          }
        }
        best = result
        if isComplete { break }
      }
      if bits == lastBits { break }
      bits = min(2 * bits, lastBits)
    }
    return best.map { ($0.generator.withZeroRowSums(), $0.noise, $0.times) }
  }

  /// The generator and the passage times T_IJ = (Z_JJ − Z_IJ)/π_J, Z = D_c⁻¹ Aᵀ D X; nil where the
  /// digits do not suffice.
  private func generator(bits: Int) -> (rates: [[BallNumber]], times: [[BallNumber]])? {
    let network = pattern.replacingRates(logRates.map { BallNumber(exp: $0, bits: bits) })
    let reduction = StateReduction(network.restricted(to: others), plan: plan)
    // The time spent in each state between two visits of the root, per unit of time at the root.
    var place = [Int](repeating: -1, count: network.stateCount)
    for (k, state) in others.enumerated() { place[state] = k }
    var start = [BallNumber](repeating: .zero, count: others.count)
    network.forEachTransition(from: root) { start[place[$0]] = $1 }
    let visits = reduction.solveTransposed(start)
    let total = visits.reduce(.one, +)
    var shares = [BallNumber](repeating: .one / total, count: network.stateCount)
    for (state, visit) in zip(others, visits) { shares[state] = visit / total }
    var groupShares = [BallNumber](repeating: .zero, count: groupCount)
    for (state, label) in labels.enumerated() { groupShares[label] += shares[state] }
    let times = (0..<groupCount).map { group in
      reduction.solve(others.map { labels[$0] == group ? .one : .zero })
    }
    var wholeTimes = [BallNumber](repeating: .zero, count: others.count)
    for times in times { for k in times.indices { wholeTimes[k] += times[k] } }
    // The averages of t and of N_J over all states of each group.
    func averages(_ times: [BallNumber]) -> [BallNumber] {
      var result = [BallNumber](repeating: .zero, count: groupCount)
      for (k, state) in others.enumerated() { result[labels[state]] += shares[state] * times[k] }
      return result
    }
    let wholeAverages = averages(wholeTimes)
    var matrix = [[BallNumber]](
      repeating: [BallNumber](repeating: .zero, count: groupCount), count: groupCount)
    for column in 0..<groupCount {
      let sums = averages(times[column])
      let excess = (0..<groupCount).map { sums[$0] - groupShares[column] * wholeAverages[$0] }
      let shift = groupShares[column] - excess.reduce(.zero, +)
      for row in 0..<groupCount { matrix[row][column] = excess[row] / groupShares[row] + shift }
    }
    guard let inverse = Self.inverse(matrix) else { return nil }
    let groups = 0..<groupCount
    return (
      inverse.map { row in zip(groupShares, row).map { $0 - $1 } },
      groups.map { i in groups.map { (matrix[$0][$0] - matrix[i][$0]) / groupShares[$0] } }
    )
  }

  /// The inverse by elimination with the largest pivots; nil where one may be zero.
  private static func inverse(_ matrix: [[BallNumber]]) -> [[BallNumber]]? {
    let count = matrix.count
    var rows = matrix.enumerated().map { i, row in
      row + (0..<count).map { $0 == i ? BallNumber.one : .zero }
    }
    for k in 0..<count {
      let sizes = (k..<count).map { rows[$0][k].midpoint.magnitude }
      guard let best = sizes.indices.max(by: { sizes[$0] < sizes[$1] }),
        !rows[k + best][k].containsZero
      else { return nil }
      rows.swapAt(k, k + best)
      let pivot = rows[k][k]
      for j in k..<2 * count { rows[k][j] = rows[k][j] / pivot }
      for i in 0..<count where i != k && !rows[i][k].isZero {
        let factor = rows[i][k]
        for j in k..<2 * count { rows[i][j] = rows[i][j] - factor * rows[k][j] }
      }
    }
    return rows.map { Array($0[count...]) }
  }
}
