import Foundation
import MarkovChains

/// Answers and times of chains for the scripts beside this package.
@main
enum ChainBenchmark {
  static let usage = """
    usage: chain-benchmark generate landscape|graph STATES DECADES SEED [DEGREE] [irreversible]
           chain-benchmark accuracy EDGES FROM TO
           chain-benchmark serve EDGES

    generate writes a random network as an edge list; DEGREE is the mean degree of a graph.
    accuracy answers everything about the chain in the file EDGES as JSON: natural logarithms of
      the stationary distribution, of the mean first-passage times to TO, of the committor from
      FROM to TO and its complement, and of the relaxation times. FROM and TO are states
      separated by commas.
    serve reads requests from standard input, one a line, and answers each with a line of JSON,
      the seconds and the natural logarithms:
        stationary THREADS
        times THREADS TO
        passage THREADS FROM TO

    """

  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("chain-benchmark: \(error)\n".utf8))
      exit(1)
    }
  }

  static func run(_ arguments: [String]) throws {
    switch (arguments.first, arguments.count) {
    case ("generate", 5...): try generate(Array(arguments.dropFirst()))
    case ("accuracy", 4):
      let chain = try chain(inFile: arguments[1])
      let answers = try Answers(chain, from: states(arguments[2]), to: states(arguments[3]))
      try answers.printJSON()
    case ("serve", 2): try serve(chain(inFile: arguments[1]))
    default: throw BenchmarkError(description: usage)
    }
  }

  // MARK: - Networks

  static func generate(_ arguments: [String]) throws {
    guard let stateCount = Int(arguments[1]), let decades = Double(arguments[2]),
      let seed = UInt64(arguments[3])
    else { throw BenchmarkError(description: usage) }
    let isReversible = arguments.last != "irreversible"
    let chain: MarkovChain
    switch arguments[0] {
    case "landscape":
      chain = try .randomLandscapeNetwork(
        stateCount: stateCount, decades: decades, seed: seed, reversible: isReversible)
    case "graph":
      guard arguments.count > 4, let degree = Double(arguments[4]) else {
        throw BenchmarkError(description: usage)
      }
      chain = try .randomGraph(
        stateCount: stateCount, meanDegree: degree, decades: decades, seed: seed,
        reversible: isReversible)
    default: throw BenchmarkError(description: usage)
    }
    var text = ""
    for transition in chain.transitions {
      text += "\(transition.from)\t\(transition.to)\t\(transition.logRate)\n"
    }
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  static func chain(inFile path: String) throws -> MarkovChain {
    try EdgeList.parse(String(contentsOfFile: path, encoding: .utf8), name: path)
  }

  static func states(_ text: String) throws -> [Int] {
    try text.split(separator: ",").map {
      guard let state = Int($0) else {
        throw BenchmarkError(description: "\"\($0)\" is not a state; accepted: 0, 1, 2, …")
      }
      return state
    }
  }

  // MARK: - Times

  /// The answer to a request, with the time it took.
  struct Timing: Encodable {
    let seconds: Double
    let values: [Double]
  }

  static func serve(_ chain: MarkovChain) throws {
    while let line = readLine() {
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count >= 2, let threads = Int(fields[1]), threads >= 1 else {
        throw BenchmarkError(description: usage)
      }
      let work: () throws -> [Double]
      switch (fields[0], fields.count) {
      case ("stationary", 2): work = { chain.logStationaryDistribution() }
      case ("times", 3):
        let to = try states(fields[2])
        work = { try chain.logMeanFirstPassageTimes(to: to) }
      case ("passage", 4):
        let (from, to) = try (states(fields[2]), states(fields[3]))
        work = { [try chain.passage(from: from, to: to).logMeanTime] }
      default: throw BenchmarkError(description: usage)
      }
      let clock = ContinuousClock()
      let start = clock.now
      let values = try EliminationSettings.$current.withValue(.init(threads: threads)) {
        try work()
      }
      let duration = (clock.now - start).components
      let timing = Timing(
        seconds: Double(duration.seconds) + Double(duration.attoseconds) * 1e-18, values: values)
      try timing.printJSON()
    }
  }
}

/// A message for whoever called the program.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
}

extension Encodable {
  /// Prints a line of JSON; infinities and NaN become strings.
  func printJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    FileHandle.standardOutput.write(try encoder.encode(self) + Data("\n".utf8))
  }
}
