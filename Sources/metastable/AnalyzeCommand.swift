import Foundation
import LinearAlgebra
import Metastability
import Reports
import Simulation
import StationaryPoints

/// `metastable analyze`, `chain` and `simulate`: the same options and the same report.
enum AnalyzeCommand {
  static func run(_ scope: Analysis.Scope, _ words: [String]) async -> Int32 {
    let parser = ArgumentParser(
      command: "metastable \(scope.rawValue)", operand: "PROBLEM",
      introduction: introduction(scope), epilogue: epilogue,
      options: [
        .init(
          name: "output", letter: "o", placeholder: "FOLDER",
          help: "Write report.json into FOLDER, which is made where it is missing"),
        .init(
          name: "format", letter: "f", placeholder: "text|json",
          help: "text for a person (default), json for the report alone"),
      ])
    let result = parser.parse(words)
    guard let path = result.operand else { return 2 }
    guard let format = OutputFormat.parse(result.values["format"], command: parser.command) else {
      return 2
    }
    let folder = result.values["output"]
    do {
      if let folder { try prepare(folder) }
      let problem = try Problem(contentsOfFile: path)
      if folder == nil, !problem.chain.write.isEmpty {
        throw ProblemError(
          file: path, key: "chain.write", reason: "needs a folder to write into: --output FOLDER")
      }
      if folder == nil, scope != .chain, problem.simulation?.series?.record != nil {
        throw ProblemError(
          file: path, key: "simulation.series.record",
          reason: "needs a folder to write trajectories.npy into: --output FOLDER")
      }
      return await finish(try Analysis(problem), scope, format, folder)
    } catch {
      Message.error("metastable: \(error)")
      return status(of: error)
    }
  }

  /// Runs the analysis; whatever it found is written even where it fails or is interrupted.
  private static func finish(
    _ analysis: Analysis, _ scope: Analysis.Scope, _ format: OutputFormat, _ folder: String?
  ) async -> Int32 {
    Interruption.listen()
    let progress = ProgressBar()
    var report = analysis.emptyReport
    var failure: (any Error)?
    let checkpoint = checkpointFile(analysis, scope, folder)
    do {
      let store = try checkpoint.map {
        SimulationStore(try KeyedDatabase(path: $0.path), interval: snapshotInterval)
      }
      try await analysis.run(
        scope, into: &report, progress: { progress.show($0, $1) },
        isCancelled: { Interruption.isRequested }, store: store,
        checkpoint: { try? write($0, to: folder) })
    } catch {
      failure = error
      report.failure = "\(error)"
    }
    progress.clear()
    do {
      // A run that found nothing leaves an earlier report alone.
      if failure == nil || !report.isEmpty {
        try write(report, to: folder)
        if let folder {
          _ = try ChainExport.write(report, formats: analysis.chain.write, to: folder)
          try report.simulation?.series?.record?.frames.writeNumPy(to: folder + "/trajectories.npy")
        }
      }
      if format == .json {
        if failure == nil { print(try ReportJSON.text(of: report)) }
      } else if failure == nil || report.network != nil {
        print(ReportText.text(of: report))
      }
    } catch {
      Message.error("metastable: the report cannot be written: \(error)")
      return 1
    }
    guard fflush(nil) == 0 else {
      Message.error("metastable: standard output cannot be written")
      return 1
    }
    if let failure {
      Message.error("metastable: \(failure)")
      return status(of: failure)
    }
    if report.isInterrupted {
      Message.error(
        report.isEmpty
          ? "metastable: interrupted before anything was found"
          : "metastable: interrupted; the report holds what was found until then"
            + (checkpoint == nil ? "" : "; the same command goes on with the simulation"))
      return 1
    }
    for path in checkpoint.map({ [$0.path, $0.path + "-journal"] }) ?? [] {
      try? FileManager.default.removeItem(atPath: path)
    }
    return 0
  }

  /// The time between two snapshots of a simulation; ten seconds but for tests.
  private static var snapshotInterval: Duration {
    let given = ProcessInfo.processInfo.environment["METASTABILITY_SNAPSHOT_SECONDS"]
    return .seconds(given.flatMap { Double($0) }.map { max(0, $0) } ?? 10)
  }

  /// Where the simulation is kept while it runs; nil without a simulation or a folder.
  private static func checkpointFile(
    _ analysis: Analysis, _ scope: Analysis.Scope, _ folder: String?
  ) -> URL? {
    guard let folder, scope != .chain, analysis.simulation != nil else { return nil }
    return URL(fileURLWithPath: folder).appendingPathComponent("checkpoint.sqlite")
  }

  /// Writes report.json, complete or not at all.
  private static func write(_ report: AnalysisReport, to folder: String?) throws {
    guard let folder else { return }
    let file = URL(fileURLWithPath: folder).appendingPathComponent("report.json")
    try Data((try ReportJSON.text(of: report) + "\n").utf8).write(to: file, options: .atomic)
  }

  private static func prepare(_ folder: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), !isFolder.boolValue {
      throw ProblemError(
        file: folder, key: "--output", reason: "is a file; expected a folder, made where missing")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ProblemError(file: folder, key: "--output", reason: "the folder cannot be made")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw ProblemError(file: folder, key: "--output", reason: "the folder cannot be written to")
    }
  }

  private static func status(of error: any Error) -> Int32 { error is ProblemError ? 2 : 1 }

  private static func introduction(_ scope: Analysis.Scope) -> String {
    switch scope {
    case .analyze:
      """
      Find the minima and saddles of a landscape, the escape rates by every formula, the Markov \
      chain over the minima, a simulation beside it, and which formula was right.
      """
    case .chain:
      """
      Find the minima and saddles, the escape rates by every formula, and what the Markov chain \
      over the minima says. Also solves a chain that is given as a list of rates.
      """
    case .simulate:
      "Simulate the dynamics: occupancies of the minima and escape times, with standard errors."
    }
  }

  private static let epilogue = """
    PROBLEM is a JSON or JSON5 file:

      { landscape: { formula: "(x^2-1)^2/4 + 0.1*x", domain: [[-2, 2]] },
        dynamics: { kind: "langevin", temperature: 0.05 },
        simulation: { time: 1e4, timeStep: 0.005, exits: 100 } }

    Docs/problem.schema.json describes every key, Fixtures/problems holds examples. Exit status: \
    0 done, 1 the computation failed or was interrupted, 2 the command line or the problem file is \
    wrong. Ctrl-C ends early and keeps what was found; report.json is written after each step. With \
    --output a simulation that was ended, or killed, goes on when the same command is run again.
    """
}
