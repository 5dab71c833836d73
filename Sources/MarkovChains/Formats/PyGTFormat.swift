import LinearAlgebra

/// The chain files of PyGT: `ts_conns*.dat`, `ts_weights*.dat` and `stat_prob*.dat`, with `min.A`,
/// `min.B` and `communities*.dat` where they are there. The star stands for a suffix.
///
/// - `ts_conns`: the two states of an edge, from 1; each edge once.
/// - `ts_weights`: two lines per edge, the natural logarithm of the rate from the first state to
///   the second, then back; −inf for a rate of zero. (PyGT's documentation names them the other
///   way round; its code reads them in this order.)
/// - `stat_prob`: the natural logarithm of each state's stationary probability. It gives the number
///   of states; without it that is the largest state of `ts_conns`.
/// - `min.A`, `min.B`: a count, then as many states, from 1. PyGT writes quantities of the passage
///   from A to B as "BA" (B ← A). Its Kemeny constant is a time, the sum of the relaxation times,
///   without the 1 that a mean return would add: that of `MarkovChain.logKemenyConstant()`.
public enum PyGTFormat {
  /// Reads a folder.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - suffix: What stands before `.dat` in the names of the files.
  /// - Returns: The chain and what belongs to it.
  /// - Throws: `FileError` with the file, line and column of the first mistake.
  public static func read(folder: String, suffix: String = "") throws -> ChainFiles {
    func path(_ name: String) -> String { folder + "/" + name }
    return try parse(
      connections: FileContents.text(path: path("ts_conns\(suffix).dat")),
      weights: FileContents.text(path: path("ts_weights\(suffix).dat")),
      stationary: FileContents.optionalText(path: path("stat_prob\(suffix).dat")),
      setA: FileContents.optionalText(path: path("min.A")),
      setB: FileContents.optionalText(path: path("min.B")),
      communities: FileContents.optionalText(path: path("communities\(suffix).dat")),
      suffix: suffix, folder: folder)
  }

  /// Reads the contents of the files.
  ///
  /// - Parameters:
  ///   - connections: The contents of `ts_conns*.dat`.
  ///   - weights: The contents of `ts_weights*.dat`.
  ///   - stationary: The contents of `stat_prob*.dat`, if any.
  ///   - setA: The contents of `min.A`, if any.
  ///   - setB: The contents of `min.B`, if any.
  ///   - communities: The contents of `communities*.dat`, if any.
  ///   - suffix: What stands before `.dat` in the names of the files, for messages.
  ///   - folder: The folder, for messages; nil for the bare names of the files.
  /// - Returns: The chain and what belongs to it.
  /// - Throws: `FileError` with the file, line and column of the first mistake.
  public static func parse(
    connections: String, weights: String, stationary: String? = nil, setA: String? = nil,
    setB: String? = nil, communities: String? = nil, suffix: String = "", folder: String? = nil
  ) throws -> ChainFiles {
    func path(_ name: String) -> String { folder.map { $0 + "/" + name } ?? name }
    let logs = try stationary.map {
      try StateFiles.logProbabilities($0, name: path("stat_prob\(suffix).dat"))
    }
    let edges = try EdgeFiles(
      connections: connections, name: path("ts_conns\(suffix).dat"), stateCount: logs?.count)
    return try ChainFiles(
      edges: edges, logStationary: logs, weights: weights,
      weightsName: path("ts_weights\(suffix).dat"),
      weightsPerLine: 1, setA: .init(setA, path("min.A")),
      setB: .init(setB, path("min.B")), setsAreCounted: true,
      communities: .init(communities, path("communities\(suffix).dat")))
  }

  /// Writes a folder.
  ///
  /// - Parameters:
  ///   - files: The chain and what belongs to it.
  ///   - folder: The folder, which is created where it is not there. Its files are replaced.
  ///   - suffix: What stands before `.dat` in the names of the files.
  /// - Throws: `MarkovChainError` for sets that are empty, overlap or name unknown states;
  ///   `FileError` where a file cannot be written, and where the folder holds sets or communities
  ///   for which there are no data.
  public static func write(_ files: ChainFiles, folder: String, suffix: String = "") throws {
    try files.check()
    let edges = files.edges
    try FileContents.write(
      [
        ("min.A", files.setA.map { StateFiles.setText($0, isCounted: true) }),
        ("min.B", files.setB.map { StateFiles.setText($0, isCounted: true) }),
        ("communities\(suffix).dat", files.communities.map { StateFiles.lines($0) }),
        ("stat_prob\(suffix).dat", StateFiles.lines(files.writtenStationaryDistribution)),
        (
          "ts_conns\(suffix).dat",
          edges.map { "\($0.first + 1) \($0.second + 1)\n" }.joined()
        ),
        (
          "ts_weights\(suffix).dat",
          edges.map { "\($0.forward)\n\($0.backward)\n" }.joined()
        ),
      ], folder: folder)
  }
}
