import Foundation
import LinearAlgebra
import MarkovChains
import StationaryPoints

/// Writes the chains of a report in the formats of other programs.
public enum ChainExport {
  /// Writes all chains of a report.
  ///
  /// Each goes into a folder of its own, named after the formula; `communities.dat` has the groups
  /// where there are any.
  ///
  /// - Parameters:
  ///   - report: The report.
  ///   - formats: The formats.
  ///   - folder: Where the folders are made.
  /// - Returns: The files and folders that were written.
  /// - Throws: `FileError`, or an error of the file system.
  public static func write(
    _ report: AnalysisReport, formats: [ChainFormat], to folder: String
  ) throws -> [String] {
    var written: [String] = []
    guard !formats.isEmpty else { return written }
    for answer in report.formulas {
      guard let markov = answer.markov, let chain = answer.chain else { continue }
      let place = folder + "/" + answer.name
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      let files = ChainFiles(
        chain: markov, logStationaryDistribution: nil, setA: report.setA, setB: report.setB,
        communities: chain.details.groups?.groups.labels)
      for format in formats {
        written.append(try write(files, format, to: place, report))
      }
    }
    return written
  }

  private static func write(
    _ files: ChainFiles, _ format: ChainFormat, to place: String, _ report: AnalysisReport
  ) throws -> String {
    func folder(_ name: String) throws -> String {
      let path = place + "/" + name
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      return path
    }
    switch format {
    case .edges:
      try EdgeList.write(files.chain, file: place + "/rates.tsv")
      return place + "/rates.tsv"
    case .npy:
      guard files.chain.stateCount <= 20_000 else {
        throw AnalysisError(
          "a NumPy matrix of \(files.chain.stateCount) states would take "
            + "\(8 * files.chain.stateCount / 1000 * files.chain.stateCount / 1_000_000) GB; write "
            + "\"edges\" instead, or at most 20000 states")
      }
      try files.chain.generatorMatrix().writeNumPy(to: place + "/generator.npy")
      try Matrix(files.chain.logGenerator()).writeNumPy(to: place + "/log-generator.npy")
      return place + "/generator.npy"
    case .graphML:
      try files.chain.writeGraph(
        to: place + "/chain.graphml", format: .graphML, labels: report.stateLabels)
      return place + "/chain.graphml"
    case .dot:
      try files.chain.writeGraph(to: place + "/chain.dot", format: .dot, labels: report.stateLabels)
      return place + "/chain.dot"
    case .pyGT:
      let path = try folder("pygt")
      try PyGTFormat.write(files, folder: path)
      return path
    case .discotress:
      let path = try folder("discotress")
      try DiscotressFormat.write(files, folder: path)
      return path
    case .pathsample:
      guard let database = report.database else {
        throw AnalysisError(
          "the PATHSAMPLE format holds energies and determinants; only a database has them")
      }
      let path = try folder("pathsample")
      try PathsampleFormat.write(database, folder: path)
      return path
    }
  }
}
