import Glibc

extension DataSet {
  /// A column of a table: its name in the header, or its index from zero.
  public enum Column: Sendable, Equatable, CustomStringConvertible,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral
  {
    /// A column by its name.
    case name(String)
    /// A column by its position, from zero.
    case index(Int)

    /// A column by its name.
    public init(stringLiteral value: String) { self = .name(value) }

    /// A column by its position, from zero.
    public init(integerLiteral value: Int) { self = .index(value) }

    /// The name in quotation marks, or the index.
    public var description: String {
      switch self {
      case .name(let name): "\"\(name)\""
      case .index(let index): "\(index)"
      }
    }
  }

  /// How a table of delimited values becomes a data set.
  public struct Options: Sendable, Equatable {
    /// The target column.
    public var target: Column
    /// The feature columns in their order; nil for all columns but the target.
    public var features: [Column]?
    /// Whether the first row holds the names of the columns.
    public var header: Bool
    /// The character between two fields.
    public var delimiter: Character
    /// Whether each feature is brought to zero mean and unit variance (normalised by N). Constant
    /// features are centred to 0.
    public var normalize: Bool
    /// The classes that count as positive; nil for a numeric target. Labels are compared as text,
    /// or as numbers where both are numbers.
    public var positiveClasses: [String]?

    /// Creates options.
    ///
    /// - Parameters:
    ///   - target: The target column.
    ///   - features: The feature columns; nil for all columns but the target.
    ///   - header: Whether the first row holds the names of the columns.
    ///   - delimiter: The character between two fields.
    ///   - normalize: Whether each feature is brought to zero mean and unit variance.
    ///   - positiveClasses: The classes that count as positive; nil for a numeric target.
    public init(
      target: Column, features: [Column]? = nil, header: Bool = true, delimiter: Character = ",",
      normalize: Bool = false, positiveClasses: [String]? = nil
    ) {
      self.target = target
      self.features = features
      self.header = header
      self.delimiter = delimiter
      self.normalize = normalize
      self.positiveClasses = positiveClasses
    }
  }

  /// Reads a file of delimited values (RFC 4180, UTF-8).
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - options: The delimiter, the header, which columns are used and how.
  /// - Throws: `DataSetError` that names the file, and the line and column where there are any.
  public init(contentsOf path: String, options: Options) throws {
    try self.init(text: try DataSet.read(path), name: path, options: options)
  }

  /// Reads a text of delimited values (RFC 4180).
  ///
  /// - Parameters:
  ///   - text: The table.
  ///   - name: What errors call the table.
  ///   - options: The delimiter, the header, which columns are used and how.
  /// - Throws: `DataSetError` that names the table, and the line and column where there are any.
  public init(text: String, name: String, options: Options) throws {
    let table = try SeparatedValues(text, delimiter: options.delimiter, file: name)
    let rows = options.header ? Array(table.rows.dropFirst()) : table.rows
    guard let first = table.rows.first, !rows.isEmpty else {
      throw DataSetError.noRows(file: name)
    }
    let header = Header(
      file: name, width: first.fields.count, names: options.header ? first.fields : nil)
    let target = try header.index(of: options.target)
    let columns =
      try options.features?.map(header.index) ?? (0..<header.width).filter { $0 != target }
    guard !columns.isEmpty else { throw DataSetError.noFeatures(file: name) }
    for (k, column) in columns.enumerated()
    where column == target || columns[..<k].contains(column) {
      throw DataSetError.repeatedColumn(file: name, column: header.quoted(column))
    }
    let features = try rows.map { row in
      try columns.map { try header.number(in: row, column: $0) }
    }
    let targets: Target
    if let positive = options.positiveClasses {
      let labels = rows.map { $0.fields[target] }
      targets = .memberships(try header.memberships(labels, positive: positive, column: target))
    } else {
      targets = .numbers(try rows.map { try header.number(in: $0, column: target) })
    }
    self.init(
      features: features, target: targets, featureNames: columns.map(header.name),
      targetName: header.name(target), normalize: options.normalize)
  }

  private static func read(_ path: String) throws -> String {
    errno = 0
    guard let file = fopen(path, "rb") else {
      throw DataSetError.unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      bytes.append(contentsOf: buffer[..<count])
      if count < buffer.count { break }
    }
    guard ferror(file) == 0 else {
      throw DataSetError.unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataSetError.notText(file: path)
    }
    return text
  }
}

/// The names of a table's columns, with which fields are looked up and errors are worded.
private struct Header {
  let file: String
  let width: Int
  let names: [String]?

  func name(_ column: Int) -> String { names?[column] ?? "column \(column)" }

  func quoted(_ column: Int) -> String { names.map { "\"\($0[column])\"" } ?? "\(column)" }

  func index(of column: DataSet.Column) throws -> Int {
    switch column {
    case .index(let index):
      if (0..<width).contains(index) { return index }
    case .name(let name):
      let indices = (0..<width).filter { names?[$0] == name }
      if indices.count > 1 {
        throw DataSetError.ambiguousColumn(
          file: file, column: column.description, indices: indices)
      }
      if let index = indices.first { return index }
    }
    let known = (0..<width).map { names == nil ? "\($0)" : "\($0) \(quoted($0))" }
    throw DataSetError.unknownColumn(file: file, column: column.description, known: known)
  }

  func number(in row: SeparatedValues.Row, column: Int) throws -> Double {
    let field = row.fields[column]
    // The standard library also reads hexadecimal numbers, which no table means.
    guard let value = Double(field), !field.contains("x"), !field.contains("X") else {
      throw DataSetError.notANumber(
        file: file, line: row.line, column: quoted(column), value: field)
    }
    guard value.isFinite else {
      throw DataSetError.notFinite(
        file: file, line: row.line, column: quoted(column), value: field)
    }
    return value
  }

  func memberships(_ labels: [String], positive: [String], column: Int) throws -> [Bool] {
    var known: [String] = []
    var seen: Set<String> = []
    for label in labels where seen.insert(label).inserted { known.append(label) }
    known.sort()
    for value in positive where !known.contains(where: { matches($0, value) }) {
      throw DataSetError.unknownClass(
        file: file, column: quoted(column), value: value, known: known)
    }
    let members = Set(known.filter { label in positive.contains { matches(label, $0) } })
    guard !members.isEmpty, members.count < known.count else {
      throw DataSetError.oneClass(file: file, column: quoted(column), known: known)
    }
    return labels.map(members.contains)
  }

  private func matches(_ label: String, _ value: String) -> Bool {
    if label == value { return true }
    guard let a = Double(label), let b = Double(value) else { return false }
    return a == b
  }
}
