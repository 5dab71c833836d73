import Foundation
import StationaryPoints

/// Where the data of the tests are.
enum DatabaseFixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Fixtures/data").standardizedFileURL.path
  /// PyGT's 32-state network.
  static let network32 = folder + "/ktn32"
  /// A database in pele's layout, made with Python's sqlite3.
  static let pele = folder + "/pele.sqlite"

  /// Three minima and four transition states with numbers as Fortran writes them, parallel saddles
  /// and one that joins a minimum to itself.
  static let minima = """
     -1.25      3.5D0   2  1.0 1.0 1.0\r
    \t-7.5E-1\t2.25\t1\t1.0\t1.0\t0.17976931+309

     0.05D+001  4.     12  1.0 1.0 0.1797693135+309
    """
  static let transitionStates = """
      0.25  3.0   1  1  2   1.0 1.0 1.0  -4.0
       .5   2.5   2  2  1   1.0 1.0 1.0  -1
      1.5   3.75  3  2  3   1.0 1.0 1.0  -2.5D-1
      2.0   1.0   1  3  3   1.0 1.0 1.0  -9.0\r

    """

  /// A name for a file or folder that does not exist yet.
  static func temporaryPath() -> String {
    FileManager.default.temporaryDirectory
      .appending(path: "metastability-\(UUID().uuidString)").path
  }
}
