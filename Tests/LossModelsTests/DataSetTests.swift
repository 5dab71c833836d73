import LossModels
import Testing

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "accepted"
}

/// The folder of test data, found from this file's own place in the package.
func fixture(_ name: String, file: String = #filePath) -> String {
  let parts = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
  return parts.joined(separator: "/") + "/Fixtures/data/" + name
}

@Suite("Data sets from tables")
struct DataSetTests {
  @Test("The wine table is read, its features normalised, its classes named")
  func wine() throws {
    let data = try DataSet(
      contentsOf: fixture("wine.csv"),
      options: .init(target: "cultivar", normalize: true, positiveClasses: ["class_1"]))
    #expect(data.sampleCount == 178)
    #expect(data.featureNames == ["flavanoids", "od280/od315"])
    #expect(data.targetName == "cultivar")
    guard case .memberships(let members) = data.target else {
      Issue.record("a target of classes")
      return
    }
    #expect(members.count { $0 } == 71)
    // numpy: mean and standard deviation (ddof = 0) of the columns, and the scaled first sample.
    let expected = [
      (data.featureShifts[0], 2.0292696629213474), (data.featureShifts[1], 2.6116853932584254),
      (data.featureScales[0], 0.9960489503792328), (data.featureScales[1], 0.7079932646716006),
      (data.features(ofSample: 0)[0], 1.0348189581307379),
      (data.features(ofSample: 0)[1], 1.8479195665066535),
      (data.features(ofSample: 177)[0], -1.274304503245638),
      (data.features(ofSample: 177)[1], -1.4289477651001254),
    ]
    for (found, value) in expected { #expect((found - value).magnitude < 1e-14) }
  }

  @Test("Quotes, delimiters inside them, line breaks of both kinds, blank lines, spaces, a mark")
  func format() throws {
    let text =
      "\u{FEFF}\"a, \"\"first\"\"\",b ,\"c\nd\",y\r\n\r\n 1 ,2,3,\"4\"\r\n   \n-1e2,+.5,0,7\n\n"
    let data = try DataSet(text: text, name: "t", options: .init(target: "y"))
    #expect(data.featureNames == ["a, \"first\"", "b", "c\nd"])
    #expect(data.features == [1, 2, 3, -100, 0.5, 0])
    #expect(data.target == .numbers([4, 7]))
  }

  @Test("Columns by name or index in any order, without a header, with another delimiter")
  func columns() throws {
    let data = try DataSet(
      text: "1;2;3;10\n4;5;6;20", name: "t",
      options: .init(target: 3, features: [2, 0], header: false, delimiter: ";"))
    #expect(data.features == [3, 1, 6, 4])
    #expect(data.target == .numbers([10, 20]))
    #expect(data.featureNames == ["column 2", "column 0"])
    let tabs = try DataSet(
      text: "x\ty\n1\t2\n", name: "t", options: .init(target: 0, features: ["y"], delimiter: "\t"))
    #expect(tabs.features == [2])
    let points = try DataSet(
      text: "x·y\n1·2\n", name: "t", options: .init(target: "y", delimiter: "·"))
    #expect(points.features == [1])
  }

  @Test("Class labels that are numbers are compared as numbers")
  func numericClasses() throws {
    let data = try DataSet(
      text: "x,y\n0,1\n0,3.0\n0,2\n", name: "t",
      options: .init(target: "y", positiveClasses: ["1.0", "3"]))
    #expect(data.target == .memberships([true, true, false]))
  }

  @Test("Members of the positive classes are 1 and 0 or +1 and −1, as the loss needs it")
  func targets() throws {
    let data = DataSet(features: [[0], [0]], target: .memberships([true, false]))
    let square = try LinearRegression(data: data)
    // ½(f ∓ 1)² at f = 0.25.
    #expect(square.sampleEnergy(0, at: [9.0, 0.25].span) == 0.28125)
    #expect(square.sampleEnergy(1, at: [9.0, 0.25].span) == 0.78125)
    let entropy = try LogisticRegression(data: data)
    #expect(entropy.sampleEnergy(0, at: [9.0, 1000.0].span) == 0)
  }

  @Test("Normalisation centres a constant feature, and survives huge and tiny numbers")
  func normalisation() {
    let data = DataSet(
      features: [
        [0.1, 1e300, 0], [0.1, -1e300, 4e-200], [0.1, 1e300, 0], [0.1, -1e300, 4e-200],
      ],
      target: .numbers([0, 0, 0, 0]), normalize: true)
    #expect(data.features(ofSample: 0) == [0, 1, -1])
    #expect(data.features(ofSample: 1) == [0, -1, 1])
    #expect(data.constantFeatures == ["x0"])
  }

  static let malformed: [(String, DataSet.Options, String)] = [
    ("", .init(target: "y"), "t: no row of data"),
    ("x,y\n\n", .init(target: "y"), "t: no row of data"),
    ("x,y\n1,2\n3\n", .init(target: "y"), "t, line 3: 1 fields where the first row has 2"),
    (
      "x,y\n1,2\n\n3,4,5\n", .init(target: "y"), "t, line 4: 3 fields where the first row has 2"
    ),
    (
      "x,y\n1,2\nred,4\n", .init(target: "y"),
      "t, line 3, column \"x\": \"red\" is not a number; accepted: a finite decimal"
    ),
    ("x,y\n1,\n", .init(target: "y"), "t, line 2, column \"y\": \"\" is not a number"),
    ("x,y\n0x10,1\n", .init(target: "y"), "column \"x\": \"0x10\" is not a number"),
    ("x,y\nnan,1\n", .init(target: "y"), "line 2, column \"x\": \"nan\" is not finite"),
    ("1,2\n3,-inf\n", .init(target: 0, header: false), "line 2, column 1: \"-inf\" is not finite"),
    ("x,y\n1e999,1\n", .init(target: "y"), "column \"x\": \"1e999\" is not finite"),
    ("x,y\n1,2\n", .init(target: "z"), "t: no column \"z\"; known: 0 \"x\", 1 \"y\""),
    ("x,y\n1,2\n", .init(target: 2), "t: no column 2; known: 0 \"x\", 1 \"y\""),
    ("1,2\n", .init(target: "y", header: false), "t: no column \"y\"; known: 0, 1"),
    ("1,2\n", .init(target: -1, header: false), "t: no column -1; known: 0, 1"),
    ("x,y\n1,2\n", .init(target: "y", features: ["y"]), "t: column \"y\" is used twice"),
    ("x,y\n1,2\n", .init(target: "y", features: ["x", 0]), "t: column \"x\" is used twice"),
    ("x,y\n1,2\n", .init(target: "y", features: []), "t: no column is left for the features"),
    ("y\n1\n", .init(target: "y"), "t: no column is left for the features"),
    (
      "x,x,y\n1,2,3\n", .init(target: "y", features: ["x"]),
      "t: several columns are called \"x\"; give an index instead: 0, 1"
    ),
    ("x,y\n1,\"2\n", .init(target: "y"), "t, line 2: a quotation mark is opened but never"),
    ("x,y\n\"1\"2,3\n", .init(target: "y"), "t, line 2: a closing quotation mark is followed by"),
    (
      "x,y\n1,a\n2,b\n", .init(target: "y", positiveClasses: ["c"]),
      "t, column \"y\": no sample of class \"c\"; known: a, b"
    ),
    (
      "x,y\n1,a\n2,b\n", .init(target: "y", positiveClasses: ["a", "b"]),
      "t, column \"y\": the positive classes hold all samples or none; classes: a, b"
    ),
    (
      "x,y\n1,a\n2,b\n", .init(target: "y", positiveClasses: []),
      "the positive classes hold all samples or none"
    ),
    (
      "x,y\n1,2\n", .init(target: "y", delimiter: "\""), "delimiter \"\"\"; accepted: one character"
    ),
    ("x,y\n1,2\n", .init(target: "y", delimiter: "\n"), "delimiter \"\\n\"; accepted"),
  ]

  @Test(
    "A malformed table is refused with its line, column, value and the remedy", arguments: malformed
  )
  func errors(text: String, options: DataSet.Options, expected: String) {
    let found = message { _ = try DataSet(text: text, name: "t", options: options) }
    #expect(found.contains(expected), "\(found)")
  }

  @Test("A file that is missing, a folder or not text is refused by its path")
  func files() {
    let options = DataSet.Options(target: "y")
    #expect(
      message { _ = try DataSet(contentsOf: "/no/such/table.csv", options: options) }
        .contains("/no/such/table.csv: cannot be read (No such file or directory)"))
    #expect(
      message { _ = try DataSet(contentsOf: "/", options: options) }.contains("/: cannot be read"))
  }
}
