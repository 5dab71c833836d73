import LinearAlgebra
public import MarkovChains

/// What a study of discrete trajectories has counted.
public struct DiscreteTrajectoryResult: Sendable, Equatable {
  /// What each state is: the number of the minimum, core set or box, or what a function called it.
  public let labels: [Int]
  /// The lags in frames.
  public let lags: [Int]
  /// The time between two frames.
  public let frameTime: Double
  /// The recorded trajectories, as positions in `labels`, frame after frame; −1 where there is no
  /// state.
  public let trajectories: [[Int]]
  /// The number of steps of single trajectories.
  public let steps: Int
  /// How many frames had no state.
  public let unassignedFrames: Int
  /// How often a trajectory left the domain and was started again.
  public let leftDomain: Int
  /// How often a trajectory was no longer finite and was started again.
  public let diverged: Int
  /// Whether the run was stopped before its end; everything else is from what was done.
  public let interrupted: Bool
  /// Why the last snapshot could not be stored; nil where it was, or none was to be.
  public let checkpointFailure: String?

  /// The tallies of independent groups, in the order of trajectories and time.
  let groups: [DiscreteTally]
  /// Whether neighbouring groups are stretches of the same trajectories.
  let areBatches: Bool
  /// The frames of a batch.
  let batchLength: Int
  private let total: DiscreteTally
  private let span: Int
  private let places: [Int: Int]

  init(
    discretisation: Discretisation, settings: DiscreteTrajectorySettings, groups: [DiscreteTally],
    areBatches: Bool, frameTime: Double, recorded: [[Int]], steps: Int, interrupted: Bool,
    checkpointFailure: String? = nil
  ) {
    var total = DiscreteTally(lags: settings.lags.count)
    for group in groups { total.add(group) }
    let span = discretisation.stateSpan
    if let count = discretisation.stateCount {
      labels = Array(0..<count)
    } else {
      var seen = Set(total.residence.keys)
      for key in total.jumps.keys { seen.insert(key % span) }
      for trajectory in recorded { seen.formUnion(trajectory.lazy.filter { $0 >= 0 }) }
      labels = seen.sorted()
    }
    let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    lags = settings.lags
    self.frameTime = frameTime
    trajectories = recorded.map { $0.map { places[$0] ?? -1 } }
    self.steps = steps
    unassignedFrames = total.unassigned
    leftDomain = total.leftDomain
    diverged = total.diverged
    self.interrupted = interrupted
    self.checkpointFailure = checkpointFailure
    self.groups = groups.filter { !$0.isEmpty }
    self.areBatches = areBatches
    batchLength = settings.trajectories * settings.frames / max(1, groups.count)
    self.total = total
    self.span = span
    self.places = places
  }

  /// The number of states.
  public var stateCount: Int { labels.count }

  /// The time spent in each state, summed over trajectories.
  public var residenceTimes: [Double] {
    labels.map { Double(total.residence[$0] ?? 0) * frameTime }
  }

  /// The share of time in each state, with a standard error between independent groups of
  /// trajectories; where there are few trajectories, between batches of them, merged as long as
  /// that makes the error larger (Flyvbjerg and Petersen 1989).
  public var occupancies: [Measured] {
    labels.map { label in
      let parts = groups.map { group in
        (
          part: Double(group.residence[label] ?? 0),
          whole: Double(group.residence.values.reduce(0, +))
        )
      }
      return Measured(ratioOf: parts, areBatches: areBatches)
    }
  }

  /// The jumps between states in frames that follow each other, and the time in each state: the
  /// sufficient statistics of a chain in continuous time.
  ///
  /// Two jumps within one frame are seen as one or none, so that frames should be short beside the
  /// stays; and a state with memory, such as a basin whose ridge is crossed again and again, has no
  /// rate to which the counts converge.
  ///
  /// - Parameter effective: Whether numbers and times are divided by `jumpInefficiencies`, so that
  ///   errors hold for jumps that are not independent; the rates stay the same.
  /// - Returns: The counts.
  /// - Throws: `EstimationError.invalidStateCount` where no state was seen.
  public func jumpCounts(effective: Bool = false) throws -> JumpCounts {
    let factors = effective ? jumpInefficiencies : [Double](repeating: 1, count: stateCount)
    return try JumpCounts(
      residenceTimes: zip(residenceTimes, factors).map { $0 / $1 },
      entries: entries(total.jumps).map {
        .init(from: $0.from, to: $0.to, count: $0.count / factors[$0.from])
      })
  }

  /// How often states followed each other after a lag.
  ///
  /// - Parameters:
  ///   - lag: One of the `lags`.
  ///   - mode: Which pairs of frames count. `effective` divides each row by its statistical
  ///     inefficiency (`inefficiencies(lag:)`).
  /// - Returns: The counts.
  /// - Throws: `SimulationError.invalidSetting` for a lag that was not counted;
  ///   `EstimationError.invalidStateCount` where no state was seen.
  public func transitionCounts(
    lag: Int, mode: TransitionCounts.Mode = .sliding
  ) throws -> TransitionCounts {
    let k = try index(ofLag: lag)
    let found = entries(mode == .strided ? total.strided[k] : total.sliding[k])
    let factors: [Double] =
      switch mode {
      case .sliding, .strided: [Double](repeating: 1, count: stateCount)
      case .slidingOverLag: [Double](repeating: Double(lag), count: stateCount)
      case .effective: try inefficiencies(lag: lag)
      }
    return try TransitionCounts(
      stateCount: stateCount, lag: lag,
      entries: found.map {
        .init(from: $0.from, to: $0.to, count: $0.count / factors[$0.from])
      })
  }

  /// How many sliding counts of each state are worth one that is independent.
  ///
  /// The variance of c_ij − p_ij c_i between independent groups of trajectories (or batches of
  /// them), summed over j, over what independent transitions have, Σ_j c_i p_ij (1 − p_ij).
  ///
  /// - Parameter lag: One of the `lags`.
  /// - Returns: One number per state; the lag where nothing can be measured.
  /// - Throws: `SimulationError.invalidSetting` for a lag that was not counted.
  public func inefficiencies(lag: Int) throws -> [Double] {
    let k = try index(ofLag: lag)
    var groups = groups.map { group in
      (counts: group.sliding[k], exposure: rowSums(group.sliding[k]))
    }
    // Stretches of a trajectory are independent where they are long beside the lag.
    var length = batchLength
    while areBatches, length < 5 * lag, groups.count >= 16 {
      groups = stride(from: 0, to: groups.count, by: 2).map { a in
        guard a + 1 < groups.count else { return groups[a] }
        return (
          groups[a].counts.merging(groups[a + 1].counts, uniquingKeysWith: +),
          groups[a].exposure.merging(groups[a + 1].exposure, uniquingKeysWith: +)
        )
      }
      length *= 2
    }
    let sums = rowSums(total.sliding[k])
    return inefficiencies(
      total.sliding[k], exposure: sums, groups: groups, fallback: Double(lag)
    ) { count, sum in count * (1 - count / sum) }
  }

  /// How many jumps from each state are worth one that is independent: the variance of N_ij − k_ij
  /// T_i between groups, summed over j, over that of a Markov chain, Σ_j N_ij; 1 where nothing can
  /// be measured.
  public var jumpInefficiencies: [Double] {
    inefficiencies(
      total.jumps, exposure: total.residence,
      groups: groups.map { ($0.jumps, $0.residence) }, fallback: 1
    ) { count, _ in count }
  }

  /// The position of a lag in `lags`.
  private func index(ofLag lag: Int) throws -> Int {
    guard let k = lags.firstIndex(of: lag) else {
      throw SimulationError.invalidSetting(
        name: "lag", value: "\(lag)", accepted: "one of those that were counted, \(lags)")
    }
    return k
  }

  private func entries(_ pairs: [Int: Int]) -> [TransitionCounts.Entry] {
    pairs.sorted { $0.key < $1.key }.compactMap { key, count in
      guard let from = places[key / span], let to = places[key % span] else { return nil }
      return .init(from: from, to: to, count: Double(count))
    }
  }

  private func rowSums(_ pairs: [Int: Int]) -> [Int: Int] {
    var sums: [Int: Int] = [:]
    for (key, count) in pairs { sums[key / span, default: 0] += count }
    return sums
  }

  /// The variance of counts between groups over that of independent events, by state.
  private func inefficiencies(
    _ counts: [Int: Int], exposure: [Int: Int],
    groups: [(counts: [Int: Int], exposure: [Int: Int])], fallback: Double,
    independent: (_ count: Double, _ exposure: Double) -> Double
  ) -> [Double] {
    var squares = [Double](repeating: 0, count: stateCount)
    var expected = squares
    // In a fixed order, because sums of doubles depend on it.
    for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
      let from = key / span
      guard let state = places[from], let whole = exposure[from] else { continue }
      let ratio = Double(count) / Double(whole)
      for group in groups {
        let residual =
          Double(group.counts[key] ?? 0) - ratio * Double(group.exposure[from] ?? 0)
        squares[state] += residual * residual
      }
      expected[state] += independent(Double(count), Double(whole))
    }
    let size = Double(groups.count)
    return squares.indices.map { state in
      guard groups.count >= 2, squares[state] > 0, expected[state] > 0 else { return fallback }
      return size / (size - 1) * squares[state] / expected[state]
    }
  }
}

extension Measured {
  /// A ratio of sums over groups, with the standard error of its linearisation.
  ///
  /// - Parameters:
  ///   - groups: Numerators and denominators.
  ///   - areBatches: Whether neighbours may be correlated; they are then merged, down to eight
  ///     groups, and the largest standard error counts.
  init(ratioOf groups: [(part: Double, whole: Double)], areBatches: Bool) {
    let part = groups.reduce(0) { $0 + $1.part }
    let whole = groups.reduce(0) { $0 + $1.whole }
    guard whole > 0 else {
      self.init(value: .nan, standardError: nil)
      return
    }
    let ratio = part / whole
    var residuals = groups.map { $0.part - ratio * $0.whole }
    var error: Double?
    while residuals.count >= 2 {
      let size = Double(residuals.count)
      let squares = residuals.reduce(0) { $0 + $1 * $1 }
      error = max(error ?? 0, (size / (size - 1) * squares).squareRoot() / whole)
      guard areBatches, residuals.count >= 16 else { break }
      residuals = stride(from: 0, to: residuals.count, by: 2).map { k in
        residuals[k] + (k + 1 < residuals.count ? residuals[k + 1] : 0)
      }
    }
    self.init(value: ratio, standardError: error)
  }
}
