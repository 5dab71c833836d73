// swift-tools-version: 6.2
import PackageDescription

// Measurements, apart from the library and its tests: they need time, and rivals to compare with.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "metastability", path: "..")],
  targets: [
    .executableTarget(
      name: "chain-benchmark",
      dependencies: [.product(name: "MarkovChains", package: "metastability")],
      path: "Sources/ChainBenchmark",
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
