import CSQLite
import Foundation
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("pele databases")
struct PeleFormatTests {
  @Test("The kinetic columns are read, invalid rows are left out and counted")
  func reading() throws {
    let contents = try PeleFormat.read(file: DatabaseFixtures.pele)
    let database = contents.database
    #expect(
      database.minima == [
        .init(energy: -16.505384168, logProduct: 36.125, pointGroupOrder: 120),
        .init(energy: -15.935, logProduct: 35.5, pointGroupOrder: 2),
        .init(energy: -15.53, logProduct: 35.0625, pointGroupOrder: 6),
        .init(energy: 0.30000000000000004, logProduct: 3, pointGroupOrder: 1),
      ])
    #expect(database.labels == ["1", "2", "5", "9"])
    #expect(
      database.transitionStates == [
        .init(energy: -15.445, logProduct: 33.5, first: 0, second: 1, negativeEigenvalue: -2.5),
        .init(
          energy: -15.3, logProduct: 33, pointGroupOrder: 2, first: 0, second: 1,
          negativeEigenvalue: -1),
        .init(
          energy: -14.8, logProduct: 30.5, pointGroupOrder: 3, first: 2, second: 2,
          negativeEigenvalue: -0.5),
        .init(energy: 1, logProduct: 2, first: 2, second: 3, negativeEigenvalue: -4),
      ])
    #expect(contents.invalidMinima == 1 && contents.invalidTransitionStates == 2)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: DatabaseFixtures.pele)))
    #expect(try PeleFormat.parse(bytes, name: "memory") == contents)
  }

  /// The message about the database that results when the commands are run on a copy of the
  /// fixture; nil where it can be read.
  private func message(after commands: String) throws -> String? {
    let path = DatabaseFixtures.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.copyItem(atPath: DatabaseFixtures.pele, toPath: path)
    var connection: OpaquePointer?
    defer { sqlite3_close(connection) }
    try #require(sqlite3_open(path, &connection) == SQLITE_OK)
    try #require(sqlite3_exec(connection, commands, nil, nil, nil) == SQLITE_OK)
    do {
      _ = try PeleFormat.read(file: path)
      return nil
    } catch let error as FileError {
      #expect(error.file == path)
      return error.description.replacing(path + ": ", with: "")
    }
  }

  @Test("Null eigenvalues are unknown ones")
  func nullEigenvalue() throws {
    #expect(try message(after: "UPDATE tbl_transition_states SET eigenval = NULL") == nil)
  }

  @Test(
    "Mistakes are reported with table, row and column",
    arguments: [
      (
        "UPDATE tbl_minima SET energy = NULL WHERE _id = 5",
        "table tbl_minima, row 5, column energy: \"null\"; expected a finite number"
      ),
      (
        "UPDATE tbl_minima SET energy = 9e999 WHERE _id = 5",
        "table tbl_minima, row 5, column energy: \"inf\"; expected a finite number"
      ),
      (
        "UPDATE tbl_minima SET pgorder = 0 WHERE _id = 2",
        "table tbl_minima, row 2, column pgorder: \"0\"; expected the order of the point group, a "
          + "whole number from 1"
      ),
      (
        "UPDATE tbl_minima SET invalid = x'00' WHERE _id = 2",
        "table tbl_minima, row 2, column invalid: \"1 bytes of binary data\"; expected 0, 1 or null"
      ),
      (
        "UPDATE tbl_transition_states SET fvib = 'much' WHERE _id = 8",
        "table tbl_transition_states, row 8, column fvib: \"much\"; expected the logarithm of the "
          + "product of the squared frequencies, which pele stores when it computes thermodynamics"
      ),
      (
        "UPDATE tbl_transition_states SET eigenval = 0.5 WHERE _id = 8",
        "table tbl_transition_states, row 8, column eigenval: \"0.5\"; expected a finite number "
          + "below 0, or null"
      ),
      (
        "UPDATE tbl_transition_states SET _minimum2_id = 6 WHERE _id = 8",
        "table tbl_transition_states, row 8, column _minimum2_id: \"6\"; expected the identity of a "
          + "row of tbl_minima"
      ),
      (
        "UPDATE tbl_transition_states SET _minimum1_id = NULL WHERE _id = 8",
        "table tbl_transition_states, row 8, column _minimum1_id: \"null\"; expected the identity "
          + "of a minimum"
      ),
      ("PRAGMA user_version = 0", "version 0; accepted: 2 (pele's user_version)"),
      ("DELETE FROM tbl_minima", "the file is empty; expected rows in tbl_minima"),
      (
        "DELETE FROM tbl_transition_states",
        "the file is empty; expected rows in tbl_transition_states"
      ),
      (
        "DROP TABLE tbl_minima",
        "table tbl_minima, column _id: it is not there; expected a table tbl_minima, as pele's "
          + "databases have"
      ),
      (
        "ALTER TABLE tbl_minima DROP COLUMN fvib",
        "table tbl_minima, column fvib: it is not there; expected the columns _id, energy, fvib, "
          + "pgorder, invalid"
      ),
    ])
  func mistakes(commands: String, expected: String) throws {
    #expect(try message(after: commands) == expected)
  }

  @Test("Files that are no database are named as such")
  func otherFiles() throws {
    #expect(throws: FileError(file: "/no/such.db", problem: .missing)) {
      try PeleFormat.read(file: "/no/such.db")
    }
    let text = DatabaseFixtures.network32 + "/min.data"
    let other = FileError.Problem.otherFormat(expected: "an SQLite database")
    #expect(throws: FileError(file: text, problem: other)) { try PeleFormat.read(file: text) }
    #expect(throws: FileError(file: "m", problem: .empty(expected: "an SQLite database"))) {
      try PeleFormat.parse([], name: "m")
    }
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: DatabaseFixtures.pele)))
    #expect(throws: FileError.self) {
      try PeleFormat.parse(Array(bytes[..<1000]), name: "m")
    }
  }
}
