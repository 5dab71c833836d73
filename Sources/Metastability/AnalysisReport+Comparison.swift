import Glibc
import LinearAlgebra
import MarkovChains
import Simulation

extension AnalysisReport {
  /// Compares every formula with the simulation.
  mutating func compare() {
    guard let simulation else { return }
    edgeComparison = formulas.flatMap { edges(of: $0, simulation) }
    compareStates()
    let exits = simulation.result.exits.filter { $0.region == ExitRegion.basin.name }
    // An indicator has an unknown factor: there is nothing to compare.
    for formula in formulas where formula.unavailable == nil && formula.kind != .indicator {
      for minimum in (network?.minima ?? []).indices {
        // Trajectories that left the domain or were given up count with their time only.
        let exit = exits.first { $0.minimum == minimum }
        let events = exit?.toMinimum.reduce(0, +) ?? 0
        let logRate = formula.logExitRate(of: minimum)
        var logRateError: Double?
        var standardError: Double?
        if let exit, events > 0, let logRate, logRate.isFinite {
          logRateError = logRate - logOf(Double(events) / exit.totalTime)
          standardError = 1 / Double(events).squareRoot()
        } else if let logRate, logRate.isFinite, let rare = simulation.rareExit(from: minimum) {
          logRateError = logRate - rare.logRate
          standardError = rare.standardError
        }
        let isRefuted = events > 0 && logRate == -.infinity
        let occupancy = simulation.occupancies.first { $0.minimum == minimum }?.value
        var occupancyError: Double?
        if let occupancy, let chain = formula.chain, chain.selected != nil {
          occupancyError = exp(chain.logStationary[minimum]) - occupancy.value
        }
        guard logRateError != nil || occupancyError != nil || isRefuted else { continue }
        comparison.append(
          Comparison(
            formula: formula.name, minimum: minimum, logRateError: logRateError,
            standardError: standardError, occupancyError: occupancyError,
            isRefuted: isRefuted, occupancyStandardError: occupancy?.standardError))
      }
      if let relaxation = simulation.result.relaxation,
        let error = relaxation.rate.standardError, relaxation.rate.value > 0,
        let logTime = formula.chain?.relaxation?.logTimes.first
      {
        relaxationComparison.append(
          RelaxationComparison(
            formula: formula.name, logRate: -logTime,
            logRateError: -logTime - logOf(relaxation.rate.value),
            standardError: error / relaxation.rate.value))
      }
    }
  }

  /// Compares the chain that was learned with that of every formula, where the states are the minima.
  private mutating func compareStates() {
    guard let states = simulation?.states, states.kind != .boxes,
      let jumps = try? states.result.jumpCounts(),
      jumps.stateCount == network?.minima.count
    else { return }
    let inefficiencies = states.result.jumpInefficiencies
    simulation?.states?.comparisons = formulas.compactMap { formula in
      guard formula.unavailable == nil, formula.kind != .indicator, let predicted = formula.markov,
        let comparison = try? ChainComparison(
          jumps: jumps, predicted: predicted, inefficiencies: inefficiencies)
      else { return nil }
      return (formula.name, comparison)
    }
  }

  /// Compares a formula's rates from minimum to minimum with what was seen of them: the escapes that
  /// were watched, else the transitions of the long trajectories; rare ones by their own method.
  private func edges(of formula: FormulaAnswer, _ simulation: SimulationAnswer) -> [EdgeComparison]
  {
    guard formula.unavailable == nil, formula.kind != .indicator, let predicted = formula.markov
    else { return [] }
    let states = predicted.stateCount
    var result = simulation.rareEvents.compactMap { rare in
      rare.to.map {
        EdgeComparison(formula: formula.name, predicted: predicted, rare: rare, to: $0)
      }
    }
    let sampled = Set(simulation.rareEvents.map(\.from))
    for (source, jumps) in simulation.jumpCounts(stateCount: states) {
      guard let jumps,
        let comparison = try? ChainComparison(jumps: jumps, predicted: predicted)
      else { continue }
      result += comparison.entries.filter { !sampled.contains($0.from) }.map {
        EdgeComparison(formula: formula.name, source: source, entry: $0)
      }
    }
    return result.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
  }
}

extension SimulationAnswer {
  /// The rate of leaving a minimum by a method for rare events: the sum over where it leads.
  func rareExit(from minimum: Int) -> (logRate: Double, standardError: Double)? {
    let ways = rareEvents.filter { $0.from == minimum && $0.to != nil }
    // Without the ways that were stopped the sum would be too small.
    guard !ways.contains(where: \.isInterrupted) else { return nil }
    let total = logSumExp(ways.map(\.logRate))
    guard total > -.infinity else { return nil }
    let variance = ways.reduce(0) { sum, way in
      guard way.logRate > -.infinity else { return sum }
      let share = exp(way.logRate - total) * way.standardError
      return sum + share * share
    }
    return variance > 0 ? (total, variance.squareRoot()) : nil
  }

  /// The jumps between minima and the times in them that were seen: from escapes, and from the long
  /// trajectories for the minima that no escape was watched from.
  func jumpCounts(stateCount: Int) -> [(source: EdgeComparison.Source, jumps: JumpCounts?)] {
    let watched = result.exits.filter {
      $0.region == ExitRegion.basin.name && $0.totalTime > 0 && $0.minimum < stateCount
    }
    var times = [Double](repeating: 0, count: stateCount)
    var entries: [TransitionCounts.Entry] = []
    for exit in watched {
      times[exit.minimum] = exit.totalTime
      for (to, count) in exit.toMinimum.enumerated() where to != exit.minimum && count > 0 {
        entries.append(.init(from: exit.minimum, to: to, count: Double(count)))
      }
    }
    var longTimes = [Double](repeating: 0, count: stateCount)
    var longEntries: [TransitionCounts.Entry] = []
    let isWatched = Set(watched.map(\.minimum))
    for (from, row) in result.transitionCounts.enumerated()
    where !isWatched.contains(from) && from < stateCount {
      longTimes[from] = result.residenceTimes[from]
      for (to, count) in row.enumerated() where to != from && count > 0 {
        longEntries.append(.init(from: from, to: to, count: Double(count)))
      }
    }
    return [
      (.escapes, try? JumpCounts(residenceTimes: times, entries: entries)),
      (.transitions, try? JumpCounts(residenceTimes: longTimes, entries: longEntries)),
    ]
  }
}
