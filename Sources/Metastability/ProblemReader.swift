/// A part of a problem file that is read key by key; remembers where it is for messages.
struct ProblemReader {
  let file: String
  let path: String
  let values: [String: JSONValue]

  init(file: String, path: String, value: JSONValue) throws {
    guard case .object(let values) = value else {
      throw ProblemError(
        file: file, key: path, reason: "expected an object { … }, found \(value.kind)")
    }
    self.file = file
    self.path = path
    self.values = values
  }

  func key(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  func failure(_ name: String, _ reason: String) -> ProblemError {
    ProblemError(file: file, key: key(name), reason: reason)
  }

  /// Refuses keys that are not in the list.
  func allow(_ names: [String]) throws {
    for name in values.keys.sorted() where !names.contains(name) {
      throw failure(name, "unknown key; known here: \(names.joined(separator: ", "))")
    }
  }

  func has(_ name: String) -> Bool { values[name].map { $0 != .null } ?? false }

  func value(_ name: String) -> JSONValue? {
    guard let value = values[name], value != .null else { return nil }
    return value
  }

  func object(_ name: String) throws -> ProblemReader? {
    try value(name).map { try ProblemReader(file: file, path: key(name), value: $0) }
  }

  func number(_ name: String) throws -> Double? {
    try value(name).map { try number($0, key(name)) }
  }

  func number(_ value: JSONValue, _ key: String) throws -> Double {
    guard case .number(let number) = value else {
      throw ProblemError(file: file, key: key, reason: "expected a number, found \(value.kind)")
    }
    guard number.isFinite else {
      throw ProblemError(file: file, key: key, reason: "expected a finite number, found \(number)")
    }
    return number
  }

  /// A number above zero.
  func positive(_ name: String) throws -> Double? {
    guard let number = try number(name) else { return nil }
    guard number > 0 else { throw failure(name, "expected a number above 0, found \(number)") }
    return number
  }

  /// A whole number within a range.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let number = try number(name) else { return nil }
    return try integer(number, key(name), in: range)
  }

  func integer(_ number: Double, _ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let whole = Int(exactly: number), range.contains(whole) else {
      let bounds =
        range.upperBound == .max
        ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw ProblemError(
        file: file, key: key, reason: "expected a whole number \(bounds), found \(number)")
    }
    return whole
  }

  func bool(_ name: String) throws -> Bool? {
    guard let value = value(name) else { return nil }
    guard case .bool(let flag) = value else {
      throw failure(name, "expected true or false, found \(value.kind)")
    }
    return flag
  }

  func string(_ name: String) throws -> String? {
    try value(name).map { try string($0, key(name)) }
  }

  func string(_ value: JSONValue, _ key: String) throws -> String {
    guard case .string(let text) = value else {
      throw ProblemError(file: file, key: key, reason: "expected a text, found \(value.kind)")
    }
    return text
  }

  /// A text out of a list.
  func choice(_ name: String, of accepted: [String]) throws -> String? {
    guard let text = try string(name) else { return nil }
    guard accepted.contains(text) else {
      let list = accepted.map { "\"\($0)\"" }.joined(separator: ", ")
      throw failure(name, "\"\(text)\" is not known; accepted: \(list)")
    }
    return text
  }

  func array(_ name: String) throws -> [JSONValue]? {
    try value(name).map { try array($0, key(name)) }
  }

  func array(_ value: JSONValue, _ key: String) throws -> [JSONValue] {
    guard case .array(let list) = value else {
      throw ProblemError(file: file, key: key, reason: "expected a list, found \(value.kind)")
    }
    return list
  }

  func strings(_ name: String) throws -> [String]? {
    try array(name)?.enumerated().map { try string($1, "\(key(name))[\($0)]") }
  }

  /// Texts that may not be missing where the key is given, nor stand twice.
  func distinctStrings(
    _ name: String, _ what: String, isOptional: Bool = true
  ) throws -> [String]? {
    guard let texts = try strings(name) else { return nil }
    guard !texts.isEmpty else {
      throw failure(
        name,
        "is empty; expected at least one of \(what)" + (isOptional ? ", or no such key" : ""))
    }
    for (number, text) in texts.enumerated() where texts[..<number].contains(text) {
      throw ProblemError(
        file: file, key: "\(key(name))[\(number)]", reason: "\"\(text)\" stands twice")
    }
    return texts
  }

  /// A regular grid: names of variables under "axes", as many ranges under "box" and numbers of
  /// cells under "bins".
  ///
  /// - Parameters:
  ///   - axisCounts: How many axes there may be.
  ///   - cells: How many cells all together there may be.
  ///   - purpose: What the grid is for.
  /// - Returns: The grid; its variables are not looked up.
  /// - Throws: `ProblemError` that names the key.
  func grid(axisCounts: ClosedRange<Int>, cells: Int, for purpose: String) throws -> GridRequest {
    for name in ["axes", "box", "bins"] where !has(name) {
      throw failure(
        name,
        "is missing; \(purpose) needs \"axes\", \"box\" and \"bins\", with one entry per variable")
    }
    let axes = try distinctStrings("axes", "the variables", isOptional: false) ?? []
    guard axisCounts.contains(axes.count) else {
      throw failure(
        "axes",
        "has \(counted(axes.count, "name")); expected the names of "
          + (axisCounts.count == 1
            ? "\(axisCounts.lowerBound) variables" : "up to \(axisCounts.upperBound) variables"))
    }
    let box = try box("box") ?? []
    guard box.count == axes.count else {
      throw failure(
        "box", "has \(counted(box.count, "pair")); expected as many as \"axes\", \(axes.count)")
    }
    let bins = try (numbers("bins") ?? []).enumerated().map {
      try integer($1, "\(key("bins"))[\($0)]", in: 1...cells)
    }
    guard bins.count == axes.count else {
      throw failure(
        "bins", "has \(counted(bins.count, "number")); expected as many as \"axes\", \(axes.count)")
    }
    let product = bins.reduce(1.0) { $0 * Double($1) }
    guard product <= Double(cells) else {
      throw failure(
        "bins",
        "is \(bins), \(Int(min(product, 1e18))) cells together; accepted: at most \(cells) together"
      )
    }
    return GridRequest(axes: axes, box: box, bins: bins, key: path)
  }

  func numbers(_ name: String) throws -> [Double]? {
    try value(name).map { try numbers($0, key(name)) }
  }

  func numbers(_ value: JSONValue, _ key: String) throws -> [Double] {
    try array(value, key).enumerated().map { try number($1, "\(key)[\($0)]") }
  }

  /// Pairs of bounds, one per variable.
  func box(_ name: String) throws -> [(lower: Double, upper: Double)]? {
    guard let list = try array(name) else { return nil }
    return try list.enumerated().map { i, entry in
      let key = "\(key(name))[\(i)]"
      let pair = try numbers(entry, key)
      guard pair.count == 2 else {
        throw ProblemError(
          file: file, key: key, reason: "expected two bounds [lower, upper], found \(pair.count)")
      }
      guard pair[0] < pair[1] else {
        throw ProblemError(
          file: file, key: key,
          reason: "the bounds [\(pair[0]), \(pair[1])] are reversed or equal; "
            + "the first must be below the second")
      }
      return (pair[0], pair[1])
    }
  }

  /// Numbers by name.
  func parameters(_ name: String) throws -> [String: Double] {
    guard let object = try object(name) else { return [:] }
    var result: [String: Double] = [:]
    for (parameter, value) in object.values {
      result[parameter] = try number(value, object.key(parameter))
    }
    return result
  }

  /// A state or a list of states.
  func states(_ name: String) throws -> [Int]? {
    guard let value = value(name) else { return nil }
    if case .number(let number) = value { return [try integer(number, key(name), in: 0...Int.max)] }
    let list = try numbers(value, key(name))
    guard !list.isEmpty else { throw failure(name, "expected at least one state") }
    return try list.enumerated().map { try integer($1, "\(key(name))[\($0)]", in: 0...Int.max) }
  }
}

/// A regular grid as a problem describes it.
public struct GridRequest: Sendable {
  /// The names of the variables.
  public let axes: [String]
  /// The range of each of them.
  public let box: [(lower: Double, upper: Double)]
  /// The number of cells along each of them.
  public let bins: [Int]
  /// The key of the problem file.
  let key: String
}

/// A number of things in words: 1 name, 2 names.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
