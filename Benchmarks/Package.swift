// swift-tools-version: 6.2
import PackageDescription

/// A program that measures something, with the products of the package that it needs.
func benchmark(_ name: String, _ folder: String, _ products: [String]) -> Target {
  .executableTarget(
    name: name, dependencies: products.map { .product(name: $0, package: "metastability") },
    path: "Sources/" + folder,
    swiftSettings: [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
    ])
}

// Measurements, apart from the library and its tests: they need time, and rivals to compare with.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "metastability", path: "..")],
  targets: [
    benchmark("chain-benchmark", "ChainBenchmark", ["MarkovChains"]),
    benchmark(
      "simulation-benchmark", "SimulationBenchmark",
      ["Simulation", "StationaryPoints", "Formulas", "Landscapes", "LinearAlgebra"]),
    benchmark(
      "orders-benchmark", "OrdersBenchmark", ["Simulation", "Landscapes", "LinearAlgebra"]),
    benchmark(
      "checks-benchmark", "ChecksBenchmark",
      ["Simulation", "StationaryPoints", "Landscapes", "LinearAlgebra"]),
    benchmark(
      "descent-benchmark", "DescentBenchmark", ["LossModels", "Simulation", "Landscapes"]),
    benchmark(
      "laws-benchmark", "LawsBenchmark",
      ["LossModels", "Simulation", "StationaryPoints", "Landscapes", "LinearAlgebra"]),
  ],
  swiftLanguageModes: [.v6]
)
