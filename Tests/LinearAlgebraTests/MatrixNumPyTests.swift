import Foundation
import LinearAlgebra
import Testing

/// Files that NumPy 2.4.6 wrote (`numpy.lib.format.write_array`), in base 64.
private enum Reference {
  /// [[1.5, -2.25, 1e-300], [0.1, inf, -0.0]] as <f8 by rows, version 1.
  static let rows =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog"
    + "KDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAoAAAAAAAD4PwAAAAAAAALAWfP4wh9upQGamZmZmZm5PwAAAAAAAPB/AAAAAAAAAIA="
  /// The same as >f8 by columns, version 2.
  static let columns =
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjgnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6"
    + "ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAo/+AAAAAAAAD+5mZmZmZmawAIAAAAAAAB/8AAAAAAAAAGlbh/C+PNZgAAAAAAAAAA="
  /// [[1.5, -2.25, 0.1], [3e30, -inf, 7]] as <f4 by rows, version 3.
  static let single =
    "k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUn"
    + "OiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAoAAMA/AAAQwM3MzD0XdhdyAACA/wAA4EA="
  /// The same as >f4 by columns, version 1.
  static let singleColumns =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAo"
    + "MiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAo/wAAAchd2F8AQAAD/gAAAPczMzUDgAAA="
  /// The vector [1, 2, 3].
  static let vector =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog"
    + "KDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAACEA="
  /// Integers.
  static let integers =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog"
    + "KDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAoAAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAAA="
  /// Three dimensions.
  static let cube =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog"
    + "KDIsIDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    + "ICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    + "AAAAAAAAAAAAAAAA"
}

@Suite("NumPy files")
struct MatrixNumPyTests {
  static let matrix: Matrix = [[1.5, -2.25, 1e-300], [0.1, .infinity, -0.0]]
  // float32(0.1) and float32(3e30) as NumPy prints them in doubles.
  static let single: Matrix = [
    [1.5, -2.25, 0.10000000149011612], [2.999999894026671e+30, -.infinity, 7],
  ]

  private func bytes(_ base64: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: base64)))
  }

  @Test(
    "NumPy's files are read: either byte order, either storage order, versions 1 to 3",
    arguments: [
      (Reference.rows, matrix), (Reference.columns, matrix), (Reference.single, single),
      (Reference.singleColumns, single), (Reference.vector, Matrix([[1], [2], [3]])),
    ] as [(String, Matrix)])
  func reading(_ base64: String, _ expected: Matrix) throws {
    let matrix = try Matrix(numPyBytes: try bytes(base64), name: "m.npy")
    #expect(matrix == expected)
    #expect(matrix.elements.map(\.sign) == expected.elements.map(\.sign))
  }

  @Test("The writer gives NumPy's own bytes")
  func writing() throws {
    #expect(Self.matrix.numPyBytes == (try bytes(Reference.rows)))
  }

  @Test("Files come back with all bits", arguments: [(0, 3), (3, 0), (1, 1), (70, 41)])
  func roundTrip(rows: Int, columns: Int) throws {
    var matrix = Matrix(rows: rows, columns: columns)
    for k in matrix.elements.indices {
      matrix.elements[k] = (k % 2 == 0 ? 1 : -1e-200) / Double(k + 3)
    }
    let path = FileManager.default.temporaryDirectory
      .appending(path: "metastability-\(UUID().uuidString).npy").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try matrix.writeNumPy(to: path)
    #expect(try Matrix(numPyFile: path) == matrix)
    #expect(matrix.numPyBytes.count == 128 + 8 * rows * columns)
  }

  @Test("A mistake is reported with the byte at which it stands")
  func mistakes() throws {
    func place(_ bytes: [UInt8]) -> FileError.Place? {
      do {
        _ = try Matrix(numPyBytes: bytes, name: "m.npy")
        return nil
      } catch {
        return (error as? FileError)?.place
      }
    }
    let good = try bytes(Reference.rows)
    #expect(place([]) == .file)
    #expect(place(Array("1 2 3".utf8)) == .file)
    #expect(place(Array(good[..<9])) == .byte(9))
    #expect(place(Array(good[..<100])) == .byte(100))
    #expect(place(Array(good.dropLast())) == .byte(175))
    #expect(place(good + [0]) == .byte(176))
    // {'descr': '<i8', …: the type starts at byte 20.
    #expect(place(try bytes(Reference.integers)) == .byte(20))
    // … 'shape': (2, 2, 2): three dimensions are no matrix.
    #expect(place(try bytes(Reference.cube)) == .byte(60))
    var version = good
    version[6] = 9
    #expect(place(version) == .byte(6))
  }

  @Test("The message says what is accepted")
  func message() throws {
    let error = #expect(throws: FileError.self) {
      try Matrix(numPyBytes: Array("a table".utf8), name: "m.npy")
    }
    #expect(error?.description == "m.npy: the file is not a NumPy .npy file")
    let missing = #expect(throws: FileError.self) { try Matrix(numPyFile: "/no/such.npy") }
    #expect(missing?.description == "/no/such.npy: there is no such file")
  }
}
