import CSQLite
import LinearAlgebra
import Synchronization

/// Bytes by key in an SQLite file, for a run that may be ended at any moment: changes are written
/// all or none, and only one process at a time has the file.
///
/// ```swift
/// let database = try KeyedDatabase(path: "run.checkpoint")
/// try database.update(["a": [1, 2, 3]], removing: [])
/// try database.values(withPrefix: "")     // ["a": [1, 2, 3]]
/// ```
public final class KeyedDatabase: Sendable {
  /// The path of the file.
  public let name: String
  private let connection: Mutex<Connection>

  /// Opens a database, or makes one where there is no file or an empty one.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: `FileError` where the file cannot be opened or written, is in use by another process,
  ///   is damaged, or is something else.
  public init(path: String) throws {
    name = path
    connection = Mutex(try Connection(path))
  }

  /// Everything that is stored under keys with a common beginning.
  ///
  /// - Parameter prefix: The beginning of the keys.
  /// - Returns: The values by key.
  /// - Throws: `FileError` where the file cannot be read.
  public func values(withPrefix prefix: String) throws -> [String: [UInt8]] {
    try connection.withLock { try $0.values(withPrefix: prefix) }
  }

  /// Stores and removes values in one transaction.
  ///
  /// - Parameters:
  ///   - values: The new values by key.
  ///   - removed: Keys whose values are not needed any more.
  /// - Throws: `FileError` where the file cannot be written; then nothing is changed.
  public func update(_ values: [String: [UInt8]], removing removed: [String]) throws {
    try connection.withLock { try $0.update(values, removing: removed) }
  }
}

/// The open file.
private final class Connection {
  /// What tells these files from other databases: "META" in ASCII.
  private static let application: Int64 = 0x4D45_5441
  private static let version: Int64 = 1
  private static let expected = "a checkpoint of this program"

  private let path: String
  private var handle: OpaquePointer?

  init(_ path: String) throws {
    self.path = path
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    guard code == SQLITE_OK else { throw failure(code) }
    // A process that was killed a moment ago may not be gone yet.
    sqlite3_busy_timeout(handle, 500)
    try run("PRAGMA trusted_schema = OFF")
    // The lock is held until the file is closed: two runs must not share a checkpoint.
    try run("PRAGMA locking_mode = EXCLUSIVE")
    try run("BEGIN EXCLUSIVE")
    let tables = try number("SELECT count(*) FROM sqlite_master")
    if tables == 0 {
      try run("PRAGMA application_id = \(Connection.application)")
      try run("PRAGMA user_version = \(Connection.version)")
      try run("CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
    } else {
      guard try number("PRAGMA application_id") == Connection.application else {
        throw FileError(file: path, problem: .otherFormat(expected: Connection.expected))
      }
      let found = try number("PRAGMA user_version")
      guard found == Connection.version else {
        throw FileError(
          file: path,
          problem: .otherVersion(Int(found), expected: "\(Connection.version)"))
      }
    }
    try run("COMMIT")
    try checkIntegrity()
  }

  deinit { sqlite3_close_v2(handle) }

  private func checkIntegrity() throws {
    var report = ""
    try withStatement("PRAGMA quick_check(1)") { statement in
      guard sqlite3_step(statement) == SQLITE_ROW else { return }
      report = sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? ""
    }
    guard report == "ok" else { throw damage(report) }
  }

  func values(withPrefix prefix: String) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    try withStatement(
      "SELECT key, value FROM entries WHERE substr(key, 1, length(?1)) = ?1"
    ) { statement in
      try prefix.withCString { text in
        sqlite3_bind_text(statement, 1, text, -1, nil)
        while true {
          let code = sqlite3_step(statement)
          if code == SQLITE_DONE { return }
          guard code == SQLITE_ROW, let key = sqlite3_column_text(statement, 0) else {
            throw failure(code)
          }
          let count = Int(sqlite3_column_bytes(statement, 1))
          let bytes = UnsafeRawBufferPointer(
            start: sqlite3_column_blob(statement, 1), count: count)
          result[String(cString: key)] = Array(bytes)
        }
      }
    }
    return result
  }

  func update(_ values: [String: [UInt8]], removing removed: [String]) throws {
    try run("BEGIN IMMEDIATE")
    do {
      try withStatement("DELETE FROM entries WHERE key = ?1") { statement in
        for key in removed {
          try key.withCString { text in
            sqlite3_bind_text(statement, 1, text, -1, nil)
            try finish(statement)
          }
        }
      }
      try withStatement("INSERT OR REPLACE INTO entries (key, value) VALUES (?1, ?2)") {
        statement in
        for (key, value) in values {
          try key.withCString { text in
            try value.withUnsafeBytes { bytes in
              sqlite3_bind_text(statement, 1, text, -1, nil)
              if bytes.isEmpty {
                sqlite3_bind_zeroblob(statement, 2, 0)
              } else {
                sqlite3_bind_blob64(statement, 2, bytes.baseAddress, UInt64(bytes.count), nil)
              }
              try finish(statement)
            }
          }
        }
      }
      try run("COMMIT")
    } catch {
      sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
      throw error
    }
  }

  /// Runs a statement to its end and makes it ready for the next values.
  private func finish(_ statement: OpaquePointer) throws {
    let code = sqlite3_step(statement)
    guard code == SQLITE_DONE else { throw failure(code) }
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  private func run(_ query: String) throws {
    let code = sqlite3_exec(handle, query, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func number(_ query: String) throws -> Int64 {
    var result: Int64 = 0
    try withStatement(query) { statement in
      let code = sqlite3_step(statement)
      guard code == SQLITE_ROW else { throw failure(code) }
      result = sqlite3_column_int64(statement, 0)
    }
    return result
  }

  private func withStatement(_ query: String, _ body: (OpaquePointer) throws -> Void) throws {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, query, -1, &statement, nil)
    defer { sqlite3_finalize(statement) }
    guard code == SQLITE_OK, let statement else { throw failure(code) }
    try body(statement)
  }

  private func damage(_ reason: String) -> FileError {
    FileError(
      file: path,
      problem: .inaccessible(reason: "it is damaged: \(reason); remove it to start anew"))
  }

  private func failure(_ code: Int32) -> FileError {
    let reason = sqlite3_errmsg(handle).map { String(cString: $0) } ?? ""
    switch code & 0xFF {
    case SQLITE_NOTADB:
      return FileError(file: path, problem: .otherFormat(expected: Connection.expected))
    case SQLITE_BUSY, SQLITE_LOCKED:
      return FileError(file: path, problem: .inaccessible(reason: "another run is using it"))
    case SQLITE_CORRUPT: return damage(reason)
    default: return FileError(file: path, problem: .inaccessible(reason: "SQLite: \(reason)"))
    }
  }
}
