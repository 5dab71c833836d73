import CArguments
import Glibc

/// A small face on glibc's argument parser for commands with options and one operand.
///
/// `--help` and `--usage` come from argp itself; a wrong command line ends the program with exit
/// status 2 and argp's own message.
struct ArgumentParser {
  /// An option with a value.
  struct Option {
    let name: String
    let letter: Character
    let placeholder: String
    let help: String
  }

  /// The command as it is typed, for messages.
  let command: String
  /// The operand, for instance `PROBLEM`; nil where there is none.
  let operand: String?
  /// Text before the list of options.
  let introduction: String
  /// Text after the list of options.
  let epilogue: String
  let options: [Option]

  /// What was found on the command line.
  final class Result {
    fileprivate let optionNames: [Int32: String]
    fileprivate let takesOperand: Bool
    fileprivate(set) var values: [String: String] = [:]
    fileprivate(set) var operand: String?

    fileprivate init(optionNames: [Int32: String], takesOperand: Bool) {
      self.optionNames = optionNames
      self.takesOperand = takesOperand
    }
  }

  /// Parses the words after the command; ends the program on `--help` or a mistake.
  func parse(_ words: [String]) -> Result {
    metastability_set_usage_exit_status(2)
    let letters = options.map { Int32($0.letter.asciiValue ?? 0) }
    let result = Result(
      optionNames: Dictionary(uniqueKeysWithValues: zip(letters, options.map(\.name))),
      takesOperand: operand != nil)

    // argp keeps pointers to these for the length of the call only.
    var owned: [UnsafeMutablePointer<CChar>?] = []
    defer { owned.forEach { free($0) } }
    func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
      let pointer = strdup(text)
      owned.append(pointer)
      return pointer
    }

    var table = zip(letters, options).map { key, option in
      argp_option(
        name: copy(option.name), key: key, arg: copy(option.placeholder), flags: 0,
        doc: copy(option.help), group: 0)
    }
    table.append(argp_option())
    var arguments = ([command] + words).map { copy($0) } + [nil]
    let documentation = copy(introduction + "\u{0B}" + epilogue)
    let operandText = operand.flatMap { copy($0) }
    table.withUnsafeBufferPointer { table in
      var parser = argp()
      parser.options = table.baseAddress
      parser.args_doc = UnsafePointer(operandText)
      parser.doc = UnsafePointer(documentation)
      parser.parser = { key, value, state in
        guard let state, let input = state.pointee.input else { return 0 }
        let result = Unmanaged<Result>.fromOpaque(input).takeUnretainedValue()
        if let name = result.optionNames[key], let value {
          result.values[name] = String(cString: value)
          return 0
        }
        switch key {
        case 0:  // An operand.
          guard let value else { return 0 }
          if !result.takesOperand || result.operand != nil {
            metastability_argp_error(state, "unexpected argument \"\(String(cString: value))\"")
          }
          result.operand = String(cString: value)
          return 0
        case 0x1000002:  // No operand was given.
          if result.takesOperand { metastability_argp_usage(state) }
          return 0
        default:
          return metastability_argp_unknown()
        }
      }
      _ = argp_parse(
        &parser, Int32(arguments.count - 1), &arguments, 0, nil,
        Unmanaged.passUnretained(result).toOpaque())
    }
    return result
  }
}
