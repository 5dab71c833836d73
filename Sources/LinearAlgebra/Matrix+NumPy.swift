extension Matrix {
  /// The matrix as a NumPy `.npy` file (version 1.0): little-endian doubles, row after row.
  public var numPyBytes: [UInt8] {
    NumPyHeader.file(shape: [rows, columns], elements: elements)
  }

  /// Writes the matrix as a NumPy `.npy` file.
  ///
  /// - Parameter path: The file, which is replaced.
  /// - Throws: `FileError` where the file cannot be written.
  public func writeNumPy(to path: String) throws {
    try FileContents.write(numPyBytes, path: path)
  }

  /// Reads a NumPy `.npy` file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `FileError`, see `init(numPyBytes:name:)`, and where the file cannot be read.
  public init(numPyFile path: String) throws {
    try self.init(numPyBytes: try FileContents.bytes(path: path), name: path)
  }

  /// Reads a matrix from the contents of a NumPy `.npy` file.
  ///
  /// Versions 1 to 3 with 4- or 8-byte floating-point numbers of either byte order, stored by rows
  /// or by columns. A vector becomes a matrix of one column.
  ///
  /// - Parameters:
  ///   - bytes: The contents of the file.
  ///   - name: The name of the file, for messages.
  /// - Throws: `FileError` with the byte at which something else is expected.
  public init(numPyBytes bytes: [UInt8], name: String) throws {
    let header = try NumPyHeader(bytes, name: name)
    let (count, isTooLarge) = header.rows.multipliedReportingOverflow(by: header.columns)
    let (size, overflows) = count.multipliedReportingOverflow(by: header.elementSize)
    let available = bytes.count - header.end
    let expected =
      "\(header.rows)×\(header.columns) numbers of \(header.elementSize) bytes, as announced"
    guard !isTooLarge, !overflows, available >= size else {
      throw FileError(
        file: name, place: .byte(bytes.count),
        problem: bytes.isEmpty ? .empty(expected: expected) : .truncated(expected: expected))
    }
    guard available == size else {
      throw FileError(
        file: name, place: .byte(header.end + size),
        problem: .surplus("\(available - size) bytes", expected: expected))
    }
    var elements = [Double](repeating: 0, count: count)
    for k in 0..<count {
      var pattern: UInt64 = 0
      let start = header.end + k * header.elementSize
      for offset in 0..<header.elementSize {
        let place = header.isBigEndian ? offset : header.elementSize - 1 - offset
        pattern = pattern << 8 | UInt64(bytes[start + place])
      }
      let value =
        header.elementSize == 8
        ? Double(bitPattern: pattern) : Double(Float(bitPattern: UInt32(pattern)))
      let target =
        header.isByColumns ? k % header.rows * header.columns + k / header.rows : k
      elements[target] = value
    }
    self.init(rows: header.rows, columns: header.columns, elements: elements)
  }
}

extension Tensor {
  /// The tensor as a NumPy `.npy` file (version 1.0): little-endian doubles, the last index varying
  /// fastest.
  public var numPyBytes: [UInt8] { NumPyHeader.file(shape: shape, elements: elements) }

  /// Writes the tensor as a NumPy `.npy` file.
  ///
  /// - Parameter path: The file, which is replaced.
  /// - Throws: `FileError` where the file cannot be written.
  public func writeNumPy(to path: String) throws {
    try FileContents.write(numPyBytes, path: path)
  }
}

/// The description at the start of an `.npy` file: a Python dictionary with three entries.
private struct NumPyHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  static let expected = """
    {'descr': '<f8', 'fortran_order': False, 'shape': (rows, columns)} with <f8, >f8, <f4 or >f4
    """

  private(set) var elementSize = 0
  private(set) var isBigEndian = false
  private(set) var isByColumns = false
  private(set) var rows = 0
  private(set) var columns = 0
  /// Where the numbers start.
  let end: Int

  /// A file of version 1.0: little-endian doubles, the last index varying fastest.
  static func file(shape: [Int], elements: [Double]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(sizes)), }"
    // The numbers start at a multiple of 64 bytes.
    header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
    var bytes = magic + [1, 0]
    bytes.append(UInt8(header.utf8.count & 0xFF))
    bytes.append(UInt8(header.utf8.count >> 8))
    bytes += Array(header.utf8)
    bytes.reserveCapacity(bytes.count + 8 * elements.count)
    for element in elements {
      withUnsafeBytes(of: element.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  init(_ bytes: [UInt8], name: String) throws {
    func fail(_ position: Int, _ problem: FileError.Problem) -> FileError {
      FileError(file: name, place: .byte(position), problem: problem)
    }
    guard !bytes.isEmpty else {
      throw FileError(file: name, problem: .empty(expected: "a NumPy .npy file"))
    }
    guard bytes.starts(with: Self.magic) else {
      throw FileError(file: name, problem: .otherFormat(expected: "a NumPy .npy file"))
    }
    guard bytes.count >= 12 else {
      throw fail(bytes.count, .truncated(expected: "the version and the header's length"))
    }
    guard (1...3).contains(bytes[6]), bytes[7] == 0 else {
      throw fail(6, .otherVersion(Int(bytes[6]), expected: "1, 2 or 3"))
    }
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= start + length else {
      throw fail(bytes.count, .truncated(expected: "a header of \(length) bytes"))
    }
    end = start + length
    var parser = PythonLiteral(bytes: bytes[start..<end], name: name)
    try parse(&parser)
  }

  private mutating func parse(_ parser: inout PythonLiteral) throws {
    var seen: Set<String> = []
    try parser.expect("{")
    while !parser.accepts("}") {
      let place = parser.nextPlace()
      let key = try parser.string()
      guard seen.insert(key).inserted else { throw parser.error(at: place) }
      try parser.expect(":")
      switch key {
      case "descr": try setType(&parser)
      case "fortran_order": isByColumns = try parser.boolean()
      case "shape": try setShape(&parser)
      default: throw parser.error(at: place)
      }
      if !parser.accepts(",") {
        try parser.expect("}")
        break
      }
    }
    guard parser.isAtEnd, seen.count == 3 else { throw parser.error(at: parser.position) }
  }

  private mutating func setType(_ parser: inout PythonLiteral) throws {
    let place = parser.nextPlace()
    switch try parser.string() {
    case "<f8": elementSize = 8
    case ">f8": (elementSize, isBigEndian) = (8, true)
    case "<f4": elementSize = 4
    case ">f4": (elementSize, isBigEndian) = (4, true)
    default: throw parser.error(at: place)
    }
  }

  private mutating func setShape(_ parser: inout PythonLiteral) throws {
    let place = parser.nextPlace()
    var sizes: [Int] = []
    try parser.expect("(")
    while !parser.accepts(")") {
      sizes.append(try parser.integer())
      if !parser.accepts(",") {
        try parser.expect(")")
        break
      }
    }
    guard (1...2).contains(sizes.count) else { throw parser.error(at: place) }
    rows = sizes[0]
    columns = sizes.count == 2 ? sizes[1] : 1
  }
}

/// As much of Python's notation as `.npy` headers use.
private struct PythonLiteral {
  let bytes: ArraySlice<UInt8>
  let name: String
  var position: Int

  init(bytes: ArraySlice<UInt8>, name: String) {
    self.bytes = bytes
    self.name = name
    position = bytes.startIndex
  }

  func error(at place: Int) -> FileError {
    let rest = String(decoding: bytes[min(place, bytes.endIndex)...], as: UTF8.self)
    return FileError(
      file: name, place: .byte(place), problem: .invalid(rest, expected: NumPyHeader.expected))
  }

  mutating func skipSpaces() {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  /// Where the next token starts.
  mutating func nextPlace() -> Int {
    skipSpaces()
    return position
  }

  var isAtEnd: Bool { mutating get { nextPlace() == bytes.endIndex } }

  mutating func accepts(_ token: String) -> Bool {
    skipSpaces()
    guard bytes[position...].starts(with: token.utf8) else { return false }
    position += token.utf8.count
    return true
  }

  mutating func expect(_ token: String) throws {
    guard accepts(token) else { throw error(at: position) }
  }

  mutating func string() throws -> String {
    skipSpaces()
    let start = position
    guard position < bytes.endIndex, bytes[position] == 0x22 || bytes[position] == 0x27 else {
      throw error(at: start)
    }
    guard let close = bytes[(position + 1)...].firstIndex(of: bytes[position]) else {
      throw error(at: start)
    }
    position = close + 1
    return String(decoding: bytes[(start + 1)..<close], as: UTF8.self)
  }

  mutating func boolean() throws -> Bool {
    if accepts("True") { return true }
    try expect("False")
    return false
  }

  mutating func integer() throws -> Int {
    skipSpaces()
    let start = position
    while position < bytes.endIndex, (48...57).contains(bytes[position]) { position += 1 }
    guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw error(at: start)
    }
    return value
  }
}
