import Foundation
public import Landscapes
import Metastability

/// The list of built-in landscapes.
public enum CatalogueText {
  /// The list for a person.
  public static func list(_ entries: [BuiltInLandscape]) -> String {
    entries.map { entry in
      var lines = ["\(entry.name)", "    \(entry.summary)"]
      lines.append("    \(entry.isDrift ? "drift" : "energy"): \(entry.formula)")
      lines.append("    variables: \(dimensions(entry))")
      for parameter in entry.parameters {
        let value = NumberText.plain(parameter.defaultValue)
        lines.append("    \(parameter.name) = \(value): \(parameter.summary)")
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The list as JSON.
  public static func json(_ entries: [BuiltInLandscape]) -> String {
    let value = JSONValue.array(
      entries.map { entry in
        .object([
          "name": .string(entry.name), "summary": .string(entry.summary),
          "formula": .string(entry.formula), "drift": .bool(entry.isDrift),
          "defaultDimension": JSONValue(entry.defaultDimension),
          "parameters": .array(
            entry.parameters.map {
              .object([
                "name": .string($0.name), "default": .number($0.defaultValue),
                "summary": .string($0.summary),
              ])
            }),
        ])
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }

  private static func dimensions(_ entry: BuiltInLandscape) -> String {
    if entry.dimensions.lowerBound == entry.dimensions.upperBound {
      return "\(entry.dimensions.lowerBound)"
    }
    return "\(entry.dimensions.lowerBound) or more (default \(entry.defaultDimension))"
  }
}
