import Landscapes

/// What is measured of one observable on eight trajectories.
final class ObservableMeter {
  private let plan: SeriesPlan
  private let correlates: Bool
  private var count = 0
  private var early = 0
  private var late = 0
  private var sum = Lanes(0.0)
  private var square = Lanes(0.0)
  private var earlySum = Lanes(0.0)
  private var lateSum = Lanes(0.0)
  /// How many values were not finite.
  private var faults = Lanes(0.0)
  private let lags: LagMeter?
  private let blockPairs: BlockCorrelationMeter?
  private let spectrum: SpectrumMeter?
  /// The whole and the late part, that only where trajectories are few.
  let blocking: [BlockingMeter]
  let bins: BinMeter

  /// Where the number of values that are not finite stands among the sums of a lane.
  static var faultIndex: Int { 7 }

  /// Where the sums of the lags, of the blocks and of the spectrum start, and the number of all sums
  /// of a lane.
  static func layout(_ plan: SeriesPlan) -> (lags: Int, blocks: Int, spectrum: Int, width: Int) {
    let correlates = plan.measurements.correlations
    let blocks = 8 + (correlates ? plan.lags.map(LagMeter.width) ?? 0 : 0)
    let spectrum = blocks + (correlates ? BlockCorrelationMeter.width(plan.blocks) : 0)
    return (8, blocks, spectrum, spectrum + (plan.segment.map(SpectrumMeter.width) ?? 0))
  }

  init(_ plan: SeriesPlan, lanes: Int) throws {
    self.plan = plan
    correlates = plan.measurements.correlations
    lags = correlates ? plan.lags.map { LagMeter(grid: $0) } : nil
    blockPairs = correlates ? BlockCorrelationMeter(grid: plan.blocks) : nil
    spectrum = try plan.segment.map {
      try SpectrumMeter(
        length: $0, quantity: plan.measurements.spectrum?.quantity ?? .values, lanes: lanes)
    }
    blocking = (0..<(plan.hasBatches ? 2 : 1)).map { _ in BlockingMeter() }
    bins = BinMeter(observations: plan.observations)
  }

  /// - Parameters:
  ///   - value: The observable, counted from its origin.
  ///   - index: The number of the observation since the start.
  /// - Throws: `LinearAlgebraError` where a Fourier transform fails.
  func observe(_ value: Lanes, index: Int) throws {
    bins.observe(value, index: index)
    guard index >= plan.burned else { return }
    let index = index - plan.burned
    count += 1
    // v − v is zero for every finite number, and not a number for others.
    let difference = value - value
    if difference != Lanes(0.0) {
      for lane in 0..<Lanes.count where difference[lane] != 0 { faults[lane] += 1 }
    }
    sum = sum + value
    square = square + value * value
    blocking[0].observe(value)
    if plan.early.contains(index) {
      early += 1
      earlySum = earlySum + value
    } else if plan.late.contains(index) {
      late += 1
      lateSum = lateSum + value
      if plan.hasBatches { blocking[1].observe(value) }
    }
    if let lags { withUnsafePointer(to: value) { lags.observe($0) } }
    blockPairs?.observe(value)
    try spectrum?.observe(value)
  }

  /// The sums of a lane.
  func collect(lane: Int) -> [Double] {
    let layout = ObservableMeter.layout(plan)
    var result = [Double](repeating: 0, count: layout.width)
    result[0] = Double(count)
    result[1] = sum[lane]
    result[2] = square[lane]
    result[3] = Double(early)
    result[4] = earlySum[lane]
    result[5] = Double(late)
    result[6] = lateSum[lane]
    result[ObservableMeter.faultIndex] = faults[lane]
    lags?.collect(lane: lane, into: &result, at: layout.lags)
    blockPairs?.collect(lane: lane, into: &result, at: layout.blocks)
    spectrum?.collect(lane: lane, into: &result, at: layout.spectrum)
    return result
  }

  func startBatch() {
    (count, early, late) = (0, 0, 0)
    (sum, square) = (Lanes(0.0), Lanes(0.0))
    (earlySum, lateSum, faults) = (Lanes(0.0), Lanes(0.0), Lanes(0.0))
    lags?.startBatch()
    blockPairs?.startBatch()
    spectrum?.startBatch()
  }
}

extension ObservableMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write([count, early, late])
    writer.write([sum, square, earlySum, lateSum, faults])
    lags?.write(to: &writer)
    blockPairs?.write(to: &writer)
    spectrum?.write(to: &writer)
    for meter in blocking { meter.write(to: &writer) }
    bins.write(to: &writer)
  }

  func restore(from reader: inout StateReader) throws {
    let counts = try reader.integers(count: 3)
    (count, early, late) = (counts[0], counts[1], counts[2])
    (sum, square) = (try reader.lanes(), try reader.lanes())
    (earlySum, lateSum) = (try reader.lanes(), try reader.lanes())
    faults = try reader.lanes()
    try lags?.restore(from: &reader)
    try blockPairs?.restore(from: &reader)
    try spectrum?.restore(from: &reader)
    for meter in blocking { try meter.restore(from: &reader) }
    try bins.restore(from: &reader)
  }
}
