import Foundation

/// Measures the escape laws of three papers and writes a page about them.
@main
enum LawsBenchmark {
  static func main() async {
    do {
      try await run(Set(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("laws-benchmark: \(error)\n".utf8))
      exit(1)
    }
  }

  static func run(_ wanted: Set<String>) async throws {
    let start = ContinuousClock.now
    func section(_ name: String, _ body: () async throws -> String) async throws {
      guard wanted.isEmpty || wanted.contains(name) else { return }
      progress(name)
      print(try await body())
      progress("\(name) done after \((ContinuousClock.now - start).components.seconds) s")
    }
    print(introduction)
    try await section("mori-density") { try await MoriLaws().stationarySection() }
    try await section("mori-passage") { try await MoriLaws().passageSection() }
    print("## Xie, Sato and Sugiyama 2020: exponential laws\n")
    try await section("xie-white") { try await XieLaws().whiteNoiseSection() }
    try await section("xie-two") { try await XieLaws().twoTemperatureSection() }
    try await section("xie-sgd") { try await XieLaws().sgdSection() }
    print("## Ibayashi and Imaizumi 2021: sharpness\n")
    try await section("ibayashi") { try await IbayashiLaws().section() }
  }

  static let introduction = """
    # The papers' laws, measured

    Made by `Benchmarks/laws/run`, which measures everything below again with the same seeds and \
    prints the same numbers; do not edit. Numbers after ± are standard errors; "in errors" counts \
    deviations in them. t = ηk for k iterations.

    ## Mori, Ziyin, Liu and Ueda 2021: power laws

    """
}

/// Says on standard error how far the program is.
func progress(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}
