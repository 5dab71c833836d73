/// The fields of a text of numbers, with their places, for the readers of file formats.
///
/// Fields are separated by spaces or tabs, lines end in LF or CR LF, `#` starts a comment, and a
/// byte-order mark is passed over. Numbers are read as Fortran and C write them.
package struct FieldScanner {
  /// A field and where it starts, counted from 1, columns in bytes.
  package struct Field {
    package let line: Int
    package let column: Int
    package let text: String
  }

  /// A line that holds at least one field.
  package struct Line {
    package let number: Int
    /// The column behind the last field.
    package let endColumn: Int
    package let fields: [Field]
  }

  /// The file's name, for messages.
  package let name: String
  private let bytes: [UInt8]
  private var position: Int
  private var lineNumber = 0

  package init(_ text: String, name: String) {
    self.name = name
    bytes = Array(text.utf8)
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next line that is neither blank nor only a comment; nil at the end.
  package mutating func nextLine() -> Line? {
    while position < bytes.count {
      lineNumber += 1
      let start = position
      var fields: [Field] = []
      var fieldStart = -1
      var end = start
      var isComment = false
      func finish(_ at: Int) {
        guard fieldStart >= 0 else { return }
        fields.append(
          Field(
            line: lineNumber, column: fieldStart - start + 1,
            text: String(decoding: bytes[fieldStart..<at], as: UTF8.self)))
        end = at
        fieldStart = -1
      }
      while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
        let byte = bytes[position]
        if byte == UInt8(ascii: "#") { isComment = true }
        if isComment || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
          || byte == UInt8(ascii: "\r")
        {
          finish(position)
        } else if fieldStart < 0 {
          fieldStart = position
        }
        position += 1
      }
      finish(position)
      position += 1
      if !fields.isEmpty {
        return Line(number: lineNumber, endColumn: end - start + 1, fields: fields)
      }
    }
    return nil
  }

  /// The next line, which must have one of the given numbers of fields.
  package mutating func nextLine(of counts: Int..., expected: String) throws -> Line? {
    guard let line = nextLine() else { return nil }
    guard !counts.contains(line.fields.count) else { return line }
    let largest = counts.max() ?? 0
    if line.fields.count > largest {
      let surplus = line.fields[largest]
      throw error(surplus, .surplus(surplus.text, expected: expected))
    }
    throw FileError(
      file: name, place: .line(line.number, column: line.endColumn),
      problem: .truncated(expected: expected))
  }

  /// A mistake in a field.
  package func error(_ field: Field, _ problem: FileError.Problem) -> FileError {
    FileError(file: name, place: .line(field.line, column: field.column), problem: problem)
  }

  /// A mistake at the end of the file.
  package func endError(_ problem: FileError.Problem) -> FileError {
    FileError(file: name, place: .line(endLine, column: 1), problem: problem)
  }

  /// The number of the line on which the text ends, once all lines have been read.
  package var endLine: Int {
    bytes.last.map { lineNumber + ($0 == UInt8(ascii: "\n") ? 1 : 0) } ?? 1
  }

  /// A finite number.
  package func number(_ field: Field, expected: String) throws -> Double {
    guard let value = realNumber(field.text), value.isFinite else {
      throw error(field, .invalid(field.text, expected: expected))
    }
    return value
  }

  /// The logarithm of a rate or a probability: a finite number or −∞.
  package func logarithm(_ field: Field, expected: String) throws -> Double {
    guard let value = realNumber(field.text), value < .infinity else {
      throw error(field, .invalid(field.text, expected: expected))
    }
    return value
  }

  /// A whole number in a range.
  package func integer(
    _ field: Field, in range: ClosedRange<Int>, expected: String
  ) throws -> Int {
    guard let value = Int(field.text), range.contains(value) else {
      throw error(field, .invalid(field.text, expected: expected))
    }
    return value
  }

  /// A state, counted from 1 in the file and from 0 in the result.
  package func state(_ field: Field, count: Int) throws -> Int {
    guard let value = Int(field.text), (1...max(count, 1)).contains(value) else {
      throw error(field, .unknownState(field.text, known: 1...max(count, 1)))
    }
    return value - 1
  }
}

/// A number as Fortran or C writes it: `1.5`, `.5`, `1D-3`, `0.17976931+309`, `-Infinity`, `nan`.
///
/// Fortran leaves out the letter of an exponent of three digits; C's hexadecimal numbers are not
/// accepted.
///
/// - Parameter text: The text of the number alone.
/// - Returns: The number, infinite where it is too large; nil where the text is not a number.
package func realNumber(_ text: String) -> Double? {
  var digits = false
  var isExponent = false
  var result: [UInt8] = []
  result.reserveCapacity(text.utf8.count + 1)
  var previous: UInt8 = 0
  var points = 0
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      digits = true
    case UInt8(ascii: "."):
      points += 1
      guard !isExponent, points == 1 else { return nil }
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      if previous != 0, previous != UInt8(ascii: "e") {
        guard digits, !isExponent else { return nil }
        isExponent = true
        digits = false
        result.append(UInt8(ascii: "e"))
      }
    case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "d"), UInt8(ascii: "D"):
      guard digits, !isExponent else { return nil }
      isExponent = true
      digits = false
      previous = UInt8(ascii: "e")
      result.append(previous)
      continue
    default: return specialNumber(text)
    }
    previous = byte
    result.append(byte)
  }
  return digits ? Double(String(decoding: result, as: UTF8.self)) : nil
}

private func specialNumber(_ text: String) -> Double? {
  switch text.lowercased() {
  case "inf", "+inf", "infinity", "+infinity": .infinity
  case "-inf", "-infinity": -.infinity
  case "nan", "+nan", "-nan": .nan
  default: nil
  }
}
