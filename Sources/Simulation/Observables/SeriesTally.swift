import LinearAlgebra

/// What all trajectories gave so far.
struct SeriesTally {
  private let plan: SeriesPlan
  private var groups: [[[Double]]]
  private var blocking: [[[Double]]]
  private var bins: [[Double]]
  private var frames: [Double]
  private var steps = 0
  private var diverged = 0

  init(plan: SeriesPlan, observables: Int) {
    self.plan = plan
    groups = SeriesBlock.widths(plan, observables: observables).map {
      Array(repeating: [Double](repeating: 0, count: $0), count: plan.groupCount)
    }
    blocking = Array(
      repeating: Array(repeating: [], count: plan.hasBatches ? 2 : 1), count: observables)
    bins = Array(repeating: [], count: observables)
    frames = [Double](
      repeating: .nan, count: plan.trajectories * (plan.frames?.count ?? 0) * plan.dimension)
  }

  /// Adds what a block gave; to be called in the order of the blocks.
  mutating func add(_ result: SeriesBlockResult, block: Int) {
    for batch in result.batches {
      for (k, sums) in batch.sums.enumerated() {
        for i in sums.indices { groups[k][batch.group][i] += sums[i] }
      }
    }
    for (k, parts) in result.blocking.enumerated() {
      for (part, sums) in parts.enumerated() { addLevels(sums, to: &blocking[k][part]) }
    }
    for (k, sums) in result.bins.enumerated() { addLevels(sums, to: &bins[k]) }
    for chunk in result.frames { add(chunk, block: block) }
    steps += result.steps
    diverged += result.diverged
  }

  /// Takes the positions of a block over.
  mutating func add(_ chunk: SeriesFrames, block: Int) {
    let trajectorySize = (plan.frames?.count ?? 0) * plan.dimension
    let size = chunk.count * plan.dimension
    guard size > 0 else { return }
    for lane in 0..<chunk.values.count / size {
      let offset =
        (block * TrajectoryBlock.width + lane) * trajectorySize + chunk.first * plan.dimension
      frames.replaceSubrange(
        offset..<offset + size, with: chunk.values[lane * size..<(lane + 1) * size])
    }
  }

  /// Everything with its standard errors.
  func summarize(
    _ study: SeriesStudy, origins: [Double], interrupted: Bool, checkpointFailure: String? = nil
  ) -> SeriesResult {
    let measurements = plan.measurements
    let statistics = study.observables.indices.map { k in
      self.statistics(k, name: study.observables[k].name, origin: origins[k])
    }
    var next = study.observables.count
    func sums() -> GroupedSums {
      defer { next += 1 }
      return GroupedSums(groups[next], areBatches: plan.hasBatches)
    }
    let displacement =
      measurements.displacementAxes.isEmpty
      ? nil : meanSquareDisplacement(sums(), offset: 1)
    let current = measurements.currentGrid.flatMap {
      ProbabilityCurrent(sums: sums(), grid: $0, interval: plan.interval)
    }
    let circulations = measurements.circulations.compactMap {
      Circulation(sums: sums(), plane: $0, interval: plan.interval)
    }
    let record = plan.frames.map { frames in
      TrajectoryRecord(
        frames: Tensor(
          shape: [plan.trajectories, frames.count, plan.dimension], elements: self.frames),
        interval: Double(frames.stride) * plan.interval,
        firstTime: Double(plan.burned) * plan.interval)
    }
    return SeriesResult(
      steps: steps, interval: plan.interval, observables: statistics, displacement: displacement,
      current: current, circulations: circulations, record: record, diverged: diverged,
      interrupted: interrupted,
      findings: findings(statistics, interrupted: interrupted)
        + (checkpointFailure.map { ["the last snapshot could not be stored: \($0)"] } ?? []))
  }

  private func statistics(_ k: Int, name: String, origin: Double) -> SeriesStatistics {
    // Of an observable that was not finite everywhere there is no mean.
    let isDefined = self.groups[k].allSatisfy { $0.allSatisfy(\.isFinite) }
    let groups =
      isDefined ? self.groups[k] : self.groups[k].map { [Double](repeating: 0, count: $0.count) }
    let blocking = isDefined ? self.blocking[k] : self.blocking[k].map { _ in [] }
    let sums = GroupedSums(groups, areBatches: plan.hasBatches)
    let analysis = BlockingAnalysis(sums: blocking[0])
    let deviation = sums.estimate { $0[1] / $0[0] }
    let error = plan.hasBatches ? analysis.standardError : deviation.standardError
    // What the mean of a finite series takes from its variance and correlations.
    let meanVariance = error.map { $0 * $0 } ?? 0
    let layout = ObservableMeter.layout(plan)
    var autocovariance: LagFunction?
    var autocorrelation: LagFunction?
    var displacement: LagFunction?
    var integratedTime: IntegratedTime?
    if plan.measurements.correlations, !sums.isEmpty, let grid = plan.lags {
      let lags = usedLags(grid, sums: sums, offset: layout.lags)
      let correlations = Correlations(
        sums: sums, offset: layout.lags, lags: lags, meanVariance: meanVariance)
      let times = lags.lags.map { Double($0) * plan.interval }
      autocovariance = LagFunction(lags: times, values: correlations.covariances)
      displacement = meanSquareDisplacement(sums, offset: layout.lags)
      if let values = correlations.correlations {
        autocorrelation = LagFunction(lags: times, values: values)
        integratedTime = BlockedSum(
          sums: sums, offset: layout.blocks, grid: plan.blocks, meanVariance: meanVariance
        ).integratedTime(interval: plan.interval)
      }
    }
    let spectrum = plan.segment.flatMap { length in
      PowerSpectrum(
        sums: GroupedSums(
          groups.map { Array($0[..<2] + $0[layout.spectrum...]) },
          areBatches: plan.hasBatches),
        length: length, interval: plan.interval, timeStep: plan.timeStep,
        quantity: plan.measurements.spectrum?.quantity ?? .values, meanVariance: meanVariance)
    }
    return SeriesStatistics(
      name: name, mean: Measured(value: origin + deviation.value, standardError: error),
      variance: sums.estimate { total in
        guard total[0] > 0 else { return .nan }
        let mean = total[1] / total[0]
        return max(0, total[2] / total[0] - mean * mean) + meanVariance
      },
      blocking: analysis, stationarity: stationarity(blocking, bins[k], sums: sums),
      autocovariance: autocovariance, autocorrelation: autocorrelation,
      meanSquareDisplacement: displacement, integratedTime: integratedTime, spectrum: spectrum,
      observations: Int(sums.total.first ?? 0))
  }

  /// The lags that any pairs were seen at; a stopped run has only the shorter ones.
  private func usedLags(_ grid: LagGrid, sums: GroupedSums, offset: Int) -> LagGrid {
    let count = grid.lags.indices.prefix { sums.total[offset + 4 * $0] > 0 }.count
    return LagGrid(longest: count > 0 ? grid.lags[count - 1] : 0)
  }

  private func meanSquareDisplacement(_ sums: GroupedSums, offset: Int) -> LagFunction? {
    guard let grid = plan.lags, !sums.isEmpty else { return nil }
    let lags = usedLags(grid, sums: sums, offset: offset).lags
    return LagFunction(
      lags: lags.map { Double($0) * plan.interval },
      values: sums.estimates { total in
        lags.indices.map { total[offset + 4 * $0 + 3] / total[offset + 4 * $0] }
      })
  }

  private func stationarity(
    _ blocking: [[Double]], _ bins: [Double], sums: GroupedSums
  ) -> StationarityCheck {
    var drift = sums.estimate { $0[6] / $0[5] - $0[4] / $0[3] }
    if plan.hasBatches {
      // A drift would show in the scatter of the early part, which is short, and hide itself there.
      let (early, late) = (sums.total[3], sums.total[5])
      let error = BlockingAnalysis(sums: blocking[1]).standardError.map {
        $0 * (1 + late / early).squareRoot()
      }
      drift = Measured(value: drift.value, standardError: error)
    }
    let isKnown = !sums.isEmpty && bins.allSatisfy(\.isFinite)
    let pairs = stride(from: 0, to: isKnown ? bins.count : 0, by: 2).map { i in
      (count: bins[i], sum: bins[i + 1])
    }
    return StationarityCheck(
      drift: drift, bins: pairs,
      binTime: Double(BinMeter(observations: plan.observations).width) * plan.interval)
  }

  /// What to say of an observable that was not finite, or whose square was not.
  private func fault(_ k: Int, name: String) -> String? {
    guard !groups[k].allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    let count = groups[k].reduce(0) { $0 + $1[ObservableMeter.faultIndex] }
    let all = groups[k].reduce(0) { $0 + $1[0] }
    let reason =
      count > 0
      ? "was not finite in \(Int(count)) of \(Int(all)) observations"
      : "became so large that its square is no number"
    return "the observable \"\(name)\" \(reason): it has no mean, and nothing is given of it; the "
      + "trajectories went on"
  }

  private func findings(_ statistics: [SeriesStatistics], interrupted: Bool) -> [String] {
    var result: [String] = []
    if interrupted { result.append("the run was stopped; the results are from what was done") }
    if diverged > 0 {
      result.append(
        "\(diverged) of \(plan.trajectories) trajectories were no longer finite and are left out "
          + "from there on")
    }
    for (k, series) in statistics.enumerated() {
      if let fault = fault(k, name: series.name) { result.append(fault) }
      if let time = series.integratedTime, !time.isConverged {
        result.append(
          "\(series.name): the correlations have not died out in the length of the series; the "
            + "integrated time and the standard errors may be too small")
      }
      if let pValue = series.stationarity.pValue, pValue < 0.01 {
        result.append(
          "\(series.name): the early and the late mean differ by "
            + "\(series.stationarity.score ?? 0) standard errors; the burn-in is too short")
      }
      if series.stationarity.recommendedBurnIn > Double(plan.burned) * plan.interval {
        result.append(
          "\(series.name): a burn-in of at least \(series.stationarity.recommendedBurnIn) is "
            + "recommended")
      }
    }
    return result
  }
}

/// Without the positions, which are stored by themselves.
extension SeriesTally: StateRestorable {
  func write(to writer: inout StateWriter) {
    for group in groups { for sums in group { writer.write(sums) } }
    for parts in blocking { for sums in parts { writer.write(sums) } }
    for sums in bins { writer.write(sums) }
    writer.write(steps)
    writer.write(diverged)
  }

  mutating func restore(from reader: inout StateReader) throws {
    for k in groups.indices {
      for group in groups[k].indices {
        groups[k][group] = try reader.numbers(count: groups[k][group].count)
      }
    }
    for k in blocking.indices {
      for part in blocking[k].indices { blocking[k][part] = try reader.numbers() }
    }
    for k in bins.indices { bins[k] = try reader.numbers() }
    steps = try reader.integer()
    diverged = try reader.integer()
  }
}
