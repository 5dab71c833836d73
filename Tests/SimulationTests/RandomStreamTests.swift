import CLanes
import Foundation
import Landscapes
import LinearAlgebra
import Simulation
import Testing

@Suite("Random streams")
struct RandomStreamTests {
  /// Known-answer vectors of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).
  static let knownAnswers: [([UInt32], [UInt32], [UInt32])] = [
    ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    (
      [.max, .max, .max, .max], [.max, .max],
      [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    ),
    (
      [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
      [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    ),
  ]

  @Test("Philox gives the published words", arguments: knownAnswers)
  func knownAnswer(_ row: (counter: [UInt32], key: [UInt32], words: [UInt32])) {
    var out: [UInt32] = [0, 0, 0, 0]
    metastability_philox(row.counter, row.key, &out)
    #expect(out == row.words)
  }

  @Test("every version of the bulk generator gives the same bits")
  func clones() {
    for (seed, dimension) in [(UInt64(1), 1), (0xDEAD_BEEF_0123_4567, 2), (99, 3)] {
      let streams = (0..<8).map { UInt64($0) << 40 | 17 }
      let steps = (0..<8).map { UInt64($0) * 1_000_000_000_000 }
      var fast = [Double](repeating: 0, count: 64 * dimension * 8)
      var plain = fast
      metastability_fill_normals(seed, streams, steps, 32, dimension, 1, &fast)
      metastability_fill_normals_baseline(seed, streams, steps, 32, dimension, 1, &plain)
      #expect(fast.map(\.bitPattern) == plain.map(\.bitPattern))
    }
  }

  @Test("a bulk normal is Box and Muller's function of its Philox words to a few ulp")
  func boxMuller() {
    // The transform computed with the C library's functions instead of the polynomials.
    let streams = (0..<8).map { UInt64($0) }
    var bulk = [Double](repeating: 0, count: 2 * 500 * 8)
    metastability_fill_normals(7, streams, [UInt64](repeating: 0, count: 8), 500, 1, 1, &bulk)
    var worst = 0.0
    for pair in 0..<500 {
      for lane in 0..<8 {
        let words = metastability_philox_words(7, UInt64(lane), UInt64(pair))
        let radius = sqrt(-2 * Foundation.log(1 - Double(words.first >> 12) * 0x1p-52))
        let turn = Double(words.second >> 12) * 0x1p-52 - 0.5 + Double(words.second & 3)
        let (a, b) = (radius * cos(.pi / 2 * turn), radius * sin(.pi / 2 * turn))
        worst = max(worst, abs(bulk[2 * pair * 8 + lane] - a) / radius)
        worst = max(worst, abs(bulk[(2 * pair + 1) * 8 + lane] - b) / radius)
      }
    }
    // π/2 · turn is itself rounded: up to 5 ulp of the angle.
    #expect(worst < 3e-15)
  }

  @Test("bulk normals have the moments and the distribution of the normal law")
  func distribution() {
    var values: [Double] = []
    for block in 0..<16 {
      let lanes = RandomStream.normals(
        seed: 3, indices: (0..<8).map { UInt64(8 * block + $0) }, firstStep: 10, steps: 1000,
        dimension: 2)
      for value in lanes { for lane in 0..<8 { values.append(value[lane]) } }
    }
    let n = Double(values.count)
    func moment(_ k: Int) -> Double {
      values.reduce(0) { $0 + Foundation.pow($1, Double(k)) } / n
    }
    // Variances of the sample moments: 1, 2, 15, 96 over n.
    #expect(abs(moment(1)) < 4 * (1 / n).squareRoot())
    #expect(abs(moment(2) - 1) < 4 * (2 / n).squareRoot())
    #expect(abs(moment(3)) < 4 * (15 / n).squareRoot())
    #expect(abs(moment(4) - 3) < 4 * (96 / n).squareRoot())
    values.sort()
    var largest = 0.0
    for (i, x) in values.enumerated() {
      let f = 1 - SpecialFunctions.normalUpperTail(x)
      largest = max(largest, abs(f - Double(i) / n), abs(f - Double(i + 1) / n))
    }
    // The 99.9 % point of the Kolmogorov–Smirnov law is 1.95/√n.
    #expect(largest < 1.95 / n.squareRoot())
    // Beyond four standard deviations: 6.334e-5 of 256 000 is 16.2, Poisson.
    let tail = values.count { abs($0) > 4 }
    #expect(abs(Double(tail) - 16.2) < 4 * 16.2.squareRoot())
  }

  @Test("lanes, steps and components are uncorrelated")
  func independence() {
    let steps = 4000
    let z = RandomStream.normals(
      seed: 11, indices: (0..<8).map { UInt64($0) }, firstStep: 0, steps: steps, dimension: 2)
    func correlation(_ f: (Int) -> (Double, Double)) -> Double {
      (0..<steps - 2).reduce(0.0) { sum, k in
        let (a, b) = f(k)
        return sum + a * b
      } / Double(steps - 2).squareRoot()
    }
    for lane in 0..<8 {
      let values = [
        correlation { (z[2 * $0][lane], z[2 * $0][(lane + 1) % 8]) },
        correlation { (z[2 * $0][lane], z[2 * $0 + 1][lane]) },
        correlation { (z[2 * $0][lane], z[2 * $0 + 2][lane]) },
        correlation { (z[2 * $0][lane], z[2 * $0 + 4][lane]) },
        correlation { (z[2 * $0][lane] * z[2 * $0][lane] - 1, z[2 * $0 + 2][lane]) },
      ]
      #expect(values.allSatisfy { abs($0) < 5 })
    }
  }

  @Test("a normal depends on seed, trajectory, step and component only")
  func placement() {
    let all = RandomStream.normals(
      seed: 5, indices: (0..<8).map { UInt64($0) }, firstStep: 0, steps: 100, dimension: 3)
    let later = RandomStream.normals(
      seed: 5, indices: [3, 3, 9, 9, 9, 9, 9, 0], firstStep: 40, steps: 10, dimension: 3)
    for k in 0..<30 {
      #expect(later[k][0] == all[120 + k][3])
      #expect(later[k][7] == all[120 + k][0])
    }
  }

  @Test("a stream is a generator for the standard library")
  func generator() {
    var stream = RandomStream(seed: 1, index: 0)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 { counts[Int.random(in: 0..<10, using: &stream)] += 1 }
    let chiSquare = counts.reduce(0.0) { $0 + (Double($1) - 1e4) * (Double($1) - 1e4) / 1e4 }
    // 99.9 % point of chi-square with 9 degrees of freedom: 27.88.
    #expect(chiSquare < 27.88)
    var sum = 0.0
    for _ in 0..<100_000 {
      let z = stream.nextNormal()
      sum += z * z
    }
    #expect(abs(sum / 1e5 - 1) < 4 * (2 / 1e5).squareRoot())
  }
}
