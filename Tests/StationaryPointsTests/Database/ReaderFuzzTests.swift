import Foundation
import LinearAlgebra
import MarkovChains
import StationaryPoints
import Testing

/// Damages good files at random and reads them: whatever the bytes, a reader returns data that can
/// be written and read again, or an error of its own with a message.
///
/// `METASTABILITY_FUZZ_SECONDS=1200 swift test -c release --filter ReaderFuzzTests` runs it for
/// twenty minutes; `METASTABILITY_FUZZ_SEED` chooses other inputs.
@Suite("Readers on damaged files")
struct ReaderFuzzTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test("No input crashes a reader or is refused without a reason")
  func fuzz() throws {
    let seconds = Self.environment["METASTABILITY_FUZZ_SECONDS"].flatMap(Double.init)
    let seed = Self.environment["METASTABILITY_FUZZ_SEED"].flatMap(UInt64.init) ?? 20
    var generator = SplitMix(state: seed)
    let targets = try Self.targets()
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds ?? 0)
    var counts = [(read: Int, refused: Int)](repeating: (0, 0), count: targets.count)
    var round = 0
    while seconds == nil ? round < 300 : clock.now < end {
      for (number, target) in targets.enumerated() {
        var files = target.files
        let place = Int.random(in: 0..<files.count, using: &generator)
        files[place] = damaged(files[place], using: &generator)
        do {
          try target.read(files)
          counts[number].read += 1
        } catch {
          counts[number].refused += 1
          #expect(target.accepts(error), "\(target.name): \(error)")
          #expect(!"\(error)".isEmpty)
        }
      }
      round += 1
    }
    for (target, count) in zip(targets, counts) {
      // Mutations that leave nothing readable, or everything, test little.
      #expect(count.read > 0 && count.refused > 0, "\(target.name)")
    }
    if seconds != nil {
      let total = counts.reduce(0) { $0 + $1.read + $1.refused }
      print("fuzz: \(total) inputs")
      for (target, count) in zip(targets, counts) {
        print("  \(target.name): \(count.read) read, \(count.refused) refused")
      }
    }
  }

  /// A reader with files that it accepts.
  private struct Target {
    let name: String
    let files: [[UInt8]]
    let accepts: (any Error) -> Bool
    let read: ([[UInt8]]) throws -> Void
  }

  private static func targets() throws -> [Target] {
    let isFileError = { (error: any Error) in error is FileError }
    let matrix = Matrix(rows: 3, columns: 2, elements: [1, -2, 0.5, 1e-300, .infinity, 7])
    let database = [UInt8](try Data(contentsOf: URL(filePath: DatabaseFixtures.pele)))
    return [
      Target(
        name: "PATHSAMPLE",
        files: [
          DatabaseFixtures.minima, DatabaseFixtures.transitionStates, "2\n1\n2\n", "1\n3\n",
          "0\n0\n1\n",
        ].map { Array($0.utf8) }, accepts: isFileError
      ) { files in
        let texts = files.map { String(decoding: $0, as: UTF8.self) }
        let database = try PathsampleFormat.parse(
          minima: texts[0], transitionStates: texts[1], setA: texts[2], setB: texts[3],
          communities: texts[4])
        _ = try? database.logRates(temperature: 0.01)
        _ = try? database.logStationaryDistribution(temperature: 0.01)
      },
      Target(name: "pele", files: [database], accepts: isFileError) { files in
        _ = try PeleFormat.parse(files[0], name: "pele.sqlite")
      },
      Target(
        name: "PyGT",
        files: [
          "1 2\n2 3\n", "-5.5\n-7.25\n0.1D+01\n-inf\n", "-0.5\n-1.5\n-2.5\n", "1\n1\n",
          "2\n2\n3\n", "0\n1\n1\n",
        ].map { Array($0.utf8) }, accepts: isFileError
      ) { files in
        let texts = files.map { String(decoding: $0, as: UTF8.self) }
        _ = try PyGTFormat.parse(
          connections: texts[0], weights: texts[1], stationary: texts[2], setA: texts[3],
          setB: texts[4], communities: texts[5])
      },
      Target(
        name: "DISCOTRESS",
        files: [
          "1 2\n2 3\n", "-5.5 -7.25\n0.1D+01 -inf\n", "-0.5\n-1.5\n-2.5\n", "1\n", "2\n3\n",
          "0\n1\n1\n",
        ].map { Array($0.utf8) }, accepts: isFileError
      ) { files in
        let texts = files.map { String(decoding: $0, as: UTF8.self) }
        _ = try DiscotressFormat.parse(
          connections: texts[0], weights: texts[1], stationary: texts[2], nodesA: texts[3],
          nodesB: texts[4], communities: texts[5])
      },
      Target(
        name: "edge list",
        files: [Array("# a chain\n0\t1\t-12.3\r\n 1  0   -2100 # back\n1 2 -inf\n".utf8)],
        accepts: { $0 is EdgeListError || $0 is MarkovChainError }
      ) { files in
        // A state like 99999999 is a legitimate chain of as many states; here it would only cost
        // time.
        let isLarge = files[0].split { !(48...57).contains($0) }.contains { $0.count > 5 }
        let text = String(decoding: files[0], as: UTF8.self)
        let chain = try EdgeList.parse(isLarge ? "0 1 -1" : text, name: "edges.tsv")
        if chain.stateCount > 1 {
          let copy = try EdgeList.parse(EdgeList.text(of: chain), name: "copy")
          #expect(copy == chain)
        }
      },
      Target(
        name: "probabilities",
        files: [Array("# p\n0 0 -0.6931471805599453\n0 1 -0.6931471805599453\n1 0 0\n".utf8)],
        accepts: { $0 is FileError || $0 is DiscreteTimeChainError || $0 is MarkovChainError }
      ) { files in
        let isLarge = files[0].split { !(48...57).contains($0) }.contains { $0.count > 16 }
        let text = String(decoding: files[0], as: UTF8.self)
        _ = try EdgeList.parseProbabilities(isLarge ? "0 0 0" : text, name: "p.tsv")
      },
      Target(
        name: "trajectory", files: [Array("# states\n0 1 1 2 -1 0\n2 2 1 0 0\n".utf8)],
        accepts: { $0 is FileError || $0 is EstimationError }
      ) { files in
        let isLarge = files[0].split { !(48...57).contains($0) }.contains { $0.count > 4 }
        let states = try DiscreteTrajectory.parse(
          String(decoding: files[0], as: UTF8.self), name: "trajectory.txt")
        if !isLarge { _ = try TransitionCounts(trajectories: [states], lag: 1) }
      },
      Target(name: "NumPy", files: [matrix.numPyBytes], accepts: isFileError) { files in
        let copy = try Matrix(numPyBytes: files[0], name: "m.npy")
        let again = try Matrix(numPyBytes: copy.numPyBytes, name: "m.npy")
        #expect(again.elements.map(\.bitPattern) == copy.elements.map(\.bitPattern))
      },
    ]
  }

  private static let fragments = [
    "nan", "-inf", "Infinity", "1e999", "-1D-400", "0.17976931+309", "0", "-1", "+", "e", "D", ".",
    "99999999999999999999", "9223372036854775807", "-9223372036854775808", "4294967296", "\n",
    "\r\n", "\r", "\t", " ", "#", "\0", "\u{FEFF}", "½", "'", "(", ")", ",", "{", "}", "True",
    "shape", "<f8", ">f4", "1 2 3 4 5 6 7 8 9", "0x10", "1e5", "2",
  ].map { Array($0.utf8) }

  private func damaged(_ bytes: [UInt8], using generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    // One change half of the time, two a quarter of the time, and so on.
    let changes = 1 + min(generator.next().trailingZeroBitCount, 7)
    for _ in 0..<changes {
      let start = Int.random(in: 0...bytes.count, using: &generator)
      let length = min(Int.random(in: 1...12, using: &generator), bytes.count - start)
      let range = start..<(start + length)
      switch Int.random(in: 0..<16, using: &generator) {
      case 8...11:
        if start < bytes.count { bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
      case 0, 1, 12...15:
        if start < bytes.count { bytes[start] = UInt8.random(in: 0...255, using: &generator) }
      case 2: bytes.removeSubrange(range)
      case 3: bytes.insert(contentsOf: Array(bytes[range]), at: start)
      case 4: bytes.removeSubrange(start...)
      case 5:
        let fragment = Self.fragments.randomElement(using: &generator) ?? []
        bytes.replaceSubrange(range, with: fragment)
      case 6:
        let fragment = Self.fragments.randomElement(using: &generator) ?? []
        bytes.insert(contentsOf: fragment, at: start)
      default:
        let other = Int.random(in: 0...bytes.count, using: &generator)
        bytes.insert(contentsOf: Array(bytes[range]), at: min(other, bytes.count))
      }
    }
    return bytes
  }
}

/// A small random number generator (Steele, Lea & Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
