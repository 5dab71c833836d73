import Foundation
public import Landscapes

/// A problem: a landscape, a noise, and what is asked of them.
///
/// The format is described in Docs/problem.schema.json. Nothing is computed here; a problem that
/// was read is well formed, but may still turn out to have no answer.
public struct Problem: Sendable {
  /// The name of the file, for messages.
  public let file: String
  /// The folder that relative paths start from.
  public let folder: String
  /// Where the landscape comes from.
  public let landscape: LandscapeSource
  /// The names of the variables, where they are given.
  public let variables: [String]
  /// Parameters of a formula, a drift or a built-in landscape.
  public let parameters: [String: Double]
  /// The search box, where it is given.
  public let domain: [(lower: Double, upper: Double)]?
  /// Whether the box reflects trajectories.
  public let reflecting: Bool
  /// The highest index of the stationary points that are listed.
  public let highestIndex: Int
  /// How many stationary points the search above three dimensions collects before it ends.
  public let largestCount: Int
  /// The noise; nil only for a given chain.
  public let dynamics: DynamicsSource?
  /// How position-dependent noise is read.
  public let interpretation: StochasticInterpretation
  /// Which formulas, with their settings.
  public let rates: RateSettings
  /// Questions about the chain.
  public let chain: ChainSettings
  /// The simulation; nil for none.
  public let simulation: SimulationSettings?
  /// The problem as it was read.
  public let source: JSONValue

  /// Reads a problem file (JSON or JSON5).
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: `ProblemError` that names the file, the key and the reason.
  public init(contentsOfFile path: String) throws {
    let url = URL(fileURLWithPath: path)
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      throw ProblemError(
        file: path, key: "",
        reason: !exists
          ? "there is no such file"
          : isFolder.boolValue ? "is a folder; expected a problem file" : "cannot be read")
    }
    try self.init(
      data: data, file: path, folder: url.deletingLastPathComponent().path)
  }

  /// Reads a problem from text.
  ///
  /// - Parameters:
  ///   - text: The problem in JSON or JSON5.
  ///   - file: A name for messages.
  ///   - folder: The folder that relative paths start from.
  /// - Throws: `ProblemError` that names the key and the reason.
  public init(text: String, file: String = "problem", folder: String = ".") throws {
    try self.init(data: Data(text.utf8), file: file, folder: folder)
  }

  private init(data: Data, file: String, folder: String) throws {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    var scanner = JSONScanner(String(decoding: data, as: UTF8.self))
    var fault: JSONScanner.Fault?
    do { try scanner.scan() } catch { fault = error }
    let value: JSONValue
    do { value = try decoder.decode(JSONValue.self, from: data) } catch {
      let reason = fault?.description ?? Problem.reason(of: error)
      throw ProblemError(file: file, key: "", reason: "is not JSON: \(reason)")
    }
    if let twice = scanner.repeatedKeys.first {
      throw ProblemError(file: file, key: "", reason: twice.description)
    }
    let root = try ProblemReader(file: file, path: "", value: value)
    try root.allow(["landscape", "dynamics", "rates", "chain", "simulation"])
    guard let landscape = try root.object("landscape") else {
      throw root.failure("landscape", "is missing; a problem needs a landscape")
    }
    self.file = file
    self.folder = folder
    self.source = value.withoutNulls
    try landscape.allow(LandscapeSource.keys + LandscapeSource.commonKeys)
    self.landscape = try LandscapeSource(landscape)
    try Problem.refuseUnused(self.landscape, landscape, root)
    self.variables = try landscape.strings("variables") ?? []
    self.parameters = try landscape.parameters("parameters")
    self.domain = try landscape.box("domain")
    self.reflecting = try landscape.bool("reflecting") ?? false
    self.highestIndex = try landscape.integer("highestIndex", in: 1...Int.max) ?? 1
    largestCount = try landscape.integer("largestCount", in: 1...Int.max) ?? 20_000
    self.dynamics = try root.object("dynamics").map { try DynamicsSource($0) }
    self.interpretation =
      try root.object("dynamics")?.choice(
        "interpretation", of: StochasticInterpretation.allCases.map(\.rawValue)
      ).flatMap { StochasticInterpretation(rawValue: $0) } ?? .ito
    self.rates = try root.object("rates").map { try RateSettings($0) } ?? RateSettings()
    self.chain = try root.object("chain").map { try ChainSettings($0) } ?? ChainSettings()
    self.simulation = try root.object("simulation").map { try SimulationSettings($0) }
    if self.dynamics == nil {
      guard self.landscape.isChain else {
        throw root.failure(
          "dynamics", "is missing; only a chain that is given or estimated needs no noise")
      }
    }
  }

  /// Refuses keys that a chain or a database has no use for.
  private static func refuseUnused(
    _ source: LandscapeSource, _ landscape: ProblemReader, _ root: ProblemReader
  ) throws {
    var isDatabase = false
    if case .database = source { isDatabase = true }
    guard source.isChain || isDatabase else { return }
    let kind = isDatabase ? "a database" : "a chain"
    for key in LandscapeSource.commonKeys where landscape.has(key) {
      throw landscape.failure(key, "belongs to an energy or a drift; \(kind) has none")
    }
    if source.isChain, root.has("rates") {
      throw root.failure("rates", "belongs to a landscape or a database; a chain has its own rates")
    }
  }

  private static func reason(of error: any Error) -> String {
    guard let error = error as? DecodingError, case .dataCorrupted(let context) = error else {
      return "it holds a value that cannot be read (a number beyond 1.8e308, or bytes that are "
        + "not UTF-8)"
    }
    if let underlying = context.underlyingError as NSError?,
      let detail = underlying.userInfo["NSDebugDescription"] as? String
    {
      return detail
    }
    return context.debugDescription
  }

  /// The absolute form of a path that a problem mentions.
  func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path, relativeTo: URL(fileURLWithPath: folder, isDirectory: true))
      .standardizedFileURL.path
  }
}
