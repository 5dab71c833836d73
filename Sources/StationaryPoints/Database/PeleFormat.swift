import LinearAlgebra

/// The SQLite databases of pele, version 2 of their layout: the columns that kinetics needs.
///
/// The coordinates in them are pickled Python objects and stay unread, so that nothing of Python is
/// needed. Rows that are marked invalid are left out, with the transition states that lead to them.
public enum PeleFormat {
  /// What a file held.
  public struct Contents: Sendable, Equatable {
    /// The valid minima in the order of their rows, whose identities are the labels, and the
    /// transition states between them.
    public let database: KineticDatabase
    /// The number of minima that are marked invalid.
    public let invalidMinima: Int
    /// The number of transition states that are marked invalid or lead to an invalid minimum.
    public let invalidTransitionStates: Int
  }

  /// Reads a file.
  ///
  /// - Parameter path: The file; it is opened for reading only.
  /// - Returns: The database and the numbers of rows left out.
  /// - Throws: `FileError` with the table, row and column of the first mistake.
  public static func read(file path: String) throws -> Contents {
    try contents(of: try SQLiteReader(file: path))
  }

  /// Reads the contents of a file.
  ///
  /// - Parameters:
  ///   - bytes: The contents.
  ///   - name: The name of the file, for messages.
  /// - Returns: The database and the numbers of rows left out.
  /// - Throws: `FileError` with the table, row and column of the first mistake.
  public static func parse(_ bytes: [UInt8], name: String) throws -> Contents {
    try contents(of: try SQLiteReader(bytes: bytes, name: name))
  }

  private static let minimumTable = "tbl_minima"
  private static let transitionTable = "tbl_transition_states"

  private static func contents(of reader: SQLiteReader) throws -> Contents {
    let version = try reader.userVersion()
    guard version == 2 else {
      throw FileError(
        file: reader.name, problem: .otherVersion(version, expected: "2 (pele's user_version)"))
    }
    var places: [Int: Int] = [:]
    var invalid: Set<Int> = []
    var minima: [KineticDatabase.Minimum] = []
    var labels: [String] = []
    try reader.forEachRow(of: minimumTable, columns: ["energy", "fvib", "pgorder", "invalid"]) {
      row in
      guard try !row.flag("invalid") else {
        invalid.insert(row.identity)
        return
      }
      places[row.identity] = minima.count
      labels.append(String(row.identity))
      minima.append(
        .init(
          energy: try row.number("energy", expected: "a finite number"),
          logProduct: try row.number("fvib", expected: logProductExpectation),
          pointGroupOrder: try row.order("pgorder")))
    }
    guard !minima.isEmpty else {
      throw FileError(file: reader.name, problem: .empty(expected: "rows in \(minimumTable)"))
    }
    var skipped = 0
    var states: [KineticDatabase.TransitionState] = []
    let columns = [
      "energy", "fvib", "pgorder", "invalid", "_minimum1_id", "_minimum2_id", "eigenval",
    ]
    try reader.forEachRow(of: transitionTable, columns: columns) { row in
      let sides = try ["_minimum1_id", "_minimum2_id"].map { column in
        let identity = try row.integer(column, expected: "the identity of a minimum")
        guard places[identity] != nil || invalid.contains(identity) else {
          throw row.error(
            column, .invalid(String(identity), expected: "the identity of a row of \(minimumTable)")
          )
        }
        return places[identity]
      }
      guard try !row.flag("invalid"), let first = sides[0], let second = sides[1] else {
        skipped += 1
        return
      }
      states.append(
        .init(
          energy: try row.number("energy", expected: "a finite number"),
          logProduct: try row.number("fvib", expected: logProductExpectation),
          pointGroupOrder: try row.order("pgorder"), first: first, second: second,
          negativeEigenvalue: try row.negativeNumber("eigenval")))
    }
    guard !states.isEmpty else {
      throw FileError(file: reader.name, problem: .empty(expected: "rows in \(transitionTable)"))
    }
    return Contents(
      database: try KineticDatabase(minima: minima, transitionStates: states, labels: labels),
      invalidMinima: invalid.count, invalidTransitionStates: skipped)
  }

  private static let logProductExpectation =
    "the logarithm of the product of the squared frequencies, which pele stores when it computes "
    + "thermodynamics"
}
