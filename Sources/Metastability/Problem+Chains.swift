import EscapeRates
import Foundation
import LinearAlgebra
import MarkovChains
import StationaryPoints

extension Problem {
  /// Reads the chains that the problem gives: files of rates, databases, probabilities,
  /// trajectories.
  ///
  /// - Returns: The chains; nil where the problem has a landscape.
  /// - Throws: `ProblemError` that names the key; files are named with line and column.
  func givenChains() throws -> GivenChains? {
    switch landscape {
    case .chain(let path): try reading("landscape.chain") { try chain(path) }
    case .probabilities(let path):
      try reading("landscape.probabilities") { try probabilities(path) }
    case .database(let path): try reading("landscape.database") { try database(path) }
    case .trajectories(let source):
      try reading("landscape.trajectories") { try estimated(source) }
    default: nil
    }
  }

  private static var discreteFinding: String {
    "the chain is one in discrete time: relaxation times are −1/ln|λ| of the transition matrix, "
      + "rates and rate constants are those of its jumps per step"
  }

  /// The groups of states of a file, where one is named.
  func groupsFile() throws -> StateGroups? {
    guard case .file(let path) = chain.groups else { return nil }
    func failure(_ reason: String) -> ProblemError {
      ProblemError(file: file, key: "chain.groups.file", reason: reason)
    }
    guard let text = try? String(contentsOfFile: resolved(path), encoding: .utf8) else {
      throw failure("the file \"\(path)\" cannot be read")
    }
    do { return try StateGroups(fileContents: text) } catch { throw failure("\(path): \(error)") }
  }

  private func reading<Result>(_ key: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ProblemError { throw error } catch {
      throw ProblemError(file: file, key: key, reason: "\(error)")
    }
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private func chain(_ path: String) throws -> GivenChains {
    let full = resolved(path)
    if isFolder(full) {
      let files =
        FileManager.default.fileExists(atPath: full + "/edge_conns.dat")
        ? try DiscotressFormat.read(folder: full) : try PyGTFormat.read(folder: full)
      var result = GivenChains([GivenChain(chain: files.chain)])
      result.setA = files.setA
      result.setB = files.setB
      result.communities = files.communities
      return result
    }
    if path.hasSuffix(".npy") {
      let matrix = try Matrix(numPyFile: full)
      do { return GivenChains([GivenChain(chain: try MarkovChain(rateMatrix: matrix))]) } catch {
        throw ProblemError(file: file, key: "landscape.chain", reason: "\(path): \(error)")
      }
    }
    guard let text = try? String(contentsOfFile: full, encoding: .utf8) else {
      throw ProblemError(
        file: file, key: "landscape.chain", reason: "the file \"\(path)\" cannot be read")
    }
    return GivenChains([GivenChain(chain: try EdgeList.parse(text, name: path))])
  }

  private func probabilities(_ path: String) throws -> GivenChains {
    let full = resolved(path)
    let discrete: DiscreteTimeChain
    if path.hasSuffix(".npy") {
      let matrix = try Matrix(numPyFile: full)
      do {
        discrete = try DiscreteTimeChain(rows: (0..<matrix.rows).map { matrix.row($0) })
      } catch {
        throw ProblemError(
          file: file, key: "landscape.probabilities", reason: "\(path): \(error)")
      }
    } else {
      guard let text = try? String(contentsOfFile: full, encoding: .utf8) else {
        throw ProblemError(
          file: file, key: "landscape.probabilities", reason: "the file \"\(path)\" cannot be read")
      }
      do { discrete = try EdgeList.parseProbabilities(text, name: path) } catch let error
        as DiscreteTimeChainError
      {
        throw ProblemError(
          file: file, key: "landscape.probabilities", reason: "\(path): \(error)")
      }
    }
    var given = GivenChain(chain: discrete.moves)
    given.discrete = discrete
    given.source = "transition probabilities; times are numbers of steps"
    var result = GivenChains([given])
    result.findings.append(Self.discreteFinding)
    return result
  }

  private func database(_ path: String) throws -> GivenChains {
    guard case .langevin(let temperature) = dynamics else {
      throw ProblemError(
        file: file, key: "dynamics.kind",
        reason: "a database has energies and Hessians' determinants only: expected \"langevin\" "
          + "with a temperature")
    }
    let full = resolved(path)
    guard FileManager.default.fileExists(atPath: full) else {
      throw ProblemError(
        file: file, key: "landscape.database",
        reason: "there is no \"\(path)\"; expected a folder with min.data and ts.data, or a pele "
          + "database")
    }
    var findings: [String] = []
    let database: KineticDatabase
    if isFolder(full) {
      database = try PathsampleFormat.read(folder: full)
    } else {
      let contents = try PeleFormat.read(file: full)
      database = contents.database
      if contents.invalidMinima + contents.invalidTransitionStates > 0 {
        findings.append(
          "\(contents.invalidMinima) minima and \(contents.invalidTransitionStates) transition "
            + "states that the database marks as invalid are left out")
      }
    }
    var result = GivenChains([])
    let wanted = rates.catalogue.map(\.name)
    for kind in KineticDatabase.RateKind.allCases where wanted.contains(kind.rawValue) {
      if kind == .eyringKramers,
        database.transitionStates.contains(where: { $0.negativeEigenvalue == nil })
      {
        result.unavailable.append(
          (
            kind.rawValue,
            "\(kind.rawValue) needs the negative eigenvalue of every transition state, the ninth "
              + "column of ts.data"
          ))
        continue
      }
      let rates = try database.logRates(temperature: temperature, kind: kind)
      result.chains.append(
        try GivenChain(name: kind.rawValue, rates, database, temperature: temperature))
      if result.chains.count == 1 {
        if rates.selfJoining > 0 {
          findings.append(
            "\(rates.selfJoining) transition states join a minimum to itself; they have no part in "
              + "the chain")
        }
        if rates.unreachable > 0 {
          findings.append(
            "\(rates.unreachable) transition states were taken out (energies of 1e300 and above)")
        }
      }
    }
    result.unavailable += wanted.filter { KineticDatabase.RateKind(rawValue: $0) == nil }.map {
      ($0, "\($0) needs a landscape; a database has energies and determinants only")
    }
    result.findings = findings
    result.setA = database.setA
    result.setB = database.setB
    result.communities = database.communities
    result.labels = database.labels
    result.database = database
    return result
  }

  private func estimated(_ source: TrajectorySource) throws -> GivenChains {
    let trajectories = try source.files.map { path in
      guard let text = try? String(contentsOfFile: resolved(path), encoding: .utf8) else {
        throw ProblemError(
          file: file, key: "landscape.trajectories.files",
          reason: "the file \"\(path)\" cannot be read")
      }
      return try DiscreteTrajectory.parse(text, name: path)
    }
    let reversibility: Reversibility = source.reversible ? .detailedBalance : .unconstrained
    let estimator = TrajectoryEstimator(
      reversibility: reversibility, sampleCount: source.samples, seed: source.seed)
    let counts = try TransitionCounts(
      trajectories: trajectories, lag: source.lag, mode: estimator.mode,
      unassigned: estimator.unassigned)
    let connected = counts.largestConnectedSet()
    let estimate = try connected.maximumLikelihood(reversibility)
    var given = GivenChain(name: "estimated", chain: estimate.chain)
    given.discrete = DiscreteTimeChain(estimate)
    given.source =
      "maximum likelihood\(source.reversible ? " with detailed balance" : ""), lag \(source.lag); "
      + "times are numbers of lags"
    given.estimate = try EstimationAnswer(
      trajectories, source, estimator, connected, from: chain.from, to: chain.to)
    var result = GivenChains([given])
    result.findings.append(Self.discreteFinding)
    result.labels = connected.labels.map(String.init)
    if connected.stateCount < counts.stateCount {
      result.findings.append(
        "\(counts.stateCount - connected.stateCount) of \(counts.stateCount) states are not "
          + "connected in both directions to the largest set, and are left out; states are "
          + "numbered anew: \(connected.labels.prefix(12).map(String.init).joined(separator: ", "))"
          + (connected.stateCount > 12 ? ", …" : ""))
    }
    return result
  }
}

extension GivenChain {
  /// The chain of a database at a temperature.
  fileprivate init(
    name: String, _ rates: KineticDatabase.Rates, _ database: KineticDatabase, temperature: Double
  ) throws {
    let chain = try MarkovChain(
      stateCount: database.minima.count,
      transitions: rates.transitions.map {
        .init(from: $0.from, to: $0.to, logRate: $0.logRate)
      })
    self.init(name: name, chain: chain)
    var saddles: [Edge: [Int]] = [:]
    for transition in rates.transitions {
      saddles[Edge(from: transition.from, to: transition.to), default: []].append(
        transition.transitionState)
    }
    self.rates = chain.transitions.map { transition in
      let parallel = saddles[Edge(from: transition.from, to: transition.to)] ?? []
      let lowest = parallel.map { database.transitionStates[$0].energy }.min() ?? .nan
      let barrier = lowest - database.minima[transition.from].energy
      return EscapeTable.PairRate(
        from: transition.from, to: transition.to, saddles: parallel, logRate: transition.logRate,
        barrier: barrier, noise: temperature)
    }
    costs = self.rates.map { (from: $0.from, to: $0.to, cost: $0.barrier ?? .nan) }
    source = "\(name) rates of the database at temperature \(temperature)"
    energies = Energies(
      minima: database.minima.map(\.energy),
      saddles: database.transitionStates.filter {
        $0.energy < KineticDatabase.unreachableEnergy
      }.map { ($0.energy, $0.first, $0.second) })
  }

  private struct Edge: Hashable {
    let from: Int
    let to: Int
  }
}
