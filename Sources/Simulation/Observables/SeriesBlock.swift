import Landscapes

/// The meters of eight trajectories.
final class SeriesBlock {
  private let plan: SeriesPlan
  private let observables: [TrajectoryObservable]
  private let origins: [Lanes]
  let meters: [ObservableMeter]
  private let displacement: LagMeter?
  private let current: CurrentMeter?
  private let circulations: [CirculationMeter]
  private let point: UnsafeMutablePointer<Lanes>

  /// How many sums each vector of `collect(lane:)` has.
  static func widths(_ plan: SeriesPlan, observables: Int) -> [Int] {
    let measurements = plan.measurements
    var result = [Int](repeating: ObservableMeter.layout(plan).width, count: observables)
    if !measurements.displacementAxes.isEmpty, let lags = plan.lags {
      result.append(1 + LagMeter.width(lags))
    }
    if let grid = measurements.currentGrid { result.append(CurrentMeter.width(grid)) }
    return result + measurements.circulations.map { _ in CirculationMeter.width }
  }

  init(_ plan: SeriesPlan, observables: [TrajectoryObservable], origins: [Double], lanes: Int)
    throws
  {
    self.plan = plan
    self.observables = observables
    self.origins = origins.map { Lanes($0) }
    let axes = plan.measurements.displacementAxes
    meters = try observables.map { _ in try ObservableMeter(plan, lanes: lanes) }
    displacement =
      axes.isEmpty ? nil : plan.lags.map { LagMeter(grid: $0, components: axes.count) }
    current = plan.measurements.currentGrid.map { CurrentMeter(grid: $0) }
    circulations = plan.measurements.circulations.map { CirculationMeter($0) }
    point = .allocate(capacity: max(1, axes.count))
    point.initialize(repeating: Lanes(0.0), count: max(1, axes.count))
  }

  deinit { point.deallocate() }

  /// Takes note of positions from which displacements are counted.
  func start(_ x: Span<Lanes>) {
    current?.start(x)
    for meter in circulations { meter.start(x) }
  }

  /// - Parameters:
  ///   - x: The positions.
  ///   - index: The number of the observation since the start.
  /// - Throws: `LinearAlgebraError` where a Fourier transform fails.
  func observe(_ x: Span<Lanes>, index: Int) throws {
    for k in meters.indices {
      try meters[k].observe(observables[k].evaluate(x) - origins[k], index: index)
    }
    guard index >= plan.burned else { return }
    if let displacement {
      let axes = plan.measurements.displacementAxes
      for i in 0..<axes.count { point[i] = x[axes[i]] }
      displacement.observe(point)
    }
    current?.observe(x)
    for meter in circulations { meter.observe(x) }
  }

  /// The sums of a lane since the last batch: one vector per observable, then those of displacement,
  /// current and circulations.
  func collect(lane: Int, observations: Int) -> [[Double]] {
    let widths = SeriesBlock.widths(plan, observables: meters.count)
    var result = meters.map { $0.collect(lane: lane) }
    if let displacement {
      var sums = [Double](repeating: 0, count: widths[result.count])
      sums[0] = Double(observations)
      displacement.collect(lane: lane, into: &sums, at: 1)
      result.append(sums)
    }
    if let current {
      var sums = [Double](repeating: 0, count: widths[result.count])
      current.collect(lane: lane, into: &sums)
      result.append(sums)
    }
    for meter in circulations {
      var sums = [Double](repeating: 0, count: widths[result.count])
      meter.collect(lane: lane, into: &sums)
      result.append(sums)
    }
    return result
  }

  func startBatch() {
    for meter in meters { meter.startBatch() }
    displacement?.startBatch()
    current?.startBatch()
    for meter in circulations { meter.startBatch() }
  }
}

extension SeriesBlock: StateRestorable {
  func write(to writer: inout StateWriter) {
    for meter in meters { meter.write(to: &writer) }
    displacement?.write(to: &writer)
    current?.write(to: &writer)
    for meter in circulations { meter.write(to: &writer) }
  }

  func restore(from reader: inout StateReader) throws {
    for meter in meters { try meter.restore(from: &reader) }
    try displacement?.restore(from: &reader)
    try current?.restore(from: &reader)
    for meter in circulations { try meter.restore(from: &reader) }
  }
}
