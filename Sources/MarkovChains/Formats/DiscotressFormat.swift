import LinearAlgebra

/// The chain files of DISCOTRESS: `edge_conns.dat`, `edge_weights.dat` and `stat_prob.dat`, with
/// `nodes.A`, `nodes.B` and `communities.dat` where they are there.
///
/// - `edge_conns.dat`: the two states of an edge, from 1; each edge once.
/// - `edge_weights.dat`: two columns, the natural logarithms of the rates from the first state to
///   the second and back; −inf for a rate of zero.
/// - `stat_prob.dat`: the natural logarithm of each state's stationary probability. It gives the
///   number of states; without it that is the largest state of `edge_conns.dat`.
/// - `nodes.A`, `nodes.B`: states, from 1, without a count. DISCOTRESS simulates A ← B: B is where
///   trajectories start and A where they end.
///
/// Files with the transition probabilities of a chain in discrete time (DISCRETETIME) look the
/// same; they are not for this reader.
public enum DiscotressFormat {
  /// Reads a folder.
  ///
  /// - Parameter folder: The folder.
  /// - Returns: The chain and what belongs to it.
  /// - Throws: `FileError` with the file, line and column of the first mistake.
  public static func read(folder: String) throws -> ChainFiles {
    func path(_ name: String) -> String { folder + "/" + name }
    return try parse(
      connections: FileContents.text(path: path("edge_conns.dat")),
      weights: FileContents.text(path: path("edge_weights.dat")),
      stationary: FileContents.optionalText(path: path("stat_prob.dat")),
      nodesA: FileContents.optionalText(path: path("nodes.A")),
      nodesB: FileContents.optionalText(path: path("nodes.B")),
      communities: FileContents.optionalText(path: path("communities.dat")), folder: folder)
  }

  /// Reads the contents of the files.
  ///
  /// - Parameters:
  ///   - connections: The contents of `edge_conns.dat`.
  ///   - weights: The contents of `edge_weights.dat`.
  ///   - stationary: The contents of `stat_prob.dat`, if any.
  ///   - nodesA: The contents of `nodes.A`, if any.
  ///   - nodesB: The contents of `nodes.B`, if any.
  ///   - communities: The contents of `communities.dat`, if any.
  ///   - folder: The folder, for messages; nil for the bare names of the files.
  /// - Returns: The chain and what belongs to it.
  /// - Throws: `FileError` with the file, line and column of the first mistake.
  public static func parse(
    connections: String, weights: String, stationary: String? = nil, nodesA: String? = nil,
    nodesB: String? = nil, communities: String? = nil, folder: String? = nil
  ) throws -> ChainFiles {
    func path(_ name: String) -> String { folder.map { $0 + "/" + name } ?? name }
    let logs = try stationary.map {
      try StateFiles.logProbabilities($0, name: path("stat_prob.dat"))
    }
    let edges = try EdgeFiles(
      connections: connections, name: path("edge_conns.dat"), stateCount: logs?.count)
    return try ChainFiles(
      edges: edges, logStationary: logs, weights: weights, weightsName: path("edge_weights.dat"),
      weightsPerLine: 2, setA: .init(nodesA, path("nodes.A")),
      setB: .init(nodesB, path("nodes.B")), setsAreCounted: false,
      communities: .init(communities, path("communities.dat")))
  }

  /// Writes a folder.
  ///
  /// - Parameters:
  ///   - files: The chain and what belongs to it.
  ///   - folder: The folder, which is created where it is not there. Its files are replaced.
  /// - Throws: `MarkovChainError` for sets that are empty, overlap or name unknown states;
  ///   `FileError` where a file cannot be written, and where the folder holds sets or communities
  ///   for which there are no data.
  public static func write(_ files: ChainFiles, folder: String) throws {
    try files.check()
    let edges = files.edges
    try FileContents.write(
      [
        ("nodes.A", files.setA.map { StateFiles.setText($0, isCounted: false) }),
        ("nodes.B", files.setB.map { StateFiles.setText($0, isCounted: false) }),
        ("communities.dat", files.communities.map { StateFiles.lines($0) }),
        ("stat_prob.dat", StateFiles.lines(files.writtenStationaryDistribution)),
        ("edge_conns.dat", edges.map { "\($0.first + 1) \($0.second + 1)\n" }.joined()),
        ("edge_weights.dat", edges.map { "\($0.forward) \($0.backward)\n" }.joined()),
      ], folder: folder)
  }
}
