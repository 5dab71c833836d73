/// A JSON value: what a problem file is read into and a report is written from.
public enum JSONValue: Sendable, Equatable {
  /// The absence of a value.
  case null
  /// A truth value.
  case bool(Bool)
  /// A finite number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Named values.
  case object([String: JSONValue])

  /// What kind of value it is, for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): "the number \(value)"
    case .string(let value): "the text \"\(value)\""
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// A number, or null where it is not finite.
  public init(finite value: Double?) {
    if let value, value.isFinite { self = .number(value) } else { self = .null }
  }

  /// A list of numbers, null where one is not finite.
  public init(finite values: [Double]) { self = .array(values.map { JSONValue(finite: $0) }) }

  /// A whole number.
  public init(_ value: Int) { self = .number(Double(value)) }

  /// A text, or null.
  public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
}

extension JSONValue: Codable {
  /// Reads a value of any kind.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Writes the value; whole numbers without a decimal point.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value):
      // Minus zero is zero to a reader.
      if value == 0 {
        try container.encode(0)
      } else if let whole = Int(exactly: value), whole.magnitude < 1 << 53 {
        try container.encode(whole)
      } else {
        try container.encode(value)
      }
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}

extension JSONValue {
  /// The value without the keys whose value is null: they count as absent.
  var withoutNulls: JSONValue {
    switch self {
    case .object(let values):
      .object(values.filter { $0.value != .null }.mapValues(\.withoutNulls))
    case .array(let values): .array(values.map(\.withoutNulls))
    default: self
    }
  }
}
