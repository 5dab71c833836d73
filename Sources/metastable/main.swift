import Foundation
import Metastability

let usage = """
  Usage: metastable COMMAND ...

  Which minimum does a noisy optimiser end up in, how long does it take, and which formula
  predicts it?

  Commands:
    analyze PROBLEM    minima, saddles, rates by every formula, chain, simulation, verdict
    chain PROBLEM      the same without a simulation; also solves a given chain
    simulate PROBLEM   only the simulation: occupancies and escape times
    landscapes         the built-in landscapes with their parameters

  "metastable COMMAND --help" says more. A first try:
    metastable analyze Fixtures/problems/tilted-double-well.json5
  """

let words = Array(CommandLine.arguments.dropFirst())
let rest = words.dropFirst().map { $0 == "-h" ? "--help" : $0 }
let status: Int32
switch words.first {
case "analyze": status = await AnalyzeCommand.run(.analyze, rest)
case "chain": status = await AnalyzeCommand.run(.chain, rest)
case "simulate": status = await AnalyzeCommand.run(.simulate, rest)
case "landscapes": status = LandscapesCommand.run(rest)
case "--help", "-h", "help", "--usage":
  print(usage)
  status = 0
case "--version", "-V":
  print("metastable \(Analysis.version)")
  status = 0
case nil:
  Message.error(usage)
  status = 2
case .some(let word):
  Message.error(
    "metastable: \"\(word)\" is not a command; commands: analyze, chain, simulate, landscapes")
  status = 2
}
exit(status)
