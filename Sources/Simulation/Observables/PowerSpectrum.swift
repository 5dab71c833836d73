import Landscapes
import LinearAlgebra

/// The two-sided power spectral density S(f) = ∫ C(t) e^{−2πift} dt, C the autocovariance, so that
/// ∫ S df over all frequencies is the variance; an Ornstein–Uhlenbeck process has
/// 2D/(k² + (2πf)²).
///
/// Estimated by the method of Welch (1967): Hann windows on segments that overlap by half. The mean
/// of all trajectories is taken off, not that of each segment, so that the lowest frequencies are
/// right too, up to the leakage of the window over two frequencies.
public struct PowerSpectrum: Sendable, Equatable {
  /// The frequencies f in 1/time, from 0 to the Nyquist frequency 1/(2Δ) of the observations.
  public let frequencies: [Double]
  /// The frequencies in 1/iteration, f times the time step.
  public let frequenciesPerIteration: [Double]
  /// S(f), in units of the square of the observable times time.
  public let densities: [Measured]
  /// What the spectrum is taken of.
  public let quantity: SpectrumQuantity
  /// The length of a segment in time.
  public let segment: Double
  /// The number of segments, which overlap by half.
  public let segments: Int

  /// The mean over several spectra of the same frequencies and its spread, as in Chaudhari and
  /// Soatto (2018, Fig. 3a) over the weights of a network.
  ///
  /// - Parameter spectra: The spectra.
  /// - Returns: Per frequency the mean and the standard deviation; nil for none or for different
  ///   frequencies.
  public static func average(
    of spectra: [PowerSpectrum]
  ) -> (mean: [Double], standardDeviation: [Double])? {
    guard let first = spectra.first,
      spectra.allSatisfy({ $0.frequencies == first.frequencies && $0.quantity == first.quantity })
    else { return nil }
    return spread(spectra.map { $0.densities.map(\.value) })
  }

  /// - Parameters:
  ///   - sums: Groups of what `SpectrumMeter` collects, each behind its number of observations and
  ///     the sum of the observable.
  ///   - length: The number of observations in a segment.
  ///   - interval: The time between them.
  ///   - timeStep: The time of an iteration.
  ///   - quantity: What the segments are made of.
  ///   - meanVariance: The variance of the mean of all observations.
  init?(
    sums: GroupedSums, length: Int, interval: Double, timeStep: Double,
    quantity: SpectrumQuantity, meanVariance: Double
  ) {
    guard !sums.isEmpty, sums.total[2] > 0 else { return nil }
    let n = Double(length)
    let isCentered = quantity == .values
    densities = sums.estimates { total in
      let segments = total[2]
      let mean = isCentered ? total[1] / total[0] : 0
      // The transform of the window is N/2 at zero and −N/4 at the first frequency.
      let zero = total[5] - n * mean * total[3] + n * n / 4 * segments * mean * mean
      let first =
        total[6] + n / 2 * mean * total[4] + n * n / 16 * segments * mean * mean
      var result = total[5...].map { $0 }
      result[0] = zero
      result[1] = first
      if isCentered {
        result[0] += n * n / 4 * segments * meanVariance
        result[1] += n * n / 16 * segments * meanVariance
      }
      // Σ w² = 3N/8.
      let scale = interval / (0.375 * n * segments)
      return result.map { scale * $0 }
    }
    segments = Int(sums.total[2])
    frequencies = densities.indices.map { Double($0) / (n * interval) }
    frequenciesPerIteration = frequencies.map { $0 * timeStep }
    segment = n * interval
    self.quantity = quantity
  }
}

/// Fourier transforms of overlapping segments of eight series.
final class SpectrumMeter {
  private let length: Int
  private let transform: RealFourierTransform
  private let window: [Double]
  private let increments: Bool
  private var ring: [Lanes]
  private var position = 0
  private var filled = 0
  private var previous: Lanes?
  private var scratch: [Double]
  private var segments = 0
  /// Per lane Σ Re X₀, Σ Re X₁ and Σ |X_j|² over segments.
  private var sums: [[Double]]

  /// The number of sums of a lane.
  static func width(length: Int) -> Int { length / 2 + 4 }

  /// - Parameters:
  ///   - length: The number of observations in a segment, a power of two from 16 on.
  ///   - quantity: What the segments are made of.
  ///   - lanes: How many of the eight series are wanted.
  /// - Throws: `LinearAlgebraError` where there is no memory.
  init(length: Int, quantity: SpectrumQuantity, lanes: Int) throws {
    self.length = length
    transform = try RealFourierTransform(length: length)
    window = (0..<length).map {
      0.5 * (1 - Double.cos(2 * Double.pi * Double($0) / Double(length)))
    }
    increments = quantity == .increments
    ring = [Lanes](repeating: Lanes(0.0), count: length)
    scratch = [Double](repeating: 0, count: length)
    sums = Array(
      repeating: [Double](repeating: 0, count: SpectrumMeter.width(length: length) - 1),
      count: lanes)
  }

  func observe(_ value: Lanes) throws {
    var value = value
    if increments {
      let last = previous
      previous = value
      guard let last else { return }
      value = value - last
    }
    ring[position] = value
    position = (position + 1) & (length - 1)
    filled += 1
    if filled == length {
      filled = length / 2
      try transformSegment()
    }
  }

  private func transformSegment() throws {
    segments += 1
    for lane in sums.indices {
      for i in 0..<length {
        scratch[i] = window[i] * ring[(position + i) & (length - 1)][lane]
      }
      try transform.transform(&scratch)
      sums[lane][0] += scratch[0]
      sums[lane][1] += scratch[1]
      sums[lane][2] += scratch[0] * scratch[0]
      for k in 1..<length / 2 {
        let real = scratch[2 * k - 1]
        let imaginary = scratch[2 * k]
        sums[lane][2 + k] += real * real + imaginary * imaginary
      }
      let last = scratch[length - 1]
      sums[lane][2 + length / 2] += last * last
    }
  }

  /// Adds the sums of a lane: the number of segments, Σ Re X₀, Σ Re X₁ and Σ |X_j|².
  func collect(lane: Int, into target: inout [Double], at offset: Int) {
    target[offset] += Double(segments)
    for i in sums[lane].indices { target[offset + 1 + i] += sums[lane][i] }
  }

  /// Sets the sums to zero; the segment under way goes on.
  func startBatch() {
    segments = 0
    for lane in sums.indices {
      for i in sums[lane].indices { sums[lane][i] = 0 }
    }
  }
}

extension SpectrumMeter: StateRestorable {
  func write(to writer: inout StateWriter) {
    writer.write([position, filled, segments])
    writer.write(ring)
    writer.write(previous != nil)
    writer.write(previous ?? Lanes(0.0))
    for lane in sums { writer.write(lane) }
  }

  func restore(from reader: inout StateReader) throws {
    let counts = try reader.integers(count: 3)
    guard ring.indices.contains(counts[0]), (0..<length).contains(counts[1]) else {
      throw DamagedState()
    }
    (position, filled, segments) = (counts[0], counts[1], counts[2])
    try reader.read(into: &ring)
    let isMoving = try reader.flag()
    let last = try reader.lanes()
    previous = isMoving ? last : nil
    for lane in sums.indices { sums[lane] = try reader.numbers(count: sums[lane].count) }
  }
}
