/// The rows of a delimited text table (RFC 4180): quoted fields with doubled inner quotation marks,
/// line breaks of either kind, blank lines left out, spaces around unquoted fields removed.
struct SeparatedValues {
  struct Row {
    /// The line on which the row starts, from 1.
    let line: Int
    let fields: [String]
  }

  let rows: [Row]

  init(_ text: String, delimiter: Character, file: String) throws {
    guard let separator = SeparatedValues.separator(delimiter) else {
      throw DataSetError.invalidDelimiter(delimiter)
    }
    var reader = Reader(bytes: Array(text.utf8), separator: separator, file: file)
    var rows: [Row] = []
    while let row = try reader.nextRow() {
      if let first = rows.first, first.fields.count != row.fields.count {
        throw DataSetError.raggedRow(
          file: file, line: row.line, expected: first.fields.count, found: row.fields.count)
      }
      rows.append(row)
    }
    self.rows = rows
  }

  private static func separator(_ delimiter: Character) -> [UInt8]? {
    guard delimiter != "\"", !delimiter.isNewline, delimiter != "\0" else { return nil }
    return Array(String(delimiter).utf8)
  }

  private struct Reader {
    let bytes: [UInt8]
    let separator: [UInt8]
    let file: String
    var position: Int
    var line = 1

    static let quote = UInt8(ascii: "\"")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")

    init(bytes: [UInt8], separator: [UInt8], file: String) {
      self.bytes = bytes
      self.separator = separator
      self.file = file
      // Spreadsheets write a byte-order mark that would become part of the first name.
      position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    var isAtEnd: Bool { position >= bytes.count }
    var isAtBreak: Bool {
      isAtEnd || bytes[position] == Reader.lineFeed || bytes[position] == Reader.carriageReturn
    }
    var isAtSeparator: Bool { bytes[position...].starts(with: separator) }
    var isAtSpace: Bool {
      !isAtEnd && (bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t"))
        && !isAtSeparator
    }

    mutating func skipBreak() {
      guard !isAtEnd else { return }
      if bytes[position] == Reader.carriageReturn {
        position += 1
        if !isAtEnd, bytes[position] == Reader.lineFeed { position += 1 }
      } else {
        position += 1
      }
      line += 1
    }

    mutating func skipSpaces() { while isAtSpace { position += 1 } }

    mutating func nextRow() throws -> Row? {
      while !isAtEnd {
        let start = line
        skipSpaces()
        if isAtBreak {
          skipBreak()
          continue
        }
        var fields = [try field()]
        while !isAtBreak {
          position += separator.count
          fields.append(try field())
        }
        skipBreak()
        return Row(line: start, fields: fields)
      }
      return nil
    }

    mutating func field() throws -> String {
      skipSpaces()
      if !isAtEnd, bytes[position] == Reader.quote { return try quotedField() }
      let start = position
      while !isAtBreak, !isAtSeparator { position += 1 }
      var end = position
      while end > start, bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: "\t")
      { end -= 1 }
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    mutating func quotedField() throws -> String {
      let opening = line
      var content: [UInt8] = []
      position += 1
      while true {
        guard !isAtEnd else {
          throw DataSetError.malformedQuotes(
            file: file, line: opening, reason: "a quotation mark is opened but never closed")
        }
        let byte = bytes[position]
        position += 1
        if byte == Reader.quote {
          guard !isAtEnd, bytes[position] == Reader.quote else { break }
          position += 1
        } else if byte == Reader.lineFeed {
          line += 1
        }
        content.append(byte)
      }
      skipSpaces()
      guard isAtBreak || isAtSeparator else {
        throw DataSetError.malformedQuotes(
          file: file, line: line, reason: "a closing quotation mark is followed by other text")
      }
      return String(decoding: content, as: UTF8.self)
    }
  }
}
