/// A JSON value whose numbers are kept as they are written: prices never pass through binary floating point.
enum JSONValue: Sendable, Hashable {
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  /// The members of an object; nil for anything else.
  var members: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The elements of an array, or the value itself as the only one; none for null.
  var elements: [JSONValue] {
    switch self {
    case .array(let elements): elements
    case .null: []
    default: [self]
    }
  }

  /// A string's characters, or a number as it is written.
  var text: String? {
    switch self {
    case .string(let text), .number(let text): text
    default: nil
    }
  }
}

/// Why a text is not JSON. Names the place, nothing of the text.
struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  let description: String
}
