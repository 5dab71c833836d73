/// Sums over independent groups of trajectories, or over stretches of few trajectories, from which
/// standard errors come. The first sum of a group is its number of observations.
struct GroupedSums {
  /// The groups that hold anything, all of the same length.
  let groups: [[Double]]
  /// Whether neighbouring groups are stretches of the same trajectory, which may be correlated.
  let areBatches: Bool
  /// The sums over all groups.
  let total: [Double]

  init(_ groups: [[Double]], areBatches: Bool) {
    self.groups = groups.filter { ($0.first ?? 0) > 0 }
    self.areBatches = areBatches
    var total = [Double](repeating: 0, count: groups.first?.count ?? 0)
    for group in self.groups { for i in total.indices { total[i] += group[i] } }
    self.total = total
  }

  var isEmpty: Bool { groups.isEmpty }

  /// Functions of the sums with the standard errors of the delete-one jackknife.
  ///
  /// Batches are merged with their neighbours, two by two, down to eight of them. The error is that
  /// of the finest division from which on it grows by no more than twice its own uncertainty
  /// (Flyvbjerg and Petersen 1989).
  ///
  /// - Parameter estimate: The functions; not a number where they have no value.
  /// - Returns: Their values for all groups together.
  func estimates(_ estimate: ([Double]) -> [Double]) -> [Measured] {
    let values = estimate(total)
    var parts = groups
    var levels: [(groups: Int, errors: [Double])] = []
    while parts.count >= 2 {
      levels.append((parts.count, jackknife(parts, count: values.count, estimate)))
      guard areBatches, parts.count >= 16 else { break }
      parts = stride(from: 0, to: parts.count, by: 2).map { k in
        guard k + 1 < parts.count else { return parts[k] }
        return zip(parts[k], parts[k + 1]).map(+)
      }
    }
    return values.indices.map { i in
      let error = GroupedSums.plateau(levels.map { ($0.groups, $0.errors[i]) })
      return Measured(value: values[i], standardError: error)
    }
  }

  /// One function of the sums.
  func estimate(_ estimate: ([Double]) -> Double) -> Measured { estimates { [estimate($0)] }[0] }

  private func jackknife(
    _ parts: [[Double]], count: Int, _ estimate: ([Double]) -> [Double]
  ) -> [Double] {
    var rest = total
    var mean = [Double](repeating: 0, count: count)
    var squares = mean
    for (k, part) in parts.enumerated() {
      for i in rest.indices { rest[i] = total[i] - part[i] }
      let values = estimate(rest)
      for i in mean.indices {
        let change = values[i] - mean[i]
        mean[i] += change / Double(k + 1)
        squares[i] += change * (values[i] - mean[i])
      }
    }
    let n = Double(parts.count)
    return squares.map { ((n - 1) / n * $0).squareRoot() }
  }

  private static func plateau(_ levels: [(groups: Int, error: Double)]) -> Double? {
    for (k, level) in levels.enumerated() where level.error.isFinite {
      let isHighest = levels[(k + 1)...].allSatisfy { later in
        !later.error.isFinite
          || later.error <= level.error * (1 + 2 / (2 * Double(later.groups - 1)).squareRoot())
      }
      if isHighest { return level.error }
    }
    return nil
  }
}
