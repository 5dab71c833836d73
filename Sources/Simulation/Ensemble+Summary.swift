import Glibc
import Landscapes
import LinearAlgebra
import StationaryPoints

extension Ensemble {
  /// Everything that is reported, from what was counted.
  func summarize(
    _ occupancy: OccupancyMeasurement, _ exits: [ExitMeasurement], interrupted: Bool,
    checkpointFailure: String?
  ) -> EnsembleResult {
    let states = network.minima.count
    // Clocks count time itself.
    let timeUnit = mover.keepsClock ? 1 : Double(stride) * settings.timeStep
    var total = emptyTally()
    for group in occupancy.groups { total.add(group) }
    let rates = MilestonedRates(total, timeUnit: timeUnit)
    var findings = cores.findings
    let mode = rates.slowestMode()
    let occupancies =
      total.isEmpty
      ? [] : occupancies(occupancy.groups, timeUnit, mode?.rate, length(total), &findings)
    let statistics = exits.map {
      ExitStatistics(
        $0, region: settings.exitRegion.name, states: states, saddles: network.saddles.count,
        seed: settings.seed)
    }
    describe(statistics, into: &findings)
    if occupancy.isBurnIn {
      findings.append(
        "the run was stopped in its burn-in: the occupancies are those of the burn-in and depend on "
          + "where the trajectories started")
    }
    let left = [
      settings.trajectories > 0 && network.minima.count > 1 ? "the relaxation rate" : nil,
      settings.histogram == nil ? nil : "the histogram",
    ].compactMap(\.self)
    if mover.keepsClock, !left.isEmpty {
      findings.append(
        left.joined(separator: " and ") + " would need looks at equal intervals of time, which a "
          + "process whose steps take different times does not offer; left out")
    }
    if hasJumps {
      findings.append(
        "the noise jumps between parts of a basin: the error of the scheme is of the order of the "
          + "root of the time step; compare with a quarter of it")
    }
    if hasBatches, !total.isEmpty { describeBatches(mode?.rate, length(total), &findings) }
    if let checkpointFailure {
      findings.append("the last snapshot could not be stored: \(checkpointFailure)")
    }
    if total.leftDomain > 0 {
      findings.append(
        "\(total.leftDomain) times a trajectory left the domain and was started again from its "
          + "first minimum; occupancies refer to the process with these restarts")
    }
    if total.diverged > 0 {
      findings.append(
        "\(total.diverged) times a trajectory was no longer finite and was started again; "
          + "a smaller time step, a reflecting box or a domain may help")
    }
    if !mover.keepsClock, let steepest = network.minima.compactMap(\.spectrum.last).max(),
      steepest * settings.timeStep >= 2
    {
      findings.append(
        "the time step \(settings.timeStep) times the largest curvature \(steepest) of a minimum "
          + "is at least 2: the steps are unstable there")
    }
    return EnsembleResult(
      steps: occupancy.steps + exits.reduce(0) { $0 + $1.steps }, occupancies: occupancies,
      exits: statistics,
      relaxation: mover.keepsClock
        ? nil
        : relaxation(occupancy.groups, timeUnit, mode, rates.stationaryDistribution()),
      transitionCounts: rates.counts, residenceTimes: rates.times,
      histogram: histogramGrid.map { grid in
        Histogram(grid: grid, groups: occupancy.groups.map(\.histogram))
      },
      leftDomain: total.leftDomain, diverged: total.diverged, interrupted: interrupted,
      findings: findings)
  }

  /// The mean length of a trajectory in time, the burn-in included.
  private func length(_ total: Tally) -> Double {
    guard mover.keepsClock else { return settings.time }
    return total.residence.reduce(0, +) / (1 - settings.burnIn) / Double(settings.trajectories)
  }

  /// Says where the stretches that the standard errors rest on are too short to be independent.
  private func describeBatches(
    _ slowest: Double?, _ length: Double, _ findings: inout [String]
  ) {
    guard network.minima.count > 1 else { return }
    let measured = length * (1 - settings.burnIn) * Double(settings.trajectories)
    let stretch = measured / 8
    if let slowest, slowest * stretch >= 5 { return }
    let count =
      settings.trajectories == 1 ? "one trajectory" : "\(settings.trajectories) trajectories"
    findings.append(
      "the standard errors of the occupancies rest on stretches of \(count) that are "
        + (slowest.map { "only \(($0 * stretch * 10).rounded() / 10) relaxation times long" }
          ?? "shorter than the relaxation time")
        + ": they are too small; use 16 trajectories or more, or longer ones")
  }

  private func occupancies(
    _ groups: [Tally], _ timeUnit: Double, _ slowest: Double?, _ length: Double,
    _ findings: inout [String]
  ) -> [Occupancy] {
    func shares(_ times: [Double]) -> [Double]? {
      let sum = times.reduce(0, +)
      return sum > 0 ? times.map { $0 / sum } : nil
    }
    let milestoning = jackknife(groups, areBatches: hasBatches) { shares($0.residence) }
    let descent = jackknife(groups, areBatches: hasBatches) { shares($0.frames) }
    let chain = jackknife(groups, areBatches: hasBatches) {
      MilestonedRates($0, timeUnit: timeUnit).stationaryDistribution()
    }
    func measured(_ estimate: (values: [Double], standardErrors: [Double]?)?, _ i: Int)
      -> Measured?
    {
      estimate.map { Measured(value: $0.values[i], standardError: $0.standardErrors?[i]) }
    }
    // The start is forgotten where the burn-in is several relaxation times long.
    let forgetsStart =
      network.minima.count == 1
      || (slowest.map { $0 * settings.burnIn * length >= 4 } ?? false)
    if !forgetsStart {
      findings.append(
        chain == nil
          ? "too few transitions between minima were seen: the occupancies still depend on where "
            + "the trajectories started and mean little"
          : "the trajectories are not long enough to forget where they started: occupancies are "
            + "taken from the counted transitions and residence times")
    }
    return network.minima.indices.map { i in
      let direct = measured(milestoning, i) ?? Measured(value: .nan, standardError: nil)
      let fromChain = measured(chain, i)
      return Occupancy(
        minimum: i, milestoning: direct, rateMatrix: fromChain, descent: measured(descent, i),
        best: forgetsStart ? direct : fromChain ?? direct)
    }
  }

  /// The decay of the correlation of the slowest mode between two lags, C(τ) = Σ πᵢfᵢTᵢⱼ(τ)fⱼ. A
  /// projection error and the fast decay at short times are the same factor at both and cancel.
  ///
  /// Only the transition probabilities Tᵢⱼ(τ) are measured, so that it does not matter where the
  /// trajectories started. With two states this is T₀₀ + T₁₁ − 1, whatever π and f are.
  private func relaxation(
    _ groups: [Tally], _ timeUnit: Double, _ mode: (rate: Double, vector: [Double])?,
    _ weights: [Double]?
  ) -> Relaxation? {
    guard let mode, let weights else { return nil }
    let spacing = Double(Ensemble.correlationSpacing) * timeUnit
    let best = Glibc.log2(1 / (mode.rate * spacing * 8)).rounded()
    let level = Int(min(max(best, 0), Double(correlationLevels - 1)))
    let states = weights.count
    let mean = dot(weights, mode.vector)
    let function = mode.vector.map { $0 - mean }
    func correlation(_ pairs: [Int: Int]) -> Double? {
      var sums = [Double](repeating: 0, count: states)
      var counts = [Int](repeating: 0, count: states)
      // In the order of the states, so that rounding does not depend on the hash seed.
      for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
        sums[key / states] += Double(value) * function[key % states]
        counts[key / states] += value
      }
      var result = 0.0
      for i in 0..<states where weights[i] > 0 {
        guard counts[i] > 0 else { return nil }
        result += weights[i] * function[i] * sums[i] / Double(counts[i])
      }
      return result > 0 ? result : nil
    }
    let lag = 4 * spacing * Double(1 << level)
    let estimate = jackknife(groups, areBatches: hasBatches) { tally in
      guard let first = correlation(tally.pairs[2 * level]),
        let second = correlation(tally.pairs[2 * level + 1])
      else { return nil }
      return [logOf(first / second) / lag]
    }
    guard let estimate, estimate.values[0].isFinite else { return nil }
    let direct = jackknife(groups, areBatches: hasBatches) {
      MilestonedRates($0, timeUnit: timeUnit).slowestMode().map { [$0.rate] }
    }
    return Relaxation(
      rate: Measured(
        value: estimate.values[0], standardError: estimate.standardErrors?[0]),
      lag: lag,
      rateMatrix: Measured(value: mode.rate, standardError: direct?.standardErrors?[0]))
  }

  private func describe(_ exits: [ExitStatistics], into findings: inout [String]) {
    let silent = settings.exits > 0 ? network.minima.indices.filter { isSilent($0) } : []
    if settings.exits > 0, settings.exitMinima == nil, exits.isEmpty, silent.isEmpty {
      findings.append(
        "no escapes were watched: there is one minimum, no other core set and no domain to leave")
    }
    for number in silent {
      findings.append(
        "the noise vanishes at minimum \(number): nothing escapes from it, and no escapes were "
          + "watched")
    }
    for number in network.minima.indices
    where !exits.isEmpty && !silent.contains(number)
      && !exits.contains(where: { $0.minimum == number })
      && settings.exitMinima?.contains(number) != false
    {
      findings.append(
        "minimum \(number) lies outside the exit region; no escapes from it were watched")
    }
    for exit in exits {
      if exit.rateBound != nil {
        findings.append(
          "minimum \(exit.minimum): no escape was seen, all \(exit.censored) watches ended without "
            + "an escape; the 95 % interval of the rate goes from 0 to "
            + "\(exit.rateInterval.upperBound)")
      } else if exit.censored > 0 {
        findings.append(
          "minimum \(exit.minimum): \(exit.censored) of \(exit.count + exit.censored) watches "
            + "ended without an escape; the mean assumes an exponential law")
      }
      let unassigned = (exit.saddles?.sought ?? 0) - (exit.saddles?.counts.reduce(0, +) ?? 0)
      if unassigned > 0 {
        findings.append(
          "minimum \(exit.minimum): for \(unassigned) of \(exit.saddles?.sought ?? 0) escapes no "
            + "saddle could be named")
      }
      if exit.leftDomain > 0 {
        findings.append(
          "minimum \(exit.minimum): \(exit.leftDomain) of \(exit.count) escapes left the domain")
      }
      if exit.diverged > 0 {
        findings.append(
          "minimum \(exit.minimum): \(exit.diverged) of \(exit.count) escapes were trajectories "
            + "that were no longer finite")
      }
    }
  }
}
