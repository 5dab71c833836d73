// swift-tools-version: 6.2
import PackageDescription

// A package that links Metastability: by path, or by version from a repository where one is named.
let metastability: Package.Dependency
if let repository = Context.environment["METASTABILITY_REPOSITORY"] {
  metastability = .package(url: repository, from: "0.1.0")
} else {
  metastability = .package(name: "metastability", path: "../..")
}

let package = Package(
  name: "Client",
  dependencies: [metastability],
  targets: [
    .executableTarget(
      name: "Client", dependencies: [.product(name: "Metastability", package: "metastability")])
  ],
  swiftLanguageModes: [.v6]
)
