import Foundation
import PackagePlugin

/// `swift package generate-documentation`: one DocC archive per library module, made offline with
/// the toolchain's own docc.
@main
struct GenerateDocumentation: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) async throws {
    let docc = try context.tool(named: "docc").url
    let modules = context.package.targets.compactMap { $0 as? SwiftSourceModuleTarget }
      .filter { $0.kind == .generic }
    for module in modules {
      let graphs = try packageManager.getSymbolGraph(
        for: module, options: .init(minimumAccessLevel: .public, emitExtensionBlocks: true))
      let catalogue = module.directoryURL.appending(path: "\(module.name).docc")
      let archive = context.pluginWorkDirectoryURL.appending(path: "\(module.name).doccarchive")
      let process = Process()
      process.executableURL = docc
      process.arguments =
        ["convert"]
        + (FileManager.default.fileExists(atPath: catalogue.path) ? [catalogue.path] : [])
        + [
          "--additional-symbol-graph-dir", graphs.directoryURL.path,
          "--fallback-display-name", module.name,
          "--fallback-bundle-identifier", "metastability.\(module.name)",
          "--output-path", archive.path, "--warnings-as-errors",
        ]
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        Diagnostics.error("the documentation of \(module.name) could not be made")
        return
      }
      print("\(module.name): \(archive.path)")
    }
  }
}
