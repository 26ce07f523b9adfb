internal import ProtobufBridge

/// A JSON value that is put together piece by piece: documents that are made once, where no message describes them.
package enum JSONTree: Sendable {
  /// Members in the order in which they are written.
  case object([(name: String, value: JSONTree)])
  case array([JSONTree])
  case string(String)
  case integer(Int)
  case bool(Bool)

  /// The text, without blanks.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  private func write(to writer: inout JSONWriter) {
    switch self {
    case .object(let members):
      writer.beginObject()
      for (name, value) in members {
        writer.name(name)
        value.write(to: &writer)
      }
      writer.endObject()
    case .array(let values):
      writer.beginArray()
      for value in values { value.write(to: &writer) }
      writer.endArray()
    case .string(let text): writer.string(text)
    case .integer(let number): writer.integer(number)
    case .bool(let value): writer.bool(value)
    }
  }

  /// The object with a further member; any other value as it is.
  func with(_ name: String, _ value: JSONTree?) -> JSONTree {
    guard let value, case .object(let members) = self else { return self }
    return .object(members + [(name, value)])
  }

  static func strings(_ texts: [String]) -> JSONTree { .array(texts.map { .string($0) }) }
}

extension JSONTree: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  package init(dictionaryLiteral elements: (String, JSONTree)...) { self = .object(elements.map { ($0, $1) }) }
  package init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
}
