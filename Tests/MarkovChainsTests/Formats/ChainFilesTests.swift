import Foundation
import LinearAlgebra
import MarkovChains
import Testing

@Suite("Chain files of PyGT and DISCOTRESS, and edge lists")
struct ChainFilesTests {
  private func inTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "metastability-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func text(_ folder: String, _ name: String) throws -> String {
    try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
  }

  /// 0 ⇄ 1 → 2, and 3 by itself; rates far below the smallest double.
  private static let chain = try? MarkovChain(
    stateCount: 4,
    transitions: [
      .init(from: 0, to: 1, logRate: -1234.5), .init(from: 1, to: 0, logRate: 0.1),
      .init(from: 1, to: 2, logRate: -1.0 / 3),
    ])

  @Test("PyGT's files: two lines an edge, first to second, then back")
  func pyGT() throws {
    let files = try PyGTFormat.parse(
      connections: "1 2\n3 2\n", weights: "-5.5\n-7.25\n0.1D+01\n-inf\n",
      stationary: "-0.5\r\n-1.5\r\n\r\n-2.5", setA: "1\n1", setB: "2 2\n3", communities: "0\n1\n1\n"
    )
    #expect(files.chain.stateCount == 3)
    #expect(files.chain.logRate(from: 0, to: 1) == -5.5)
    #expect(files.chain.logRate(from: 1, to: 0) == -7.25)
    #expect(files.chain.logRate(from: 2, to: 1) == 1)
    #expect(files.chain.logRate(from: 1, to: 2) == -.infinity)
    #expect(files.logStationaryDistribution == [-0.5, -1.5, -2.5])
    #expect(files.setA == [0] && files.setB == [1, 2] && files.communities == [0, 1, 1])
  }

  @Test("DISCOTRESS's files: two columns, sets without a count")
  func discotress() throws {
    let files = try DiscotressFormat.parse(
      connections: "1 2\n3 2\n", weights: "-5.5 -7.25\n1 -Infinity\n", nodesA: "3\n1\n",
      nodesB: "2\n")
    #expect(files.chain.logRate(from: 0, to: 1) == -5.5)
    #expect(files.chain.logRate(from: 1, to: 0) == -7.25)
    #expect(files.chain.logRate(from: 2, to: 1) == 1)
    #expect(files.chain.transitions.count == 3)
    #expect(files.logStationaryDistribution == nil)
    #expect(files.setA == [2, 0] && files.setB == [1])
  }

  @Test("What is written reads back the same to the last bit")
  func roundTrip() throws {
    let chain = try #require(Self.chain)
    let files = ChainFiles(
      chain: chain, logStationaryDistribution: [-0.25, -1e-300, -.infinity, -2000.125],
      setA: [3, 0], setB: [2], communities: [0, 0, 7, 1])
    try inTemporaryFolder { folder in
      try PyGTFormat.write(files, folder: folder, suffix: "_T1")
      #expect(try PyGTFormat.read(folder: folder, suffix: "_T1") == files)
      #expect(try text(folder, "ts_conns_T1.dat") == "1 2\n2 3\n")
      #expect(
        try text(folder, "ts_weights_T1.dat")
          == "-1234.5\n0.1\n-0.3333333333333333\n-inf\n")
      #expect(try text(folder, "min.A") == "2\n4\n1\n")
    }
    try inTemporaryFolder { folder in
      try DiscotressFormat.write(files, folder: folder)
      #expect(try DiscotressFormat.read(folder: folder) == files)
      #expect(
        try text(folder, "edge_weights.dat") == "-1234.5 0.1\n-0.3333333333333333 -inf\n")
      #expect(try text(folder, "nodes.A") == "4\n1\n")
    }
    try inTemporaryFolder { folder in
      try EdgeList.write(chain, file: folder)
      #expect(try EdgeList.read(file: folder) == chain)
    }
  }

  @Test("The stationary distribution of several recurrent classes is their mean")
  func stationary() throws {
    let chain = try #require(Self.chain)
    try inTemporaryFolder { folder in
      try PyGTFormat.write(ChainFiles(chain: chain), folder: folder)
      let logs = try #require(try PyGTFormat.read(folder: folder).logStationaryDistribution)
      // States 0 and 1 are transient; 2 and 3 are recurrent classes of one state each.
      #expect(logs[0] == -.infinity && logs[1] == -.infinity)
      #expect(abs(logs[2] - log(0.5)) < 1e-15 && abs(logs[3] - log(0.5)) < 1e-15)
    }
  }

  @Test("A set of an earlier chain is not silently taken over")
  func leftover() throws {
    let chain = try #require(Self.chain)
    try inTemporaryFolder { folder in
      try PyGTFormat.write(ChainFiles(chain: chain, setA: [1]), folder: folder)
      #expect(throws: FileError(file: folder + "/min.A", problem: .leftover)) {
        try PyGTFormat.write(ChainFiles(chain: chain), folder: folder)
      }
      #expect(throws: MarkovChainError.overlappingSets(state: 1)) {
        try PyGTFormat.write(ChainFiles(chain: chain, setA: [1], setB: [1]), folder: folder)
      }
    }
  }

  @Test(
    "Mistakes are reported with file, line and column",
    arguments: [
      ("1 2\n2\n", "0\n0\n", nil, "ts_conns.dat:2:2"),
      ("1 2\n2 3 4\n", "0\n0\n", nil, "ts_conns.dat:2:5"),
      ("1 2\n2 x\n", "0\n0\n", nil, "ts_conns.dat:2:3"),
      ("1 2\n0 1\n", "0\n0\n", nil, "ts_conns.dat:2:1"),
      ("1 2\n  3 3\n", "0\n0\n", nil, "ts_conns.dat:2:5"),
      ("1 2\n2 1\n", "0\n0\n", nil, "ts_conns.dat:2:1"),
      ("1 4\n", "0\n0\n", "-1\n-1\n-1\n", "ts_conns.dat:1:3"),
      ("# none\n", "0\n0\n", nil, "ts_conns.dat"),
      ("1 2\n", "0\n", nil, "ts_weights.dat:2:1"),
      ("1 2\n", "0\n\n0\n 5\n", nil, "ts_weights.dat:4:2"),
      ("1 2\n", "0\nnan\n", nil, "ts_weights.dat:2:1"),
      ("1 2\n", "0\ninf\n", nil, "ts_weights.dat:2:1"),
      ("1 2\n", "0\n-1e12\n", nil, "ts_weights.dat:2:1"),
      ("1 2\n", "0\n0x1p3\n", nil, "ts_weights.dat:2:1"),
      ("1 2\n", "0 0\n", nil, "ts_weights.dat:1:3"),
      ("1 2\n", "", nil, "ts_weights.dat"),
      ("1 2\n", "0\n0\n", "-1\n0.5\n", "stat_prob.dat:2:1"),
      ("1 2\n", "0\n0\n", "", "stat_prob.dat"),
    ] as [(String, String, String?, String)])
  func mistakes(connections: String, weights: String, stationary: String?, place: String) {
    let error = #expect(throws: FileError.self) {
      try PyGTFormat.parse(connections: connections, weights: weights, stationary: stationary)
    }
    #expect(error?.description.hasPrefix(place + ": ") == true)
  }

  @Test("A message says what stands there and what would be accepted")
  func messages() throws {
    func message(_ body: () throws -> Void) -> String? {
      #expect(throws: FileError.self, performing: body)?.description
    }
    #expect(
      message { _ = try DiscotressFormat.parse(connections: "1 2\n", weights: "1\n") }
        == "edge_weights.dat:1:2: ends here; expected 1 edges, for each the logarithms of the rates "
        + "from the first to the second state and back, in one line")
    #expect(
      message {
        _ = try DiscotressFormat.parse(
          connections: "1 2\n", weights: "1 1\n", nodesA: "1", nodesB: "2 1")
      } == "nodes.B:1:3: state 1 belongs to set A as well; the sets A and B must be disjoint")
    #expect(
      message {
        _ = try PyGTFormat.parse(connections: "1 2\n", weights: "1\n1\n", setA: "2\n1\n")
      } == "min.A:2:2: ends here; expected 2 states, as announced; found 1")
    #expect(
      message { _ = try PyGTFormat.read(folder: "/no/such/folder") }
        == "/no/such/folder/ts_conns.dat: there is no such file")
  }

  @Test("An edge list keeps states without transitions, and names what it cannot hold")
  func edgeList() throws {
    let chain = try MarkovChain(
      stateCount: 5, transitions: [.init(from: 1, to: 0, logRate: -1e-17)])
    let text = try EdgeList.text(of: chain)
    #expect(
      text == "# from\tto\tnatural logarithm of the rate\n1\t0\t-1e-17\n4\t3\t-inf\n")
    #expect(try EdgeList.parse(text, name: "e") == chain)
    #expect(throws: EdgeListError.self) {
      try EdgeList.text(of: MarkovChain(stateCount: 1, transitions: []))
    }
  }
}
