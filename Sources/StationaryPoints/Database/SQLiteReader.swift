import CSQLite
import LinearAlgebra

/// Reads tables of an SQLite database.
final class SQLiteReader {
  let name: String
  private var connection: OpaquePointer?

  init(file path: String) throws {
    name = path
    // SQLite would only say that it is unable to open the file; this says why.
    guard try !FileContents.isEmpty(path: path) else {
      throw FileError(file: path, problem: .empty(expected: "an SQLite database"))
    }
    let code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, nil)
    guard code == SQLITE_OK else { throw failure(code) }
    try restrict()
  }

  init(bytes: [UInt8], name: String) throws {
    self.name = name
    guard !bytes.isEmpty else {
      throw FileError(file: name, problem: .empty(expected: "an SQLite database"))
    }
    let code = sqlite3_open_v2(":memory:", &connection, SQLITE_OPEN_READWRITE, nil)
    guard code == SQLITE_OK else { throw failure(code) }
    guard let copy = sqlite3_malloc64(UInt64(bytes.count)) else { throw failure(SQLITE_NOMEM) }
    bytes.withUnsafeBytes {
      if let start = $0.baseAddress { copy.copyMemory(from: start, byteCount: bytes.count) }
    }
    let flags = UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY)
    let result = sqlite3_deserialize(
      connection, "main", copy.assumingMemoryBound(to: UInt8.self), Int64(bytes.count),
      Int64(bytes.count), flags)
    guard result == SQLITE_OK else { throw failure(result) }
    try restrict()
  }

  deinit { sqlite3_close_v2(connection) }

  /// A file from elsewhere may hold views and triggers that call functions; none may run.
  private func restrict() throws {
    let code = sqlite3_exec(connection, "PRAGMA trusted_schema = OFF", nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// The number that programs keep in the file to tell versions of their layout apart.
  func userVersion() throws -> Int {
    var version = 0
    try forEachResult("PRAGMA user_version") { version = Int(sqlite3_column_int64($0, 0)) }
    return version
  }

  /// Calls a function with every row of a table, by ascending identity.
  ///
  /// - Parameters:
  ///   - table: The table, which must have a column `_id`.
  ///   - columns: The columns to read besides `_id`.
  ///   - body: What to do with a row.
  /// - Throws: `FileError`, and what `body` throws.
  func forEachRow(
    of table: String, columns: [String], _ body: (Row) throws -> Void
  ) throws {
    var known: Set<String> = []
    var isTable = false
    try forEachResult("SELECT type FROM sqlite_master WHERE name = '\(table)'") {
      isTable = text($0, 0) == "table"
    }
    guard isTable else {
      throw FileError(
        file: name, place: .row(table: table, identity: nil, column: "_id"),
        problem: .noSuchColumn(expected: "a table \(table), as pele's databases have"))
    }
    try forEachResult("SELECT name FROM pragma_table_info('\(table)')") {
      known.insert(text($0, 0))
    }
    let all = ["_id"] + columns
    for column in all where !known.contains(column) {
      throw FileError(
        file: name, place: .row(table: table, identity: nil, column: column),
        problem: .noSuchColumn(expected: "the columns " + all.joined(separator: ", ")))
    }
    let query = "SELECT \(all.joined(separator: ", ")) FROM \(table) ORDER BY _id"
    var previous: Int?
    try forEachResult(query) { statement in
      var values: [String: Value] = [:]
      for (k, column) in all.enumerated() { values[column] = value(statement, Int32(k)) }
      guard case .integer(let identity)? = values["_id"], identity > previous ?? .min else {
        throw FileError(
          file: name, place: .row(table: table, identity: previous, column: "_id"),
          problem: .invalid(
            values["_id"]?.text ?? "", expected: "identities that are whole numbers, ascending"))
      }
      previous = identity
      try body(Row(file: name, table: table, identity: identity, values: values))
    }
  }

  private func forEachResult(_ query: String, _ body: (OpaquePointer) throws -> Void) throws {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(connection, query, -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    guard code == SQLITE_OK, let statement else { throw failure(code) }
    while true {
      let step = sqlite3_step(statement)
      if step == SQLITE_DONE { return }
      guard step == SQLITE_ROW else { throw failure(step) }
      try body(statement)
    }
  }

  private func value(_ statement: OpaquePointer, _ column: Int32) -> Value {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: .integer(Int(sqlite3_column_int64(statement, column)))
    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT: .other(text(statement, column))
    case SQLITE_BLOB: .other("\(sqlite3_column_bytes(statement, column)) bytes of binary data")
    default: .null
    }
  }

  private func text(_ statement: OpaquePointer, _ column: Int32) -> String {
    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
  }

  private func failure(_ code: Int32) -> FileError {
    if code == SQLITE_NOTADB {
      return FileError(file: name, problem: .otherFormat(expected: "an SQLite database"))
    }
    let reason = sqlite3_errmsg(connection).map { String(cString: $0) } ?? ""
    return FileError(file: name, problem: .inaccessible(reason: "SQLite: \(reason)"))
  }

  /// A value of a database, whose columns may hold anything whatever their type.
  enum Value {
    case null
    case integer(Int)
    case real(Double)
    case other(String)

    var text: String {
      switch self {
      case .null: "null"
      case .integer(let value): String(value)
      case .real(let value): String(value)
      case .other(let text): text
      }
    }
  }

  /// A row with the means to say what is wrong in it.
  struct Row {
    let file: String
    let table: String
    let identity: Int
    let values: [String: Value]

    func error(_ column: String, _ problem: FileError.Problem) -> FileError {
      FileError(
        file: file, place: .row(table: table, identity: identity, column: column),
        problem: problem)
    }

    private func value(_ column: String) -> Value { values[column] ?? .null }

    private func mistake(_ column: String, _ expected: String) -> FileError {
      error(column, .invalid(value(column).text, expected: expected))
    }

    func number(_ column: String, expected: String) throws -> Double {
      switch value(column) {
      case .integer(let number): return Double(number)
      case .real(let number) where number.isFinite: return number
      default: throw mistake(column, expected)
      }
    }

    /// A number below 0, or nil for null.
    func negativeNumber(_ column: String) throws -> Double? {
      if case .null = value(column) { return nil }
      let expected = "a finite number below 0, or null"
      let number = try number(column, expected: expected)
      guard number < 0 else { throw mistake(column, expected) }
      return number
    }

    func integer(_ column: String, expected: String) throws -> Int {
      guard case .integer(let number) = value(column) else { throw mistake(column, expected) }
      return number
    }

    func order(_ column: String) throws -> Int {
      let expected = "the order of the point group, a whole number from 1"
      let order = try integer(column, expected: expected)
      guard order >= 1 else { throw mistake(column, expected) }
      return order
    }

    /// Whether a column holds a number other than 0; null means no.
    func flag(_ column: String) throws -> Bool {
      switch value(column) {
      case .null: return false
      case .integer(let number): return number != 0
      default: throw mistake(column, "0, 1 or null")
      }
    }
  }
}
