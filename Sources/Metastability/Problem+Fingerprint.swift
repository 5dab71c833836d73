import Foundation

extension Problem {
  /// A number for everything that decides what is simulated: landscape, noise, the settings of the
  /// simulation but for the number of threads, and the table of a model.
  func fingerprint() throws -> String {
    guard case .object(var parts) = source else { return "" }
    parts = parts.filter { ["landscape", "dynamics", "simulation"].contains($0.key) }
    if case .object(var simulation) = parts["simulation"] {
      simulation["threads"] = nil
      parts["simulation"] = .object(simulation)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var hash = Fingerprint()
    hash.add(try encoder.encode(JSONValue.object(parts)))
    if case .model(let model) = landscape {
      let path = model.file.hasPrefix("/") ? model.file : folder + "/" + model.file
      if let table = try? Data(contentsOf: URL(fileURLWithPath: path)) { hash.add(table) }
    }
    return String(hash.value, radix: 16)
  }
}

/// The hash function of Fowler, Noll and Vo, which does not change between runs as Swift's own does.
private struct Fingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: Data) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
}
