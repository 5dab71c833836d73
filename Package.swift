// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A Swift module of the package, with the tests that mirror it.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    swiftSettings: swiftSettings)
}

let package = Package(
  name: "Metastability",
  products: [
    .executable(name: "metastable", targets: ["metastable"]),
    .library(name: "Metastability", targets: ["Metastability"]),
    .library(name: "Reports", targets: ["Reports"]),
    .library(name: "LossModels", targets: ["LossModels"]),
    .library(name: "Simulation", targets: ["Simulation"]),
    .library(name: "EscapeRates", targets: ["EscapeRates"]),
    .library(name: "QuasiPotentials", targets: ["QuasiPotentials"]),
    .library(name: "StationaryPoints", targets: ["StationaryPoints"]),
    .library(name: "MarkovChains", targets: ["MarkovChains"]),
    .library(name: "Formulas", targets: ["Formulas"]),
    .library(name: "Landscapes", targets: ["Landscapes"]),
    .library(name: "LinearAlgebra", targets: ["LinearAlgebra"]),
  ],
  targets: [
    // The command: no science here.
    .executableTarget(
      name: "metastable",
      dependencies: [
        "Metastability", "Reports", "Simulation", "StationaryPoints", "Landscapes", "LinearAlgebra",
        "CArguments",
      ],
      swiftSettings: swiftSettings),

    // The umbrella and the reports.
    module(
      "Reports",
      [
        "Metastability", "Simulation", "EscapeRates", "StationaryPoints", "MarkovChains",
        "Landscapes", "LinearAlgebra",
      ]),
    module(
      "Metastability",
      [
        "LossModels", "Simulation", "EscapeRates", "QuasiPotentials", "StationaryPoints",
        "MarkovChains", "Formulas", "Landscapes", "LinearAlgebra",
      ]),

    // The science, in the order in which an analysis goes through it.
    module(
      "LossModels",
      ["Simulation", "StationaryPoints", "Landscapes", "LinearAlgebra", "CLanes", "CGSL"]),
    module(
      "Simulation",
      ["StationaryPoints", "MarkovChains", "Landscapes", "LinearAlgebra", "CLanes", "CGSL"]),
    module(
      "EscapeRates", ["QuasiPotentials", "StationaryPoints", "Landscapes", "LinearAlgebra"]),
    module(
      "QuasiPotentials", ["StationaryPoints", "MarkovChains", "Landscapes", "LinearAlgebra"]),
    module("StationaryPoints", ["Landscapes", "LinearAlgebra", "CGSL", "CSQLite"]),
    module("MarkovChains", ["LinearAlgebra", "CAMD", "CFLINT"]),
    module("Formulas", ["Landscapes", "LinearAlgebra", "CSymbolic"]),
    module("Landscapes", ["LinearAlgebra", "CLanes"]),
    module("LinearAlgebra", ["CGSL", "CLAPACK"]),

    // C libraries and C code behind headers.
    .systemLibrary(
      name: "CGSL", providers: [.apt(["libgsl-dev", "libopenblas-dev"])]),
    .systemLibrary(
      name: "CLAPACK", providers: [.apt(["liblapacke-dev", "libopenblas-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CAMD", providers: [.apt(["libsuitesparse-dev"])]),
    .systemLibrary(
      name: "CFLINT", providers: [.apt(["libflint-dev", "libflint-arb-dev"])]),
    .systemLibrary(name: "CArguments"),
    .target(name: "CLanes"),
    .target(
      name: "CSymbolic", linkerSettings: [.linkedLibrary("ginac"), .linkedLibrary("cln")]),

    // `swift package generate-documentation`.
    .plugin(
      name: "GenerateDocumentation",
      capability: .command(
        intent: .custom(
          verb: "generate-documentation", description: "Make the documentation of all modules")),
      path: "Scripts/GenerateDocumentation"),

    // Tests.
    tests(
      "Metastability",
      [
        "LossModels", "Simulation", "EscapeRates", "QuasiPotentials", "StationaryPoints",
        "MarkovChains", "Formulas", "Landscapes", "LinearAlgebra",
      ]),
    tests("Reports", ["Metastability"]),
    tests("LossModels", ["Simulation", "StationaryPoints", "Landscapes", "LinearAlgebra"]),
    tests("Simulation", ["StationaryPoints", "MarkovChains", "Landscapes", "LinearAlgebra"]),
    tests(
      "EscapeRates", ["QuasiPotentials", "StationaryPoints", "Landscapes", "LinearAlgebra"]),
    tests("QuasiPotentials", ["StationaryPoints", "Landscapes", "LinearAlgebra"]),
    tests("StationaryPoints", ["MarkovChains", "Landscapes", "LinearAlgebra", "CSQLite"]),
    tests("MarkovChains", ["LinearAlgebra"]),
    tests("Formulas", ["StationaryPoints", "Landscapes", "LinearAlgebra"]),
    tests("Landscapes", ["LinearAlgebra"]),
    tests("LinearAlgebra", []),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
