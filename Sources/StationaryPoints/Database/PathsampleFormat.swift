import LinearAlgebra

/// The files of PATHSAMPLE, which PyGT reads as well: a folder with `min.data` and `ts.data`, and
/// where they are there `min.A`, `min.B` and `communities.dat`.
///
/// - `min.data`: energy, logarithm of the product of the positive Hessian eigenvalues, order of the
///   point group, three moments of inertia. The line number, from 1, is the minimum's identity.
/// - `ts.data`: the same three, the two minima, three moments of inertia, and optionally the
///   negative eigenvalue.
/// - `min.A`, `min.B`: a count, then as many identities. In PATHSAMPLE's DIRECTION AB, B is where
///   trajectories start and A where they end.
/// - `communities.dat`: a number from 0 per minimum.
///
/// Numbers may be written as Fortran writes them (`1.5D-3`, `0.17976931+309`). Blank lines are
/// passed over. Moments of inertia mean nothing to kinetics: they are not kept, and the writer puts
/// 1 in their place.
public enum PathsampleFormat {
  /// Reads a folder.
  ///
  /// - Parameter folder: The folder.
  /// - Returns: The database.
  /// - Throws: `FileError` with the file, line and column of the first mistake.
  public static func read(folder: String) throws -> KineticDatabase {
    func path(_ name: String) -> String { folder + "/" + name }
    return try parse(
      minima: FileContents.text(path: path("min.data")),
      transitionStates: FileContents.text(path: path("ts.data")),
      setA: FileContents.optionalText(path: path("min.A")),
      setB: FileContents.optionalText(path: path("min.B")),
      communities: FileContents.optionalText(path: path("communities.dat")), folder: folder)
  }

  /// Reads the contents of the files.
  ///
  /// - Parameters:
  ///   - minima: The contents of `min.data`.
  ///   - transitionStates: The contents of `ts.data`.
  ///   - setA: The contents of `min.A`, if any.
  ///   - setB: The contents of `min.B`, if any.
  ///   - communities: The contents of `communities.dat`, if any.
  ///   - folder: The folder, for messages; nil for the bare names of the files.
  /// - Returns: The database.
  /// - Throws: `FileError` with the file, line and column of the first mistake.
  public static func parse(
    minima: String, transitionStates: String, setA: String? = nil, setB: String? = nil,
    communities: String? = nil, folder: String? = nil
  ) throws -> KineticDatabase {
    func path(_ name: String) -> String { folder.map { $0 + "/" + name } ?? name }
    let points = try parseMinima(minima, name: path("min.data"))
    let states = try parseTransitionStates(
      transitionStates, name: path("ts.data"), minimumCount: points.count)
    let first = try setA.map {
      try StateFiles.set($0, name: path("min.A"), stateCount: points.count, isCounted: true)
    }
    let second = try setB.map {
      try StateFiles.set(
        $0, name: path("min.B"), stateCount: points.count, isCounted: true, disjointFrom: first)
    }
    let groups = try communities.map {
      try StateFiles.communities($0, name: path("communities.dat"), stateCount: points.count)
    }
    return try KineticDatabase(
      minima: points, transitionStates: states, setA: first, setB: second, communities: groups)
  }

  private static func parseMinima(
    _ text: String, name: String
  ) throws -> [KineticDatabase.Minimum] {
    var scanner = FieldScanner(text, name: name)
    var result: [KineticDatabase.Minimum] = []
    let layout =
      "6 fields: energy, log product of eigenvalues, point-group order, 3 moments of inertia"
    while let line = try scanner.nextLine(of: 6, expected: layout) {
      let start = try scanner.stationaryPoint(line)
      try scanner.checkMoments(line.fields[3..<6])
      result.append(
        .init(
          energy: start.energy, logProduct: start.logProduct, pointGroupOrder: start.order))
    }
    guard !result.isEmpty else { throw FileError(file: name, problem: .empty(expected: layout)) }
    return result
  }

  private static func parseTransitionStates(
    _ text: String, name: String, minimumCount: Int
  ) throws -> [KineticDatabase.TransitionState] {
    var scanner = FieldScanner(text, name: name)
    var result: [KineticDatabase.TransitionState] = []
    let layout = """
      8 or 9 fields: energy, log product of eigenvalues, point-group order, 2 minima, 3 moments of \
      inertia, the negative eigenvalue if known
      """
    while let line = try scanner.nextLine(of: 8, 9, expected: layout) {
      let start = try scanner.stationaryPoint(line)
      let first = try scanner.state(line.fields[3], count: minimumCount)
      let second = try scanner.state(line.fields[4], count: minimumCount)
      try scanner.checkMoments(line.fields[5..<8])
      var eigenvalue: Double?
      if line.fields.count == 9 {
        let expected = "the negative eigenvalue, a finite number below 0"
        let value = try scanner.number(line.fields[8], expected: expected)
        guard value < 0 else {
          throw scanner.error(line.fields[8], .invalid(line.fields[8].text, expected: expected))
        }
        eigenvalue = value
      }
      result.append(
        .init(
          energy: start.energy, logProduct: start.logProduct, pointGroupOrder: start.order,
          first: first, second: second, negativeEigenvalue: eigenvalue))
    }
    guard !result.isEmpty else { throw FileError(file: name, problem: .empty(expected: layout)) }
    return result
  }

  /// Writes a folder, so that reading it again gives the same numbers to the last bit.
  ///
  /// - Parameters:
  ///   - database: The database; labels have no place in these files.
  ///   - folder: The folder, which is created where it is not there. Its files are replaced.
  /// - Throws: `FileError` where a file cannot be written, and where the folder holds a `min.A`,
  ///   `min.B` or `communities.dat` for which the database has no data.
  public static func write(_ database: KineticDatabase, folder: String) throws {
    var minima = ""
    for minimum in database.minima {
      minima +=
        "\(minimum.energy) \(minimum.logProduct) \(minimum.pointGroupOrder) 1.0 1.0 1.0\n"
    }
    var states = ""
    for state in database.transitionStates {
      states += "\(state.energy) \(state.logProduct) \(state.pointGroupOrder) "
      states += "\(state.first + 1) \(state.second + 1) 1.0 1.0 1.0"
      states += (state.negativeEigenvalue.map { " \($0)" } ?? "") + "\n"
    }
    try FileContents.write(
      [
        ("min.A", database.setA.map { StateFiles.setText($0, isCounted: true) }),
        ("min.B", database.setB.map { StateFiles.setText($0, isCounted: true) }),
        ("communities.dat", database.communities.map { StateFiles.lines($0) }),
        ("min.data", minima), ("ts.data", states),
      ], folder: folder)
  }
}

extension FieldScanner {
  /// The three fields with which minima and transition states begin.
  fileprivate func stationaryPoint(
    _ line: Line
  ) throws -> (energy: Double, logProduct: Double, order: Int) {
    let energy = try number(line.fields[0], expected: "the energy, a finite number")
    let logProduct = try number(
      line.fields[1],
      expected: "the logarithm of the product of the positive eigenvalues, a finite number")
    let order = try integer(
      line.fields[2], in: 1...Int.max,
      expected: "the order of the point group, a whole number from 1")
    return (energy, logProduct, order)
  }

  /// Moments of inertia are not used, but text among them means that columns are shifted.
  fileprivate func checkMoments(_ fields: ArraySlice<Field>) throws {
    for field in fields where realNumber(field.text) == nil {
      throw error(field, .invalid(field.text, expected: "a moment of inertia, a number"))
    }
  }
}
