import Landscapes
import Reports

/// `metastable landscapes`: the built-in landscapes with their parameters.
enum LandscapesCommand {
  static func run(_ words: [String]) -> Int32 {
    let parser = ArgumentParser(
      command: "metastable landscapes", operand: nil,
      introduction: "List the built-in landscapes and drifts with their parameters.",
      epilogue: """
        A problem file uses one by its name: \
        { landscape: { builtin: "styblinski-tang", dimension: 3 } }
        """,
      options: [
        .init(
          name: "format", letter: "f", placeholder: "text|json",
          help: "How the list is written (default: text)")
      ])
    let result = parser.parse(words)
    guard let format = OutputFormat.parse(result.values["format"], command: parser.command) else {
      return 2
    }
    switch format {
    case .text: print(CatalogueText.list(LandscapeCatalogue.entries))
    case .json: print(CatalogueText.json(LandscapeCatalogue.entries))
    }
    return 0
  }
}
