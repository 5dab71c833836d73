import Landscapes

/// The lags at which pairs of observations are looked at: 1 to 15, then eight to every doubling.
struct LagGrid: Sendable {
  /// The lags in observations, rising.
  let lags: [Int]
  /// The number of levels; level k pairs every 2^k-th observation.
  let levels: Int

  /// - Parameter longest: The longest lag, in observations.
  init(longest: Int) {
    var lags = Array(1...15)
    var levels = 1
    while 8 << levels <= longest {
      lags += (8...15).map { $0 << levels }
      levels += 1
    }
    self.lags = lags.filter { $0 <= longest }
    self.levels = levels
  }

  /// The first slot of a level.
  static func offset(level: Int) -> Int { level == 0 ? 0 : 8 * level + 7 }
}

/// Pairs of observations of eight series at lags that are spaced logarithmically, in memory that
/// grows with the logarithm of the longest lag (a multiple-tau correlator; Magatti and Ferri 2001,
/// Ramírez, Sukumaran, Vorselaars and Likhtman 2010).
///
/// Level k takes every 2^k-th observation as it is, instead of the mean of 2^k, which would distort
/// correlations and displacements.
final class LagMeter {
  private let components: Int
  private let ring: UnsafeMutablePointer<Lanes>
  private let levels: Int
  private let slots: Int
  private let filled: UnsafeMutablePointer<Int>
  private var tick = 0
  /// Per lag the sums of u + v, u·v and (u − v)² over pairs (u, v).
  private let sums: UnsafeMutablePointer<Lanes>
  private let counts: UnsafeMutablePointer<Int>

  /// The number of sums of a lane: the pairs and the three sums of each lag.
  static func width(_ grid: LagGrid) -> Int { 4 * grid.lags.count }

  /// - Parameters:
  ///   - grid: The lags.
  ///   - components: The number of components of an observation; products are scalar products.
  init(grid: LagGrid, components: Int = 1) {
    levels = grid.levels
    slots = grid.lags.count
    self.components = components
    let ringSize = 16 * grid.levels * components
    ring = .allocate(capacity: ringSize)
    ring.initialize(repeating: Lanes(0.0), count: ringSize)
    sums = .allocate(capacity: 3 * grid.lags.count)
    sums.initialize(repeating: Lanes(0.0), count: 3 * grid.lags.count)
    filled = .allocate(capacity: levels)
    filled.initialize(repeating: 0, count: levels)
    counts = .allocate(capacity: slots)
    counts.initialize(repeating: 0, count: slots)
  }

  deinit {
    ring.deallocate()
    sums.deallocate()
    filled.deallocate()
    counts.deallocate()
  }

  /// - Parameter value: The components of one observation.
  func observe(_ value: UnsafePointer<Lanes>) {
    var index = tick
    tick += 1
    for level in 0..<levels {
      let past = ring + 16 * level * components
      let first = level == 0 ? 1 : 8
      let slot = LagGrid.offset(level: level)
      let available = min(15, filled[level], first + slots - slot - 1)
      var m = first
      while m <= available {
        let k = slot + m - first
        let u = past + ((index - m) & 15) * components
        var sum = sums[3 * k]
        var product = sums[3 * k + 1]
        var square = sums[3 * k + 2]
        for i in 0..<components {
          sum = sum + (u[i] + value[i])
          product = product + u[i] * value[i]
          let change = value[i] - u[i]
          square = square + change * change
        }
        sums[3 * k] = sum
        sums[3 * k + 1] = product
        sums[3 * k + 2] = square
        counts[k] += 1
        m += 1
      }
      let place = past + (index & 15) * components
      for i in 0..<components { place[i] = value[i] }
      filled[level] = min(16, filled[level] + 1)
      guard index & 1 == 0 else { return }
      index >>= 1
    }
  }

  /// Adds the sums of a lane: per lag the number of pairs and the three sums.
  func collect(lane: Int, into target: inout [Double], at offset: Int) {
    for k in 0..<slots {
      target[offset + 4 * k] += Double(counts[k])
      for j in 0..<3 { target[offset + 4 * k + 1 + j] += sums[3 * k + j][lane] }
    }
  }

  /// Sets the sums to zero; the past remains for pairs to come.
  func startBatch() {
    for k in 0..<3 * slots { sums[k] = Lanes(0.0) }
    for k in 0..<slots { counts[k] = 0 }
  }
}

extension LagMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write(tick)
    writer.write(ring, count: 16 * levels * components)
    writer.write(sums, count: 3 * slots)
    writer.write((0..<levels).map { filled[$0] })
    writer.write((0..<slots).map { counts[$0] })
  }

  func restore(from reader: inout StateReader) throws {
    tick = try reader.integer()
    try reader.read(into: ring, count: 16 * levels * components)
    try reader.read(into: sums, count: 3 * slots)
    for (level, value) in try reader.integers(count: levels).enumerated() { filled[level] = value }
    for (slot, value) in try reader.integers(count: slots).enumerated() { counts[slot] = value }
  }
}
