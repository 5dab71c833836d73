import Foundation
import LinearAlgebra
import StationaryPoints
import Testing

@Suite("PATHSAMPLE files")
struct PathsampleFormatTests {
  @Test("Fortran's reals, blank lines, Windows line ends and the optional column")
  func reading() throws {
    let database = try PathsampleFormat.parse(
      minima: DatabaseFixtures.minima, transitionStates: DatabaseFixtures.transitionStates,
      setA: "2 1\n 2\n", setB: "1\n3", communities: "0\n0\n4\n")
    #expect(
      database.minima == [
        .init(energy: -1.25, logProduct: 3.5, pointGroupOrder: 2),
        .init(energy: -0.75, logProduct: 2.25, pointGroupOrder: 1),
        .init(energy: 0.5, logProduct: 4, pointGroupOrder: 12),
      ])
    #expect(
      database.transitionStates == [
        .init(energy: 0.25, logProduct: 3, first: 0, second: 1, negativeEigenvalue: -4),
        .init(
          energy: 0.5, logProduct: 2.5, pointGroupOrder: 2, first: 1, second: 0,
          negativeEigenvalue: -1),
        .init(
          energy: 1.5, logProduct: 3.75, pointGroupOrder: 3, first: 1, second: 2,
          negativeEigenvalue: -0.25),
        .init(energy: 2, logProduct: 1, first: 2, second: 2, negativeEigenvalue: -9),
      ])
    #expect(database.setA == [0, 1] && database.setB == [2])
    #expect(database.communities == [0, 0, 4])
  }

  @Test(
    "Reals in every spelling",
    arguments: [
      ("1", 1.0), ("+1.", 1), ("-.5", -0.5), ("1e3", 1e3), ("1.5E-03", 1.5e-3), ("1.5d+03", 1.5e3),
      ("-2.5D-300", -2.5e-300), ("0.17976931+309", 1.7976931e308), ("0.12-305", 1.2e-306),
      ("-1.5+100", -1.5e100), ("4.9406564584124654-324", .leastNonzeroMagnitude), ("1D-400", 0),
    ])
  func reals(_ text: String, _ value: Double) throws {
    let database = try PathsampleFormat.parse(
      minima: "\(text) 1 1 1 1 1\n0 1 1 1 1 1\n", transitionStates: "0 1 1 1 2 1 1 1\n")
    #expect(database.minima[0].energy == value)
  }

  @Test(
    "Texts that are not finite numbers",
    arguments: [
      "x", "1e", "1e+", "1-", "--1", "1.2.3", "1e2.5", "1e2e3", "1e2+3", "0x1p3", "nan", "NaN",
      "inf", "-Infinity", "1D400", "0.2+309", "*****", "1,5", ".", "+", "e5", "D", "1_000", "½",
    ])
  func notReals(_ text: String) {
    let error = #expect(throws: FileError.self) {
      try PathsampleFormat.parse(
        minima: "0 1 1 1 1 1\n0  \(text) 1 1 1 1\n", transitionStates: "0 1 1 1 2 1 1 1\n")
    }
    #expect(error?.place == .line(2, column: 4))
    #expect(error?.file == "min.data")
  }

  @Test("What is written reads back the same to the last bit")
  func roundTrip() throws {
    let folder = DatabaseFixtures.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let database = try KineticDatabase(
      minima: [
        .init(energy: 0.1 + 0.2, logProduct: -1.0 / 3, pointGroupOrder: 120),
        .init(energy: .leastNonzeroMagnitude, logProduct: 1.7976931348623157e308),
        .init(energy: -0.0, logProduct: 1),
      ],
      transitionStates: [
        .init(energy: 1e22, logProduct: 1e-5, first: 0, second: 1, negativeEigenvalue: -1e-17),
        .init(
          energy: 123_456_789.123_456_78, logProduct: 2, pointGroupOrder: 3, first: 2, second: 2),
      ], setA: [2, 0], setB: [1], communities: [3, 0, 3])
    try PathsampleFormat.write(database, folder: folder)
    #expect(try PathsampleFormat.read(folder: folder) == database)
    #expect(
      try String(contentsOfFile: folder + "/ts.data", encoding: .utf8)
        == "1e+22 1e-05 1 1 2 1.0 1.0 1.0 -1e-17\n123456789.12345678 2.0 3 3 3 1.0 1.0 1.0\n")

    let network = try PathsampleFormat.read(folder: DatabaseFixtures.network32)
    try PathsampleFormat.write(network, folder: folder)
    #expect(try PathsampleFormat.read(folder: folder) == network)
    let bare = try KineticDatabase(
      minima: network.minima, transitionStates: network.transitionStates)
    #expect(throws: FileError(file: folder + "/min.A", problem: .leftover)) {
      try PathsampleFormat.write(bare, folder: folder)
    }
  }

  @Test("Files that are not there are named")
  func missing() throws {
    #expect(throws: FileError(file: "/no/such/folder/min.data", problem: .missing)) {
      try PathsampleFormat.read(folder: "/no/such/folder")
    }
    let folder = DatabaseFixtures.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/min.data", withIntermediateDirectories: true)
    let error = #expect(throws: FileError.self) { try PathsampleFormat.read(folder: folder) }
    #expect(error?.file == folder + "/min.data")
    #expect(error?.problem == .inaccessible(reason: "Is a directory"))
  }

  private static let goodMinima = "0 1 1 1 1 1\n0 1 1 1 1 1\n"
  private static let goodStates = "0 1 1 1 2 1 1 1\n"

  @Test(
    "Mistakes in the points are reported with file, line and column",
    arguments: [
      ("", goodStates, "min.data"), ("\n \r\n", goodStates, "min.data"),
      (goodMinima, "", "ts.data"), ("0 1 1 1 1\n", goodStates, "min.data:1:10"),
      ("0 1 1 1 1 1 1\n", goodStates, "min.data:1:13"),
      ("0 1 0 1 1 1\n", goodStates, "min.data:1:5"),
      ("0 1 1.0 1 1 1\n", goodStates, "min.data:1:5"),
      ("0 1 99999999999999999999 1 1 1\n", goodStates, "min.data:1:5"),
      ("0 1 1 1 x 1\n", goodStates, "min.data:1:9"),
      (goodMinima, "0 1 1 1 2 1 1\n", "ts.data:1:14"),
      (goodMinima, goodStates + "0 1 1 1 2 1 1 1 -1 1\n", "ts.data:2:20"),
      (goodMinima, "0 1 1 0 2 1 1 1\n", "ts.data:1:7"),
      (goodMinima, "0 1 1 1 3 1 1 1\n", "ts.data:1:9"),
      (goodMinima, "0 1 1 1 2 1 1 1 0.5\n", "ts.data:1:17"),
      (goodMinima, "0 1 1 1 2 1 1 1 nan\n", "ts.data:1:17"),
      (goodMinima, "0 1 -1 1 2 1 1 1\n", "ts.data:1:5"),
      (goodMinima, "0 1 1 1 2 1\0 1 1\n", "ts.data:1:11"),
    ])
  func mistakes(minima: String, states: String, place: String) {
    let error = #expect(throws: FileError.self) {
      try PathsampleFormat.parse(minima: minima, transitionStates: states)
    }
    #expect(error?.description.hasPrefix(place + ": ") == true)
  }

  @Test(
    "Mistakes in the sets are reported with file, line and column",
    arguments: [
      ("", nil, nil, "min.A"), ("0\n", nil, nil, "min.A:1:1"), ("x\n", nil, nil, "min.A:1:1"),
      ("2\n1\n", nil, nil, "min.A:2:2"), ("1\n1 2\n", nil, nil, "min.A:2:3"),
      ("1\n3\n", nil, nil, "min.A:2:1"), ("2\n1\n1\n", nil, nil, "min.A:3:1"),
      ("3\n1\n2\n3\n", nil, nil, "min.A:1:1"), ("1\n1\n", "2\n2\n1\n", nil, "min.B:3:1"),
      (nil, nil, "0\n", "communities.dat:2:1"), (nil, nil, "0\n1\n1\n", "communities.dat:3:1"),
      (nil, nil, "0\n-1\n", "communities.dat:2:1"), (nil, nil, "0\n1 1\n", "communities.dat:2:3"),
      (nil, nil, "", "communities.dat"),
    ] as [(String?, String?, String?, String)])
  func mistakesInSets(setA: String?, setB: String?, communities: String?, place: String) {
    let error = #expect(throws: FileError.self) {
      try PathsampleFormat.parse(
        minima: Self.goodMinima, transitionStates: Self.goodStates, setA: setA, setB: setB,
        communities: communities)
    }
    #expect(error?.description.hasPrefix(place + ": ") == true)
  }

  @Test("A message says what stands there and what would be accepted")
  func messages() throws {
    func message(_ minima: String, _ states: String, folder: String? = nil) -> String? {
      #expect(throws: FileError.self) {
        try PathsampleFormat.parse(minima: minima, transitionStates: states, folder: folder)
      }?.description
    }
    #expect(
      message(Self.goodMinima, "0 1 1 1 7 1 1 1\n", folder: "ljs")
        == "ljs/ts.data:1:9: there is no state \"7\"; accepted: 1 to 2")
    #expect(
      message("0 1 1 1\n", Self.goodStates)
        == "min.data:1:8: ends here; expected 6 fields: energy, log product of eigenvalues, "
        + "point-group order, 3 moments of inertia")
    #expect(
      message("0 \u{7}\(String(repeating: "x", count: 100)) 1 1 1 1\n", Self.goodStates)
        == "min.data:1:3: \"\\u{7}\(String(repeating: "x", count: 59))…\"; expected the logarithm "
        + "of the product of the positive eigenvalues, a finite number")
  }
}
