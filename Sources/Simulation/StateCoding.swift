/// Something that a checkpoint can hold, exact to the bit.
protocol StateCodable {
  /// Writes everything that is needed to go on.
  func write(to writer: inout StateWriter)
  /// Reads what `write(to:)` wrote.
  init(from reader: inout StateReader) throws
}

/// The bytes of a checkpoint do not hold what they should.
struct DamagedState: Error {}

/// Writes a state as bytes: whole numbers with as many bytes as they need, floating-point numbers
/// by their bits.
struct StateWriter {
  private var bytes: [UInt8] = []

  /// The bytes with a check sum at the end.
  var sealed: [UInt8] {
    var result = bytes
    let sum = checkSum(bytes[...])
    for k in 0..<8 { result.append(UInt8(truncatingIfNeeded: sum >> UInt64(8 * k))) }
    return result
  }

  /// Writes seven bits a byte, the lowest first.
  mutating func write(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ value: Int) {
    // The sign goes into the lowest bit, so that small negative numbers are short too.
    write(UInt64(bitPattern: Int64((value << 1) ^ (value >> (Int.bitWidth - 1)))))
  }

  mutating func write(_ value: Double) {
    let word = value.bitPattern
    for k in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * k))) }
  }

  mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func write(_ text: String) {
    let utf8 = Array(text.utf8)
    write(utf8.count)
    bytes += utf8
  }

  mutating func write(_ values: [UInt64]) {
    write(values.count)
    for value in values { write(value) }
  }

  mutating func write(_ values: [Int]) {
    write(values.count)
    for value in values { write(value) }
  }

  mutating func write(_ values: [Double]) {
    write(values.count)
    for value in values { write(value) }
  }

  mutating func write(_ counts: [Int: Int]) {
    write(counts.count)
    for (key, value) in counts.sorted(by: { $0.key < $1.key }) {
      write(key)
      write(value)
    }
  }

  mutating func write(_ value: some StateCodable) { value.write(to: &self) }

  mutating func write(_ values: [some StateCodable]) {
    write(values.count)
    for value in values { value.write(to: &self) }
  }
}

/// Reads what a `StateWriter` wrote.
struct StateReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// Opens sealed bytes.
  ///
  /// - Throws: `DamagedState` where the check sum does not agree.
  init(sealed: [UInt8]) throws {
    guard sealed.count >= 8 else { throw DamagedState() }
    bytes = sealed[..<(sealed.count - 8)]
    position = 0
    var sum: UInt64 = 0
    for k in 0..<8 { sum |= UInt64(sealed[sealed.count - 8 + k]) << UInt64(8 * k) }
    guard sum == checkSum(bytes) else { throw DamagedState() }
  }

  private mutating func byte() throws -> UInt8 {
    guard position < bytes.endIndex else { throw DamagedState() }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func word() throws -> UInt64 {
    var result: UInt64 = 0
    for k in 0..<10 {
      let next = try byte()
      result |= UInt64(next & 0x7F) << UInt64(7 * k)
      if next < 0x80 { return result }
    }
    throw DamagedState()
  }

  mutating func integer() throws -> Int {
    let word = try word()
    return Int(truncatingIfNeeded: word >> 1) ^ -Int(truncatingIfNeeded: word & 1)
  }

  mutating func number() throws -> Double {
    var word: UInt64 = 0
    for k in 0..<8 { word |= UInt64(try byte()) << UInt64(8 * k) }
    return Double(bitPattern: word)
  }

  mutating func flag() throws -> Bool { try byte() != 0 }

  /// The length of a list: no list has more elements than there are bytes left.
  private mutating func count() throws -> Int {
    let count = try integer()
    guard (0...(bytes.endIndex - position)).contains(count) else { throw DamagedState() }
    return count
  }

  mutating func text() throws -> String {
    let count = try count()
    defer { position += count }
    return String(decoding: bytes[position..<(position + count)], as: UTF8.self)
  }

  mutating func words() throws -> [UInt64] { try (0..<count()).map { _ in try word() } }

  mutating func integers() throws -> [Int] { try (0..<count()).map { _ in try integer() } }

  mutating func numbers() throws -> [Double] { try (0..<count()).map { _ in try number() } }

  mutating func counts() throws -> [Int: Int] {
    var result: [Int: Int] = [:]
    for _ in 0..<(try count()) {
      let key = try integer()
      result[key] = try integer()
    }
    return result
  }

  mutating func values<Value: StateCodable>() throws -> [Value] {
    try (0..<count()).map { _ in try Value(from: &self) }
  }
}

/// The check sum of Fowler, Noll and Vo (variant 1a, 64 bits).
func checkSum(_ bytes: some Sequence<UInt8>) -> UInt64 {
  var sum: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return sum
}

extension TrajectoryState: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(position)
    writer.write(stream)
    writer.write(step)
    writer.write(clock)
    writer.write(basin)
  }

  init(from reader: inout StateReader) throws {
    self.init(
      position: try reader.numbers(), stream: try reader.word(), step: try reader.word(),
      clock: try reader.number(), basin: try reader.integer())
  }
}

extension ProcessMemory: StateCodable {
  func write(to writer: inout StateWriter) {
    writer.write(process)
    writer.write(stream)
  }

  init(from reader: inout StateReader) throws {
    self.init(process: try reader.words(), stream: try reader.words())
  }
}
